"""`trialwright course INSTRUMENT --population FILE`: an instrument over time, for each person and for all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from trialwright.cli.common import catalog_option, emit, existing_store, json_option
from trialwright.errors import TrialwrightError


@click.command(name="course")
@click.argument("instrument")
@click.option("--population", required=True, type=click.Path(path_type=Path), help="The store that `load` made.")
@click.option("--person", "people", multiple=True, help="Somebody's id; may be repeated (default: everybody).")
@click.option(
    "--origin", default="car_t_infusion", show_default=True, help="Day 0: first record of a concept, or a date."
)
@click.option(
    "--baseline-before",
    default="lymphodepletion",
    show_default=True,
    help="Baseline is the last known value before it: a concept, or a date.",
)
@click.option("--days", default=None, help="Visits, in days from the origin: 30,90,180 (default: as assessed).")
@click.option(
    "--window",
    default=14,
    show_default=True,
    type=click.IntRange(min=0),
    help="Days that a visit may lie off; 0: as the record stands.",
)
@click.option("--response", default=None, help="What a response is: '<= 4', or 'change <= -4'.")
@click.option(
    "--sustained", default=60, show_default=True, type=click.IntRange(min=1), help="Days that it has to hold."
)
@click.option("--rise", default=3.0, show_default=True, help="A rise from visit to visit that is a flare.")
@click.option("--until", default=None, type=click.IntRange(min=1), help="Day on which area and steroid-free days end.")
@catalog_option
@json_option
def command(
    instrument: str,
    population: Path,
    people: tuple[str, ...],
    origin: str,
    baseline_before: str,
    days: str | None,
    window: int,
    response: str | None,
    sustained: int,
    rise: float,
    until: int | None,
    catalog: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Follow an instrument over time: change from baseline, response, flares, area under the curve, steroid-free days.

    trialwright course sledai_2k --population people.duckdb --response "change <= -4" --days 30,90,180
    """
    from trialwright.catalog import load_catalog
    from trialwright.population import open_population
    from trialwright.scoring.follow import Rules, follow
    from trialwright.scoring.followed import document, summary

    if rise <= 0:
        raise TrialwrightError(f"--rise {rise:g} is no rise; give a number above 0")
    rules = Rules(origin, baseline_before, _days(days), window, response, sustained, rise, until)
    with open_population(existing_store(population)) as store:
        found = list(follow(instrument, store, rules, people or None, load_catalog(*catalog)))
    together = summary(found, rules.days)
    if as_json:
        emit({"instrument": instrument, "rules": rules, "people": [document(f) for f in found], "population": together})
        return
    for one in found[:MOST]:
        click.echo(_line(document(one)))
    if len(found) > MOST:
        click.echo(f"and {len(found) - MOST} more people (see --json)")
    click.echo("\n".join(_together(together)))


MOST = 40
"""How many people are shown one by one; --json has all."""


def _days(text: str | None) -> tuple[int, ...]:
    try:
        return tuple(sorted({int(part) for part in text.split(",")})) if text is not None else ()
    except ValueError:
        raise TrialwrightError(f"--days {text} is no list of days; write 30,90,180") from None


def _line(one: dict[str, Any]) -> str:
    if not one["visits"]:
        return f"{one['person']}: {one['reason']}"
    base = one["baseline"]["value"] if one["baseline"] else None
    visits = ", ".join(f"day {v['day']}: {_span(v)}" for v in one["visits"])
    answer = {True: f"response on day {_span(one['time_to_response'])}", False: "no response", None: "response open"}
    parts = [f"baseline {'not known' if base is None else f'{base:g}'}; {visits}", answer[one["responded"]]]
    parts += [f"flares {_span(one['flares'])}", f"area {_span(one['area'])}"]
    return f"{one['person']}: {'; '.join(parts)}; steroid-free days {_span(one['steroid_free_days'])}"


def _span(bounds: dict[str, Any]) -> str:
    low, high = bounds["lower"], bounds["upper"]
    if low is None and high is None:
        return f"not known ({bounds['reason']})" if bounds.get("reason") else "not known"
    if low == high:
        return f"{low:g}"
    return f"{'any' if low is None else f'{low:g}'} to {'any' if high is None else f'{high:g}'}"


def _together(all_: dict[str, Any]) -> list[str]:
    """The population in a few lines."""
    lines = [f"\n{all_['followed']} of {all_['people']} people followed"]
    lines += [f"  {count} not: {reason}" for reason, count in all_["not_followed"].items()]
    for name in ("responded", "sustained"):
        states = all_[name]
        lines.append(f"  {name}: {states['yes']} yes, {states['no']} no, {states['open']} open")
    named = [(name.replace("_", " "), all_[name]) for name in ("baseline", *MEASURES)]
    for day in all_["days"]:
        visits = f"{day['people']} with a visit, {day['no_visit']} without"
        named += [(f"day {day['day']} ({visits})", day["value"]), (f"change to day {day['day']}", day["change"])]
    for name, found in named:
        if found["known"]:
            spread = f"mean {found['mean']:.4g}, median {found['median']:.4g}, {found['least']:g} to {found['most']:g}"
            lines.append(f"  {name}: {spread} ({found['known']} known, {found['not_known']} not)")
        else:
            lines.append(f"  {name}: not known of anybody")
    return lines


MEASURES = ("time_to_response", "flares", "area", "steroid_free_days")
