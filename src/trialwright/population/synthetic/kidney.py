"""Kidney biopsies of people with lupus nephritis: class (III+V is two), activity and chronicity index and their parts.

Shares rounded from biopsy series (class III or IV, with or without V, in two thirds to three quarters; pure V in
a sixth).  The activity index (0 to 24, necrosis and crescents twice) and the chronicity index (0 to 12) follow
Bajema 2018, doi 10.1016/j.kint.2017.11.023.
"""

from __future__ import annotations

import numpy as np

from trialwright.population.synthetic.events import OPEN, Bools, Events, Ints, emit
from trialwright.population.synthetic.lupus_state import FULL, Lupus

CLASSES = np.array([0b000001, 0b000010, 0b000100, 0b001000, 0b010000, 0b010100, 0b011000, 0b100000])
CLASS_SHARES = (0.02, 0.08, 0.19, 0.34, 0.17, 0.09, 0.09, 0.02)
"""I, II, III, IV, V, III+V, IV+V, VI as bits of the concept's categories."""
PROLIFERATIVE = 0b001100
_ACTIVITY = (
    ("endocapillary_hypercellularity", 1), ("neutrophils_karyorrhexis", 1), ("fibrinoid_necrosis", 2),
    ("hyaline_deposits", 1),
    ("cellular_crescents", 2), ("interstitial_inflammation", 1),
)  # fmt: skip
_CHRONICITY = ("total_glomerulosclerosis", "fibrous_crescents", "tubular_atrophy", "interstitial_fibrosis")
_WHO = ("i", "ii", "iii", "iv", "v", "vi")


def biopsies(rng: np.random.Generator, lupus: Lupus) -> tuple[list[Events], Ints]:
    """A first biopsy in the past, and a new one within half a year in 60 % of those with active nephritis."""
    n, people = len(lupus), lupus.people
    first = np.where(lupus.nephritis & (rng.random(n) < 0.8), rng.choice(CLASSES, n, p=CLASS_SHARES), 0)
    proliferating = rng.choice(CLASSES[[2, 3, 5, 6]], n, p=(0.3, 0.42, 0.14, 0.14))
    again = np.where(rng.random(n) < 0.72, proliferating, rng.choice(CLASSES, n, p=CLASS_SHARES))
    recent = lupus.active_nephritis & (rng.random(n) < np.where(lupus.work == FULL, 0.82, 0.4))
    past = (first > 0) & (lupus.duration > 300)
    old = people.at - np.maximum((lupus.duration * rng.uniform(0.35, 0.95, n)).astype(np.int32), 200)
    new = people.at - rng.integers(8, 178, n)
    made = _biopsy(rng, lupus, past, old, first, 0.35, 0.25)
    made += _biopsy(rng, lupus, recent, new, again, 0.9, 0.45)
    return made, np.where(recent, again | np.where(past, first, 0), np.where(past, first, 0))


def _biopsy(
    rng: np.random.Generator, lupus: Lupus, done: Bools, day: Ints, bits: Ints, graded: float, parts: float
) -> list[Events]:
    rows = np.flatnonzero(done)
    person, day, bits, m = lupus.people.person[rows], day[rows], bits[rows], len(rows)
    hot = (bits & PROLIFERATIVE) > 0
    lived = lupus.duration[rows] / 365.25
    activity = {name: np.minimum(rng.poisson(np.where(hot, 0.95, 0.12)), 3) for name, _ in _ACTIVITY}
    scars = {name: np.minimum(rng.poisson(0.25 + 0.05 * np.minimum(lived, 15)), 3) for name in _CHRONICITY}
    index = np.sum([activity[name] * weight for name, weight in _ACTIVITY], axis=0, dtype=float) if m else np.zeros(0)
    chronic = np.sum(list(scars.values()), axis=0, dtype=float) if m else np.zeros(0)
    told = rng.random(m) < 0.94
    scored = rng.random(m) < graded
    listed = scored & (rng.random(m) < parts)
    made = [
        emit("renal_biopsy", person, day),
        emit("lupus_nephritis_class", person[told], day[told], cats=bits[told]),
        emit("nephritis_activity_index", person[scored], day[scored], value=index[scored]),
        emit("nephritis_chronicity_index", person[scored], day[scored], value=chronic[scored]),
    ]
    for name, value in (activity | scars).items():
        made.append(emit(f"biopsy_{name}", person[listed], day[listed], value=value[listed].astype(float)))
    for i, name in enumerate(_WHO):
        coded = (bits == 1 << i) & (rng.random(m) < 0.2)
        made.append(emit(f"lupus_nephritis_who_{name}", person[coded], day[coded], end=OPEN))
    return made
