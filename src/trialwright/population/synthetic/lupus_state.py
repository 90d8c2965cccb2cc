"""How active the lupus of each person is, item by item, at each visit; all else about their lupus follows.

Calibrated (rounded) to: baseline SLEDAI-2K means of 10.6 and 12.6 in the CAR-T series (Wang W 2024, doi
10.1136/ard-2024-225785; Wang Y 2025, doi 10.1016/j.jaut.2025.103489) and a range of 8 to 16 (Mackensen 2022, doi
10.1038/s41591-022-02017-5) for the high state; lupus nephritis in 38 % (Hanly 2016, doi 10.1093/rheumatology/kev311).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialwright.population.synthetic.events import Bools, Floats, Ints
from trialwright.population.synthetic.people import People

REMISSION, LOW, MODERATE, HIGH = range(4)
STATE_SHARES = (0.30, 0.27, 0.24, 0.19)
SPARSE, ORDINARY, FULL = range(3)
WORK_SHARES = (0.17, 0.33, 0.50)
"""How much of the work-up is on record: little, what a clinic does, all that a trial's screening asks."""
VISITS = 5

ITEMS: tuple[tuple[str, int, float, float, float, float], ...] = (
    ("seizure", 8, 0, 0, 0.003, 0.015),
    ("psychosis", 8, 0, 0, 0.002, 0.010),
    ("organic_brain_syndrome", 8, 0, 0, 0.002, 0.010),
    ("visual_disturbance", 8, 0, 0, 0.003, 0.012),
    ("cranial_nerve", 8, 0, 0, 0.002, 0.010),
    ("lupus_headache", 8, 0, 0.001, 0.008, 0.03),
    ("cva", 8, 0, 0, 0.001, 0.008),
    ("vasculitis", 8, 0, 0.003, 0.02, 0.09),
    ("arthritis", 4, 0, 0.10, 0.55, 0.70),
    ("myositis", 4, 0, 0, 0.008, 0.03),
    ("urinary_casts", 4, 0, 0, 0, 0.005),
    ("hematuria", 4, 0, 0.01, 0.02, 0.03),
    ("proteinuria", 4, 0, 0, 0, 0),
    ("pyuria", 4, 0, 0.005, 0.01, 0.02),
    ("rash", 2, 0, 0.22, 0.52, 0.66),
    ("alopecia", 2, 0, 0.08, 0.25, 0.38),
    ("mucosal_ulcers", 2, 0, 0.06, 0.20, 0.33),
    ("pleurisy", 2, 0, 0.01, 0.05, 0.12),
    ("pericarditis", 2, 0, 0.004, 0.02, 0.05),
    ("low_complement", 2, 0.16, 0.32, 0.48, 0.66),
    ("increased_dna_binding", 2, 0.18, 0.36, 0.58, 0.74),
    ("fever", 1, 0, 0.005, 0.03, 0.10),
    ("thrombocytopenia", 1, 0.005, 0.015, 0.05, 0.09),
    ("leukopenia", 1, 0.02, 0.05, 0.11, 0.17),
)
"""Item, weight (sledai_2k), and how often it is present in remission, low, moderate and high activity."""
NAMES = tuple(item[0] for item in ITEMS)
WEIGHTS = np.array([item[1] for item in ITEMS])
AT = {name: i for i, name in enumerate(NAMES)}
SEROLOGY = (AT["low_complement"], AT["increased_dna_binding"])
_CHANCES = np.array([item[2:] for item in ITEMS]).T
_ACTIVE_KIDNEY = {"proteinuria": 0.90, "hematuria": 0.58, "urinary_casts": 0.32, "pyuria": 0.33}
_NEPHRITIS_EVER = np.array([0.32, 0.34, 0.43, 0.52])
_NEPHRITIS_ACTIVE = np.array([0.0, 0.08, 0.42, 0.78])


@dataclass(frozen=True, slots=True)
class Lupus:
    """People with SLE: activity state, work-up, days with the disease, visit days (visits x people, the latest first),
    SLEDAI-2K items (visits x people x 24), nephritis ever and active now, and a serum factor shared by antibodies."""

    people: People
    state: Ints
    work: Ints
    duration: Ints
    days: Ints
    seen: Bools
    items: NDArray[np.bool_]
    nephritis: Bools
    active_nephritis: Bools
    serum: Floats

    def __len__(self) -> int:
        return len(self.people)

    def item(self, name: str, visit: int = 0) -> Bools:
        """Whether an item is present at a visit."""
        return np.asarray(self.items[visit, :, AT[name]])

    def total(self, visit: int = 0) -> Ints:
        """SLEDAI-2K at a visit: the weights of the items that are present."""
        return np.asarray(self.items[visit] @ WEIGHTS)


def draw_lupus(rng: np.random.Generator, people: People) -> Lupus:
    """States, visits and items; four of five items stay from one visit to the next."""
    n = len(people)
    state = rng.choice(4, n, p=STATE_SHARES)
    work = rng.choice(3, n, p=WORK_SHARES)
    duration = np.minimum(rng.lognormal(np.log(6.0), 0.9, n), np.maximum(people.age - 9, 0.3))
    fresh = rng.random(n) < 0.05
    duration = np.where(fresh, rng.uniform(0.05, 0.6, n), duration)
    nephritis = rng.random(n) < _NEPHRITIS_EVER[state]
    active = nephritis & (rng.random(n) < _NEPHRITIS_ACTIVE[state])
    work = np.where(active & (rng.random(n) < 0.6), FULL, work)  # a kidney flare is worked up
    return Lupus(
        people, state, work, (duration * 365.25).astype(np.int32), *_visits(rng, people, work),
        _items(rng, state, active), nephritis, active, rng.standard_normal(n),
    )  # fmt: skip


def _visits(rng: np.random.Generator, people: People, work: Ints) -> tuple[Ints, Bools]:
    """The latest visit is 1 to 28 days old after a full work-up, to 150 days in a clinic, to two years otherwise."""
    n = len(people)
    newest = np.select(
        [work == FULL, work == ORDINARY], [rng.integers(1, 29, n), rng.integers(2, 150, n)], rng.integers(30, 730, n)
    )
    gaps = np.vstack([newest, rng.integers(55, 150, (VISITS - 1, n))])
    days = people.at - np.cumsum(gaps, axis=0)
    seen = rng.random((VISITS, n)) < np.where(work == SPARSE, 0.35, 0.75)[None, :]
    seen[0] = True
    seen[1] |= work == FULL
    return days.astype(np.int32), seen & (days > people.since[None, :])


def item_chances(state: Ints, active: Bools) -> Floats:
    """How likely each item is present (people x 24), by state and active nephritis."""
    chance = _CHANCES[state].copy()
    for name, p in _ACTIVE_KIDNEY.items():
        chance[:, AT[name]] = np.where(active, p, chance[:, AT[name]])
    for i, p in zip(SEROLOGY, (0.84, 0.88), strict=True):
        chance[:, i] = np.where(active, p, chance[:, i])
    return np.asarray(chance)


def _items(rng: np.random.Generator, state: Ints, active: Bools) -> NDArray[np.bool_]:
    n, chance = len(state), item_chances(state, active)
    items = np.empty((VISITS, n, len(ITEMS)), bool)
    items[0] = rng.random((n, len(ITEMS))) < chance
    for visit in range(1, VISITS):
        anew = rng.random((n, len(ITEMS))) < chance
        items[visit] = np.where(rng.random((n, len(ITEMS))) < 0.8, items[visit - 1], anew)
    return items
