"""The rolling six design: two to six participants at a time, without waiting for each group of three."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int_]
WAIT = -1


@dataclass(frozen=True, slots=True)
class RollingSix:
    """Rolling six.  Source: Skolnik, Barrett, Jayaraman, Patel and Adamson 2008, J Clin Oncol 26:190, table 1.

    `window_days` is the time until a participant without a DLT counts as evaluated.
    """

    window_days: float = 28.0


def next_dose_rolling(n: Counts, dlts: Counts, pending: Counts, dose: Counts, top: int) -> Counts:
    """Dose of the next participant to arrive; 0 where the trial ends and WAIT where accrual is suspended.

    `n`, `dlts` and `pending` are [rows, doses].  Two DLTs close a dose.  A dose is left upwards when 3 of 3, 4 of 4
    or 5 of 5 are evaluated without a DLT, or among six at most one has a DLT even if all pending ones had it.
    """
    rows = np.arange(dose.size)
    toxic = dlts >= 2
    limit = np.where(toxic.any(axis=1), toxic.argmax(axis=1) + 1, n.shape[1] + 1)
    at = np.where(dlts[rows, dose - 1] >= 2, dose - 1, dose)
    here = np.maximum(at, 1) - 1
    m, y, c = n[rows, here], dlts[rows, here], pending[rows, here]
    cleared = ((m >= 6) & (y + c <= 1)) | ((m >= 3) & (y == 0) & (c == 0))
    highest = (at >= top) | (at + 1 == limit)
    full = m >= 6
    answer = np.where(
        cleared & ~highest,
        at + 1,
        np.where(full & highest & (c == 0), 0, np.where(full, WAIT, at)),
    )
    result: Counts = np.where(at < 1, 0, answer)
    return result


def select_rolling(n: Counts, dlts: Counts, top: int) -> Counts:
    """MTD from complete data: the dose below the lowest with two DLTs, if six were treated with at most one DLT."""
    toxic = dlts >= 2
    last = np.minimum(np.where(toxic.any(axis=1), toxic.argmax(axis=1), n.shape[1]), top)
    rows = np.arange(n.shape[0])
    chosen: Counts = np.where((last >= 1) & (n[rows, np.maximum(last - 1, 0)] >= 6), last, 0)
    return chosen
