"""The same run on Spark, for populations that outgrow one machine: the same trees in another dialect.

The store's tables are handed over as Parquet files; the outcome is kept and read like that of a DuckDB run.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from trialwright.errors import TrialwrightError
from trialwright.query.engines import STORE, Spark, duckdb_engine
from trialwright.query.progress import steps
from trialwright.query.screening import Screening, keep, screen
from trialwright.query.sql import template
from trialwright.query.study import Study

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "8",
    "spark.driver.memory": "4g",
}
"""For a session of our own; one that runs already keeps its settings."""


def run_on_spark(study: Study, population: Path, *, progress: bool = False) -> Screening:
    """Screen everybody with a local Spark session.  Raises TrialwrightError where pyspark or Java is missing."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise TrialwrightError("Spark is not installed; install trialwright[spark] and Java, or use duckdb") from error
    keeper = tempfile.TemporaryDirectory(prefix="trialwright-")
    with tempfile.TemporaryDirectory(prefix="trialwright-spark-") as tables, steps(progress) as step:
        step("handing the store to Spark")
        with duckdb_engine(population) as engine:
            for name in STORE:
                engine.write(template(f"SELECT * FROM {name}"), Path(tables) / f"{name}.parquet")
        try:
            builder = SparkSession.builder.appName("trialwright")
            for key, value in SETTINGS.items():
                builder = builder.config(key, value)
            session = builder.getOrCreate()
        except Exception as error:
            raise TrialwrightError("Spark does not start; it needs Java 17 or newer (JAVA_HOME)") from error
        session.sparkContext.setLogLevel("ERROR")
        try:
            trials, kept = screen(study, Spark(session, Path(tables)), Path(keeper.name), step)
        finally:
            session.stop()
    return keep(keeper, population, study, trials, kept)
