"""One data file to its model: which kind it is, and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from trialwright.catalog.findings import DataFinding
from trialwright.catalog.models.concepts import ConceptFile
from trialwright.catalog.models.definitions import DefinitionFile
from trialwright.catalog.models.grades import GradeFile
from trialwright.catalog.models.instruments import InstrumentFile, InstrumentModel
from trialwright.catalog.models.protocols import ProtocolModel
from trialwright.catalog.yaml_text import YamlFile, read_yaml

Kind = Literal["concepts", "definitions", "instrument", "instruments", "grades", "protocol"]

MODELS: Mapping[Kind, type[BaseModel]] = {
    "concepts": ConceptFile,
    "definitions": DefinitionFile,
    "instrument": InstrumentModel,
    "instruments": InstrumentFile,
    "grades": GradeFile,
    "protocol": ProtocolModel,
}
_MARKS: tuple[tuple[str, Kind], ...] = (
    ("concepts", "concepts"),
    ("definitions", "definitions"),
    ("grades", "grades"),
    ("instruments", "instruments"),
    ("criteria", "protocol"),
    ("items", "instrument"),
)
"""The field that tells what kind a file is."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that was read; `model` is None when findings say why."""

    source: YamlFile
    kind: Kind | None
    model: Any
    findings: tuple[DataFinding, ...]

    @property
    def path(self) -> Path:
        return self.source.path

    def entries(self) -> tuple[tuple[Any, int], ...]:
        """The concepts, definitions ... of the file, each with its line."""
        if self.model is None or self.kind is None:
            return ()
        if self.kind in ("protocol", "instrument"):
            return ((self.model, self.source.line("id")),)
        listed = getattr(self.model, self.kind)
        return tuple((entry, self.source.line(self.kind, i, "id")) for i, entry in enumerate(listed))

    def finding(
        self, line: int, message: str, remedy: str = "", severity: Literal["error", "warning"] = "error"
    ) -> DataFinding:
        return DataFinding(self.path, line, severity, message, remedy)


def read_file(path: Path, text: str | None = None) -> DataFile:
    """Reads and validates one file; all findings, not the first.  Raises TrialwrightError when it cannot be opened."""
    source = read_yaml(path, text)
    if not isinstance(source.data, dict) or any(f.severity == "error" for f in source.findings):
        return DataFile(source, None, None, source.findings)
    kind = next((kind for field, kind in _MARKS if field in source.data), None)
    if kind is None:
        fields = ", ".join(field for field, _ in _MARKS)
        message = "the kind of file is not clear"
        finding = DataFinding(path, 1, "error", message, f"one of these fields must be there: {fields}")
        return DataFile(source, None, None, (finding,))
    try:
        return DataFile(source, kind, MODELS[kind].model_validate(source.data), source.findings)
    except ValidationError as error:
        found = tuple(_finding(source, dict(item)) for item in error.errors(include_url=False))
        return DataFile(source, kind, None, source.findings + found)


def _finding(source: YamlFile, item: dict[str, Any]) -> DataFinding:
    place = tuple(item["loc"])
    field = ".".join(str(step) for step in place)
    name = str(place[-1]) if place else "the file"
    kind, given = item["type"], item.get("input")
    if kind == "missing":
        message, remedy = f"the field {name!r} is missing", "add it"
    elif kind == "extra_forbidden":
        message, remedy = f"the field {name!r} is not known here", "check its spelling"
    elif kind == "literal_error":
        message, remedy = f"{name} is {given!r}", f"write one of {item['ctx']['expected']}"
    elif kind == "string_pattern_mismatch":
        message, remedy = f"{name} is {given!r}", f"it must match {item['ctx']['pattern']}"
    elif kind == "value_error":
        message, remedy = str(item["ctx"]["error"]), ""
    else:
        message, remedy = f"{name} is {_shown(given)}", item["msg"][0].lower() + item["msg"][1:]
    if kind == "value_error" and "; " in message:
        message, _, remedy = message.partition("; ")
    return DataFinding(source.path, source.line(*place), "error", message, remedy, field)


def _shown(value: Any) -> str:
    text = repr(str(value)) if not isinstance(value, dict | list) else type(value).__name__
    return text if len(text) < 60 else text[:57] + "..."
