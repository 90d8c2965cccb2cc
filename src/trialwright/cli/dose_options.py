"""What the commands of `trialwright dose` share: options, the protocol's escalation, and how results are written.

JSON goes to standard output when it is not a terminal (or with --json), a table for people otherwise (or with
--text); messages go to standard error.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from trialwright.errors import TrialwrightError

DESIGNS = (
    "3+3",
    "rolling-six",
    "i3+3",
    "boin",
    "keyboard",
    "mtpi2",
    "crm",
    "tite-crm",
    "tite-boin",
    "boin12",
    "own-table",
)
TIMED = ("rolling-six", "tite-crm", "tite-boin")


class Refused(click.ClickException):
    """Input that the user can mend: one sentence, exit code 2."""

    exit_code = 2


def numbers(_: click.Context, option: click.Parameter, text: str | None) -> tuple[float, ...] | None:
    """A list such as "0.05,0.15,0.30"."""
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.replace(";", ",").split(",") if part.strip() != "")
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a list of numbers such as 0.05,0.15,0.30.", param=option) from None


def whole(context: click.Context, option: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    found = numbers(context, option, text)
    if found is None:
        return None
    if any(value != int(value) for value in found):
        raise click.BadParameter(f"{text!r} is not a list of whole numbers.", param=option)
    return tuple(int(value) for value in found)


def scenarios(_: click.Context, option: click.Parameter, texts: tuple[str, ...]) -> list[tuple[str, tuple[float, ...]]]:
    """Named truths such as "steep=0.05,0.15,0.30"; unnamed ones are called scenario 1, 2, ..."""
    result = []
    for index, text in enumerate(texts, 1):
        name, _sep, rates = text.rpartition("=")
        found = numbers(_, option, rates)
        assert found is not None
        result.append((name.strip() or f"scenario {index}", found))
    return result


_DESIGN_OPTIONS = [
    click.option("--target", type=float, help="Target DLT rate, between 0 and 1."),
    click.option("--doses", type=int, help="Number of dose levels, where nothing else says it."),
    click.option("--start", type=int, help="Level of the first cohort; levels below it are back-up levels."),
    click.option("--cohorts", type=int, help="Number of cohorts; with the cohort size, the maximum n."),
    click.option("--cohort-size", callback=whole, help="Participants per cohort: one number, or one per level."),
    click.option("--max-n", type=int, help="Most participants in the trial."),
    click.option("--max-per-dose", type=int, help="End when the next dose has this many participants."),
    click.option("--settle-n", type=int, help="End when a dose has this many and the rule would stay there."),
    click.option("--cap", type=int, help="Highest level that may be given."),
    click.option("--no-skipping/--allow-skipping", "no_skipping", default=None, help="CRM: rise one level at a time."),
    click.option(
        "--coherent/--incoherent", "coherent", default=None, help="CRM: no rise straight after a DLT-rich cohort."
    ),
    click.option("--titration", is_flag=True, default=None, help="Single participants until the first DLT."),
    click.option("--stop-above", type=float, help="End where P(lowest dose above target) exceeds this."),
    click.option("--skeleton", callback=numbers, help="CRM: prior DLT rates, one per dose."),
    click.option(
        "--halfwidth", type=float, help="CRM: half-width of the indifference interval that makes the skeleton."
    ),
    click.option("--prior-mtd", type=int, help="CRM: dose believed to be the MTD."),
    click.option("--model", type=click.Choice(["empiric", "logistic"]), help="CRM model."),
    click.option("--intercept", type=float, help="CRM: intercept of the logistic model (3)."),
    click.option("--scale", type=float, help="CRM: prior standard deviation (square root of 1.34)."),
    click.option("--method", type=click.Choice(["bayes", "mle"]), help="CRM: Bayes or maximum likelihood."),
    click.option("--window", type=float, help="DLT window in days (28)."),
    click.option("--weights", type=click.Choice(["linear", "adaptive"]), help="TITE-CRM follow-up weights."),
    click.option("--tite-rule", type=click.Choice(["stft", "ess"]), help="TITE-BOIN: Yuan 2018 or Lin and Yuan 2020."),
    click.option("--max-pending", type=float, help="TITE-BOIN: share pending above which accrual is suspended (0.5)."),
    click.option("--p-saf", type=float, help="BOIN: highest rate held to be under-dosing (0.6 x target)."),
    click.option("--p-tox", type=float, help="BOIN: lowest rate held to be over-dosing (1.4 x target)."),
    click.option("--cutoff", type=float, help="Elimination where P(rate > target) exceeds this (0.95)."),
    click.option("--extra-safe", is_flag=True, default=None, help="BOIN: stop earlier at the lowest dose."),
    click.option("--offset", type=float, help="BOIN: how much earlier (0.05)."),
    click.option("--bound-mtd", is_flag=True, default=None, help="BOIN: MTD not above the de-escalation bound."),
    click.option("--left", type=float, help="Keyboard, mTPI-2, i3+3: target minus lower end of the interval (0.05)."),
    click.option("--right", type=float, help="Keyboard, mTPI-2, i3+3: upper end minus target (0.05)."),
    click.option(
        "--deescalate-to-fill-6/--no-deescalate-to-fill-6", default=None, help="3+3: fill the dose below to six."
    ),
    click.option(
        "--confirm-top-6/--no-confirm-top-6", default=None, help="3+3: confirm 0 of 3 at the top with three more."
    ),
    click.option("--response", type=float, help="BOIN12: lowest acceptable response rate (0.25)."),
    click.option("--utility-neither", type=float, help="BOIN12: utility of no DLT and no response (40)."),
    click.option("--utility-both", type=float, help="BOIN12: utility of a DLT and a response (60)."),
    click.option(
        "--table",
        "table_file",
        type=click.Path(path_type=Path),
        help="own-table: CSV n,escalate_if_le,deescalate_if_ge,eliminate_if_ge.",
    ),
    click.option("--protocol", help="A protocol of the catalog, or a JSON file with levels, design and max_n."),
]
_TIME_OPTIONS = [
    click.option("--accrual", "accrual_days", type=float, help="Mean days between participants (14)."),
    click.option("--arrival", type=click.Choice(["poisson", "fixed", "uniform"]), help="How they arrive."),
    click.option(
        "--lag", "lag_days", callback=numbers, help="Days from leukapheresis to infusion: one or two numbers."
    ),
    click.option("--failure", type=float, help="Probability that manufacturing fails."),
    click.option("--ahead/--on-slot", "ahead", default=None, help="Leukapheresis before the slot opens."),
    click.option("--below-target", callback=numbers, help="Probability that the infusion falls one level below plan."),
    click.option(
        "--attribution",
        type=click.Choice(["cautious", "as-infused", "as-planned"]),
        help="Level such data count for.",
    ),
    click.option("--unevaluable", type=float, help="Probability of leaving early without a DLT; replaced."),
    click.option("--dlt-times", type=click.Choice(["uniform", "late"]), help="When DLTs occur within the window."),
    click.option("--curtail", is_flag=True, default=None, help="Close a cohort once it must de-escalate."),
    click.option(
        "--sentinel",
        "sentinel_days",
        callback=numbers,
        help="Days from a cohort's first to second infusion, one or per level.",
    ),
    click.option(
        "--stagger", "stagger_days", callback=numbers, help="Days between the other infusions, one or per level."
    ),
    click.option("--backfill", type=int, help="Treat up to this many at tolerated lower doses while waiting."),
]
TIME_NAMES = (
    "accrual_days",
    "arrival",
    "lag_days",
    "failure",
    "ahead",
    "below_target",
    "attribution",
    "unevaluable",
    "dlt_times",
    "curtail",
)


_CRM, _BOIN = ("crm", "tite-crm"), ("boin", "tite-boin")
USED_BY: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("skeleton", "halfwidth", "prior_mtd", "model", "intercept", "scale", "method", "coherent"), _CRM),
    **dict.fromkeys(("p_saf", "p_tox", "offset", "extra_safe", "bound_mtd"), _BOIN),
    **dict.fromkeys(("left", "right"), ("keyboard", "mtpi2", "i3+3")),
    **dict.fromkeys(("deescalate_to_fill_6", "confirm_top_6"), ("3+3",)),
    **dict.fromkeys(("response", "utility_neither", "utility_both"), ("boin12",)),
    **dict.fromkeys(("tite_rule", "max_pending"), ("tite-boin",)),
    "weights": ("tite-crm",),
    "cohort_size": tuple(name for name in DESIGNS if name != "rolling-six"),
}


def design_options(multiple: bool = False) -> Callable[[Any], Any]:
    def add(function: Any) -> Any:
        for option in reversed(_DESIGN_OPTIONS):
            function = option(function)
        return click.option("--design", "name", type=click.Choice(DESIGNS), multiple=multiple, help="The design.")(
            function
        )

    return add


def time_options(function: Any) -> Any:
    for option in reversed(_TIME_OPTIONS):
        function = option(function)
    return function


def output_options(function: Any) -> Any:
    function = click.option("--text", "as_json", flag_value=False, type=bool, help="A table for people.")(function)
    return click.option(
        "--json", "as_json", flag_value=True, type=bool, default=None, help="JSON (default in a pipe)."
    )(function)


def refusals(function: Any) -> Any:
    """Turn errors that the user can mend into one sentence and exit code 2."""

    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (TrialwrightError, ValueError) as error:
            raise Refused(str(error)) from error
        except OSError as error:
            raise Refused(f"{error.filename}: {error.strerror}.") from error

    return wrapped


def say(result: dict[str, Any], as_json: bool | None, text: Callable[[dict[str, Any]], str]) -> None:
    """Write the one document of a command; warnings and notes also go to standard error."""
    for warning in result.get("warnings", []):
        click.echo(f"warning: {warning}", err=True)
    if as_json or (as_json is None and not sys.stdout.isatty()):
        click.echo(json.dumps(result, ensure_ascii=False, allow_nan=False))
    else:
        click.echo(text(result))


# --- protocols -------------------------------------------------------------------------------------------------


def load_escalation(protocol: str) -> dict[str, Any]:
    """The escalation of a protocol as a plain dict; THE SINGLE PLACE where the catalog's loader is called."""
    path = Path(protocol)
    if path.suffix == ".json" and path.exists():
        try:
            found: Any = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise Refused(f"{path} is not JSON.") from None
        found = found.get("escalation", found) if isinstance(found, dict) else found
    else:
        try:
            from trialwright.catalog import load_protocol  # type: ignore[attr-defined,unused-ignore]
        except ImportError:
            raise Refused(
                f"the catalog has no protocols yet, so {protocol!r} cannot be loaded; give a JSON file."
            ) from None
        found = load_protocol(protocol).escalation
        if found is None:
            raise Refused(f"the protocol {protocol} carries no dose escalation.")
        if hasattr(found, "model_dump"):
            found = found.model_dump(mode="json")
    if not isinstance(found, dict):
        raise Refused(f"the escalation of {protocol} is not an object with levels and design.")
    return found


