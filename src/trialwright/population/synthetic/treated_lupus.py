"""Lupus under treatment: activity items that resolve in those who respond, and all that follows from them.

A responder's SLEDAI-2K is at least 4 points below baseline at every assessment after `by_day`, a non-responder's never
is: the chance of response is exactly that of the settings.  An item that a laboratory decides agrees with the values of
the day, except for counts that the treatment itself lowered, which nobody scores as lupus.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from trialwright.population.synthetic.events import OPEN, Bools, Events, Floats, Ints, emit
from trialwright.population.synthetic.labs import ckd_epi, record
from trialwright.population.synthetic.lupus_scores import ABSENT, PRESENT
from trialwright.population.synthetic.lupus_state import AT, HIGH, NAMES, WEIGHTS, item_chances
from trialwright.population.synthetic.terms import bit, catalog
from trialwright.population.synthetic.treated_settings import Response
from trialwright.population.synthetic.treated_subjects import Subjects

LEAST, FALL = 8, 4
"""SLEDAI-2K at baseline at least, and by how many points it falls in a responder at least."""


@dataclass(frozen=True, slots=True)
class Course:
    """Items at baseline (people x 24) and the day after infusion on which each resolves (infinite: never)."""

    items: NDArray[np.bool_]
    resolves: Floats
    responder: Bools
    remission: Bools
    nephritis: Bools

    def present(self, time: Floats) -> NDArray[np.bool_]:
        """Items at times after infusion (times x people x 24)."""
        return np.asarray(self.items & (time[..., None] < self.resolves))

    def total(self, time: Floats) -> Ints:
        """True SLEDAI-2K (times x people)."""
        return np.asarray(self.present(time) @ WEIGHTS)


def draw_course(rng: np.random.Generator, subjects: Subjects, law: Response) -> Course:
    """Baseline of at least 8 points; who responds, and when each item goes."""
    n = len(subjects)
    nephritis = rng.random(n) < 0.5
    kidney = nephritis & (rng.random(n) < 0.7)
    chance = item_chances(np.full(n, HIGH), kidney)
    items = np.zeros((n, len(NAMES)), bool)
    few = np.ones(n, bool)
    while few.any():
        items[few] = rng.random((int(few.sum()), len(NAMES))) < chance[few]
        few = items @ WEIGHTS < LEAST
    responder = (rng.random(n) < law.sle) & subjects.treated
    remission = responder & (rng.random(n) < law.remission)
    when = rng.uniform(10, law.by_day, items.shape)
    order = np.argsort(np.where(items, rng.random(items.shape), 2.0), axis=1)
    points = np.take_along_axis(items * WEIGHTS, order, axis=1)
    before = np.cumsum(points, axis=1) - points
    enough = before < FALL  # the items up to the one that makes the fall large enough
    small = _no_more_than(points, FALL - 1)
    goes = np.where(remission[:, None], True, np.where(responder[:, None], enough, small))
    goes = np.take_along_axis(goes, np.argsort(order, axis=1), axis=1) & items & subjects.treated[:, None]
    return Course(items, np.where(goes, when, np.inf), responder, remission, nephritis)


def _no_more_than(points: Ints, most: int) -> Bools:
    """In order, each item that together with those chosen before stays within `most` points."""
    chosen, spent = np.zeros(points.shape, bool), np.zeros(len(points), np.int64)
    for i in range(points.shape[1]):
        fits = spent + points[:, i] <= most
        chosen[:, i] = fits
        spent += np.where(fits, points[:, i], 0)
    return chosen


def lupus_records(
    rng: np.random.Generator, subjects: Subjects, course: Course, days: Ints, made: Bools, dose: Floats
) -> list[Events]:
    """Diagnoses, scores and laboratory of every assessment made; `dose` is prednisone in mg/day on those days.

    LLDAS is recorded as its components on record have it (the cells do not count as an investigational drug).
    """
    n, time = len(subjects), (days - subjects.infusion).astype(float)
    items, total = course.present(time), course.total(time)
    pga = np.round(np.clip(0.1 + 0.15 * total + 0.15 * rng.standard_normal(total.shape), 0, 3), 1)
    grave = items[..., _major_organs()].any(axis=-1)
    low = (total <= 4) & ~grave & (pga <= 1) & (dose <= 7.5)
    visit, row = np.nonzero(made)
    person, day = subjects.person[row], days[visit, row]
    ill_since = subjects.consent - (365 * np.clip(rng.lognormal(np.log(7), 0.6, n), 0.6, 25)).astype(np.int64)
    ill_since = np.maximum(ill_since, subjects.people.birth + 12 * 365)
    out = [emit("systemic_lupus_erythematosus", subjects.person, ill_since, end=OPEN)]
    rows = np.flatnonzero(course.nephritis)
    out.append(emit("lupus_nephritis", subjects.person[rows], ill_since[rows] + 200, end=OPEN))
    for i, name in enumerate(NAMES):
        cats = np.where(items[visit, row, i], PRESENT, ABSENT)
        out.append(emit(f"sledai_2k_{name}", person, day, cats=cats))
    out.append(emit("sledai_2k_total", person, day, value=total[visit, row]))
    out.append(emit("pga", person, day, value=pga[visit, row]))
    after = made & (time > 0)
    visit, row = np.nonzero(after)
    cats = np.where(low[visit, row], PRESENT, ABSENT)
    out.append(emit("lldas_recorded", subjects.person[row], days[visit, row], cats=cats))
    for name, said in (
        ("gastrointestinal_activity", ABSENT),
        ("new_lupus_feature", ABSENT),
        ("standard_lupus_maintenance", PRESENT),
    ):
        out.append(emit(name, subjects.person[row], days[visit, row], cats=said))
    values = _laboratory(rng, subjects, items)
    for name, value in values.items():
        for i in range(len(days)):
            signs = {}
            if name == "anti_dsdna":
                shown = np.round(value[i]) > 30
                signs = {"cats": np.where(shown, bit(name, "positive"), bit(name, "negative"))}
            out.append(record(name, subjects.people, days[i], value[i], made[i], **signs))
    return out


@cache
def _major_organs() -> list[int]:
    """The items that LLDAS does not tolerate, as the catalog's SLEDAI-2K lists them."""
    return [AT[item] for item in catalog().instruments["sledai_2k"].subscores["major_organ"].items]


