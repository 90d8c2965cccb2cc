"""List markers as registries print them: `* 1\\.`, `- (1)`, `• 2\\)`, `‣`, `①`, `4.1.2`, `a)`, one after another."""

from __future__ import annotations

import re
from dataclasses import dataclass

BULLETS = "*•‣⁃∙·○◦▪●■□➢►–-+"
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}

_BULLET = re.compile(r"\\?(?:([*+–-])(?=\s|\d{1,2}\\?[.)、]|\()|([•‣⁃∙·○◦▪●■□➢►]))\s*")
_NUMBER = re.compile(
    rf"(?:([{CIRCLED}])|(\d{{1,2}}(?:\.\d{{1,2}}){{2,3}})\.?(?=\s+\D)"
    r"|(\\?[(（]\s*)?(\d{1,3}|[a-hA-H]|[ivxIVX]{1,4})(?:\\?([.)、．）])|(?<=\d)\\?([.]))(?![\d]))\s*"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """One marker: its style ("•", "1.", "(1)", "a)", "①") and, for a numbered one, its number.

    `escaped` is true for "5\\.": markdown escapes a number that does not go on with the list before it.
    """

    style: str
    number: int | None = None
    escaped: bool = False


def read_markers(text: str, start: int, end: int) -> tuple[tuple[Mark, ...], int]:
    """The markers at `start` and where the words begin; at most three, and a number last."""
    marks: list[Mark] = []
    at = start
    while at < end and len(marks) < 3:
        if bullet := _BULLET.match(text, at, end):
            glyph = bullet[1] or bullet[2]
            marks.append(Mark(glyph))
            at = bullet.end()
            continue
        number = _NUMBER.match(text, at, end)
        mark = _numbered(number) if number else None
        if number is None or mark is None:
            break
        if mark.style[0] in "ai" and not _letter_is_marker(text, number, end):
            break
        return (*marks, mark), number.end()
    return tuple(marks), at


def _numbered(found: re.Match[str]) -> Mark | None:
    if found[1]:
        return Mark("①", CIRCLED.index(found[1]) + 1)
    if found[2]:
        return Mark("1.1", int(found[2].split(".")[-1]))
    opening, value, closing = bool(found[3]), found[4], found[5] or found[6] or "."
    closing = {"）": ")", "．": ".", "、": "."}.get(closing, closing)
    if opening and closing != ")":
        return None
    shape = "({})" if opening else "{}" + closing
    if value.isdigit():
        return Mark(shape.format("1"), int(value), "\\" in found[0]) if 0 < int(value) < 100 else None
    lower = value.lower()
    if lower in _ROMAN and (len(lower) > 1 or lower in "ivx"):
        return Mark(shape.format("i"), _ROMAN[lower])
    if len(lower) == 1 and lower in "abcdefgh":
        return Mark(shape.format("a"), ord(lower) - ord("a") + 1)
    return None


def _letter_is_marker(text: str, found: re.Match[str], end: int) -> bool:
    """A letter is a marker only before a capital or a space: "a. Hemoglobin", not "E. coli" and not "i.e."."""
    rest = text[found.end() : min(end, found.end() + 1)]
    if not rest:
        return False
    spaced = found.end() > found.start() and text[found.end() - 1].isspace()
    return rest.isupper() or rest in "≥≤<>" or (spaced and found[0].rstrip().endswith(")"))
