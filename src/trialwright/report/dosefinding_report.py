"""The report of a comparison of designs, as it would stand in a protocol's appendix: one HTML file with its figures."""

import base64
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from trialwright import __version__
from trialwright.dosefinding.calendar import Timeline
from trialwright.dosefinding.checks import DoseInputError
from trialwright.dosefinding.compare import Comparison
from trialwright.dosefinding.describe import describe, dose_label
from trialwright.dosefinding.design import Design
from trialwright.dosefinding.protocol_tables import decision_table
from trialwright.report.dosefinding_plots import FIGURES, write_figures
from trialwright.report.dosefinding_tables import comparison_csv

STYLE = """
body { font: 15px/1.5 Georgia, 'Times New Roman', serif; color: #1d1d1f; max-width: 60rem;
  margin: 2.5rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; }
h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid #bbb; }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; } p { margin: .5rem 0; }
table { border-collapse: collapse; margin: .6rem 0 1.2rem; font-size: .9rem; }
th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid #ddd; }
th { border-bottom: 1.5px solid #333; font-weight: 600; } td:first-child, th:first-child { text-align: left; }
td.mtd, th.mtd { background: #e9eef2; } caption { text-align: left; font-style: italic; padding-bottom: .3rem; }
img { max-width: 100%; } .note { color: #555; font-size: .88rem; }
.wide { overflow-x: auto; } @media print { h2 { break-after: avoid; } table, img { break-inside: avoid; } }
"""


def write_report(
    out: Path,
    title: str,
    designs: Mapping[str, Design],
    levels: Sequence[Mapping[str, Any]],
    found: Sequence[Comparison],
    line: Timeline | None,
    trials: int,
    seed: int,
) -> list[str]:
    """Write report.html, comparison.csv and the figures into the folder `out`; returns the paths written."""
    out.mkdir(parents=True, exist_ok=True)
    figures = write_figures(out, found, levels)
    table = out / "comparison.csv"
    table.write_text(comparison_csv(found, levels), encoding="utf-8")
    page = out / "report.html"
    page.write_text(html_report(title, designs, levels, found, line, trials, seed, figures), encoding="utf-8")
    return [str(path) for path in (page, table, *figures)]


def html_report(
    title: str,
    designs: Mapping[str, Design],
    levels: Sequence[Mapping[str, Any]],
    found: Sequence[Comparison],
    line: Timeline | None,
    trials: int,
    seed: int,
    figures: Sequence[Path],
) -> str:
    """The page: designs in English, decision tables, operating characteristics per scenario, figures, methods."""
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p class='note'>Trialwright {__version__}. Decision support for research.</p>",
    ]
    parts.append("<h2>1. Designs</h2>")
    for name, design in designs.items():
        parts.append(f"<h3>{escape(name)}</h3>")
        parts += [f"<p>{escape(text)}</p>" for text in describe(design, levels).split("\n\n")]
    parts.append("<h2>2. Decision tables</h2>")
    for name, design in designs.items():
        parts.append(_decisions(name, design))
    parts.append("<h2>3. Operating characteristics</h2>")
    for scenario in dict.fromkeys(item.scenario for item in found):
        parts.append(_scenario([item for item in found if item.scenario == scenario], levels))
    parts.append("<h2>4. Figures</h2>")
    for path in figures:
        data = base64.b64encode(path.read_bytes()).decode()
        label = FIGURES[path.stem]
        parts.append(f"<p><img alt='{escape(label)}' src='data:image/png;base64,{data}'></p>")
    parts.append("<p class='note'>The shaded dose is the true MTD of the scenario.</p>")
    parts.append("<h2>5. Methods</h2>")
    parts += [f"<p>{escape(text)}</p>" for text in _methods(found, line, trials, seed)]
    body = "\n".join(parts)
    return (
        f"<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        f"<style>{STYLE}</style></head><body>\n{body}\n</body></html>\n"
    )


def _decisions(name: str, design: Design) -> str:
    try:
        rows = decision_table(design)["rows"]
    except DoseInputError as reason:
        return f"<h3>{escape(name)}</h3><p class='note'>{escape(str(reason))}</p>"
    if "then" in rows[0]:
        rows = [
            {
                **{key: row[key] for key in ("n", "dlts", "pending", "decision")},
                "changes": "; ".join(f"{t['decision']} from {t['followed_at_least']:.2f} windows" for t in row["then"]),
            }
            for row in rows
            if row["n"] <= 12
        ]
    words = {
        "n": "evaluated at the dose",
        "escalate_if_le": "escalate if DLTs ≤",
        "deescalate_if_ge": "de-escalate if DLTs ≥",
        "eliminate_if_ge": "eliminate if DLTs ≥",
    }
    head = "".join(f"<th>{escape(words.get(key, key.replace('_', ' ')))}</th>" for key in rows[0])
    lines = "".join("<tr>" + "".join(f"<td>{_cell(value)}</td>" for value in row.values()) + "</tr>" for row in rows)
    return f"<h3>{escape(name)}</h3><div class='wide'><table><tr>{head}</tr>{lines}</table></div>"


