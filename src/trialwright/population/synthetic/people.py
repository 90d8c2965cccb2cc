"""Who the synthetic people are: age, sex, body and which disease, before anything happens to them.

Age bands follow a North American population pyramid.  SLE: nine women to one man (Izmirly 2021, doi 10.1002/art.41632);
SSc: 85 % women, mean age in the fifties (EUSTAR: Walker 2007, doi 10.1136/ard.2006.062422).  Figures are rounded.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from trialwright.population.synthetic.events import Bools, Events, Floats, Ints, emit
from trialwright.population.synthetic.terms import bit

GENERAL, LUPUS, SCLEROSIS = 0, 1, 2
_BANDS = (0.0, 18.0, 35.0, 50.0, 65.0, 80.0, 95.0)
_SHARES = (0.21, 0.23, 0.19, 0.19, 0.14, 0.04)
FEMALE_SHARE = {GENERAL: 0.508, LUPUS: 0.90, SCLEROSIS: 0.85}


@dataclass(frozen=True, slots=True)
class People:
    """One row per person; ages in years at `at`, the day (since 1970-01-01) on which the cohort is extracted."""

    person: Ints
    group: Ints
    female: Bools
    age: Floats
    birth: Ints
    height: Floats
    weight: Floats
    since: Ints
    at: int

    def __len__(self) -> int:
        return len(self.person)

    def take(self, rows: Any) -> People:
        """Some of the people."""
        return People(**{f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "at"}, at=self.at)


def draw_people(rng: np.random.Generator, first: int, n: int, lupus: float, ssc: float, at: int) -> People:
    """`n` people numbered from `first`; `lupus` and `ssc` are the shares with each disease."""
    u = rng.random(n)
    group = np.where(u < lupus, LUPUS, np.where(u < lupus + ssc, SCLEROSIS, GENERAL)).astype(np.int8)
    female = rng.random(n) < np.array([FEMALE_SHARE[g] for g in range(3)])[group]
    band = rng.choice(len(_SHARES), n, p=_SHARES)
    edges = np.array(_BANDS)
    age = edges[band] + rng.random(n) * (edges[band + 1] - edges[band])
    age = np.where(group == LUPUS, np.clip(rng.normal(42, 14, n), 14, 88), age)
    age = np.where(group == SCLEROSIS, np.clip(rng.normal(54, 13, n), 20, 88), age)
    height = np.where(female, rng.normal(162.5, 6.6, n), rng.normal(176, 7.2, n))
    bmi = np.where(female, 26.2, 26.8) * np.exp(rng.normal(0, 0.19, n)) * np.where(group == GENERAL, 1.0, 0.93)
    grown = np.clip(age / 18, 0.05, 1)
    height = np.round(np.where(age < 18, 55 + (height - 55) * grown**0.7, height), 1)
    bmi = np.where(age < 18, 15 + (bmi - 15) * grown, bmi)
    weight = np.round(np.clip(bmi, 14, 58) * (height / 100) ** 2, 1)
    birth = at - (age * 365.2425).astype(np.int32)
    observed = np.where(group == GENERAL, rng.uniform(1, 12, n), rng.uniform(2, 15, n))
    since = np.maximum(at - (observed * 365.25).astype(np.int32), birth)
    number = np.arange(first, first + n, dtype=np.int32)
    return People(number, group, female, age, birth, height, weight, since, at)


def demographics(rng: np.random.Generator, people: People) -> list[Events]:
    """Birth, sex, and the death of the few who died while they were observed."""
    sex = np.where(people.female, bit("sex", "female"), bit("sex", "male"))
    died = rng.random(len(people)) < np.where(people.age > 75, 0.03, 0.002)
    death = people.at - rng.integers(1, 300, len(people))
    return [
        emit("birth", people.person, people.birth),
        emit("sex", people.person, people.birth, cats=sex),
        emit("death", people.person[died], np.maximum(death, people.birth)[died]),
    ]
