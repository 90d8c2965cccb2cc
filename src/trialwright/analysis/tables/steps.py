"""Kaplan-Meier curves as they stand in the results: one level "day N" per step of the curve."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trialwright.analysis.tables.table import Row

DAY = re.compile(r"^day (\d+(?:\.\d+)?)$")


def day_of_level(level: str) -> float:
    """By which days stand in their order, whoever had one first; other levels come before, as the results have them."""
    found = DAY.match(level)
    return float(found[1]) if found else -math.inf


@dataclass(frozen=True, slots=True)
class Step:
    """The curve from one day on: how many were at risk before it, had the event and were censored on it.

    `rows` says which row of the results states what.
    """

    day: float
    survival: float
    lower: float | None
    upper: float | None
    at_risk: int
    events: int
    censored: int
    rows: Mapping[str, int]


def curves(results: Sequence[Row], estimand: str) -> dict[str, list[Step]]:
    """Group to steps in order of days, from rows whose level is a day and that state survival and numbers at risk."""
    found: dict[str, dict[float, dict[str, int]]] = {}
    for i, row in enumerate(results):
        day = DAY.match(row["level"] or "")
        if row["estimand"] == estimand and day is not None:
            found.setdefault(row["group"] or "all", {}).setdefault(float(day[1]), {})[_short(row["statistic"])] = i
    made: dict[str, list[Step]] = {}
    for group, by_day in found.items():
        for day_number, at in sorted(by_day.items()):
            values = {name: results[i]["value"] for name, i in at.items()}
            if values.get("survival") is None or values.get("at risk") is None:
                continue
            lower, upper = values.get("lower"), values.get("upper")
            risk, events, censored = (int(values.get(name) or 0) for name in ("at risk", "events", "censored"))
            step = Step(day_number, values["survival"], lower, upper, risk, events, censored, at)
            made.setdefault(group, []).append(step)
    return made


def _short(statistic: str) -> str:
    """ "lower 95" is the lower limit, whatever its level."""
    return statistic.split(" ")[0] if statistic.startswith(("lower ", "upper ")) else statistic
