"""The words that formalizing knows: concepts by the catalog's synonyms, and the phrases of data/words.yaml.

A trie over stems of words; `misspelt` finds the known word one letter away from an unknown long one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from trialwright.catalog.catalog import Catalog
from trialwright.registry.formal.normalise import normalise

_WORD = re.compile(r"(?:\d+)(?:\.\d+)?|[^\W\d_]+(?:\d+[^\W\d_]*)?(?:'s\b)?|(?<![^\W\d_])-|-(?![^\W\d_])|[^\w\s-]")
STEMS: dict[str, str] = {}


def stem(word: str) -> str:
    """A word without plural or possessive; remembered, since registries say the same words again and again."""
    known = STEMS.get(word)
    if known is not None:
        return known
    short = word.removesuffix("'s")
    if len(short) > 4 and short.endswith("ies"):
        short = short[:-3] + "y"
    elif len(short) > 3 and short.endswith("s") and not short.endswith(("ss", "us", "is")):
        short = short[:-1]
    if len(STEMS) < 200_000:
        STEMS[word] = short
    return short


@dataclass(frozen=True)
class Lexicon:
    """A trie: each node maps the next stem to a node, and "" to (kind, value) where a phrase ends."""

    root: dict[str, Any]
    words: frozenset[str]
    catalog: Catalog
    fillers: frozenset[str]
    drugs: frozenset[str]
    _near: dict[str, str] = field(default_factory=dict, repr=False)
    _asked: dict[str, str | None] = field(default_factory=dict, repr=False)

    def misspelt(self, word: str) -> str | None:
        """The name of a drug that is one letter away (added, lost, changed, two exchanged); None where none or several.

        Names of drugs only: ordinary words are too often one letter apart ("injection", "infection").
        """
        if word in self.words:
            return None
        if word in self._asked:
            return self._asked[word]
        if not self._near:
            for known in self.drugs:
                if len(known) >= 8 and known.isalpha():
                    for short in _shorter(known):
                        self._near[short] = "" if self._near.get(short, known) != known else known
        found = {near for short in _shorter(word) if (near := self._near.get(short)) and _close(word, near)}
        result = found.pop() if len(found) == 1 else None
        if len(self._asked) < 200_000:
            self._asked[word] = result
        return result


def _shorter(word: str) -> list[str]:
    return [word, *(word[:place] + word[place + 1 :] for place in range(1, len(word)))]


def _close(a: str, b: str) -> bool:
    if a[0] != b[0] or abs(len(a) - len(b)) > 1:
        return False
    if a.rstrip("s") == b.rstrip("s"):
        return True
    if len(a) == len(b):
        differ = [place for place in range(len(a)) if a[place] != b[place]]
        if len(differ) == 1:
            return True
        return len(differ) == 2 and differ[1] == differ[0] + 1 and a[differ[0]] == b[differ[1]]
    long, short = (a, b) if len(a) > len(b) else (b, a)
    return any(long[:place] + long[place + 1 :] == short for place in range(len(long)))


def keys_of(phrase: str) -> list[str]:
    """The stems of a phrase, as the scanner will meet them."""
    return [stem(word) for word in _WORD.findall(normalise(phrase).text)]


@lru_cache(maxsize=4)
def _words() -> Mapping[str, Any]:
    text = files("trialwright.registry.formal").joinpath("data/words.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


def word_list(name: str) -> Any:
    """One part of data/words.yaml."""
    return _words()[name]


@lru_cache(maxsize=1)
def event_names() -> frozenset[str]:
    """Concepts that are an event or a sign, and not by themselves a disease of the class that lists them."""
    return frozenset(word_list("events"))


@lru_cache(maxsize=1)
def listed_by_one_page() -> tuple[str, ...]:
    """Classes of drugs that one trial's page lists: the same words on another page name other drugs."""
    return tuple(word_list("listed_by_one_page"))


def make_lexicon(catalog: Catalog) -> Lexicon:
    """The lexicon of a catalog: labels and synonyms of its concepts, then the phrases of data/words.yaml."""
    root: dict[str, Any] = {}
    words: set[str] = set()

    drugs: set[str] = set()

    def add(phrase: str, kind: str, value: Any) -> None:
        node = root
        keys = keys_of(phrase)
        if not keys:
            return
        words.update(keys)
        for key in keys:
            node = node.setdefault(key, {})
        node[""] = (kind, value)

    names = _words()
    ignored = {*names["not_names"], *names["narrower"]}
    for classes in (False, True):  # a class wins over its unspecified member, which has the same synonyms
        for id, model in catalog.models.items():
            if bool(model.members) is not classes or model.domain == "demographic":
                continue
            for phrase in (
                re.sub(r"\s*\([^)]*\)", "", model.label.split(",")[0]),
                id.replace("_", " "),
                *model.synonyms,
            ):
                if phrase not in ignored and len(phrase) > 1:
                    add(phrase, "C", (id,))
                    if model.domain == "drug" and not model.members and " " not in phrase:
                        drugs.update(keys_of(phrase))
    for id in names["concepts"]:
        for phrase in names["concepts"][id]:
            add(phrase, "C", tuple(id.split()))
    for kind in ("op", "post", "unit", "anchor", "number", "cue", "criteria"):
        for value, phrases in names[kind].items():
            for phrase in phrases:
                add(phrase, kind, value)
    for phrase in names["modifier"]:
        add(phrase, "mod", phrase)
    return Lexicon(root, frozenset(words), catalog, frozenset(names["filler"]), frozenset(drugs))


_MADE: dict[str, Lexicon] = {}


def lexicon_of(catalog: Catalog) -> Lexicon:
    """The lexicon of a catalog, made once per content of the catalog."""
    key = catalog.hash or str(id(catalog))
    if key not in _MADE:
        _MADE.clear()
        _MADE[key] = make_lexicon(catalog)
    return _MADE[key]
