"""The logical outline of any criterion, known concepts or not: alternatives, both-of, negation, numbers, periods.

It says what shape a criterion has before anybody knows its concepts; a review starts with the criteria whose
expression has another shape.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from trialwright.registry.formal.tags import Line

_ALTERNATIVES = re.compile(r"\bor\b|(?<= )/(?= )|\beither\b|\bany of\b|\band / or\b")
_LISTED = re.compile(r"(?:[^,()]+ , ){2,}[^,()]+|[^,()]+ , [^,()]+ (?:and|or) [^,()]+|\( [^()]+ , [^()]+ \)")
_JOINED = re.compile(r"\band\b|\bwith\b.*\band\b|\bplus\b")
_NEGATED = re.compile(
    r"\b(?:no|not|without|never|absence|free|non|nor|none|cannot|unable|inability|lack|except|unwilling\w*|refus\w+|"
    r"contraindicat\w*|incapable|naive|neither|preclud\w+|prevent\w*|interfer\w+|avoid|refrain)\b"
)
_PERIODS = re.compile(r"(?<!\S)T\d+(?!\S)")
_NUMBERS = re.compile(r"(?<!\S)[RY]\d+(?!\S)")


@dataclass(frozen=True, slots=True)
class Outline:
    """What shape a criterion has: whether it offers alternatives, joins, negates; how many numbers and periods."""

    alternatives: bool
    joined: bool
    negated: bool
    numbers: int
    periods: int


def outline(line: Line) -> Outline:
    """The outline of a tagged criterion."""
    text = " ".join(tag.text for tag in line.tags)
    return Outline(
        _ALTERNATIVES.search(text) is not None or _LISTED.search(text) is not None,
        _JOINED.search(text) is not None,
        _NEGATED.search(text) is not None,
        len(_NUMBERS.findall(text)),
        len(_PERIODS.findall(text)),
    )
