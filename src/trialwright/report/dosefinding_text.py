"""Dose-finding results as plain text for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from trialwright.dosefinding.describe import dose_label


def grid(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns padded to their widest cell; None shows as a dash."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(line[column]) for line in [list(head), *cells]) for column in range(len(head))]
    lines = ["  ".join(text.rjust(width) for text, width in zip(line, widths)) for line in [list(head), *cells]]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def table_text(result: Mapping[str, Any]) -> str:
    """A decision table with its bounds."""
    design, rows = result["design"], result["rows"]
    lines = [f"{design['name']}" + (f", target DLT rate {design['target']:g}" if design.get("target") else "")]
    if "lambda_e" in result:
        lines.append(f"escalate at or below {result['lambda_e']:.4f}, de-escalate above {result['lambda_d']:.4f}")
    if rows and "then" in rows[0]:
        rows = [
            {
                **row,
                "then": "; ".join(f"{t['decision']} from {t['followed_at_least']:.2f} windows" for t in row["then"]),
            }
            for row in rows
        ]
    head = list(rows[0]) if rows else []
    lines.append(grid([name.replace("_", " ") for name in head], [[row[name] for name in head] for row in rows]))
    return "\n".join(lines)


def characteristics_text(result: Mapping[str, Any]) -> str:
    """Operating characteristics per dose, and the trial's totals."""
    levels = result["design"].get("levels") or []
    errors = result.get("se") or [None] * len(result["truth"])
    rows = [
        [
            dose_label(dose, levels),
            f"{result['truth'][dose - 1]:.3f}",
            f"{100 * result['selection'][dose - 1]:.2f}" + (f" ± {100 * se:.2f}" if se is not None else ""),
            f"{result['patients'][dose - 1]:.2f}",
            f"{result['dlts'][dose - 1]:.2f}",
        ]
        for dose, se in enumerate(errors, 1)
    ]
    lines = [
        f"{result['design']['name']}, {result['method']}",
        grid(["dose", "true rate", "selected %", "participants", "DLTs"], rows),
        f"no dose selected {100 * result['none']:.2f} %, expected participants {result['expected_n']:.2f}",
    ]
    if result.get("overdose") is not None:
        lines.append(
            f"above the MTD (dose {result['true_mtd']}): {100 * result['above_mtd']:.1f} % of participants;"
            " more than 60 % of them in"
            f" {100 * result['overdose']:.1f} % of trials"
        )
    if result.get("duration_days"):
        days = result["duration_days"]
        lines.append(
            f"duration {days['mean']:.0f} days (10 % {days['p10']:.0f}, median {days['median']:.0f}, 90 %"
            f" {days['p90']:.0f})"
        )
    return "\n".join(lines)


def recommendation_text(result: Mapping[str, Any]) -> str:
    """Dose, reason, estimates and what follows."""
    levels = result["design"].get("levels") or []
    given = result["recommended"]
    head = "no dose" if given is None else dose_label(given, levels)
    word = "selected" if result["complete"] else "recommended"
    lines = [f"{word}: {head} ({result['decision']})", f"why: {result['reason']}", f"rule: {result['rule']}"]
    people = result["participants"]
    rows = []
    for dose in range(1, result["design"]["doses"] + 1):
        at = dose - 1
        rate, low, high = (
            result[key][at] if len(result[key]) > at else None for key in ("dlt_probability", "lower", "upper")
        )
        rows.append(
            [dose_label(dose, levels), people["n"][at], people["dlts"][at], people["pending"][at], rate, low, high]
        )
    lines.append(grid(["dose", "evaluated", "DLTs", "pending", "DLT rate", "lower", "upper"], rows))
    if result["next"]["outcomes"]:
        lines.append(f"then, by DLTs in the {result['next']['of']}:")
        for row in result["next"]["outcomes"]:
            goal = (
                ""
                if row["dose"] is None
                else f" {'at' if row['move'] == 'stay' else 'to'} {dose_label(row['dose'], levels)}"
            )
            lines.append(f"  {row['dlts']} of {row['of']}: {row['move']}{goal}: {row['message']}")
    lines += [f"note: {note}" for note in result["notes"]]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
