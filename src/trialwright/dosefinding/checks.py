"""Checks of a user's numbers, each ending in one sentence that says what to do."""

from collections.abc import Sequence
from itertools import pairwise

from trialwright.errors import TrialwrightError


class DoseInputError(TrialwrightError, ValueError):
    """An input of a dose-finding request that the user can mend."""


class TooManyStates(DoseInputError):
    """A design whose courses are too many to enumerate; simulation remains."""


def check_target(target: float) -> None:
    if not 0 < target < 1:
        raise DoseInputError(f"the target DLT rate is {target:g}; give one between 0 and 1, such as 0.30.")


def check_between(name: str, value: float, low: float, high: float) -> None:
    if not low < value < high:
        raise DoseInputError(f"{name} is {value:g}; give a value between {low:g} and {high:g}.")


def check_truth(truth: Sequence[float], doses: int | None = None) -> list[str]:
    """Refuse rates outside 0 to 1; return a warning where they do not increase (allowed, but unusual)."""
    if not truth:
        raise DoseInputError("no true DLT rates were given; give one per dose, such as 0.05,0.15,0.30.")
    for dose, rate in enumerate(truth, 1):
        if not 0 <= rate <= 1:
            raise DoseInputError(f"the true DLT rate of dose {dose} is {rate:g}; rates lie between 0 and 1.")
    if doses is not None and len(truth) != doses:
        raise DoseInputError(f"{len(truth)} true DLT rates were given for {doses} doses.")
    if any(later < earlier for earlier, later in pairwise(truth)):
        return ["the true DLT rates do not increase with dose; the designs assume that they do."]
    return []


def check_skeleton(skeleton: Sequence[float]) -> None:
    if len(skeleton) < 1:
        raise DoseInputError("the skeleton is empty; give one prior DLT rate per dose.")
    if any(not 0 < p < 1 for p in skeleton):
        raise DoseInputError("the skeleton holds a rate that is not between 0 and 1.")
    if any(later <= earlier for earlier, later in pairwise(skeleton)):
        raise DoseInputError("the skeleton does not increase from dose to dose; order it from low to high.")


def check_counts(n: Sequence[int], dlts: Sequence[int]) -> None:
    """Refuse counts that no trial can have; `n` and `dlts` are per dose."""
    if len(n) != len(dlts):
        raise DoseInputError(f"{len(n)} counts of participants but {len(dlts)} counts of DLTs were given.")
    for dose, (treated, toxic) in enumerate(zip(n, dlts), 1):
        if treated < 0 or toxic < 0:
            raise DoseInputError(f"dose {dose} has a negative count.")
        if toxic > treated:
            raise DoseInputError(f"dose {dose} has {toxic} DLTs among {treated} participants.")
