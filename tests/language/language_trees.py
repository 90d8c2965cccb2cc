"""Hypothesis strategies for every tree that `parse` can give, sorts mixed freely: the printer must not care."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language.parse import ASK_KINDS, slug

NAMES = st.sampled_from(["creatinine", "b_12", "sledai_2k.clinical", "it", "t1", "_a", "anti_dsdna", "within_range"])
ANCHORS = st.sampled_from(["screening", "baseline", "infusion", "day_90", "now"]).map(n.Anchor)
UNITS = st.sampled_from(["1", "%", "mg/dL", "10*9/L", "mL/min", "mg/day", "days", "month", "{score}", "g"])
POLARITIES = st.sampled_from(["positive", "negative"])
WORDS = st.sampled_from(["III", "III+V", "positive", "4", "in", "grade-2"])
TEXTS = st.text(alphabet="abc déf,(#?:1", max_size=12)
OPERATORS: Any = st.sampled_from(["<", "<=", "=", "!=", ">=", ">"])
TIME_UNITS: Any = st.sampled_from(["minutes", "hours", "days", "weeks", "months", "years", "half_lives"])
ROUTES = st.sampled_from(["oral", "systemic", "intravenous", "topical"])
AMOUNTS = st.one_of(
    st.integers(0, 999).map(Decimal),
    st.decimals(0, 1000, places=3, allow_nan=False),
    st.sampled_from([Decimal("1E+30"), Decimal("1E-7"), Decimal(1)]),
)
SOME_NAMES = st.lists(NAMES, min_size=1, max_size=3).map(tuple)

quantities = st.builds(n.Quantity, st.one_of(AMOUNTS, AMOUNTS.map(lambda d: -d)), UNITS)
durations = st.builds(s.Duration, AMOUNTS, TIME_UNITS)
refs = st.builds(n.Ref, NAMES)
names = st.one_of(
    st.builds(s.Names, SOME_NAMES, st.booleans()),
    st.builds(s.Names, SOME_NAMES, st.just(False), ROUTES),
)


def _polarity_names(called: s.Names) -> s.Names:
    return s.Names(called.names, called.every and len(called.names) > 1)


def instants(refs: Any = refs) -> Any:
    return st.recursive(
        st.one_of(
            ANCHORS,
            st.builds(s.ResultOf, refs),
            st.builds(s.Edge, st.sampled_from(["first", "last"]), NAMES),
        ),
        lambda inner: st.builds(n.Offset, inner, AMOUNTS, TIME_UNITS, st.sampled_from(["before", "after"])),
        max_leaves=2,
    )


@st.composite
def windows(draw: Any, refs: Any = refs) -> n.Window:
    end = draw(instants(refs))
    start = draw(instants(refs))
    time = draw(durations)
    match draw(st.integers(0, 6)):
        case 0:
            return n.Window(n.Offset(end, time.amount, time.unit, "before"), end)
        case 1:
            return n.Window(start, n.Offset(start, time.amount, time.unit, "after"))
        case 2:
            return n.Window(None, end, end_open=draw(st.booleans()))
        case 3:
            return n.Window(start, None, start_open=True)
        case 4:
            return n.Window()
    return n.Window(start, end, draw(st.booleans()), draw(st.booleans()))


@st.composite
def changes(draw: Any, inner: Any) -> s.Change:
    amount = draw(st.one_of(inner, quantities))
    percent = isinstance(amount, n.Quantity) and amount.unit == "%"
    return s.Change(
        draw(refs),
        draw(st.sampled_from(["rises", "falls"])),
        draw(OPERATORS),
        amount,
        percent and draw(st.booleans()),
        draw(st.sampled_from(["earliest", "best", "previous", "baseline"])),
        draw(st.none() | windows()),
    )


@st.composite
def readings(draw: Any, inner: Any) -> s.Reading:
    of, window = draw(refs), draw(windows())
    if draw(st.booleans()):
        part = draw(st.sampled_from(["uln", "lln", "lod"]))
        return s.Reading(of, part=part, window=draw(st.none() | st.just(window)))
    rule = draw(st.none() | st.sampled_from(["latest", "earliest", "lowest", "highest", "mean"]))
    where = draw(st.none() | inner)
    return s.Reading(of, rule, window=window if rule is None and where is None else None, where=where)


@st.composite
def counts(draw: Any, inner: Any) -> s.CountOf:
    by = draw(st.sampled_from(["fact", "day", "concept"]))
    spacing = 0 if by == "concept" else draw(st.sampled_from([0, 1, 30]))
    return s.CountOf(draw(names), by, draw(st.none() | inner), draw(st.none() | windows()), spacing)


def _timeless(tree: Any) -> bool:
    """`x > 3 at day_90` is read as `x at day_90 > 3`."""
    return isinstance(tree, s.At) and isinstance(tree.expression, n.Quantity | s.TimesLimit)


def _children(inner: Any) -> Any:
    right = inner.filter(lambda tree: not _timeless(tree))
    some = st.lists(inner, min_size=1, max_size=4).map(tuple)
    rich = st.builds(n.Ref, NAMES, st.lists(st.tuples(NAMES, inner), min_size=1, max_size=2).map(tuple))
    since = st.builds(s.Since, OPERATORS, durations, instants())
    doses = st.one_of(
        st.builds(s.Dose, names, st.none() | NAMES),
        st.builds(
            s.Dose,
            names,
            st.none() | NAMES,
            st.sampled_from(["highest", "lowest", "mean", "range"]),
            st.none() | windows(),
        ),
    )
    runs = st.builds(
        s.Run,
        st.sampled_from(["longest", "total", "current"]),
        st.one_of(inner, st.builds(n.Compare, inner, OPERATORS, right), st.builds(s.On, names)),
        windows(),
        st.none() | st.integers(0, 9),
        st.sampled_from([0, 0, 8]),
    )
    units = UNITS.filter(lambda u: u != "1")
    written = st.builds(n.Quantity, AMOUNTS, units)
    items = st.builds(n.Item, NAMES, inner, inner, st.sampled_from(["", "renal"]))
    asks = st.builds(
        lambda name, text, kind, gives: n.Ask(name or slug(text), text, kind, gives),
        st.none() | NAMES,
        TEXTS,
        st.sampled_from(ASK_KINDS),
        st.sampled_from(["truth", "number"]),
    )
    return st.one_of(
        st.builds(n.If, inner, inner, st.none() | inner),
        st.builds(lambda parts: n.AtLeast(len(parts), parts), some),
        st.builds(n.AtLeast, st.integers(0, 3), some),
        st.builds(n.Not, inner),
        st.builds(n.FirstKnown, some),
        st.builds(n.Compare, inner, OPERATORS, right),
        st.builds(n.Compare, inner, OPERATORS, written, written),
        st.builds(n.Compare, st.one_of(doses, readings(inner), counts(inner)), OPERATORS, right),
        st.builds(n.Compare, runs, OPERATORS, st.builds(n.Quantity, AMOUNTS, TIME_UNITS)),
        st.builds(n.In, inner, st.lists(WORDS, min_size=1, max_size=3).map(tuple)),
        st.builds(s.Between, inner, inner, right),
        st.builds(s.Polarity, names.map(_polarity_names), POLARITIES, st.none() | windows(rich)),
        changes(inner),
        st.builds(s.Stable, doses, OPERATORS, durations, instants(rich), st.none() | inner),
        st.builds(s.Has, names, st.none() | windows(), st.none() | since),
        st.builds(lambda called, window: n.Not(s.Has(called, window)), names, st.none() | windows()),
        st.builds(s.On, names, st.none() | windows()),
        st.builds(s.Each, st.sampled_from(["each", "some", 2]), NAMES, inner),
        readings(inner),
        counts(inner),
        doses,
        runs,
        rich,
        st.builds(s.At, inner.filter(lambda tree: tree != s.Age()), instants(rich)),
        st.builds(s.Age, st.none() | instants()),
        st.builds(s.Elapsed, st.sampled_from(["years", "months", "days"]), instants(), instants()),
        st.builds(s.TimesLimit, inner, st.sampled_from(["uln", "lln", "lod"])),
        st.builds(lambda o, a, b: n.Arithmetic(o, (a, b)), st.sampled_from(["+", "-", "*", "/", "^"]), inner, inner),
        st.builds(lambda part: n.Arithmetic("*", (n.Quantity(Decimal(-1)), part)), inner),
        st.builds(n.Arithmetic, st.sampled_from(["min", "max", "exp", "ln", "abs", "round"]), some),
        st.builds(
            n.Score,
            st.lists(items, min_size=1, max_size=3).map(tuple),
            st.sampled_from([(), ("renal",)]),
            st.none() | inner,
            st.sampled_from([(), ("t1",)]),
        ),
        st.builds(n.Grade, st.lists(st.tuples(st.integers(0, 5), inner), min_size=1, max_size=3).map(tuple)),
        asks,
        st.builds(n.Unsupported, TEXTS, TEXTS),
        st.builds(s.NoRestriction, TEXTS),
    )


TREES = st.recursive(
    st.one_of(refs, quantities, st.just(s.This()), st.just(s.Age()), readings(refs)), _children, max_leaves=6
)
"""Every form of the notation, nested."""
