"""Which item stands below which: by indentation where it is printed, else by numbering, glyph and lead-in.

Numbers outrank glyphs, for sites misprint the depth of a glyph: an item that goes on with the numbering of an
open list belongs to that list; a number that restarts opens a list below the item before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from trialwright.registry.lines import Line

_LEAD_IN = re.compile(
    r"(?:[:：]|\bfollowing\b[^.;]{0,40}|\bbelow|\bas follows?|\b(?:any|either|one|two|three|all|some)\s+(?:one\s+)?of"
    r"(?:\s+the(?:se|m)?)?)\s*$",
    re.IGNORECASE,
)
DEEPEST = 12
"""Levels of a list; what is printed deeper stays on this one."""

_LIST_TAIL = re.compile(r"(?:[,;；:：.。]|\b(?:OR|AND))$")


@dataclass(slots=True)
class Node:
    """An item while the tree is built: the stretches of text that are its own, and the items below it."""

    pieces: list[tuple[int, int, str]]
    line: Line
    children: list[Node] = field(default_factory=list)
    group: bool = False


@dataclass(slots=True)
class _Open:
    """A list that may still go on."""

    key: tuple[str, ...]
    number: int | None
    indent: int
    nodes: list[Node]
    level: int


def nest(text: str, lines: Sequence[Line]) -> list[Node]:
    """The tree of the lines of one section.  Lines without a marker go to the item that they belong to."""
    roots: list[Node] = []
    stack: list[_Open] = []
    marked = [line for line in lines if line.marks]
    by_indent = len({line.indent for line in marked}) > 1
    by_glyph = any(line.key[:1] in (("‣",), ("∙",)) for line in marked)
    jumps = _jumps(lines)
    following = _next_marked(lines)
    group: Node | None = None
    for place, line in enumerate(lines):
        if line.start >= line.end:
            continue
        if not line.marks:
            if stack and _continues(text, line, stack, place, jumps):
                node = stack[-1].nodes[-1]
                joint = "~" if line.tilde_before else ("\n" if line.after_blank else " ")
                node.pieces.append((line.start, line.end, joint))
                continue
            node = Node([(line.start, line.end, "")], line)
            nxt = following[place]
            if nxt is not None and _LEAD_IN.search(text[max(line.start, line.end - 80) : line.end]):
                node.group = True
                group = node
                roots.append(node)
            elif group is not None and not line.after_blank and not stack:
                group.children.append(node)
            else:
                group = None
                roots.append(node)
            stack = []
            continue
        node = Node([(line.body, line.end, "")], line)
        if not stack:
            home = group.children if group is not None else roots
            home.append(node)
            stack = [_Open(line.key, line.number, line.indent, home, 1)]
            continue
        upcoming = following[place]
        parent = _place(text, line, stack, by_indent, by_glyph, upcoming)
        if parent is None or len(stack) >= DEEPEST:
            opened = stack[-1]
            opened.nodes.append(node)
            opened.key = line.key if line.number is not None or not opened.key else opened.key
            opened.number = line.number if line.number is not None else opened.number
        else:
            parent.children.append(node)
            stack.append(_Open(line.key, line.number, line.indent, parent.children, stack[-1].level + 1))
    return roots


def _place(
    text: str, line: Line, stack: list[_Open], by_indent: bool, by_glyph: bool, upcoming: Line | None
) -> Node | None:
    """Cuts `stack` to the list that the line goes on with and gives None, or gives the item it opens a list below."""
    if by_indent and (line.indent != stack[-1].indent or any(open_.indent != line.indent for open_ in stack)):
        while len(stack) > 1 and stack[-1].indent > line.indent:
            stack.pop()
        if stack[-1].indent < line.indent:
            return stack[-1].nodes[-1]
        if stack[-1].key == line.key or line.number is None:
            return None
    if (found := _goes_on(line, stack)) is not None:
        del stack[found + 1 :]
        return None
    last = stack[-1].nodes[-1]
    end = last.pieces[-1][1]
    leads = bool(_LEAD_IN.search(text[max(last.pieces[-1][0], end - 80) : end]))
    if by_glyph and line.number is None:
        return _by_glyph(line, stack, leads, upcoming)
    same = next((place for place in range(len(stack) - 1, -1, -1) if stack[place].key == line.key), None)
    if line.number == 1 and (leads or stack[-1].key != line.key):
        return last
    if same is not None and not (leads and line.number is None and same < len(stack) - 1 and not last.children):
        del stack[same + 1 :]
        return None
    if leads or (line.number is None and stack[-1].number is not None) or line.key not in {o.key for o in stack}:
        numbered = line.number is not None and line.number > 1
        if numbered and not leads:
            del stack[1:]
            return None
        return last
    del stack[1:]
    return None


def _goes_on(line: Line, stack: list[_Open]) -> int | None:
    """The deepest open list whose numbering the line continues, those of the same look first."""
    if line.number is None:
        return None
    fits = [place for place, open_ in enumerate(stack) if open_.number is not None and open_.number + 1 == line.number]
    if line.marks[-1].escaped and len(fits) > 1 and not stack[fits[-1]].nodes[-1].line.marks[-1].escaped:
        del fits[1:]
    for alike in (True, False):
        for place in reversed(fits):
            open_ = stack[place]
            same = open_.key == line.key or (open_.key[-1:] == line.key[-1:] and not alike)
            look = _family(open_.key) == _family(line.key)
            if same if alike else same or look:
                return place
    return None


def _family(key: tuple[str, ...]) -> str:
    return key[-1].strip("().") if key else ""


def _by_glyph(line: Line, stack: list[_Open], leads: bool, upcoming: Line | None) -> Node | None:
    """Sites of one family print level 2 as ‣ then ⁃, and level 3 as • then ∙."""
    glyph = line.key[0]
    level = {"•": 1, "‣": 2, "⁃": 2, "∙": 3}.get(glyph, 1)
    here = len(stack)
    if glyph == "•" and here >= 2 and (leads or (upcoming is not None and upcoming.key[:1] == ("∙",))):
        level = 3
    if glyph == "⁃" and here == 1 and not leads:
        level = 1
    if level > here:
        return stack[-1].nodes[-1]
    del stack[level:]
    return None


def _continues(text: str, line: Line, stack: list[_Open], place: int, jumps: dict[int, int]) -> bool:
    """Whether a line without a marker belongs to the item before it."""
    if line.tilde_before or not line.after_blank:
        return True
    words = text[line.start : line.end]
    last = stack[-1].nodes[-1]
    if line.indent > last.line.indent or words[:1].islower():
        return True
    return any(open_.number is not None and jumps.get(open_.number + 1, -1) > place for open_ in stack)


def _jumps(lines: Sequence[Line]) -> dict[int, int]:
    """The last place of each number that does not follow its predecessor: in 1 2 3 4 [1 2 3] 5 the 5 is one.

    Such a number shows that what stands between belongs to the item before it.
    """
    places: dict[int, int] = {}
    before, was_escaped = 0, False
    for place, line in enumerate(lines):
        if line.number is None:
            continue
        escaped = line.marks[-1].escaped
        if line.number > 1 and (line.number != before + 1 or (escaped and not was_escaped)):
            places[line.number] = place
        before, was_escaped = line.number, escaped
    return places


def _next_marked(lines: Sequence[Line]) -> list[Line | None]:
    result: list[Line | None] = [None] * len(lines)
    upcoming: Line | None = None
    for place in range(len(lines) - 1, -1, -1):
        result[place] = upcoming
        upcoming = lines[place] if lines[place].marks else upcoming
    return result


def plain_paragraphs(text: str, lines: Sequence[Line]) -> list[Node]:
    """The tree of a section without markers: one criterion a line, wrapped lines joined, "Age:" above what follows."""
    roots: list[Node] = []
    topic: Node | None = None
    heading: Node | None = None
    for line in lines:
        words = text[line.start : line.end]
        home = heading.children if heading else topic.children if topic else roots
        previous = home[-1] if home else None
        wrapped = (
            previous is not None
            and not line.after_blank
            and not _LIST_TAIL.search(
                text[max(previous.line.start, previous.pieces[-1][1] - 6) : previous.pieces[-1][1]]
            )
            and (words[:1].islower() or words[:1] in ")]）")
        )
        if previous is not None and (wrapped or line.tilde_before):
            previous.pieces.append((line.start, line.end, "~" if line.tilde_before else " "))
            continue
        node = Node([(line.start, line.end, "")], line)
        capitals = words.upper() == words and words.lower() != words
        if capitals and words.endswith(":"):
            topic, heading = node, None
            roots.append(node)
        elif words.endswith((":", "：")):
            (topic.children if topic else roots).append(node)
            heading = node
        else:
            if heading is not None and heading.children and line.after_blank:
                heading = None
                home = topic.children if topic else roots
            home.append(node)
    return roots
