"""The next dose where follow-up time or responses take part: TITE-CRM, TITE-BOIN, rolling six, BOIN12."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from trialwright.dosefinding.boin12 import (
    Boin12,
    admissible,
    bounds,
    desirability,
    next_dose_boin12,
    quasi_events,
    utility_benchmark,
)
from trialwright.dosefinding.checks import DoseInputError
from trialwright.dosefinding.crm import fit_crm
from trialwright.dosefinding.design import Design
from trialwright.dosefinding.interval import boin_bounds
from trialwright.dosefinding.outcomes import Participant, counts, in_cohorts, pending_per_dose
from trialwright.dosefinding.recommendation import Outlook, Recommendation
from trialwright.dosefinding.rollingsix import WAIT, RollingSix, next_dose_rolling, select_rolling
from trialwright.dosefinding.selection import eliminated_from, estimates
from trialwright.dosefinding.tite import SUSPEND, TiteBoin, TiteCrm, follow_up_weights, pending_rate, tite_boin_move
from trialwright.dosefinding.verdicts import Decision

Counts = NDArray[np.int_]


def recommend_tite_crm(design: Design, rule: TiteCrm, participants: Sequence[Participant]) -> Recommendation:
    """Weight each participant by follow-up, fit the CRM, and take the closest dose within the design's limits."""
    used = [person for person in participants if person.counted or person.pending]
    if not used:
        return _start(design)
    weights = _weights(rule, used)
    fit = fit_crm(rule.crm, [p.dose for p in used], [int(p.dlt is True) for p in used], weights.tolist())
    tried, current = max(p.assigned for p in used), used[-1].assigned
    goal, clause = min(fit.mtd, design.top), ""
    warnings: list[str] = []
    if goal > tried + 1:
        if design.skip:
            warnings.append(
                f"dose {goal} skips dose {tried + 1}, which nobody has had; with no skipping the next dose is"
                f" {tried + 1}."
            )
        else:
            goal, clause = tried + 1, f"; no dose is skipped, so dose {tried + 1} comes first"
    last = in_cohorts(used, design.cohort_sizes)[-1]
    if design.coherent and goal > current and sum(p.dlt is True for p in last) / len(last) >= rule.crm.target:
        goal, clause = (
            current,
            f"; no escalation straight after a cohort at or above the target rate, so dose {current}",
        )
    pending = sum(p.pending for p in used)
    rates = ", ".join(f"{rate:.3f}" for rate in fit.rates)
    message = (
        f"{len(used)} participants weigh {weights.sum():.2f} ({pending} pending, {rule.weights} weights over"
        f" {rule.window_days:g} days); estimated DLT rates are {rates}; dose {fit.mtd} is closest to the target"
        f" {rule.crm.target:g}{clause}"
    )
    numbers = {"weight": float(weights.sum()), "pending": float(pending)}
    decision = Decision(
        goal, _word(goal, current), message, f"TITE-CRM ({rule.weights} weights)", numbers, design.cohort_at(goal)
    )
    rows = []
    size = design.cohort_at(goal)
    for toxic in range(size + 1):
        new = [Participant(f"next {k}", goal, k < toxic, followup_days=rule.window_days) for k in range(size)]
        after = fit_crm(
            rule.crm,
            [p.dose for p in used] + [goal] * size,
            [int(p.dlt is True) for p in [*used, *new]],
            _weights(rule, [*used, *new]).tolist(),
        )
        dose = min(after.mtd, design.top)
        if not design.skip:
            dose = min(dose, max(tried, goal) + 1)
        if design.coherent and toxic / size >= rule.crm.target:
            dose = min(dose, goal)
        rows.append(Outlook(toxic, size, dose, _word(dose, goal), f"dose {after.mtd} would be closest to the target"))
    return Recommendation(
        goal,
        decision,
        message + ".",
        fit.estimate,
        fit.variance,
        fit.rates,
        fit.lower,
        fit.upper,
        outlook=tuple(rows),
        outlook_of="next cohort, fully followed, with today's follow-up of the others",
        warnings=tuple(warnings),
        details={"weights": [float(w) for w in weights], "model_mtd": fit.mtd},
    )


