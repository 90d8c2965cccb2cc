"""The first confirmed change of state between visits, known only as an interval.

A state is True, False or None (the sample does not decide: missing, or a limit above the threshold).  A change counts
when it is seen at `confirm` visits in a row that decide; the event lies after the last visit in the old state and
not after the first of these visits.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Crossing:
    """`left` < event <= `right` (infinity: not seen).  `confirmed` None: seen at the last visits, not yet confirmed."""

    left: float
    right: float
    confirmed: bool | None


def first_crossing(
    times: Sequence[float], states: Sequence[bool | None], to: bool, confirm: int, start: float
) -> Crossing:
    """When the state first becomes `to`, looking at visits after `start` (the event cannot lie before it)."""
    decided = [(t, s) for t, s in zip(times, states) if s is not None and t >= start]
    left = start
    for i, (time, state) in enumerate(decided):
        if state is not to:
            left = max(left, time)
            continue
        run = decided[i : i + confirm]
        if all(s is to for _, s in run):
            if len(run) == confirm:
                return Crossing(left, time, True)
            return Crossing(left, math.inf, None)
    return Crossing(left, math.inf, False)
