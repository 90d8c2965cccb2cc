"""reference: the same trees on Spark say what the interpreter says; a smoke test of the second dialect."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.query.compare import compared
from tests.query.store import resolved, write_store
from tests.query.strategies import CONCEPTS, world

from trialwright.language.facts import Record
from trialwright.language.nodes import (
    Anchor,
    AtLeast,
    Compare,
    Count,
    Expression,
    Facts,
    In,
    Offset,
    Quantity,
    Select,
    ValueOf,
    Window,
)
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
        "spark.driver.memory": "4g",
    }.items():
        builder = builder.config(key, value)
    found = builder.getOrCreate()
    found.sparkContext.setLogLevel("ERROR")
    yield found
    found.stop()


def agree(session: Any, folder: Path, asked: Sequence[Expression], records: Mapping[str, Record]) -> list[str]:
    """Store as Parquet, then the same comparison as for DuckDB."""
    settled = {name: resolved(r, CONCEPTS) for name, r in records.items()}
    write_store(folder / "store.duckdb", settled, CONCEPTS)
    with duckdb.connect(str(folder / "store.duckdb")) as connection:
        for name in STORE:
            connection.execute(f"COPY {name} TO '{folder}/{name}.parquet' (FORMAT parquet)")
    return compared(Spark(session, folder), asked, settled)


LAST_YEAR = Window(Offset(Anchor("screening"), Decimal(1), "years", "before"), Anchor("screening"))
ASKED: tuple[Expression, ...] = (
    Compare(ValueOf(Select(Facts(("creatinine",), "measurement", LAST_YEAR))), "<=", Quantity(Decimal("2.5"))),
    AtLeast(
        2,
        (
            Compare(Count(Facts(("sle",), "condition", LAST_YEAR)), ">=", Quantity(Decimal(1))),
            In(ValueOf(Select(Facts(("sex",), "demographic")), "category"), ("female",)),
        ),
    ),
)
"""A latest value, a count and a category: what a smoke test can ask of Spark in seconds."""


def test_the_same_trees_run_on_spark(session: Any, tmp_path: Path) -> None:
    _, people = world(3, 1, 8)
    assert agree(session, tmp_path, ASKED, people) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(30_000, 30_003))
def test_the_same_trees_run_on_spark_at_length(session: Any, tmp_path: Path, seed: int) -> None:
    assert agree(session, tmp_path, *world(seed, 8, 15)) == []
