"""Plain text becomes items: numbers, signs, words, and the phrases of the lexicon, each with its place.

One pass over the text; the longest phrase of the lexicon wins.  Plurals, possessives and hyphens do not matter.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from trialwright.registry.formal.lexicon import STEMS, Lexicon, stem

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
    add, name = items.append, keys.append
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup
        word = found[0]
        start, end = found.span()
        if kind == "w":
            if "." in word:
                word = f"{word[0]}.{word[2:].strip(' .')}."
            add(Item("w", word, start, end, False))
            name(STEMS.get(word) or stem(word))
        elif kind == "n":
            add(Item("n", word, start, end, _glued(text, start)))
            name(word)
        elif kind == "h":
            continue
        else:
            word = "x" if kind == "x" else "".join(word.split()) if kind == "o" else word
            add(Item(kind or "p", word, start, end, False))
            name(word)
    return _phrases(items, keys, lexicon)


def _glued(text: str, start: int) -> bool:
    """Part of a name (covid-19, cd19), not a value."""
    before = text[max(0, start - 2) : start]
    return before[-1:].isalpha() or (before[-1:] == "-" and before[:1].isalpha())


def _phrases(items: list[Item], keys: list[str], lexicon: Lexicon) -> list[Item]:
    root, words = lexicon.root, lexicon.words
    result: list[Item] = []
    at, count = 0, len(items)
    while at < count:
        key = keys[at]
        node = root.get(key)
        if node is None:
            if len(key) >= 8 and key not in words and (near := lexicon.misspelt(key)) is not None:
                node = root.get(near)
            if node is None:
                result.append(items[at])
                at += 1
                continue
        best, best_end = node.get(""), at + 1
        step = at + 1
        while step < count and step < at + 14:
            following = node.get(keys[step])
            if following is None and len(keys[step]) >= 8 and keys[step] not in words:
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
