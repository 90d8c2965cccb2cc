"""Where trees run: DuckDB in this process by default, Spark for what outgrows one machine.

Both run the same statements; an engine renders a tree in its dialect, keeps its outcome as a table, and hands rows back.
"""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from trialwright.errors import TrialwrightError
from trialwright.population.quiet import quiet_connect
from trialwright.query.sql import Tree, rendered, template

STORE = ("facts", "persons", "concepts", "units", "sources", "observed", "answers")


FEW = 20_000
REWRITING = "common_subexpressions,statistics_propagation,expression_rewriter"
"""For few people it takes longer to rewrite the statements than to run them as they are."""


class Engine(Protocol):
    """Runs trees; `facts`, `persons`, `concepts`, `units`, `sources` and `observed` are there from the start."""

    dialect: str

    def keep(self, name: str, tree: Tree) -> None:
        """Put the outcome of a query into a table."""
        ...

    def view(self, name: str, tree: Tree) -> None:
        """Give a query a name."""
        ...

    def give(self, name: str, data: pa.Table) -> None:
        """A small table of parameters."""
        ...

    def fetch(self, tree: Tree) -> pa.Table: ...

    def write(self, tree: Tree, path: Path) -> None:
        """The outcome of a query as one Parquet file."""
        ...

    def drop(self, *names: str) -> None: ...


class DuckDB:
    """A DuckDB connection that works in memory and reads the store; spills to disk under `memory_limit`."""

    dialect = "duckdb"

    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: str = "") -> None:
        self.connection = connection
        if schema:
            for name in STORE:
                connection.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM {schema}.{name}")

    def expect(self, people: int) -> None:
        """So many people will be asked about."""
        few = REWRITING if people < FEW else ""
        self.connection.execute(f"SET disabled_optimizers = '{few}'")

    def render(self, tree: Tree) -> str:
        return rendered(tree, self.dialect)

    def keep(self, name: str, tree: Tree) -> None:
        self.connection.execute(f"CREATE TEMP TABLE {name} AS {self.render(tree)}")

    def view(self, name: str, tree: Tree) -> None:
        self.connection.execute(f"CREATE TEMP VIEW {name} AS {self.render(tree)}")

    def narrow(self, name: str, people: str) -> None:
        """From here on, read of a table of the store only the rows of some people."""
        self.connection.execute(
            f"CREATE TEMP TABLE {name}_of_{people} AS SELECT t.* FROM {name} AS t INNER JOIN {people} AS p ON p.person = t.person"
        )
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {name}_of_{people}")

    def give(self, name: str, data: pa.Table) -> None:
        self.connection.register("given", data)
        self.connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM given")
        self.connection.unregister("given")

    def fetch(self, tree: Tree) -> pa.Table:
        return self.connection.sql(self.render(tree)).to_arrow_table()

    def write(self, tree: Tree, path: Path) -> None:
        place = str(path).replace("'", "''")
        self.connection.execute(f"COPY ({self.render(tree)}) TO '{place}' (FORMAT parquet)")

    def drop(self, *names: str) -> None:
        for name in names:
            self.connection.execute(f"DROP TABLE IF EXISTS {name}")


@contextlib.contextmanager
def duckdb_engine(
    store: Path, *, threads: int | None = None, memory_limit: str | None = None, temporary: Path | None = None
) -> Iterator[DuckDB]:
    """A DuckDB engine over a store file, which it only reads."""
    config: dict[str, Any] = {}
    if threads is not None:
        config["threads"] = threads
    if memory_limit is not None:
        config["memory_limit"] = memory_limit
    if temporary is not None:
        config["temp_directory"] = str(temporary)
    connection = quiet_connect(":memory:", config=config)
    try:
        place = str(store).replace("'", "''")
        try:
            connection.execute(f"ATTACH '{place}' AS store (READ_ONLY)")
        except duckdb.Error as error:
            raise TrialwrightError(f"{store}: not a population that can be read ({error}); load it again") from error
        connection.execute("SET preserve_insertion_order = false")
        engine = DuckDB(connection, "store")
        engine.expect(engine.fetch(template("SELECT COUNT(*) AS n FROM persons")).to_pylist()[0]["n"])
        yield engine
    finally:
        connection.close()


class Spark:
    """A Spark session over the store's tables as Parquet files, one folder or file per table."""

    dialect = "spark"

    def __init__(self, session: Any, folder: Path) -> None:
        self.session = session
        for name in STORE:
            path = folder / f"{name}.parquet"
            if path.exists():
                session.read.parquet(str(path)).createOrReplaceTempView(name)

    def render(self, tree: Tree) -> str:
        return rendered(tree, self.dialect)

    def keep(self, name: str, tree: Tree) -> None:
        frame = self.session.sql(self.render(tree))
        frame.persist().createOrReplaceTempView(name)

    def view(self, name: str, tree: Tree) -> None:
        self.session.sql(self.render(tree)).createOrReplaceTempView(name)

    def give(self, name: str, data: pa.Table) -> None:
        self.session.createDataFrame(data).createOrReplaceTempView(name)

    def fetch(self, tree: Tree) -> pa.Table:
        return self.session.sql(self.render(tree)).toArrow()

    def write(self, tree: Tree, path: Path) -> None:
        import pyarrow.parquet as pq

        pq.write_table(self.fetch(tree), path)

    def drop(self, *names: str) -> None:
        for name in names:
            self.session.catalog.dropTempView(name)


@dataclass(frozen=True, slots=True)
class Layout:
    """What a plan must know of a store: keys of concepts, categories and units, and what the source observes."""

    concepts: dict[str, int]
    categories: dict[str, tuple[str, ...]]
    units: dict[str, int]
    observed: frozenset[str]
    people: int
    facts: frozenset[str]

    def keys(self, concepts: Sequence[str]) -> list[int]:
        """Keys of the concepts that the store has; the others have no facts."""
        return sorted({self.concepts[c] for c in concepts if c in self.concepts})


def layout(engine: Engine) -> Layout:
    """Read the small tables of the store."""
    concepts = engine.fetch(template("SELECT concept, id, categories FROM concepts")).to_pylist()
    units = engine.fetch(template("SELECT unit, text FROM units")).to_pylist()
    observed = engine.fetch(template("SELECT domain FROM observed")).to_pylist()
    people = engine.fetch(template("SELECT COUNT(*) AS n FROM persons")).to_pylist()
    columns = engine.fetch(template("SELECT * FROM facts LIMIT 0")).column_names
    return Layout(
        {row["id"]: row["concept"] for row in concepts},
        {row["id"]: tuple(row["categories"] or ()) for row in concepts},
        {row["text"]: row["unit"] for row in units},
        frozenset(row["domain"] for row in observed),
        people[0]["n"],
        frozenset(columns),
    )
