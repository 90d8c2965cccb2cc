"""`trialwright stats`: exact and Bayesian statistics of small single-arm trials.  Every answer is one JSON document."""

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from trialwright.analysis.statistics import bayes, binomial, interval_censored, simon, survival
from trialwright.errors import TrialwrightError


@click.group()
def command() -> None:
    """Exact and Bayesian statistics of small single-arm trials; answers are JSON, indented unless --json."""


JSON = click.option("--json", "as_json", is_flag=True, help="JSON on one line.")


def _print(document: dict[str, Any], as_json: bool) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=None if as_json else 2))


def _prior(text: str, name: str = "--prior") -> bayes.Beta:
    try:
        a, b = (float(part) for part in text.split(","))
    except ValueError as error:
        raise TrialwrightError(f'{name} "{text}" is no beta prior; write two numbers such as 0.6,0.4') from error
    return bayes.Beta(a, b)


def _looks(text: str) -> list[int]:
    """Looks written "10,20,30" or "1-30"."""
    try:
        parts = [part.split("-") for part in text.split(",")]
        looks = [n for part in parts for n in range(int(part[0]), int(part[-1]) + 1)]
    except ValueError:
        looks = []
    if not looks or min(looks) < 1:
        raise TrialwrightError(f'--looks "{text}" names no numbers of subjects; write 10,20,30 or 1-30')
    return looks


@command.command("binomial")
@click.argument("x", type=int)
@click.argument("n", type=int)
@click.option("--level", type=float, default=0.95, show_default=True)
@click.option(
    "--method",
    type=click.Choice(["clopper-pearson", "wilson"]),
    default="clopper-pearson",
    show_default=True,
)
@click.option("--side", type=click.Choice(["two", "lower", "upper"]), default="two", show_default=True)
@JSON
def binomial_command(x: int, n: int, level: float, method: str, side: binomial.Side, as_json: bool) -> None:
    """Interval for a rate of X responders among N."""
    interval = binomial.clopper_pearson if method == "clopper-pearson" else binomial.wilson
    _print({"x": x, "n": n, **asdict(interval(x, n, level, side)), "side": side}, as_json)


@command.command("test")
@click.argument("x", type=int)
@click.argument("n", type=int)
@click.option("--p0", type=float, required=True, help="Rate under the null hypothesis.")
@click.option(
    "--alternative",
    type=click.Choice(["two-sided", "greater", "less"]),
    default="two-sided",
    show_default=True,
)
@JSON
def test_command(x: int, n: int, p0: float, alternative: binomial.Alternative, as_json: bool) -> None:
    """Exact binomial test of X responders among N against a rate p0."""
    p = binomial.exact_test(x, n, p0, alternative)
    _print({"x": x, "n": n, "p0": p0, "alternative": alternative, "p": p}, as_json)


@command.command("simon")
@click.option("--p0", type=float, required=True, help="Rate of no interest.")
@click.option("--p1", type=float, required=True, help="Rate of interest.")
@click.option("--alpha", type=float, required=True)
@click.option("--beta", type=float, required=True)
@click.option("--n-max", type=click.IntRange(2, 1000), default=400, show_default=True, help="Largest n to look at.")
@JSON
def simon_command(p0: float, p1: float, alpha: float, beta: float, n_max: int, as_json: bool) -> None:
    """Simon's optimal and minimax two-stage designs: stop at r1 or fewer of n1, no interest at r or fewer of n."""
    designs = simon.simon_designs(p0, p1, alpha, beta, n_max)
    _print({"optimal": asdict(designs.optimal), "minimax": asdict(designs.minimax)}, as_json)


PRIOR = click.option("--prior", required=True, metavar="A,B", help="Beta prior of the rate.")


@command.command("predictive")
@click.option("--x", type=int, required=True, help="Responders so far.")
@click.option("--n", type=int, required=True, help="Subjects so far.")
@click.option("--n-max", type=int, required=True, help="Subjects at the end.")
@PRIOR
@click.option("--p0", type=float, required=True, help="Rate to be exceeded.")
@click.option("--theta", type=float, required=True, help="Posterior probability that counts as success at the end.")
@JSON
def predictive_command(x: int, n: int, n_max: int, prior: str, p0: float, theta: float, as_json: bool) -> None:
    """Predictive probability of success at the end, and posterior probability now (Lee and Liu 2008)."""
    beta = _prior(prior)
    predictive = bayes.predictive_probability(x, n, n_max, beta, p0, theta)
    _print({"predictive": predictive, "posterior": bayes.posterior_probability(x, n, beta, p0)}, as_json)


LOOKS = click.option("--looks", required=True, metavar="N,..", help="Numbers of subjects, 10,20,30 or 1-30.")


@command.command("futility")
@LOOKS
@click.option("--n-max", type=int, required=True)
@PRIOR
@click.option("--p0", type=float, required=True)
@click.option("--theta", type=float, required=True)
@click.option("--least", type=float, default=0.05, show_default=True, help="Stop below this predictive probability.")
@JSON
def futility_command(looks: str, n_max: int, prior: str, p0: float, theta: float, least: float, as_json: bool) -> None:
    """Stop when x responders or fewer: bounds by predictive probability; x is null where no outcome stops."""
    binomial.check_probability("--least", least)
    bounds = bayes.futility_bounds(_looks(looks), n_max, _prior(prior), p0, theta, least)
    _print({"rows": [asdict(bound) for bound in bounds]}, as_json)


