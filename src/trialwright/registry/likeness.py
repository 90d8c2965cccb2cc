"""What two trials' criteria have in common: the same subject, and the same limit on it.

A signature is the kind of a criterion, the catalog's concepts that it names and the comparisons that it makes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trialwright.registry.criteria import walk
from trialwright.registry.records import Record
from trialwright.registry.words import Names, read_words

_COMPARISON = re.compile(
    r"(≥|>=|=>|≤|<=|=<|>|<|at least|at most|more than|less than)\s*(\d+(?:\.\d+)?)\s*(?:[x×]\s*(ULN|10))?",
    re.IGNORECASE,
)
_SIGNS = {
    "=>": "≥",
    ">=": "≥",
    "at least": "≥",
    "=<": "≤",
    "<=": "≤",
    "at most": "≤",
    "more than": ">",
    "less than": "<",
}
_MOST = 80

Signature = tuple[str, tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Criteria that two trials share: `equal` with the same limits, `alike` on the same subject with others."""

    equal: tuple[Signature, ...]
    alike: tuple[Signature, ...]
    share: float


def signatures(record: Record, names: Names) -> list[Signature]:
    """The signatures of a record's criteria that name something the catalog knows."""
    found: dict[Signature, None] = {}
    for criterion in walk(record.criteria):
        concepts = read_words(criterion.text[:2000], names).concepts
        if concepts:
            limits = tuple(sorted(_limit(match) for match in _COMPARISON.finditer(criterion.text[:2000])))
            found[(criterion.kind, tuple(sorted(concepts))[:6], limits[:6])] = None
        if len(found) >= _MOST:
            break
    return list(found)


def overlap(mine: Sequence[Any], theirs: Sequence[Any]) -> Overlap:
    """What the criteria of two trials share, and which share of the smaller set that is (alike counts half)."""
    left = {_signature(item) for item in mine}
    right = {_signature(item) for item in theirs}
    if not left or not right:
        return Overlap((), (), 0.0)
    equal = left & right
    subjects = {(kind, concepts) for kind, concepts, _ in right - equal}
    alike = {item for item in left - equal if (item[0], item[1]) in subjects}
    share = (len(equal) + 0.5 * len(alike)) / min(len(left), len(right))
    return Overlap(tuple(sorted(equal)), tuple(sorted(alike)), min(share, 1.0))


def say(signature: Signature, names: Names) -> str:
    """A signature in words: "SLEDAI-2K ≥8"."""
    kind, concepts, limits = signature
    subject = " and ".join(names.labels.get(concept, concept) for concept in concepts[:3])
    words = f"{subject} {', '.join(limits)}".strip()
    return words if kind == "inclusion" else f"not {words}"


def _signature(item: Any) -> Signature:
    kind, concepts, limits = item
    return kind, tuple(concepts), tuple(limits)


def _limit(match: re.Match[str]) -> str:
    sign = _SIGNS.get(match[1].lower(), match[1])
    number = match[2].rstrip("0").rstrip(".") if "." in match[2] else match[2]
    return f"{sign}{number}{' x ULN' if (match[3] or '').upper() == 'ULN' else ''}"
