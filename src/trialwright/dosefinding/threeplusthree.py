"""The 3+3 design, whose variants are named by what they do.

Four rules go by this name.  They differ in two places: whether the dose below a too toxic one, treated with three,
is filled to six before it is called the MTD, and whether 0 of 3 at the top dose is confirmed with three more.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int_]


@dataclass(frozen=True, slots=True)
class ThreePlusThree:
    """3+3: 0 of 3 up, 1 of 3 three more, at most 1 of 6 up, 2 or more DLTs down.

    Source: Storer 1989, Biometrics 45:925, design C; Le Tourneau et al 2009, JNCI 101:708, figure 2.  With both
    options on, an MTD always rests on six participants.
    """

    deescalate_to_fill_6: bool = True
    confirm_top_6: bool = True


def ceiling(n: Counts, dlts: Counts) -> Counts:
    """Lowest dose with two or more DLTs in each row of counts, numbered from 1; doses + 1 where there is none."""
    toxic = dlts >= 2
    first: Counts = np.where(toxic.any(axis=1), toxic.argmax(axis=1) + 1, n.shape[1] + 1)
    return first


def next_dose_3p3(rule: ThreePlusThree, n: Counts, dlts: Counts, dose: Counts, top: int) -> Counts:
    """Dose of the next three participants after a complete group at `dose`; 0 where the trial ends.

    `n` and `dlts` are [rows, doses]; `top` is the highest dose that may be given.
    """
    rows = np.arange(dose.size)
    here_n, here_y = n[rows, dose - 1], dlts[rows, dose - 1]
    toxic_from = ceiling(n, dlts)
    may_rise = ((here_n == 3) & (here_y == 0)) | ((here_n >= 6) & (here_y <= 1))
    falls = here_y >= 2
    is_top = (dose >= top) & (toxic_from > dose)
    below_toxic = toxic_from == dose + 1
    below_n = n[rows, np.maximum(dose - 2, 0)]
    fill_here = here_n < 6
    rise = np.where(
        is_top,
        np.where(fill_here & rule.confirm_top_6, dose, 0),
        np.where(below_toxic, np.where(fill_here & rule.deescalate_to_fill_6, dose, 0), dose + 1),
    )
    go_below = (below_n == 0) | ((below_n < 6) & rule.deescalate_to_fill_6)
    fall = np.where((dose > 1) & go_below, dose - 1, 0)
    # A lower dose that is too toxic decides, whatever was given above it; the rule's own course never comes here.
    low = toxic_from - 1
    low_n = n[rows, np.maximum(low - 1, 0)]
    back = np.where((low >= 1) & ((low_n == 0) | ((low_n < 6) & rule.deescalate_to_fill_6)), low, 0)
    result: Counts = np.where(toxic_from < dose, back, np.where(falls, fall, np.where(may_rise, rise, dose)))
    return result


def select_3p3(rule: ThreePlusThree, n: Counts, dlts: Counts, top: int) -> Counts:
    """MTD of each row of final counts: the dose below the lowest too toxic one; 0 where it is not established.

    It is not established where the lowest dose is too toxic, or where the trial ended (a limit on its size) before
    the dose had the participants that the rule asks for.
    """
    rows = np.arange(n.shape[0])
    last = np.minimum(ceiling(n, dlts) - 1, top)
    n_last, y_last = n[rows, np.maximum(last - 1, 0)], dlts[rows, np.maximum(last - 1, 0)]
    six_needed = np.where(last == top, rule.confirm_top_6, rule.deescalate_to_fill_6)
    tested = ((n_last >= 6) & (y_last <= 1)) | ((n_last >= 3) & (y_last == 0) & ~six_needed.astype(bool))
    chosen: Counts = np.where((last >= 1) & tested, last, 0)
    return chosen
