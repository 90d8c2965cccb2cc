"""What each person with lupus takes now and took before: stable, changed, tapering, pulsed, washed out."""

from __future__ import annotations

import numpy as np

from trialwright.population.synthetic.events import OPEN, Events, Ints
from trialwright.population.synthetic.lupus_state import HIGH, MODERATE, Lupus
from trialwright.population.synthetic.treatment import course, pulse, steroid

STABLE, CHANGED, TAPERING, PULSED, NO_STEROID = range(5)
_MODES = np.array(
    [
        [0.34, 0.04, 0.10, 0.00, 0.52],
        [0.46, 0.08, 0.12, 0.00, 0.34],
        [0.58, 0.14, 0.12, 0.02, 0.14],
        [0.60, 0.14, 0.11, 0.07, 0.08],
    ]
)
"""How the glucocorticoid goes, by activity state."""
_DOSES = (
    ((2.5, 5, 7.5), (0.4, 0.5, 0.1)),
    ((2.5, 5, 7.5, 10), (0.15, 0.4, 0.3, 0.15)),
    ((5, 7.5, 10, 12.5, 15, 20), (0.17, 0.2, 0.29, 0.09, 0.15, 0.1)),
    ((5, 7.5, 10, 15, 20, 25, 30, 40, 60), (0.06, 0.09, 0.23, 0.2, 0.18, 0.06, 0.1, 0.05, 0.03)),
)
_FIRST = ("mycophenolate_mofetil", "azathioprine", "methotrexate", "tacrolimus", "cyclophosphamide",
"mycophenolic_acid", "leflunomide",
          "cyclosporine", "voclosporin")  # fmt: skip
_FIRST_SHARES = (0.42, 0.20, 0.13, 0.08, 0.05, 0.04, 0.04, 0.02, 0.02)
_BIOLOGICS = ("belimumab", "rituximab", "anifrolumab", "telitacicept")
_BIOLOGIC_SHARES = (0.55, 0.24, 0.11, 0.10)


def treatment(rng: np.random.Generator, lupus: Lupus) -> list[Events]:
    """All courses of all people with lupus."""
    washed = (lupus.state >= MODERATE) & (rng.random(len(lupus)) < np.where(lupus.active_nephritis, 0.6, 0.12))
    made = _steroids(rng, lupus) + _antimalarial(rng, lupus)
    return made + _suppressants(rng, lupus, washed) + _biologics(rng, lupus, washed) + _pain(rng, lupus)


def _began(rng: np.random.Generator, lupus: Lupus, rows: Ints, least: int, center: float) -> Ints:
    """A day at least `least` days ago, not long before the disease."""
    days = np.maximum(least, rng.lognormal(np.log(center), 0.8, len(rows)))
    return np.asarray(lupus.people.at - np.minimum(days, np.maximum(lupus.duration[rows], least + 5)).astype(np.int32))


def _steroids(rng: np.random.Generator, lupus: Lupus) -> list[Events]:
    n, at = len(lupus), lupus.people.at
    mode = (rng.random(n)[:, None] > np.cumsum(_MODES[lupus.state], axis=1)).sum(axis=1)
    made = []
    for state, (doses, shares) in enumerate(_DOSES):
        here = lupus.state == state
        for kind, newest, oldest in ((STABLE, 62, 420), (CHANGED, 1, 13), (TAPERING, 8, 40), (PULSED, 3, 25)):
            rows = np.flatnonzero(here & (mode == kind))
            dose = rng.choice(np.array(doses, float), len(rows), p=shares)
            since = at - rng.integers(newest, oldest, len(rows))
            if kind == PULSED:
                dose = rng.choice(np.array([40.0, 50.0, 60.0, 100.0]), len(rows), p=(0.3, 0.25, 0.25, 0.2))
                made += pulse(rng, lupus.people, rows, since - 3)
            made += steroid(rng, lupus.people, rows, dose, since, np.full(len(rows), OPEN))
        rows = np.flatnonzero(here & (mode == NO_STEROID) & (rng.random(n) < 0.6))
        stopped = at - rng.integers(40, 1500, len(rows))
        made += steroid(
            rng,
            lupus.people,
            rows,
            np.full(len(rows), 5.0),
            stopped - rng.integers(30, 300, len(rows)),
            stopped,
            steps=2,
        )
    grave = np.flatnonzero((lupus.state == HIGH) & (mode != PULSED) & (rng.random(n) < 0.25))
    return made + pulse(rng, lupus.people, grave, at - rng.integers(120, 1200, len(grave)))


