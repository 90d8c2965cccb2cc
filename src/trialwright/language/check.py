"""What is wrong with an expression before it is ever evaluated, with the column and the remedy.

`check(text, vocabulary)` finds everything that it can in one go: text that does not parse, unknown names with the
nearest known ones, unknown anchors, units that do not fit, categories that do not exist, windows that are empty, and
comparisons that can never hold.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language.expand import expand
from trialwright.language.notation import Tree
from trialwright.language.parse import ParseError, parse
from trialwright.language.scope import ExpandError, unknown
from trialwright.language.sorts import SortError, sort_of
from trialwright.language.vocabulary import Vocabulary

ANCHORS = (
    "screening",
    "screening_end",
    "consent",
    "enrollment",
    "leukapheresis",
    "lymphodepletion",
    "infusion",
    "baseline",
    "now",
    "birth",
    "data_cut",
    "last_follow_up",
)
COURSE = ("birth", "screening", "enrollment", "leukapheresis", "lymphodepletion", "infusion")
"""Instants of a trial in the order in which they come; consent may lie on either side of screening."""
BACKWARDS = "the window ends before it starts: no fact can lie in it"
VISIT = re.compile(r"(day|week|month)_\d+$")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend: where (line and column count from 1), what, and how."""

    severity: Literal["error", "warning"]
    message: str
    remedy: str = ""
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"column {self.column}: {self.message}" + (f"; {self.remedy}" if self.remedy else "")


def check(
    text: str,
    vocabulary: Vocabulary,
    anchors: Sequence[str] = (),
    parameters: dict[str, Tree] | None = None,
    want: str = "truth",
) -> list[Finding]:
    """All findings of one expression; none means that it can be evaluated."""
    try:
        tree = parse(text)
    except ParseError as error:
        message = re.sub(r"^(line \d+, )?column \d+: ", "", str(error))
        return [Finding("error", message, "see docs/language.md for the forms", error.line, error.column)]
    findings = list(_names(tree, text, vocabulary, anchors, parameters or {}))
    findings += _bare_numbers(tree, text, vocabulary)
    if any(f.severity == "error" for f in findings):
        return list(dict.fromkeys(findings))
    try:
        node = expand(tree, vocabulary, parameters=parameters, want=want)
        found = sort_of(node)
    except (ExpandError, SortError) as error:
        return [*findings, _at(text, "error", str(error), _culprit(str(error), text))]
    if found != want:
        findings.append(Finding("error", f"this is a {found}; a {want} is expected here", _sort_remedy(found, want)))
    logic = [*_logic(node, vocabulary), *_against_the_course(tree)]
    findings += [_at(text, f.severity, f.message, f.remedy) for f in logic]
    return list(dict.fromkeys(findings))


def _sort_remedy(found: str, want: str) -> str:
    if want == "truth":
        return "compare it with a limit" if found == "number" else "say `is ...` or `in (...)`"
    return ""


def _at(text: str, severity: Any, message: str, snippet: str) -> Finding:
    """A finding at the first place where the snippet stands in the text."""
    match = re.search(rf"(?<![\w.]){re.escape(snippet)}(?![\w])", text) if snippet else None
    start = match.start() if match else 0
    line = text.count("\n", 0, start) + 1
    return Finding(severity, message, "", line, start - (text.rfind("\n", 0, start) + 1) + 1)


def _culprit(message: str, text: str) -> str:
    """The first word of the message that stands in the text: names and quantities come first in messages."""
    return next(
        (w for w in re.findall(r"[A-Za-z_][\w.]*|\d[\d.]*", message) if re.search(rf"\b{re.escape(w)}\b", text)), ""
    )


def walk(tree: Any) -> Iterator[Any]:
    """Every node below and including `tree`, in reading order."""
    if isinstance(tree, tuple):
        for part in tree:
            yield from walk(part)
    elif dataclasses.is_dataclass(tree):
        yield tree
        for field in dataclasses.fields(tree):
            yield from walk(getattr(tree, field.name))


def names_of(tree: Tree) -> Iterator[str]:
    """The catalog names that a tree uses."""
    for node in walk(tree):
        match node:
            case n.Ref(name):
                yield name
            case s.Names(names):
                yield from names
            case s.Each(_, of) | s.Edge(_, of):
                yield of


def _names(
    tree: Tree, text: str, vocabulary: Vocabulary, anchors: Sequence[str], parameters: dict[str, Tree]
) -> Iterator[Finding]:
    for name in dict.fromkeys(names_of(tree)):
        if name == "it" or name in parameters:
            continue
        if vocabulary.concept(name) is None and vocabulary.definition(name) is None:
            yield _at(text, "error", unknown(name, vocabulary), name)
    allowed = {*ANCHORS, *anchors}
    for node in walk(tree):
        if isinstance(node, n.Anchor) and node.name not in allowed and not VISIT.match(node.name):
            if vocabulary.concept(node.name) is not None:
                continue
            near = difflib.get_close_matches(node.name, sorted(allowed), 2)
            hint = f"; did you mean {' or '.join(near)}?" if near else f"; known are {', '.join(ANCHORS)}, day_N"
            yield _at(text, "error", f"{node.name} is not an anchor{hint}", node.name)


