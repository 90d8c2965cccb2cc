"""`trialwright score INSTRUMENT --given JSON`: one instrument for one record or for a table of them."""

import datetime as dt
import sys
from pathlib import Path
from typing import Any

import click

from trialwright.cli.common import Day, catalog_option, emit, json_option
from trialwright.errors import TrialwrightError


@click.command(name="score")
@click.argument("instrument")
@click.option("--given", required=True, help="JSON: items or concepts and their values; - reads standard input.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter of the instrument.")
@click.option(
    "--missing",
    type=click.Choice(["interval", "worst", "absent", "last_known"]),
    default="interval",
    show_default=True,
    help="What becomes of values that are not known.",
)
@click.option("--at", type=Day(), default=None, help="The day of scoring, where dates are given.")
@catalog_option
@json_option
def command(
    instrument: str,
    given: str,
    settings: tuple[str, ...],
    missing: str,
    at: dt.date | None,
    catalog: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Score an instrument, a grade or a formula of the catalog.

    GIVEN maps ids of items or concepts to true, false, null, a number, or {"value", "unit", "low", "high"}; "NAME at
    baseline" is a value at another instant.  A JSON array gives one score per record.

      trialwright score sledai_2k --given '{"arthritis": true, "c3": {"value": 60, "low": 90}}'
    """
    from trialwright.catalog import load_catalog
    from trialwright.scoring import score
    from trialwright.scoring.given import TODAY

    said = _read(given)
    options = {
        "parameters": dict(_setting(text) for text in settings),
        "missing": missing,
        "at": at or TODAY,
        "catalog": load_catalog(*catalog),
    }
    found = score(instrument, said, **options)
    if as_json:
        emit([one.document() for one in found] if isinstance(found, list) else found.document())
        return
    for one in found if isinstance(found, list) else [found]:
        _show(one)


def _read(given: str) -> Any:
    import orjson

    text = sys.stdin.read() if given == "-" else given
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise TrialwrightError(f'--given is not JSON ({error}); write {{"arthritis": true}}') from None
    rows = said if isinstance(said, list) else [said]
    if not all(isinstance(row, dict) for row in rows):
        raise TrialwrightError('--given is a JSON object such as {"arthritis": true}, or an array of them')
    return said


def _setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not value.strip():
        raise TrialwrightError(f"--set {text} is not NAME=VALUE")
    return name.strip(), value.strip()


def _show(found: Any) -> None:
    """The outcome, then each item that counts or is open, then the reason."""
    from trialwright.scoring.words import plain

    head = f"{found.instrument} ({found.version})" if found.version else found.instrument
    unit = "" if not found.unit or found.unit.startswith("{") else f" {found.unit}".replace("{1.73_m2}", "1.73 m²")
    if found.grade is not None:
        click.echo(f"{head}: grade {found.grade}")
    elif found.score is not None:
        click.echo(f"{head}: {plain(found.score)}{unit}")
    elif found.lower is not None or found.upper is not None:
        click.echo(f"{head}: between {plain(found.lower)} and {plain(found.upper)}{unit}")
    if found.met is not None:
        click.echo(f"{head}: {'met' if found.met else 'not met'}")
    for name, points in found.subscores.items():
        low, high = found.subscore_bounds[name]
        shown = plain(points) if points is not None else f"between {plain(low)} and {plain(high)}"
        click.echo(f"  {name.replace('_', ' ')}: {shown}")
    for item in found.items:
        points = plain(item.points) if item.points is not None else f"{plain(item.lower)} to {plain(item.upper)}"
        click.echo(f"  {item.state:8} {points:>8}  {item.id}: {item.label}")
    click.echo(f"  {found.reason}")
