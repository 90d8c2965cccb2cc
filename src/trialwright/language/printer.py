"""Tree to text: what `parse` reads back as the same tree, in the words that a clinician would write.

`to_text` prints notation and nodes alike; nodes that only expansion makes (a selection, a count, a time line) print
as the notation that they came from (`contract.py`).  Short forms are preferred.  Parentheses stand where they must and
around an `and` inside an `or`, which readers get wrong.  What is longer than `width` is broken over lines at `and`,
`or`, `then`, `else` and the commas of lists.
"""

from __future__ import annotations

from dataclasses import replace

from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language import print_values as values
from trialwright.language.contract import contract, folded
from trialwright.language.layout import SPACE, Doc, Group, Nest, bracketed, joined, render
from trialwright.language.notation import Tree
from trialwright.language.pieces import Level, Piece, closed, flat
from trialwright.language.vocabulary import Vocabulary
from trialwright.language.words import SPELL_UNITS, duration, in_two_units, instant, names, window

WIDTH = 110


def to_text(tree: Tree, width: int = WIDTH) -> str:
    """The text of a tree: `parse(to_text(tree)) == tree` for every tree that `parse` gives."""
    return render(Group(_piece(tree).doc), width)


def nodes_to_text(node: n.Node, vocabulary: Vocabulary | None = None, width: int = WIDTH) -> str:
    """The text of an expanded expression, for explanations: the notation that it most likely came from.

    With a vocabulary, a class is named instead of all its members.
    """
    return to_text(folded(node, vocabulary) if vocabulary is not None else node, width)


def _list(head: str, parts: tuple[Tree, ...]) -> Piece:
    return Piece(bracketed(head + " ", [closed(_piece(p), Level.EXPRESSION).doc for p in parts]))


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
            return values.reading(_piece, tree)
        case n.Quantity() | n.Arithmetic() | s.TimesLimit() | s.Age() | s.Elapsed() | s.This():
            return values.number(_piece, tree)
        case n.Score() | n.Grade() | n.Ask() | n.Unsupported() | s.NoRestriction():
            return values.whole(_piece, tree)
        case n.Item():
            return Piece(values.item(_piece, tree))
        case n.Anchor() | n.Offset() | n.TimeOf() | s.ResultOf() | s.Edge():
            return Piece(instant(tree, _flat))
        case n.Window():
            return Piece(window(tree, _flat))
    raise TypeError(f"no rule for {type(tree).__name__}")


_flat = flat(_piece)


# --- truths


def _open_ended(tree: n.If | s.Each) -> Piece:
    match tree:
        case s.Each(quantifier, of, body):
            head = f"{quantifier} member of" if isinstance(quantifier, str) else f"at least {quantifier} members of"
            inner = (f"{head} {of}:", Nest((SPACE, closed(_piece(body), Level.EXPRESSION).doc)))
            return Piece(Group(inner), Level.EXPRESSION)
        case n.If(condition, then, None):
            tail: tuple[Doc, ...] = (Nest((SPACE, closed(_piece(then), Level.EXPRESSION).doc)),)
        case n.If(condition, then, otherwise):
            last = Nest((SPACE, closed(_piece(otherwise), Level.EXPRESSION).doc))
            tail = (Nest((SPACE, closed(_piece(then), Level.OR).doc)), SPACE, "else", last)
    return Piece(Group(("if ", closed(_piece(condition), Level.OR).doc, " then", *tail)), Level.EXPRESSION)


def _logic(tree: n.AtLeast | n.Not | n.FirstKnown) -> Piece:
    match tree:
        case n.FirstKnown(parts):
            return _list("first known of", parts)
        case n.Not(part):
            return _negated(contract(part))
        case n.AtLeast(0, ()):
            return Piece('no restriction ""')
        case n.AtLeast(count, parts) if count == len(parts) > 1:
            return Piece(joined([closed(_piece(p), Level.NOT).doc for p in parts], (SPACE, "and ")), Level.AND)
        case n.AtLeast(1, parts) if 2 <= len(parts) <= 3:
            return Piece(joined([closed(_piece(p), Level.NOT).doc for p in parts], (SPACE, "or ")), Level.OR)
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
    return Piece(("not ", closed(_piece(part), Level.NOT).doc), Level.NOT)


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
    return closed(_piece(tree), Level.SUM)


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
        and not run.interpolate_days
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
        amount = closed(amount, Level.PRIMARY) if amount.level < Level.PRIMARY else Piece(("(", amount.doc, ")"))
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
