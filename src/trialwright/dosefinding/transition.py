"""Where a trial goes after a cohort: the next dose and the size of the next cohort, for many trials at once.

A state is the counts per dose and the dose last given.  Whatever a rule needs to remember (eliminated doses, whether
titration goes on) follows from these, which is what keeps exact enumeration small.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialwright.dosefinding.checks import DoseInputError
from trialwright.dosefinding.crm import Crm, crm_doses
from trialwright.dosefinding.design import Design, FiniteRule, target_of
from trialwright.dosefinding.interval import (
    Boin,
    I3Plus3,
    IntervalRule,
    Keyboard,
    Mtpi2,
    OwnTable,
    moves,
    probability_above,
)
from trialwright.dosefinding.selection import eliminated_from, select_interval
from trialwright.dosefinding.threeplusthree import ThreePlusThree, next_dose_3p3, select_3p3
from trialwright.dosefinding.verdicts import Move

Counts = NDArray[np.int_]


@dataclass(frozen=True, slots=True)
class Step:
    """Next dose (0: the trial ends) and size of its cohort, per row."""

    dose: Counts
    cohort: Counts


def finite_rule(design: Design) -> FiniteRule:
    """The rule of a design whose course depends on counts alone; DoseInputError names the way out for the others."""
    match design.rule:
        case Boin() | Keyboard() | Mtpi2() | I3Plus3() | OwnTable() | ThreePlusThree() | Crm():
            return design.rule
    raise DoseInputError(
        f"{design.name} depends on time or on responses, so it has no exact enumeration; use `dose simulate`."
    )


def titrating(design: Design, n: Counts, dlts: Counts, dose: Counts) -> NDArray[np.bool_]:
    """Whether every dose so far had one participant, so that accelerated titration has just ended or goes on."""
    if not design.titrate:
        return np.zeros(dose.size, dtype=bool)
    return np.asarray((n.max(axis=1) <= 1) & (dlts.sum(axis=1) <= 1))


def advance(design: Design, n: Counts, dlts: Counts, dose: Counts, last_n: Counts, last_dlts: Counts) -> Step:
    """Next step of each row [rows, doses] after a cohort of `last_n` with `last_dlts` DLTs at `dose`.

    The trial's limit on participants is looked at first, as BOIN's own simulation does: elimination by the very last
    cohort counts in the selection instead.
    """
    rows, top = np.arange(dose.size), design.top
    single = titrating(design, n, dlts, dose)
    rule = finite_rule(design)
    match rule:
        case ThreePlusThree():
            goal = next_dose_3p3(rule, n, dlts, dose, top)
        case Crm():
            goal = _crm_goal(design, rule, n, dlts, dose, last_n, last_dlts)
        case _:
            goal = _interval_goal(design, rule, n, dlts, dose)
    if single.any():
        climbing = single & (dlts.sum(axis=1) == 0) & (dose < top)
        goal = np.where(single, np.where(climbing, dose + 1, dose), goal)
    else:
        climbing = single
    if design.stop_above is not None:
        target = target_of(rule)
        assert target is not None
        too_high = probability_above(target, n[:, 0], dlts[:, 0]) > design.stop_above
        goal = np.where(too_high & (n[:, 0] > 0), 0, goal)
    here = n[rows, dose - 1]
    if design.settle_n is not None:
        goal = np.where((goal == dose) & (here >= design.settle_n), 0, goal)
    target_n = n[rows, np.maximum(goal, 1) - 1]
    if design.max_n_per_dose is not None:
        goal = np.where(target_n >= design.max_n_per_dose, 0, goal)
    left = design.limit - n.sum(axis=1)
    goal = np.where(left <= 0, 0, goal)
    sizes = np.array([0] + [design.cohort_at(j) for j in range(1, design.doses + 1)])
    cohort = sizes[goal]
    cohort = np.where(climbing, 1, np.where(single & (cohort > 1), cohort - 1, cohort))
    if design.max_n_per_dose is not None:
        cohort = np.minimum(cohort, design.max_n_per_dose - target_n)
    return Step(goal, np.where(goal > 0, np.minimum(cohort, left), 0))


def first_step(design: Design) -> Step:
    size = 1 if design.titrate else design.cohort_at(design.start)
    size = min(size, design.limit, design.max_n_per_dose or size)
    return Step(np.array([design.start]), np.array([size]))


def select(design: Design, n: Counts, dlts: Counts) -> Counts:
    """Dose that each row of final counts selects, 0 where none is selected."""
    rule = finite_rule(design)
    match rule:
        case ThreePlusThree():
            return select_3p3(rule, n, dlts, design.top)
        case Crm():
            chosen = crm_doses(rule, n, dlts)
            tried = np.where(n > 0, np.arange(1, design.doses + 1), 0).max(axis=1)
            chosen = np.where(chosen == 0, np.where(dlts.sum(axis=1) == 0, tried, 1), chosen)
            chosen = np.minimum(chosen, design.top if design.skip else np.minimum(tried, design.top))
        case _:
            return np.asarray(np.minimum(select_interval(rule, n, dlts), design.top))
    if design.stop_above is not None:
        too_high = probability_above(rule.target, n[:, 0], dlts[:, 0]) > design.stop_above
        chosen = np.where(too_high & (n[:, 0] > 0), 0, chosen)
    return chosen


def _interval_goal(design: Design, rule: IntervalRule, n: Counts, dlts: Counts, dose: Counts) -> Counts:
    rows = np.arange(dose.size)
    here_n, here_y = n[rows, dose - 1], dlts[rows, dose - 1]
    if isinstance(rule, OwnTable):
        without = np.setdiff1d(here_n, [row.n for row in rule.rows])
        if without.size:
            raise DoseInputError(f"the decision table has no row for n = {without[0]}, which this trial can reach.")
    move = moves(rule, max(int(n.max(initial=1)), 1))[here_n, here_y].astype(int)
    limit = eliminated_from(rule, n, dlts)
    up = (move == Move.ESCALATE) & (dose + 1 < limit) & (dose < design.top)
    goal = np.where(up, dose + 1, np.where((move < 0) & (dose > 1), dose - 1, dose))
    if isinstance(rule, Mtpi2 | Keyboard | Boin | I3Plus3 | OwnTable):
        goal = np.minimum(goal, limit - 1)
    return np.asarray(np.where(limit == 1, 0, goal))


def _crm_goal(
    design: Design, rule: Crm, n: Counts, dlts: Counts, dose: Counts, last_n: Counts, last_dlts: Counts
) -> Counts:
    model = crm_doses(rule, n, dlts)
    climb = np.where(dlts.sum(axis=1) == 0, dose + 1, dose - 1)  # no maximum-likelihood estimate yet
    goal = np.where(model == 0, np.maximum(climb, 1), model)
    if not design.skip:
        tried = np.where(n > 0, np.arange(1, design.doses + 1), 0).max(axis=1)
        goal = np.minimum(goal, tried + 1)
    if design.coherent:
        rate = last_dlts / np.maximum(last_n, 1)
        goal = np.where((rate >= rule.target) & (last_n > 0), np.minimum(goal, dose), goal)
    return np.asarray(np.minimum(goal, design.top))
