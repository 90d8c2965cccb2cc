"""What a trial does to its participants, as recorded: consent, dose, apheresis, lymphodepletion, infusion, visits, end.

And the glucocorticoid, which is tapered from day 14 on in those who respond.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialwright.population.synthetic.events import GIVEN, OPEN, TWICE, Bools, Events, Floats, Ints, emit
from trialwright.population.synthetic.lupus_scores import ABSENT, PRESENT
from trialwright.population.synthetic.people import LUPUS
from trialwright.population.synthetic.terms import bit
from trialwright.population.synthetic.treated_plan import Plan
from trialwright.population.synthetic.treated_subjects import LYMPHODEPLETION, NEVER, Subjects
from trialwright.population.synthetic.treatment import ORAL, VEIN

FLUDARABINE, CYCLOPHOSPHAMIDE = 25.0, 250.0
"""mg/m2 on each of three days."""
STEPS = (14, 28, 56, 84)
"""Days after infusion on which the glucocorticoid is lowered."""


@dataclass(frozen=True, slots=True)
class Taper:
    """Prednisone in mg/day before day 14 and from each step on (steps + 1 x people), and since when it is taken."""

    dose: Floats
    since: Ints

    def at(self, time: Floats) -> Floats:
        """The dose at times after infusion (times x people)."""
        step = np.searchsorted(np.array(STEPS), time, side="right")
        return np.asarray(np.take_along_axis(self.dose, step, axis=0))


def draw_taper(rng: np.random.Generator, subjects: Subjects, responder: Bools, remission: Bools) -> Taper:
    """From 0 to 30 mg: to none in remission, to 5 mg in other responders, else to three quarters; steps of 2.5."""
    n = len(subjects)
    start = rng.choice(np.array([0, 5, 7.5, 10, 15, 20, 30]), n, p=(0.06, 0.10, 0.12, 0.24, 0.22, 0.16, 0.10))
    goal = np.where(remission, 0.0, np.where(responder, np.minimum(start, 5.0), start * 0.75))
    shares = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    dose = np.round((start + (goal - start) * shares[:, None]) / 2.5) * 2.5
    return Taper(dose, subjects.consent - rng.integers(90, 400, n))


def taper_records(subjects: Subjects, taper: Taper) -> list[Events]:
    """One record per dose; the course is known up to the last day of observation."""
    made = []
    last = subjects.until
    starts = [taper.since, *(subjects.infusion + day for day in STEPS)]
    for i, start in enumerate(starts):
        stop = starts[i + 1] - 1 if i + 1 < len(starts) else np.full(len(subjects), OPEN)
        same = np.ones(len(subjects), bool)
        for later in range(i + 1, len(starts)):  # an unchanged dose goes on in the same record
            same = same & (taper.dose[later] == taper.dose[i])
            stop = np.where(same, starts[later + 1] - 1 if later + 1 < len(starts) else OPEN, stop)
        begins = (taper.dose[i] > 0) & ((taper.dose[i] != taper.dose[i - 1]) if i else True) & (start < last)
        rows = np.flatnonzero(begins & (subjects.treated | (i == 0)))
        end = np.minimum(stop, last)[rows]
        made.append(
            emit("prednisone", subjects.person[rows], start[rows], end=end, value=taper.dose[i][rows], route=ORAL)
        )
    return made


def background(rng: np.random.Generator, plan: Plan, subjects: Subjects) -> list[Events]:
    """Hydroxychloroquine in two thirds with lupus, who go on with it; mycophenolate in most, stopped before apheresis
    (before lymphodepletion where there is none)."""
    n, made = len(subjects), []
    since = subjects.consent - rng.integers(120, 1500, n)
    stop = (subjects.apheresis if plan.apheresis else subjects.baseline) - rng.integers(3, 15, n)
    stop = np.maximum(stop, subjects.consent)
    if plan.disease == LUPUS:
        rows = np.flatnonzero(rng.random(n) < 0.67)
        last = subjects.until[rows]
        made.append(emit("hydroxychloroquine", subjects.person[rows], since[rows], end=last, value=400, route=ORAL))
    rows = np.flatnonzero(rng.random(n) < 0.7)
    dose = rng.choice(np.array([1000.0, 1500.0, 2000.0]), n)[rows]
    regimen = {"value": dose, "pattern": TWICE, "route": ORAL}
    return [*made, emit("mycophenolate_mofetil", subjects.person[rows], since[rows], end=stop[rows], **regimen)]


def conduct_records(plan: Plan, subjects: Subjects) -> list[Events]:
    """Everything from birth to the end of study but results and events."""
    people, person, n = subjects.people, subjects.person, len(subjects)
    sex = np.where(people.female, bit("sex", "female"), bit("sex", "male"))
    made = [
        emit("birth", person, people.birth),
        emit("sex", person, people.birth, cats=sex),
        emit("informed_consent", person, subjects.consent, cats=PRESENT),
        emit("weight", person, subjects.screened, value=people.weight),
        emit("height", person, subjects.screened, value=people.height),
        emit("dose_level", person, subjects.assigned, value=subjects.level + 1.0),
        emit("car_t_dose_planned", person, subjects.assigned, value=subjects.planned),
    ]
    by_weight = np.flatnonzero(np.array(plan.per_kg)[subjects.level])
    made.append(
        emit(
            "car_t_dose_planned_per_kg",
            person[by_weight],
            subjects.assigned[by_weight],
            value=plan.dose[subjects.level][by_weight],
        )
    )
    if plan.apheresis:
        made.append(emit("leukapheresis", person, subjects.apheresis))
    rows = np.flatnonzero(subjects.treated)
    for offset in LYMPHODEPLETION:
        day = (subjects.infusion + offset)[rows]
        made.append(emit("lymphodepletion", person[rows], day))
        for name, dose in (("fludarabine", FLUDARABINE), ("cyclophosphamide", CYCLOPHOSPHAMIDE)):
            amount = np.round(dose * subjects.surface[rows])
            made.append(emit(name, person[rows], day, end=day, value=amount, pattern=GIVEN, route=VEIN))
    day, minute = subjects.infusion[rows], subjects.minute[rows]
    made.append(emit("car_t_infusion", person[rows], day, minute=minute))
    made.append(emit("car_t_dose_infused", person[rows], day, minute=minute, value=subjects.infused[rows]))
    return made + _visits(plan, subjects, n) + _ends(subjects)


def _visits(plan: Plan, subjects: Subjects, n: int) -> list[Events]:
    """Visits made, on their day; missed ones on the day that the protocol asked for."""
    made = [emit("study_visit", subjects.person, day, cats=PRESENT) for day in (subjects.screened, subjects.baseline)]
    for i in range(len(plan.visit_ids)):
        for keep, cats in ((subjects.made[i], PRESENT), (~subjects.made[i], ABSENT)):
            rows = np.flatnonzero(keep & subjects.treated)
            made.append(emit("study_visit", subjects.person[rows], subjects.visits[i, rows], cats=cats))
    return made


def _ends(subjects: Subjects) -> list[Events]:
    """Completed with the last visit; withdrew, lost or died on the day of leaving; never infused for another reason."""
    reason = np.where(subjects.lost, bit("study_end", "lost_to_follow_up"), bit("study_end", "withdrew"))
    reason = np.where(subjects.died, bit("study_end", "died"), reason)
    stays = subjects.left >= NEVER
    reason = np.where(stays, bit("study_end", "completed"), reason)
    reason = np.where(subjects.treated, reason, bit("study_end", "other"))
    dead = np.flatnonzero(subjects.died)
    return [
        emit("study_end", subjects.person, subjects.until, cats=reason),
        emit("death", subjects.person[dead], subjects.left[dead]),
    ]