def protocol_settings(escalation: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Design settings and dose levels (ascending) from an escalation: levels with roles, design, max_n.

    `design` is a name, or an object with name and parameters; target, cohort size and parameters may also stand beside
    it.  The first cohort gets the level with the role "start", or the one above the back-up levels.
    """
    levels = sorted(
        (_level(level) for level in escalation.get("levels") or []), key=lambda level: float(level["value"])
    )
    if not levels:
        raise Refused("the protocol's escalation has no dose levels.")
    if len({level["per"] for level in levels}) > 1:
        raise Refused("the protocol mixes doses by weight with flat doses; give the levels of one kind.")
    starts = [index for index, level in enumerate(levels, 1) if level["role"] == "start"]
    backups = [index for index, level in enumerate(levels, 1) if level["role"] == "backup"]
    design = escalation.get("design") or {}
    values: dict[str, Any] = {"name": design} if isinstance(design, str) else dict(design)
    beside = {key: escalation.get(key) for key in ("target", "cohort_size", "max_n", "window")}
    for more in (values.pop("parameters", None), escalation.get("parameters"), beside):
        values |= {key: value for key, value in (more or {}).items() if values.get(key) is None}
    clean = {key.replace("-", "_"): _plain(value) for key, value in values.items() if value is not None}
    start = clean.pop("start_level", starts[0] if starts else max(backups, default=0) + 1)
    clean.setdefault("start", start)
    clean.setdefault("no_skipping", True)
    return {**clean, "doses": len(levels)}, levels


def _level(level: Any) -> dict[str, Any]:
    """One dose level with a number as its value; amounts may come as decimal text."""
    value = _plain(level.get("value")) if isinstance(level, Mapping) else None
    if not isinstance(value, int | float) or not value > 0:
        raise Refused("a dose level of the protocol has no value above 0.")
    plain = {"unit": level.get("unit") or "cells", "per": level.get("per"), "role": level.get("role") or "level"}
    return {**{key: item for key, item in level.items() if item is not None}, **plain, "value": float(value)}


def _plain(value: Any) -> Any:
    """Decimals that were written as text, as numbers."""
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return value
        return int(number) if number == int(number) and "." not in value else number
    return [_plain(item) for item in value] if isinstance(value, list) else value


def settings(
    options: Mapping[str, Any], doses: int | None = None, shared: bool = False
) -> tuple[Any, list[dict[str, Any]]]:
    """Settings from the protocol, overridden by the options given; and the protocol's dose levels.

    An option that the design does not use is pointed out, unless several designs share the options.
    """
    from trialwright.dosefinding.settings import settings_from

    given = {key: value for key, value in options.items() if value is not None and value != ()}
    levels: list[dict[str, Any]] = []
    values: dict[str, Any] = {}
    protocol, table = given.pop("protocol", None), given.pop("table_file", None)
    if protocol is not None:
        escalation = load_escalation(protocol)
        values, levels = protocol_settings(escalation)
        if escalation.get("stated") is False:
            click.echo(f"note: the registry states no escalation design for {protocol}; this one is assumed.", err=True)
        if "cohorts" in given and "max_n" not in given:
            values.pop("max_n", None)
    if table is not None:
        values["table"] = read_table(Path(table))
        given.setdefault("name", "own-table")
    if doses is not None:
        if levels and doses != len(levels):
            raise Refused(f"{doses} doses were given, but the protocol has {len(levels)} levels.")
        values["doses"] = doses
    if "name" not in given and "name" not in values:
        raise click.UsageError("give --design (or --protocol with a design).")
    name = given.get("name", values.get("name"))
    idle = [key for key in given if key in USED_BY and name not in USED_BY[key]]
    if name == "boin12" and "response" not in given and "response" not in values:
        click.echo("note: the lowest acceptable response rate was not given; 0.25 is taken (--response).", err=True)
    for key in idle if not shared else []:
        click.echo(f"note: {name} does not use --{key.replace('_', '-')}.", err=True)
    return settings_from({**values, **given}), levels


def read_table(path: Path) -> tuple[Any, ...]:
    """Rows of a user's own decision table."""
    import csv

    from trialwright.dosefinding.verdicts import Boundary

    columns = ("n", "escalate_if_le", "deescalate_if_ge", "eliminate_if_ge")
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle)
        missing = [column for column in columns[:3] if column not in (reader.fieldnames or [])]
        if missing:
            raise Refused(f"{path} has no column {missing[0]}; it needs {', '.join(columns)}.")
        rows = []
        for line, row in enumerate(reader, 2):
            cells = [(row.get(column) or "").strip() for column in columns]
            try:
                values = [None if cell in ("", "NA") else int(cell) for cell in cells]
            except ValueError:
                raise Refused(f"{path} line {line}: {cells!r} are not whole numbers.") from None
            if values[0] is None:
                raise Refused(f"{path} line {line} has no n.")
            rows.append(Boundary(values[0], *values[1:]))
    return tuple(rows)


def echo_design(design: Any, levels: list[dict[str, Any]]) -> dict[str, Any]:
    """The design as it was understood, for the output."""
    from trialwright.dosefinding.describe import plain

    shown = plain(design)
    if levels:
        shown["levels"] = [{"dose": index, **level} for index, level in enumerate(levels, 1)]
    return shown


@contextmanager
def progress(length: int) -> Iterator[Callable[[int], None] | None]:
    """A progress bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=length, file=sys.stderr, label="simulating") as bar:
        yield lambda done: bar.update(done)
