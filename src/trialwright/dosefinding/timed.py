"""Simulation of designs on the calendar: how long the trial takes, and decisions with pending follow-up."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialwright.dosefinding.boin12 import Boin12
from trialwright.dosefinding.calendar import (
    Course,
    Timeline,
    all_known,
    arrive,
    infuse,
    look,
    next_known,
    per_dose,
    widest,
)
from trialwright.dosefinding.checks import DoseInputError, check_truth
from trialwright.dosefinding.design import Design, interval_rule_of
from trialwright.dosefinding.interval import IntervalRule, moves
from trialwright.dosefinding.pending import Decider, decider_for, final_selection
from trialwright.dosefinding.rollingsix import WAIT
from trialwright.dosefinding.threeplusthree import ThreePlusThree
from trialwright.dosefinding.transition import advance, first_step

Values = NDArray[np.float64]
Ints = NDArray[np.int_]
BLOCK = 2_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Results of simulated trials, one row each; `patients` and `dlts` are per dose infused."""

    selected: Ints
    patients: Ints
    dlts: Ints
    duration: Values
    apheresed: Ints
    unevaluable: Ints
    below_plan: Ints


@dataclass(frozen=True, slots=True)
class _Run:
    """The trials in progress: arrays with one entry per trial, written in place."""

    design: Design
    truth: Values
    line: Timeline
    rng: np.random.Generator
    course: Course
    dose: Ints
    cohort: Ints
    given: Ints
    group: Ints
    opened: Values
    lost_seen: Ints
    alive: NDArray[np.bool_]


