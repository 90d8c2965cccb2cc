"""The headline of an analysis on the terminal: a line for each main estimand, a column for each dose level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from trialwright.analysis.subjects import Analysis

Numbers = Mapping[tuple[str, str, str, str], Any]
"""(estimand, group, level, statistic) -> row of the results."""


def render(analysis: Analysis) -> None:
    """Prints the table; every number is one of the results."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console = console if console.is_terminal else Console(width=120)
    numbers = {(r["estimand"], r["group"], r["level"], r["statistic"]): r for r in analysis.results}
    groups = list(dict.fromkeys(row["group"] for row in analysis.results))
    sizes = {group: numbers["disposition", group, "enrolled", "count"]["value"] for group in groups}
    title = analysis.plan.protocol.id
    console.print(f"\n[bold]{title}[/bold]  {sizes['all']:g} participants as of {analysis.cut}")
    percent = f"{100 * analysis.plan.rules.level:g}"
    names = [f"{group.removeprefix('dose ')} ({sizes[group]:g})" for group in groups]
    table = Table("", *names, box=None, pad_edge=True)
    for label, estimand, level, kind in lines(analysis):
        cells = [cell(numbers, estimand, group, level, kind, percent) for group in groups]
        if any(cells):
            table.add_row(label, *cells)
    console.print(table)
    console.print(f"x/n ({percent} % interval by Clopper and Pearson); +k?: k of these n are not known and count as no")
    console.print(f"{len(analysis.results):,} results, {len(analysis.remarks):,} remarks on the record")


def lines(analysis: Analysis) -> list[tuple[str, str, str, str]]:
    """(label, estimand, level, kind) of the headline: people, harm, cells, then every measure at its latest visit."""
    found = [
        ("infused", "disposition", "infused", "count"),
        ("evaluable for dose-limiting toxicity", "analysis set", "dlt-evaluable", "count"),
        ("dose-limiting toxicity", "dose-limiting toxicity", "", "share"),
        ("cytokine release syndrome", "crs", "any", "share"),
        ("ICANS", "icans", "any", "share"),
        ("adverse event of grade 3 or more, days 0 to 28", "adverse events", "grade 3 or more", "count"),
        ("Cmax, transgene (copies/ug)", "kinetics CMAX transgene", "", "geometric mean"),
        ("AUC 0-28 d, transgene", "kinetics AUCINT transgene", "", "geometric mean"),
        ("B cells depleted", "b cells depleted", "", "share"),
        ("median days to B-cell recovery", "time to b-cell recovery", "", "median"),
    ]
    for measure in analysis.plan.measures:
        day = _last_day(analysis, measure.name)
        if day is None:
            continue
        if measure.gives == "truth":
            found.append((f"{measure.name}, day {day}", f"{measure.name} at day {day}", "", "share"))
        else:
            found.append((f"{measure.name}, change at day {day}", f"{measure.name} change at day {day}", "", "mean"))
    return found


def _last_day(analysis: Analysis, name: str) -> int | None:
    """The last visit that is due for at least half of those infused, and known for somebody."""
    infused = len(analysis.datasets["ADSL"].where(SAFFL="Y"))
    rows = analysis.datasets["ADEFF"].where(PARNAME=name, DUEFL="Y")
    due = Counter(row["AVISITN"] for row in rows)
    known = {row["AVISITN"] for row in rows if row["AVAL"] is not None}
    return max((day for day in known if 2 * due[day] >= infused), default=None)


def cell(numbers: Numbers, estimand: str, group: str, level: str, kind: str, percent: str) -> str:
    """One number as text; a share with its exact interval; nothing where the estimand is not there."""
    if kind == "share":
        row = numbers.get((estimand, group, level, "count"))
        if row is None or row["value"] is None:
            return "not known" if row is not None else ""
        sides = [numbers.get((estimand, group, level, f"{side} {percent}")) for side in ("lower", "upper")]
        share = f"{row['value']:g}/{row['n']}"
        if any(side is None or side["value"] is None for side in sides):
            return share
        limits = f"({sides[0]['value']:.0f}-{sides[1]['value']:.0f} %)"  # type: ignore[index]
        missing = numbers.get((estimand, group, level, "missing"))
        unknown = f" +{missing['value']:g}?" if missing is not None and missing["value"] else ""
        return f"{share} {limits}{unknown}"
    row = numbers.get((estimand, group, level, kind))
    if row is None or row["value"] is None:
        return "-" if row is not None else ""
    value = row["value"]
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
