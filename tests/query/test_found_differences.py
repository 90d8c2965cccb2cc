"""reference: engine and interpreter on the smallest case of each difference that a random world has found.

One test per cause, named for the rule of meaning that was broken; what is expected is stated beside the comparison, so
that the two cannot be wrong together.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.query.compare import differences
from tests.query.strategies import AT, TODAY

from trialwright.language import nodes as n
from trialwright.language.facts import Fact, Record, day_span
from trialwright.language.interpret import decide

SCREENING = n.Anchor("screening")
DAY = day_span(AT)


def person(**given: object) -> Record:
    """Somebody at screening, of whom the given is recorded."""
    anchors = {"screening": DAY, "consent": DAY, "enrollment": DAY}
    return Record(**{"facts": {}, "anchors": anchors} | given)  # type: ignore[arg-type]


def days_before(days: int) -> n.Window:
    return n.Window(n.Offset(SCREENING, Decimal(days), "days", "before"), SCREENING)


def agree(tmp_path: Path, record: Record, *expected: tuple[bool | None, n.Expression]) -> None:
    """Both say what is expected."""
    for state, expression in expected:
        assert decide(expression, record).state is state, expression
    assert differences([e for _, e in expected], {"somebody": record}, tmp_path / "store.duckdb") == []


def test_silence_of_one_domain_is_not_silence_of_another(tmp_path: Path) -> None:
    """Rule 4: a source that observes conditions and no procedures leaves the number of biopsies unknown."""
    course = n.Extent(n.Timeline(n.Facts(("sle",), "condition"), "presence"), days_before(14), "mean")
    biopsies = n.Count(n.Facts(("biopsy",), "procedure", days_before(14)))
    observing = person(observed={"condition": (TODAY - 90, TODAY)})
    none = n.Compare(course, ">", n.Quantity(Decimal(0)))
    agree(tmp_path, observing, (None, n.Compare(course, ">=", biopsies)), (False, none))


def test_a_number_outside_of_any_leaf_can_hang_on_a_later_checkpoint(tmp_path: Path) -> None:
    """Rule 8: unknown for `not_yet` alone is left out of the verdict on the record, wherever the number stands."""
    since = n.Arithmetic("days", (n.Anchor("infusion"), SCREENING))
    has_lupus = n.Compare(n.Count(n.Facts(("sle",), "condition")), ">=", n.Quantity(Decimal(1)))
    chosen = n.If(has_lupus, since, n.Quantity(Decimal(0)))
    ill = person(facts={"sle": [Fact("sle", DAY, DAY)]})
    agree(tmp_path, ill, (None, n.Compare(chosen, ">", n.Quantity(Decimal(28)))))
