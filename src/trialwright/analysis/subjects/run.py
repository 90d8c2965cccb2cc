"""The analysis of a trial's participants as of a data cut: facts in, datasets and one table of results out."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trialwright import __version__
from trialwright.analysis.subjects.derive import Derived, derive
from trialwright.analysis.subjects.plan import Plan, plan_of
from trialwright.analysis.subjects.results_effect import effect
from trialwright.analysis.subjects.results_kinetics import kinetics
from trialwright.analysis.subjects.results_people import people
from trialwright.analysis.subjects.results_rows import Results
from trialwright.analysis.subjects.results_safety import safety
from trialwright.analysis.subjects.rules import Rules
from trialwright.analysis.subjects.shape import Dataset
from trialwright.catalog import load_catalog, load_protocol
from trialwright.catalog.models.protocols import ProtocolModel
from trialwright.errors import TrialwrightError
from trialwright.population.store import Population, open_population


@dataclass(frozen=True, slots=True)
class Analysis:
    """What came of it: the datasets by name, the results, what was kept with a remark, and how to make it again."""

    plan: Plan
    cut: dt.date
    datasets: Mapping[str, Dataset]
    results: Dataset
    remarks: Dataset
    provenance: Mapping[str, Any]


def analyse_trial(
    protocol: str | Path,
    population: str | Path,
    cut: dt.date | None = None,
    *,
    rules: Rules | None = None,
    subjects: Collection[str] | None = None,
    catalog: Sequence[str | Path] = (),
) -> Analysis:
    """Everybody of the population who takes part in the trial, with what was recorded by the day `cut`.

    `cut` is the day of the extraction unless given; `subjects` narrows the participants to these ids.  Raises
    TrialwrightError for a cut after the extraction, an id that is not there, or nobody who takes part.
    """
    known, model = load_catalog(*catalog), load_protocol(protocol, *catalog)
    plan = plan_of(model, known, rules or Rules())
    with open_population(population) as store:
        day = _cut(cut, store)
        if subjects is not None and (absent := store.absent(subjects)):
            raise TrialwrightError(f"{population}: holds no person {absent[0]!r}; give ids of the population")
        names = store.having(plan.enrolling) if subjects is None else sorted(subjects)
        records = [(name, store.person(name)[1], store.record(name, at=day)) for name in names]
        source = {"file": str(population), "fingerprint": store.fingerprint, "extracted": store.extracted.isoformat()}
    found = derive(plan, records, day, named=subjects is not None)
    if not found.subjects:
        asked = ", ".join(plan.enrolling)
        raise TrialwrightError(
            f"{population}: nobody takes part in {model.id} by {day}; a participant has one of {asked} recorded"
        )
    return Analysis(
        plan, day, found.datasets, results_of(plan, found, day), found.remarks, _provenance(plan, model, day, source)
    )


def results_of(plan: Plan, found: Derived, cut: dt.date) -> Dataset:
    """All results of the datasets, in one long table."""
    out = Results(plan.protocol.id, cut, plan.rules.level)
    people(out, plan, found.subjects, found.datasets)
    safety(out, plan, found.datasets)
    kinetics(out, found.subjects, found.datasets)
    effect(out, plan, found.datasets)
    return out.table()


def _cut(cut: dt.date | None, store: Population) -> dt.date:
    if cut is not None and cut > store.extracted:
        raise TrialwrightError(
            f"the cut {cut} lies after the extraction of {store.path} ({store.extracted}), after which nothing is "
            "known; choose a day up to it, or load a later extraction"
        )
    return cut or store.extracted


def _provenance(plan: Plan, model: ProtocolModel, cut: dt.date, source: Mapping[str, str]) -> dict[str, Any]:
    """What the run rests on: the same of all of it gives the same datasets and results."""
    return {
        "trialwright": __version__,
        "protocol": {"id": model.id, "version": model.version, "sha256": protocol_hash(model)},
        "catalog": plan.catalog.hash,
        "population": dict(source),
        "cut": cut.isoformat(),
        "rules": plan.rules.document() | {"dlt_days": plan.dlt_days, "dlt_days_source": plan.dlt_source},
    }


def protocol_hash(model: ProtocolModel) -> str:
    """A mark of the protocol's content, whatever the layout of its file."""
    return hashlib.sha256(model.model_dump_json().encode()).hexdigest()
