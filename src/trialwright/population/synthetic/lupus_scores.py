"""Activity scores of lupus as a clinic records them: 24 items and totals of SLEDAI-2K and SELENA-SLEDAI, PGA, response.

SELENA counts arthritis only above two joints and proteinuria only when new or risen, so its total is never above that
of SLEDAI-2K here.  A total is the sum of its items wherever all 24 are on record (before any contradiction is added).
"""

from __future__ import annotations

import numpy as np

from trialwright.population.synthetic.events import Events, emit
from trialwright.population.synthetic.lupus_state import (
    AT,
    FULL,
    HIGH,
    MODERATE,
    NAMES,
    SEROLOGY,
    VISITS,
    WEIGHTS,
    Lupus,
)

PRESENT, ABSENT = 1, 2
"""Category bits of every item that is present or absent."""
_WITH_ITEMS = np.array([0.10, 0.45, 0.93])
_WITH_TOTAL = np.array([0.25, 0.70, 0.96])
_WITH_SELENA = np.array([0.05, 0.35, 0.85])


def scores(rng: np.random.Generator, lupus: Lupus) -> list[Events]:
    """Scores of all visits; items of the two latest, totals of all."""
    made = []
    for visit in range(VISITS):
        made += _sledai(rng, lupus, visit)
    return made + _global(rng, lupus)


def _sledai(rng: np.random.Generator, lupus: Lupus, visit: int) -> list[Events]:
    n, people, day = len(lupus), lupus.people, lupus.days[visit]
    items = lupus.items[visit]
    selena = items.copy()
    selena[:, AT["arthritis"]] &= rng.random(n) < 0.85
    selena[:, AT["proteinuria"]] &= rng.random(n) < 0.7
    listed = lupus.seen[visit] & (rng.random(n) < _WITH_ITEMS[lupus.work]) & (visit < 2)
    gaps = listed & (rng.random(n) < 0.12)  # a form that was not filled in to the end
    both = listed & (rng.random(n) < _WITH_SELENA[lupus.work])
    made = []
    for name, form, rows in (("sledai_2k", items, listed), ("selena_sledai", selena, both)):
        for i, item in enumerate(NAMES):
            keep = np.flatnonzero(rows & ~(gaps & (rng.random(n) < 0.2)))
            cats = np.where(form[keep, i], PRESENT, ABSENT)
            made.append(emit(f"{name}_{item}", people.person[keep], day[keep], cats=cats))
    total, selena_total = items @ WEIGHTS, selena @ WEIGHTS
    scored = np.flatnonzero(lupus.seen[visit] & (listed | (rng.random(n) < _WITH_TOTAL[lupus.work])))
    made.append(emit("sledai_2k_total", people.person[scored], day[scored], value=total[scored]))
    scored = np.flatnonzero(both | (lupus.seen[visit] & (rng.random(n) < _WITH_SELENA[lupus.work])))
    made.append(emit("selena_sledai_total", people.person[scored], day[scored], value=selena_total[scored]))
    clinical = selena_total - selena[:, list(SEROLOGY)] @ WEIGHTS[list(SEROLOGY)]
    scored = scored[rng.random(len(scored)) < 0.6]
    return [*made, emit("selena_sledai_clinical", people.person[scored], day[scored], value=clinical[scored])]


def _global(rng: np.random.Generator, lupus: Lupus) -> list[Events]:
    """Physician's global assessment (0 to 3), and what the chart says of activity, response and relapse."""
    n, people, day = len(lupus), lupus.people, lupus.days[0]
    pga = np.round(np.clip(0.25 + 0.17 * lupus.total() + rng.normal(0, 0.3, n), 0, 3), 1)
    active = lupus.state >= MODERATE
    worked = lupus.work == FULL
    made = [emit("pga", *_at(people.person, day, rng.random(n) < np.where(worked, 0.8, 0.3)), value=0.0)]
    rows = np.flatnonzero(np.isin(people.person, made[0].person))
    made[0] = made[0].having(value=pga[rows])
    for name, yes, share in (
        ("disease_activity", active, np.where(worked, 0.75, 0.35)),
        (
            "treatment_non_response",
            active & (rng.random(n) < np.where(lupus.state == HIGH, 0.85, 0.5)),
            np.where(worked, 0.82, 0.15),
        ),
        ("relapse_after_remission", active & (rng.random(n) < 0.5), np.where(worked, 0.6, 0.12)),
        ("active_urinary_sediment", lupus.item("hematuria") | lupus.item("urinary_casts"), np.where(worked, 0.6, 0.2)),
        ("lupus_headache", lupus.item("lupus_headache"), np.where(worked, 0.5, 0.1)),
        ("lupus_crisis", (lupus.state == HIGH) & (rng.random(n) < 0.08), np.where(worked, 0.7, 0.1)),
        ("gastrointestinal_activity", active & (rng.random(n) < 0.04), np.where(worked, 0.5, 0.05)),
    ):
        keep = np.flatnonzero(rng.random(n) < share)
        cats = np.where(yes[keep], PRESENT, ABSENT)
        made.append(emit(name, people.person[keep], day[keep], cats=cats))
    return made


def _at(person: np.ndarray, day: np.ndarray, keep: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return person[keep], day[keep]
