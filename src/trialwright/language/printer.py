"""Tree to text: what `parse` reads back as the same tree, in the words that a clinician would write.

`to_text` prints notation and nodes alike; nodes that only expansion makes (a selection, a count, a time line) print
as the notation that they came from (`contract.py`).  Short forms are preferred.  Parentheses stand where they must and
around an `and` inside an `or`, which readers get wrong.  What is longer than `width` is broken over lines at `and`,
`or`, `then`, `else` and the commas of lists.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import IntEnum

from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language.contract import contract, folded
from trialwright.language.layout import SOFT, SPACE, Doc, Group, Nest, bracketed, joined, render
from trialwright.language.notation import Tree
from trialwright.language.parse import slug
from trialwright.language.vocabulary import Vocabulary
from trialwright.language.words import SPELL_UNITS, duration, in_two_units, instant, names, quantity, window

WIDTH = 110


class Level(IntEnum):
    """How tightly a text binds; what stands in a tighter place is put in parentheses."""

    EXPRESSION = 0
    OR = 1
    AND = 2
    NOT = 3
    PREDICATE = 4
    SUM = 5
    PRODUCT = 6
    SIGN = 7
    POWER = 8
    POSTFIX = 9
    PRIMARY = 10


@dataclass(frozen=True, slots=True)
class Piece:
    """A printed part; `open` says that a window that follows would be read as its own."""

    doc: Doc
    level: Level = Level.PRIMARY
    open: bool = False


def to_text(tree: Tree, width: int = WIDTH) -> str:
    """The text of a tree: `parse(to_text(tree)) == tree` for every tree that `parse` gives."""
    return render(Group(_piece(tree).doc), width)


def nodes_to_text(node: n.Node, vocabulary: Vocabulary | None = None, width: int = WIDTH) -> str:
    """The text of an expanded expression, for explanations: the notation that it most likely came from.

    With a vocabulary, a class is named instead of all its members.
    """
    return to_text(folded(node, vocabulary) if vocabulary is not None else node, width)


def _at(tree: Tree, level: Level) -> Doc:
    return _closed(_piece(tree), level).doc


def _closed(piece: Piece, level: Level) -> Piece:
    if piece.level >= level:
        return piece
    return Piece(Group(("(", Nest((SOFT, piece.doc)), SOFT, ")")))


def _list(head: str, parts: tuple[Tree, ...]) -> Piece:
    return Piece(bracketed(head + " ", [_at(p, Level.EXPRESSION) for p in parts]))


def _piece(tree: Tree) -> Piece:
    tree = contract(tree)
    match tree:
        case n.If() | s.Each():
            return _open_ended(tree)
        case n.AtLeast() | n.Not() | n.FirstKnown():
            return _logic(tree)
        case n.Compare() | n.In() | s.Between() | s.Polarity() | s.Change() | s.Stable():
            return _comparison(tree)
        case s.Has() | s.On():
            return _record(tree)
        case s.Reading() | n.Ref() | s.CountOf() | s.Dose() | s.Run() | s.At():
            return _reading(tree)
        case n.Quantity() | n.Arithmetic() | s.TimesLimit() | s.Age() | s.Elapsed() | s.This():
            return _number(tree)
        case n.Score() | n.Grade() | n.Ask() | n.Unsupported() | s.NoRestriction():
            return _whole(tree)
        case n.Item():
            return Piece(_item(tree))
        case n.Anchor() | n.Offset() | n.TimeOf() | s.ResultOf() | s.Edge():
            return Piece(instant(tree, _flat))
        case n.Window():
            return Piece(window(tree, _flat))
    raise TypeError(f"no rule for {type(tree).__name__}")


def _flat(tree: Tree) -> str:
    """On one line, as names with parameters are printed inside instants."""
    return render(Group(_piece(tree).doc), 1_000_000)


# --- truths


def _open_ended(tree: n.If | s.Each) -> Piece:
    match tree:
        case s.Each(quantifier, of, body):
            head = f"{quantifier} member of" if isinstance(quantifier, str) else f"at least {quantifier} members of"
            inner = (f"{head} {of}:", Nest((SPACE, _at(body, Level.EXPRESSION))))
            return Piece(Group(inner), Level.EXPRESSION)
        case n.If(condition, then, None):
            tail: tuple[Doc, ...] = (Nest((SPACE, _at(then, Level.EXPRESSION))),)
        case n.If(condition, then, otherwise):
            last = Nest((SPACE, _at(otherwise, Level.EXPRESSION)))
            tail = (Nest((SPACE, _at(then, Level.OR))), SPACE, "else", last)
    return Piece(Group(("if ", _at(condition, Level.OR), " then", *tail)), Level.EXPRESSION)


def _logic(tree: n.AtLeast | n.Not | n.FirstKnown) -> Piece:
    match tree:
        case n.FirstKnown(parts):
            return _list("first known of", parts)
        case n.Not(part):
            return _negated(contract(part))
        case n.AtLeast(0, ()):
            return Piece('no restriction ""')
        case n.AtLeast(count, parts) if count == len(parts) > 1:
            return Piece(joined([_at(p, Level.NOT) for p in parts], (SPACE, "and ")), Level.AND)
        case n.AtLeast(1, parts) if 2 <= len(parts) <= 3:
            return Piece(joined([_at(p, Level.NOT) for p in parts], (SPACE, "or ")), Level.OR)
        case n.AtLeast(1, parts):
            return _list("any of", parts)
    return _list(f"at least {tree.count} of", tree.parts)


def _negated(part: Tree) -> Piece:
    match part:
        case s.Has(called, n.Window(None, None), None):
            return Piece(f"no history of {names(called)}", Level.PREDICATE)
        case s.Has(called, within, None):
            return Piece(_spaced(f"no {names(called)}", within), Level.PREDICATE)
        case n.AtLeast(1, parts):
            return _list("none of", parts)
    return Piece(("not ", _at(part, Level.NOT)), Level.NOT)


def _spaced(text: str, within: n.Window | None) -> str:
    return text if within is None else f"{text} {window(within, _flat)}"


def _comparison(tree: n.Compare | n.In | s.Between | s.Polarity | s.Change | s.Stable) -> Piece:
    match tree:
        case n.Compare(left, operator, right):
            if (
                isinstance(left, s.Run)
                and isinstance(right, n.Quantity)
                and tree.alternative is None
                and _is_for(left, right)
            ):
                return _run_for(left, operator, right)
            said = _sum(right)
            if isinstance(right, n.Quantity) and tree.alternative is not None:
                said = Piece(in_two_units(right, tree.alternative))
            return _windowed(left, (f" {operator} ", said.doc), said.open)
        case s.Between(what, low, high):
            upper = _sum(high)
            return _windowed(what, (" between ", _sum(low).doc, " and ", upper.doc), upper.open)
        case n.In(category, members):
            said_in = f" is {members[0]}" if len(members) == 1 else f" in ({', '.join(members)})"
            return _windowed(category, said_in, False)
        case s.Polarity(called, polarity, within):
            return Piece(_spaced(f"{names(called)} {polarity}", within), Level.PREDICATE)
        case s.Change():
            return _change(tree)
        case s.Stable(dose, operator, time, before, tolerance):
            long = duration(time.amount, time.unit)
            head = f" stable for {operator} {long} before {instant(before, _flat)}"
            end: tuple[Doc, ...] = (" within ", _sum(tolerance).doc) if tolerance is not None else ()
            return Piece((_sum(dose).doc, head, *end), Level.PREDICATE)
    raise TypeError(f"no rule for {type(tree).__name__}")


def _sum(tree: Tree) -> Piece:
    return _closed(_piece(tree), Level.SUM)


def _windowed(left: Tree, said: Doc, right_is_open: bool) -> Piece:
    """The window of the left side is said after the comparison, unless the right side would take it for its own."""
    left = contract(left)
    movable = isinstance(left, s.Reading | s.CountOf) or (isinstance(left, s.Dose) and left.which != "at")
    if not movable or left.window is None or right_is_open:
        return Piece((_sum(left).doc, said), Level.PREDICATE)
    return Piece((_sum(replace(left, window=None)).doc, said, " " + window(left.window, _flat)), Level.PREDICATE)


def _is_for(run: Tree, amount: Tree) -> bool:
    """Whether a run was, or could have been, written as `C for >= N days within ...`."""
    if not isinstance(run, s.Run) or not isinstance(amount, n.Quantity):
        return False
    usual = "current" if run.window.start is None else "longest"
    plain = isinstance(run.what, n.Compare) or (isinstance(run.what, s.On) and run.what.window is None)
    return (
        plain
        and run.measure == usual
        and run.bridge_days is None
        and amount.unit in SPELL_UNITS
        and not amount.value.is_signed()
    )


def _run_for(run: s.Run, operator: str, amount: n.Quantity) -> Piece:
    tail = f" for {operator} {duration(amount.value, amount.unit)} {window(run.window, _flat)}"
    match run.what:
        case n.Compare(left, inner, right, alternative):
            limit = _sum(right).doc
            if isinstance(right, n.Quantity) and alternative is not None:
                limit = in_two_units(right, alternative)
            return Piece((_sum(left).doc, f" {inner} ", limit, tail), Level.PREDICATE)
        case s.On(called):
            return Piece(f"on {names(called)}{tail}", Level.PREDICATE)
    raise TypeError(f"no rule for {type(run.what).__name__}")


def _change(tree: s.Change) -> Piece:
    amount = _sum(tree.amount)
    followed = tree.start != "earliest" or tree.window is not None
    if amount.open and followed:
        amount = _closed(amount, Level.PRIMARY) if amount.level < Level.PRIMARY else Piece(("(", amount.doc, ")"))
    points = isinstance(tree.amount, n.Quantity) and tree.amount.unit in ("1", "%") and not tree.relative
    start = f" from {tree.start}" if tree.start != "earliest" else ""
    tail = _spaced((" points" if points else "") + start, tree.window)
    head = f"{_flat(tree.of)} {tree.direction} by {tree.operator} "
    return Piece((head, amount.doc, tail), Level.PREDICATE)


def _record(tree: s.Has | s.On) -> Piece:
    match tree:
        case s.On(called, within):
            return Piece(_spaced(f"on {names(called)}", within), Level.PREDICATE)
        case s.Has(called, n.Window(None, None), None):
            return Piece(f"history of {names(called)}", Level.PREDICATE)
        case s.Has(called, within, None):
            return Piece(_spaced(f"has {names(called)}", within), Level.PREDICATE)
        case s.Has(called, within, s.Since(operator, time, before)):
            long = duration(time.amount, time.unit)
            since = f" since {operator} {long} before {instant(before, _flat)}"
            return Piece(_spaced(f"has {names(called)}{since}", within), Level.PREDICATE)
    raise TypeError(f"no rule for {type(tree).__name__}")


# --- what is read and what is computed


def _reading(tree: s.Reading | n.Ref | s.CountOf | s.Dose | s.Run | s.At) -> Piece:
    match tree:
        case n.Ref(name, ()):
            return Piece(name, open=True)
        case n.Ref(name, parameters):
            given: list[Doc] = [(f"{key}: ", _at(value, Level.EXPRESSION)) for key, value in parameters]
            return Piece(bracketed(name, given), open=True)
        case s.Reading(of, rule, part, within, where):
            head = f"{part.upper()} of " if part != "value" else f"{rule} " if rule else ""
            return _tail((head, _at(of, Level.PRIMARY), _where(where)), within)
        case s.CountOf(called, by, where, within, spacing):
            head = {"fact": "count of", "day": "days with", "concept": "members of"}[by]
            apart = f" at least {spacing} days apart" if spacing else ""
            return _tail((f"{head} {names(called)}", _where(where), apart), within)
        case s.Dose(called, equivalent, which, within):
            head = "dose of" if which == "at" else f"{which} dose of"
            of_what = f" ({equivalent} equivalent)" if equivalent else ""
            return _tail(f"{head} {names(called)}{of_what}", within)
        case s.Run(measure, what, within, bridge):
            head = {"longest": "longest run of", "total": "total days of", "current": "current run of"}[measure]
            gap = f" bridging {bridge} days" if bridge is not None else ""
            return Piece((bracketed(head + " ", [_at(what, Level.EXPRESSION)]), gap, f" {window(within, _flat)}"))
        case s.At(expression, n.Anchor("baseline")) if _piece(expression).level == Level.PRIMARY:
            return Piece(("baseline ", _piece(expression).doc), Level.POSTFIX, _piece(expression).open)
        case s.At(expression, moment):
            return Piece((_at(expression, Level.POSTFIX), f" at {instant(moment, _flat)}"), Level.POSTFIX)
    raise TypeError(f"no rule for {type(tree).__name__}")


def _tail(doc: Doc, within: n.Window | None) -> Piece:
    return Piece(doc, open=True) if within is None else Piece((doc, " " + window(within, _flat)))


def _where(test: Tree | None) -> Doc:
    return "" if test is None else bracketed(" where ", [_at(test, Level.EXPRESSION)])


def _number(tree: n.Quantity | n.Arithmetic | s.TimesLimit | s.Age | s.Elapsed | s.This) -> Piece:
    match tree:
        case n.Quantity(value):
            return Piece(quantity(tree), Level.SIGN if value.is_signed() else Level.PRIMARY)
        case n.Arithmetic():
            return _arithmetic(tree)
        case s.TimesLimit(n.Quantity(Decimal(), "1") as factor, limit) if factor.value == 1:
            return Piece(limit.upper())
        case s.TimesLimit(factor, limit):
            return Piece((_at(factor, Level.PRODUCT), f" x {limit.upper()}"), Level.PRODUCT)
        case s.Age(None):
            return Piece("age")
        case s.Age(moment):
            return Piece(f"age at {instant(moment, _flat)}", Level.POSTFIX)
        case s.Elapsed(unit, start, end):
            return Piece(f"{unit} from {instant(start, _flat)} to {instant(end, _flat)}")
        case s.This():
            return Piece("this")
    raise TypeError(f"no rule for {type(tree).__name__}")


SIDES = {
    "+": (Level.SUM, Level.PRODUCT),
    "-": (Level.SUM, Level.PRODUCT),
    "*": (Level.PRODUCT, Level.SIGN),
    "/": (Level.PRODUCT, Level.SIGN),
    "^": (Level.POSTFIX, Level.SIGN),
}
"""How tightly the left and the right argument of an operator must bind; it binds as its left one, `^` one less."""


def _arithmetic(tree: n.Arithmetic) -> Piece:
    match tree.operator, tree.arguments:
        case "years" | "months" | "days", (start, end):
            return Piece(f"{tree.operator} from {instant(start, _flat)} to {instant(end, _flat)}")
        case "*", (n.Quantity(Decimal(), "1") as minus, part) if minus.value == -1 and not isinstance(part, n.Quantity):
            inner = _closed(_piece(part), Level.SIGN)
            return Piece(("-", inner.doc), Level.SIGN, inner.open)
        case ("+" | "-" | "*" | "/" | "^") as operator, (first, *rest):
            left, right = SIDES[operator]
            last = [_closed(_piece(part), right) for part in rest]
            doc = (_at(first, left), *((f" {operator}", SPACE, piece.doc) for piece in last))
            level = Level.POWER if operator == "^" else left
            return Piece(Group(Nest(doc)), level, bool(last) and last[-1].open)
    return Piece(bracketed(tree.operator, [_at(a, Level.EXPRESSION) for a in tree.arguments]))


# --- scores, grades, and what only a person can say


def _whole(tree: n.Score | n.Grade | n.Ask | n.Unsupported | s.NoRestriction) -> Piece:
    match tree:
        case n.Score(items, maxima, recorded, subset):
            tail: list[Doc] = [f" highest of ({', '.join(maxima)})"] if maxima else []
            last = _closed(_piece(recorded), Level.PRIMARY) if recorded is not None else None
            tail += [(" recorded ", last.doc)] if last else []
            tail += [f" only ({', '.join(subset)})"] if subset else []
            doc = (bracketed("score ", [_item(i) for i in items], ";"), *tail)
            return Piece(doc, open=last is not None and last.open and not subset)
        case n.Grade(rungs):
            steps: list[Doc] = [(f"{grade} if ", _at(condition, Level.EXPRESSION)) for grade, condition in rungs]
            return Piece(bracketed("grade ", steps, ";"))
        case n.Ask(name, text, kind, gives):
            called = "" if name == slug(text) else f"{name} "
            number_too = "" if gives == "truth" else f", {gives}"
            return Piece(f'ask {called}"{text}" ({kind}{number_too})')
        case n.Unsupported(text, why):
            return Piece(f'unsupported "{text}"' + (f' ("{why}")' if why else ""))
        case s.NoRestriction(text):
            return Piece(f'no restriction "{text}"')
    raise TypeError(f"no rule for {type(tree).__name__}")


def _item(item: n.Item) -> Doc:
    condition = _piece(item.condition)
    if item.domain and render(condition.doc, 1_000_000).endswith(("ULN", "LLN", "LOD")):
        condition = Piece(("(", condition.doc, ")"))
    of = f" of {item.domain}" if item.domain else ""
    return Group((f"{item.id}: ", _sum(item.points).doc, " if ", Nest(condition.doc), of))