def recommend_tite_boin(design: Design, rule: TiteBoin, participants: Sequence[Participant]) -> Recommendation:
    """Apply the named TITE-BOIN rule at the current dose; suspended accrual is a "wait" with what would release it."""
    used = [person for person in participants if person.counted or person.pending]
    if not used:
        return _start(design)
    current = used[-1].assigned
    n, dlts = counts(used, design.doses)
    pending = pending_per_dose(used, design.doses)
    treated = n + pending
    followed = np.zeros(design.doses)
    for person in used:
        if person.pending:
            if person.followup_days is None:
                raise DoseInputError(
                    f"participant {person.subject} is pending without follow-up days; give them in a table of subjects."
                )
            followed[person.dose - 1] += min(person.followup_days / rule.window_days, 1.0)
    at = current - 1
    m, y, c, f = int(treated[at]), int(dlts[at]), int(pending[at]), float(followed[at])
    found = pending_rate(rule, np.array(m), np.array(y), np.array(c), np.array(f))
    move = int(tite_boin_move(rule, np.array(m), np.array(y), np.array(c), np.array(f)))
    low, high = boin_bounds(rule.boin)
    limit = int(eliminated_from(rule.boin, treated[None], dlts[None])[0])
    goal = (
        current + 1
        if move == 1 and current < design.top and current + 1 < limit
        else current - 1
        if move < 0 and current > 1
        else current
    )
    goal = min(goal, limit - 1)
    rate = float(found.rate)
    numbers = {"n": m, "dlts": y, "pending": c, "followed": f, "rate": rate, "lambda_e": low, "lambda_d": high}
    head = f"{y} of {m} with DLT and {c} pending with {f:.2f} windows of follow-up"
    source = "imputed outcomes, Yuan 2018" if rule.form == "stft" else "effective sample size, Lin and Yuan 2020"
    rule_name = f"TITE-BOIN ({rule.form}: {source})"
    rows = estimates(rule.boin.target, n, dlts)
    base = Recommendation(
        goal,
        Decision(goal, "stay", "", rule_name, numbers, design.cohort_at(max(goal, 1))),
        "",
        rate,
        None,
        tuple(row.rate for row in rows),
        tuple(row.lower for row in rows),
        tuple(row.upper for row in rows),
        details={"form": rule.form, "effective_n": float(found.effective_n)},
    )
    if limit == 1:
        message = f"{head}: the lowest dose is eliminated, whatever is pending; the trial ends and selects no dose"
        return _said(base, None, "stop", message, complete=True)
    if move == SUSPEND:
        message = (
            f"{head}: more than {rule.max_pending:.0%} of those at dose {current} are pending, so accrual is suspended"
            " until one more is evaluated"
        )
        return _said(base, None, "wait", message)
    if design.max_n is not None and int(treated.sum()) >= design.max_n:
        return _said(
            base,
            None,
            "stop",
            f"{head}; the trial has its {design.max_n} participants and waits for follow-up before it selects",
        )
    side = (
        f"at or below {low:.3f}"
        if move == 1
        else f"above {high:.3f}"
        if move < 0
        else f"between {low:.3f} and {high:.3f}"
    )
    word = _word(goal, current)
    kept = "" if goal != current or move == 0 else ", but no such dose may be given"
    message = f"{head}: estimated DLT rate {rate:.3f} is {side}{kept}: {word}"
    return _said(base, goal, word, message)


def recommend_rolling(design: Design, rule: RollingSix, participants: Sequence[Participant]) -> Recommendation:
    """The dose of the next participant to arrive, or why accrual waits."""
    used = [person for person in participants if person.counted or person.pending]
    if not used:
        return _start(design, 1)
    n, dlts = counts(used, design.doses)
    pending = pending_per_dose(used, design.doses)
    current = used[-1].assigned
    treated = n + pending
    goal = int(next_dose_rolling(treated[None], dlts[None], pending[None], np.array([current]), design.top)[0])
    at = current - 1
    head = f"at dose {current} {int(dlts[at])} of {int(treated[at])} with DLT and {int(pending[at])} pending"
    base = Recommendation(None, Decision(None, "wait", "", "rolling six (Skolnik et al 2008)", {}, 1), "")
    if goal == WAIT:
        return _said(base, None, "wait", f"{head}: six are enrolled and the dose is not cleared, so accrual waits")
    if goal == 0:
        chosen = int(select_rolling(n[None], dlts[None], design.top)[0]) or None
        verdict = f"selects dose {chosen}" if chosen else "selects no dose"
        return _said(base, chosen, "stop", f"{head}: the trial ends and {verdict}", complete=True, next_dose=None)
    return _said(base, goal, _word(goal, current), f"{head}: the next participant gets dose {goal}")


