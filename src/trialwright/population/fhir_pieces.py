"""FHIR files cut into pieces that processes read on their own: lines of an ndjson file, some bundles, entries of one.

An ndjson file is cut at line ends into pieces of some megabytes, small bundles are taken several together, and a bundle
too large for memory is split into its entries while it is read.  What a file holds is told by its first bytes.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from trialwright.errors import TrialwrightError
from trialwright.population.bundle_split import BrokenBundle, split_entries

PIECE = 8 * 1024 * 1024
LONGEST_LINE = 64 * 1024 * 1024
WHOLE_BUNDLE = 64 * 1024 * 1024
"""A bundle up to this size is read whole; a larger one is split while it is read."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the input: lines of an ndjson file (by place or as bytes), whole bundles, or entries of a large one.

    `parts` are bundles of several files that are read together.
    """

    file: int
    path: str
    form: str  # "lines", "bundle", "entries"
    start: int = 0
    size: int = 0
    data: bytes | None = None
    medications: tuple[tuple[str, Any], ...] = ()
    resolve_later: bool = True
    parts: tuple[Piece, ...] = ()


def grouped(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Neighbouring bundles of one file each as pieces of some megabytes: what a piece costs is then paid once."""
    held: list[Piece] = []
    size = 0
    for piece in pieces:
        small = piece.form == "bundle" and piece.data is None and piece.size < PIECE
        if held and (not small or size + piece.size > PIECE):
            yield _joined(held, size)
            held, size = [], 0
        if small:
            held.append(piece)
            size += piece.size
        else:
            yield piece
    if held:
        yield _joined(held, size)


def _joined(parts: list[Piece], size: int) -> Piece:
    return parts[0] if len(parts) == 1 else replace(parts[0], size=size, parts=tuple(parts))


def pieces(file: int, path: Path, form: str) -> Iterator[Piece]:
    """The pieces of one file: `form` is "ndjson" or "bundle"; gzip is told by the first bytes.

    Raises TrialwrightError for a damaged archive, a line longer than 64 MB or a broken large bundle.
    """
    name = str(path)
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    size = path.stat().st_size
    try:
        if form == "bundle":
            if not packed and size <= WHOLE_BUNDLE:
                yield Piece(file, name, "bundle", 0, size)
                return
            with _open(path, packed) as stream:
                head = stream.read(WHOLE_BUNDLE + 1)
                if len(head) <= WHOLE_BUNDLE:
                    yield Piece(file, name, "bundle", data=head)
                    return
                yield from _large(file, name, head, stream)
        elif packed:
            with _open(path, packed) as stream:
                yield from _streamed(file, name, stream)
        else:
            yield from _by_place(file, path, size)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise TrialwrightError(f"{path}: the gzip archive is damaged or cut off ({error}); fetch it again") from error


def _open(path: Path, packed: bool) -> BinaryIO:
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]


def _by_place(file: int, path: Path, size: int) -> Iterator[Piece]:
    """Cut at line ends by looking only around the cuts; a piece is read by the process that parses it."""
    with path.open("rb") as stream:
        start = 0
        while start < size:
            end = min(start + PIECE, size)
            while end < size:
                stream.seek(end)
                block = stream.read(1 << 20)
                cut = block.find(b"\n")
                if cut >= 0:
                    end += cut + 1
                    break
                end += len(block)
                if end - start > LONGEST_LINE + PIECE:
                    raise _too_long(path)
            yield Piece(file, str(path), "lines", start, end - start)
            start = end


def _streamed(file: int, name: str, stream: BinaryIO) -> Iterator[Piece]:
    rest = b""
    while block := stream.read(PIECE):
        cut = block.rfind(b"\n")
        if cut < 0:
            rest += block
            if len(rest) > LONGEST_LINE:
                raise _too_long(Path(name))
            continue
        yield Piece(file, name, "lines", data=rest + block[: cut + 1])
        rest = block[cut + 1 :]
    if rest:
        yield Piece(file, name, "lines", data=rest)


def _too_long(path: Path) -> TrialwrightError:
    return TrialwrightError(
        f"{path}: holds a line longer than {LONGEST_LINE >> 20} MB, which is no single FHIR resource; "
        "write one resource per line, or name it .json if it is a bundle"
    )


def _large(file: int, name: str, head: bytes, stream: BinaryIO) -> Iterator[Piece]:
    """A bundle larger than memory should hold: its entries as small bundles of their own.

    References by fullUrl reach as far as the entries that are read together; Patient ids and Medication ids always do.
    """
    held: list[bytes] = []
    size = 0
    try:
        for entry in split_entries(head, stream, LONGEST_LINE):
            held.append(entry)
            size += len(entry)
            if size > PIECE:
                yield Piece(file, name, "bundle", data=b'{"resourceType":"Bundle","entry":[' + b",".join(held) + b"]}")
                held, size = [], 0
    except BrokenBundle as error:
        raise TrialwrightError(f"{name}: {error}; nothing was loaded") from error
    if held:
        yield Piece(file, name, "bundle", data=b'{"resourceType":"Bundle","entry":[' + b",".join(held) + b"]}")


def sniff(path: Path) -> str:
    """What a JSON file holds by its first bytes: "bundle" for one document, "ndjson" for one resource per line.

    Raises TrialwrightError for XML, another encoding, or no JSON at all.
    """
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    try:
        with _open(path, packed) as stream:
            head = stream.read(65536)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise TrialwrightError(f"{path}: the gzip archive is damaged or cut off ({error}); fetch it again") from error
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TrialwrightError(f"{path}: is UTF-16 text; FHIR JSON is UTF-8, save it as that")
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if plain.startswith(b"<"):
        raise TrialwrightError(f"{path}: is XML; only FHIR JSON is read, export it as JSON")
    if plain and not plain.startswith((b"{", b"[")):
        raise TrialwrightError(f"{path}: is not JSON; expected a FHIR bundle or one resource per line")
    if not plain:
        return "ndjson"
    first, _, rest = plain.partition(b"\n")
    if not rest.strip():
        return "bundle"
    try:
        return "ndjson" if isinstance(json.loads(first), dict) and rest.lstrip().startswith(b"{") else "bundle"
    except ValueError:
        return "bundle"
