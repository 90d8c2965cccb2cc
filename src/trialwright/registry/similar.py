"""Trials like this one, each with the reason: same condition, same target, shared criteria, words in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialwright.errors import TrialwrightError
from trialwright.registry.index import Index, rarity
from trialwright.registry.likeness import overlap, say
from trialwright.registry.search import Found
from trialwright.registry.words import Names, join_texts, read_words

_WEIGHTS = {"condition": 0.30, "target": 0.20, "product": 0.08, "phase": 0.04, "words": 0.26, "criteria": 0.12}
_TERMS = 40
_CANDIDATES = 400


@dataclass(frozen=True, slots=True)
class Alike:
    """A trial like another: how alike (0 to 1), why, and the share of each part."""

    trial: Found
    reasons: tuple[str, ...]
    parts: Mapping[str, float]


def place_of(index: Index, number: str) -> int:
    """The trial with a registry number.  Raises TrialwrightError when the index does not hold it."""
    term = index.terms.get(number.lower())
    if term is not None:
        for place in index.docs[index.starts[term] : index.starts[term + 1]]:
            if (index.row(int(place))["nct_id"] or "").lower() == number.lower():
                return int(place)
    raise TrialwrightError(
        f"{number} is not among the {index.count} trials of the index; name its page or record instead"
    )


def similar(
    index: Index, row: Mapping[str, Any], names: Names, limit: int = 10, leave_out: int | None = None
) -> tuple[Alike, ...]:
    """The trials most like a row of the index (or one made of a record by `row_of`), best first."""
    terms = _terms(index, row, names, 1 if leave_out is None else 2)
    scores = np.zeros(index.count, np.float32)
    for term, _ in terms:
        start, end = int(index.starts[term]), int(index.starts[term + 1])
        scores[index.docs[start:end]] += index.weights[start:end]
    if leave_out is not None:
        scores[leave_out] = 0
    count = min(_CANDIDATES, int(np.count_nonzero(scores)))
    if not count:
        return ()
    candidates = np.argpartition(-scores, count - 1)[:count]
    highest = float(scores[candidates].max())
    found = [_alike(index, int(place), row, names, float(scores[place]) / highest) for place in candidates]
    found.sort(key=lambda alike: (-alike.trial.score, alike.trial.place))
    return tuple(found[:limit])


def _terms(index: Index, row: Mapping[str, Any], names: Names, least: int) -> list[tuple[int, float]]:
    """The rarest words and concepts of title, conditions, interventions and summary that `least` trials have."""
    text = join_texts((row["title"], *row["conditions"], *row["interventions"], row["summary"]))
    words = read_words(text, names)
    counts: dict[int, float] = {}
    for word in (*(f"#{concept}" for concept in words.concepts), *words.tokens):
        term = index.terms.get(word)
        if term is not None and index.starts[term + 1] - index.starts[term] >= least:
            counts[term] = rarity(index, term)
    return sorted(counts.items(), key=lambda item: -item[1])[:_TERMS]


def _alike(index: Index, place: int, mine: Mapping[str, Any], names: Names, words: float) -> Alike:
    theirs = index.row(place)
    parts: dict[str, float] = {"words": words}
    reasons: list[str] = []
    for name in ("condition", "target", "product", "phase"):
        left, right = set(mine["facets"][name]), set(theirs["facets"][name])
        if name == "product":
            left, right = left - {"unstated"}, right - {"unstated"}
        if not left or not right:
            continue
        shared = left & right
        parts[name] = len(shared) / len(left | right)
        if shared:
            labels = ", ".join(sorted(names.labels.get(value, value) for value in shared))
            reasons.append(f"same {name}: {labels}")
    both = overlap(mine["criteria"], theirs["criteria"])
    if mine["criteria"] and theirs["criteria"]:
        parts["criteria"] = both.share
        if both.equal:
            shown = "; ".join(say(item, names) for item in both.equal[:3])
            reasons.append(f"{len(both.equal)} criteria the same: {shown}")
        if both.alike:
            shown = "; ".join(say(item, names) for item in both.alike[:3])
            reasons.append(f"{len(both.alike)} criteria on the same subject: {shown}")
    if words > 0.5:
        reasons.append("much the same words")
    known = sum(_WEIGHTS[name] for name in parts)
    score = sum(_WEIGHTS[name] * value for name, value in parts.items()) / max(known, 0.6)
    return Alike(Found(place, round(score, 4), theirs), tuple(reasons), {k: round(v, 3) for k, v in parts.items()})