def _laboratory(rng: np.random.Generator, subjects: Subjects, items: NDArray[np.bool_]) -> dict[str, Floats]:
    """Each person has levels of their own for when an item is present and when it is not; visits add a little."""
    n, shape = len(subjects), items.shape[:2]

    def has(name: str) -> Bools:
        return np.asarray(items[..., AT[name]])

    def noise(sd: float) -> Floats:
        return np.exp(sd * rng.standard_normal(shape))

    def levels(where: Bools, present: Floats, gone: Floats, sd: float) -> Floats:
        return np.asarray(np.where(where, present, gone) * noise(sd))

    low, dna, leaks = has("low_complement"), has("increased_dna_binding"), has("proteinuria")
    only = rng.random(n)  # both, only C3, only C4
    c3_low, c4_low = low & (only < 0.8), low & ((only < 0.6) | (only >= 0.8))
    c3 = levels(c3_low, np.clip(rng.normal(66, 12, n), 25, 85), np.clip(rng.normal(110, 12, n), 95, 160), 0.05)
    c4 = levels(c4_low, np.clip(rng.normal(6, 2, n), 2, 8), np.clip(rng.normal(20, 5, n), 12, 38), 0.06)
    titre = np.clip(70 * np.exp(0.7 * rng.standard_normal(n)), 36, 900)
    dsdna = levels(dna, titre, np.clip(11 * np.exp(0.4 * rng.standard_normal(n)), 3, 26), 0.12)
    leak = np.clip(2.1 * np.exp(0.6 * rng.standard_normal(n)), 0.65, 9)
    protein = levels(leaks, leak, np.clip(0.16 * np.exp(0.4 * rng.standard_normal(n)), 0.05, 0.4), 0.12)
    protein = np.where(leaks, np.maximum(protein, 0.55), np.minimum(protein, 0.45))
    usual = np.where(subjects.people.female, 0.72, 0.92) * np.exp(0.12 * rng.standard_normal(n))
    worse = np.where(leaks, 1 + 0.25 * rng.random(n), 1.0)
    creatinine = usual * worse * noise(0.04)
    return {
        "c3": np.where(c3_low, np.minimum(c3, 88), np.maximum(c3, 91)),
        "c4": np.where(c4_low, np.minimum(c4, 9), np.maximum(c4, 11)),
        "anti_dsdna": np.where(dna, np.maximum(dsdna, 31), np.minimum(dsdna, 30)),
        "protein_24h": protein,
        "upcr": protein * np.exp(rng.normal(-0.05, 0.08, n)) * noise(0.03),
        "urine_rbc": np.where(has("hematuria"), 6 + rng.exponential(18, shape), rng.integers(0, 5, shape)),
        "urine_wbc": np.where(has("pyuria"), 6 + rng.exponential(12, shape), rng.integers(0, 5, shape)),
        "creatinine": creatinine,
        "egfr": np.stack([ckd_epi(np.round(c, 2), subjects.people) for c in creatinine]),
        "alt": 22 * np.exp(0.35 * rng.standard_normal(n)) * noise(0.2),
        "ast": 22 * np.exp(0.25 * rng.standard_normal(n)) * noise(0.2),
    }