def _antimalarial(rng: np.random.Generator, lupus: Lupus) -> list[Events]:
    n, at = len(lupus), lupus.people.at
    taking = rng.random(n) < 0.70
    now = np.flatnonzero(taking)
    since = _began(rng, lupus, now, 15, 1500)
    made = course(
        rng,
        "hydroxychloroquine",
        lupus.people,
        now,
        since,
        np.full(len(now), OPEN),
        changed=rng.random(len(now)) < 0.06,
    )
    past = np.flatnonzero(~taking & (rng.random(n) < 0.5))
    stop = at - rng.integers(30, 1200, len(past))
    made += course(rng, "hydroxychloroquine", lupus.people, past, stop - rng.integers(90, 900, len(past)), stop)
    other = past[rng.random(len(past)) < 0.12]
    rare = np.flatnonzero(rng.random(n) < 0.01)
    end = at - rng.integers(60, 900, len(rare))
    made += course(rng, "mepacrine", lupus.people, rare, end - 200, end)
    return made + course(
        rng, "chloroquine", lupus.people, other, at - rng.integers(90, 600, len(other)), np.full(len(other), OPEN)
    )


def _suppressants(rng: np.random.Generator, lupus: Lupus, washed: np.ndarray) -> list[Events]:
    n, at = len(lupus), lupus.people.at
    taking = (rng.random(n) < np.array([0.28, 0.34, 0.62, 0.78])[lupus.state]) & ~washed
    first = rng.choice(len(_FIRST), n, p=_FIRST_SHARES)
    first = np.where(lupus.active_nephritis & (rng.random(n) < 0.6), 0, first)
    earlier = (first + rng.integers(1, len(_FIRST), n)) % len(_FIRST)
    earlier = np.where((lupus.state == HIGH) & (first != 0) & (rng.random(n) < 0.4), 0, earlier)
    earlier = np.where(lupus.active_nephritis & (first != 4) & (rng.random(n) < 0.45), 4, earlier)
    before = (rng.random(n) < np.array([0.4, 0.4, 0.6, 0.88])[lupus.state]) & (lupus.duration > 250)
    made = []
    for k, name in enumerate(_FIRST):
        now = np.flatnonzero(taking & (first == k))
        since = _began(rng, lupus, now, 12, 420)
        made += course(
            rng, name, lupus.people, now, since, np.full(len(now), OPEN), changed=rng.random(len(now)) < 0.16
        )
        gone = np.flatnonzero(washed & (first == k))
        stop = at - rng.integers(16, 90, len(gone))
        made += course(rng, name, lupus.people, gone, stop - rng.integers(190, 800, len(gone)), stop)
        past = np.flatnonzero(before & (earlier == k))
        stop = at - rng.integers(120, 1500, len(past))
        made += course(rng, name, lupus.people, past, stop - rng.integers(60, 700, len(past)), stop)
    return made


def _biologics(rng: np.random.Generator, lupus: Lupus, washed: np.ndarray) -> list[Events]:
    n, at = len(lupus), lupus.people.at
    ever = (rng.random(n) < np.array([0.10, 0.16, 0.42, 0.80])[lupus.state]) & (lupus.duration > 200)
    current = ever & (rng.random(n) < 0.30) & ~washed
    kind = rng.choice(len(_BIOLOGICS), n, p=_BIOLOGIC_SHARES)
    made = []
    for k, name in enumerate(_BIOLOGICS):
        now = np.flatnonzero(current & (kind == k))
        made += course(rng, name, lupus.people, now, _began(rng, lupus, now, 30, 300), np.full(len(now), OPEN))
        past = np.flatnonzero(ever & ~current & (kind == k))
        stop = at - np.where(washed[past], rng.integers(160, 700, len(past)), rng.integers(25, 900, len(past)))
        made += course(rng, name, lupus.people, past, stop - rng.integers(180, 700, len(past)), stop)
    return made


def _pain(rng: np.random.Generator, lupus: Lupus) -> list[Events]:
    rows = np.flatnonzero(rng.random(len(lupus)) < 0.18)
    start = lupus.people.at - rng.integers(20, 500, len(rows))
    return course(rng, "naproxen", lupus.people, rows, start, np.where(rng.random(len(rows)) < 0.5, OPEN, start + 30))
