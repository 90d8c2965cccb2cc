"""The reference interpreter: what each node means for one person, written to be read.

`interpret(expression, record)` gives a Truth, a Number or a Category.  It is the specification that the compiler of
`trialwright.query` is tested against, and it answers where one person is asked about.  It takes expanded expressions:
a `Ref` or a notation raises TypeError.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import singledispatchmethod

from trialwright.language import arithmetic, readings, scores, selection, timelines
from trialwright.language.calendar import completed_months, shift
from trialwright.language.comparison import compare, raw_number
from trialwright.language.facts import Fact, Record, Span
from trialwright.language.nodes import (
    Anchor,
    Arithmetic,
    Ask,
    AtLeast,
    Compare,
    Count,
    Expression,
    Extent,
    Facts,
    FirstKnown,
    Grade,
    If,
    In,
    Instant,
    Not,
    Offset,
    Quantity,
    Score,
    Select,
    Spell,
    TimeOf,
    Unsupported,
    ValueOf,
    Window,
)
from trialwright.language.selection import Found, Frame, Moment
from trialwright.language.sorts import whole_days
from trialwright.language.values import (
    NONE,
    Category,
    Number,
    Strings,
    Truth,
    point,
    round6,
    unknown_number,
)

__all__ = ["Interpreter", "compare", "decide", "interpret"]
Value = Truth | Number | Category
AGREEMENT = frozenset({"consent", "willingness", "intent"})


def interpret(expression: Expression, record: Record) -> Value:
    """The value of an expanded expression for one person."""
    return Interpreter(record).value(expression)


def decide(expression: Expression, record: Record) -> Truth:
    """The truth of a criterion for one person.  Raises TypeError for an expression that is not a Truth."""
    return Interpreter(record).truth(expression)


class Interpreter:
    """Evaluates expressions over one person's record."""

    def __init__(self, record: Record, fact: Fact | None = None) -> None:
        self.record = record
        self.fact = fact

    def truth(self, expression: Expression) -> Truth:
        value = self.value(expression)
        if not isinstance(value, Truth):
            raise TypeError(f"{type(expression).__name__} is not a truth")
        return value

    def number(self, expression: Expression) -> Number:
        value = self.value(expression)
        if not isinstance(value, Number):
            raise TypeError(f"{type(expression).__name__} is not a number")
        return value

    @singledispatchmethod
    def value(self, node: Expression) -> Value:
        raise TypeError(f"no rule for {type(node).__name__}; expand the expression first")

    # --- instants and windows

    def moment(self, instant: Instant | None, unbounded: Span) -> Moment:
        if instant is None:
            return Moment(unbounded)
        match instant:
            case Anchor(name):
                span = self.record.anchors.get(name)
                notes = frozenset({"projected"}) if name in self.record.projected else NONE
                return Moment(span, NONE if span else frozenset({"not_yet"}), notes)
            case Offset(inner, amount, unit, direction):
                base = self.moment(inner, unbounded)
                clock = base.clock or unit in ("hours", "minutes")
                if base.span is None:
                    return replace(base, clock=clock)
                moved = shift(base.span, amount, unit, -1 if direction == "before" else 1)
                return replace(base, span=moved, clock=clock)
            case TimeOf(select):
                chosen, none_possible, found, doubt = self.selected(select)
                facts = frozenset(chosen)
                if none_possible:
                    return Moment(None, doubt | (found.doubt if found else NONE), facts=facts)
                first = min(f.start.lower for f in chosen)
                return Moment(Span(first, max(f.start.upper for f in chosen)), doubt, facts=facts)
        raise TypeError(f"no rule for {type(instant).__name__}")

    def frame(self, window: Window) -> tuple[Frame | None, Moment]:
        """The window with the reasons and facts of its instants; None where an instant does not exist."""
        start = self.moment(window.start, selection.UNBOUNDED)
        end = self.moment(window.end, selection.ENDLESS)
        both = Moment(None, start.reasons | end.reasons, start.notes | end.notes, start.facts | end.facts)
        if start.span is None or end.span is None:
            return None, both
        return selection.make_frame(start, end, window.start_open, window.end_open), both

    def selected(self, select: Select) -> tuple[tuple[Fact, ...], bool, Found | None, Strings]:
        """The candidates, whether there may be none, what was found, and why it is not one sure fact."""
        frame, edges = self.frame(select.facts.window)
        if frame is None:
            return (), True, None, edges.reasons
        found = selection.find(select.facts, frame, self.record, self.test)
        near = self.moment(select.near, selection.ENDLESS) if select.near else None
        if near and near.span is None:
            return (), True, None, near.reasons
        chosen, none_possible = selection.candidates(select, found, near.span if near else None)
        return chosen, none_possible, found, selection.disagreement(chosen, none_possible, found)

    def test(self, expression: Expression, fact: Fact) -> bool | None:
        """A `where` test of one fact."""
        return Interpreter(self.record, fact).truth(expression).state

    # --- numbers and categories

    @value.register
    def _(self, node: Quantity) -> Number:
        return point(float(node.value))

    @value.register
    def _(self, node: ValueOf) -> Number | Category:
        if node.selection is None:
            assert self.fact is not None, "only a `where` may look at the fact itself"
            chosen: tuple[Fact, ...] = (self.fact,)
            return readings.part_of(node, chosen, False, NONE, frozenset())
        chosen, none_possible, _, doubt = self.selected(node.selection)
        _, edges = self.frame(node.selection.facts.window)
        value = readings.part_of(node, chosen, none_possible, doubt, frozenset(chosen) | edges.facts)
        if node.selection.rule == "mean" and node.part == "value" and isinstance(value, Number) and not none_possible:
            value = readings.mean_of(value, chosen, doubt)
        return replace(value, notes=value.notes | edges.notes)

    @value.register
    def _(self, node: Count) -> Number:
        frame, edges = self.frame(node.facts.window)
        if frame is None:
            return Number(0, math.inf, reasons=edges.reasons, notes=edges.notes, facts=edges.facts)
        found = selection.find(node.facts, frame, self.record, self.test)
        result = selection.count(node, found)
        return replace(result, notes=result.notes | edges.notes, facts=result.facts | edges.facts)

    @value.register
    def _(self, node: Spell) -> Number:
        whole_days(node.window)
        frame, edges = self.frame(node.window)
        if frame is None:
            return Number(0, math.inf, reasons=edges.reasons, notes=edges.notes, facts=edges.facts)
        found = self.lasting(node.timeline.facts, frame)
        threshold = self.number(node.threshold) if node.threshold else None
        lows: list[tuple[int, int]] = []
        highs: list[tuple[int, int]] = []
        reasons: set[str] = set()
        windows = timelines.windows(frame, each_end=node.measure == "current")
        for (first, last), bounds in [(w, lows) for w in windows.narrow] + [(w, highs) for w in windows.wide]:
            line = timelines.stretches(node.timeline, found, first, last)
            hold = [self.holds(node, stretch, threshold) for stretch in line]
            bounds.append(timelines.spell(node, line, hold, last))
            reasons |= {r for s, h in zip(line, hold, strict=True) if h is None for r in s.reasons}
        lower, upper = min(b[0] for b in lows), max(b[1] for b in highs)
        notes = edges.notes | self.silence(found)
        if frame.vague:
            reasons |= {"partial_date"}
        return Number(
            lower,
            upper,
            reasons=frozenset(reasons) if lower < upper else NONE,
            notes=notes,
            facts=frozenset(found.possible) | edges.facts,
        )

    def lasting(self, facts: Facts, frame: Frame) -> Found:
        """The facts that a time line is made of."""
        return selection.find(facts, frame, timelines.settled(facts, self.record), self.test)

    def holds(self, node: Spell, stretch: timelines.Stretch, threshold: Number | None) -> bool | None:
        if node.operator is None or threshold is None:
            return True if stretch.sure else None if stretch.possible else False
        return compare(Number(stretch.lower, stretch.upper), node.operator, threshold)

    def silence(self, found: Found) -> Strings:
        if found.possible or not found.silent:
            return NONE
        return frozenset({"absence", "ever"}) if found.ever else frozenset({"absence"})

    @value.register
    def _(self, node: Extent) -> Number:
        whole_days(node.window)
        frame, edges = self.frame(node.window)
        if frame is None:
            return unknown_number(*edges.reasons, notes=edges.notes, facts=edges.facts)
        found = self.lasting(node.timeline.facts, frame)
        windows = timelines.windows(frame)
        lines = [timelines.stretches(node.timeline, found, *w) for w in {*windows.narrow, *windows.wide}]
        bounds = [timelines.extent(node, line) for line in lines]
        if node.which == "mean" and len(lines) > 1:
            # a window between the narrow and the wide one can weigh its days in any way
            longest = timelines.stretches(node.timeline, found, *windows.wide[0])
            bounds = [timelines.extent(replace(node, which=which), longest) for which in ("lowest", "highest")]
        lower, upper = min(b[0] for b in bounds), max(b[1] for b in bounds)
        reasons = {r for line in lines for stretch in line for r in stretch.reasons}
        if len(lines) > 1:
            reasons.add("partial_date")
        return Number(
            lower,
            upper,
            reasons=frozenset(reasons or {"no_data"}) if lower < upper else NONE,
            notes=edges.notes | self.silence(found),
            facts=frozenset(found.possible) | edges.facts,
        )

    @value.register
    def _(self, node: Arithmetic) -> Number:
        result = self.formula(node)
        return replace(result, lower=round6(result.lower), upper=round6(result.upper))

    def formula(self, node: Arithmetic) -> Number:
        """The formula before rounding; inner formulas are not rounded."""
        if node.operator in ("years", "months", "days"):
            return self.elapsed(node)
        parts = [
            self.formula(part) if isinstance(part, Arithmetic) else self.number(part)  # type: ignore[arg-type]
            for part in node.arguments
        ]
        reasons = frozenset().union(*(p.reasons for p in parts))
        notes = frozenset().union(*(p.notes for p in parts))
        facts = frozenset[Fact]().union(*(p.facts for p in parts))
        bounds = arithmetic.apply(node.operator, [(p.lower, p.upper) for p in parts])
        if bounds is None:
            return unknown_number(*(reasons or {"unsupported"}), notes=notes, facts=facts)
        return Number(*bounds, reasons=reasons if bounds[0] < bounds[1] else NONE, notes=notes, facts=facts)

    def elapsed(self, node: Arithmetic) -> Number:
        """Completed years or months, or days, from the first instant to the second."""
        first, last = (self.moment(i, selection.ENDLESS) for i in node.arguments)  # type: ignore[arg-type]
        notes, facts = first.notes | last.notes, first.facts | last.facts
        if first.span is None or last.span is None:
            return unknown_number(*first.reasons, *last.reasons, notes=notes, facts=facts)
        step: Callable[[int, int], int]
        if node.operator == "days":
            step = lambda a, b: b - a  # noqa: E731
        else:
            step = lambda a, b: completed_months(a, b, 12 if node.operator == "years" else 1)  # noqa: E731
        lower = step(first.span.last_day, last.span.first_day)
        upper = step(first.span.first_day, last.span.last_day)
        reasons = first.reasons | last.reasons | {"partial_date"} if lower < upper else NONE
        return Number(lower, upper, reasons=frozenset(reasons), notes=notes, facts=facts)

    @value.register
    def _(self, node: Score) -> Number:
        states = [(item, self.truth(item.condition), self.number(item.points)) for item in node.items]
        return scores.score(node, states, self.number(node.recorded) if node.recorded is not None else None)

    @value.register
    def _(self, node: Grade) -> Number:
        return scores.grade([(grade, self.truth(condition)) for grade, condition in node.rungs])

    # --- truths

    @value.register
    def _(self, node: Compare) -> Truth:
        left, right = self.number(node.left), self.number(node.right)
        state = compare(left, node.operator, right)
        select = recorded_in_either_unit(node)
        if select is not None:
            state = self.as_recorded(node, select, right, state)
        reasons = left.reasons | right.reasons if state is None else NONE
        if state is None and not reasons:
            reasons = frozenset({"conflict"})
        return Truth(state, reasons, left.notes | right.notes, left.facts | right.facts)

    def as_recorded(self, node: Compare, select: Select, right: Number, state: bool | None) -> bool | None:
        """The comparison made in the unit of the record where the protocol states its threshold in that unit too."""
        assert node.alternative is not None
        chosen, none_possible, _, _ = self.selected(select)
        if none_possible:
            return state
        limit = point(float(node.alternative.value))
        verdicts = set()
        for fact in chosen:
            if fact.unit == node.alternative.unit and fact.recorded is not None:
                verdicts.add(compare(raw_number(fact), node.operator, limit))
            else:
                verdicts.add(compare(readings.limit_of(ValueOf(None), fact), node.operator, right))
        return verdicts.pop() if len(verdicts) == 1 else None

    @value.register
    def _(self, node: In) -> Truth:
        category = self.value(node.category)
        assert isinstance(category, Category)
        members = frozenset(node.members)
        states = {None if codes is None else bool(codes & members) for codes in category.candidates}
        state = states.pop() if len(states) == 1 else None
        reasons = category.reasons or frozenset({"conflict"}) if state is None else NONE
        return Truth(state, reasons, category.notes, category.facts)

    @value.register
    def _(self, node: AtLeast) -> Truth:
        parts = [self.truth(part) for part in node.parts]
        met = sum(p.state is True for p in parts)
        could = sum(p.state is not False for p in parts)
        state = True if met >= node.count else False if could < node.count else None
        return Truth(
            state,
            frozenset().union(*(p.reasons for p in parts)) if state is None else NONE,
            frozenset().union(*(p.notes for p in parts)),
            frozenset[Fact]().union(*(p.facts for p in parts)),
            bool(parts) and state is True and all(p.not_applicable for p in parts),
        )

    @value.register
    def _(self, node: Not) -> Truth:
        part = self.truth(node.part)
        return replace(part, state=None if part.state is None else not part.state, not_applicable=False)

    @value.register
    def _(self, node: If) -> Value:
        condition = self.truth(node.condition)
        then = self.value(node.then)
        if isinstance(then, Number):
            return self.if_number(node, condition, then)
        assert isinstance(then, Truth)
        other = self.truth(node.otherwise) if node.otherwise is not None else Truth(True, not_applicable=True)
        notes = condition.notes | then.notes | other.notes
        facts = condition.facts | then.facts | other.facts
        if condition.state is not None:
            branch = then if condition.state else other
            return replace(branch, notes=notes, facts=facts)
        if then.state is not None and then.state == other.state:
            return Truth(then.state, notes=notes, facts=facts)
        return Truth(None, condition.reasons | then.reasons | other.reasons, notes, facts)

    def if_number(self, node: If, condition: Truth, then: Number) -> Number:
        if node.otherwise is None:
            raise TypeError("`if` over numbers needs an `else`")
        other = self.number(node.otherwise)
        notes = condition.notes | then.notes | other.notes
        facts = condition.facts | then.facts | other.facts
        if condition.state is not None:
            return replace(then if condition.state else other, notes=notes, facts=facts)
        lower, upper = min(then.lower, other.lower), max(then.upper, other.upper)
        reasons = condition.reasons | then.reasons | other.reasons if lower < upper else NONE
        return Number(lower, upper, reasons=reasons, notes=notes, facts=facts)

    @value.register
    def _(self, node: FirstKnown) -> Value:
        parts = [self.value(part) for part in node.parts]
        notes = frozenset().union(*(p.notes for p in parts))
        facts = frozenset[Fact]().union(*(p.facts for p in parts))
        for part in parts:
            if _known(part):
                return replace(part, notes=notes, facts=facts)
        reasons = frozenset().union(*(p.reasons for p in parts))
        return replace(parts[-1], reasons=reasons, notes=notes, facts=facts)

    @value.register
    def _(self, node: Ask) -> Truth | Number:
        answer = self.record.answers.get(node.id)
        reason = "needs_agreement" if node.kind in AGREEMENT else "needs_person"
        if answer is None or answer.value is None:
            return Truth(None, frozenset({reason})) if node.gives == "truth" else unknown_number(reason)
        return Truth(bool(answer.value)) if node.gives == "truth" else point(float(answer.value))

    @value.register
    def _(self, node: Unsupported) -> Truth:
        return Truth(None, frozenset({"unsupported"}))


def recorded_in_either_unit(node: Compare) -> Select | None:
    """The selection whose value stands against a threshold said in two units; a mean is never as recorded."""
    left = node.left
    if node.alternative is None or not isinstance(left, ValueOf) or left.part != "value" or left.selection is None:
        return None
    return None if left.selection.rule == "mean" else left.selection


def _known(value: Value) -> bool:
    if isinstance(value, Truth):
        return value.state is not None
    if isinstance(value, Number):
        return value.is_point
    return None not in value.candidates and len(set(value.candidates)) == 1
