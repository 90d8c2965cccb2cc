"""Loads the catalog: the data of the package, then the user's directories, which add or override by id."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from trialwright.catalog.catalog import Catalog
from trialwright.catalog.coherence import findings_between
from trialwright.catalog.findings import CatalogError, DataFinding
from trialwright.catalog.models.protocols import ProtocolModel
from trialwright.catalog.read import DataFile, read_file
from trialwright.errors import TrialwrightError

ENVIRONMENT = "TRIALWRIGHT_CATALOG"
"""Directories of the user's own files, separated as in PATH."""

_SHELF = {
    "concepts": "models",
    "definitions": "definition_models",
    "instrument": "instruments",
    "instruments": "instruments",
    "grades": "grades",
    "protocol": "protocols",
}


def load_catalog(*extra_dirs: str | Path) -> Catalog:
    """The catalog with the user's directories on top, the last one strongest.

    Raises CatalogError, which holds every finding, when a file is not usable.
    """
    layers = [data_directory(), *user_directories(*extra_dirs)]
    return _load(tuple(str(layer) for layer in layers), _stamp(layers))


def load_protocol(name: str | Path, *extra_dirs: str | Path) -> ProtocolModel:
    """A protocol by its id in the catalog or from a file.

    Raises TrialwrightError naming the nearest ids, or CatalogError for a file with errors.
    """
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        file = read_file(path)
        if file.model is None or file.kind != "protocol":
            wrong = DataFinding(path, 1, "error", f"the file is not a protocol but {file.kind}", "name a protocol")
            raise CatalogError(file.findings or (wrong,))
        model: ProtocolModel = file.model
        return model
    return load_catalog(*extra_dirs).protocol(str(name))


def user_directories(*extra_dirs: str | Path) -> list[Path]:
    """The directories of TRIALWRIGHT_CATALOG and those given.  Raises TrialwrightError for one that is not there."""
    own = os.environ.get(ENVIRONMENT, "")
    named = [Path(part) for part in own.split(os.pathsep) if part] + [Path(part) for part in extra_dirs]
    for directory in named:
        if not directory.is_dir():
            raise TrialwrightError(f"The catalog directory {directory} is not there; name a directory of YAML files.")
    return named


def data_directory() -> Path:
    """The data files of the package."""
    return Path(str(files("trialwright.catalog").joinpath("data")))


def yaml_files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file())


def build_catalog(layers: Sequence[Sequence[DataFile]]) -> tuple[Catalog, list[DataFinding]]:
    """The catalog of files that were read, and all that is wrong in and between them; a later layer overrides."""
    shelves: dict[str, dict[str, Any]] = {shelf: {} for shelf in set(_SHELF.values())}
    places: dict[tuple[str, str], tuple[DataFile, int]] = {}
    findings: list[DataFinding] = []
    digest = hashlib.sha256()
    for layer in layers:
        here: dict[tuple[str, str], DataFile] = {}
        for file in layer:
            findings += file.findings
            if file.kind is None or file.model is None:
                continue
            digest.update(file.model.model_dump_json().encode())
            shelf = _SHELF[file.kind]
            for entry, line in file.entries():
                key = (shelf, entry.id)
                if key in here:
                    other = here[key].path
                    message = f"{entry.id!r} stands already in {other}"
                    findings.append(file.finding(line, message, "rename or remove one of them"))
                here[key] = file
                shelves[shelf][entry.id] = entry
                places[key] = (file, line)
    catalog = Catalog(hash=digest.hexdigest()[:16], **shelves)
    findings += findings_between(catalog, places)
    return catalog, findings


def _stamp(layers: Sequence[Path]) -> tuple[tuple[str, int, int], ...]:
    """What changes when a file does, so that a loaded catalog can be kept."""
    stamped = []
    for layer in layers:
        for path in yaml_files(layer):
            state = path.stat()
            stamped.append((str(path), state.st_mtime_ns, state.st_size))
    return tuple(stamped)


@lru_cache(maxsize=8)
def _load(layers: tuple[str, ...], stamp: tuple[tuple[str, int, int], ...]) -> Catalog:
    read = [[read_file(path) for path in yaml_files(Path(layer))] for layer in layers]
    catalog, findings = build_catalog(read)
    if any(finding.severity == "error" for finding in findings):
        raise CatalogError(findings)
    return catalog