def recommend_boin12(design: Design, rule: Boin12, participants: Sequence[Participant]) -> Recommendation:
    """The most desirable dose among those that the toxicity rule allows; pending participants are waited for."""
    used = [person for person in participants if person.counted or person.pending]
    if not used:
        return _start(design)
    waiting = [p.subject for p in used if p.pending or p.response is None]
    base = Recommendation(None, Decision(None, "wait", "", "BOIN12 (Lin et al 2020)"), "")
    if waiting:
        who = ", ".join(waiting)
        return _said(
            base, None, "wait", f"BOIN12 needs toxicity and response of everybody; wait for participants {who}"
        )
    n, dlts = counts(used, design.doses)
    responses, both = np.zeros_like(n), np.zeros_like(n)
    for person in used:
        responses[person.dose - 1] += bool(person.response)
        both[person.dose - 1] += bool(person.response) and person.dlt is True
    events = quasi_events(rule, n, dlts, responses, both)
    current = used[-1].assigned
    score = desirability(rule, n.astype(float), events)
    ok = admissible(rule, n, dlts, responses)
    goal = int(
        next_dose_boin12(rule, n[None], dlts[None], responses[None], events[None], np.array([current]), design.top)[0]
    )
    low, high = bounds(rule)
    at = current - 1
    rate = float(dlts[at] / n[at])
    shown = ", ".join(
        f"dose {j + 1}: {score[j]:.3f}" + ("" if ok[j] else " (inadmissible)") for j in range(design.doses)
    )
    head = (
        f"{int(dlts[at])} of {int(n[at])} with DLT ({rate:.3f}; bounds {low:.3f} and {high:.3f}) and"
        f" {int(responses[at])} with response at dose {current}; desirability {shown}"
    )
    rows = estimates(rule.target, n, dlts)
    base = replace(
        base,
        estimate=rate,
        dlt_probability=tuple(row.rate for row in rows),
        lower=tuple(row.lower for row in rows),
        upper=tuple(row.upper for row in rows),
        details={
            "desirability": [float(s) for s in score],
            "admissible": [bool(a) for a in ok],
            "responses": [int(r) for r in responses],
            "benchmark": utility_benchmark(rule),
        },
    )
    if goal == 0:
        return _said(
            base,
            None,
            "stop",
            f"{head}: no dose within reach is admissible; the trial ends and selects no dose",
            complete=True,
        )
    return _said(
        base,
        goal,
        _word(goal, current),
        f"{head}: {_word(goal, current)} to dose {goal}" if goal != current else f"{head}: stay",
    )


def _weights(rule: TiteCrm, used: Sequence[Participant]) -> NDArray[np.float64]:
    days = []
    for person in used:
        if person.followup_days is None:
            if person.pending:
                raise DoseInputError(
                    f"participant {person.subject} is pending without follow-up days; give them in a table of subjects."
                )
            if rule.weights == "adaptive" and person.dlt:
                raise DoseInputError(f"adaptive weights need the day of the DLT of participant {person.subject}.")
        days.append(rule.window_days if person.followup_days is None else person.followup_days)
    return follow_up_weights(days, [int(p.dlt is True) for p in used], rule.window_days, rule.weights)


def _start(design: Design, cohort: int | None = None) -> Recommendation:
    message = f"the first cohort gets the start level, dose {design.start}"
    size = cohort or design.cohort_at(design.start)
    return Recommendation(
        design.start, Decision(design.start, "start", message, design.name, cohort=size), message + "."
    )


def _said(
    base: Recommendation, dose: int | None, move: str, message: str, complete: bool = False, next_dose: int | None = -1
) -> Recommendation:
    given = dose if next_dose == -1 else next_dose
    decision = replace(base.decision, dose=given, move=move, message=message)
    return replace(base, recommended=dose, decision=decision, reason=message + ".", complete=complete)


def _word(goal: int, current: int) -> str:
    return "escalate" if goal > current else "de-escalate" if goal < current else "stay"
