"""Courses of drugs with their doses: glucocorticoid tapers, antimalarials, immunosuppressants, biologics.

One record per dose: a change of dose ends a record and begins the next.  Shares at baseline rounded from the belimumab
trials (Navarra 2011, doi 10.1016/S0140-6736(10)61354-2; Furie 2011, doi 10.1002/art.30613): antimalarials in two
thirds, prednisone above 7.5 mg a day in half to two thirds, an immunosuppressant in two fifths to a half of the active.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialwright.population.synthetic.events import (
    DAILY,
    GIVEN,
    NO_DOSE,
    OPEN,
    RESOLVED,
    TWICE,
    WEEKLY,
    Bools,
    Events,
    Floats,
    Ints,
    emit,
)
from trialwright.population.synthetic.people import People
from trialwright.population.synthetic.terms import ROUTES

ORAL, VEIN, SKIN = ROUTES.index("oral"), ROUTES.index("intravenous"), ROUTES.index("subcutaneous")
STEROIDS = (("prednisone", 1.0), ("prednisolone", 1.0), ("methylprednisolone", 0.8))
_STEPS = np.array([2.5, 5, 7.5, 10, 12.5, 15, 20, 25, 30, 40, 50, 60])


@dataclass(frozen=True, slots=True)
class Regimen:
    """Daily doses offered, how they are written, by which route; `daily` turns a written dose into one a day."""

    doses: tuple[float, ...]
    pattern: int = DAILY
    route: int = ORAL
    every: int = 1


REGIMENS = {
    "hydroxychloroquine": Regimen((200, 300, 400)),
    "chloroquine": Regimen((250,)),
    "mepacrine": Regimen((100,)),
    "mycophenolate_mofetil": Regimen((1000, 1500, 2000, 2500, 3000), TWICE),
    "mycophenolic_acid": Regimen((720, 1080, 1440), TWICE),
    "azathioprine": Regimen((50, 75, 100, 125, 150)),
    "methotrexate": Regimen((10, 12.5, 15, 17.5, 20, 25), WEEKLY),
    "tacrolimus": Regimen((2, 3, 4), TWICE),
    "cyclosporine": Regimen((100, 150, 200), TWICE),
    "leflunomide": Regimen((10, 20)),
    "voclosporin": Regimen((47.4,), TWICE),
    "cyclophosphamide": Regimen((500, 750, 1000), GIVEN, VEIN, 28),
    "rituximab": Regimen((1000,), GIVEN, VEIN, 15),
    "belimumab": Regimen((600, 700), GIVEN, VEIN, 28),
    "anifrolumab": Regimen((300,), GIVEN, VEIN, 28),
    "telitacicept": Regimen((160,), WEEKLY, SKIN),
    "tocilizumab": Regimen((162,), WEEKLY, SKIN),
    "nintedanib": Regimen((200, 300), TWICE),
    "naproxen": Regimen((500, 1000), TWICE),
}


def steroid(
    rng: np.random.Generator, people: People, rows: Ints, dose: Floats, since: Ints, stops: Ints, steps: int = 4
) -> list[Events]:
    """Oral glucocorticoid: the present prednisone-equivalent `dose` since `since`, a taper before it.

    `stops` is the last day, or OPEN.  One in eight of the earlier steps leaves its end out.
    """
    kind = rng.choice(3, len(rows), p=(0.68, 0.18, 0.14))
    made = []
    end, start, now = stops, since, dose
    for step in range(steps + 1):
        for k, (name, factor) in enumerate(STEROIDS):
            pick = np.flatnonzero((kind == k) & (start <= people.at) & (now > 0))
            written = np.round(now[pick] * factor * 2) / 2
            hidden = (end[pick] != OPEN) & (rng.random(len(pick)) < 0.12)
            pattern = np.where(rng.random(len(pick)) < 0.03, NO_DOSE, DAILY)
            made.append(
                emit(
                    name,
                    people.person[rows[pick]],
                    start[pick],
                    end=np.where(hidden, OPEN, end[pick]),
                    value=written,
                    pattern=pattern,
                    route=ORAL,
                )
            )
        going = rng.random(len(rows)) < (0.85 if step < 3 else 0.5)
        higher = np.searchsorted(_STEPS, now, side="right")
        now = np.where(going, _STEPS[np.minimum(higher, len(_STEPS) - 1)], 0.0)
        end = start - 1
        start = end - rng.choice(np.array([13, 27, 27, 55, 83]), len(rows))
    return made


def pulse(rng: np.random.Generator, people: People, rows: Ints, day: Ints) -> list[Events]:
    """Three infusions of methylprednisolone on successive days."""
    dose = rng.choice(np.array([250.0, 500.0, 1000.0]), len(rows))
    return [
        emit("methylprednisolone", people.person[rows], day + i, end=day + i, value=dose, pattern=GIVEN, route=VEIN)
        for i in range(3)
    ]


def course(
    rng: np.random.Generator,
    name: str,
    people: People,
    rows: Ints,
    start: Ints,
    stop: Ints,
    *,
    changed: Bools | None = None,
) -> list[Events]:
    """One drug from `start` to `stop` (OPEN: still taken); where `changed`, the dose moved of late."""
    plan = REGIMENS[name]
    doses = np.array(plan.doses)
    level = rng.integers(0, len(doses), len(rows))
    if plan.pattern == GIVEN:
        return _infusions(rng, name, plan, people, rows, start, stop, doses[level])
    per_day = 1 / 7 if plan.pattern == WEEKLY else 1.0
    unsaid = np.where(rng.random(len(rows)) < 0.04, NO_DOSE, plan.pattern)
    unended = (stop != OPEN) & (rng.random(len(rows)) < 0.15)
    ends = np.where(unended, OPEN, stop)
    move = (
        np.zeros(len(rows), bool)
        if changed is None
        else changed & (stop == OPEN) & (start < people.at - 90) & (len(doses) > 1)
    )
    turn = people.at - rng.integers(3, 50, len(rows))
    before = (
        doses[(level + rng.choice((1, len(doses) - 1), len(rows))) % len(doses)] if len(doses) > 1 else doses[level]
    )
    still = np.flatnonzero(~move)
    moved = np.flatnonzero(move)
    person = people.person[rows]
    return [
        emit(
            name,
            person[still],
            start[still],
            end=ends[still],
            status=np.where(unended[still], RESOLVED, 0),
            value=doses[level][still] * per_day,
            pattern=unsaid[still],
            route=plan.route,
        ),
        emit(
            name,
            person[moved],
            start[moved],
            end=turn[moved] - 1,
            value=before[moved] * per_day,
            pattern=plan.pattern,
            route=plan.route,
        ),
        emit(
            name,
            person[moved],
            turn[moved],
            end=OPEN,
            value=doses[level][moved] * per_day,
            pattern=plan.pattern,
            route=plan.route,
        ),
    ]


def _infusions(
    rng: np.random.Generator,
    name: str,
    plan: Regimen,
    people: People,
    rows: Ints,
    start: Ints,
    stop: Ints,
    dose: Floats,
) -> list[Events]:
    """Single administrations, every `every` days, at most eight, up to the stop or to now."""
    last = np.where(stop == OPEN, people.at - rng.integers(0, plan.every, len(rows)), stop)
    most = 2 if name == "rituximab" else 8
    made = []
    for i in range(most):
        day = np.asarray(last - i * plan.every + (rng.integers(-1, 2, len(rows)) if i else 0), np.int64)
        given = np.flatnonzero(day >= start)
        made.append(
            emit(
                name,
                people.person[rows[given]],
                day[given],
                end=day[given],
                value=dose[given],
                pattern=GIVEN,
                route=plan.route,
            )
        )
    return made
