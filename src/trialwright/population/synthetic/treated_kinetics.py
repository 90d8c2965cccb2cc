"""Cells and B cells in blood: Stein's expansion, contraction and persistence, and B cells that vanish and return.

stein      C = R0 exp(rho t) to Tmax, rho = ln(foldx) / Tmax, R0 = Cmax / foldx; then
           Cmax [(1 - FB) exp(-alpha (t - Tmax)) + FB exp(-beta (t - Tmax))]   (doi 10.1002/psp4.12388)

The law that these equal the models of `trialwright.analysis.kinetics` is a test; this package may not import that one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialwright.population.synthetic.events import BELOW, NONE, Bools, Events, Floats, Ints, emit
from trialwright.population.synthetic.labs import LABS
from trialwright.population.synthetic.treated_plan import Plan
from trialwright.population.synthetic.treated_settings import BCells, Kinetics, Settings
from trialwright.population.synthetic.treated_subjects import Subjects

DAY = 1440


@dataclass(frozen=True, slots=True)
class Cells:
    """True parameters of each participant (natural scale), cells per uL for each copy per ug, and their B cells:
    `before`, the day after infusion on which killing begins, that on which they are back at 1/uL, and the doubling."""

    foldx: Floats
    tmax: Floats
    cmax: Floats
    alpha: Floats
    fb: Floats
    beta: Floats
    per_copy: Floats
    before: Floats
    killed_from: Floats
    back: Floats
    doubling: Floats

    def copies(self, t: Floats) -> Floats:
        """True copies/ug at days `t` after infusion (any x people); none before it."""
        tau = np.maximum(t - self.tmax, 0)
        falling = (1 - self.fb) * np.exp(-self.alpha * tau) + self.fb * np.exp(-self.beta * tau)
        rising = self.foldx ** (np.minimum(t / self.tmax, 1) - 1)
        return np.asarray(np.where(t < 0, 0.0, self.cmax * rising * falling))

    def area(self, end: float) -> Floats:
        """True AUC from infusion to day `end`, copies/ug x day, in closed form."""
        rho = np.log(self.foldx) / self.tmax
        up, tau = np.minimum(end, self.tmax), np.maximum(end - self.tmax, 0)
        rising = self.cmax / self.foldx * np.expm1(rho * up) / rho
        fast = (1 - self.fb) * -np.expm1(-self.alpha * tau) / self.alpha
        slow = self.fb * -np.expm1(-self.beta * tau) / self.beta
        return np.asarray(rising + self.cmax * (fast + slow))

    def b_cells(self, t: Floats, law: BCells) -> Floats:
        """True CD19+ cells per uL at days `t` after infusion."""
        thinned = np.where(t < -5, 1.0, np.where(t < -2, 0.6, law.after_lymphodepletion))
        killed = np.exp(-law.kill_per_day * np.maximum(t - self.killed_from, 0))
        returned = np.exp2(np.clip((t - self.back) / self.doubling, -60, 60))
        return np.asarray(np.where(t < self.back, self.before * thinned * killed, np.minimum(returned, self.before)))


def draw_cells(rng: np.random.Generator, subjects: Subjects, settings: Settings) -> Cells:
    """Random effects are independent and log-normal; Cmax depends on the planned dose."""
    law, b, n = settings.kinetics, settings.b_cells, len(subjects)
    typical = np.log([law.foldx, law.tmax, law.cmax, law.alpha, law.fb, law.beta])
    theta = typical[:, None] + np.sqrt(law.variances)[:, None] * rng.standard_normal((6, n))
    theta[2] += law.dose_power * np.log(subjects.planned / law.reference_dose)
    theta[4] = np.minimum(theta[4], 0.0)
    away = np.maximum(b.aplasia_days + b.aplasia_sd * rng.standard_normal(n), b.shortest_aplasia)
    foldx, tmax, cmax, alpha, fb, beta = np.exp(theta)
    return Cells(
        foldx=foldx,
        tmax=tmax,
        cmax=cmax,
        alpha=alpha,
        fb=fb,
        beta=beta,
        per_copy=law.cells_per_copy * np.exp(law.cells_per_copy_sd * rng.standard_normal(n)),
        before=b.before * np.exp(b.before_sd * rng.standard_normal(n)),
        killed_from=rng.uniform(2, 6, n),
        back=away,
        doubling=b.doubling_days * np.exp(b.doubling_sd * rng.standard_normal(n)),
    )


@dataclass(frozen=True, slots=True)
class Samples:
    """Blood samples (samples x people): nominal day, day and clock time of the draw, days after infusion, taken."""

    nominal: Ints
    day: Ints
    minute: Ints
    time: Floats
    taken: Bools


def draw_samples(rng: np.random.Generator, plan: Plan, subjects: Subjects, law: Kinetics, missed: float) -> Samples:
    """The kinetic days and the protocol's later visits, one a day; day 0 is before the infusion, others at morning."""
    anchored = np.array(plan.visit_anchor) == "infusion"
    later = sorted(set(law.sample_days) | {int(d) for d in plan.visit_day[anchored] if d > 0})
    n, rows = len(subjects), len(later)
    nominal = np.array(later)
    jitter = np.array([0 if d <= 14 else 1 if d <= 42 else 3 for d in later])
    day = subjects.infusion + nominal[:, None] + (rng.integers(-100, 101, (rows, n)) * jitter[:, None]) // 101
    taken = (nominal[:, None] <= 1) | (rng.random((rows, n)) >= missed)
    for i, d in enumerate(later):
        for j in np.flatnonzero(anchored & (plan.visit_day == d)):
            if d > 0:
                day[i], taken[i] = subjects.visits[j], subjects.made[j]
    last = np.full(n, -1)
    for i in range(rows):  # a visit moved onto the day of the next sample takes its place
        taken[i] &= day[i] > last
        last = np.where(taken[i], day[i], last)
    minute = rng.integers(7 * 60, 10 * 60 + 30, (rows, n))
    minute[nominal == 0] = subjects.minute - rng.integers(30, 120, n)
    time = day - subjects.infusion + (minute - subjects.minute) / DAY
    return Samples(nominal, day, minute, time, taken)


