"""`trialwright dose` pathways, select, skeleton, describe, compare, feasibility, schedule: what goes on paper."""

from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from trialwright.cli.dose_options import (
    TIME_NAMES,
    Refused,
    design_options,
    echo_design,
    load_escalation,
    numbers,
    output_options,
    progress,
    protocol_settings,
    refusals,
    say,
    scenarios,
    settings,
    time_options,
    whole,
)


@click.command()
@design_options()
@click.option("--outcomes", default="", help="Outcomes so far; none: from the first cohort.")
@click.option(
    "--ahead-cohorts", "--next", "ahead", type=int, default=2, show_default=True, help="Cohorts to look ahead."
)
@click.option("--truth", callback=numbers, help="True DLT rates: adds the probability of each path.")
@output_options
@refusals
def pathways(outcomes: str, ahead: int, truth: tuple[float, ...] | None, as_json: bool | None, **options: Any) -> None:
    """Every course of the next cohorts, with the dose that it leads to."""
    from trialwright.dosefinding.outcomes import parse_outcomes
    from trialwright.dosefinding.pathways import pathways as grow
    from trialwright.dosefinding.settings import make_design
    from trialwright.report.dosefinding_text import grid

    found, levels = settings(options, len(truth) if truth else None)
    design = make_design(found)
    people = parse_outcomes(outcomes, design.doses)
    paths = grow(design, ahead, people, truth)
    rows = [
        {
            "path": p.text,
            "cohorts": [{"dose": d, "n": n, "dlts": y} for d, n, y in p.cohorts],
            "next_dose": p.dose,
            "decision": p.move,
            "reason": p.reason,
            "probability": p.probability,
        }
        for p in paths
    ]
    result = {"outcomes": outcomes, "paths": rows, "design": echo_design(design, levels), "warnings": []}
    head = ["path", "next dose", "decision", "probability", "reason"]
    say(
        result,
        as_json,
        lambda _: grid(head, [[r["path"], r["next_dose"], r["decision"], r["probability"], r["reason"]] for r in rows]),
    )


@click.command()
@design_options()
@click.option("--n", "treated", callback=whole, required=True, help="Participants evaluated at each dose.")
@click.option("--dlts", callback=whole, required=True, help="DLTs at each dose.")
@output_options
@refusals
def select(treated: tuple[int, ...], dlts: tuple[int, ...], as_json: bool | None, **options: Any) -> None:
    """The dose that a finished trial selects, from the counts per dose."""
    import numpy as np

    from trialwright.dosefinding.checks import check_counts
    from trialwright.dosefinding.design import target_of
    from trialwright.dosefinding.pending import final_selection
    from trialwright.dosefinding.selection import estimates
    from trialwright.dosefinding.settings import make_design
    from trialwright.report.dosefinding_text import grid

    check_counts(treated, dlts)
    found, levels = settings(options, len(treated))
    design = make_design(found)
    if design.name == "boin12":
        raise Refused("boin12 selects by toxicity and response; give the participants to `dose recommend`.")
    n, y = np.array(treated), np.array(dlts)
    if not n.any():
        raise Refused("nobody has been evaluated; a dose is selected from evaluated participants.")
    chosen = int(final_selection(design, n[None], y[None])[0]) or None
    rows = [asdict(row) for row in estimates(target_of(design.rule) or 0.30, n, y)]
    result = {"selected": chosen, "estimates": rows, "design": echo_design(design, levels), "warnings": []}
    head = ["dose", "n", "dlts", "rate", "lower", "upper", "probability_above_target"]
    say(
        result,
        as_json,
        lambda _: f"selected: {chosen or 'no dose'}\n" + grid(head, [[r[h] for h in head] for r in rows]),
    )


@click.command()
@click.option("--target", type=float, required=True, help="Target DLT rate.")
@click.option("--doses", type=int, required=True)
@click.option("--prior-mtd", type=int, required=True, help="Dose believed to be the MTD.")
@click.option("--halfwidth", type=float, default=0.05, show_default=True)
@click.option("--model", type=click.Choice(["empiric", "logistic"]), default="empiric", show_default=True)
@click.option("--intercept", type=float, default=3.0, show_default=True)
@output_options
@refusals
def skeleton(
    target: float, doses: int, prior_mtd: int, halfwidth: float, model: str, intercept: float, as_json: bool | None
) -> None:
    """A CRM skeleton by the indifference-interval method, with the interval of each dose."""
    from trialwright.dosefinding.crm import Crm
    from trialwright.dosefinding.skeleton import indifference_intervals, indifference_skeleton
    from trialwright.report.dosefinding_text import grid

    rates = indifference_skeleton(target, doses, prior_mtd, halfwidth, model, intercept)
    ends = indifference_intervals(Crm(target, rates, model, intercept)) if doses > 1 else [(None, None)]
    result = {"skeleton": list(rates), "intervals": [list(pair) for pair in ends], "warnings": []}
    rows = [[dose, rate, *pair] for dose, (rate, pair) in enumerate(zip(rates, ends), 1)]
    say(result, as_json, lambda _: grid(["dose", "prior rate", "indifferent from", "to"], rows))