def _bare_numbers(tree: Tree, text: str, vocabulary: Vocabulary) -> Iterator[Finding]:
    """A laboratory threshold without its unit."""
    for node in walk(tree):
        if not (isinstance(node, n.Compare) and isinstance(node.right, n.Quantity) and node.right.unit == "1"):
            continue
        left = node.left.of if isinstance(node.left, s.Reading) else node.left
        concept = vocabulary.concept(left.name) if isinstance(left, n.Ref) else None
        if concept and concept.unit and concept.unit != "1" and not concept.unit.startswith("{"):
            found = _at(text, "warning", f"{concept.id} is compared with {node.right.value} without a unit", "")
            place = _at(text, "warning", "", str(node.right.value))
            remedy = f"say the unit; the catalog counts it in {concept.unit}"
            yield dataclasses.replace(found, remedy=remedy, line=place.line, column=place.column)


def _logic(node: n.Expression, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Comparisons that can never hold, categories that do not exist, and windows that are empty."""
    for part in walk(node):
        match part:
            case n.Compare(n.Quantity(left), operator, n.Quantity(right)):
                yield Finding("warning", f"{left} {operator} {right} does not depend on anybody")
            case n.Compare(n.Count() | n.Spell(), "<", n.Quantity(value)) if value <= 0:
                yield Finding("error", f"nothing is counted below {value}: this can never hold", str(value))
            case n.In(n.ValueOf(n.Select(facts)), members):
                yield from _categories(facts, members, vocabulary)
            case n.AtLeast(count, parts) if count == len(parts):
                yield from _contradictions(parts)
            case n.AtLeast(count, parts) if count > len(parts):
                yield Finding("error", f"at least {count} of {len(parts)} can never hold", str(count))
            case n.Window(start, end) if start is not None and end is not None:
                yield from _empty(start, end)


def _categories(facts: n.Facts, members: Sequence[str], vocabulary: Vocabulary) -> Iterator[Finding]:
    concept = vocabulary.concept(facts.concepts[0])
    if concept is None or not concept.categories:
        yield Finding("error", f"{facts.concepts[0]} has no categories in the catalog", facts.concepts[0])
        return
    for member in members:
        if member not in concept.categories:
            known = ", ".join(concept.categories)
            yield Finding("error", f"{facts.concepts[0]} is never {member}; it is one of {known}", member)


def _contradictions(parts: Sequence[n.Expression]) -> Iterator[Finding]:
    """`x > 5 and x < 3`"""
    bounds: dict[n.Expression, tuple[float, float, bool, bool]] = {}
    for part in parts:
        match part:
            case n.Compare(left, ("<" | "<=" | ">" | ">=") as operator, n.Quantity(value)):
                low, high, low_open, high_open = bounds.get(left, (-math.inf, math.inf, False, False))
                limit = float(value)
                if operator in (">", ">=") and limit >= low:
                    low, low_open = limit, operator == ">"
                if operator in ("<", "<=") and limit <= high:
                    high, high_open = limit, operator == "<"
                bounds[left] = (low, high, low_open, high_open)
                if low > high or (low == high and (low_open or high_open)):
                    yield Finding("error", f"nothing is both above {low:g} and below {high:g}", f"{value}")


def _empty(start: n.Instant, end: n.Instant) -> Iterator[Finding]:
    """A window that ends before it starts, where both hang on one anchor."""
    first, last = _days(start), _days(end)
    if first and last and first[0] == last[0] and first[1] > last[1]:
        yield Finding("error", BACKWARDS, first[0])


def _against_the_course(tree: Tree) -> Iterator[Finding]:
    """A window from a later instant of a trial to an earlier one, as written: `now` is any instant."""
    for part in walk(tree):
        if isinstance(part, n.Window) and part.start is not None and part.end is not None:
            first, last = _days(part.start), _days(part.end)
            if not first or not last or first[0] not in COURSE or not first[1] >= 0 >= last[1]:
                continue
            if last[0] in COURSE[: COURSE.index(first[0])]:
                yield Finding("error", BACKWARDS, first[0])


def _days(instant: n.Instant) -> tuple[str, float] | None:
    """The anchor and the offset in days (months as 30)."""
    match instant:
        case n.Anchor(name):
            return name, 0.0
        case n.Offset(inner, amount, unit, direction) if unit != "half_lives":
            base = _days(inner)
            scale = {"minutes": 1 / 1440, "hours": 1 / 24, "days": 1, "weeks": 7, "months": 30, "years": 365}[unit]
            sign = -1 if direction == "before" else 1
            return (base[0], base[1] + sign * float(amount) * scale) if base else None
    return None