def cell_records(
    rng: np.random.Generator, subjects: Subjects, cells: Cells, samples: Samples, settings: Settings
) -> list[Events]:
    """Transgene copies, CAR+ cells and B cells as the laboratory reports them; before treatment B cells twice."""
    law, b = settings.kinetics, settings.b_cells
    shape = samples.day.shape
    copies = cells.copies(samples.time)
    made = [
        _measured("car_t_transgene_copies", subjects, samples, copies * _error(rng, law.assay, shape), law.lloq, 0),
        _measured(
            "car_t_cells", subjects, samples, copies * cells.per_copy * _error(rng, law.assay, shape), law.cells_lloq, 1
        ),
        _measured(
            "cd19_b_cells", subjects, samples, cells.b_cells(samples.time, b) * _error(rng, b.assay, shape), b.lloq, 1
        ),
    ]
    for day in (subjects.screened, subjects.baseline):
        value = np.maximum(cells.before * _error(rng, b.assay, (len(subjects),)), b.lloq)
        made.append(
            emit("cd19_b_cells", subjects.person, day, value=np.round(value, 1), low=_B.low, high=_B.high, minute=480)
        )
    return made


_B = LABS["cd19_b_cells"]


def _error(rng: np.random.Generator, sd: float, shape: tuple[int, ...]) -> Floats:
    return np.exp(sd * rng.standard_normal(shape))


def _measured(name: str, subjects: Subjects, samples: Samples, values: Floats, lloq: float, decimals: int) -> Events:
    """Results of all samples taken; below the limit of quantification "<" and the limit."""
    sample, row = np.nonzero(samples.taken & subjects.treated)
    value = values[sample, row]
    hidden = value < lloq
    limits = {"low": _B.low, "high": _B.high} if name == "cd19_b_cells" else {}
    return emit(
        name, subjects.person[row], samples.day[sample, row], minute=samples.minute[sample, row],
        value=np.where(hidden, lloq, np.round(value, decimals)), comparator=np.where(hidden, BELOW, NONE), **limits,
    )  # fmt: skip
