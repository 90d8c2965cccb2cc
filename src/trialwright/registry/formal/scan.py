"""Plain text becomes items: numbers, signs, words, and the phrases of the lexicon, each with its place.

One pass over the text; the longest phrase of the lexicon wins.  Plurals, possessives and hyphens do not matter.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from trialwright.registry.formal.lexicon import Lexicon, stem

_TOKEN = re.compile(
    r"(?P<n>(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d+(?:,\d{1,2}(?![\d,]))?)(?:\.\d+)?|(?<![\w.])\.\d+)"
    r"|(?P<x>x(?=\s*10\b|\s*10\^|\s*10[e*\d]|\s*\(?(?:the\s+)?(?:u|upper|ln\b|lln))|x(?<=\dx)(?=\s*\d))"
    r"|(?P<w>\be\.\s?g\.?|\bi\.\s?e\.?|[^\W\d_]+(?:\d+[^\W\d_]*)?(?:'s\b)?)"
    r"|(?P<o>(?:[<>]\s*/?\s*=|=\s*/?\s*[<>](?!\s*=)|[<>]|=)+)"
    r"|(?P<h>(?<=[^\W\d_])-(?=[^\W\d_]))"
    r"|(?P<p>[^\w\s])"
)


class Item(NamedTuple):
    """One stretch of plain text: `kind` is n number, w word, o sign of comparison, p mark, or a kind of the lexicon."""

    kind: str
    value: Any
    start: int
    end: int
    glued: bool = False


def scan(text: str, lexicon: Lexicon) -> list[Item]:
    """The items of a text in order.  Linear in its length."""
    items: list[Item] = []
    keys: list[str] = []
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or "p"
        if kind == "h":
            continue
        word = found[0]
        start, end = found.span()
        if kind == "n":
            items.append(Item("n", word, start, end, _glued(text, start)))
            keys.append(word)
        elif kind == "w":
            if word[0] in "ei" and "." in word:
                word = word[0] + "." + word[2:].strip(" .") + "."
            items.append(Item("w", word, start, end))
            keys.append(stem(word))
        elif kind == "x":
            items.append(Item("x", "x", start, end))
            keys.append("x")
        elif kind == "o":
            items.append(Item("o", "".join(word.split()), start, end))
            keys.append(word)
        else:
            items.append(Item("p", word, start, end))
            keys.append(word)
    return _phrases(items, keys, lexicon)


def _glued(text: str, start: int) -> bool:
    """Part of a name (covid-19, cd19), not a value."""
    before = text[max(0, start - 2) : start]
    return before[-1:].isalpha() or (before[-1:] == "-" and before[:1].isalpha())


def _phrases(items: list[Item], keys: list[str], lexicon: Lexicon) -> list[Item]:
    root = lexicon.root
    result: list[Item] = []
    at, count = 0, len(items)
    while at < count:
        node = root.get(keys[at])
        if node is None:
            item = items[at]
            if item.kind == "w" and len(keys[at]) >= 8 and (near := lexicon.misspelt(keys[at])) is not None:
                node = root.get(near)
            if node is None:
                result.append(item)
                at += 1
                continue
        best, best_end = node.get(""), at + 1
        step = at + 1
        while step < count and step < at + 14:
            following = node.get(keys[step])
            if following is None and len(keys[step]) >= 8 and keys[step] not in lexicon.words:
                near = lexicon.misspelt(keys[step])
                following = node.get(near) if near else None
            if following is None:
                break
            node = following
            step += 1
            if "" in node:
                best, best_end = node[""], step
        if best is None:
            result.append(items[at])
            at += 1
            continue
        kind, value = best
        result.append(Item(kind, value, items[at].start, items[best_end - 1].end, items[at].glued))
        at = best_end
    return result
