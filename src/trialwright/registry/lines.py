"""Eligibility text as lines with their markers: wrapped, run together or on one line, every character kept its place.

A line here is a stretch of the source: a printed line, an item of a list that was run together on one line, or
a sentence of a paragraph that has no list at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from trialwright.registry.headings import read_heading
from trialwright.registry.markers import Mark, read_markers

_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|vs|Dr|No|etc|approx|St|Inc|Ltd|Co|al|cf|Fig|resp)|\b[A-Z])\.$")
_SENTENCE_END = re.compile(r"[.。](?=\s+[A-Z0-9(（]|[A-Z][a-z])|。")
_STAR = re.compile(r"(?<=\s)\\?[*•](?=\s+\S)")
_INLINE_NUMBER = re.compile(r"(?:\\?[(（]\s?|\b)(\d{1,2})\\?[.)、）](?=\s*[^\d\s%])|([①-⑳])")
_INLINE_LETTER = re.compile(r"(?<![\w.])([a-f])(?:[.)]|(?=\s+[A-Z][a-z]))\s*(?=[A-Z≥≤<>])")
HEADING_INSIDE = re.compile(
    r"(?:(?:Key|Main|Major)\s+)?(?:(?:Inclusion|Exclusion)\s+[Cc]riteria|INCLUSION CRITERIA|EXCLUSION CRITERIA)\s*[:：]"
    r"|(?:入组|纳入|入选|排除)标准\s*[:：]"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One stretch of the source: `start`..`end` with its markers, `body` where its words begin."""

    start: int
    end: int
    indent: int
    marks: tuple[Mark, ...]
    body: int
    after_blank: bool = False
    tilde_before: bool = False

    @property
    def number(self) -> int | None:
        return self.marks[-1].number if self.marks else None

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(mark.style for mark in self.marks)


def read_lines(text: str, start: int, end: int) -> list[Line]:
    """The lines of a stretch of text; headings inside a line and lists on one line are parted."""
    lines: list[Line] = []
    blank = False
    at = start
    for raw in text[start:end].splitlines(keepends=True):
        begin, at = at, at + len(raw)
        stripped = raw.strip()
        if not stripped:
            blank = True
            continue
        first = begin + len(raw) - len(raw.lstrip())
        last = first + len(stripped)
        indent = len(raw[: first - begin].expandtabs(4))
        for number, (piece_start, piece_end) in enumerate(_part_at_headings(text, first, last)):
            line = _line(text, piece_start, piece_end, indent, blank and number == 0)
            lines += _part_lists(text, line)
        blank = False
    return _join_ranges(text, lines)


def sentences(text: str, line: Line) -> list[Line]:
    """The sentences of a paragraph as lines; a number that opens a sentence becomes its marker."""
    parts: list[Line] = []
    at = line.body if line.marks else line.start
    for found in _SENTENCE_END.finditer(text, at, line.end):
        words = text[max(at, found.start() - 12) : found.end()]
        bare_number = re.search(r"(?:^|\s)\d{1,2}\.$", words)
        if _ABBREVIATION.search(words) or bare_number or text[at : found.end()].strip().rstrip(".").isdigit():
            continue
        parts.append(_line(text, at, found.end(), line.indent, False))
        at = found.end()
        while at < line.end and text[at].isspace():
            at += 1
    if at < line.end:
        parts.append(_line(text, at, line.end, line.indent, False))
    parts = [piece for part in parts for piece in _part_at_colon(text, part)]
    if parts and line.marks:
        parts[0] = replace(parts[0], start=line.start, marks=line.marks, body=line.body)
    return parts or [line]


def _part_at_colon(text: str, line: Line) -> list[Line]:
    """ "must meet the following requirements: Prednisone ..." opens a list: the lead-in and its first item."""
    found = re.compile(r"following [a-z ]{0,30}[:：]\s+(?=[A-Z])").search(text, line.body, line.end)
    if not found:
        return [line]
    stop = found.start() + len(found[0].rstrip())
    head = replace(line, end=stop)
    return [head, _line(text, found.end(), line.end, line.indent, False)]


def _line(text: str, start: int, end: int, indent: int, after_blank: bool) -> Line:
    marks, body = read_markers(text, start, end)
    return Line(start, end, indent, marks, body, after_blank)


