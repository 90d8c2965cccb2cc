"""`trialwright dose` table, exact, simulate, recommend: options, one call of the Python API, one rendering."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from trialwright.cli.dose_options import (
    TIME_NAMES,
    TIMED,
    Refused,
    design_options,
    echo_design,
    numbers,
    output_options,
    progress,
    refusals,
    say,
    settings,
    time_options,
    whole,
)


@click.command()
@design_options()
@click.option("--sizes", callback=whole, help="BOIN12: numbers of participants, such as 0,3,6,9.")
@output_options
@refusals
def table(as_json: bool | None, sizes: tuple[int, ...] | None, **options: Any) -> None:
    """The decision table that a protocol prints."""
    from trialwright.dosefinding.boin12 import Boin12
    from trialwright.dosefinding.protocol_tables import decision_table
    from trialwright.dosefinding.settings import make_design
    from trialwright.report.dosefinding_text import table_text

    found, levels = settings(options)
    if found.doses is None and found.skeleton is None:
        found = replace(found, doses=max(found.start, 2))
    design = make_design(found)
    if isinstance(design.rule, Boin12) and sizes is None:
        sizes = tuple(range(0, design.limit + 1, max(design.cohort_sizes))) if design.max_n else (0, 3, 6, 9)
    result = {"design": echo_design(design, levels), **decision_table(design, sizes)}
    say(result, as_json, table_text)


@click.command()
@design_options()
@click.option("--truth", callback=numbers, required=True, help="True DLT rate of each dose.")
@output_options
@refusals
def exact(truth: tuple[float, ...], as_json: bool | None, **options: Any) -> None:
    """Operating characteristics without Monte-Carlo error, by enumeration."""
    from trialwright.dosefinding.checks import check_truth
    from trialwright.dosefinding.exact import exact as enumerate_exactly
    from trialwright.dosefinding.settings import make_design
    from trialwright.report.dosefinding_text import characteristics_text

    warnings = check_truth(truth)
    found, levels = settings(options, len(truth))
    design = make_design(found)
    tell_skeleton(found)
    outcome = enumerate_exactly(design, truth, found.target)
    say(characteristics(outcome, design, levels, truth, warnings, "exact enumeration"), as_json, characteristics_text)


@click.command()
@design_options()
@time_options
@click.option("--truth", callback=numbers, required=True, help="True DLT rate of each dose.")
@click.option("--truth-response", callback=numbers, help="BOIN12: true response rate of each dose.")
@click.option("--trials", type=int, default=10_000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--workers", type=int, default=1, show_default=True)
@output_options
@refusals
def simulate(
    truth: tuple[float, ...],
    truth_response: tuple[float, ...] | None,
    trials: int,
    seed: int,
    workers: int,
    as_json: bool | None,
    **options: Any,
) -> None:
    """Simulated operating characteristics, with standard errors; with time options also the trial's duration."""
    from trialwright.dosefinding.checks import DoseInputError, check_truth
    from trialwright.dosefinding.settings import make_design
    from trialwright.report.dosefinding_text import characteristics_text

    if seed < 0:
        raise DoseInputError(f"the seed is {seed}; give 0 or more.")
    warnings = check_truth(truth)
    clock = {name: options.pop(name) for name in TIME_NAMES}
    found, levels = settings(options, len(truth))
    design = make_design(found)
    tell_skeleton(found)
    with progress(trials) as tick:
        outcome, how, extra = run_simulation(design, found, truth, truth_response, clock, trials, seed, workers, tick)
    result = characteristics(outcome, design, levels, truth, warnings, how)
    say({**result, **extra, "trials": trials, "seed": seed}, as_json, characteristics_text)


def tell_skeleton(found: Any) -> None:
    if found.name in ("crm", "tite-crm") and found.skeleton is None:
        click.echo("note: no --skeleton was given; one was made by indifference intervals, see `design`.", err=True)


def run_simulation(
    design: Any,
    found: Any,
    truth: tuple[float, ...],
    response: tuple[float, ...] | None,
    clock: dict[str, Any],
    trials: int,
    seed: int,
    workers: int,
    tick: Callable[[int], None] | None,
) -> tuple[Any, str, dict[str, Any]]:
    """By cohorts where nothing depends on time, on the calendar where it does."""
    from trialwright.dosefinding.boin12_simulate import simulate_boin12
    from trialwright.dosefinding.calendar import Timeline
    from trialwright.dosefinding.checks import DoseInputError, TooManyStates
    from trialwright.dosefinding.simulate import simulate as simulate_cohorts
    from trialwright.dosefinding.summary import summarise_batch
    from trialwright.dosefinding.timed import simulate_timed

    given = {name: value for name, value in clock.items() if value is not None}
    staggered = any((*design.sentinel_days, *design.stagger_days)) or design.backfill_per_dose is not None
    if design.name == "boin12":
        if response is None:
            raise DoseInputError("boin12 needs --truth-response, the true response rate of each dose.")
        if given:
            raise DoseInputError("boin12 is simulated by cohorts, without a calendar; leave the time options out.")
        found_obd = simulate_boin12(design, truth, response, trials, seed)
        if tick:
            tick(trials)
        return found_obd.characteristics, "simulation by cohorts", {"responses": list(found_obd.responses)}
    if not given and not staggered and design.name not in TIMED:
        try:
            outcome = simulate_cohorts(design, truth, trials, seed, found.target, workers, tick)
            return outcome, "simulation by cohorts", {}
        except TooManyStates:
            pass  # too many courses to list them all; the calendar follows each trial by itself
    if "lag_days" in given:
        lag = given["lag_days"]
        if len(lag) not in (1, 2):
            raise DoseInputError("the manufacturing lag is one number of days or two, the shorter first.")
        given["lag_days"] = (lag[0], lag[-1])
    line = Timeline(window_days=found.window, **given)
    batch = simulate_timed(design, truth, line, trials, seed, workers, tick)
    return summarise_batch(batch, design, truth, found.target), "simulation on the calendar", {"timeline": asdict(line)}


