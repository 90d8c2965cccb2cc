"""Text to tree: one Lark grammar (`grammar.lark`), one function per rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import VisitError

from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language.notation import Tree

WORDS = {
    "$END": "the end",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "COLON": ":",
    "SEMICOLON": ";",
    "PLUS": "+",
    "MINUS": "-",
    "STAR": "*",
    "SLASH": "/",
    "CIRCUMFLEX": "^",
    "OP": "a comparison",
    "NUMBER": "a number",
    "NAME": "a name",
    "WORD": "a category",
    "UNIT": "a unit",
    "TIME_UNIT": "a unit of time",
    "STRING": 'a text in "quotes"',
    "AT_LEAST": "at least",
}
"""How an error message names the terminals of the grammar."""
ASK_KINDS = ("consent", "willingness", "intent", "judgement", "look_up")


class ParseError(TrialwrightError):
    """A text that is not of the language; `column` counts from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


def parse(text: str) -> Tree:
    """The tree of an expression.  Raises ParseError naming line, column and what was expected."""
    try:
        return _Builder().transform(_parser().parse(text))
    except UnexpectedInput as error:
        raise _explain(text, error) from None
    except VisitError as error:
        if isinstance(error.orig_exc, ParseError):
            raise error.orig_exc from None
        raise


@cache
def _parser() -> Lark:
    grammar = files("trialwright.language").joinpath("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", maybe_placeholders=True, propagate_positions=True)


def _explain(text: str, error: UnexpectedInput) -> ParseError:
    line, column = max(error.line, 1), max(error.column, 1)
    at_end = getattr(getattr(error, "token", None), "type", "") == "$END"
    if at_end:
        last = text.rstrip().splitlines() or [""]
        line, column = len(last), len(last[-1]) + 1
    found = "the text ends" if at_end else f"{text.splitlines()[line - 1][column - 1 :][:20]!r} does not fit"
    expected = sorted(
        _word(name) for name in (getattr(error, "accepts", None) or getattr(error, "expected", None) or ())
    )
    some = ", ".join(expected[:8]) + (" ..." if len(expected) > 8 else "")
    return ParseError(f"line {line}, column {column}: {found} here; expected {some}", line, column)


def _word(terminal: str) -> str:
    return WORDS.get(terminal, terminal.lower())


@dataclass(frozen=True)
class _TwoUnits:
    """`2.5 mg/dL (221 umol/L)` until the comparison takes it."""

    quantity: n.Quantity
    alternative: n.Quantity


_Rule = TypeVar("_Rule", bound=Callable[..., Any])


def _located(rule: _Rule) -> _Rule:
    """For rules that can raise: the method gets where its text stands."""
    located: _Rule = v_args(inline=True, meta=True)(rule)
    return located


def _flat(kind: Callable[[int], int]) -> Callable[..., Tree]:
    def build(self: _Builder, *parts: Tree) -> Tree:
        return n.AtLeast(kind(len(parts)), parts)

    return build


def _arithmetic(operator: str) -> Callable[..., Tree]:
    def build(self: _Builder, *parts: Tree) -> Tree:
        return n.Arithmetic(operator, parts)  # type: ignore[arg-type]

    return build


def _at(place: Any, message: str) -> ParseError:
    """The error of a rule or token: it names the line and column where that begins."""
    line, column = getattr(place, "line", 1) or 1, getattr(place, "column", 1) or 1
    return ParseError(f"line {line}, column {column}: {message}", line, column)


def _windowed(meta: Any, tree: Tree, window: n.Window | None, place: str) -> Tree:
    """A window said after a comparison belongs to what stands on its left."""
    if window is None:
        return tree
    match tree:
        case n.Ref():
            return s.Reading(tree, window=window)
        case s.Reading(window=None) | s.CountOf(window=None):
            return replace(tree, window=window)
        case s.Dose(window=None, which="highest" | "lowest" | "mean" | "range"):
            return replace(tree, window=window)
    raise _at(meta, f"the window after {place} has no reading on the left that it could belong to")


