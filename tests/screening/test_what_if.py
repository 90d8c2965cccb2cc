"""reference: what-ifs and curves of 300 people against the interpreter, person by person."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from tests.screening.brute import Row, verdict

from trialwright.catalog import load_catalog
from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n
from trialwright.language.interpret import decide
from trialwright.language.values import OUT_OF_RECORD
from trialwright.population.store import open_population
from trialwright.query.screening import Screening
from trialwright.screening.curves import Threshold, curves, thresholds, values, with_value
from trialwright.screening.whatif import expression, what_if

TRIAL = "relma-cel-ssc"
NAMES = ("ineligible", "eligible", "undetermined")


def with_criterion(screening: Screening, rows: dict[str, Row], name: str, tree: n.Expression) -> dict[str, int]:
    """The counts with one inclusion replaced, decided by the interpreter."""
    concepts = [c for node in _walk(tree) if isinstance(node, n.Facts) for c in node.concepts]
    later = next(c.later for c in screening.study.trials[1].criteria if c.id == name)
    found = []
    with open_population(screening.population) as store:
        for person, row in rows.items():
            truth = decide(tree, store.record(person, concepts))
            aside = truth.state is None and (later or truth.reasons <= OUT_OF_RECORD)
            found.append(verdict({**row, name: (truth.state, aside)}))
    return {v: found.count(v) for v in NAMES}


def test_drop(screening: Screening, rows: dict[str, Row]) -> None:
    found = what_if(screening, TRIAL, drop=["I3a", "I7m"])
    left = [{c: s for c, s in row.items() if c not in ("I3a", "I7m")} for row in rows.values()]
    assert found.after == {v: [verdict(row) for row in left].count(v) for v in NAMES}
    assert found.before == {v: [verdict(row) for row in rows.values()].count(v) for v in NAMES}
    assert sum(found.moved.values()) == sum(verdict(a) != verdict(b) for a, b in zip(left, rows.values(), strict=True))
    assert len(found.gained) == sum(n for (_, after), n in found.moved.items() if after == "eligible")


def test_replace(screening: Screening, rows: dict[str, Row]) -> None:
    found = what_if(screening, TRIAL, set={"I7m": "lvef >= 50 % within 2 years before screening"})
    tree = expression("lvef >= 50 % within 2 years before screening", load_catalog(), "I7m")
    assert found.after == with_criterion(screening, rows, "I7m", tree)


def test_the_same_text_changes_nothing(screening: Screening) -> None:
    """law: a criterion replaced by itself leaves every count as it was, strict ones too."""
    criteria = screening.study.trials[1].criteria
    found = what_if(screening, TRIAL, set={c.id: c.expression for c in criteria[-6:]})
    assert (found.after, found.strict_after, found.moved) == (found.before, found.strict_before, {})


def test_curve(screening: Screening, rows: dict[str, Row]) -> None:
    (curve,) = curves(screening, TRIAL, criteria=["I7m"])
    criterion = next(c for c in screening.study.trials[1].criteria if c.id == "I7m")
    (threshold,) = thresholds(criterion)
    at = curve.values.index(curve.registered)
    for k in (0, at, at + 1):
        tree = with_value(criterion.expression, threshold, Decimal(str(curve.values[k])))
        expected = with_criterion(screening, rows, "I7m", tree)
        assert (curve.ineligible[k], curve.eligible[k], curve.undetermined[k]) == tuple(expected.values())


def test_values() -> None:
    """pair: round steps around the registered value, which is among them; nothing below zero."""
    assert [float(v) for v in values(Decimal(8))] == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]
    assert Decimal("0.1") in values(Decimal("0.1"))
    assert all(v >= 0 for v in values(Decimal(1)))


def test_limits_of_normal_are_thresholds() -> None:
    """pair: "at most 3 x ULN" has the threshold 3, and moving it leaves the limit in place."""
    value = n.Select(n.Facts(("ast",), "measurement"))
    limit = n.Arithmetic("*", (n.Quantity(Decimal(3)), n.ValueOf(value, "uln")))
    node = n.Compare(n.ValueOf(value), "<=", limit)
    from trialwright.query.study import Criterion

    (found,) = thresholds(Criterion("I1", "inclusion", node))
    assert found == Threshold("I1", "<=", Decimal(3), "1", (node,))
    moved = with_value(node, found, Decimal(5))
    assert moved == n.Compare(n.ValueOf(value), "<=", n.Arithmetic("*", (n.Quantity(Decimal(5)), limit.arguments[1])))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"drop": ["I77"]}, "has no criterion 'I77'"),
        ({"set": {"I7m": "lvefx >= 45 %"}}, "did you mean lvef"),
        ({"set": {"I7m": "lvef >="}}, "I7m="),
        ({"drop": ["I7m"], "set": {"I7m": "lvef >= 45 %"}}, "both dropped and replaced"),
    ],
)
def test_mistakes(screening: Screening, given: dict[str, object], said: str) -> None:
    """pair: a mistake and what is said of it."""
    with pytest.raises(TrialwrightError, match=said):
        what_if(screening, TRIAL, **given)  # type: ignore[arg-type]


def test_a_trial_must_be_named(screening: Screening, cohort: Path) -> None:
    """pair: of several trials one is named."""
    with pytest.raises(TrialwrightError, match="name one of the trials"):
        what_if(screening)


def _walk(node: object) -> list[object]:
    from trialwright.language.check import walk

    return list(walk(node))
