"""Registry text with its signs made plain, and a map from every character back to the source.

Escapes, entities, full-width signs, superscripts, dashes and the many spellings of comparators are rewritten; nothing
else is.  `Plain.source_span` gives the characters of the source that a stretch of plain text came from.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_SIGNS: dict[str, str] = {
    **_WIDE,
    "。": ". ",
    "、": ", ",
    "≥": ">=",
    "≧": ">=",
    "⩾": ">=",
    "≤": "<=",
    "≦": "<=",
    "⩽": "<=",
    "≯": "<=",
    "≮": ">=",
    "×": "x",
    "∙": "*",
    "·": ".",
    "⁎": "*",
    "–": "-",
    "—": "-",
    "‑": "-",
    "‐": "-",
    "−": "-",
    "～": "~",
    "∼": "~",
    "〜": "~",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "µ": "u",
    "μ": "u",
    "β": "beta ",
    "α": "alpha ",
    "γ": "gamma ",
    "℃": " c",
    "°": " ",
    "º": " ",
    "\u00a0": " ",
    "\u2009": " ",
    "\u202f": " ",
    "\u3000": " ",
    "\u200b": "",
    "\ufeff": "",
    "½": ".5",
    "‰": "%",
    "÷": "/",
}
_SPECIAL = re.compile(
    r"\\(?P<escape>[\\`*_{}\[\]()#+\-.!<>^~|&=\"'/])"
    r"|&(?P<entity>gt|lt|amp|ge|le|nbsp|quot|#3[49]|#6[02]);"
    r"|(?P<power>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)"
    r"|(?P<sign>[" + "".join(re.escape(sign) for sign in _SIGNS) + r"])"
)
_ENTITY = {
    "gt": ">",
    "lt": "<",
    "amp": "&",
    "ge": ">=",
    "le": "<=",
    "nbsp": " ",
    "quot": '"',
    "#34": '"',
    "#39": "'",
    "#60": "<",
    "#62": ">",
}


@dataclass(frozen=True, slots=True)
class Plain:
    """Plain lower-case text; `starts` and `sources` are the stretches at which the two texts step apart."""

    text: str
    source: str
    starts: tuple[int, ...] = ()
    sources: tuple[int, ...] = ()

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the source behind `start` to `end` of the plain text."""
        if not self.starts:
            return start, end
        return self._back(start), max(self._back(start), self._back(end - 1) + 1 if end > start else self._back(start))

    def _back(self, at: int) -> int:
        place = bisect_right(self.starts, at) - 1
        if place < 0:
            return at
        after = self.sources[place + 1] if place + 1 < len(self.sources) else len(self.source)
        return min(self.sources[place] + at - self.starts[place], max(after - 1, self.sources[place]))


def normalise(source: str) -> Plain:
    """Plain text of a criterion.  ASCII without escapes is returned as it stands, lower-cased."""
    if source.isascii() and "\\" not in source and "&" not in source:
        return Plain(source.lower(), source)
    pieces: list[str] = []
    starts: list[int] = [0]
    sources: list[int] = [0]
    at = length = 0
    for found in _SPECIAL.finditer(source):
        before = source[at : found.start()]
        pieces.append(before)
        length += len(before)
        new = _rewritten(found, source)
        starts.append(length)
        sources.append(found.start())
        pieces.append(new)
        length += len(new)
        at = found.end()
        starts.append(length)
        sources.append(at)
    pieces.append(source[at:])
    text = "".join(pieces)
    lower = text.lower()
    if len(lower) != len(text):  # a few capital letters have lower forms of two characters
        lower = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    return Plain(lower, source, tuple(starts), tuple(sources))


def _rewritten(found: re.Match[str], source: str) -> str:
    match found.lastgroup:
        case "escape":
            return found["escape"]
        case "entity":
            return _ENTITY[found["entity"]]
        case "power":
            digits = found["power"].translate(_SUPER)
            before = source[: found.start()].rstrip()[-2:]
            return ("^" if before.endswith("10") else "") + digits
        case _:
            return _SIGNS[found["sign"]]
