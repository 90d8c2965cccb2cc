"""reference: engine and interpreter on the smallest case of each difference that a random world has found.

One test per cause, named for the rule of meaning that was broken; what is expected is stated beside the comparison, so
that the two cannot be wrong together.
"""

from __future__ import annotations

import datetime as dt
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


def course(first: int, last: int, dose: float, route: str) -> Fact:
    """Prednisone from and to so many days before screening."""
    start, end = day_span(AT - dt.timedelta(first)), day_span(AT - dt.timedelta(last))
    return Fact("prednisone", start, end, dose, dose, categories=frozenset({route}))


def doses(*routes: str) -> n.Timeline:
    """Prednisone by the day, by the given routes."""
    where = (n.In(n.ValueOf(None, "category"), routes),) if routes else ()
    return n.Timeline(n.Facts(("prednisone",), "drug", n.Window(), where), "dose")


def test_a_course_by_another_route_leaves_no_gap_for_a_late_refill(tmp_path: Path) -> None:
    """Rule 6: overlapping records are resolved first; what a `where` leaves out does not turn into a gap."""
    taking = [course(15, 9, 5.0, "iv"), course(8, 3, 10.0, "oral"), course(2, 0, 5.0, "iv")]
    record = person(facts={"prednisone": taking}, observed={"drug": (TODAY - 90, TODAY)})
    days = n.Spell(doses("iv"), days_before(14), "total", ">", n.Quantity(Decimal(0)))
    agree(tmp_path, record, (True, n.Compare(days, "=", n.Quantity(Decimal(9)))))


def test_what_is_resolved_is_resolved_no_further(tmp_path: Path) -> None:
    """Rule 6: the late refill of a course that another one interrupted is seen when loading, not only when reading."""
    taking = [course(30, 6, 5.0, "oral"), course(20, 20, 1.0, "oral"), course(3, 0, 5.0, "oral")]
    record = person(facts={"prednisone": taking}, observed={"drug": (TODAY - 90, TODAY)})
    days = n.Spell(doses(), days_before(14), "total", ">", n.Quantity(Decimal(0)))
    agree(tmp_path, record, (None, n.Compare(days, ">", n.Quantity(Decimal(13)))))
