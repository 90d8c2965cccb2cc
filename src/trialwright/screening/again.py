"""Other criteria decided for some of the people of a run, from the few facts that those criteria read.

What the run has decided is not decided again (`judge.py`).  Where a criterion asks for more than the kept masks and its
new leaves give, the facts of its concepts are copied for these people into a small store, and the engine runs there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from trialwright.language import nodes as n
from trialwright.language.check import walk
from trialwright.population.store import open_population
from trialwright.query.screening import Screening, run
from trialwright.query.study import Criterion, Study, Trial
from trialwright.screening.judge import Judge, outcome
from trialwright.screening.standing import Bools, Keys, Standing, standing

WHOLE = ("concepts", "units", "observed", "meta", "answers")
EMPTY = ("sources", "files", "load_report")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Per person of `rows` and criterion: whether it excludes, and whether it holds the person back."""

    excludes: Bools
    holds: Bools
    unknown: Bools


def decide_again(
    screening: Screening, trial: Trial, criteria: Sequence[Criterion], at: Standing, rows: Bools
) -> Outcome:
    """The criteria for the chosen people of the run, under its date, anchors and answers."""
    judge = Judge(screening, at, rows)
    if not all(judge.sees(criterion.expression) for criterion in criteria):
        return by_engine(screening, trial, criteria, at, rows)
    judge.read([criterion.expression for criterion in criteria])
    found = [outcome(criterion, judge.truth(criterion.expression)) for criterion in criteria]
    return Outcome(*(np.stack(columns, axis=1) for columns in zip(*found, strict=True)))


def by_engine(screening: Screening, trial: Trial, criteria: Sequence[Criterion], at: Standing, rows: Bools) -> Outcome:
    """The same, with all that the criteria read decided anew."""
    asked = Trial(trial.id, tuple(criteria), trial.checkpoint)
    chosen = at.persons[rows]
    replies = tuple(reply for reply in screening.study.replies if reply.trial == trial.id)
    study = replace(screening.study, trials=(asked,), replies=replies)
    with tempfile.TemporaryDirectory(prefix="trialwright-") as folder:
        store = Path(folder) / "some.duckdb"
        _copy(screening.population, store, chosen, concepts(study))
        found = standing(run(study, store, progress=False), trial.id)
    assert (found.persons == chosen).all()
    return Outcome(found.excludes, found.holds, found.unknown)


def concepts(study: Study) -> set[str]:
    """Every concept that a study reads."""
    return {
        name
        for trial in study.trials
        for criterion in trial.criteria
        for node in walk(criterion.expression)
        if isinstance(node, n.Facts)
        for name in node.concepts
    }


def _copy(source: Path, target: Path, persons: Keys, names: set[str]) -> None:
    """A store of some people with the facts of some concepts."""
    with open_population(source) as store:
        keys = [store.concepts[name].number for name in sorted(names) if name in store.concepts]
        go = store.connection
        go.register("chosen_people", pa.table({"person": pa.array(persons, pa.int32())}))
        go.register("chosen_concepts", pa.table({"concept": pa.array(keys, pa.int32())}))
        place = str(target).replace("'", "''")
        go.execute(f"ATTACH '{place}' AS part_of_it (READ_WRITE)")
        among = "person IN (SELECT person FROM chosen_people)"
        of = "concept IN (SELECT concept FROM chosen_concepts)"
        go.execute(f"CREATE TABLE part_of_it.persons AS SELECT * FROM persons WHERE {among} ORDER BY person")
        for name in ("facts", "superseded"):
            there = go.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [name]).fetchall()
            if there:
                go.execute(
                    f"CREATE TABLE part_of_it.{name} AS SELECT * FROM {name} WHERE {of} AND {among}"
                    " ORDER BY person, concept, t_lo"
                )
        for name in WHOLE:
            go.execute(f"CREATE TABLE part_of_it.{name} AS SELECT * FROM {name}")
        for name in EMPTY:
            go.execute(f"CREATE TABLE part_of_it.{name} AS SELECT * FROM {name} LIMIT 0")
        go.execute("DETACH part_of_it")
