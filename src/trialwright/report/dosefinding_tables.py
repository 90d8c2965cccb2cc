"""Comparisons of designs as rows, CSV and text."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from trialwright.dosefinding.compare import Comparison
from trialwright.dosefinding.describe import dose_label
from trialwright.report.dosefinding_text import grid


def comparison_rows(found: Sequence[Comparison]) -> list[dict[str, Any]]:
    """One row per scenario and design: exact figures where there are any, durations from the calendar."""
    rows = []
    for item in found:
        best, timed = item.best, item.timed
        rows.append(
            {
                "scenario": item.scenario,
                "design": item.design,
                "method": "exact enumeration" if item.exact else "simulation on the calendar",
                "truth": list(item.truth),
                "true_mtd": best.true_mtd,
                "selection": list(best.selection),
                "none": best.none,
                "se": list(best.se) if best.se else None,
                "patients": list(best.patients),
                "dlts": list(best.dlts),
                "expected_n": best.expected_n,
                "above_mtd": best.above_mtd,
                "overdose": best.overdose,
                "duration_days": timed.duration_days if timed else None,
            }
        )
    return rows


def comparison_csv(found: Sequence[Comparison], levels: Sequence[Mapping[str, Any]]) -> str:
    """Long form: one line per scenario, design and dose, and one for "none"."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(
        [
            "scenario",
            "design",
            "method",
            "dose",
            "label",
            "true_dlt_rate",
            "selection",
            "se",
            "patients",
            "dlts",
            "expected_n",
            "mean_duration_days",
        ]
    )
    for row in comparison_rows(found):
        days = row["duration_days"]["mean"] if row["duration_days"] else ""
        for j, rate in enumerate(row["truth"]):
            se = row["se"][j] if row["se"] else ""
            write.writerow(
                [
                    row["scenario"],
                    row["design"],
                    row["method"],
                    j + 1,
                    dose_label(j + 1, levels),
                    rate,
                    row["selection"][j],
                    se,
                    row["patients"][j],
                    row["dlts"][j],
                    row["expected_n"],
                    days,
                ]
            )
        write.writerow(
            [
                row["scenario"],
                row["design"],
                row["method"],
                "none",
                "no dose",
                "",
                row["none"],
                "",
                "",
                "",
                row["expected_n"],
                days,
            ]
        )
    return out.getvalue()


def comparison_text(found: Sequence[Comparison], levels: Sequence[Mapping[str, Any]]) -> str:
    """One table per scenario, designs as rows, for a terminal."""
    parts = []
    for scenario in dict.fromkeys(item.scenario for item in found):
        mine = [item for item in found if item.scenario == scenario]
        truth = mine[0].truth
        head = ["design", *(f"{j + 1} ({rate:g})" for j, rate in enumerate(truth)), "none", "n", "above MTD %", "days"]
        rows = []
        for item in mine:
            best, days = item.best, item.timed.duration_days if item.timed else None
            rows.append(
                [
                    item.design,
                    *(f"{100 * p:.1f}" for p in best.selection),
                    f"{100 * best.none:.1f}",
                    f"{best.expected_n:.1f}",
                    None if best.above_mtd is None else f"{100 * best.above_mtd:.1f}",
                    f"{days['mean']:.0f}" if days else None,
                ]
            )
        parts.append(f"{scenario}: selection % by dose (true DLT rate)\n{grid(head, rows)}")
    if levels:
        parts.append("; ".join(dose_label(dose, levels) for dose in range(1, len(levels) + 1)))
    return "\n\n".join(parts)