@v_args(inline=True)
class _Builder(Transformer[Token, Any]):  # type: ignore[misc]
    and_ = all_of = _flat(lambda count: count)
    or_ = any_of = _flat(lambda count: 1)
    plus, minus, times, over, power = map(_arithmetic, "+-*/^")

    def if_(self, condition: Tree, then: Tree, otherwise: Tree = None) -> Tree:
        return n.If(condition, then, otherwise)

    def not_(self, part: Tree) -> Tree:
        return n.Not(part)

    def none_of(self, *parts: Tree) -> Tree:
        return n.Not(n.AtLeast(1, parts))

    def at_least(self, _: Token, count: Token, *parts: Tree) -> Tree:
        return n.AtLeast(_whole(count), parts)

    def first_known(self, *parts: Tree) -> Tree:
        return n.FirstKnown(parts)

    # --- comparisons

    @_located
    def compare(self, meta: Any, left: Tree, op: Token, right: Tree, window: Tree) -> Tree:
        return _compare(_windowed(meta, left, window, "the comparison"), op, right)

    def compare_for(self, left: Tree, op: Token, right: Tree, than: Token, time: s.Duration, window: Tree) -> Tree:
        return _for(_compare(left, op, right), than, time, window)

    @_located
    def between(self, meta: Any, number: Tree, low: Tree, high: Tree, window: Tree) -> Tree:
        number, high = _moved(_windowed(meta, number, window, "`between`"), high)
        return s.Between(number, low, high)

    @_located
    def in_(self, meta: Any, category: Tree, *rest: Tree) -> Tree:
        *words, window = rest
        return n.In(_windowed(meta, category, window, "`in`"), tuple(words))

    @_located
    def is_(self, meta: Any, category: Tree, word: str, window: Tree) -> Tree:
        return n.In(_windowed(meta, category, window, "`is`"), (word,))

    @_located
    def polarity(self, meta: Any, what: Tree, word: str, window: Tree) -> Tree:
        return s.Polarity(_names_of(meta, what), word, window)  # type: ignore[arg-type]

    @_located
    def change(
        self, meta: Any, of: Tree, direction: str, op: Token, amount: Tree, points: Tree, start: Tree, window: Tree
    ) -> Tree:
        if not isinstance(of, n.Ref):
            raise _at(meta, f"`{direction} by` follows a name, not an expression")
        percent = isinstance(amount, n.Quantity) and amount.unit == "%"
        return s.Change(of, direction, str(op), amount, percent and points is None, start or "earliest", window)  # type: ignore[arg-type]

    def start_of(self, rule: str) -> str:
        return rule

    @_located
    def stable(self, meta: Any, dose: Tree, op: Token, time: s.Duration, before: Tree, tolerance: Tree) -> Tree:
        if not isinstance(dose, s.Dose):
            raise _at(meta, "only a dose can be `stable`: write `dose of NAME stable for ...`")
        return s.Stable(dose, str(op), time, before, tolerance)  # type: ignore[arg-type]

    def tolerance(self, amount: Tree) -> Tree:
        return amount

    # --- facts

    def has(self, names: s.Names, since: Tree, window: Tree) -> Tree:
        return s.Has(names, window, since)

    def has_no(self, names: s.Names, window: Tree) -> Tree:
        found: Tree = s.Has(names, window)
        return n.Not(found)

    def no_history(self, names: s.Names) -> Tree:
        return _not(s.Has(names, n.Window()))

    def history(self, names: s.Names) -> Tree:
        return s.Has(names, n.Window())

    def since(self, op: Token, time: s.Duration, before: Tree) -> Tree:
        return s.Since(str(op), time, before)  # type: ignore[arg-type]

    def on(self, names: s.Names, window: Tree) -> Tree:
        return s.On(names, window)

    def on_for(self, names: s.Names, than: Token, time: s.Duration, window: Tree) -> Tree:
        return _for(s.On(names), than, time, window)

    def each(self, name: Token, body: Tree) -> Tree:
        return s.Each("each", str(name), body)

    def some(self, name: Token, body: Tree) -> Tree:
        return s.Each("some", str(name), body)

    def at_least_members(self, _: Token, count: Token, name: Token, body: Tree) -> Tree:
        return s.Each(_whole(count), str(name), body)

    def one_name(self, name: Token) -> Tree:
        return s.Names((str(name),))

    def routed_name(self, route: str, name: Token) -> Tree:
        return s.Names((str(name),), route=route)

    class_name = one_name

    def any_names(self, *names: Token) -> Tree:
        return s.Names(tuple(map(str, names)))

    def all_names(self, *names: Token) -> Tree:
        return s.Names(tuple(map(str, names)), every=True)

    def routed_names(self, route: str, *names: Token) -> Tree:
        return s.Names(tuple(map(str, names)), route=route)

    # --- numbers

    def quantity(self, number: Token, unit: str | None) -> Tree:
        return n.Quantity(Decimal(str(number)), unit or "1")

    def two_units(self, number: Token, unit: str, other: Token, other_unit: str) -> Tree:
        return _TwoUnits(n.Quantity(Decimal(str(number)), unit), n.Quantity(Decimal(str(other)), other_unit))

    def unit(self, token: Token) -> str:
        return str(token)

    def negative(self, part: Tree) -> Tree:
        if isinstance(part, n.Quantity) and part.value >= 0:
            return n.Quantity(-part.value, part.unit)
        return n.Arithmetic("*", (n.Quantity(Decimal(-1)), part))

    def times_limit(self, factor: Tree, limit: str) -> Tree:
        return s.TimesLimit(factor, limit.lower())  # type: ignore[arg-type]

    def limit(self, limit: str) -> Tree:
        return s.TimesLimit(n.Quantity(Decimal(1)), limit.lower())  # type: ignore[arg-type]

    def limit_of(self, limit: str, ref: n.Ref, window: Tree) -> Tree:
        return s.Reading(ref, part=limit.lower(), window=window)  # type: ignore[arg-type]

    def reading(self, ref: n.Ref, where: Tree, window: Tree) -> Tree:
        return ref if where is None and window is None else s.Reading(ref, where=where, window=window)

    @_located
    def ruled_reading(self, meta: Any, rule: str, ref: n.Ref, where: Tree, window: Tree) -> Tree:
        if rule == "range":
            raise _at(meta, "only a dose has a range; of a value say `highest ... - lowest ...`")
        return s.Reading(ref, rule, where=where, window=window)

    def dose(self, names: s.Names, equivalent: str | None) -> Tree:
        return s.Dose(names, equivalent)

    @_located
    def ruled_dose(self, meta: Any, rule: str, names: s.Names, equivalent: str | None, window: Tree) -> Tree:
        if rule not in ("highest", "lowest", "mean", "range"):
            raise _at(meta, f"a dose has no {rule}; say highest, lowest, mean or range")
        return s.Dose(names, equivalent, rule, window)  # type: ignore[arg-type]

    def equivalent(self, name: Token) -> str:
        return str(name)

    def count(self, names: s.Names, where: Tree, spacing: int | None, window: Tree) -> Tree:
        return s.CountOf(names, "fact", where, window, spacing or 0)

    def count_days(self, names: s.Names, where: Tree, spacing: int | None, window: Tree) -> Tree:
        return s.CountOf(names, "day", where, window, spacing or 0)

    def count_members(self, names: s.Names, where: Tree, window: Tree) -> Tree:
        return s.CountOf(names, "concept", where, window)

    def run(self, measure: str, what: Tree, bridge: int | None, joined: int | None, window: Tree) -> Tree:
        return s.Run(measure, what, window, bridge, joined or 0)  # type: ignore[arg-type]

    def bridge(self, days: Token) -> int:
        return _whole(days)

    def joined(self, days: Token) -> int:
        return _whole(days)

    def spacing(self, _: Token, days: Token) -> int:
        return _whole(days)

    def where(self, test: Tree) -> Tree:
        return test

    def age(self) -> Tree:
        return s.Age()

    def elapsed(self, unit: str, start: Tree, end: Tree) -> Tree:
        return s.Elapsed(unit, start, end)  # type: ignore[arg-type]

    def function(self, name: str, *arguments: Tree) -> Tree:
        return n.Arithmetic(name, arguments)  # type: ignore[arg-type]

    def this(self) -> Tree:
        return s.This()

    def at(self, part: Tree, instant: Tree) -> Tree:
        return _anchored(part, instant)

    def baseline(self, part: Tree) -> Tree:
        return _anchored(part, n.Anchor("baseline"))

    def ref(self, name: Token, *parameters: Any) -> Tree:
        return n.Ref(str(name), tuple(p for p in parameters if p is not None))

    def parameter(self, name: Token, value: Tree) -> tuple[str, Tree]:
        return str(name), value

    # --- what only a person can say, or nobody

    def ask(self, name: Token | None, text: Token, kind: Token, gives: Token | None) -> Tree:
        if kind not in ASK_KINDS:
            raise _at(kind, f"an ask is one of {', '.join(ASK_KINDS)}, not {kind}")
        if gives not in (None, "truth", "number"):
            raise _at(gives, f"the answer to an ask is a truth or a number, not {gives}")
        words = str(text)[1:-1]
        return n.Ask(str(name) if name else slug(words), words, str(kind), str(gives or "truth"))  # type: ignore[arg-type]

    def unsupported(self, text: Token, why: Token | None) -> Tree:
        return n.Unsupported(str(text)[1:-1], str(why)[1:-1] if why else "")

    def no_restriction(self, text: Token) -> Tree:
        return s.NoRestriction(str(text)[1:-1])

    # --- scores and grades

    def score(self, *parts: Any) -> Tree:
        *items, maxima, recorded, over = parts
        return n.Score(tuple(items), maxima or (), recorded, over or ())

    def item(self, name: Token, points: Tree, condition: Tree, domain: Token | None) -> Tree:
        return n.Item(str(name), points, condition, str(domain) if domain else "")

    def maxima(self, *names: Token) -> tuple[str, ...]:
        return tuple(map(str, names))

    only = maxima

    def recorded(self, part: Tree) -> Tree:
        return part

    def grade(self, *rungs: Any) -> Tree:
        return n.Grade(rungs)

    def rung(self, grade: Token, condition: Tree) -> tuple[int, Tree]:
        return _whole(grade), condition

    # --- instants and windows

    def anchor(self, name: Token) -> Tree:
        return n.Anchor(str(name))

    def baseline_anchor(self) -> Tree:
        return n.Anchor("baseline")

    def result_of(self, ref: n.Ref) -> Tree:
        return s.ResultOf(ref)

    def edge(self, which: str, name: Token) -> Tree:
        return s.Edge(which, str(name))  # type: ignore[arg-type]

    def offset(self, time: s.Duration, side: str, instant: Tree) -> Tree:
        return n.Offset(instant, time.amount, time.unit, side)  # type: ignore[arg-type]

    def duration(self, amount: Token, unit: Token) -> s.Duration:
        word = str(unit)
        if word.startswith("half"):
            word = "half_lives"
        return s.Duration(Decimal(str(amount)), word if word.endswith("s") else word + "s")

    def within(self, time: s.Duration, side: str, instant: Tree) -> Tree:
        moved = n.Offset(instant, time.amount, time.unit, side)  # type: ignore[arg-type]
        return n.Window(moved, instant) if side == "before" else n.Window(instant, moved)

    def before(self, instant: Tree) -> Tree:
        return n.Window(None, instant, end_open=True)

    def after(self, instant: Tree) -> Tree:
        return n.Window(instant, None, start_open=True)

    def by(self, instant: Tree) -> Tree:
        return n.Window(None, instant)

    def from_to(self, start_open: Tree, start: Tree, end_open: Tree, end: Tree) -> Tree:
        return n.Window(start, end, start_open is not None, end_open is not None)

    def ever(self) -> Tree:
        return n.Window()

    def word(self, token: Token) -> str:
        return str(token)

    def _one(self, *words: Token) -> str:
        return " ".join(map(str, words))

    start_rule = open_start = open_end = side = rule = direction = points = route = age_unit = _one
    polarity_word = limit_word = function_word = edge_word = _one

    def measure(self, first: Token, second: Token) -> str:
        return str(first)


