"""Blood counts that fall after lymphodepletion and return, immunoglobulins that fall with the B cells, inflammation.

Events of low counts are read off the very values: onset and end are days of samples, grades those of CTCAE 5.0.
"""

from __future__ import annotations

import numpy as np

from trialwright.population.synthetic.events import GIVEN, Bools, Events, Floats, Ints, emit
from trialwright.population.synthetic.labs import record
from trialwright.population.synthetic.treated_kinetics import Cells, Samples
from trialwright.population.synthetic.treated_subjects import Subjects
from trialwright.population.synthetic.treated_toxicity import NEVER_ENDS, Harm, Syndromes, events
from trialwright.population.synthetic.treatment import VEIN

COUNTS = ("wbc", "neutrophils", "lymphocytes", "platelets", "hemoglobin")
RUNGS: dict[str, tuple[str, tuple[float, ...]]] = {
    "neutropenia": ("neutrophils", (1.5, 1.0, 0.5)),
    "lymphopenia": ("lymphocytes", (0.8, 0.5, 0.2)),
    "thrombocytopenia": ("platelets", (75.0, 50.0, 25.0)),
    "anemia": ("hemoglobin", (10.0, 8.0, 6.5)),
}
"""Below which value a count has CTCAE grade 2, 3, 4.  CTCAE has no number for anemia of grade
4; 6.5 g/dL stands for it."""


def draw_counts(
    rng: np.random.Generator, subjects: Subjects, samples: Samples, low_white: Bools, low_platelets: Bools
) -> dict[str, Floats]:
    """Counts at screening, baseline and every sample (days x people).

    `low_white` and `low_platelets` (the same shape) tell when lupus itself keeps leukocytes below 3.0 and platelets
    below 100 10*9/L.
    """
    n = len(subjects)
    t = np.vstack([np.full((2, n), -20.0), samples.time])
    noise = {name: np.exp(0.07 * rng.standard_normal(t.shape)) for name in COUNTS}
    usual, ill = np.clip(6.0 * np.exp(0.2 * rng.standard_normal(n)), 3.6, 11), rng.uniform(1.9, 2.8, n)
    share = np.clip(rng.normal(0.66, 0.06, n), 0.45, 0.8)
    white = np.where(low_white, ill, usual)
    deepest = np.clip(0.2 * np.exp(0.6 * rng.standard_normal(n)), 0.02, 0.9)
    neutrophils = white * share * _dip(t, rng.normal(8, 1.5, n), 6.0, deepest) * noise["neutrophils"]
    fewest = rng.uniform(0.05, 0.25, n)
    lymphocytes = white * (0.94 - share) * _dip(t, rng.uniform(0, 2, n), 12.0, fewest) * noise["lymphocytes"]
    total = neutrophils + lymphocytes + white * 0.06
    total = np.where(low_white, np.minimum(total, 2.9), np.where(t < -5, np.maximum(total, 3.0), total))
    platelets = np.where(low_platelets, rng.uniform(55, 90, n), np.clip(rng.normal(235, 50, n), 125, 420))
    lowest = np.clip(rng.normal(0.55, 0.2, n), 0.08, 1)
    platelets = platelets * _dip(t, rng.normal(12, 2, n), 8.0, lowest) * noise["platelets"]
    anemic = _dip(t, rng.normal(12, 2, n), 12.0, rng.uniform(0.72, 0.95, n))
    hemoglobin = np.clip(rng.normal(12.2, 1.1, n), 9.2, 16) * anemic * (1 + 0.4 * (noise["hemoglobin"] - 1))
    return {
        "wbc": total,
        "neutrophils": neutrophils,
        "lymphocytes": lymphocytes,
        "platelets": np.where(low_platelets, np.minimum(platelets, 99), platelets),
        "hemoglobin": hemoglobin,
    }


def _dip(t: Floats, lowest: Floats, width: float, depth: Floats) -> Floats:
    """1 before lymphodepletion, `depth` on the day `lowest`, and back with a scale of `width` days."""
    fall = np.clip((t + 5) / (lowest + 5), 0, 1)
    after = np.exp(-np.maximum(t - lowest, 0) / width)
    return np.asarray(1 - (1 - depth) * fall * after)


def count_records(subjects: Subjects, samples: Samples, counts: dict[str, Floats]) -> list[Events]:
    """Counts as the laboratory writes them."""
    made = []
    days = np.vstack([subjects.screened, subjects.baseline, samples.day])
    taken = np.vstack([np.ones((2, len(subjects)), bool), samples.taken & subjects.treated])
    for name, values in counts.items():
        for i in range(len(days)):
            made.append(record(name, subjects.people, days[i], values[i], taken[i]))
    return made


