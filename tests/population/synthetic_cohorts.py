"""Cohorts that several tests look at, made once: tidy ones for the models, rough ones for the records."""

from __future__ import annotations

from functools import cache

import numpy as np

from trialwright.population.synthetic import RATES, TIDY, Block, generate
from trialwright.population.synthetic.events import Events
from trialwright.population.synthetic.terms import numbers


@cache
def tidy_cohort() -> Block:
    """20,000 people, many of them ill, without any difficulty of the records."""
    return next(generate(20_000, seed=11, lupus=0.35, ssc=0.15, rates=TIDY))


@cache
def rough_cohort() -> Block:
    """The same with every difficulty at its rate."""
    return next(generate(20_000, seed=12, lupus=0.35, ssc=0.15, rates=RATES))


def of(block: Block, concept: str) -> Events:
    """The records of one concept."""
    return block.events.take(np.flatnonzero(block.events.concept == numbers()[concept]))


def latest(block: Block, concept: str, column: str = "value") -> np.ndarray:
    """Each person's last entry of a column, NaN where there is none."""
    events = of(block, concept)
    made = np.full(len(block.people), np.nan)
    order = np.argsort(events.day, kind="stable")
    made[(events.person - block.people.person[0])[order]] = getattr(events, column)[order]
    return made


def at_visit(block: Block, *concepts: str) -> list[np.ndarray]:
    """Values of several concepts that stand on the same day of the same person, side by side."""
    keyed = []
    for concept in concepts:
        events = of(block, concept)
        value = np.where(np.isnan(events.value), events.cats == 1, events.value)
        keyed.append(
            dict(zip(zip(events.person.tolist(), events.day.tolist(), strict=True), value.tolist(), strict=True))
        )
    common = [k for k in keyed[0] if all(k in other for other in keyed[1:])]
    return [np.array([values[k] for k in common]) for values in keyed]
