"""Pregnancies, tests for pregnancy, lactation and the change: what the record says about childbearing.

Rates per woman of 15 to 45 are those of a high-income country (about 6 % pregnant at any time of a year), rounded.
"""

from __future__ import annotations

import numpy as np

from trialwright.population.synthetic.events import AS_TEXT, OPEN, Events, emit
from trialwright.population.synthetic.labs import record, usual
from trialwright.population.synthetic.people import People
from trialwright.population.synthetic.terms import bit


def pregnancies(rng: np.random.Generator, people: People, share: float = 0.05) -> list[Events]:
    """A pregnancy of the last two years, lactation after those that ended, and a test that began it."""
    fertile = people.female & (people.age > 16) & (people.age < 45)
    rows = np.flatnonzero(fertile & (rng.random(len(people)) < share * 2))
    who = people.take(rows)
    n = len(rows)
    start = who.at - rng.integers(10, 720, n)
    term = start + rng.normal(270, 14, n).astype(np.int32)
    done = term < who.at
    made = [emit("pregnancy", who.person, start, end=np.where(done, term, OPEN))]
    nursing = np.flatnonzero(done & (rng.random(n) < 0.35))
    weaned = term[nursing] + rng.integers(60, 300, len(nursing))
    made.append(emit("lactation", who.person[nursing], term[nursing], end=np.where(weaned > who.at, OPEN, weaned)))
    first = start + rng.integers(20, 50, n)
    tested = (first < who.at) & (rng.random(n) < 0.6)
    hcg = np.exp(rng.normal(8.5, 1.2, n))
    made.append(record("hcg_blood", who, first, hcg, tested & (rng.random(n) < 0.5)))
    urine = np.flatnonzero(tested)
    made.append(emit("hcg_urine", who.person[urine], first[urine], cats=bit("hcg_urine", "positive")))
    return made


def fertility(rng: np.random.Generator, people: People) -> list[Events]:
    """Menopause from about 51 years (coded in a third), hysterectomy in one of ten women over 40."""
    women = people.female & (people.age > 40)
    n = len(people)
    past = np.flatnonzero(women & (people.age > rng.normal(51, 3.5, n)) & (rng.random(n) < 0.33))
    since = people.at - (np.clip(people.age[past] - 50, 0.3, 40) * 365).astype(np.int32)
    removed = np.flatnonzero(women & (rng.random(n) < 0.10))
    both = removed[rng.random(len(removed)) < 0.3]
    return [
        emit("postmenopausal", people.person[past], since, end=OPEN),
        emit("hysterectomy", people.person[removed], people.at - rng.integers(100, 5000, len(removed))),
        emit("bilateral_oophorectomy", people.person[both], people.at - rng.integers(100, 5000, len(both))),
    ]


def tests_before_a_trial(rng: np.random.Generator, people: People, day: np.ndarray, share: np.ndarray) -> list[Events]:
    """At a work-up: hCG in blood (below its limit of detection in most), in urine; childbearing as charted."""
    n = len(people)
    fertile = people.female & (people.age < 50)
    hcg = usual(rng, "hcg_blood", n)
    hcg = np.where(rng.random(n) < 0.012, np.exp(rng.normal(7, 1.5, n)), hcg)
    blood = fertile & (rng.random(n) < share)
    urine = np.flatnonzero(fertile & ~blood & (rng.random(n) < share * 0.5))
    status = np.flatnonzero(people.female & (rng.random(n) < share * 0.9))
    able = np.where(people.age < 50, bit("childbearing_potential", "present"), bit("childbearing_potential", "absent"))
    told = np.flatnonzero(fertile & (rng.random(n) < share * 0.3))
    return [
        record("hcg_blood", people, day, hcg, blood),
        emit("hcg_urine", people.person[urine], day[urine], cats=bit("hcg_urine", "negative"), status=AS_TEXT),
        emit("childbearing_potential", people.person[status], day[status], cats=able[status]),
        emit("pregnancy_status", people.person[told], day[told], cats=bit("pregnancy_status", "not_pregnant")),
    ]
