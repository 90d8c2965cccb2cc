"""reference: the compiled engine gives the hand-made people of the four protocols the states of the interpreter."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.protocols.people import person
from tests.protocols.test_protocols import TRIALS, expressions, table
from tests.query.compare import compared
from tests.query.store import Known, resolved, write_store

from trialwright.catalog import load_catalog
from trialwright.language.facts import Record
from trialwright.query.engines import duckdb_engine


def groups(trial: str) -> dict[tuple[str, ...], dict[str, Record]]:
    """The people of a trial by the domains that their source observes: a store observes the same for all."""
    catalog = load_catalog()
    found: dict[tuple[str, ...], dict[str, Record]] = {}
    for criterion, rows in table(trial)["people"].items():
        for number, row in enumerate(rows, 1):
            (facts,) = row.values()
            record = resolved(person(facts, catalog), known())
            found.setdefault(tuple(sorted(record.observed)), {})[f"{criterion}-{number}"] = record
    return found


def known() -> tuple[Known, ...]:
    return tuple(Known(c.id, c.domain, c.categories) for c in load_catalog().concepts.values())


@pytest.mark.long
@pytest.mark.parametrize("trial", TRIALS)
def test_engine_and_interpreter_agree_on_the_people_of_a_protocol(trial: str, tmp_path: Path) -> None:
    """reference: state, reasons and notes of every criterion for every person."""
    asked = list(expressions(trial).values())
    for number, people in enumerate(groups(trial).values()):
        store = tmp_path / f"{number}.duckdb"
        write_store(store, people, known())
        with duckdb_engine(store, threads=1) as engine:
            assert compared(engine, asked, people) == []