@click.command()
@design_options()
@output_options
@refusals
def describe(as_json: bool | None, **options: Any) -> None:
    """The design section of a protocol, in English."""
    from trialwright.dosefinding.describe import describe as in_english
    from trialwright.dosefinding.settings import make_design

    found, levels = settings(options)
    design = make_design(found)
    text = in_english(design, levels)
    say({"text": text, "design": echo_design(design, levels), "warnings": []}, as_json, lambda r: str(r["text"]))


@click.command()
@design_options(multiple=True)
@time_options
@click.option(
    "--truth",
    "truths",
    multiple=True,
    required=True,
    callback=scenarios,
    help="A scenario: name=0.05,0.15,0.30; repeat.",
)
@click.option("--trials", type=int, default=10_000, show_default=True, help="For what is simulated.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for report.html, comparison.csv and figures.",
)
@click.option("--title", default="Dose escalation: operating characteristics", help="Title of the report.")
@output_options
@refusals
def compare(
    name: tuple[str, ...],
    truths: list[tuple[str, tuple[float, ...]]],
    trials: int,
    seed: int,
    out: Path | None,
    title: str,
    as_json: bool | None,
    **options: Any,
) -> None:
    """Designs side by side under the same scenarios; with --out as a report for the protocol's appendix."""
    from trialwright.dosefinding.calendar import Timeline
    from trialwright.dosefinding.checks import check_truth
    from trialwright.dosefinding.compare import compare as side_by_side
    from trialwright.dosefinding.design import Design
    from trialwright.dosefinding.settings import make_design
    from trialwright.report.dosefinding_tables import comparison_rows, comparison_text

    if trials < 1 or seed < 0:
        raise Refused("give 1 or more trials and a seed of 0 or more.")
    lengths = {len(rates) for _, rates in truths}
    if len(lengths) > 1:
        raise Refused("the scenarios have different numbers of doses; give one rate per dose in each.")
    if len({scenario for scenario, _ in truths}) < len(truths):
        raise Refused("two scenarios have the same name.")
    warnings = [f"{scenario}: {text}" for scenario, rates in truths for text in check_truth(rates)]
    clock = {key: options.pop(key) for key in TIME_NAMES}
    given = {key: value for key, value in clock.items() if value is not None}
    if "lag_days" in given:
        given["lag_days"] = (given["lag_days"][0], given["lag_days"][-1])
    designs: dict[str, Design] = {}
    levels: list[dict[str, Any]] = []
    window, target = 28.0, None
    for each in name or (None,):
        found, levels = settings({**options, "name": each}, lengths.pop() if not designs else len(truths[0][1]), True)
        design = make_design(found)
        designs[design.name] = design
        window, target = found.window, found.target or target
    line = Timeline(window_days=window, **given) if given else None
    with progress(len(designs) * len(truths)) as tick:
        found_all = side_by_side(designs, dict(truths), line, trials, seed, target, (lambda: tick(1)) if tick else None)
    rows = comparison_rows(found_all)
    files: list[str] = []
    if out is not None:
        from trialwright.report.dosefinding_report import write_report

        files = write_report(out, title, designs, levels, found_all, line, trials, seed)
    result = {
        "rows": rows,
        "designs": {key: echo_design(design, levels) for key, design in designs.items()},
        "timeline": asdict(line) if line else None,
        "trials": trials,
        "seed": seed,
        "files": files,
        "warnings": warnings,
    }
    say(result, as_json, lambda _: comparison_text(found_all, levels) + "".join(f"\nwritten: {file}" for file in files))


