"""What a source is: FHIR bundles or ndjson, an OMOP database, a flat CSV; and what its manifest declares.

A folder may hold FHIR files of both forms, the tables of an OMOP database, or flat CSV files, with a manifest
`population.yaml` beside them that names site, extraction date, observed domains and the refill tolerance.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import duckdb
import yaml

from trialwright.errors import TrialwrightError
from trialwright.language.nodes import Domain
from trialwright.population.fhir_pieces import sniff
from trialwright.population.quiet import quiet_connect

DOMAINS: tuple[str, ...] = get_args(Domain)
MANIFEST = "population.yaml"
_PACKED = (".gz", ".gzip")
_IGNORED = {".txt", ".md", ".yaml", ".yml", ".html", ".pdf", ".log", ".xml.txt"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a site declares about its data; None where it says nothing."""

    site: str | None = None
    extracted: dt.date | None = None
    observes: tuple[str, ...] | None = None
    observed_since: dt.date | None = None
    refill_days: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to read: `form` is "bundle", "ndjson", "omop", "flat" or "persons"."""

    path: Path
    form: str
    manifest: Manifest = Manifest()


def find_sources(paths: Sequence[Path]) -> tuple[list[Source], list[Path]]:
    """The sources under files and folders, in the order of their names, and the files that are none.

    Raises TrialwrightError when a path is not there or holds nothing that can be read.
    """
    found: list[Source] = []
    other: list[Path] = []
    for path in paths:
        if not path.exists():
            raise TrialwrightError(f"{path} is not there; name a file or folder of FHIR, OMOP or CSV data")
        before = len(found)
        if path.is_dir():
            _folder(path, found, other)
        else:
            source = _file(path, read_manifest(path.parent / MANIFEST))
            if source is None:
                raise TrialwrightError(f"{path}: is no form of data that is read here (FHIR JSON or ndjson, OMOP, CSV)")
            found.append(source)
        if len(found) == before:
            raise TrialwrightError(f"{path} holds no FHIR, OMOP or CSV data")
    return found, other


def _folder(path: Path, found: list[Source], other: list[Path]) -> None:
    manifest = read_manifest(path / MANIFEST)
    names = {p.stem.lower() for p in path.iterdir() if p.suffix.lower() in {".csv", ".parquet"} or p.is_dir()}
    if "person" in names and names & _OMOP_MARKS:
        found.append(Source(path, "omop", manifest))
        return
    for inner in sorted(path.iterdir()):
        if inner.is_dir() and not inner.name.startswith((".", "__")):
            if any(inner.iterdir()):
                _folder(inner, found, other)
        elif inner.is_file() and inner.name != MANIFEST:
            source = _file(inner, manifest)
            found.append(source) if source else other.append(inner)


_OMOP_MARKS = {"observation_period", "condition_occurrence", "measurement", "drug_exposure", "concept"}


def _file(path: Path, manifest: Manifest) -> Source | None:
    name = path.name.lower()
    packed = name.endswith(_PACKED)
    plain = name.rsplit(".", 1)[0] if packed else name
    if plain.endswith((".ndjson", ".jsonl")):
        sniff(path)
        return Source(path, "ndjson", manifest)
    if plain.endswith(".json"):
        return Source(path, sniff(path), manifest)
    if plain.endswith((".csv", ".tsv")):
        return Source(path, "persons" if plain.startswith("persons") else "flat", manifest)
    if plain.endswith((".duckdb", ".db")) and is_store(path):
        raise TrialwrightError(
            f"{path}: is a facts store that 'trialwright load' made, and no source; screen it with 'trialwright screen "
            f"PROTOCOL --population {path}', or load the records that it was made from"
        )
    if plain.endswith((".duckdb", ".db")) or (plain.endswith(".zip") and _is_omop_zip(path)):
        return Source(path, "omop", manifest)
    if plain.endswith(".xml"):
        raise TrialwrightError(f"{path}: is XML; only FHIR JSON is read, export it as JSON")
    return None


def is_store(path: Path) -> bool:
    """Whether a DuckDB file is one of our own stores."""
    try:
        with quiet_connect(str(path), read_only=True) as connection:
            connection.execute("SELECT value FROM meta WHERE key = 'format'")
            connection.execute("SELECT person, concept FROM facts LIMIT 0")
    except duckdb.Error:
        return False
    return True


def _is_omop_zip(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {Path(n).stem.lower() for n in archive.namelist()}
    except zipfile.BadZipFile as error:
        raise TrialwrightError(f"{path}: the zip archive is damaged ({error}); fetch it again") from error
    if "person" not in names:
        raise TrialwrightError(f"{path}: the zip archive holds no OMOP table PERSON; unpack it and name the folder")
    return True


def read_manifest(path: Path) -> Manifest:
    """The declarations of population.yaml; an empty one when there is no such file."""
    if not path.is_file():
        return Manifest()
    try:
        given = yaml.safe_load(path.read_text("utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TrialwrightError(f"{path}: is not readable YAML ({str(error).splitlines()[0]})") from error
    if not isinstance(given, dict):
        raise TrialwrightError(f"{path}: should hold 'name: value' lines")
    known = {"site", "extracted", "observes", "observed_since", "refill_days"}
    if unknown := sorted(set(given) - known):
        raise TrialwrightError(f"{path}: does not know {unknown[0]!r}; it takes {', '.join(sorted(known))}")
    observes = given.get("observes")
    return Manifest(
        site=None if given.get("site") is None else str(given["site"]),
        extracted=_date(path, "extracted", given.get("extracted")),
        observes=None
        if observes is None
        else read_observes(observes if isinstance(observes, str) else ",".join(observes)),
        observed_since=_date(path, "observed_since", given.get("observed_since")),
        refill_days=_whole(path, given.get("refill_days")),
    )


def read_observes(text: str) -> tuple[str, ...]:
    """Domains from "condition,drug" or "none".  Raises TrialwrightError for any other word."""
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    if names == ["none"]:
        return ()
    known = {name: name for name in DOMAINS} | {f"{name}s": name for name in DOMAINS}
    for name in names:
        if name not in known:
            raise TrialwrightError(f"observes: {name!r} is no domain; use {', '.join(DOMAINS)} or none")
    return tuple(dict.fromkeys(known[name] for name in names))


def _date(path: Path, key: str, value: Any) -> dt.date | None:
    if value is None or isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError as error:
        raise TrialwrightError(f"{path}: {key} is no date: {value}; write it as 2026-11-30") from error


def _whole(path: Path, value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise TrialwrightError(f"{path}: refill_days is a number of days, not {value}")


def sha256(path: Path) -> str:
    """The content hash of a file; of a folder, of the names and sizes in it."""
    digest = hashlib.sha256()
    if path.is_dir():
        for inner in sorted(path.iterdir()):
            digest.update(f"{inner.name} {inner.stat().st_size}\n".encode())
        return digest.hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