def low_counts(subjects: Subjects, samples: Samples, counts: dict[str, Floats]) -> list[Harm]:
    """Counts that fell to a worse grade (2 or more) than at baseline: each time from the first such sample to the
    first that is back, at the worst grade between; open where none is."""
    made = []
    taken = samples.taken & subjects.treated & (samples.day <= subjects.until) & (samples.day <= subjects.people.at)
    for term, (name, limits) in RUNGS.items():
        decimals = {"platelets": 0, "hemoglobin": 1}.get(name, 2)
        grade = 1 + (np.round(counts[name], decimals) < np.array(limits)[:, None, None]).sum(axis=0)
        before = grade[1]
        worse = (grade[2:] > np.maximum(before, 1)) & taken
        order = np.arange(len(worse))[:, None]
        left = worse
        while left.any():
            first = np.argmax(left, axis=0)
            back = taken & ~worse & (order > first)
            last = np.where(back.any(axis=0), np.argmax(back, axis=0), len(worse))
            rows = np.flatnonzero(left.any(axis=0))
            start = samples.day[first, np.arange(len(first))]
            end = samples.day[np.minimum(last, len(worse) - 1), np.arange(len(first))]
            days = np.where(last < len(worse), end - start, NEVER_ENDS)
            worst = np.where(left & (order < last), grade[2:], 0).max(axis=0)
            after = samples.time[first, np.arange(len(first))][rows] > 0
            made.append(events(term, rows, start[rows], days[rows], worst[rows], False, after, False))
            left = left & (order >= last)
    return made


def draw_immunoglobulins(
    rng: np.random.Generator, subjects: Subjects, cells: Cells, time: Floats, deep: bool
) -> dict[str, Floats]:
    """IgG, IgA, IgM in mg/dL at times after infusion (days x people): they fall while B cells are away, then return.

    `deep` is for a product that also takes plasma cells (BCMA).
    """
    n = len(subjects)
    made = {}
    for name, center, sd, half_life, (least, most) in (
        ("igg", 1200.0, 0.25, 25.0, (0.25, 0.60)),
        ("iga", 230.0, 0.4, 6.0, (0.3, 0.7)),
        ("igm", 100.0, 0.45, 6.0, (0.4, 0.8)),
    ):
        lost = rng.uniform(least, most, n) + (0.25 if deep else 0.0)
        fallen = lost * -np.expm1(-np.maximum(np.minimum(time, cells.back + 30), 0) / half_life * np.log(2))
        again = np.exp(-np.maximum(time - cells.back - 30, 0) / 90)
        base = center * np.exp(sd * rng.standard_normal(n))
        made[name] = base * (1 - np.minimum(fallen, 0.95) * again) * np.exp(0.05 * rng.standard_normal(time.shape))
    return made


def low_immunoglobulin(subjects: Subjects, days: Ints, made: Bools, igg: Floats) -> tuple[list[Harm], list[Events]]:
    """IgG below 500 mg/dL is an event of grade 2 from that visit on; below 400, immunoglobulin 0.4 g/kg is given."""
    low = (np.round(igg) < 500) & made
    first = np.argmax(low, axis=0)
    rows = np.flatnonzero(low.any(axis=0))
    start = days[first, np.arange(len(first))][rows]
    open_ = np.full(len(rows), NEVER_ENDS)
    harm = events("acquired_hypogammaglobulinemia", rows, start, open_, np.full(len(rows), 2), False, True, False)
    visit, row = np.nonzero((np.round(igg) < 400) & made)
    day = days[visit, row]
    dose = np.round(subjects.people.weight[row] * 400, -3)
    given = emit(
        "intravenous_immunoglobulin", subjects.person[row], day, end=day, value=dose, pattern=GIVEN, route=VEIN
    )
    return [harm], [given]


def inflammation(rng: np.random.Generator, subjects: Subjects, samples: Samples, found: Syndromes) -> list[Events]:
    """CRP, ferritin and interleukin 6 to day 28: they rise with CRS, by its grade."""
    n = len(subjects)
    early = samples.nominal <= 28
    t, day = samples.time[early], samples.day[early]
    keep = (samples.taken & subjects.treated)[early]
    bump = np.where(found.crs > 0, np.exp(-(((t - found.crs_from - 1.5) / 3.0) ** 2)), 0.0)
    made = []
    for name, center, sd, rise in (("crp", 3.0, 0.7, 1.5), ("ferritin", 180.0, 0.6, 1.0), ("il_6", 6.0, 0.6, 1.6)):
        base = center * np.exp(sd * rng.standard_normal(n))
        values = base * np.exp(bump * rise * (0.7 + found.crs) + 0.15 * rng.standard_normal(t.shape))
        for i in range(len(t)):
            if name == "il_6":
                rows = np.flatnonzero(keep[i])
                shown = np.round(values[i, rows], 1)
                made.append(emit(name, subjects.person[rows], day[i, rows], value=shown, high=7.0))
            else:
                made.append(record(name, subjects.people, day[i], values[i], keep[i]))
    return made
