"""Tree to plain English that a coordinator can read aloud, with the labels of the catalog.

One line where the thought is one; indented lists where parts hang together.  Defaults are said: the look-back that a
reading takes, the anchor, the unit of a bare number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language import speech
from trialwright.language.contract import contract, folded
from trialwright.language.describe_facts import change, drug_run, each, fact, polarity, stable
from trialwright.language.describe_values import unit_of, value
from trialwright.language.notation import Tree
from trialwright.language.scope import SCREENING
from trialwright.language.speech import COMPARED, OPPOSITE, Context, label, sentence
from trialwright.language.vocabulary import Vocabulary
from trialwright.language.words import number

ONE_LINE = 100
"""Two short parts that fit so many characters are joined on one line."""

JOINTS = (" and ", " or ", " if ", ": ")
"""What is already joined inside is not joined again on one line."""


@dataclass(frozen=True, slots=True)
class Said:
    """A line of text and the indented lines that belong to it."""

    text: str
    parts: tuple[Said, ...] = ()


def describe(tree: Tree, vocabulary: Vocabulary, anchor: Tree = SCREENING) -> str:
    """Plain English for any tree of notation and nodes; several lines where it is nested."""
    return "\n".join(_lines(_said(folded(tree, vocabulary), _context(vocabulary, anchor)), 0))


def describe_criterion(
    kind: Literal["inclusion", "exclusion"], tree: Tree, vocabulary: Vocabulary, anchor: Tree = SCREENING
) -> str:
    """`Included only if ...` or `Excluded if ...`: the polarity stands outside what is said."""
    said = _said(folded(tree, vocabulary), _context(vocabulary, anchor))
    head = "Included only if" if kind == "inclusion" else "Excluded if"
    if said.text.startswith(("ask a person", "not decidable", "no restriction")):
        return "\n".join(_lines(Said(f"{head.split()[0]}: {said.text}", said.parts), 0))
    if said.text.startswith(("if ", "where ", "the first of these")):
        head += " this holds:"
    return "\n".join(_lines(Said(f"{head} {said.text}", said.parts), 0))


def _context(vocabulary: Vocabulary, anchor: Tree) -> Context:
    return Context(vocabulary, _one_line, anchor)


def _lines(said: Said, depth: int) -> list[str]:
    mark = "  " * (depth - 1) + "- " if depth else ""
    lines = [mark + sentence(said.text)]
    for part in said.parts:
        lines += _lines(part, depth + 1)
    return lines


def _one_line(tree: Tree, context: Context) -> str:
    """A condition inside a sentence."""
    return _flat(_said(tree, context))


def _flat(said: Said) -> str:
    if not said.parts:
        return said.text
    return f"{said.text} {'; '.join(_flat(part) for part in said.parts)}"


def _said(tree: Tree, context: Context) -> Said:
    tree = contract(tree)
    match tree:
        case n.AtLeast(count, parts):
            return _list(count, parts, context)
        case n.Not(part):
            return _denied(contract(part), context)
        case n.If(condition, then, otherwise):
            return _if(condition, then, otherwise, context)
        case n.Compare():
            return Said(_compare(tree, context))
        case n.In(category, members):
            codes = speech.listed([m.replace("_", " ") for m in members], "or")
            return Said(f"{value(category, context)} is {codes}")
        case s.Between(what, low, high):
            inside = replace(context, unit=unit_of(what, context))
            first = value(low, inside)
            if isinstance(low, n.Quantity) and isinstance(high, n.Quantity) and low.unit in ("1", high.unit):
                first = number(low.value)
            bounds = f"{first} and {value(high, inside)}"
            return Said(f"{value(what, context)} is between {bounds}, both included")
        case s.Has() | s.On():
            return Said(fact(tree, context))
        case s.Polarity():
            return Said(polarity(tree, context))
        case s.Change():
            return Said(change(tree, context))
        case s.Stable():
            return Said(stable(tree, context))
        case s.Each(quantifier, of, body):
            short = each(tree, context)
            return Said(short) if short else _each(quantifier, of, body, context)
        case s.At(expression, instant):
            return _said(expression, speech.moved(context, instant))
        case n.FirstKnown(parts):
            return _joined("the first of these that is known:", parts, context)
        case n.Ref(name, parameters):
            return Said(_named(name, parameters, context))
        case n.Score() | n.Grade():
            return _ladder(tree, context)
        case n.Item(points=points, condition=condition, domain=domain):
            of = f" ({domain.replace('_', ' ')})" if domain else ""
            return Said(f"{value(points, context)} if {_one_line(condition, context)}{of}")
        case n.Ask(text=text, kind=kind):
            return Said(f'ask a person ({kind.replace("_", " ")}): "{text}"')
        case n.Unsupported(text, why):
            return Said(f'not decidable as written: "{text}"' + (f" ({why})" if why else ""))
        case s.NoRestriction(text):
            return Said(f"no restriction: {text}")
    return Said(value(tree, context))


# --- joined and conditional


def _list(count: int, parts: tuple[Tree, ...], context: Context) -> Said:
    if not parts:
        return Said("no restriction")
    if count == len(parts) == 1:
        return _said(parts[0], context)
    if count == len(parts):
        return _joined("all of these hold:", parts, context, "and")
    if count == 1:
        return _joined("at least one of these holds:", parts, context, "or")
    return _joined(f"at least {count} of these {len(parts)} hold:", parts, context)


def _joined(head: str, parts: tuple[Tree, ...], context: Context, word: str = "") -> Said:
    said = tuple(_said(part, context) for part in parts)
    if word and len(said) == 2 and not any(p.parts or w in p.text for p in said for w in JOINTS):
        line = f"{said[0].text} {word} {said[1].text}"
        if len(line) <= ONE_LINE:
            return Said(line)
    return Said(head, said)


def _if(condition: Tree, then: Tree, otherwise: Tree | None, context: Context) -> Said:
    asked, yes = _said(condition, context), _said(then, context)
    no = _said(otherwise, context) if otherwise is not None else None
    head = f"if {_flat(asked)}"
    if no is None:
        rest = "(else this does not apply)"
        if not yes.parts and len(head + yes.text) <= ONE_LINE:
            return Said(f"{head}, then {yes.text} {rest}")
        if yes.text.endswith(":"):
            return Said(f"where {_flat(asked)}, {yes.text[:-1]} {rest}:", yes.parts)
        return Said(f"where {_flat(asked)} {rest}:", (yes,))
    if not yes.parts and not no.parts and len(head + yes.text + no.text) <= ONE_LINE:
        return Said(f"{head}, then {yes.text}, otherwise {no.text}")
    return Said(head + ":", (Said(f"then {yes.text}", yes.parts), Said(f"otherwise {no.text}", no.parts)))


def _denied(part: Tree, context: Context) -> Said:
    match part:
        case s.Has() | s.On():
            return Said(fact(part, context, denied=True))
        case s.Polarity():
            return Said(polarity(part, context, denied=True))
        case n.AtLeast(1, parts):
            return _joined("none of these holds:", parts, context)
        case n.Compare() if not isinstance(contract(part.left), s.Run):
            return Said(_compare(n.Compare(part.left, OPPOSITE[part.operator], part.right, part.alternative), context))
        case n.Not(inner):
            return _said(inner, context)
    said = _said(part, context)
    return Said(f"not so: {said.text}", said.parts)


def _each(quantifier: str | int, of: str, body: Tree, context: Context) -> Said:
    kind = label(of, context)
    who = {"each": f"for every {kind}", "some": f"for at least one {kind}"}.get(
        str(quantifier), f"for at least {quantifier} of {kind}"
    )
    said = _said(body, replace(context, member=kind))
    return Said(f"{who}: {said.text}", said.parts)


def _named(name: str, parameters: tuple[tuple[str, Tree], ...], context: Context) -> str:
    found = context.vocabulary.concept(name)
    if found is not None and found.domain in ("condition", "procedure", "drug"):
        return fact(s.Has(s.Names((name,))), context)
    given = ", ".join(f"{key.replace('_', ' ')} {value(v, context)}" for key, v in parameters)
    return speech.anchored(label(name, context) + (f" (with {given})" if given else ""), context)


# --- comparisons, scores, grades


def _compare(tree: n.Compare, context: Context) -> str:
    left = contract(tree.left)
    run = drug_run(left, tree.operator, tree.right, context)
    if run is not None:
        return run
    limit = value(tree.right, replace(context, unit=unit_of(left, context)))
    if tree.alternative is not None:
        limit += f" ({speech.quantity(tree.alternative, context)} where recorded in that unit)"
    match left, tree.operator, tree.right:
        case s.CountOf(spacing_days=0, by="fact", where=None) as count, ">=", n.Quantity(Decimal() as one) if one == 1:
            return fact(s.Has(count.names, count.window), context)
    return f"{value(left, context)} is {COMPARED[tree.operator]} {limit}"


def _ladder(tree: n.Score | n.Grade, context: Context) -> Said:
    match tree:
        case n.Grade(rungs):
            return Said(
                "the first of these that holds gives the grade, else 0:",
                tuple(Said(f"grade {grade} if {_one_line(c, context)}") for grade, c in rungs),
            )
        case n.Score(items, maxima, recorded, subset):
            head = "the sum of these points"
            if maxima:
                head += (
                    f", only the highest counting within {speech.listed([m.replace('_', ' ') for m in maxima], 'and')}"
                )
            if subset:
                head += f", of {', '.join(s.replace('_', ' ') for s in subset)} alone"
            if recorded is not None:
                head += f"; the recorded total ({value(recorded, context)}) counts where there is one"
            return Said(head + ":", tuple(_said(item, context) for item in items))
    raise TypeError(f"no rule for {type(tree).__name__}")


def _words(names: tuple[str, ...]) -> str:
    return speech.listed([name.replace("_", " ") for name in names], "and")
