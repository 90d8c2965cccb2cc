"""Words of a trial for search: the catalog's names of one thing count as one, so SLE finds systemic lupus."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from trialwright.catalog.catalog import Catalog
from trialwright.catalog.load import load_catalog

_TOKEN = re.compile(r"[^\W_]+")
_CART = re.compile(r"\bCAR[\s-]?T(?:[\s-]cells?)?\b|\bchimeric antigen receptor\b", re.IGNORECASE)
_STOP = """
a about after all also an and any are as at be been between both by can did do does for from had has have he if in
into is it its least may more most must no not of on or other our she should so such than that the their then there
these they this those to under up was we were what when where which who will with within without would study trial
"""
STOP = frozenset(_STOP.split())
MORE: Mapping[str, tuple[str, ...]] = {
    "systemic_sclerosis": ("scleroderma", "SSc"),
    "car_t": ("CAR-T", "chimeric antigen receptor"),
    "allogeneic": ("allogeneic", "allogenic", "universal", "off-the-shelf"),
    "multiple_sclerosis": ("MS", "relapsing multiple sclerosis"),
}
"""Names that registries use and the catalog has no concept or synonym for."""


@dataclass(frozen=True, slots=True)
class Names:
    """The catalog, and its names by their first word, the longest first; and what each concept is."""

    phrases: Mapping[str, tuple[tuple[tuple[str, ...], bool, str], ...]]
    labels: Mapping[str, str]
    conditions: frozenset[str]
    catalog: Catalog = field(repr=False)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text in order, and the concepts that it names."""

    tokens: tuple[str, ...]
    concepts: tuple[str, ...]


@lru_cache(maxsize=4)
def catalog_names(directories: tuple[str, ...] = ()) -> Names:
    """The names of the catalog.  Short names in capitals (MS, RA) count only in capitals."""
    catalog = load_catalog(*directories)
    labels = {id: concept.label for id, concept in catalog.concepts.items()}
    named: dict[str, set[tuple[tuple[str, ...], bool, str]]] = {}
    for id, label in labels.items():
        for name in (label, *catalog.synonyms.get(id, ()), *MORE.get(id, ())):
            _add(named, name, id)
    for id, names in MORE.items():
        for name in names:
            _add(named, name, id)
    phrases = {first: tuple(sorted(items, key=lambda item: -len(item[0]))) for first, items in named.items()}
    conditions = {id for id, concept in catalog.concepts.items() if concept.domain == "condition"}
    for models in (catalog.definition_models, catalog.instruments):
        labels = {id: model.label for id, model in models.items()} | labels
    labels |= {"car_t": "CAR-T cells", "allogeneic": "Allogeneic"}
    return Names(phrases, labels, frozenset(conditions), catalog)


def _add(named: dict[str, set[tuple[tuple[str, ...], bool, str]]], name: str, id: str) -> None:
    tokens = tuple(stem(token.lower()) for token in split(name))
    if tokens and not (len(tokens) == 1 and len(tokens[0]) < 2):
        capitals = len(tokens) == 1 and len(name) <= 3
        named.setdefault(tokens[0], set()).add((tokens, capitals, id))


def split(text: str) -> list[str]:
    """The words of a text as they stand; CAR-T in any spelling is the one word "cart"."""
    if "CAR" in text or "himeric" in text or "car" in text:
        text = _CART.sub(" cart ", text)
    return _TOKEN.findall(text)


def stem(word: str) -> str:
    """A word without the ending of an English plural."""
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-3] + "y" if word.endswith("ies") and len(word) > 4 else word[:-1]
    return word


def read_words(text: str, names: Names, query: bool = False) -> Words:
    """Words and concepts of a text; in a query short names count in small letters too."""
    raw = split(text)
    tokens = list(map(normal, raw))
    phrases = names.phrases
    concepts: dict[str, None] = {}
    beyond = 0
    for place, token in enumerate(tokens):
        if token not in phrases or place < beyond:
            continue
        for phrase, capitals, concept in phrases[token]:
            length = len(phrase)
            if length > 1 and tuple(tokens[place : place + length]) != phrase:
                continue
            if capitals and not raw[place].isupper() and not (query and token not in STOP):
                continue
            if beyond <= place or length == beyond - place:
                concepts[concept] = None
                beyond = place + length
    kept = tuple(token for token in tokens if token not in STOP and (len(token) > 1 or token.isdigit()))
    return Words(kept, tuple(concepts))


@lru_cache(maxsize=1_000_000)
def normal(word: str) -> str:
    """A word as it is compared: small letters, no plural."""
    return stem(word.lower())


def join_texts(parts: Iterable[str | None]) -> str:
    return " . ".join(part for part in parts if part)
