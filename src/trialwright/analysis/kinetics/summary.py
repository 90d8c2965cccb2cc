"""Kinetic parameters by dose level: geometric mean and CV for exposure, median and range for times.

Parameters that are missing for a subject are counted with their reasons, so that a mean over 4 of 6 says so.
"""

from collections import Counter
from dataclasses import asdict
from typing import Any

from trialwright.analysis.kinetics.nca import Kinetics
from trialwright.analysis.statistics.summaries import QuantileType, summarise


def summarise_kinetics(kinetics: Kinetics, level: float = 0.95, quantiles: QuantileType = 2) -> list[dict[str, Any]]:
    """One row per group (dose level), interval and parameter, in order of appearance; `missing_reasons` are counted."""
    groups = [subject.group for subject in kinetics.profiles.subjects]
    of = {subject.id: subject.group for subject in kinetics.profiles.subjects}
    table: dict[tuple[str | None, str, str, str | None], list[dict[str, Any]]] = {}
    for row in kinetics.rows():
        key = (of[row["subject"]], row["interval"], row["parameter"], row["unit"])
        table.setdefault(key, []).append(row)
    ordered = sorted(table, key=lambda key: groups.index(key[0]))
    result = []
    for group, interval, parameter, unit in ordered:
        rows = table[group, interval, parameter, unit]
        summary = asdict(summarise([row["value"] for row in rows], level, quantiles))
        reasons = Counter(row["reason"] for row in rows if row["reason"])
        result.append(
            {
                "group": group,
                "interval": interval,
                "parameter": parameter,
                "unit": unit,
                **summary,
                "flagged": sum(1 for row in rows if row["flag"]),
                "missing_reasons": [{"reason": text, "n": n} for text, n in reasons.items()],
            }
        )
    return result
