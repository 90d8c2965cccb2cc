"""Several trials at once: which fit a person, best first, and how many candidates two trials share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trialwright.query.screening import Screening
from trialwright.query.verdicts import VERDICTS
from trialwright.screening.standing import people, standing


@dataclass(frozen=True, slots=True)
class Fit:
    """A trial for one person; `open` counts the criteria that hold the person back because they are unknown."""

    person: str
    trial: str
    verdict: str
    open: int
    excluded_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Of the candidates of `trial` (eligible or undetermined), how many are candidates of `other` as well."""

    trial: str
    other: str
    candidates: int
    shared: int
    eligible_in_both: int


def fits(screening: Screening, persons: Sequence[str] | None = None) -> tuple[Fit, ...]:
    """Per person the trials, best first: eligible, then fewest open criteria, then fewest failures."""
    ids = people(screening, ["id"]).column("id").to_pylist()
    wanted = set(ids if persons is None else persons)
    rows = [i for i, name in enumerate(ids) if name in wanted]
    rank = (2, 0, 1)
    found: dict[int, list[tuple[tuple[int, int, int, int], Fit]]] = {i: [] for i in rows}
    for place, trial in enumerate(screening.study.trials):
        at = standing(screening, trial.id)
        for i in rows:
            out = tuple(c.id for c, fails in zip(trial.criteria, at.excludes[i], strict=True) if fails)
            verdict, open_ = int(at.verdict[i]), int(at.holds[i].sum())
            fit = Fit(ids[i], trial.id, VERDICTS[verdict], open_, out)
            found[i].append(((rank[verdict], len(out), open_, place), fit))
    return tuple(fit for i in rows for _, fit in sorted(found[i], key=lambda item: item[0]))


def overlaps(screening: Screening) -> tuple[Overlap, ...]:
    """For each two trials of a run, in both directions, the candidates that they share."""
    verdicts = {trial.id: standing(screening, trial.id).verdict for trial in screening.study.trials}
    return tuple(
        Overlap(a, b, _n(va != 0), _n((va != 0) & (vb != 0)), _n((va == 1) & (vb == 1)))
        for a, va in verdicts.items()
        for b, vb in verdicts.items()
        if a != b
    )


def _n(rows: npt.NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(rows))