def simulate_timed(
    design: Design,
    truth: Sequence[float],
    line: Timeline,
    trials: int = 10_000,
    seed: int = 1,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Batch:
    """Simulate trials on the calendar.  The result depends on the seed, never on the number of workers."""
    check_truth(truth, design.doses)
    if trials < 1:
        raise DoseInputError(f"the number of trials is {trials}; give 1 or more.")
    if isinstance(design.rule, Boin12):
        raise DoseInputError("boin12 is simulated by cohorts, without a calendar; leave the time options out.")
    if len(line.below_target) not in (1, design.doses):
        raise DoseInputError(f"give one probability of an infusion below target, or one per dose ({design.doses}).")
    if design.backfill_per_dose is not None and interval_rule_of(design.rule) is None:
        raise DoseInputError("backfill needs an interval design, such as boin; the other rules do not define it.")
    sizes = [min(BLOCK, trials - start) for start in range(0, trials, BLOCK)]
    seeds = np.random.SeedSequence(seed).spawn(len(sizes))
    rates = np.asarray(truth, dtype=float)

    def run(block: int) -> Batch:
        return run_block(design, rates, line, sizes[block], np.random.default_rng(seeds[block]))

    parts: list[Batch] = []
    with ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        for block, part in enumerate(pool.map(run, range(len(sizes)))):
            parts.append(part)
            if progress is not None:
                progress(sizes[block])
    return Batch(*(np.concatenate([getattr(part, name) for part in parts]) for name in Batch.__dataclass_fields__))


def run_block(design: Design, truth: Values, line: Timeline, trials: int, rng: np.random.Generator) -> Batch:
    """Run `trials` trials side by side, one participant of each per turn."""
    begin = first_step(design)
    zeros = np.zeros(trials, dtype=np.int64)
    run = _Run(
        design,
        truth,
        line,
        rng,
        Course.empty(trials, widest(design, line)),
        dose=np.full(trials, int(begin.dose[0])),
        cohort=np.full(trials, int(begin.cohort[0])),
        given=zeros.copy(),
        group=np.ones(trials, dtype=np.int64),
        opened=np.zeros(trials),
        lost_seen=zeros.copy(),
        alive=np.ones(trials, dtype=bool),
    )
    course, decide = run.course, decider_for(design, line.window_days)
    while run.alive.any():
        full = np.flatnonzero(run.alive & (run.given >= run.cohort))
        if full.size and decide is None:
            _decide_complete(run, full)
        elif full.size and decide is not None:
            _decide_pending(run, full, decide)
        run.alive[course.size >= course.entry.shape[1]] = False
        rows = np.flatnonzero(run.alive & (run.given < run.cohort))
        if rows.size:
            _treat(run, rows, decide is not None)
    everyone = np.arange(trials)
    finish = all_known(course, everyone)
    final = look(course, everyone, finish, design.doses, line.window_days)
    levels = np.arange(1, design.doses + 1)
    here = course.given[:, :, None] == levels
    return Batch(
        final_selection(design, final.evaluated, final.dlts),
        here.sum(axis=1),
        (here & np.isfinite(course.tox)[:, :, None]).sum(axis=1),
        finish,
        course.apheresed,
        course.lost.sum(axis=1),
        (course.given < course.planned).sum(axis=1),
    )


def _treat(run: _Run, rows: Ints, rolling: bool) -> None:
    """Infuse the next participant of each trial, not before the cells are ready and the interval has passed."""
    course, place = run.course, run.given[rows]
    fresh = (place == 0) & (course.size[rows] > 0)
    ready = run.opened[rows].copy()
    waiting = ~fresh if rolling else np.ones(rows.size, dtype=bool)  # with a rolling rule the first is there already
    ready[waiting] = arrive(course, rows[waiting], run.opened[rows[waiting]], run.line, run.rng)
    last = np.where(course.size[rows] > 0, course.entry[rows, np.maximum(course.size[rows] - 1, 0)], 0.0)
    dose = run.dose[rows]
    interval = np.where(place == 1, per_dose(run.design.sentinel_days, dose), per_dose(run.design.stagger_days, dose))
    now = np.maximum(ready, np.where(place > 0, np.maximum(last + interval, run.opened[rows]), run.opened[rows]))
    if run.line.curtail and not rolling:
        hopeless = _hopeless(run, rows, now)
        run.cohort[rows[hopeless]] = run.given[rows[hopeless]]
        rows, now, dose = rows[~hopeless], now[~hopeless], dose[~hopeless]
    infuse(course, rows, now, dose, run.group[rows], run.truth, run.line, run.rng)
    run.given[rows] += 1


def _decide_complete(run: _Run, rows: Ints) -> None:
    """Decide when every outcome of the cohort is known; replace those who left, backfill in the meantime."""
    design, course = run.design, run.course
    width = course.entry.shape[1]
    in_cohort = course.group[rows] == run.group[rows, None]
    now = np.where(in_cohort, course.end[rows], -np.inf).max(axis=1)
    now = np.maximum(now, run.opened[rows])
    if design.backfill_per_dose is not None:
        _backfill(run, rows, now)
        in_cohort = course.group[rows] == run.group[rows, None]
    lost = (course.lost[rows] & in_cohort).sum(axis=1)
    missing = np.where(design.replace_unevaluable, lost - run.lost_seen[rows], 0)
    run.given[rows] -= missing
    run.lost_seen[rows] = lost
    run.opened[rows] = now
    go = (missing == 0) | (course.size[rows] >= width)
    rows, now, in_cohort = rows[go], now[go], in_cohort[go]
    if not rows.size:
        return
    seen = look(course, rows, now, design.doses, run.line.window_days)
    toxic = (np.isfinite(course.tox[rows]) & in_cohort).sum(axis=1)
    size = (in_cohort & ~course.lost[rows]).sum(axis=1)
    step = advance(design, seen.evaluated, seen.dlts, run.dose[rows], size, toxic)
    goal, cohort = step.dose, step.cohort
    if design.backfill_per_dose is not None:
        goal = _strictest(run, seen.evaluated, seen.dlts, goal)
        room = design.limit - (course.size[rows] - course.lost[rows].sum(axis=1))
        cohort = np.minimum(cohort, room)
        goal = np.where(room <= 0, 0, goal)
    _open(run, rows, now, goal, cohort)


def _decide_pending(run: _Run, rows: Ints, decide: Decider) -> None:
    """Decide when the next participant is ready; wait from outcome to outcome where accrual is suspended."""
    design, course = run.design, run.course
    treated = course.size[rows] - course.lost[rows].sum(axis=1)
    run.alive[rows[treated >= design.limit]] = False
    rows, treated = rows[treated < design.limit], treated[treated < design.limit]
    if not rows.size:
        return
    last = course.entry[rows, course.size[rows] - 1]
    now = np.maximum(
        arrive(course, rows, last, run.line, run.rng), last + per_dose(design.stagger_days, run.dose[rows])
    )
    goal = np.full(rows.size, WAIT)
    asking = np.arange(rows.size)
    while asking.size:
        goal[asking] = decide(course, rows[asking], now[asking], run.dose[rows[asking]])
        asking = asking[goal[asking] == WAIT]
        then = next_known(course, rows[asking], now[asking])
        goal[asking[~np.isfinite(then)]] = 0
        asking, then = asking[np.isfinite(then)], then[np.isfinite(then)]
        now[asking] = then
    sizes = np.array([0] + [design.cohort_at(j) for j in range(1, design.doses + 1)])
    _open(run, rows, now, goal, np.minimum(sizes[goal], design.limit - treated))


def _open(run: _Run, rows: Ints, now: Values, goal: Ints, cohort: Ints) -> None:
    run.alive[rows[goal == 0]] = False
    on = goal > 0
    rows = rows[on]
    run.dose[rows], run.cohort[rows], run.opened[rows] = goal[on], cohort[on], now[on]
    run.given[rows] = 0
    run.lost_seen[rows] = 0
    run.group[rows] += 1


def _hopeless(run: _Run, rows: Ints, now: Values) -> NDArray[np.bool_]:
    """Whether the DLTs seen at the current dose call for de-escalation even if nobody else of the cohort has one."""
    seen = look(run.course, rows, now, run.design.doses, run.line.window_days)
    each, at = np.arange(rows.size), run.dose[rows] - 1
    dlts, begun = seen.dlts[each, at], run.given[rows] > 0
    if isinstance(run.design.rule, ThreePlusThree):
        return np.asarray(begun & (dlts >= 2))
    rule = interval_rule_of(run.design.rule)
    if rule is None:
        return np.zeros(rows.size, dtype=bool)
    n = seen.treated[each, at] + run.cohort[rows] - run.given[rows]
    return np.asarray(begun & (at > 0) & (moves(rule, int(n.max(initial=1)))[n, dlts] < 0))


def _backfill(run: _Run, rows: Ints, until: Values) -> None:
    """Until the decision, give each participant who is ready the highest lower dose that is open for backfill.

    A dose is open while it has fewer than the allowed participants and its own data do not call for de-escalation.
    Source of the idea: Zhao, Yuan, Korn and Freidlin 2024, Clin Cancer Res 30:673; here responses are not required.
    """
    design, course, rule = run.design, run.course, _interval(run.design)
    most = design.backfill_per_dose or 0
    left = np.arange(rows.size)
    while left.size:
        who = rows[left]
        consent, apheresed = course.consent[who].copy(), course.apheresed[who].copy()
        ready = arrive(course, who, course.entry[who, course.size[who] - 1], run.line, run.rng)
        seen = look(course, who, ready, design.doses, run.line.window_days)
        treated = seen.treated
        fits = moves(rule, max(int(treated.max()), 1))[seen.evaluated, seen.dlts] >= 0
        below = np.arange(1, design.doses + 1) < run.dose[who][:, None]
        free = fits & below & (treated < most) & (treated > 0)
        room = (course.size[who] < course.entry.shape[1]) & (
            course.size[who] - course.lost[who].sum(axis=1) < design.limit
        )
        taken = free.any(axis=1) & (ready < until[left]) & room
        course.consent[who[~taken]] = consent[~taken]
        course.apheresed[who[~taken]] = apheresed[~taken]
        highest = design.doses - free[:, ::-1].argmax(axis=1)
        chosen = who[taken]
        infuse(
            course,
            chosen,
            ready[taken],
            highest[taken],
            np.zeros(chosen.size, dtype=np.int64),
            run.truth,
            run.line,
            run.rng,
        )
        left = left[taken]


def _strictest(run: _Run, n: Ints, dlts: Ints, goal: Ints) -> Ints:
    """Never above a dose whose own data, backfill included, call for de-escalation; then the dose below it."""
    rule = _interval(run.design)
    falls = moves(rule, max(int(n.max()), 1))[n, dlts] < 0
    lowest = np.where(falls.any(axis=1), falls.argmax(axis=1) + 1, run.design.doses + 2)
    return np.where(goal == 0, 0, np.minimum(goal, np.maximum(lowest - 1, 1)))


def _interval(design: Design) -> IntervalRule:
    rule = interval_rule_of(design.rule)
    assert rule is not None
    return rule