@click.command()
@click.option(
    "--infusions",
    type=click.Path(path_type=Path),
    required=True,
    help="CSV: subject, planned_level, infused_cells, dlt (weight_kg).",
)
@click.option("--levels", "amounts", callback=numbers, help="Planned cells of each level, such as 25e6,50e6,100e6.")
@click.option("--per-kg", is_flag=True, help="The levels are cells per kg.")
@click.option("--protocol", help="A protocol of the catalog, or a JSON file, for the levels.")
@click.option("--target", type=float, help="Target DLT rate.")
@click.option("--minimum", type=float, default=0.8, show_default=True, help="Lowest acceptable feasible rate.")
@click.option("--feasibility-cutoff", type=float, default=0.9, show_default=True)
@click.option(
    "--tolerance", type=float, default=0.2, show_default=True, help="Share below plan that still counts as the level."
)
@output_options
@refusals
def feasibility(
    infusions: Path,
    amounts: tuple[float, ...] | None,
    per_kg: bool,
    protocol: str | None,
    target: float | None,
    minimum: float,
    feasibility_cutoff: float,
    tolerance: float,
    as_json: bool | None,
) -> None:
    """Planned against infused: the level each participant informs, and the maximum tolerated and feasible dose."""
    from trialwright.dosefinding.feasibility import assess, read_infusions
    from trialwright.report.dosefinding_text import grid

    levels: list[dict[str, Any]] = []
    if protocol is not None:
        values, levels = protocol_settings(load_escalation(protocol))
        target = target if target is not None else values.get("target")
    elif amounts:
        levels = [{"value": value, "unit": "cells", "per": "kg" if per_kg else None} for value in amounts]
    if not levels:
        raise Refused("give --levels or --protocol.")
    if target is None:
        raise Refused("give --target, the target DLT rate.")
    values_only = [float(level["value"]) for level in levels]
    if sorted(set(values_only)) != values_only or values_only[0] <= 0:
        raise Refused("the levels must be above 0 and increase.")
    people = read_infusions(infusions.read_text(encoding="utf-8"), levels)
    found = assess(people, values_only, target, minimum, feasibility_cutoff, tolerance)
    result = {
        "mtd": found.mtd,
        "mtfd": found.mtfd,
        "reason": found.reason,
        "levels": [asdict(row) for row in found.levels],
        "participants": [asdict(item) for item in found.attributions],
        "warnings": [],
    }
    head = ["dose", "attempted", "feasible", "rate", "probability_below_minimum", "n", "dlts", "dlt_rate", "admissible"]
    say(
        result,
        as_json,
        lambda r: (
            f"MTFD: {found.mtfd or 'none'} ({found.reason})\n"
            + grid([h.replace("_", " ") for h in head], [[row[h] for h in head] for row in r["levels"]])
            + "".join(f"\n{item.subject}: {item.note}" for item in found.attributions if item.note)
        ),
    )


@click.command()
@design_options()
@click.option(
    "--sentinel",
    "sentinel_days",
    callback=numbers,
    help="Days from a cohort's first to second infusion, one or per level.",
)
@click.option("--stagger", "stagger_days", callback=numbers, help="Days between the other infusions, one or per level.")
@click.option(
    "--infused", type=click.Path(path_type=Path), required=True, help="CSV: subject, dose, infused_on, dlt_on."
)
@click.option("--at", required=True, help="The day asked about, such as 2026-03-01.")
@output_options
@refusals
def schedule(infused: Path, at: str, as_json: bool | None, **options: Any) -> None:
    """When the next infusion may take place: sentinel, stagger and DLT window on one calendar."""
    from trialwright.dosefinding.schedule import next_infusion, read_infused
    from trialwright.dosefinding.settings import make_design

    try:
        day = date.fromisoformat(at)
    except ValueError:
        raise Refused(f"--at is {at!r}; give a date such as 2026-03-01.") from None
    people = read_infused(infused.read_text(encoding="utf-8"))
    found, _ = settings(options)
    if found.doses is None and found.skeleton is None:
        found = replace(found, doses=max((item.dose for item in people), default=1) + 1)
    plan = next_infusion(make_design(found), people, day, found.window)
    shown = {
        **asdict(plan),
        "earliest": plan.earliest.isoformat() if plan.earliest else None,
        "decision_on": plan.decision_on.isoformat() if plan.decision_on else None,
        "windows": [
            {**asdict(w), "infused_on": w.infused_on.isoformat(), "window_ends": w.window_ends.isoformat()}
            for w in plan.windows
        ],
        "warnings": [],
    }
    say(shown, as_json, lambda r: f"earliest: {r['earliest']}\n{r['reason']}")
