"""The next dose of a live trial, with the rule and its numbers."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from trialwright.dosefinding.boin12 import Boin12
from trialwright.dosefinding.checks import DoseInputError
from trialwright.dosefinding.crm import Crm, CrmFit, fit_crm
from trialwright.dosefinding.design import MOST, Design, interval_rule_of, target_of
from trialwright.dosefinding.interval import Boin, I3Plus3, IntervalRule, Keyboard, Mtpi2, OwnTable, moves
from trialwright.dosefinding.outcomes import Participant, counts, in_cohorts, pending_per_dose, resolved
from trialwright.dosefinding.reasons import RULE_TITLES, interval_reason, threeplusthree_reason
from trialwright.dosefinding.recommend_pending import (
    recommend_boin12,
    recommend_rolling,
    recommend_tite_boin,
    recommend_tite_crm,
)
from trialwright.dosefinding.recommendation import Outlook, Recommendation
from trialwright.dosefinding.rollingsix import RollingSix
from trialwright.dosefinding.selection import eliminated_from, estimates
from trialwright.dosefinding.threeplusthree import ThreePlusThree, ceiling
from trialwright.dosefinding.tite import TiteBoin, TiteCrm
from trialwright.dosefinding.transition import advance, first_step, select
from trialwright.dosefinding.verdicts import Decision, Move

Counts = NDArray[np.int_]

MAX_COMPLETIONS = 400


def recommend(design: Design, participants: Sequence[Participant]) -> Recommendation:
    """Recommend the next dose from the participants treated so far, in order of infusion.

    Pending outcomes: the TITE rules and rolling six use them.  For the other rules every way in which they can turn
    out is tried; where all lead to one decision it is given, otherwise the answer is to wait, with what each would
    lead to.  Raises DoseInputError for participants outside the doses of the design.
    """
    for person in participants:
        if not 1 <= person.dose <= design.doses:
            raise DoseInputError(
                f"participant {person.subject} had dose {person.dose}; the design has doses 1 to {design.doses}."
            )
    match design.rule:
        case TiteCrm():
            result = recommend_tite_crm(design, design.rule, participants)
        case TiteBoin():
            result = recommend_tite_boin(design, design.rule, participants)
        case RollingSix():
            result = recommend_rolling(design, design.rule, participants)
        case Boin12():
            result = recommend_boin12(design, design.rule, participants)
        case _:
            result = _recommend_finite(design, participants)
    n, dlts = counts(participants, design.doses)
    lost = tuple(
        sum(not p.evaluable and p.dlt is not True and p.dose == d + 1 for p in participants)
        for d in range(design.doses)
    )
    return replace(
        result,
        warnings=(
            *result.warnings,
            *course_warnings(design, participants),
            *(f"subject {person.subject} {person.note}" for person in participants if person.note),
        ),
        n=tuple(map(int, n)),
        dlts=tuple(map(int, dlts)),
        pending=tuple(map(int, pending_per_dose(participants, design.doses))),
        not_evaluable=lost,
    )


def decide(design: Design, participants: Sequence[Participant]) -> Decision:
    """Decision from complete outcomes for a design whose course depends on counts alone."""
    if not participants:
        step = first_step(design)
        return Decision(
            int(step.dose[0]),
            "start",
            f"the first cohort gets the start level, dose {design.start}",
            design.name,
            cohort=int(step.cohort[0]),
        )
    n, dlts = counts(participants, design.doses)
    last = in_cohorts(participants, design.cohort_sizes)[-1]
    current = last[-1].assigned
    here_n, here_y = int(n[current - 1]), int(dlts[current - 1])
    if here_n == 0:
        return Decision(
            current,
            "stay",
            f"nobody has been evaluated at dose {current} yet",
            design.name,
            cohort=design.cohort_at(current),
        )
    rule = design.rule
    if isinstance(rule, ThreePlusThree) and here_n % 3 and here_n < 6 and here_y < 2:
        left = 3 - here_n % 3
        message = f"{here_y} of {here_n} with DLT: the group of three at dose {current} is not full, {left} more"
        return Decision(current, "stay", message, "3+3", {"n": here_n, "dlts": here_y}, left)
    if isinstance(rule, OwnTable) and all(row.n != here_n for row in rule.rows):
        raise DoseInputError(f"the decision table has no row for n = {here_n}, the number evaluated at dose {current}.")
    open_ended = design if design.max_n is not None else replace(design, max_n=min(int(n.sum()) + 100, MOST))
    seen = [person for person in last if person.counted]
    step = advance(
        open_ended,
        n[None],
        dlts[None],
        np.array([current]),
        np.array([len(seen)]),
        np.array([sum(p.dlt is True for p in seen)]),
    )
    goal, cohort = int(step.dose[0]), int(step.cohort[0])
    match rule:
        case ThreePlusThree():
            message, numbers = threeplusthree_reason(here_n, here_y), {"n": float(here_n), "dlts": float(here_y)}
            title = "3+3"
            limit = int(ceiling(n[None], dlts[None])[0])
            if limit < current and here_y < 2:
                message += f", but dose {limit} below it is too toxic" + (f": dose {goal}" if goal else "")
        case Crm():
            fit = fit_crm(rule, *_one_by_one(participants)) if _can_fit(rule, n, dlts) else None
            message, numbers = _crm_message(rule, fit), {"n": float(n.sum()), "dlts": float(dlts.sum())}
            title = f"CRM ({rule.model}, {rule.method})"
            message += _crm_clause(design, rule, fit.mtd if fit else goal, goal, current)
        case Boin() | Keyboard() | Mtpi2() | I3Plus3() | OwnTable():
            message, numbers = interval_reason(rule, here_n, here_y)
            title = RULE_TITLES[type(rule)]
            message += _interval_clause(design, rule, n, dlts, current, goal)
        case _:
            raise TypeError(f"no rule for {rule!r}")
    if goal == 0:
        message += _stop_clause(design, n, dlts, current)
    move = "stop" if goal == 0 else "escalate" if goal > current else "de-escalate" if goal < current else "stay"
    return Decision(goal or None, move, message, title, numbers, cohort or None)


def course_warnings(design: Design, participants: Sequence[Participant]) -> tuple[str, ...]:
    """Where the participants could not have been treated so under this design, from complete cohorts only."""
    if not isinstance(design.rule, Boin | Keyboard | Mtpi2 | I3Plus3 | OwnTable | ThreePlusThree | Crm):
        return ()
    cohorts = in_cohorts(participants, design.cohort_sizes)
    found = []
    for index, cohort in enumerate(cohorts):
        before = [person for earlier in cohorts[:index] for person in earlier]
        if any(person.pending for person in before):
            break
        try:
            expected = decide(design, before)
        except DoseInputError:
            continue
        dose, size = cohort[0].assigned, sum(p.counted or p.pending for p in cohort)
        if index == 0:
            if dose != design.start:
                found.append(
                    f"the first cohort was treated at dose {dose}, but this design starts at dose {design.start}."
                )
        elif expected.dose is None:
            found.append(
                f"cohort {index + 1} was treated at dose {dose}, but this design had ended after cohort {index}."
            )
        elif dose != expected.dose:
            found.append(
                f"cohort {index + 1} was treated at dose {dose}, but after cohort {index} this design gives dose"
                f" {expected.dose}; these data could not have come from it."
            )
        wanted = expected.cohort or design.cohort_at(dose)
        if (size > wanted or (size < wanted and index < len(cohorts) - 1)) and expected.dose == dose:
            found.append(f"cohort {index + 1} has {size} evaluable participants, but this design treats {wanted}.")
    return tuple(found)


def _recommend_finite(design: Design, participants: Sequence[Participant]) -> Recommendation:
    pending = pending_per_dose(participants, design.doses)
    if pending.any():
        return _with_pending(design, participants, tuple(map(int, pending)))
    decision = decide(design, participants)
    n, dlts = counts(participants, design.doses)
    result = _estimated(design, participants, decision)
    if decision.dose is None:
        chosen = int(select(design, n[None], dlts[None])[0]) or None
        verdict = f"the trial ends and selects dose {chosen}" if chosen else "the trial ends and selects no dose"
        return replace(result, recommended=chosen, complete=True, reason=f"{decision.message}; {verdict}.")
    return replace(result, outlook=outlook(design, participants, decision))


def outlook(design: Design, participants: Sequence[Participant], decision: Decision) -> tuple[Outlook, ...]:
    """The decision after the next cohort, for each number of DLTs in it."""
    if decision.dose is None:
        return ()
    size = decision.cohort or design.cohort_at(decision.dose)
    rows = []
    for toxic in range(size + 1):
        marker = max((person.cohort for person in participants), default=0) + 1
        new = [Participant(f"next {k + 1}", decision.dose, k < toxic, cohort=marker) for k in range(size)]
        after = decide(design, [*participants, *new])
        rows.append(Outlook(toxic, size, after.dose, after.move, after.message))
    return tuple(rows)


def _with_pending(design: Design, participants: Sequence[Participant], pending: tuple[int, ...]) -> Recommendation:
    ways = list(product(*(range(count + 1) for count in pending)))
    total = sum(pending)
    if len(ways) > MAX_COMPLETIONS:
        raise DoseInputError(
            f"{total} participants are pending, too many to try every outcome; use tite-crm or tite-boin, or wait."
        )
    after = {way: decide(design, resolved(participants, way)) for way in ways}
    goals = {(decision.dose, decision.move) for decision in after.values()}
    rows = []
    for toxic in range(total + 1):
        some = [decision for way, decision in after.items() if sum(way) == toxic]
        same = {(d.dose, d.move) for d in some}
        if len(same) == 1:
            rows.append(Outlook(toxic, total, some[0].dose, some[0].move, some[0].message))
        else:
            rows.append(Outlook(toxic, total, None, "depends", "it depends on the dose at which the DLTs occur"))
    people = "1 participant is" if total == 1 else f"{total} participants are"
    if len(goals) == 1:
        decision = after[ways[0]]
        if decision.dose is not None:
            message = (
                f"{people} pending, and the next dose is the same under every outcome; without any DLT:"
                f" {after[ways[0]].message}"
            )
            result = _estimated(design, participants, replace(decision, message=message))
            return replace(result, outlook=tuple(rows), outlook_of="pending participants")
    answers = "; ".join(
        f"{row.dlts} more with DLT: {row.move}"
        + (f" {'at' if row.move == 'stay' else 'to'} dose {row.dose}" if row.dose else "")
        for row in rows
    )
    message = f"{people} pending and the decision depends on it: wait ({answers})"
    wait = Decision(None, "wait", message, design.name)
    result = _estimated(design, participants, wait)
    return replace(result, recommended=None, outlook=tuple(rows), outlook_of="pending participants")


def _estimated(design: Design, participants: Sequence[Participant], decision: Decision) -> Recommendation:
    """A recommendation with the estimates that the rule (or, for 3+3, an isotonic fit) gives from evaluated people."""
    n, dlts = counts(participants, design.doses)
    base = Recommendation(decision.dose, decision, decision.message + ".")
    if isinstance(design.rule, Crm):
        if not _can_fit(design.rule, n, dlts):
            return base
        fit = fit_crm(design.rule, *_one_by_one(participants))
        return replace(
            base,
            estimate=fit.estimate,
            variance=fit.variance,
            dlt_probability=fit.rates,
            lower=fit.lower,
            upper=fit.upper,
            warnings=_skip_warnings(design, n, decision),
        )
    rows = estimates(target_of(design.rule) or 0.30, n, dlts)
    current = participants[-1].assigned if participants else None
    here = n[current - 1] if current else 0
    rate = float(dlts[current - 1] / here) if current and here else None
    return replace(
        base,
        estimate=rate,
        variance=rate * (1 - rate) / float(here) if rate is not None else None,
        dlt_probability=tuple(row.rate for row in rows),
        lower=tuple(row.lower for row in rows),
        upper=tuple(row.upper for row in rows),
    )


def _skip_warnings(design: Design, n: Counts, decision: Decision) -> tuple[str, ...]:
    tried = int(np.flatnonzero(n)[-1]) + 1 if n.any() else design.start - 1
    if decision.dose is not None and decision.dose > tried + 1 and n.any():
        return (
            f"dose {decision.dose} skips dose {tried + 1}, which nobody has had; with no skipping the next dose"
            f" is {tried + 1}.",
        )
    return ()


def _one_by_one(participants: Sequence[Participant]) -> tuple[list[int], list[int]]:
    seen = [person for person in participants if person.counted]
    return [person.dose for person in seen], [int(person.dlt is True) for person in seen]


def _can_fit(rule: Crm, n: Counts, dlts: Counts) -> bool:
    return rule.method == "bayes" or 0 < int(dlts.sum()) < int(n.sum())


def _crm_message(rule: Crm, fit: CrmFit | None) -> str:
    if fit is None:
        return "maximum likelihood needs a participant with a DLT and one without, so the initial climb goes on"
    rates = ", ".join(f"{rate:.3f}" for rate in fit.rates)
    return f"estimated DLT rates are {rates}; dose {fit.mtd} is closest to the target {rule.target:g}"


def _crm_clause(design: Design, rule: Crm, model: int, goal: int, current: int) -> str:
    if goal in (0, model):
        return ""
    if goal == design.top < model:
        return f"; dose {goal} is the highest that may be given"
    if not design.skip and goal > current:
        return f"; no dose is skipped, so dose {goal} comes first"
    return f"; no escalation straight after a cohort at or above the target rate, so dose {goal}"


def _interval_clause(
    design: Design,
    rule: IntervalRule,
    n: Counts,
    dlts: Counts,
    current: int,
    goal: int,
) -> str:
    move = int(moves(rule, int(n.max()))[n[current - 1], dlts[current - 1]])
    limit = int(eliminated_from(rule, n[None], dlts[None])[0])
    if goal == 0:
        return ""
    if design.titrate and goal != current + max(move, -1):
        return "; single participants are given until the first DLT, then that cohort is completed"
    if move == Move.ESCALATE and goal == current:
        if limit <= min(current + 1, design.doses):
            return f", but dose {limit} has been eliminated: stay"
        return ", but this is the highest dose that may be given: stay"
    if move < 0 and goal == current:
        return ", but this is the lowest dose: stay"
    if goal < current and limit <= current and (move >= 0 or goal < current - 1):
        return f", but dose {limit} and what is above it have been eliminated: de-escalate to dose {goal}"
    return ""


def _stop_clause(design: Design, n: Counts, dlts: Counts, current: int) -> str:
    rule = interval_rule_of(design.rule)
    if rule is not None and int(eliminated_from(rule, n[None], dlts[None])[0]) == 1:
        return "; the lowest dose is too toxic"
    if design.max_n is not None and int(n.sum()) >= design.max_n:
        return f"; the trial has its {design.max_n} participants"
    if isinstance(design.rule, ThreePlusThree):
        limit = int(ceiling(n[None], dlts[None])[0])
        if limit == 1:
            return "; the lowest dose is too toxic"
        return f"; dose {limit} above is too toxic" if limit == current + 1 <= design.doses else ""
    if design.settle_n is not None and int(n[current - 1]) >= design.settle_n:
        return f"; dose {current} has settled with {int(n[current - 1])} participants"
    if design.max_n_per_dose is not None:
        return f"; the next dose has its {design.max_n_per_dose} participants"
    return "; the lowest dose is too toxic"
