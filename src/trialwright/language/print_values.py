"""How readings, numbers, formulas, scores, grades and questions are printed."""

from __future__ import annotations

from decimal import Decimal

from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language.layout import SPACE, Doc, Group, Nest, bracketed, render
from trialwright.language.notation import Tree
from trialwright.language.parse import slug
from trialwright.language.pieces import Level, Piece, Print, closed, flat
from trialwright.language.words import instant, names, quantity, window


def reading(show: Print, tree: s.Reading | n.Ref | s.CountOf | s.Dose | s.Run | s.At) -> Piece:
    match tree:
        case n.Ref(name, ()):
            return Piece(name, open=True)
        case n.Ref(name, parameters):
            given: list[Doc] = [(f"{key}: ", closed(show(value), Level.EXPRESSION).doc) for key, value in parameters]
            return Piece(bracketed(name, given), open=True)
        case s.Reading(of, rule, part, within, where):
            head = f"{part.upper()} of " if part != "value" else f"{rule} " if rule else ""
            return _tail(show, (head, closed(show(of), Level.PRIMARY).doc, _where(show, where)), within)
        case s.CountOf(called, by, where, within, spacing):
            head = {"fact": "count of", "day": "days with", "concept": "members of"}[by]
            apart = f" at least {spacing} days apart" if spacing else ""
            return _tail(show, (f"{head} {names(called)}", _where(show, where), apart), within)
        case s.Dose(called, equivalent, which, within):
            head = "dose of" if which == "at" else f"{which} dose of"
            of_what = f" ({equivalent} equivalent)" if equivalent else ""
            return _tail(show, f"{head} {names(called)}{of_what}", within)
        case s.Run(measure, what, within, bridge, joined):
            head = {"longest": "longest run of", "total": "total days of", "current": "current run of"}[measure]
            gap = f" bridging {bridge} days" if bridge is not None else ""
            gap += f" interpolating {joined} days" if joined else ""
            return Piece(
                (
                    bracketed(head + " ", [closed(show(what), Level.EXPRESSION).doc]),
                    gap,
                    f" {window(within, flat(show))}",
                )
            )
        case s.At(expression, moment):
            what_at = show(expression)
            if moment == n.Anchor("baseline") and what_at.level == Level.PRIMARY:
                return Piece(("baseline ", what_at.doc), Level.POSTFIX, what_at.open)
            return Piece((closed(what_at, Level.POSTFIX).doc, f" at {instant(moment, flat(show))}"), Level.POSTFIX)
    raise TypeError(f"no rule for {type(tree).__name__}")


def _tail(show: Print, doc: Doc, within: n.Window | None) -> Piece:
    return Piece(doc, open=True) if within is None else Piece((doc, " " + window(within, flat(show))))


def _where(show: Print, test: Tree | None) -> Doc:
    return "" if test is None else bracketed(" where ", [closed(show(test), Level.EXPRESSION).doc])


def number(show: Print, tree: n.Quantity | n.Arithmetic | s.TimesLimit | s.Age | s.Elapsed | s.This) -> Piece:
    match tree:
        case n.Quantity(value):
            return Piece(quantity(tree), Level.SIGN if value.is_signed() else Level.PRIMARY)
        case n.Arithmetic():
            return _arithmetic(show, tree)
        case s.TimesLimit(n.Quantity(Decimal(), "1") as factor, limit) if factor.value == 1:
            return Piece(limit.upper())
        case s.TimesLimit(factor, limit):
            return Piece((closed(show(factor), Level.PRODUCT).doc, f" x {limit.upper()}"), Level.PRODUCT)
        case s.Age(None):
            return Piece("age")
        case s.Age(moment):
            return Piece(f"age at {instant(moment, flat(show))}", Level.POSTFIX)
        case s.Elapsed(unit, start, end):
            return Piece(f"{unit} from {instant(start, flat(show))} to {instant(end, flat(show))}")
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


def _arithmetic(show: Print, tree: n.Arithmetic) -> Piece:
    match tree.operator, tree.arguments:
        case "years" | "months" | "days", (start, end):
            return Piece(f"{tree.operator} from {instant(start, flat(show))} to {instant(end, flat(show))}")
        case "*", (n.Quantity(Decimal(), "1") as minus, part) if minus.value == -1 and not isinstance(part, n.Quantity):
            inner = closed(show(part), Level.SIGN)
            return Piece(("-", inner.doc), Level.SIGN, inner.open)
        case ("+" | "-" | "*" | "/" | "^") as operator, (first, *rest):
            left, right = SIDES[operator]
            last = [closed(show(part), right) for part in rest]
            doc = (closed(show(first), left).doc, *((f" {operator}", SPACE, piece.doc) for piece in last))
            level = Level.POWER if operator == "^" else left
            return Piece(Group(Nest(doc)), level, bool(last) and last[-1].open)
    return Piece(bracketed(tree.operator, [closed(show(a), Level.EXPRESSION).doc for a in tree.arguments]))


# --- scores, grades, and what only a person can say


def whole(show: Print, tree: n.Score | n.Grade | n.Ask | n.Unsupported | s.NoRestriction) -> Piece:
    match tree:
        case n.Score(items, maxima, recorded, subset):
            tail: list[Doc] = [f" highest of ({', '.join(maxima)})"] if maxima else []
            last = closed(show(recorded), Level.PRIMARY) if recorded is not None else None
            tail += [(" recorded ", last.doc)] if last else []
            tail += [f" only ({', '.join(subset)})"] if subset else []
            doc = (bracketed("score ", [item(show, i) for i in items], ";"), *tail)
            return Piece(doc, open=last is not None and last.open and not subset)
        case n.Grade(rungs):
            steps: list[Doc] = [
                (f"{grade} if ", closed(show(condition), Level.EXPRESSION).doc) for grade, condition in rungs
            ]
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


def item(show: Print, item: n.Item) -> Doc:
    condition = show(item.condition)
    if item.domain and render(condition.doc, 1_000_000).endswith(("ULN", "LLN", "LOD")):
        condition = Piece(("(", condition.doc, ")"))
    of = f" of {item.domain}" if item.domain else ""
    return Group((f"{item.id}: ", closed(show(item.points), Level.SUM).doc, " if ", Nest(condition.doc), of))
