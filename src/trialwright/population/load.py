"""Load a site's records into a facts store, completely or not at all.

Sources of any form are read one after the other into a temporary file beside the store; only when everything is read,
checked and sorted does it take the store's place.  An interrupted load leaves the store as it was.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby, islice
from pathlib import Path

import duckdb
import orjson

from trialwright.errors import TrialwrightError
from trialwright.population import append, finish, flat, omop
from trialwright.population.build import build
from trialwright.population.codebook import CodeBook, codebook_of, read_mapping
from trialwright.population.dates import EPOCH
from trialwright.population.fhir_pieces import Piece, grouped, pieces
from trialwright.population.gather import Part
from trialwright.population.pool import Pool
from trialwright.population.report import LoadReport, lines_of, together
from trialwright.population.sources import Source, find_sources, sha256
from trialwright.population.staging import Staging

Progress = Callable[[int, int, str], None]
"""Called with bytes done, bytes in all and what is being done."""
REFILL_DAYS = 14
_SMALL = 4_000_000
_FHIR = ("bundle", "ndjson")


def load(
    sources: Sequence[str | Path],
    into: str | Path,
    *,
    book: CodeBook | None = None,
    catalog: Sequence[str | Path] = (),
    mapping: str | Path | None = None,
    observes: Sequence[str] | None = None,
    extracted: dt.date | None = None,
    refill_days: int | None = None,
    today: dt.date | None = None,
    replace: bool = False,
    jobs: int | None = None,
    memory_limit: str | None = None,
    progress: Progress | None = None,
) -> LoadReport:
    """Load `sources` (files or folders) into the store `into`, adding to what it holds unless `replace`.

    Raises TrialwrightError in one sentence for what cannot be read; the store is then as it was before.
    """
    target = Path(into)
    if target.is_dir() or not target.parent.is_dir():
        raise TrialwrightError(
            f"{target}: is no place for a store; name a file such as population.duckdb in a folder that is there"
        )
    known_hash = ""
    if book is None:
        from trialwright.catalog import load_catalog

        loaded = load_catalog(*catalog)
        known_hash = loaded.hash
        book = codebook_of(loaded, read_mapping(Path(mapping)) if mapping else ())
    today = today or dt.date.today()
    found, unread = find_sources([Path(s) for s in sources])
    manifests = [source.manifest for source in found]
    extracted = extracted or max((m.extracted for m in manifests if m.extracted), default=None)
    refill = (
        refill_days
        if refill_days is not None
        else next((m.refill_days for m in manifests if m.refill_days is not None), REFILL_DAYS)
    )
    declared = observes if observes is not None else _declared(manifests)
    total = sum(_size(source.path) for source in found)
    now = ((extracted or today).toordinal() - EPOCH) * 1440 + 1439
    fhir = sum(_size(s.path) for s in found if s.form in _FHIR)
    workers = (
        1
        if fhir < _SMALL
        else jobs or min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)
    )
    append.check_target(target)
    pool = Pool(book, now, workers)
    staging: Staging | None = None
    try:
        staging = Staging(target, memory_limit)
        earlier = append.take_over(staging, target, book) if target.exists() and not replace else None
        _read_all(staging, pool, found, book, now, today, total, progress or (lambda done, of, what: None))
        if not staging.counts.read.total():
            raise TrialwrightError(f"{', '.join(str(s) for s in sources)}: no record was found; nothing was written")
        for number, read in sorted(staging.read_of.items()):
            if not read:
                staging.counts.notes["no record in the file", staging.files[number].path] += 1
        day = build(staging, book.concepts, extracted, today, refill)
        lines = lines_of(staging.counts)
        if earlier:
            lines = together(list(earlier.lines), lines)
        report = finish.finish(
            staging, lines, day, declared, earlier, known_hash, refill, tuple(str(p) for p in unread), total, progress
        )
        if not report.persons:
            raise _useless(sources, staging)
        damaged = (staging.counts.read["unreadable file"], staging.counts.read["unreadable line"])
        report = dataclasses.replace(report, unreadable=damaged)
        staging.close()
        os.replace(staging.made, target)
        target.with_name(target.name + ".wal").unlink(missing_ok=True)
        return report
    except duckdb.Error as error:
        raise _failed(target, error) from error
    except OSError as error:
        raise TrialwrightError(
            f"{error.filename or target}: {error.strerror or error}; the store is as it was before"
        ) from error
    finally:
        pool.close()
        if staging is not None:
            staging.close()
            staging.remove()


def _useless(sources: Sequence[str | Path], staging: Staging) -> TrialwrightError:
    """Nobody is named in what was read: most often one file that is cut off."""
    reason, count = staging.counts.aside.most_common(1)[0]
    place = staging.counts.places.get(reason) or ", ".join(str(s) for s in sources)
    records = staging.counts.read.total()
    return TrialwrightError(
        f"{place}: {reason}, and so nothing was written ({count:,} of {records:,} records; nobody is named in "
        "any of them); repair the file or export it again"
    )


def _declared(manifests: Sequence[object]) -> tuple[str, ...] | None:
    """What all manifests together declare: a domain is observed only where each source observes it."""
    given = [m.observes for m in manifests]  # type: ignore[attr-defined]
    if not given or any(g is None for g in given):
        return None
    return tuple(d for d in given[0] if all(d in g for g in given))


def _read_all(
    staging: Staging,
    pool: Pool,
    found: Sequence[Source],
    book: CodeBook,
    now: int,
    today: dt.date,
    total: int,
    progress: Progress,
) -> None:
    done = 0
    numbers: dict[int, Source] = {}
    with ThreadPoolExecutor(1) as hashing:
        hashes: list[tuple[int, Future[str]]] = []

        def number(source: Source) -> int:
            file = staging.file(str(source.path), "", source.form, source.form not in {"flat", "persons"})
            hashes.append((file, hashing.submit(sha256, source.path)))
            numbers[file] = source
            return file

        def all_pieces() -> Iterator[Piece]:
            for source in found:
                if source.form in _FHIR:
                    yield from pieces(number(source), source.path, source.form)

        medications: dict[str, object] = {}
        waiting = staging.spill.with_name(staging.spill.name + ".ndjson")
        with waiting.open("wb") as pending:
            for piece, batch in pool.read(grouped(all_pieces())):
                staging.add(piece.file, batch)
                lines = iter(batch.pending)
                for part in batch.parts or (Part(piece.file, 0, 0, len(batch.pending)),):
                    pending.writelines(b"%d\t%b\n" % (part.file, line) for line in islice(lines, part.pending))
                medications.update(batch.medications)
                done += piece.size
                progress(min(done, total), total, "reading")
        _read_pending(staging, pool, waiting, medications)
        for source in found:
            if source.form in _FHIR:
                continue
            file = number(source)
            reader = (
                omop.read_omop
                if source.form == "omop"
                else flat.read_persons
                if source.form == "persons"
                else flat.read_flat
            )
            for batch in reader(source.path, book, now, staging):
                staging.add(file, batch)
            done += _size(source.path)
            progress(min(done, total), total, "reading")
        for source in found:
            finish.site_and_since(staging, source, [f for f, s in numbers.items() if s is source])
        for file, future in hashes:
            known = staging.files[file]
            staging.files[file] = type(known)(known.path, future.result(), known.kind, known.by_id)


def _read_pending(staging: Staging, pool: Pool, waiting: Path, medications: dict[str, object]) -> None:
    """Prescriptions that refer to a Medication of another piece or file, now that all of those are read."""

    def again() -> Iterator[Piece]:
        with waiting.open("rb") as file:
            for number, lines in groupby((line.split(b"\t", 1) for line in file), key=lambda parts: int(parts[0])):
                while some := [text for _, text in islice(lines, 10_000)]:
                    named = {orjson.loads(text)["medicationReference"]["reference"] for text in some}
                    keys = named | {"/".join(name.split("/")[-2:]) for name in named}
                    yield Piece(
                        number,
                        staging.files[number].path,
                        "entries",
                        data=b"".join(some),
                        medications=tuple((key, medications[key]) for key in sorted(keys) if key in medications),
                        resolve_later=False,
                    )

    for piece, batch in pool.read(again()):
        batch.lines = 0
        staging.add(piece.file, batch)
    waiting.unlink()


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(p.stat().st_size for p in path.iterdir() if p.is_file())
    return path.stat().st_size


def _failed(target: Path, error: Exception) -> TrialwrightError:
    text = str(error).splitlines()[0]
    if "No space left" in text or ("disk" in text.lower() and "full" in text.lower()):
        return TrialwrightError(
            f"{target}: the disk is full; the store is as it was before, free some space and load again"
        )
    if "lock" in text.lower():
        return TrialwrightError(f"{target}: is open in another process; close it there and load again")
    if "Out of Memory" in text or "OutOfMemory" in type(error).__name__:
        return TrialwrightError(
            f"{target}: the memory limit is too small for this load ({text}); the store is as it was before"
        )
    return TrialwrightError(f"{target}: {text}; the store is as it was before")