def characteristics(
    outcome: Any, design: Any, levels: list[dict[str, Any]], truth: tuple[float, ...], warnings: list[str], how: str
) -> dict[str, Any]:
    """The JSON of `dose exact` and `dose simulate`."""
    result = asdict(outcome)
    result["n_probability"] = {str(n): p for n, p in outcome.n_probability.items()}
    return {**result, "truth": list(truth), "method": how, "design": echo_design(design, levels), "warnings": warnings}


@click.command()
@design_options()
@click.option("--outcomes", help='Outcomes so far, such as "1NNN 2NNT" (N no DLT, T DLT, P pending, X not evaluable).')
@click.option("--subjects", type=click.Path(path_type=Path), help="CSV: subject, dose, dlt, followup_days.")
@output_options
@refusals
def recommend(outcomes: str | None, subjects: Path | None, as_json: bool | None, **options: Any) -> None:
    """The next dose of a live trial, with the rule, its numbers, and what would follow."""
    from trialwright.dosefinding.recommend import recommend as next_dose
    from trialwright.dosefinding.settings import make_design
    from trialwright.report.dosefinding_text import recommendation_text

    if options.get("name") in ("crm", "tite-crm") and options.get("protocol") is None:
        # the model's own dose, as its published examples give it; skipping is then warned of
        options["no_skipping"] = bool(options["no_skipping"])
        options["coherent"] = bool(options["coherent"])
    found, levels = settings(options)
    if found.name in ("crm", "tite-crm") and found.skeleton is None and (found.prior_mtd is None or not found.doses):
        raise Refused(f"{found.name} needs --skeleton, or --doses and --prior-mtd to make one, to steer a trial.")
    people = read_people(outcomes, subjects, options.get("window"), found)
    notes = []
    if any(person.infused is not None for person in people):
        from trialwright.dosefinding.feasibility import as_infused

        if not levels or levels[0]["per"]:
            raise Refused("infused amounts are compared with flat levels; give --protocol, or leave the column out.")
        people = as_infused(people, [level["value"] for level in levels])
    if found.doses is None and found.skeleton is None:
        seen = max((person.dose for person in people), default=1)
        found = replace(found, doses=seen + 1)
        notes.append(f"the number of doses was not given; {seen + 1} were assumed (give --doses).")
    if found.cohort_size is None and found.name in ("crm", "tite-crm") and outcomes:
        found = replace(found, cohort_size=max(len(token.lstrip("0123456789")) for token in outcomes.split()))
    if options.get("start") is None and not levels and people:
        found = replace(
            found, start=people[0].assigned if people[0].assigned <= (found.doses or len(found.skeleton or ())) else 1
        )
    design = make_design(found)
    answer = next_dose(design, people)
    say(recommendation(answer, design, levels, notes), as_json, recommendation_text)


def read_people(outcomes: str | None, subjects: Path | None, window: float | None, found: Any) -> tuple[Any, ...]:
    """Participants from the text notation or the CSV; for a design with a window, the window is the design's."""
    from trialwright.dosefinding.outcomes import parse_outcomes, read_subjects

    if (outcomes is None) == (subjects is None):
        raise click.UsageError('give either --outcomes "1NNN 2NNT" or --subjects FILE.csv.')
    doses = found.doses or (len(found.skeleton) if found.skeleton else None)
    if outcomes is not None:
        return parse_outcomes(outcomes, doses)
    assert subjects is not None
    days = window if window is not None else found.window if found.name in TIMED else None
    try:
        return read_subjects(subjects.read_text(encoding="utf-8"), days, doses)
    except UnicodeDecodeError:
        raise Refused(f"{subjects} is not UTF-8 text.") from None


def recommendation(answer: Any, design: Any, levels: list[dict[str, Any]], notes: list[str]) -> dict[str, Any]:
    """The JSON of `dose recommend`."""
    result = asdict(answer)
    decision = result.pop("decision")
    return {
        **{key: result[key] for key in ("recommended", "estimate", "variance", "dlt_probability")},
        **{key: result[key] for key in ("lower", "upper", "reason")},
        "next_dose": answer.next_dose,
        "decision": decision["move"],
        "rule": decision["rule"],
        "numbers": decision["numbers"],
        "next_cohort": decision["cohort"],
        "complete": answer.complete,
        "next": {"of": result["outlook_of"], "outcomes": result["outlook"]},
        "participants": {key: result[key] for key in ("n", "dlts", "pending", "not_evaluable")},
        "details": result["details"],
        "design": echo_design(design, levels),
        "warnings": result["warnings"],
        "notes": notes,
    }
