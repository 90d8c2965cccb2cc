"""The decision table of a design, in the shape that suits its rule."""

from dataclasses import asdict
from typing import Any

import numpy as np

from trialwright.dosefinding.boin12 import Boin12, desirability_table
from trialwright.dosefinding.checks import DoseInputError
from trialwright.dosefinding.crm import Crm
from trialwright.dosefinding.design import Design
from trialwright.dosefinding.interval import (
    Boin,
    I3Plus3,
    Keyboard,
    Mtpi2,
    OwnTable,
    boin_bounds,
    boundaries,
    lowest_stop,
)
from trialwright.dosefinding.rollingsix import RollingSix
from trialwright.dosefinding.threeplusthree import ThreePlusThree
from trialwright.dosefinding.tite import SUSPEND, TiteBoin, TiteCrm, tite_boin_move
from trialwright.dosefinding.verdicts import Boundary

MOVE_NAMES = {1: "escalate", 0: "stay", -1: "de-escalate", -2: "eliminate", SUSPEND: "suspend accrual"}


def decision_table(design: Design, sizes: tuple[int, ...] | None = None) -> dict[str, Any]:
    """`rows` for the protocol; BOIN adds its bounds.  The CRM has none, since it looks at all doses together."""
    rule = design.rule
    step = max(design.cohort_sizes)
    match rule:
        case Boin():
            low, high = boin_bounds(rule)
            rows = [asdict(row) for row in boundaries(rule, design.limit, step)]
            if rule.extra_safe:
                rows = [{**row, "stop_lowest_if_ge": lowest_stop(rule, row["n"])} for row in rows]
            return {"rows": rows, "lambda_e": low, "lambda_d": high}
        case Keyboard() | Mtpi2() | I3Plus3():
            return {"rows": [asdict(row) for row in boundaries(rule, design.limit, step)]}
        case OwnTable():
            return {"rows": [asdict(row) for row in sorted(rule.rows, key=lambda row: row.n)]}
        case ThreePlusThree():
            return {"rows": [asdict(Boundary(3, 0, 2, 2)), asdict(Boundary(6, 1, 2, 2))]}
        case TiteBoin():
            low, high = boin_bounds(rule.boin)
            rows = [row for n in range(step, design.limit + 1, step) for row in pending_rows(rule, n)]
            return {"rows": rows, "lambda_e": low, "lambda_d": high, "tite_rule": rule.form}
        case Boin12():
            return {"rows": [asdict(row) for row in desirability_table(rule, sizes or (0, 3, 6, 9))]}
        case RollingSix():
            raise DoseInputError(
                "rolling six decides by enrolled, evaluated and pending; use `dose recommend` with P for pending."
            )
        case Crm() | TiteCrm():
            raise DoseInputError(
                "the CRM has no table by participants and DLTs at one dose, since it uses all doses; use `dose"
                " pathways`."
            )
    raise TypeError(f"no rule for {rule!r}")


def pending_rows(rule: TiteBoin, n: int) -> list[dict[str, Any]]:
    """Decisions at `n` treated by DLTs and pending, with the follow-up (in windows) at which they change."""
    rows = []
    for dlts in range(n + 1):
        for pending in range(n - dlts + 1):
            steps = np.linspace(0, pending, 1000 * pending + 1)
            same = np.ones(steps.size)
            found = tite_boin_move(rule, n * same, dlts * same, pending * same, steps)
            change = np.flatnonzero(np.diff(found)) + 1
            rows.append(
                {
                    "n": n,
                    "dlts": dlts,
                    "pending": pending,
                    "decision": MOVE_NAMES[int(found[0])],
                    "then": [
                        {"followed_at_least": round(float(steps[k]), 3), "decision": MOVE_NAMES[int(found[k])]}
                        for k in change
                    ],
                }
            )
    return rows
