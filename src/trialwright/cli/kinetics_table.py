"""Kinetic parameters as a table for people: one per interval, then reasons, flags and summaries."""

import sys
from typing import Any

from trialwright.analysis.kinetics.nca import Kinetics

SHOWN = ("CMAX", "TMAX", "TLST", "AUCLST", "AUCINT", "AUCIFO", "LAMZHL", "LAMZNPT", "R2ADJ")


def print_table(kinetics: Kinetics, summary: list[dict[str, Any]]) -> None:
    """The usual parameters of every subject; `*` marks a value with a flag."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 140)
    rows = list(kinetics.rows())
    for interval in dict.fromkeys(row["interval"] for row in rows):
        table = Table(title=f"interval {interval}")
        table.add_column("subject")
        of = {(r["subject"], r["parameter"]): r for r in rows if r["interval"] == interval}
        shown = [code for code in SHOWN if any(key[1] == code for key in of)]
        for code in shown:
            unit = next(r["unit"] for key, r in of.items() if key[1] == code)
            table.add_column(f"{code}\n{unit}" if unit else code, justify="right")
        for name in dict.fromkeys(key[0] for key in of):
            table.add_row(name, *(_cell(of[name, code]) for code in shown))
        console.print(table)
    notes = {(r["subject"], r["interval"], r["reason"] or r["flag"]): None for r in rows if r["parameter"] in SHOWN}
    for name, interval, note in notes:
        if note:
            console.print(f"{name}, {interval}: {note}", markup=False, highlight=False)
    for row in summary:
        if row["parameter"] in SHOWN:
            text = "  ".join(
                f"{key} {row[key]:.5g}"
                for key in ("geometric_mean", "geometric_cv", "median", "minimum", "maximum")
                if row[key] is not None
            )
            line = f"group {row['group'] or 'all'}, {row['interval']}, {row['parameter']}: n {row['n']}"
            console.print(f"{line}, missing {row['missing']}  {text}", markup=False, highlight=False)
    console.print("All parameters, reasons and settings: --json.", highlight=False)


def _cell(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return "-"
    return f"{row['value']:.6g}" + ("*" if row["flag"] else "")
