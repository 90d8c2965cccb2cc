"""The funnel: how many people each criterion costs, in the order of the page and on its own, over all and by group.

In sequence: `left` people whom no criterion so far excludes, of them `sure` whom none so far holds back either.
Free of order: met, not met, unknown and `only_reason`, the people whom this criterion alone excludes or holds back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trialwright.query.screening import Screening
from trialwright.screening.groups import Labels, groups, order_of
from trialwright.screening.standing import Bools, Standing, counts, standing


@dataclass(frozen=True, slots=True)
class Step:
    """One criterion among some people: `excluded` are all whom it excludes, `lost` those whom it excludes first."""

    criterion: str
    kind: str
    met: int
    not_met: int
    unknown: int
    excluded: int
    held: int
    only_reason: int
    lost: int
    left: int
    sure: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """The steps of one trial for one group of people (`by` and `group` are empty for everybody)."""

    trial: str
    by: str
    group: str
    persons: int
    record: dict[str, int]
    strict: dict[str, int]
    steps: tuple[Step, ...]


def funnels(screening: Screening, trial: str | None = None, *, by_group: bool = True) -> tuple[Funnel, ...]:
    """The funnel over everybody, then by sex, age group and site (where the source names one)."""
    found = standing(screening, trial)
    return funnels_of(found, groups(screening) if by_group else {})


def funnels_of(found: Standing, by: Mapping[str, Labels]) -> tuple[Funnel, ...]:
    """The funnel over everybody and over each group of each kind."""
    out = [funnel_of(found, np.ones(found.size, bool))]
    for name, labels in by.items():
        out += [funnel_of(found, labels == label, name, str(label)) for label in sorted(set(labels), key=order_of)]
    return tuple(out)


def funnel_of(found: Standing, rows: npt.NDArray[np.bool_], by: str = "", group: str = "") -> Funnel:
    """The funnel of the chosen people."""
    excludes, blocks = found.excludes[rows], found.blocks[rows]
    alone = blocks.sum(axis=1) == 1
    left, sure = np.ones(len(excludes), bool), np.ones(len(excludes), bool)
    steps = []
    for j, criterion in enumerate(found.trial.criteria):
        lost = left & excludes[:, j]
        left, sure = left & ~excludes[:, j], sure & ~blocks[:, j]
        steps.append(
            Step(
                criterion.id,
                criterion.kind,
                _sum(found.met[rows, j]),
                _sum(found.not_met[rows, j]),
                _sum(found.unknown[rows, j]),
                _sum(excludes[:, j]),
                _sum(found.holds[rows, j]),
                _sum(alone & blocks[:, j]),
                _sum(lost),
                _sum(left),
                _sum(sure),
            )
        )
    record, strict = counts(found.verdict[rows]), counts(found.strict[rows])
    return Funnel(found.trial.id, by, group, int(rows.sum()), record, strict, tuple(steps))


def _sum(rows: Bools) -> int:
    return int(np.count_nonzero(rows))
