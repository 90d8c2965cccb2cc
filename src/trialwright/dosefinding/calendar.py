"""The calendar of a cell-therapy escalation, for many simulated trials at once.

One clock carries consent, manufacturing, the sentinel and stagger intervals, the DLT window, replacement, backfill
and the decision, because each delays the next.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialwright.dosefinding.checks import DoseInputError
from trialwright.dosefinding.design import Design

Values = NDArray[np.float64]
Ints = NDArray[np.int_]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What takes time, and what can go wrong before an outcome is known.

    `accrual_days` is the mean time between participants, exponential ("poisson"), constant ("fixed") or uniform on
    0 to twice the mean.  Cells are ready `lag_days` (uniform between two numbers) after leukapheresis; with
    probability `failure` manufacturing fails and the next participant takes the slot.  With `ahead` participants
    undergo leukapheresis before their slot opens and wait for it; otherwise only when it is open.

    `below_target` is per dose the probability that the infused dose falls into the level below; `attribution` counts
    such a participant as-infused, as-planned, or (cautious) as infused without a DLT and as planned with one.
    `unevaluable` is the probability of leaving without a DLT before the window ends.  DLT times are uniform over the
    window or `late` (density rising linearly).  `curtail` closes a cohort as soon as its DLTs call for de-escalation
    whatever follows.
    """

    window_days: float = 28.0
    accrual_days: float = 14.0
    arrival: str = "poisson"
    lag_days: tuple[float, float] = (0.0, 0.0)
    failure: float = 0.0
    ahead: bool = False
    below_target: tuple[float, ...] = (0.0,)
    attribution: str = "cautious"
    unevaluable: float = 0.0
    dlt_times: str = "uniform"
    curtail: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.window_days < 100_000 or not 0 <= self.accrual_days < 100_000:
            raise DoseInputError("the DLT window must be above 0 days and the accrual interval 0 or more.")
        if not 0 <= self.lag_days[0] <= self.lag_days[1] < 100_000:
            raise DoseInputError("the manufacturing lag is two numbers of days, the shorter first, 0 or more.")
        for name, p in (("manufacturing failure", self.failure), ("leaving early", self.unevaluable)):
            if not 0 <= p < 1:
                raise DoseInputError(f"the probability of {name} is {p:g}; give one from 0 to below 1.")
        if any(not 0 <= p <= 1 for p in self.below_target):
            raise DoseInputError("the probability of an infusion below target lies between 0 and 1.")
        for word, known in (
            (self.arrival, ("poisson", "fixed", "uniform")),
            (self.attribution, ("cautious", "as-infused", "as-planned")),
            (self.dlt_times, ("uniform", "late")),
        ):
            if word not in known:
                raise DoseInputError(f"{word!r} is not known here; use {' or '.join(known)}.")


