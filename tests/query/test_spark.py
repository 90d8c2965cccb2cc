"""reference: the same trees on Spark say what the interpreter says; a smoke test of the second dialect."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.query.compare import compared
from tests.query.store import resolved, write_store
from tests.query.strategies import CONCEPTS, world

from trialwright.query.engines import STORE, Spark

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    pyspark = pytest.importorskip("pyspark.sql", reason="needs the extra `spark`")
    if shutil.which("java") is None:
        pytest.skip("needs Java")
    builder = pyspark.SparkSession.builder.master("local[1]").appName("trialwright")
    for key, value in {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        "spark.driver.memory": "2g",
    }.items():
        builder = builder.config(key, value)
    found = builder.getOrCreate()
    found.sparkContext.setLogLevel("ERROR")
    yield found
    found.stop()


def agree(session: Any, folder: Path, seed: int, expressions: int, people: int) -> list[str]:
    """Store as Parquet, then the same comparison as for DuckDB."""
    asked, records = world(seed, expressions, people)
    settled = {name: resolved(r, CONCEPTS) for name, r in records.items()}
    write_store(folder / "store.duckdb", settled, CONCEPTS)
    with duckdb.connect(str(folder / "store.duckdb")) as connection:
        for name in STORE:
            connection.execute(f"COPY {name} TO '{folder}/{name}.parquet' (FORMAT parquet)")
    return compared(Spark(session, folder), asked, settled)


def test_the_same_trees_run_on_spark(session: Any, tmp_path: Path) -> None:
    assert agree(session, tmp_path, 3, 2, 8) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(30_000, 30_003))
def test_the_same_trees_run_on_spark_at_length(session: Any, tmp_path: Path, seed: int) -> None:
    assert agree(session, tmp_path, seed, 8, 15) == []
