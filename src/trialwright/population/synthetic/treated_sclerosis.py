"""Systemic sclerosis under treatment: skin that softens in those who respond, lungs that hold or fall.

A responder's skin score is at least 5 points and 25 % below baseline at every assessment after `by_day`, a
non-responder's never is: the chance of response is exactly that of the settings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialwright.population.synthetic.events import OPEN, Bools, Events, Floats, Ints, emit
from trialwright.population.synthetic.labs import ckd_epi, record
from trialwright.population.synthetic.treated_settings import Response
from trialwright.population.synthetic.treated_subjects import Subjects

FALL, SHARE = 5, 0.25


@dataclass(frozen=True, slots=True)
class SkinCourse:
    """Skin score at baseline and its final fall; FVC in % of predicted and its final change; who responds."""

    skin: Ints
    fall: Floats
    fvc: Floats
    change: Floats
    size: Floats
    responder: Bools
    by_day: int

    def _done(self, time: Floats) -> Floats:
        """The part of the change that has come about."""
        return np.asarray(np.clip(time / self.by_day, 0, 1))

    def score(self, time: Floats) -> Floats:
        """True skin score (times x people), whole points."""
        return np.asarray(self.skin - np.trunc(self.fall * self._done(time)))

    def percent(self, time: Floats) -> Floats:
        """True FVC in % of predicted."""
        return np.asarray(self.fvc + self.change * self._done(time))


def draw_skin(rng: np.random.Generator, subjects: Subjects, law: Response) -> SkinCourse:
    """Diffuse disease as such trials take it: skin scores of 15 to 45."""
    n, people = len(subjects), subjects.people
    skin = np.clip(np.round(rng.normal(26, 7, n)), 15, 45).astype(np.int64)
    responder = (rng.random(n) < law.ssc) & subjects.treated
    least = np.maximum(FALL, np.ceil(SHARE * skin))
    fall = np.where(responder, least + rng.integers(0, 7, n), rng.integers(-3, FALL, n)) * subjects.treated
    change = np.where(responder, rng.normal(3, 3, n), rng.normal(-2, 3, n)) * subjects.treated
    size = np.where(people.female, 3.15, 4.4) * (people.height / np.where(people.female, 162.5, 176)) ** 2
    size = size - (people.age - 45) * 0.022
    return SkinCourse(
        skin, np.minimum(fall, skin), np.clip(rng.normal(76, 13, n), 48, 115), change, size, responder, law.by_day
    )


def sclerosis_records(
    rng: np.random.Generator, subjects: Subjects, course: SkinCourse, days: Ints, made: Bools
) -> list[Events]:
    """Diagnosis, skin score, lungs and chemistry of every assessment made."""
    n, people, time = len(subjects), subjects.people, (days - subjects.infusion).astype(float)
    since = subjects.consent - (365 * rng.uniform(0.6, 5, n)).astype(np.int64)
    out = [emit("diffuse_systemic_sclerosis", subjects.person, since, end=OPEN)]
    lungs = np.flatnonzero(rng.random(n) < 0.7)
    out.append(emit("interstitial_lung_disease", subjects.person[lungs], since[lungs] + 150, end=OPEN))
    visit, row = np.nonzero(made)
    person, day = subjects.person[row], days[visit, row]
    out.append(emit("mrss", person, day, value=course.score(time)[visit, row]))
    percent = course.percent(time) + rng.normal(0, 1.0, time.shape)
    diffusion = np.clip(rng.normal(62, 14, n), 35, 100) + rng.normal(0, 1.5, time.shape)
    creatinine = np.where(people.female, 0.72, 0.92) * np.exp(
        0.12 * rng.standard_normal(n) + 0.04 * rng.standard_normal(time.shape)
    )
    values = {
        "fvc_percent_predicted": percent,
        "fvc": percent / 100 * course.size,
        "dlco_percent_predicted": diffusion,
        "creatinine": creatinine,
        "egfr": np.stack([ckd_epi(np.round(c, 2), people) for c in creatinine]),
        "alt": 22 * np.exp(0.35 * rng.standard_normal(n) + 0.2 * rng.standard_normal(time.shape)),
        "ast": 22 * np.exp(0.25 * rng.standard_normal(n) + 0.2 * rng.standard_normal(time.shape)),
    }
    for name, value in values.items():
        out += [record(name, people, days[i], value[i], made[i]) for i in range(len(days))]
    return out
