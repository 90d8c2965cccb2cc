"""A synthetic cohort: seeded people with lupus, with systemic sclerosis, and the general population around them.

Made in blocks of a fixed size, each with its own stream of random numbers, so that memory stays bounded and the
outcome depends on the seed and the number of people alone, not on who works on which block.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trialwright.language.facts import day_number
from trialwright.population.synthetic import background, kidney, lupus_history, sclerosis_record
from trialwright.population.synthetic.awkward import RATES, Rates, roughen
from trialwright.population.synthetic.events import Events, join, tidy
from trialwright.population.synthetic.lupus_labs import laboratory
from trialwright.population.synthetic.lupus_scores import scores
from trialwright.population.synthetic.lupus_state import FULL, draw_lupus
from trialwright.population.synthetic.lupus_treatment import treatment
from trialwright.population.synthetic.people import GENERAL, LUPUS, SCLEROSIS, People, demographics, draw_people
from trialwright.population.synthetic.sclerosis import draw_sclerosis
from trialwright.population.synthetic.women import fertility, pregnancies
from trialwright.population.synthetic.workup import workup

BLOCK = 20_000
LUPUS_SHARE, SSC_SHARE = 0.10, 0.05
"""A rheumatology centre and the people around it; for a region of a million take 0.02 and 0.005."""
AT = dt.date(2026, 11, 2)


@dataclass(frozen=True, slots=True)
class Block:
    """Some people of the cohort and everything on record about them, sorted by person, concept and day."""

    people: People
    events: Events


def generate(
    people: int,
    *,
    seed: int = 1,
    lupus: float = LUPUS_SHARE,
    ssc: float = SSC_SHARE,
    at: dt.date = AT,
    rates: Rates = RATES,
) -> Iterator[Block]:
    """The cohort block by block; `lupus` and `ssc` are shares, `at` is the day of extraction.

    Raises ValueError for shares or sizes that cannot be.
    """
    for i in range(blocks(people, lupus, ssc)):
        yield block(i, people, seed=seed, lupus=lupus, ssc=ssc, at=at, rates=rates)


def blocks(people: int, lupus: float = LUPUS_SHARE, ssc: float = SSC_SHARE) -> int:
    """How many blocks a cohort of this size has."""
    if people < 1:
        raise ValueError(f"a cohort has at least one person, not {people}")
    if min(lupus, ssc) < 0 or lupus + ssc > 1:
        raise ValueError(
            f"the shares with lupus ({lupus}) and systemic sclerosis ({ssc}) must lie between 0 and 1 together"
        )
    return -(-people // BLOCK)


def block(i: int, people: int, *, seed: int, lupus: float, ssc: float, at: dt.date, rates: Rates = RATES) -> Block:
    """The block number `i` of a cohort of so many people; the same whenever and wherever it is made."""
    rng = np.random.default_rng([seed, i])
    first = i * BLOCK
    who = draw_people(rng, first, min(BLOCK, people - first), lupus, ssc, day_number(at))
    made = everyone(rng, who)
    made += with_lupus(rng, who.take(np.flatnonzero(who.group == LUPUS)))
    made += with_sclerosis(rng, who.take(np.flatnonzero(who.group == SCLEROSIS)))
    return Block(who, tidy(roughen(rng, _possible(who, join(made)), rates)))


def everyone(rng: np.random.Generator, who: People) -> list[Events]:
    """What anyone can have; check-ups are those of the general population."""
    general = who.take(np.flatnonzero(who.group == GENERAL))
    ill = who.take(np.flatnonzero(who.group != GENERAL))
    made = demographics(rng, who) + background.chronic(rng, general) + background.chronic(rng, ill, 0.55)
    made += background.acute(rng, general) + background.acute(rng, ill, 1.0)
    made += background.visits(rng, general) + background.common_drugs(rng, general) + background.mimics(rng, who)
    made += background.serology(rng, general, 0.06)
    return made + pregnancies(rng, general) + pregnancies(rng, ill, 0.015) + fertility(rng, who)


def with_lupus(rng: np.random.Generator, who: People) -> list[Events]:
    """Everything that lupus adds."""
    if not len(who):
        return []
    lupus = draw_lupus(rng, who)
    ever = lupus_history.features(rng, lupus)
    biopsied, classes = kidney.biopsies(rng, lupus)
    made = lupus_history.history(rng, lupus) + scores(rng, lupus) + laboratory(rng, lupus) + biopsied
    made += lupus_history.classification(rng, lupus, ever, classes) + lupus_history.antibodies(rng, lupus, ever)
    made += treatment(rng, lupus) + workup(rng, who, lupus.days[0], lupus.work == FULL)
    return made + screening_serology(rng, who, lupus.work == FULL)


def with_sclerosis(rng: np.random.Generator, who: People) -> list[Events]:
    """Everything that systemic sclerosis adds."""
    if not len(who):
        return []
    ssc = draw_sclerosis(rng, who)
    made = sclerosis_record.diagnoses(rng, ssc) + sclerosis_record.skin_and_lungs(rng, ssc)
    made += (
        sclerosis_record.criteria(rng, ssc)
        + sclerosis_record.laboratory(rng, ssc)
        + sclerosis_record.treatment(rng, ssc)
    )
    return made + workup(rng, who, ssc.days[0], ssc.work == FULL) + screening_serology(rng, who, ssc.work == FULL)


def screening_serology(rng: np.random.Generator, who: People, full: np.ndarray) -> list[Events]:
    """Hepatitis and HIV: recent in most who were worked up for a trial, older or missing in the others."""
    now, before = who.take(np.flatnonzero(full)), who.take(np.flatnonzero(~full))
    return background.serology(rng, now, 0.97, 60) + background.serology(rng, before, 0.55, 1500)


def _possible(who: People, events: Events) -> Events:
    """Nothing before birth, nothing after the extraction; an end does not come before its start."""
    row = events.person - who.person[0]
    events = events.take((events.day <= who.at) & (events.day >= who.birth[row]))
    dated = (events.end > -900_000) & (events.end < 900_000)
    return events.having(end=np.where(dated, np.maximum(events.end, events.day), events.end))
