"""The trials to search among: an index in a folder, or documents read and indexed on the spot."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from trialwright.errors import TrialwrightError
from trialwright.registry.index import Index, build_index, open_index
from trialwright.registry.merge import merge_records
from trialwright.registry.read import read_document
from trialwright.registry.records import Record
from trialwright.registry.words import Names

ENVIRONMENT = "TRIALWRIGHT_INDEX"
"""The folder of the search index that is used when none is named."""

_DOCUMENTS = {".json", ".txt", ".html", ".htm", ".csv", ".tsv", ".md", ""}


def documents(paths: Sequence[Path]) -> list[Path]:
    """The documents of files and folders, hidden ones and unknown kinds in folders left out."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(item for item in path.rglob("*") if item.is_file() and not item.name.startswith("."))
            found += [item for item in inside if item.suffix.lower() in _DOCUMENTS]
        else:
            found.append(path)
    if not found:
        raise TrialwrightError(f"{paths[0]} holds no registry documents" if paths else "name registry documents")
    return found


def read_all(paths: Sequence[Path]) -> tuple[list[Record], list[str]]:
    """(one record for each trial, why a document of a folder was set aside); a named file that fails is an error."""
    records: list[Record] = []
    aside: list[str] = []
    for path in documents(paths):
        try:
            records += read_document(path.read_bytes(), path.name)
        except TrialwrightError as error:
            if path in paths:
                raise
            aside.append(str(error))
        except FileNotFoundError:
            raise TrialwrightError(f"{path} is not there; name a registry document or a folder of them") from None
    return _newest(merge_records(records) if len(records) <= 2000 else records), aside


def chosen_index(sources: Sequence[Path], folder: Path | None, names: Names) -> tuple[Index, list[str]]:
    """The index of the documents named, else the one in `folder`, else that of TRIALWRIGHT_INDEX."""
    if sources:
        records, aside = read_all(sources)
        return build_index(records, names), aside
    place = folder or (Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else None)
    if place is None:
        raise TrialwrightError(
            "name where to search: --from DOCUMENTS, --index FOLDER, or the folder in the variable TRIALWRIGHT_INDEX"
        )
    return open_index(place), []


def _newest(records: list[Record]) -> list[Record]:
    """One record for each registry number, the one updated last; those without a number all stay."""
    best: dict[str, Record] = {}
    rest: list[Record] = []
    for record in records:
        if record.nct_id is None:
            rest.append(record)
            continue
        known = best.get(record.nct_id)
        if known is None or str(record.last_update or "") >= str(known.last_update or ""):
            best[record.nct_id] = record
    return [*best.values(), *rest]
