"""Decisions of many simulated trials at once while follow-up is pending."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from trialwright.dosefinding.calendar import Course, look, pick
from trialwright.dosefinding.crm import closest_dose, dlt_rates
from trialwright.dosefinding.design import Design
from trialwright.dosefinding.rollingsix import WAIT, RollingSix, next_dose_rolling, select_rolling
from trialwright.dosefinding.selection import eliminated_from, select_interval
from trialwright.dosefinding.tite import SUSPEND, TiteBoin, TiteCrm, tite_boin_move
from trialwright.dosefinding.transition import select

Values = NDArray[np.float64]
Ints = NDArray[np.int_]
# course, trials, time of each, current dose of each -> next dose, 0 to stop, WAIT to wait for the next outcome
Decider = Callable[[Course, Ints, Values, Ints], Ints]
STEPS = 41  # grid of the CRM parameter; 1e-6 in the posterior mean at 30 participants


def decider_for(design: Design, window_days: float) -> Decider | None:
    """How a design decides at the arrival of a participant; None where it waits for all outcomes."""
    rule = design.rule
    match rule:
        case RollingSix():
            return lambda course, rows, now, dose: _rolling(design, course, rows, now, dose, window_days)
        case TiteBoin():
            return lambda course, rows, now, dose: _tite_boin(design, rule, course, rows, now, dose, window_days)
        case TiteCrm():
            return lambda course, rows, now, dose: _tite_crm(design, rule, course, rows, now, dose, window_days)
    return None


def final_selection(design: Design, n: Ints, dlts: Ints) -> Ints:
    """Dose selected from complete data [trials, doses]; 0 where none is."""
    match design.rule:
        case RollingSix():
            return select_rolling(n, dlts, design.top)
        case TiteBoin():
            return np.asarray(np.minimum(select_interval(design.rule.boin, n, dlts), design.top))
        case TiteCrm():
            design = replace(design, rule=design.rule.crm)
    data = np.concatenate([n, dlts], axis=1)
    _, first, inverse = np.unique(data, axis=0, return_index=True, return_inverse=True)
    return np.asarray(select(design, n[first], dlts[first])[inverse.ravel()])


def _rolling(design: Design, course: Course, rows: Ints, now: Values, dose: Ints, window_days: float) -> Ints:
    seen = look(course, rows, now, design.doses, window_days)
    return next_dose_rolling(seen.treated, seen.dlts, seen.pending, dose, design.top)


def _tite_boin(
    design: Design, rule: TiteBoin, course: Course, rows: Ints, now: Values, dose: Ints, window_days: float
) -> Ints:
    seen = look(course, rows, now, design.doses, window_days)
    each, at = np.arange(rows.size), dose - 1
    treated = seen.treated
    move = tite_boin_move(rule, treated[each, at], seen.dlts[each, at], seen.pending[each, at], seen.followed[each, at])
    limit = eliminated_from(rule.boin, treated, seen.dlts)
    up = (move == 1) & (dose + 1 < limit) & (dose < design.top)
    goal = np.where(up, dose + 1, np.where((move < 0) & (dose > 1), dose - 1, dose))
    goal = np.minimum(goal, limit - 1)
    return np.asarray(np.where(limit == 1, 0, np.where(move == SUSPEND, WAIT, goal)))


def _tite_crm(
    design: Design, rule: TiteCrm, course: Course, rows: Ints, now: Values, dose: Ints, window_days: float
) -> Ints:
    """Posterior mean on a grid; completed participants by counts, pending ones one column at a time."""
    crm = rule.crm
    seen = look(course, rows, now, design.doses, window_days)
    reach = 5.0 * crm.scale
    b = np.linspace(-reach, reach, STEPS)
    rates = np.clip(dlt_rates(crm, b), 1e-300, 1 - 1e-15)
    log_likelihood = (
        seen.dlts.astype(float) @ np.log(rates).T + (seen.evaluated - seen.dlts).astype(float) @ np.log1p(-rates).T
    )
    density = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True) - 0.5 * (b / crm.scale) ** 2)
    width = int(course.size[rows].max(initial=0))
    time = now[:, None]
    entry, end = pick(course.entry, rows, width), pick(course.end, rows, width)
    waits = (end > time) & (entry <= time)
    days = np.where(np.isfinite(entry), time - entry, 0.0)
    weight = np.minimum(days / rule.window_days, 1.0)
    if rule.weights == "adaptive":
        weight = _adaptive(course, rows, time, width, days, rule.window_days)
    counted = pick(course.counted, rows, width)
    weight = np.where(waits, weight, 0.0)
    by_dose = np.ascontiguousarray(rates.T)
    for column in np.flatnonzero(waits.any(axis=0)):
        factor = by_dose[counted[:, column] - 1]
        factor *= -weight[:, column, None]
        factor += 1.0
        density *= factor
    mean = density @ b / density.sum(axis=1)
    goal = closest_dose(crm, dlt_rates(crm, mean))
    if not design.skip:
        tried = course.counted[rows, :width].max(axis=1, initial=0)
        goal = np.minimum(goal, tried + 1)
    if design.coherent:
        last = course.group[rows, :width] == course.group[rows, :width].max(axis=1, initial=0)[:, None]
        toxic = ((course.tox[rows, :width] <= time) & last).sum(axis=1)
        held = toxic >= crm.target * last.sum(axis=1)
        goal = np.where(held, np.minimum(goal, dose), goal)
    return np.asarray(np.minimum(goal, design.top))


def _adaptive(course: Course, rows: Ints, time: Values, width: int, days: Values, window_days: float) -> Values:
    """Adaptive weights of Cheung and Chappell 2000 for each trial's own DLT times seen so far."""
    entry, tox = course.entry[rows, :width], course.tox[rows, :width]
    with np.errstate(invalid="ignore"):
        knots = np.sort(np.where(tox <= time, tox - entry, np.inf), axis=1)
    known = np.isfinite(knots).sum(axis=1)
    knots = knots[:, : max(int(known.max(initial=0)), 1)]
    passed = (knots[:, :, None] <= days[:, None, :]).sum(axis=1)
    edges = np.concatenate(
        [np.zeros((rows.size, 1)), np.minimum(knots, window_days), np.full((rows.size, 1), window_days)], axis=1
    )
    each = np.arange(rows.size)[:, None]
    start, end = edges[each, passed], edges[each, np.minimum(passed + 1, edges.shape[1] - 1)]
    inside = np.where(end > start, (days - start) / np.where(end > start, end - start, 1.0), 1.0)
    return np.asarray(np.minimum((passed + inside) / (known[:, None] + 1), 1.0))