@dataclass
class Course:
    """The simulated participants of `trials` trials, in columns by order of infusion; a record being written.

    `planned`, `given` and `counted` are doses (0: no participant), `tox` the day of the DLT (inf: none), `end`
    the day on which the outcome is known, `lost` marks those who left without a DLT, `group` the cohort (0: backfill).
    """

    entry: Values
    planned: Ints
    given: Ints
    counted: Ints
    tox: Values
    end: Values
    lost: NDArray[np.bool_]
    group: Ints
    size: Ints
    apheresed: Ints
    consent: Values

    @classmethod
    def empty(cls, trials: int, width: int) -> "Course":
        shape = (trials, width)
        return cls(
            np.full(shape, np.inf),
            np.zeros(shape, dtype=np.int64),
            np.zeros(shape, dtype=np.int64),
            np.zeros(shape, dtype=np.int64),
            np.full(shape, np.inf),
            np.full(shape, -np.inf),
            np.zeros(shape, dtype=bool),
            np.zeros(shape, dtype=np.int64),
            np.zeros(trials, dtype=np.int64),
            np.zeros(trials, dtype=np.int64),
            np.zeros(trials),
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known at one moment per trial: evaluated and treated per dose, DLTs, pending and their follow-up."""

    evaluated: Ints
    dlts: Ints
    pending: Ints
    followed: Values

    @property
    def treated(self) -> Ints:
        return self.evaluated + self.pending


def look(course: Course, rows: Ints, now: Values, doses: int, window_days: float) -> Snapshot:
    """The data of trials `rows` as they stand at `now` (one time per row)."""
    width = int(course.size[rows].max(initial=0))
    time = now[:, None]
    entry, tox, end, lost, counted = (
        pick(values, rows, width) for values in (course.entry, course.tox, course.end, course.lost, course.counted)
    )
    waits = (end > time) & (entry <= time)
    done = (end <= time) & ~lost
    share = np.where(waits, np.minimum((time - entry) / window_days, 1.0), 0.0)
    # three counts travel in one sum, since none of them reaches a thousand
    cell = (np.arange(rows.size)[:, None] * (doses + 1) + counted).ravel()
    size = rows.size * (doses + 1)
    packed = (done + 1_000.0 * (tox <= time) + 1_000_000.0 * waits).ravel()
    total = np.bincount(cell, packed, size).astype(np.int64).reshape(rows.size, doses + 1)[:, 1:]
    followed: Values = np.bincount(cell, share.ravel(), size).astype(float).reshape(rows.size, doses + 1)[:, 1:]
    return Snapshot(total % 1_000, total // 1_000 % 1_000, total // 1_000_000, followed)


def pick(values: NDArray[Any], rows: Ints, width: int) -> NDArray[Any]:
    """The first columns of some trials, without a copy where these are all of them."""
    return values[:, :width] if rows.size == values.shape[0] else values[rows, :width]


def next_known(course: Course, rows: Ints, now: Values) -> Values:
    """When the next outcome of each trial becomes known after `now`; inf where none is open."""
    width = int(course.size[rows].max(initial=0))
    end = course.end[rows, :width]
    return np.asarray(np.where(end > now[:, None], end, np.inf).min(axis=1, initial=np.inf))


def all_known(course: Course, rows: Ints) -> Values:
    """When every outcome so far is known."""
    width = int(course.size[rows].max(initial=0))
    return np.asarray(course.end[rows, :width].max(axis=1, initial=0.0))


def arrive(course: Course, rows: Ints, opened: Values, line: Timeline, rng: np.random.Generator) -> Values:
    """Day on which the cells of the next participant are ready; counts those whose manufacturing failed."""
    attempts = rng.geometric(1 - line.failure, rows.size) if line.failure else np.ones(rows.size, dtype=np.int64)
    begin = course.consent[rows] if line.ahead else np.maximum(course.consent[rows], opened)
    course.consent[rows] = begin + gaps(line, attempts, rng)
    course.apheresed[rows] += attempts
    low, high = line.lag_days
    return np.asarray(course.consent[rows] + low + (high - low) * (rng.random(rows.size) if high > low else 0.0))


def gaps(line: Timeline, count: Ints, rng: np.random.Generator) -> Values:
    """Sum of `count` intervals between participants."""
    match line.arrival:
        case "poisson":
            return np.asarray(rng.standard_gamma(count) * line.accrual_days)
        case "fixed":
            return np.asarray(count * line.accrual_days)
    most = int(count.max(initial=1))
    draws = rng.random((count.size, most)) * (np.arange(most) < count[:, None])
    return np.asarray(2 * line.accrual_days * draws.sum(axis=1))


def infuse(
    course: Course,
    rows: Ints,
    now: Values,
    planned: Ints,
    group: Ints,
    truth: Values,
    line: Timeline,
    rng: np.random.Generator,
) -> None:
    """Treat one participant in each of the trials `rows` and draw the outcome from the dose infused."""
    at = course.size[rows]
    below = np.array(line.below_target)
    given = planned
    if below.any():
        risk = below[planned - 1] if below.size > 1 else np.full(rows.size, below[0])
        short = (rng.random(rows.size) < risk) & (planned > 1)
        given = np.where(short, planned - 1, planned)
    toxic = rng.random(rows.size) < truth[given - 1]
    when = rng.random(rows.size)
    when = np.sqrt(when) if line.dlt_times == "late" else when
    tox = np.where(toxic, now + when * line.window_days, np.inf)
    end = np.minimum(tox, now + line.window_days)
    if line.unevaluable:
        lost = ~toxic & (rng.random(rows.size) < line.unevaluable)
        course.lost[rows, at] = lost
        end = np.where(lost, now + rng.random(rows.size) * line.window_days, end)
    course.entry[rows, at] = now
    course.given[rows, at] = given
    match line.attribution:
        case "as-infused":
            counted = given
        case "as-planned":
            counted = planned
        case _:
            counted = np.where(toxic, planned, given)
    course.counted[rows, at] = counted
    course.tox[rows, at] = tox
    course.end[rows, at] = end
    course.group[rows, at] = group
    course.planned[rows, at] = planned
    course.size[rows] += 1


def per_dose(values: tuple[float, ...], dose: Ints) -> Values:
    """Value of each trial's dose where one number or one per dose is given."""
    table = np.array(values)
    return table[dose - 1] if table.size > 1 else np.full(dose.size, table[0])


def widest(design: Design, line: Timeline) -> int:
    """Columns enough for every participant, those who are replaced included."""
    return design.limit if line.unevaluable == 0 else int(np.ceil(design.limit * (1 + 4 * line.unevaluable))) + 10
