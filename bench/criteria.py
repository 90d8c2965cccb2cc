"""Ninety-odd criteria over the benchmark's store, with the constructs that the four trials use."""

from __future__ import annotations

from decimal import Decimal

from bench.store import AT, CONDITIONS, DRUGS, LABS
from trialwright.language.nodes import (
    Anchor,
    Arithmetic,
    Ask,
    Compare,
    Count,
    Expression,
    Extent,
    Facts,
    FirstKnown,
    Grade,
    If,
    In,
    Item,
    Not,
    Offset,
    Quantity,
    Score,
    Select,
    Spell,
    Timeline,
    TimeOf,
    ValueOf,
    Window,
    all_of,
    any_of,
)
from trialwright.query.study import Criterion, Study, Trial, at_screening

NOW = Anchor("screening")


def q(value: float | str) -> Quantity:
    return Quantity(Decimal(str(value)))


def within(days: int) -> Window:
    return Window(Offset(NOW, Decimal(days), "days", "before"), NOW)


def latest(i: int, days: int = 180) -> Select:
    return Select(Facts((LABS[i % 30],), "measurement", within(days)))


def lab(i: int, operator: str, limit: float, days: int = 180) -> Expression:
    return Compare(ValueOf(latest(i, days)), operator, q(limit))  # type: ignore[arg-type]


def times_uln(i: int, operator: str, factor: float, days: int = 180) -> Expression:
    select = latest(i, days)
    limit = Arithmetic("*", (q(factor), ValueOf(select, "uln", Decimal("5"))))
    return Compare(ValueOf(select), operator, limit)  # type: ignore[arg-type]


EVER = Window(None, NOW)


def has(*conditions: int, window: Window = EVER) -> Expression:
    names = tuple(CONDITIONS[c % 15] for c in conditions)
    return Compare(Count(Facts(names, "condition", window)), ">=", q(1))


def on(*drugs: int, days: int = 30) -> Expression:
    return Compare(Count(Facts(tuple(DRUGS[d % 15] for d in drugs), "drug", within(days))), ">=", q(1))


def dose_line(*drugs: int) -> Timeline:
    names = tuple(DRUGS[d % 15] for d in drugs)
    return Timeline(Facts(names, "drug"), "dose", tuple((n, Decimal(1 + k)) for k, n in enumerate(names)))


def age(operator: str, years: int) -> Expression:
    birth = TimeOf(Select(Facts(("birth",), "demographic")))
    return Compare(Arithmetic("years", (birth, Anchor("consent"))), operator, q(years))  # type: ignore[arg-type]


def change(i: int, share: float) -> Expression:
    """The latest value against the highest of half a year."""
    facts = Facts((LABS[i % 30],), "measurement", within(180))
    now, then = ValueOf(Select(facts)), ValueOf(Select(facts, "highest"))
    return Compare(Arithmetic("/", (Arithmetic("-", (then, now)), then)), ">", q(share))


def clearance(i: int, j: int) -> Expression:
    """A formula like Cockcroft and Gault's."""
    years = Arithmetic("years", (TimeOf(Select(Facts(("birth",), "demographic"))), NOW))
    female = In(ValueOf(Select(Facts(("sex",), "demographic")), "category"), ("female",))
    top = Arithmetic("*", (Arithmetic("-", (q(140), years)), ValueOf(latest(j, 365))))
    bottom = Arithmetic("*", (q(72), ValueOf(latest(i))))
    return Compare(
        FirstKnown(
            (ValueOf(latest(j + 1)), Arithmetic("*", (Arithmetic("/", (top, bottom)), If(female, q("0.85"), q(1)))))
        ),
        ">=",
        q(30),
    )


def activity(k: int) -> Expression:
    """A score of twelve items with a recorded total."""
    items = tuple(
        Item(f"i{i}", q((1, 2, 4, 8)[i % 4]), has(k + i) if i % 3 == 0 else lab(k + i, ">", 3 + i % 4, 30), f"d{i % 4}")
        for i in range(12)
    )
    return Compare(Score(items, ("d0",), ValueOf(latest(k + 20, 30))), ">=", q(8))


def trial(k: int) -> Trial:
    """Twenty-three criteria like those of a registered trial; `k` moves the concepts and windows."""
    plus = 30 * k
    window = Window(None, Offset(NOW, Decimal(6), "months", "before"))
    near = Window(Offset(TimeOf(latest(5 + k)), Decimal(7), "days", "before"), TimeOf(latest(5 + k)))
    inclusion = [
        all_of(age(">=", 18), age("<=", 65 + k)),
        has(k, window=window),
        activity(k),
        all_of(lab(3 + k, ">=", 2, 90 + plus), lab(4 + k, ">=", 1.5, 90 + plus), lab(5 + k, ">=", 1, 90 + plus)),
        all_of(times_uln(6 + k, "<=", 3), times_uln(7 + k, "<=", 3), times_uln(8 + k, "<=", 1.5)),
        any_of(*(In(ValueOf(latest(i, 365), "category"), ("positive",)) for i in range(3))),
        clearance(9 + k, 10 + k),
        If(
            on(k, k + 1, days=14),
            all_of(
                Compare(Extent(dose_line(k, k + 1), within(56), "highest"), "<=", q(40)),
                any_of(
                    Compare(Extent(dose_line(k, k + 1), within(56), "lowest"), ">=", q("7.5")), on(k + 5, k + 6, k + 7)
                ),
            ),
        ),
        Compare(Extent(dose_line(k, k + 1), within(15), "range"), "<=", q(0)),
        Compare(Spell(Timeline(Facts((DRUGS[(k + 2) % 15],), "drug"), "presence"), within(84), "current"), ">=", q(56)),
        any_of(lab(11 + k, ">", 6, 60), all_of(change(12 + k, 0.1), lab(13 + k, "<", 9))),
        Compare(Count(Facts((LABS[14],), "measurement", within(365)), "day", 28), ">=", q(2)),
        Ask(f"consent_{k}", "gives consent", "consent"),
    ]
    exclusion = [
        Compare(Spell(dose_line(k, k + 1), within(56), "longest", ">=", q(30)), ">=", q(14)),
        any_of(*(on(d, days=60 + 10 * k) for d in range(8, 13))),
        any_of(has(k + 3), has(k + 4), has(k + 5, k + 6, k + 7)),
        all_of(has(k + 8), Ask(f"severe_{k}", "severe", "judgement")),
        any_of(lab(15 + k, ">", 8), lab(16 + k, ">", 8.5), lab(17 + k, "<", 0.5)),
        any_of(times_uln(18 + k, ">", 1.9), times_uln(19 + k, ">", 1.95, 60)),
        Compare(Grade(((4, lab(20 + k, "<", 0.5)), (3, lab(20 + k, "<", 1)), (2, lab(20 + k, "<", 1.5)))), ">=", q(3)),
        Compare(Count(Facts((DRUGS[(k + 9) % 15],), "drug", near)), ">=", q(1)),
        Not(any_of(lab(21 + k, "<", 9.9, 730), lab(22 + k, "<", 9.9, 730))),
        Compare(ValueOf(Select(Facts((LABS[(23 + k) % 30],), "measurement", within(180)), "lowest")), "<", q("0.5")),
    ]
    criteria = [Criterion(f"I{i + 1}", "inclusion", e) for i, e in enumerate(inclusion)]
    criteria += [Criterion(f"E{i + 1}", "exclusion", e) for i, e in enumerate(exclusion)]
    return Trial(f"trial_{k}", tuple(criteria))


def study() -> Study:
    return at_screening([trial(k) for k in range(4)], AT)