@command.command("stopping")
@LOOKS
@PRIOR
@click.option("--limit", type=float, required=True, help="Toxicity rate not to be exceeded.")
@click.option("--cut", type=float, required=True, help="Stop when P(rate > limit) is above this.")
@JSON
def stopping_command(looks: str, prior: str, limit: float, cut: float, as_json: bool) -> None:
    """Stop when x events or more: beta-binomial toxicity bounds; x is null where no outcome stops."""
    bounds = bayes.toxicity_bounds(_looks(looks), _prior(prior), limit, cut)
    _print({"rows": [asdict(bound) for bound in bounds]}, as_json)


@command.command("thall-simon")
@LOOKS
@PRIOR
@click.option("--standard", required=True, metavar="A,B", help="Beta distribution of the standard treatment's rate.")
@click.option("--delta", type=float, default=0.0, show_default=True, help="Improvement that is looked for.")
@click.option("--lower", type=float, default=0.05, show_default=True)
@click.option("--upper", type=float, default=0.95, show_default=True)
@JSON
def thall_simon_command(
    looks: str, prior: str, standard: str, delta: float, lower: float, upper: float, as_json: bool
) -> None:
    """Futility and promise bounds against an uncertain standard (Thall and Simon 1994)."""
    for name, value in (("--lower", lower), ("--upper", upper)):
        binomial.check_probability(name, value)
    bounds = bayes.thall_simon_bounds(_looks(looks), _prior(prior), _prior(standard, "--standard"), delta, lower, upper)
    _print({"rows": [asdict(bound) for bound in bounds]}, as_json)


FILE = click.argument("file", type=click.Path(path_type=Path))


@command.command("km")
@FILE
@click.option("--time", "time_", required=True, metavar="COL")
@click.option("--event", required=True, metavar="COL", help="1 event, 0 censored.")
@click.option("--level", type=float, default=0.95, show_default=True)
@click.option("--interval", type=click.Choice(survival.INTERVAL_TYPES), default="log-log", show_default=True)
@click.option("--quantiles", default="0.25,0.5,0.75", show_default=True)
@JSON
def km_command(
    file: Path,
    time_: str,
    event: str,
    level: float,
    interval: survival.IntervalType,
    quantiles: str,
    as_json: bool,
) -> None:
    """Kaplan-Meier curve of a CSV file, with numbers at risk, intervals and quantiles."""
    rows = _columns(file, (time_, event))
    curve = survival.kaplan_meier([row[0] for row in rows], [row[1] for row in rows], level, interval)
    found = []
    for text in quantiles.split(","):
        p = _number(text, file, None, "--quantiles")
        time, lower, upper = curve.quantile(p)
        reason = None
        if time is None:
            reason = f"fewer than {p:.0%} have had the event while followed"
        elif lower is None or upper is None:
            reason = "the limits that are null are not reached while followed"
        found.append({"p": p, "time": time, "lower": lower, "upper": upper, "reason": reason})
    document = {
        "n": curve.n,
        "interval": curve.interval,
        "level": curve.level,
        "steps": [asdict(step) for step in curve.steps],
        "quantiles": found,
    }
    _print(document, as_json)


@command.command("interval-censored")
@FILE
@click.option("--left", required=True, metavar="COL", help="Last visit without the event.")
@click.option("--right", required=True, metavar="COL", help="First visit with it; empty when not seen.")
@JSON
def interval_command(file: Path, left: str, right: str, as_json: bool) -> None:
    """Turnbull's estimate of a time that is only known to lie between two visits."""
    rows = _columns(file, (left, right), open_end=right)
    curve = interval_censored.turnbull([(low, high) for low, high in rows])
    low, high = curve.quantile(0.5)
    masses = [{**asdict(mass), "right": None if math.isinf(mass.right) else mass.right} for mass in curve.masses]
    reason = None if high is not None else "half of the subjects have not been seen to have the event"
    document = {"n": curve.n, "masses": masses, "median": {"left": low, "right": high, "reason": reason}}
    _print(document, as_json)


def _columns(file: Path, names: Sequence[str], open_end: str | None = None) -> list[list[float]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise TrialwrightError(f"{file} is not UTF-8 text; save it as CSV in UTF-8") from error
    except OSError as error:
        raise TrialwrightError(f"{file} cannot be read: {error.strerror}") from error
    reader = csv.DictReader(io.StringIO(text))
    header = reader.fieldnames or []
    for name in names:
        if name not in header:
            raise TrialwrightError(f'{file} has no column "{name}"; it has {", ".join(header) or "no header"}')
    rows = []
    for row in reader:
        if not any(row.values()):
            continue
        values = []
        for name in names:
            text = (row[name] or "").strip()
            if name == open_end and text.lower() in {"", "na", "inf", "."}:
                values.append(math.inf)
            else:
                values.append(_number(text, file, reader.line_num, name))
        rows.append(values)
    return rows


def _number(text: str, file: Path, row: int | None, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        place = f"{file}, row {row}" if row is not None else name
        raise TrialwrightError(f'{place}: {name} "{text}" is no number; correct it or leave the row out')
    return value
