"""Who is treated and when: participants with their dose level, planned and infused dose, and the days of their course.

Days count from 1970-01-01.  `left` is the day of leaving the trial (far away for who stays), `until` the last day of
observation: that of leaving, or of the last visit.  Nothing is recorded after it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from trialwright.population.synthetic.events import Bools, Floats, Ints
from trialwright.population.synthetic.people import FEMALE_SHARE, LUPUS, People
from trialwright.population.synthetic.treated_plan import Plan, assigned
from trialwright.population.synthetic.treated_settings import Conduct

FIRST = 9_000_000
"""Numbers of treated people begin here, so that they can lie in one store with a screening cohort."""
NEVER = 10_000_000
BEFORE = 7
"""The baseline visit is so many days before infusion: before lymphodepletion."""
LYMPHODEPLETION = (-5, -4, -3)


@dataclass(frozen=True, slots=True)
class Subjects:
    """One row per participant; `minute` is the clock time of the infusion, `visits` are days (visits x people)."""

    people: People
    level: Ints
    planned: Floats
    infused: Floats
    consent: Ints
    screened: Ints
    assigned: Ints
    apheresis: Ints
    infusion: Ints
    minute: Ints
    left: Ints
    until: Ints
    lost: Bools
    died: Bools
    visits: Ints
    made: Bools
    treated: Bools

    def __len__(self) -> int:
        return len(self.people)

    @property
    def person(self) -> Ints:
        return self.people.person

    @property
    def baseline(self) -> Ints:
        """The day of the baseline visit."""
        return np.asarray(self.infusion - BEFORE)

    @property
    def surface(self) -> Floats:
        """Body surface in m2 (Mosteller 1987)."""
        return np.sqrt(self.people.height * self.people.weight / 3600)


def draw_subjects(rng: np.random.Generator, plan: Plan, n: int, at: int, conduct: Conduct) -> Subjects:
    """`n` participants; the last infusion is `conduct.after_last_infusion` days before the extraction `at`."""
    people = _people(rng, plan.disease, n, at)
    gap = min(conduct.days_between, conduct.at_most_days / n)
    since_last = np.concatenate([[0.0], np.cumsum(rng.uniform(0.6, 1.4, n - 1) * gap)])[::-1]
    infusion = (at - conduct.after_last_infusion - since_last).astype(np.int64)
    lead = rng.integers(45, 71, n) if plan.apheresis else rng.integers(18, 31, n)
    consent = infusion - lead
    level = assigned(plan, n, conduct.cohort_size)
    weight = np.where(np.array(plan.per_kg)[level], people.weight, 1.0)
    planned = np.round(plan.dose[level] * weight / 1e5) * 1e5
    left = infusion + np.minimum(
        rng.exponential(365 / max(-np.log1p(-conduct.leave_within_a_year), 1e-12), n), 1e6
    ).astype(np.int64)
    jitter = np.stack([rng.integers(lo, hi + 1, n) for lo, hi in plan.visit_window.tolist()])
    base = np.where(np.array(plan.visit_anchor)[:, None] == "infusion", infusion, infusion + LYMPHODEPLETION[0])
    made = (plan.visit_day[:, None] <= 28) | (rng.random((len(plan.visit_day), n)) >= conduct.missed_visit)
    visits = base + plan.visit_day[:, None] + jitter
    left = np.where(left > visits[plan.last_visit], NEVER, np.maximum(left, infusion + 1))
    return Subjects(
        people=people,
        level=level,
        planned=planned,
        infused=np.round(planned * rng.normal(1, 0.02, n).clip(0.9, 1.1) / 1e5) * 1e5,
        consent=consent,
        screened=consent + rng.integers(1, 4, n),
        assigned=consent + rng.integers(4, 10, n),
        apheresis=infusion - rng.integers(27, 36, n),
        infusion=infusion,
        minute=rng.integers(9 * 60, 15 * 60, n),
        left=left,
        until=np.minimum(left, visits[plan.last_visit]),
        lost=rng.random(n) < conduct.lost_share,
        died=(rng.random(n) < conduct.died_share) & (left < NEVER),
        visits=visits,
        made=made,
        treated=np.ones(n, bool),
    )


def without_infusion(subjects: Subjects, row: int) -> Subjects:
    """The same participants, of whom one leaves between apheresis and lymphodepletion."""
    treated, left = subjects.treated.copy(), subjects.left.copy()
    treated[row], left[row] = False, subjects.baseline[row] + 1
    nobody = subjects.died & treated
    return replace(subjects, treated=treated, left=left, until=np.minimum(subjects.until, left), died=nobody)


def _people(rng: np.random.Generator, disease: int, n: int, at: int) -> People:
    """Adults whom the trials take: 18 to 65 years at consent."""
    female = rng.random(n) < FEMALE_SHARE[disease]
    age = np.clip(rng.normal(36 if disease == LUPUS else 48, 11, n), 20, 67)
    height = np.round(np.where(female, rng.normal(162.5, 6.6, n), rng.normal(176, 7.2, n)), 1)
    weight = np.round(np.clip(24 * np.exp(rng.normal(0, 0.15, n)), 17, 40) * (height / 100) ** 2, 1)
    birth = at - (age * 365.2425).astype(np.int64)
    number = np.arange(FIRST, FIRST + n, dtype=np.int32)
    since = np.full(n, at - 3650)
    return People(number, np.full(n, disease, np.int8), female, age, birth, height, weight, since, at)