def _part_at_headings(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A heading such as "Exclusion Criteria:" inside a line begins a line of its own, and what follows it another."""
    if end - start <= 200 and read_heading(text[start:end]) is not None:
        return [(start, end)]
    cuts = [start]
    for found in HEADING_INSIDE.finditer(text, start, end):
        lead = text[start : found.start()].strip(" *•-\\#")
        if lead or found.start() == start:
            cuts.append(found.start())
        cuts.append(found.end())
    cuts = [*sorted({cut for cut in cuts if cut <= end}), end]
    pieces = []
    for left, right in pairwise(cuts):
        piece = text[left:right]
        if piece.strip():
            offset = left + len(piece) - len(piece.lstrip())
            pieces.append((offset, offset + len(piece.strip())))
    return pieces


def _part_lists(text: str, line: Line) -> list[Line]:
    """Items that were run together on one line, each as a line: ` * a * b`, `1. a 2. b`, `: 1) a; 2) b`."""
    stars = [found.start() for found in _STAR.finditer(text, line.body, line.end)]
    if len(stars) >= 2 or (stars and line.key[:1] in (("*",), ("•",))):
        cuts = [line.start, *stars, line.end]
        parts = [
            _line(text, left, _trimmed(text, left, right), line.indent, line.after_blank and number == 0)
            for number, (left, right) in enumerate(pairwise(cuts))
        ]
        return [piece for part in parts for piece in _part_numbers(text, part)]
    return _part_numbers(text, line)


def _part_numbers(text: str, line: Line) -> list[Line]:
    own = line.number if line.marks and line.marks[-1].style[0] in "1(" else None
    cuts = _sequence(text, line, own)
    deeper = 0 if cuts and own is not None else 2
    if not cuts:
        cuts = _sequence(text, line, None)
        deeper = 2
    if not cuts:
        cuts = _letters(text, line)
    if not cuts:
        return [line]
    parts = [replace(line, end=_trimmed(text, line.start, cuts[0]))] if text[line.body : cuts[0]].strip() else []
    for left, right in zip(cuts, [*cuts[1:], line.end], strict=True):
        part = _line(text, left, _trimmed(text, left, right), line.indent + deeper, False)
        if not part.marks and (letter := re.match(r"([a-f])\s+", text[left:right])):
            mark = Mark("a.", ord(letter[1]) - 96)
            part = replace(part, marks=(mark,), body=left + letter.end())
        parts.append(part)
    return parts


def _sequence(text: str, line: Line, own: int | None) -> list[int]:
    """Where the numbers after `own`, or 1, 2, ... stand one after the other; empty unless it is a sequence."""
    expected = 1 if own is None else own + 1
    cuts: list[int] = []
    for found in _INLINE_NUMBER.finditer(text, line.body, line.end):
        value = int(found[1]) if found[1] else ord(found[2]) - ord("①") + 1
        before = text[max(line.body, found.start() - 8) : found.start()].rstrip()
        ended = not before or before[-1] in ".;。；:：,，" or before.endswith(" OR")
        if value == expected and (ended or (own is not None and found[0].endswith((")", "）")))):
            cuts.append(found.start())
            expected += 1
    needed = 1 if own is not None else 2
    return cuts if len(cuts) >= needed else []


def _letters(text: str, line: Line) -> list[int]:
    expected = "a"
    cuts: list[int] = []
    for found in _INLINE_LETTER.finditer(text, line.body, line.end):
        before = text[max(line.body, found.start() - 8) : found.start()].rstrip()
        if found[1] == expected and before[-1:] in tuple(":;：；,"):
            cuts.append(found.start())
            expected = chr(ord(expected) + 1)
    return cuts if len(cuts) >= 2 else []


def _trimmed(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip())


def _join_ranges(text: str, lines: list[Line]) -> list[Line]:
    """A line that ends in a backslash lost its tilde: "18\\" and "⁃ 65 years" are one item, 18~65 years."""
    joined: list[Line] = []
    for line in lines:
        broken = joined and re.search(r"(?<!\\)(?:\\\\)*\\$", text[joined[-1].start : joined[-1].end])
        if broken and text[line.body : line.end].strip():
            joined.append(replace(line, marks=(), start=line.body, after_blank=False, tilde_before=True))
        else:
            joined.append(line)
    return joined
