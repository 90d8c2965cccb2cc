"""Datasets and results as files: CSV and Parquet for each, JSON for the results and for the run."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from trialwright.analysis.subjects.escalation import escalation
from trialwright.analysis.subjects.run import Analysis
from trialwright.analysis.subjects.shape import Dataset, Variable, dataset

_ARROW = {"text": pa.string(), "integer": pa.int64(), "number": pa.float64(), "date": pa.date32()}


def write_analysis(analysis: Analysis, out: Path) -> list[Path]:
    """OUT/datasets/*, results.*, remarks.csv, dose-subjects.csv and run.json; returns the paths written."""
    folder = out / "datasets"
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for data in analysis.datasets.values():
        made += [
            write_csv(data, folder / f"{data.name.lower()}.csv"),
            write_parquet(data, folder / f"{data.name.lower()}.parquet"),
        ]
    made.append(write_csv(variables(analysis.datasets), folder / "variables.csv"))
    made += [write_csv(analysis.results, out / "results.csv"), write_parquet(analysis.results, out / "results.parquet")]
    made.append(_write_json({"results": [dict(row) for row in analysis.results]}, out / "results.json"))
    made.append(write_csv(analysis.remarks, out / "remarks.csv"))
    made.append(write_csv(escalation(analysis.datasets, analysis.plan.dlt_days), out / "dose-subjects.csv"))
    made.append(_write_json(summary(analysis), out / "run.json"))
    return made


def variables(datasets: Mapping[str, Dataset]) -> Dataset:
    """Every column of every dataset: its label and kind."""
    columns = [Variable(name, name.capitalize()) for name in ("dataset", "variable", "label", "kind")]
    rows = [
        {"dataset": data.name, "variable": one.name, "label": one.label, "kind": one.kind}
        for data in datasets.values()
        for one in data.variables
    ]
    return dataset("VARIABLES", "Columns of the datasets", columns, rows)


def summary(analysis: Analysis) -> dict[str, Any]:
    """What the run rests on and what it holds, in numbers."""
    sets = {name: sum(row[flag] == "Y" for row in analysis.datasets["ADSL"]) for name, flag in SETS.items()}
    return {
        **analysis.provenance,
        "subjects": sets,
        "datasets": {name: len(data) for name, data in analysis.datasets.items()},
        "results": len(analysis.results),
        "remarks": len(analysis.remarks),
    }


SETS = {"enrolled": "ENRLFL", "safety": "SAFFL", "efficacy": "EFFFL", "dlt_evaluable": "DLTEVLFL", "pk": "PKFL"}


def write_csv(data: Dataset, path: Path) -> Path:
    """One line per row; missing is empty, dates ISO 8601, numbers to the last digit."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(data.names)
        for row in data:
            writer.writerow([_text(row[name]) for name in data.names])
    return path


def _text(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return value.isoformat()
    return repr(value).removesuffix(".0") if isinstance(value, float) else value


def write_parquet(data: Dataset, path: Path) -> Path:
    """The kinds of the columns, with labels in the metadata of the fields."""
    fields = [pa.field(v.name, _ARROW[v.kind], metadata={"label": v.label}) for v in data.variables]
    columns = [pa.array(data.column(v.name), type=_ARROW[v.kind]) for v in data.variables]
    table = pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata={"name": data.name, "label": data.label}))
    pq.write_table(table, path)
    return path


def _write_json(document: Mapping[str, Any], path: Path) -> Path:
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    return path
