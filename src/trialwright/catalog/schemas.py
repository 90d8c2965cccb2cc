"""JSON Schemas of the data files, made from the models, so that an editor can complete and check them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from trialwright.catalog.read import MODELS

_BASE = "https://trialwright.org/schemas"


def json_schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of file by its name."""
    schemas: dict[str, dict[str, Any]] = {}
    for kind, model in MODELS.items():
        schema = model.model_json_schema(mode="validation")
        schemas[kind] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"{_BASE}/{kind}.schema.json",
        } | schema
    return schemas


def write_schemas(directory: Path) -> list[Path]:
    """Writes each schema to `<kind>.schema.json`; gives the files written."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for kind, schema in json_schemas().items():
        path = directory / f"{kind}.schema.json"
        path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", "utf-8")
        written.append(path)
    return written