def _scenario(mine: Sequence[Comparison], levels: Sequence[Mapping[str, Any]]) -> str:
    first = mine[0]
    mtd = first.best.true_mtd
    marks = [" class='mtd'" if mtd == j + 1 else "" for j in range(len(first.truth))]
    head = "".join(
        f"<th{mark}>{escape(dose_label(j + 1, levels))}<br>true rate {rate:g}</th>"
        for j, (rate, mark) in enumerate(zip(first.truth, marks))
    )
    lines = []
    for item in mine:
        best, days = item.best, item.timed.duration_days if item.timed else None
        errors = best.se or [None] * len(first.truth)
        shown = zip(best.selection, errors, marks)
        cells = "".join(f"<td{m}>{100 * p:.1f}{f' ± {100 * e:.1f}' if e is not None else ''}</td>" for p, e, m in shown)
        lines.append(
            f"<tr><td>{escape(item.design)}: selected, %</td>{cells}<td>{100 * best.none:.1f}</td><td></td></tr>"
        )
        cells = "".join(f"<td{m}>{n:.1f}</td>" for n, m in zip(best.patients, marks))
        lines.append(f"<tr><td>participants</td>{cells}<td></td><td>{best.expected_n:.1f}</td></tr>")
        cells = "".join(f"<td{m}>{n:.2f}</td>" for n, m in zip(best.dlts, marks))
        lines.append(f"<tr><td>DLTs</td>{cells}<td></td><td>{sum(best.dlts):.1f}</td></tr>")
        notes = []
        if best.above_mtd is not None and best.overdose is not None:
            notes.append(f"{100 * best.above_mtd:.1f} % of participants above the MTD")
            notes.append(f"more than 60 % of them above it in {100 * best.overdose:.1f} % of trials")
        if days:
            notes.append(
                f"duration {days['median'] / 30.4375:.1f} months (10 % {days['p10'] / 30.4375:.1f}, 90 %"
                f" {days['p90'] / 30.4375:.1f})"
            )
        if notes:
            width = len(first.truth) + 3
            lines.append(
                f"<tr><td colspan='{width}' style='text-align:left' class='note'>{escape('; '.join(notes))}.</td></tr>"
            )
    return (
        f"<div class='wide'><table><caption>{escape(first.scenario)}</caption>"
        f"<tr><th></th>{head}<th>none</th><th>total</th></tr>{''.join(lines)}</table></div>"
    )


def _methods(found: Sequence[Comparison], line: Timeline | None, trials: int, seed: int) -> list[str]:
    texts = []
    if any(item.exact for item in found):
        texts.append(
            "Selection probabilities, participants and DLTs without ± are exact: every course of the trial was"
            " enumerated, so they"
            " carry no Monte-Carlo error."
        )
    if any(item.exact is None for item in found):
        texts.append(f"Figures with ± (one standard error) are from {trials:,} simulated trials (seed {seed}).")
    if line is not None:
        low, high = line.lag_days
        lag = f"{low:g} to {high:g}" if high > low else f"{low:g}"
        texts.append(
            f"Durations are from {trials:,} simulated trials per design and scenario (seed {seed}): a participant every"
            f" {line.accrual_days:g} days on average ({line.arrival}), DLT window {line.window_days:g} days,"
            f" {lag} days from"
            f" leukapheresis to infusion, manufacturing failure {line.failure:.0%}, not evaluable"
            f" {line.unevaluable:.0%}; the trial"
            " ends when the last outcome is known."
        )
        if any(line.below_target) or line.unevaluable or line.curtail:
            texts.append(
                "The exact figures assume that everybody is infused as planned and evaluable; the calendar"
                " simulation of"
                " the same design does not, and serves for the durations only."
            )
    texts.append(
        "The true MTD of a scenario is the dose whose true DLT rate is closest to the target, the lower of two."
    )
    return texts


def _cell(value: object) -> str:
    return "–" if value is None else escape(str(value))
