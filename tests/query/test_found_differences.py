"""reference: engine and interpreter on the smallest case of each difference that a random world has found.

One test per cause, named for the rule of meaning that was broken; what is expected is stated beside the comparison, so
that the two cannot be wrong together.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.query.compare import differences
from tests.query.strategies import AT, TODAY

from trialwright.language.facts import Record, day_span
from trialwright.language.interpret import decide
from trialwright.language.nodes import (
    Anchor,
    Compare,
    Count,
    Expression,
    Extent,
    Facts,
    Offset,
    Quantity,
    Timeline,
    Window,
)

SCREENING = Anchor("screening")
DAY = day_span(AT)


def person(**given: object) -> Record:
    """Somebody at screening, of whom the given is recorded."""
    anchors = {"screening": DAY, "consent": DAY, "enrollment": DAY}
    return Record(**{"facts": {}, "anchors": anchors} | given)  # type: ignore[arg-type]


def days_before(days: int) -> Window:
    return Window(Offset(SCREENING, Decimal(days), "days", "before"), SCREENING)


def agree(tmp_path: Path, record: Record, *expected: tuple[bool | None, Expression]) -> None:
    """Both say what is expected."""
    for state, expression in expected:
        assert decide(expression, record).state is state, expression
    assert differences([e for _, e in expected], {"somebody": record}, tmp_path / "store.duckdb") == []


def test_silence_of_one_domain_is_not_silence_of_another(tmp_path: Path) -> None:
    """Rule 4: a source that observes conditions and no procedures leaves the number of biopsies unknown."""
    course = Extent(Timeline(Facts(("sle",), "condition"), "presence"), days_before(14), "mean")
    biopsies = Count(Facts(("biopsy",), "procedure", days_before(14)))
    observing = person(observed={"condition": (TODAY - 90, TODAY)})
    none = Compare(course, ">", Quantity(Decimal(0)))
    agree(tmp_path, observing, (None, Compare(course, ">=", biopsies)), (False, none))
