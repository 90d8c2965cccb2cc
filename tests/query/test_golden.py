"""snapshot: the statements of three criteria in both dialects, so that no change of the emitted SQL goes unseen.

Renew with `GOLDEN=renew python -m pytest tests/query/test_golden.py`, and read the difference before you commit it.
"""

from __future__ import annotations

import hashlib
import os
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from tests.query.compare import study_of
from tests.query.store import write_store
from tests.query.strategies import AT, CONCEPTS

from trialwright.language import nodes as n
from trialwright.language.facts import Record, day_span
from trialwright.query.engines import DuckDB
from trialwright.query.execute import decide, prepare
from trialwright.query.sql import Tree, rendered

NOW = n.Anchor("screening")
YEAR = n.Window(n.Offset(NOW, Decimal(1), "years", "before"), NOW)
LAB = n.ValueOf(n.Select(n.Facts(("creatinine",), "measurement", YEAR), "highest"))
ASKED: tuple[n.Expression, ...] = (
    n.Compare(n.Arithmetic("/", (n.Quantity(Decimal(72)), LAB)), ">=", n.Quantity(Decimal("1.5"))),
    n.Compare(n.Count(n.Facts(("sle", "nephritis"), "condition", YEAR)), "=", n.Quantity(Decimal(0))),
    n.In(n.ValueOf(n.Select(n.Facts(("sex",), "demographic")), "category"), ("female",)),
)
"""A formula over a selected value, the absence of a diagnosis, a category."""
GOLDEN = Path(__file__).parent / "golden"
LONG = 5_000
"""A statement of so many characters is the same for most studies: its digest stands for it."""


class Noting(DuckDB):
    """A DuckDB engine that notes what it is told to keep."""

    said: list[tuple[str, Tree | pa.Table]]

    def keep(self, name: str, tree: Tree) -> None:
        self.said.append((name, tree))
        super().keep(name, tree)

    def view(self, name: str, tree: Tree) -> None:
        self.said.append((name, tree))
        super().view(name, tree)

    def give(self, name: str, data: pa.Table) -> None:
        self.said.append((name, data))
        super().give(name, data)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Tree | pa.Table]]:
    store = tmp_path_factory.mktemp("golden") / "store.duckdb"
    anchors = dict.fromkeys(("screening", "consent", "enrollment"), day_span(AT))
    somebody = Record({}, anchors, {"condition": (0, 30_000)})
    write_store(store, {"somebody": somebody}, CONCEPTS)
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{store}' AS store (READ_ONLY)")
        engine = Noting(connection, "store")
        engine.said = []
        decide(prepare(study_of(ASKED, {"somebody": somebody}), engine), lambda step: None)
    return engine.said


def written(said: list[tuple[str, Tree | pa.Table]], dialect: str) -> str:
    """Every statement and every table of parameters, in order; statements laid out in lines, long ones by digest."""
    texts = []
    for name, made in said:
        if isinstance(made, pa.Table):
            rows = [f"--   {', '.join(map(str, row.values()))}" for row in made.to_pylist()]
            texts.append("\n".join([f"-- {name}({', '.join(made.column_names)})", *rows]))
        else:
            text = sqlglot.transpile(rendered(made, dialect), read=dialect, write=dialect)[0]
            digest = f"-- {len(text)} characters, sha256 {hashlib.sha256(text.encode()).hexdigest()}"
            shown = digest if len(text) > LONG else sqlglot.transpile(text, dialect, dialect, pretty=True)[0] + ";"
            texts.append(f"-- {name}\n{shown}")
    return "\n\n".join(texts) + "\n"


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
def test_the_emitted_sql_is_as_it_was(said: list[tuple[str, Tree | pa.Table]], dialect: str) -> None:
    text, file = written(said, dialect), GOLDEN / f"{dialect}.sql"
    if os.environ.get("GOLDEN") == "renew":
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    assert text == file.read_text(), "renew it, as the first lines of this module say, if the change is meant"
