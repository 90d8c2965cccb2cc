"""What each criterion costs: its Shapley share of the people lost, and the pairs that only together cost people.

The game: a set S of criteria loses the people whom some criterion of S blocks.  A person blocked by k criteria is lost
as soon as one of the k is in S, so that in a random order of entry each of the k is the first with chance 1/k: the
share of a criterion is the sum of 1/k over the people whom it blocks.  This is exact for any number of criteria, and
the shares add up to the people lost.  Source: Shapley 1953; the dual of a unanimity game.

Two such games are counted: `excluded` (a criterion blocks whom it excludes) and `not_eligible` (also whom it holds back
because it is unknown).  Criteria unknown for consent, willingness, intent or later checkpoints block nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trialwright.query.screening import Screening
from trialwright.screening.standing import Bools, Standing, patterns, standing


@dataclass(frozen=True, slots=True)
class Share:
    """People lost that are put down to one criterion; `se` is 0 because the shares are exact."""

    criterion: str
    kind: str
    excluded: float
    not_eligible: float
    se: float = 0.0


@dataclass(frozen=True, slots=True)
class Pair:
    """Two criteria; without both, `gained` more people would be eligible, `together` of them for no lesser change."""

    first: str
    second: str
    together: int
    gained: int


@dataclass(frozen=True, slots=True)
class Cost:
    """The shares of all criteria in the order of the page, and the pairs that cost most together."""

    trial: str
    excluded: int
    not_eligible: int
    shares: tuple[Share, ...]
    pairs: tuple[Pair, ...]


def cost(screening: Screening, trial: str | None = None, *, pairs: int = 20) -> Cost:
    """What each criterion of a trial costs, exactly, from a kept run."""
    return cost_of(standing(screening, trial), pairs)


def cost_of(found: Standing, pairs: int = 20) -> Cost:
    """What each criterion costs, and the `pairs` of criteria that cost most only together."""
    excluded, blocked = shares(found.excludes), shares(found.blocks)
    each = tuple(Share(c.id, c.kind, float(excluded[j]), float(blocked[j])) for j, c in enumerate(found.trial.criteria))
    lost = (int(found.excludes.any(axis=1).sum()), int(found.blocks.any(axis=1).sum()))
    return Cost(found.trial.id, *lost, each, _pairs(found, pairs))


def shares(blocks: Bools) -> npt.NDArray[np.float64]:
    """Per column, the sum over rows of 1/k, with k how many columns hold in the row; people are grouped first."""
    distinct, _, count = patterns(blocks)
    k = distinct.sum(axis=1)
    weight = np.divide(count, k, out=np.zeros(len(k)), where=k > 0)
    result: npt.NDArray[np.float64] = (distinct * weight[:, None]).sum(axis=0)
    return result


def _pairs(found: Standing, most: int) -> tuple[Pair, ...]:
    distinct, _, count = patterns(found.blocks)
    ids = [c.id for c in found.trial.criteria]
    single: dict[int, int] = {}
    double: dict[tuple[int, int], int] = {}
    for row, people in zip(distinct, count, strict=True):
        places = np.flatnonzero(row).tolist()
        if len(places) == 1:
            single[places[0]] = single.get(places[0], 0) + int(people)
        elif len(places) == 2:
            key = (places[0], places[1])
            double[key] = double.get(key, 0) + int(people)
    chosen = sorted(double.items(), key=lambda item: (-item[1], item[0]))[:most]
    return tuple(Pair(ids[i], ids[j], n, n + single.get(i, 0) + single.get(j, 0)) for (i, j), n in chosen)
