"""Write the report of a screening: `report.html` for people, `worklist.csv` for those who work through it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from trialwright.catalog import load_catalog
from trialwright.catalog.models.protocols import ProtocolModel
from trialwright.query.screening import Screening
from trialwright.report.screening_data import gather
from trialwright.report.screening_page import page
from trialwright.report.screening_small import Small
from trialwright.screening.curves import Curve, curves
from trialwright.screening.place import write_whole
from trialwright.screening.screen import models_of
from trialwright.screening.study import ProtocolVocabulary
from trialwright.screening.worklist import write_worklist

CURVES_UP_TO = 100_000
"""Above so many people the curves are left to `trialwright what-if --curves`."""


def write_screening_report(
    screening: Screening,
    out: Path,
    protocols: Sequence[str | Path] | None = None,
    *,
    catalog: Sequence[str | Path] = (),
    with_people: bool = True,
    small_counts: int = 0,
    with_curves: bool | None = None,
    command: str = "",
    written: dt.date | None = None,
    tables: Path | None = None,
) -> Path:
    """Write report.html, and worklist.csv where rows of people are wanted, into the folder; the path of the page.

    `protocols` are ids or files (the ids of the run unless given).  `with_people` False leaves out all rows of single
    people; `small_counts` keeps back counts of people below it, and those rows as well;
    `tables` is the folder where `screening.write` has put the relations of this run.  Raises TrialwrightError.
    """
    out.mkdir(parents=True, exist_ok=True)
    known = load_catalog(*catalog)
    names = [t.id for t in screening.study.trials] if protocols is None else protocols
    models: Mapping[str, ProtocolModel] = {model.id: model for model in (models_of(names, catalog) if names else ())}
    small = Small(small_counts)
    wanted = screening.kept.people <= CURVES_UP_TO if with_curves is None else with_curves
    drawn: dict[str, tuple[Curve, ...]] = {}
    for trial in screening.study.trials if wanted else ():
        model = models.get(trial.id)
        drawn[trial.id] = curves(screening, trial.id, ProtocolVocabulary(known, model.defaults) if model else known)
    found = gather(
        screening, models, known, curves=drawn, with_people=with_people, small=small, written=written, tables=tables
    )
    path = out / "report.html"
    write_whole(path, page(found, command))
    if with_people and not small.hides:
        write_worklist([section.work for section in found.sections], out / "worklist.csv")
    return path
