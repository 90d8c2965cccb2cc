"""The small words of plain English: labels, units, quantities, durations, instants, windows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language.contract import contract
from trialwright.language.notation import Tree
from trialwright.language.scope import SCREENING
from trialwright.language.vocabulary import Concept, Vocabulary
from trialwright.language.words import duration, number

EPONYMS = frozenset(
    {"Addison", "Alzheimer", "Behcet", "Coombs", "Crohn", "Cushing", "Gilbert", "Graves", "Hashimoto", "Hodgkin"}
    | {"Kaposi", "Parkinson", "Raynaud", "Rodnan", "Sjogren", "Takayasu", "Wegener", "Westergren", "Wilson"}
)
"""First words of labels that keep their capital inside a sentence."""
COMPARED = {"<": "below", "<=": "at most", "=": "exactly", "!=": "not", ">=": "at least", ">": "above"}
AMOUNTS = {"<": "less than", "<=": "at most", "=": "exactly", "!=": "not", ">=": "at least", ">": "more than"}
OPPOSITE: dict[n.Operator, n.Operator] = {"<": ">=", "<=": ">", "=": "!=", "!=": "=", ">=": "<", ">": "<="}
LIMITS = {"uln": "the upper limit of normal", "lln": "the lower limit of normal", "lod": "the limit of detection"}


@dataclass(frozen=True, slots=True)
class Context:
    """What holds where something is said: the catalog, the anchor in force, and what `it` and a window's owner are.

    `truth` says a condition on one line; the modules of `describe` call each other through it.
    """

    vocabulary: Vocabulary
    truth: Callable[[Tree, Context], str]
    anchor: Tree = SCREENING
    member: str | None = None
    unit: str | None = None


def label(name: str, context: Context) -> str:
    """The catalog's label of a name, as it stands inside a sentence; an unknown name is said as written."""
    if name == "it":
        return f"that {context.member}" if context.member else "it"
    found = context.vocabulary.concept(name) or context.vocabulary.definition(name)
    return inner(found.label) if found is not None else name.replace("_", " ").replace(".", ": ")


def inner(text: str) -> str:
    """`Rituximab` inside a sentence is `rituximab`; `Gilbert syndrome`, `SLEDAI-2K` and `Anti-Smith` stay."""
    first = text.split(" ")[0].rstrip(",").removesuffix("'s")
    plain = len(first) > 1 and first[0].isupper() and first[1:].isalpha() and first[1:].islower()
    return text[0].lower() + text[1:] if first == "A" or (plain and first not in EPONYMS) else text


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def listed(parts: list[str], word: str) -> str:
    """a; a or b; a, b or c"""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def called(names: s.Names, context: Context, word: str = "or") -> str:
    """The names; a class is `any glucocorticoid`."""
    said = []
    for name in names.names:
        found = context.vocabulary.concept(name)
        text = label(name, context)
        if names.route and text.startswith(f"{names.route} "):
            text = text.removeprefix(f"{names.route} ")
        bare = text.startswith(("any ", "a ", "an "))
        said.append(f"any {text}" if found is not None and found.members and not bare else text)
    route = f"{names.route} " if names.route else ""
    text = listed(said, "and" if names.every else word)
    if route and text.startswith("any "):
        return f"any {route}{text.removeprefix('any ')}"
    return route + text


def concept_of(name: str, context: Context) -> Concept | None:
    return context.vocabulary.concept(name)


# --- numbers with their units


def unit_words(unit: str) -> str:
    """10*9/L as ×10^9/L, umol as µmol, mg/d as mg/day; annotations in braces are dropped."""
    if unit.startswith("{"):
        return unit.strip("{}") if unit not in ("{score}", "{titer}") else ""
    text = unit.replace("10*", "×10^").replace("umol", "µmol").replace("/uL", "/µL")
    text = text.replace("[", "").replace("]", "").replace("_i", "").split("{")[0]
    return text[:-2] + "/day" if text.endswith("/d") else text


def quantity(tree: n.Quantity, context: Context) -> str:
    """The amount with its unit; a bare number takes the unit of what it is compared with."""
    unit = context.unit or "1" if tree.unit == "1" else tree.unit
    words = unit_words(unit) if unit != "1" else ""
    return f"{number(tree.value)} {words}".strip()


def long(time: s.Duration) -> str:
    return duration(time.amount, time.unit)


# --- instants and windows


def instant(tree: Tree, context: Context) -> str:
    match contract(tree):
        case n.Anchor("now"):
            return instant(context.anchor, context) if context.anchor != n.Anchor("now") else "that time"
        case n.Anchor(name):
            concept = concept_of(name, context)
            return f"the first {inner(concept.label)}" if concept is not None else name.replace("_", " ")
        case n.Offset(start, amount, unit, direction):
            return f"{duration(amount, unit)} {direction} {instant(start, context)}"
        case s.ResultOf(ref):
            return f"the day of the {label(ref.name, context)} result"
        case s.Edge(which, name):
            return f"the {which} {label(name, context)}"
    raise TypeError(f"no rule for {type(tree).__name__}")


def moved(context: Context, tree: Tree) -> Context:
    """The same at another anchor; `now` in it is the anchor in force so far."""
    return replace(context, anchor=_settled(tree, context.anchor))


def _settled(tree: Tree, now: Tree) -> Tree:
    match tree:
        case n.Anchor("now"):
            return now
        case n.Offset(inside):
            return replace(tree, instant=_settled(inside, now))
    return tree


def window(tree: n.Window, context: Context) -> str:
    """in the 30 days before screening, up to screening, before infusion, between ... and ..., at any time."""
    start, end = tree.start, tree.end
    if start is None and end is None:
        return "at any time"
    if start is None:
        return f"{'before' if tree.end_open else 'up to'} {instant(end, context)}"
    if end is None:
        return f"{'after' if tree.start_open else 'from'} {instant(start, context)}"
    if start == end:
        return f"at {instant(end, context)}"
    if not tree.start_open and not tree.end_open:
        if isinstance(start, n.Offset) and start.instant == end and start.direction == "before":
            return f"in the {_span(start.amount, start.unit)} before {instant(end, context)}"
        if isinstance(end, n.Offset) and end.instant == start and end.direction == "after":
            return f"in the {_span(end.amount, end.unit)} after {instant(start, context)}"
    first = f"after {instant(start, context)}" if tree.start_open else f"from {instant(start, context)}"
    last = f"before {instant(end, context)}" if tree.end_open else instant(end, context)
    return f"{first} {'and' if tree.start_open else 'to'} {last}" if not tree.end_open else f"{first} and {last}"


def _span(amount: Decimal, unit: str) -> str:
    """the 30 days, the week"""
    words = duration(amount, unit)
    return words.removeprefix("1 ")


def look_back(concept: Concept | None, context: Context) -> str:
    """The window that a reading takes when the text names none."""
    if concept is None or concept.domain == "demographic":
        return ""
    if concept.look_back_days is None:
        return f"up to {instant(context.anchor, context)}"
    if context.anchor == SCREENING:
        return f"in the last {concept.look_back_days} days"
    return f"in the {concept.look_back_days} days before {instant(context.anchor, context)}"


def anchored(text: str, context: Context) -> str:
    """What is said at another anchor than screening names it."""
    return text if context.anchor == SCREENING else f"{text} at {instant(context.anchor, context)}"
