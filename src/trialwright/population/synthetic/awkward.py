"""What makes real records hard to read, at stated rates: the same people, less tidily recorded.

Odd and wrong units, results without a value or as text, limits left out, partial dates, duplicates, contradictions,
broader codes, refuted and unconfirmed diagnoses, records entered in error.  Missing tests, censored values, unrecorded
ends and doses come from the disease models themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from trialwright.population.synthetic.events import (
    AS_TEXT,
    DAY,
    FINAL,
    IN_ERROR,
    MONTH,
    NO_VALUE,
    NONE,
    POINT,
    REFUTED,
    UNCONFIRMED,
    VAGUE,
    YEAR,
    Bools,
    Events,
    join,
    unit_numbers,
)  # fmt: skip
from trialwright.population.synthetic.spoken_units import ODD, WRONG, to_canonical
from trialwright.population.synthetic.terms import bit, names, numbers, terms


@dataclass(frozen=True, slots=True)
class Rates:
    """How often each difficulty occurs, as shares of the records that can have it."""

    odd_unit: float = 0.08
    wrong_unit: float = 0.002
    no_limits: float = 0.04
    no_value: float = 0.008
    as_text: float = 0.01
    month_only: float = 0.08
    year_only: float = 0.05
    result_month_only: float = 0.004
    birth_year_only: float = 0.004
    broader_code: float = 0.05
    refuted: float = 0.006
    unconfirmed: float = 0.008
    in_error: float = 0.002
    duplicate: float = 0.008
    contradiction: float = 0.003
    other_sex: float = 0.0005


RATES = Rates()
TIDY = Rates(**dict.fromkeys(Rates.__slots__, 0.0))
"""No difficulty at all, for tests of the models."""


def roughen(rng: np.random.Generator, events: Events, rates: Rates = RATES) -> Events:
    """The records with every difficulty at its rate."""
    domain = _domains()[events.concept]
    is_lab = (domain == "measurement") & ~np.isnan(events.value)
    is_condition, is_demographic = domain == "condition", domain == "demographic"
    events = _units(rng, events, is_lab, rates)
    status = events.status.copy()
    for code, rows, rate in (
        (NO_VALUE, is_lab, rates.no_value),
        (AS_TEXT, is_lab, rates.as_text),
        (REFUTED, is_condition, rates.refuted),
        (UNCONFIRMED, is_condition, rates.unconfirmed),
        (IN_ERROR, ~is_demographic, rates.in_error),
        (VAGUE, _vague()[events.concept], rates.broader_code),
    ):
        status = np.where(rows & (status == FINAL) & (rng.random(len(events)) < rate), code, status)
    bare = is_lab & (rng.random(len(events)) < rates.no_limits)
    events = events.having(
        status=status.astype(np.int8), low=np.where(bare, np.nan, events.low), high=np.where(bare, np.nan, events.high)
    )
    events = _dates(rng, events, is_condition, domain == "procedure", is_demographic, rates)
    return join(
        [
            events,
            _again(rng, events, is_demographic, rates),
            _other(rng, events, is_lab, rates),
            _sexes(rng, events, rates),
        ]
    )


def _units(rng: np.random.Generator, events: Events, is_lab: Bools, rates: Rates) -> Events:
    """Values, and with them their limits, in another unit of the same quantity; rounded as such a laboratory rounds."""
    value, low, high, unit = events.value.copy(), events.low.copy(), events.high.copy(), events.unit.copy()
    u, which = rng.random(len(events)), rng.random(len(events))
    chosen = np.flatnonzero(is_lab & (u < rates.odd_unit))
    chosen = chosen[np.isin(events.concept[chosen], [numbers()[name] for name in ODD])]
    for concept in np.unique(events.concept[chosen]):
        options = ODD[names()[concept]]
        rows = chosen[events.concept[chosen] == concept]
        pick = (which[rows] * len(options)).astype(int)
        for i, (text, decimals) in enumerate(options):
            here = rows[pick == i]
            slope, shift = to_canonical(int(concept), unit_numbers()[text]) or (1.0, 0.0)
            for column in (value, low, high):
                column[here] = np.round((column[here] - shift) / slope, decimals)
            unit[here] = unit_numbers()[text]
    for name, text in WRONG.items():
        rows = np.flatnonzero((events.concept == numbers()[name]) & is_lab & (u > 1 - rates.wrong_unit * 5))
        unit[rows] = unit_numbers()[text]
        value[rows], low[rows], high[rows] = events.value[rows], np.nan, np.nan
    return events.having(value=value, low=low, high=high, unit=unit)


def _dates(
    rng: np.random.Generator, events: Events, condition: Bools, procedure: Bools, demographic: Bools, rates: Rates
) -> Events:
    u = rng.random(len(events))
    loose = condition | procedure
    precision = np.where(loose & (u < rates.year_only), YEAR, DAY)
    precision = np.where(loose & (u >= rates.year_only) & (u < rates.year_only + rates.month_only), MONTH, precision)
    result = ~loose & ~demographic & (events.end == POINT)
    precision = np.where(result & (u < rates.result_month_only), MONTH, precision)
    born = (events.concept == numbers()["birth"]) & (u < rates.birth_year_only)
    sexed = (events.concept == numbers()["sex"]) & np.isin(events.person, events.person[born])
    precision = np.where(born | sexed, YEAR, precision)
    return events.having(
        precision=precision.astype(np.int8), minute=np.where(precision == DAY, events.minute, -1).astype(np.int16)
    )


def _again(rng: np.random.Generator, events: Events, demographic: Bools, rates: Rates) -> Events:
    """The same record twice, as after the merger of two systems."""
    twins = events.take(np.flatnonzero(~demographic & (rng.random(len(events)) < rates.duplicate)))
    return twins.having(copy=np.ones(len(twins), np.int8))


def _other(rng: np.random.Generator, events: Events, is_lab: Bools, rates: Rates) -> Events:
    """A second result of the same day that says something else: the number moved, the sign reversed."""
    domain = _domains()[events.concept]
    signed = (domain == "observation") | ((domain == "measurement") & (events.cats > 0))
    can = (is_lab | signed) & (events.status == FINAL) & (events.comparator == NONE)
    rows = np.flatnonzero(can & (rng.random(len(events)) < rates.contradiction))
    twin = events.take(rows)
    factor = np.where(rng.random(len(rows)) < 0.5, rng.uniform(0.55, 0.8, len(rows)), rng.uniform(1.25, 1.8, len(rows)))
    score = np.array([terms()[n].unit == "{score}" for n in names()])[twin.concept]
    moved = np.where(
        score, np.maximum(twin.value + rng.choice((-2, -1, 1, 2, 4), len(rows)), 0), _three(twin.value * factor)
    )
    two = (twin.cats == 1) | (twin.cats == 2)
    return twin.having(
        value=moved, cats=np.where(two, 3 - twin.cats, twin.cats), minute=np.full(len(rows), -1, np.int16)
    )


def _sexes(rng: np.random.Generator, events: Events, rates: Rates) -> Events:
    """A birth sex that differs from the gender."""
    rows = np.flatnonzero((events.concept == numbers()["sex"]) & (rng.random(len(events)) < rates.other_sex))
    other = np.where(events.cats[rows] == bit("sex", "female"), bit("sex", "male"), bit("sex", "female"))
    return events.take(rows).having(cats=other)


def _three(value: np.ndarray) -> np.ndarray:
    """Three significant digits."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 10.0 ** (2 - np.floor(np.log10(np.where(value > 0, value, 1))))
    return np.asarray(np.round(value * scale) / scale)


@cache
def _domains() -> np.ndarray:
    return np.array([t.domain for t in terms().values()])


@cache
def _vague() -> np.ndarray:
    return np.array([t.vague is not None and t.domain in {"condition", "drug", "procedure"} for t in terms().values()])
