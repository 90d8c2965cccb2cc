"""What the report of a screening says, as plain data: counted once here, only laid out elsewhere."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from trialwright import __version__
from trialwright.catalog.catalog import Catalog
from trialwright.catalog.expressions import read_expression
from trialwright.catalog.models.protocols import ProtocolModel
from trialwright.language.describe import describe_criterion
from trialwright.population.report import Line, LoadReport
from trialwright.population.store import open_population
from trialwright.query.carried import to_json
from trialwright.query.screening import Screening
from trialwright.report.screening_people import relation, rows
from trialwright.report.screening_small import Small
from trialwright.screening.curves import Curve
from trialwright.screening.funnel import Funnel, funnels_of
from trialwright.screening.groups import day_of, groups
from trialwright.screening.overlap import overlaps
from trialwright.screening.shapley import Cost, cost_of
from trialwright.screening.standing import Standing, patterns, standing
from trialwright.screening.standing import people as column
from trialwright.screening.study import ProtocolVocabulary
from trialwright.screening.worklist import Worklist, worklist

ALL = Small()
PATTERNS = 3000
"""With more distinct patterns of criteria the page cannot try criteria out on its own."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A criterion in the words of the page and in plain English."""

    id: str
    kind: str
    label: str
    english: str


@dataclass(frozen=True)
class Section:
    """One trial of the report."""

    id: str
    title: str
    digest: str
    clauses: tuple[Clause, ...]
    funnels: tuple[Funnel, ...]
    cost: Cost
    work: Worklist
    curves: tuple[Curve, ...]
    patterns: list[Any] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Document:
    """The whole report; `people` is None where person-level rows are left out."""

    persons: int
    at: dt.date
    written: dt.date
    version: str
    population: str
    fingerprint: str
    extracted: str
    observed: tuple[str, ...]
    load: Mapping[str, Any]
    sections: tuple[Section, ...]
    overlap: tuple[Any, ...]
    people: Mapping[str, Any] | None
    absence: tuple[tuple[str, str, str, int], ...]
    small: Small


def gather(
    screening: Screening,
    models: Mapping[str, ProtocolModel],
    catalog: Catalog,
    *,
    curves: Mapping[str, Sequence[Curve]],
    with_people: bool = True,
    small: Small = ALL,
    written: dt.date | None = None,
    tables: Path | None = None,
) -> Document:
    """Everything that the report says about a run; `models` are the protocols by id, for titles and English.

    `tables` is the folder where the relations of this very run have been written, so that they need not be computed.
    """
    by = groups(screening)
    sections = []
    for trial in screening.study.trials:
        at = standing(screening, trial.id)
        model = models.get(trial.id)
        vocabulary = ProtocolVocabulary(catalog, model.defaults) if model else catalog
        sections.append(
            Section(
                trial.id,
                model.title if model else trial.id,
                hashlib.sha256(orjson.dumps(to_json(trial))).hexdigest()[:16],
                _clauses(trial.criteria, model, catalog),
                funnels_of(at, by),
                cost_of(at),
                worklist(screening, trial.id, vocabulary),
                tuple(curves.get(trial.id, ())),
                None if small.hides else _patterns(at),
            )
        )
    people = rows(screening, [s.work for s in sections], tables) if with_people and not small.hides else None
    with open_population(screening.population) as store:
        lines = store.connection.execute("SELECT kind, item, detail, count FROM load_report").fetchall()
        facts = (store.fingerprint, str(store.extracted), store.observed_domains, store.facts)
    load = LoadReport(tuple(Line(*line) for line in lines), sections[0].funnels[0].persons if sections else 0, facts[3])
    return Document(
        screening.kept.people,
        day_of(screening),
        written or dt.date.today(),
        __version__,
        screening.population.name,
        facts[0],
        facts[1],
        facts[2],
        load.as_json(),
        tuple(sections),
        tuple(asdict(o) for o in overlaps(screening)),
        people,
        _absence(screening, small, tables),
        small,
    )


def _clauses(criteria: Sequence[Any], model: ProtocolModel | None, catalog: Catalog) -> tuple[Clause, ...]:
    known = {c.id: c for c in model.walk()} if model else {}
    out = []
    for criterion in criteria:
        found = known.get(criterion.id)
        english = ""
        if found is not None and found.text and model is not None:
            vocabulary = ProtocolVocabulary(catalog, model.defaults)
            english = describe_criterion(criterion.kind, read_expression(found.text), vocabulary)
        out.append(Clause(criterion.id, criterion.kind, found.label if found else "", english))
    return tuple(out)


def _patterns(at: Standing) -> list[Any] | None:
    """Distinct sets of excluding and holding criteria with the people who have them."""
    distinct, _, count = patterns(np.hstack([at.excludes, at.holds]))
    if len(distinct) > PATTERNS:
        return None
    width = len(at.trial.criteria)
    return [
        [np.flatnonzero(row[:width]).tolist(), np.flatnonzero(row[width:]).tolist(), int(n)]
        for row, n in zip(distinct, count, strict=True)
    ]


def _absence(screening: Screening, small: Small, tables: Path | None) -> tuple[tuple[str, str, str, int], ...]:
    """Trial, criterion, note, people: what the verdicts of people eligible on the record take for granted."""
    ids = np.array(column(screening, ["id"]).column("id").to_pylist(), dtype=object)
    eligible = {t.id: set(ids[standing(screening, t.id).verdict == 1].tolist()) for t in screening.study.trials}
    everybody = sorted(set().union(*eligible.values()))
    found: dict[tuple[str, str, str], int] = {}
    for row in relation(screening, "criteria", everybody, tables).to_pylist() if everybody else ():
        if row["person"] in eligible[row["trial"]]:
            for note in row["notes"]:
                key = (row["trial"], row["criterion"], note)
                found[key] = found.get(key, 0) + 1
    return tuple((*key, n) for key, n in sorted(found.items(), key=lambda item: -item[1]) if n >= small.least)
