"""Why a rule moves as it does at the current dose: the numbers, and one sentence with them."""

import numpy as np

from trialwright.dosefinding.interval import (
    Boin,
    I3Plus3,
    IntervalRule,
    Keyboard,
    Mtpi2,
    OwnTable,
    boin_bounds,
    boundaries,
    moves,
    probability_above,
)
from trialwright.dosefinding.verdicts import MOVE_WORDS, Boundary, Move

RULE_TITLES: dict[type, str] = {
    Boin: "BOIN (Liu and Yuan 2015)",
    Keyboard: "Keyboard (Yan et al 2017)",
    Mtpi2: "mTPI-2 (Guo et al 2017)",
    I3Plus3: "i3+3 (Liu et al 2020)",
    OwnTable: "decision table of the protocol",
}


def interval_reason(rule: IntervalRule, n: int, dlts: int) -> tuple[str, dict[str, float]]:
    """Sentence such as "2 of 6 with DLT: 0.333 is between 0.236 and 0.359: stay", and the numbers in it."""
    if n == 0:
        return "nobody has been evaluated at this dose", {}
    move = Move(int(moves(rule, n)[n, dlts]))
    rate = dlts / n
    above = float(probability_above(rule.target, np.array([n]), np.array([dlts]))[0])
    numbers: dict[str, float] = {"n": n, "dlts": dlts, "rate": rate, "probability_above_target": above}
    head = f"{dlts} of {n} with DLT: {rate:.3f}"
    if move is Move.ELIMINATE and not isinstance(rule, OwnTable):
        numbers["cutoff"] = rule.cutoff
        tail = f" and P(DLT rate > {rule.target:g}) = {above:.3f} is above {rule.cutoff:g}"
        return f"{head}{tail}: {MOVE_WORDS[move]}", numbers
    match rule:
        case Boin():
            low, high = boin_bounds(rule)
            numbers |= {"lambda_e": low, "lambda_d": high}
            place = _placed(move, low, high)
        case I3Plus3():
            low, high = rule.target - rule.left, rule.target + rule.right
            numbers |= {"interval_low": low, "interval_high": high}
            if move is Move.STAY and rate > high + 1e-12:
                place = f"is above {high:.3f} but one DLT fewer ({dlts - 1} of {n}) is below {low:.3f}"
            else:
                place = _placed(move, low, high)
        case Keyboard() | Mtpi2():
            low, high = rule.target - rule.left, rule.target + rule.right
            numbers |= {"interval_low": low, "interval_high": high}
            side = {Move.ESCALATE: "lies below", Move.STAY: "is", Move.DEESCALATE: "lies above"}[move]
            place = f"and the most probable interval {side} the target interval {low:.3f} to {high:.3f}"
        case OwnTable():
            row = next((row for row in boundaries(rule, n) if row.n == n), None)
            place = _table_row(row, n)
        case _:
            raise TypeError(f"no rule for {rule!r}")
    return f"{head} {place}: {MOVE_WORDS[move]}", numbers


def _placed(move: Move, low: float, high: float) -> str:
    if move is Move.ESCALATE:
        return f"is at or below {low:.3f}"
    if move is Move.STAY:
        return f"is between {low:.3f} and {high:.3f}"
    return f"is above {high:.3f}"


def _table_row(row: Boundary | None, n: int) -> str:
    if row is None:
        return f"but the table has no row for n = {n}"
    parts = [f"escalates at {row.escalate_if_le} or fewer" if row.escalate_if_le is not None else ""]
    parts.append(f"de-escalates at {row.deescalate_if_ge} or more" if row.deescalate_if_ge is not None else "")
    return f"where the table at n = {n} " + " and ".join(part for part in parts if part)


def threeplusthree_reason(n: int, dlts: int) -> str:
    """What 3+3 says of a group of three or six at the current dose."""
    if dlts >= 2:
        return f"{dlts} of {n} with DLT: two or more, the dose is above the MTD"
    if n >= 6:
        return f"{dlts} of {n} with DLT: at most one of six, the dose is tolerated"
    if dlts == 1:
        return f"1 of {n} with DLT: three more at this dose"
    return f"0 of {n} with DLT: the dose is tolerated so far"
