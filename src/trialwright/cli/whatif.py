"""`trialwright what-if`: the same people with other criteria."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from trialwright.catalog import load_catalog, load_protocol
from trialwright.cli.common import Day, catalog_option, emit, existing_store, json_option
from trialwright.errors import TrialwrightError
from trialwright.query.screening import Screening, open_run
from trialwright.screening import screen
from trialwright.screening.curves import Curve, curves
from trialwright.screening.shapley import Cost, cost
from trialwright.screening.study import ProtocolVocabulary
from trialwright.screening.whatif import WhatIf, what_if


@click.command("what-if")
@click.argument("protocol")
@click.option("--population", type=click.Path(path_type=Path), help="The store that `load` made.")
@click.option("--run", "kept", type=click.Path(file_okay=False, path_type=Path), help="A kept run instead: a --out.")
@click.option("--at", type=Day(), help="Screening date (default: the day of the extraction).")
@click.option("--answers", type=click.Path(path_type=Path), help="CSV of answers: person, trial, clause, answer.")
@click.option("--set", "replaced", multiple=True, metavar='ID="EXPRESSION"', help="Another text for a criterion.")
@click.option("--drop", multiple=True, metavar="ID", help="Leave a criterion out.")
@click.option("--curves", "drawn", is_flag=True, help="Eligible people against every numeric threshold.")
@click.option("--curve", "of", multiple=True, metavar="ID", help="Only the thresholds of this criterion.")
@click.option("--cost", "shares", is_flag=True, help="What each criterion costs: Shapley shares, and pairs.")
@catalog_option
@json_option
def command(
    protocol: str,
    population: Path | None,
    kept: Path | None,
    at: dt.date | None,
    answers: Path | None,
    replaced: tuple[str, ...],
    drop: tuple[str, ...],
    drawn: bool,
    of: tuple[str, ...],
    shares: bool,
    catalog: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Drop or replace criteria of PROTOCOL and see who would qualify; what each costs; how thresholds matter."""
    if (population is None) == (kept is None):
        raise TrialwrightError("give the people as either --population FILE or --run DIR (the --out of `screen`)")
    model = load_protocol(protocol, *catalog)
    screening: Screening = (
        open_run(kept)
        if kept is not None
        else screen(
            [protocol], existing_store(population or Path()), at=at, answers=answers, catalog=catalog, progress=True
        )
    )
    texts = dict(_pair(text) for text in replaced)
    found = what_if(screening, model.id, drop=drop, set=texts, protocol=protocol, catalog=catalog)
    vocabulary = ProtocolVocabulary(load_catalog(*catalog), model.defaults)
    wanted = curves(screening, model.id, vocabulary, criteria=of or None) if drawn or of else ()
    costs = cost(screening, model.id) if shares else None
    if as_json:
        emit(document(found) | {"curves": wanted, "cost": costs})
        return
    click.echo("\n".join(lines(found)))
    for curve in wanted:
        click.echo("\n".join(curve_lines(curve)))
    if costs is not None:
        click.echo("\n".join(cost_lines(costs)))


def _pair(text: str) -> tuple[str, str]:
    name, sign, expression = text.partition("=")
    if not sign or not name.strip() or not expression.strip():
        raise TrialwrightError(f'--set {text!r} is not ID="EXPRESSION", such as I6="sledai_2k >= 8"')
    return name.strip(), expression.strip()


def document(found: WhatIf) -> dict[str, object]:
    """The counts before and after, and who moved."""
    return {
        "id": found.trial,
        "dropped": found.dropped,
        "replaced": found.replaced,
        "persons": found.persons,
        "before": found.before | {"strict": found.strict_before},
        "after": found.after | {"strict": found.strict_after},
        "moved": [{"from": a, "to": b, "people": n} for (a, b), n in found.moved.items()],
        "gained": found.gained,
    }


def lines(found: WhatIf) -> list[str]:
    """The change as text."""
    what = [f"without {name}" for name in found.dropped] + [f"{name}: {text}" for name, text in found.replaced.items()]
    out = [f"{found.trial}, {found.persons:,} people; {'; '.join(what) or 'as registered'}"]
    for name in ("eligible", "undetermined", "ineligible"):
        a, b = found.before[name], found.after[name]
        out.append(f"  {name:<13}{a:>10,} -> {b:>10,}   {b - a:+,}")
    out += [f"  {n:,} from {a} to {b}" for (a, b), n in found.moved.items()]
    return out


def curve_lines(curve: Curve) -> list[str]:
    """A curve as a table."""
    out = ["", f"{curve.criterion}: {curve.text}", f"  {'value':>10}  {'eligible':>10}  {'undetermined':>12}"]
    for value, sure, open_ in zip(curve.values, curve.eligible, curve.undetermined, strict=True):
        mark = "  registered" if value == curve.registered else ""
        out.append(f"  {value:>10g}  {sure:>10,}  {open_:>12,}{mark}")
    return out


def cost_lines(found: Cost, most: int = 10) -> list[str]:
    """The costliest criteria and pairs."""
    out = ["", f"{found.not_eligible:,} people are not eligible, {found.excluded:,} of them excluded; shares (exact):"]
    for share in sorted(found.shares, key=lambda s: -s.not_eligible)[:most]:
        out.append(f"  {share.criterion:<6}{share.not_eligible:>12,.1f}   excluded {share.excluded:>12,.1f}")
    if found.pairs:
        out.append("pairs that only together cost people:")
        out += [f"  {p.first} with {p.second}: {p.together:,}" for p in found.pairs[:most]]
    return out
