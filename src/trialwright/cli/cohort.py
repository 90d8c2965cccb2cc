"""`trialwright cohort`: synthetic people to try things on: a site's, or treated participants of a protocol."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import get_args

import click

from trialwright.catalog import load_protocol
from trialwright.cli.common import Day, catalog_option, emit, json_option
from trialwright.population.synthetic import AT, Treated, write_cohort, write_treated
from trialwright.population.synthetic.write import Form

SITE, PARTICIPANTS = 2500, 12


@click.command("cohort")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where it is written.")
@click.option("--treated", metavar="PROTOCOL", help="Participants of this protocol, from consent to follow-up.")
@click.option(
    "--people",
    "--n",
    "people",
    type=click.IntRange(1, 10_000_000),
    help=f"How many ({SITE}; with --treated {PARTICIPANTS}).",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--form", type=click.Choice(get_args(Form)), default="fhir", show_default=True, help="facts is a store.")
@click.option("--at", type=Day(), default=AT.isoformat(), show_default=True, help="Day of the extraction (data cut).")
@click.option("--mess", is_flag=True, help="With --treated: what goes wrong in real trials, one of each.")
@catalog_option
@json_option
def command(
    out: Path,
    treated: str | None,
    people: int | None,
    seed: int,
    form: Form,
    at: dt.date,
    mess: bool,
    catalog: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Make synthetic people, none of whom exists, as FHIR, OMOP or a store; the same options make the same files.

    With --treated, truth.json beside them holds what is true: rates, parameters and every participant's course.
    """
    if treated is None:
        if mess:
            raise click.UsageError("--mess needs --treated PROTOCOL; a site's records are rough as they are")
        path = write_cohort(out, people or SITE, seed, form, at)
        if as_json:
            emit({"path": path, "people": people or SITE, "seed": seed})
        else:
            click.echo(f"{path}: {people or SITE:,} synthetic people (nobody of them exists), seed {seed}")
        return
    protocol = load_protocol(treated, *catalog)
    made = write_treated(out, protocol, people or PARTICIPANTS, seed, form, at, mess=mess)
    if as_json:
        emit(_document(made))
        return
    click.echo(
        f"{made.path}: {len(made.cohort.subjects):,} synthetic participants of {protocol.id} (nobody of them exists), "
        f"seed {seed}, cut {at}"
    )
    click.echo(f"{made.truth}: what is true of them; {made.answers}: their consents")


def _document(made: Treated) -> dict[str, object]:
    subjects = made.cohort.subjects
    return {
        "path": made.path,
        "truth": made.truth,
        "answers": made.answers,
        "protocol": made.cohort.plan.protocol,
        "participants": len(subjects),
        "infused": int(subjects.treated.sum()),
        "seed": made.cohort.seed,
    }
