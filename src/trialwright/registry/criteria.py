"""Eligibility text becomes a tree of criteria whose every word can be found again in the source.

Inclusion and exclusion are kept as registered; nothing is reworded.  Layouts: docs/registry.md.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from trialwright.registry.headings import is_neutral, read_heading, read_summary_leads
from trialwright.registry.lines import Line, read_lines, sentences
from trialwright.registry.nesting import Node, nest, plain_paragraphs
from trialwright.registry.records import Criterion, Finding, Kind, Span

_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>^~|&=\"'])")
_DEFINES = re.compile(
    r"^(?:Standard|Conventional|Such|This|These|Here)\b.{0,60}?\b(?:refers?\s+to|(?:is|are)\s+defined|means?)\b"
)
_ORGAN = re.compile(
    r"^(?:the\s+)?(?:bone\s+marrow|liver|hepatic|renal|kidney|cardiac|heart|lung|pulmonary|coagulation|blood|hematolog\w*"
    r"|haematolog\w*)\b[^:：]{0,40}[:：]",
    re.IGNORECASE,
)
_ORGANS = re.compile(r"\b(?:organs?|functions?)\b[^.;]{0,60}[:：]\s*$", re.IGNORECASE)


def read_criteria(
    text: str, start: int = 0, end: int | None = None, where: str = "criteria", default: Kind | None = None
) -> tuple[tuple[Criterion, ...], tuple[Finding, ...]]:
    """The criteria between `start` and `end` of a text, inclusion I1.. then exclusion E1.., and what is doubtful.

    Text before any heading counts as inclusion (with a finding) unless `default` says otherwise.
    """
    findings: list[Finding] = []
    trees: dict[Kind, list[Node]] = {"inclusion": [], "exclusion": []}
    headed = False
    kinds: list[Kind] = []
    for kind, heading, lines in _sections(text, start, len(text) if end is None else end):
        headed = headed or kind is not None
        if not lines and heading is None:
            continue
        chosen: Kind = kind or default or "inclusion"
        kinds.append(chosen)
        nodes = _tree(text, lines, where, findings)
        if heading is not None:
            nodes = [Node([(heading.body, heading.end, "")], heading, nodes, group=True)]
        trees[chosen] += nodes
    if not headed and default is None and trees["inclusion"]:
        findings.append(
            Finding("note", where, "no heading says inclusion or exclusion; the criteria are taken as inclusion")
        )
    inclusion = [_finished(text, node, "inclusion", f"I{place}") for place, node in enumerate(trees["inclusion"], 1)]
    exclusion = [_finished(text, node, "exclusion", f"E{place}") for place, node in enumerate(trees["exclusion"], 1)]
    return (*inclusion, *exclusion), tuple(findings)


def plain(raw: str) -> str:
    """Words of the source without markdown escapes, entities and line wraps."""
    words = _ESCAPE.sub(r"\1", raw)
    if "&" in words:
        words = html.unescape(words)
    return " ".join(words.split())


def walk(criteria: Sequence[Criterion]) -> Iterator[Criterion]:
    """Every criterion and every one below it, in order."""
    for criterion in criteria:
        yield criterion
        yield from walk(criterion.children)


def _sections(text: str, start: int, end: int) -> Iterator[tuple[Kind | None, Line | None, list[Line]]]:
    """(kind, line that names a cohort, lines) of each stretch under one heading."""
    kind: Kind | None = None
    cohort: Line | None = None
    lines: list[Line] = []
    for line in read_lines(text, start, end):
        words = text[line.body : line.end]
        heading = read_heading(words, bool(line.marks)) if len(words) <= 200 else None
        summaries = [] if heading or line.marks else read_summary_leads(words)
        if heading is not None and not (line.number is not None and heading.cohort):
            yield kind, cohort, lines
            kind, cohort, lines = heading.kind, (line if heading.cohort else None), []
        elif summaries:
            for chosen, first, last in summaries:
                yield kind, cohort, lines
                kind, cohort, lines = chosen, None, _clauses(text, line.body + first, line.body + last, line)
        elif (is_neutral(words) and not line.marks) or re.fullmatch(r"[\s\\*•‣⁃∙–.\-]*", words):
            continue
        else:
            lines.append(line)
    yield kind, cohort, lines


def _clauses(text: str, start: int, end: int, line: Line) -> list[Line]:
    """A lay summary lists its criteria with commas; those in brackets and in numbers do not part them."""
    pieces: list[Line] = []
    depth, at = 0, start
    for place in range(start, end):
        sign = text[place]
        depth += (sign in "(（[") - (sign in ")）]")
        if sign in ",;" and depth <= 0 and text[place + 1 : place + 2].isspace():
            pieces.append(_piece(text, at, place, line))
            at = place + 1
    pieces.append(_piece(text, at, end, line))
    return [piece for piece in pieces if piece.start < piece.end]


def _piece(text: str, start: int, end: int, line: Line) -> Line:
    raw = text[start:end]
    start += len(raw) - len(raw.lstrip())
    return Line(start, start + len(raw.strip(" .\n")), line.indent, (), start, True)


def _tree(text: str, lines: list[Line], where: str, findings: list[Finding]) -> list[Node]:
    if not lines:
        return []
    if any(line.marks for line in lines):
        nodes = nest(text, lines)
        return _under_labels(text, nodes, where, findings)
    if len(lines) == 1 or (len(lines) == 2 and max(line.end - line.start for line in lines) > 300):
        return _run_on(text, [part for line in lines for part in sentences(text, line)], where, findings)
    return plain_paragraphs(text, lines)


def _run_on(text: str, parts: list[Line], where: str, findings: list[Finding]) -> list[Node]:
    """A paragraph of sentences, some of whose numbers were lost: the numbers left say how many stand before."""
    roots: list[Node] = []
    lead: Node | None = None
    for part in parts:
        node = Node([(part.body, part.end, "")], part)
        if part.number is not None:
            lead = None
            roots = _fit(text, roots, part.number - 1, part, where, findings)
            roots.append(node)
        elif roots and _DEFINES.match(text[part.body : part.end]):
            roots[-1].pieces.append((part.body, part.end, " "))
        elif lead is not None:
            lead.children.append(node)
        else:
            roots.append(node)
        if text[part.start : part.end].rstrip().endswith((":", "：")):
            lead = roots[-1]
    return roots


def _fit(text: str, roots: list[Node], expected: int, part: Line, where: str, findings: list[Finding]) -> list[Node]:
    """Joins lead-ins ("must meet the following:") to the item before them while there are more items than numbers."""
    roots = list(roots)
    if expected and roots and roots[-1].line.number is not None:
        return roots
    for place in range(len(roots) - 1, 0, -1):
        if len(roots) <= expected:
            break
        if roots[place].children and not roots[place - 1].children:
            joined = roots.pop(place)
            before = roots[place - 1]
            before.pieces += [(start, end, "\n") for start, end, _ in joined.pieces]
            before.children += joined.children
    if len(roots) != expected:
        message = f"the page prints no numbers before {part.number}; each of the {len(roots)} sentences is a criterion"
        findings.append(Finding("note", where, message))
    return roots


def _under_labels(text: str, nodes: list[Node], where: str, findings: list[Finding]) -> list[Node]:
    """Organ functions printed as siblings of "organ functions are as follows:" go below it, with a finding."""
    result: list[Node] = []
    for node in nodes:
        start = node.pieces[0][0]
        above = result[-1] if result else None
        if (
            above is not None
            and _ORGAN.match(text[start : start + 80])
            and _ORGANS.search(text[max(above.pieces[0][0], above.pieces[-1][1] - 120) : above.pieces[-1][1]])
            and (not above.children or _ORGAN.match(text[above.children[0].line.body :][:80]))
        ):
            if not above.children:
                message = "the page prints organ functions at the level of the line that announces them; put below it"
                findings.append(Finding("note", where, message))
            above.children.append(node)
        else:
            result.append(node)
    return result


def _finished(text: str, node: Node, kind: Kind, id: str) -> Criterion:
    children = tuple(_finished(text, child, kind, f"{id}.{place}") for place, child in enumerate(node.children, 1))
    words = ""
    for start, end, joint in node.pieces:
        piece = plain(text[start:end])
        if joint == "~":
            words = words.rstrip("\\").rstrip() + "~" + piece
        else:
            words = f"{words}{joint}{piece}" if words else piece
    own = tuple(Span(start, end) for start, end, _ in node.pieces)
    stop = max([end for _, end, _ in node.pieces] + [child.span.end for child in children])
    return Criterion(id, kind, words.strip(), children, Span(node.pieces[0][0], stop), own)
