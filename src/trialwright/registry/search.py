"""Finding trials: ranked words with the catalog's synonyms, misspellings mended, narrowed by facets.

Every word of the query that no trial holds is mended to the likeliest word that one does (Damerau-Levenshtein
distance 1, or 2 from six letters on), and the answer says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from trialwright.errors import TrialwrightError
from trialwright.registry.facets import NAMES
from trialwright.registry.index import Index
from trialwright.registry.spelling import nearest_words
from trialwright.registry.words import Names, read_words, split, stem


@dataclass(frozen=True, slots=True)
class Found:
    """One trial of an answer with its score and what is shown of it."""

    place: int
    score: float
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """The trials found, how many there are in all, how the query was understood, and the counts of each facet."""

    query: str
    concepts: tuple[str, ...]
    mended: Mapping[str, str]
    total: int
    trials: tuple[Found, ...]
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def search(
    index: Index,
    query: str,
    names: Names,
    where: Mapping[str, Sequence[str]] | None = None,
    people: tuple[int | None, int | None] = (None, None),
    limit: int = 20,
    count_facets: bool = False,
) -> Answer:
    """The best trials for a query, within facets (`where`) and planned numbers of people (from, to).

    An empty query gives every trial within the facets, in the order of the index.
    Raises TrialwrightError for a facet or a value that the index does not have.
    """
    words, mended = _understood(index, query, names)
    keep = _within(index, where or {}, people, names)
    scores, wanted = _scores(index, words)
    if wanted:
        hit = scores > 0
    else:
        hit = np.ones(index.count, bool) if not split(query) else np.zeros(index.count, bool)
    if keep is not None:
        hit &= keep
    places = np.flatnonzero(hit)
    total = len(places)
    top = places[_top(scores[places], min(limit, total))]
    trials = tuple(Found(int(place), round(float(scores[place]), 4), index.row(int(place))) for place in top)
    counted = facet_counts(index, hit) if count_facets else {}
    return Answer(query, tuple(word[1:] for word in words if word.startswith("#")), mended, total, trials, counted)


def facet_counts(index: Index, hit: npt.NDArray[np.bool_]) -> dict[str, dict[str, int]]:
    """How many of the trials in `hit` have each value of each facet, the most frequent first."""
    result: dict[str, dict[str, int]] = {}
    for name in NAMES:
        values = index.facet_values[name]
        counts = np.bincount(index.facet_codes[name][hit[index.facet_docs[name]]], minlength=len(values))
        order = np.argsort(-counts, kind="stable")[:30]
        result[name] = {values[code]: int(counts[code]) for code in order if counts[code]}
    return result


def _understood(index: Index, query: str, names: Names) -> tuple[dict[str, float], dict[str, str]]:
    """The terms to look up with their weights, and the words that were mended."""
    mended: dict[str, str] = {}
    text = query
    for raw in dict.fromkeys(split(query)):
        word = stem(raw.lower())
        if word in index.terms or word in names.phrases or len(word) < 4 or any(sign.isdigit() for sign in word):
            continue
        if better := nearest_words(word, index.words, index.starts):
            mended[raw] = better
            text = text.replace(raw, better)
    read = read_words(text, names, query=True)
    terms: dict[str, float] = {}
    for concept in read.concepts:
        terms["#" + concept] = 1.0
    covered, alone = _words_of(read.concepts, names)
    for token in read.tokens:
        if token not in covered:
            terms[token] = 1.0
        elif token in alone:
            terms[token] = 0.35
    return terms, mended


def _words_of(concepts: Sequence[str], names: Names) -> tuple[set[str], set[str]]:
    """Words that the recognised concepts stand for, and those of them that are a name by themselves.

    The former need not be searched; the latter count a little, so that "lupus" still finds cutaneous lupus.
    """
    wanted = set(concepts)
    phrases = [phrase for items in names.phrases.values() for phrase, _, id in items if id in wanted] if wanted else []
    return {token for phrase in phrases for token in phrase}, {phrase[0] for phrase in phrases if len(phrase) == 1}


def _scores(index: Index, words: Mapping[str, float]) -> tuple[npt.NDArray[np.float32], bool]:
    scores = np.zeros(index.count, np.float32)
    wanted = False
    for word, weight in words.items():
        term = index.terms.get(word)
        if term is None:
            continue
        wanted = True
        start, end = int(index.starts[term]), int(index.starts[term + 1])
        scores[index.docs[start:end]] += weight * index.weights[start:end]
    return scores, wanted


def _within(
    index: Index, where: Mapping[str, Sequence[str]], people: tuple[int | None, int | None], names: Names
) -> npt.NDArray[np.bool_] | None:
    """The trials that have one of the values asked for in each facet; None when nothing was asked."""
    keep: npt.NDArray[np.bool_] | None = None
    for name, asked in where.items():
        if not asked:
            continue
        if name not in NAMES:
            raise TrialwrightError(f"{name!r} is no facet; narrow by {', '.join(NAMES)} or people")
        codes = [code for code, value in enumerate(index.facet_values[name]) if _asked(value, asked, names)]
        if not codes:
            known = ", ".join(sorted(index.facet_values[name])[:12])
            raise TrialwrightError(f"no trial has {name} {', '.join(asked)}; the index knows {known}")
        mine = np.zeros(index.count, bool)
        mine[index.facet_docs[name][np.isin(index.facet_codes[name], codes)]] = True
        keep = mine if keep is None else keep & mine
    low, high = people
    if low is not None or high is not None:
        planned = index.enrollment
        mine = (planned >= (low if low is not None else 0)) & (planned <= (high if high is not None else 2**31 - 1))
        keep = mine if keep is None else keep & mine
    return keep


def _asked(value: str, asked: Sequence[str], names: Names) -> bool:
    label = names.labels.get(value, value).lower()
    for item in asked:
        plain = item.lower().replace(" ", "").replace("_", "")
        if plain in (value.lower().replace("_", "").replace(" ", ""), label.replace(" ", "")):
            return True
        if value in read_words(item, names, query=True).concepts:
            return True
    return False


def _top(scores: npt.NDArray[np.float32], limit: int) -> npt.NDArray[np.int64]:
    """The places of the highest scores, equal ones in the order of the index."""
    if limit <= 0:
        return np.empty(0, np.int64)
    if limit >= len(scores):
        return np.argsort(-scores, kind="stable")[:limit]
    floor = np.partition(scores, len(scores) - limit)[len(scores) - limit]
    above = np.flatnonzero(scores > floor)
    equal = np.flatnonzero(scores == floor)[: limit - len(above)]
    places = np.concatenate([above, equal])
    return places[np.lexsort((places, -scores[places]))]