def _whole(token: Token) -> int:
    if not str(token).isdigit():
        raise _at(token, f"{token} must be a whole number")
    return int(token)


def _not(part: Tree) -> Tree:
    return n.Not(part)


def _anchored(part: Tree, instant: Tree) -> Tree:
    return s.Age(instant) if part == s.Age() else s.At(part, instant)


def _moved(left: Tree, right: Tree) -> tuple[Tree, Tree]:
    """`creatinine > 2 mg/dL at day_90`: the limit has no time of its own, so the instant belongs to the left side."""
    match right:
        case s.At(n.Quantity() | s.TimesLimit() as limit, instant):
            return _anchored(left, instant), limit
    return left, right


def _compare(left: Tree, op: Token, right: Tree) -> Tree:
    left, right = _moved(left, right)
    if isinstance(right, _TwoUnits):
        return n.Compare(left, str(op), right.quantity, right.alternative)  # type: ignore[arg-type]
    return n.Compare(left, str(op), right)  # type: ignore[arg-type]


def _names_of(meta: Any, tree: Tree) -> s.Names:
    """`any of (ana, anti_dsdna) positive` was parsed as a list of truths; here it is a list of names."""
    match tree:
        case n.Ref(name, ()):
            return s.Names((name,))
        case n.AtLeast(count, parts) if all(isinstance(p, n.Ref) and not p.parameters for p in parts):
            if count in (1, len(parts)):
                return s.Names(tuple(p.name for p in parts if isinstance(p, n.Ref)), every=count > 1)
    raise _at(meta, "only names can be positive or negative")


def _for(what: Tree, than: Token, time: s.Duration, window: n.Window | None) -> Tree:
    """`C for >= N days W`: the longest run inside a window that has a start, else the run current at its end."""
    if window is None:
        window = n.Window(None, n.Anchor("screening"), end_open=True)
    measure = "current" if window.start is None else "longest"
    return n.Compare(s.Run(measure, what, window), str(than), n.Quantity(time.amount, time.unit))  # type: ignore[arg-type]


def slug(text: str) -> str:
    """An id made from the words of an ask: lower case, underscores, at most 48 characters."""
    words = "".join(c if c.isalnum() else " " for c in text.lower()).split()
    return "_".join(words)[:48].strip("_")
