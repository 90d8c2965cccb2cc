"""A search index over records: postings with BM25 weights in flat arrays, written to a folder and mapped into memory.

Measured against a scan of text it needs no engine: one query adds up a few rows of a sparse matrix.  Weights of
fields follow BM25F (Robertson and Zaragoza 2009, section 3.5): a word of the title counts as four of the summary.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
from scipy import sparse

from trialwright.errors import TrialwrightError
from trialwright.registry.facets import NAMES, Facets, read_facets
from trialwright.registry.likeness import signatures
from trialwright.registry.records import Record
from trialwright.registry.words import Names, join_texts, read_words

FORMAT = 2
_K1, _B = 1.2, 0.6
_FILES = (
    "starts.npy",
    "docs.npy",
    "weights.npy",
    "terms.json",
    "facets.npz",
    "rows.jsonl",
    "offsets.npy",
    "about.json",
)
_LENGTH = 24


@dataclass(frozen=True, slots=True)
class Index:
    """An index as it is searched.  Trial `i` has row `i`; term `t` its trials in `docs[starts[t]:starts[t + 1]]`."""

    terms: dict[str, int]
    words: tuple[str, ...]
    starts: npt.NDArray[np.int64]
    docs: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]
    facet_values: dict[str, tuple[str, ...]]
    facet_docs: dict[str, npt.NDArray[np.int32]]
    facet_codes: dict[str, npt.NDArray[np.int32]]
    enrollment: npt.NDArray[np.int32]
    rows: Sequence[bytes]

    @property
    def count(self) -> int:
        return len(self.enrollment)

    def row(self, place: int) -> dict[str, Any]:
        """What is shown of a trial, and what its likeness is judged by."""
        row: dict[str, Any] = orjson.loads(self.rows[place])
        return row


class _Rows(Sequence[bytes]):
    """Lines of a file by their number, read when asked for."""

    def __init__(self, path: Path, offsets: npt.NDArray[np.int64]) -> None:
        self._data: npt.NDArray[np.uint8] = (
            np.memmap(path, dtype=np.uint8, mode="r") if path.stat().st_size else np.empty(0, np.uint8)
        )
        self._offsets = offsets

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, place: Any) -> Any:
        return self._data[self._offsets[place] : self._offsets[place + 1]].tobytes()


def weighted_texts(record: Record) -> tuple[tuple[float, str], ...]:
    """The texts of a record that are searched, each with the weight of one of its words."""
    return (
        (4.0, join_texts((record.nct_id, record.title, record.acronym))),
        (3.0, join_texts((*record.conditions, *record.keywords))),
        (3.0, join_texts(name for item in record.interventions for name in (item.name, *item.other_names))),
        (
            1.0,
            join_texts((record.official_title, record.brief_summary, *(sponsor.name for sponsor in record.sponsors))),
        ),
        (0.5, join_texts((record.detailed_description, *(item.description for item in record.interventions)))[:20_000]),
        (0.3, record.criteria_text[:20_000] if record.criteria else ""),
    )


def build_index(records: Iterable[Record], names: Names, tick: Callable[[], None] | None = None) -> Index:
    """The index of records; `tick` is called once for each, to move a progress bar."""
    terms: dict[str, int] = {}
    starts, columns, values = array("q", [0]), array("i"), array("f")
    lengths, enrollment = array("f"), array("i")
    codes: dict[str, dict[str, int]] = {name: {} for name in NAMES}
    pairs: dict[str, tuple[array[int], array[int]]] = {name: (array("i"), array("i")) for name in NAMES}
    rows: list[bytes] = []
    for place, record in enumerate(records):
        counts: dict[int, float] = {}
        length = 0.0
        for weight, text in weighted_texts(record):
            if not text:
                continue
            words = read_words(text, names)
            length += weight * len(words.tokens)
            for token, times in Counter(words.tokens).items():
                code = terms.setdefault(token, len(terms))
                counts[code] = counts.get(code, 0.0) + times * weight
            for concept in words.concepts:
                code = terms.setdefault("#" + concept, len(terms))
                counts[code] = counts.get(code, 0.0) + 2 * weight
        columns.extend(counts)
        values.extend(counts.values())
        starts.append(len(columns))
        lengths.append(length)
        facets = read_facets(record, names)
        enrollment.append(-1 if facets.enrollment is None else min(facets.enrollment, 2**31 - 1))
        for name in NAMES:
            for value in getattr(facets, name):
                pairs[name][0].append(place)
                pairs[name][1].append(codes[name].setdefault(value, len(codes[name])))
        rows.append(orjson.dumps(row_of(record, names, facets)))
        if tick:
            tick()
    if not rows:
        raise TrialwrightError("there is no trial to index; name registry documents or a folder of them")
    return _finished(terms, starts, columns, values, lengths, enrollment, codes, pairs, rows)


def row_of(record: Record, names: Names, facets: Facets | None = None) -> dict[str, Any]:
    """What is shown of a record, and what its likeness to others is judged by."""
    facets = facets or read_facets(record, names)
    return {
        "nct_id": record.nct_id,
        "title": record.title,
        "status": record.status,
        "phases": record.phases,
        "conditions": record.conditions,
        "interventions": [item.name for item in record.interventions],
        "sponsor": next((sponsor.name for sponsor in record.sponsors), None),
        "enrollment": record.enrollment,
        "summary": (record.brief_summary or "")[:1500],
        "facets": {name: getattr(facets, name) for name in NAMES},
        "criteria": [tuple(signature) for signature in signatures(record, names)],
        "source": record.sources[0].name if record.sources else None,
    }


def _finished(
    terms: dict[str, int],
    starts: array[int],
    columns: array[int],
    values: array[float],
    lengths: array[float],
    enrollment: array[int],
    codes: dict[str, dict[str, int]],
    pairs: dict[str, tuple[array[int], array[int]]],
    rows: list[bytes],
) -> Index:
    count = len(rows)
    counts = np.frombuffer(values, np.float32)
    length = np.frombuffer(lengths, np.float32)
    scale = _K1 * (1 - _B + _B * length / max(float(length.mean()), 1e-9))
    bounds = np.frombuffer(starts, np.int64)
    per_doc = bounds[1:] - bounds[:-1]
    saturated = counts * (_K1 + 1) / (counts + np.repeat(scale, per_doc).astype(np.float32))
    by_doc = sparse.csr_matrix(
        (saturated.astype(np.float32), np.frombuffer(columns, np.int32), np.frombuffer(starts, np.int64)),
        shape=(count, max(len(terms), 1)),
    )
    by_term = by_doc.tocsc()
    frequency = np.diff(by_term.indptr)
    rarity = np.log1p((count - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
    weights = by_term.data * np.repeat(rarity, frequency)
    return Index(
        terms,
        tuple(terms),
        by_term.indptr.astype(np.int64),
        by_term.indices.astype(np.int32),
        weights.astype(np.float32),
        {name: tuple(values) for name, values in codes.items()},
        {name: np.frombuffer(pair[0], np.int32) if pair[0] else np.empty(0, np.int32) for name, pair in pairs.items()},
        {name: np.frombuffer(pair[1], np.int32) if pair[1] else np.empty(0, np.int32) for name, pair in pairs.items()},
        np.frombuffer(enrollment, np.int32),
        rows,
    )


def save_index(index: Index, folder: Path) -> None:
    """Writes an index to a folder; the last file written is the one that makes it whole."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "about.json").unlink(missing_ok=True)
    np.save(folder / "starts.npy", index.starts)
    np.save(folder / "docs.npy", index.docs)
    np.save(folder / "weights.npy", index.weights)
    (folder / "terms.json").write_bytes(orjson.dumps(index.words))
    arrays = {"enrollment": index.enrollment}
    for name in NAMES:
        arrays |= {f"{name}_docs": index.facet_docs[name], f"{name}_codes": index.facet_codes[name]}
    np.savez(folder / "facets.npz", allow_pickle=False, **arrays)
    offsets = [0]
    with (folder / "rows.jsonl").open("wb") as file:
        for row in index.rows:
            offsets.append(offsets[-1] + file.write(bytes(row).rstrip(b"\n") + b"\n"))
    np.save(folder / "offsets.npy", np.array(offsets, np.int64))
    about = {"format": FORMAT, "trials": index.count, "facets": index.facet_values}
    (folder / "about.json").write_bytes(orjson.dumps(about))


def open_index(folder: Path) -> Index:
    """The index in a folder.  Raises TrialwrightError when there is none, or one that is broken or too old."""
    if not (folder / "about.json").exists():
        raise TrialwrightError(
            f"{folder} holds no search index; make one: `trialwright trials --build --from DOCUMENTS --index {folder}`"
        )
    try:
        about = orjson.loads((folder / "about.json").read_bytes())
        if about["format"] != FORMAT:
            raise TrialwrightError(f"{folder} is an index of another version; build it again with --build")
        words = tuple(orjson.loads((folder / "terms.json").read_bytes()))
        stored = np.load(folder / "facets.npz")
        return Index(
            {word: place for place, word in enumerate(words)},
            words,
            np.load(folder / "starts.npy"),
            np.load(folder / "docs.npy", mmap_mode="r"),
            np.load(folder / "weights.npy", mmap_mode="r"),
            {name: tuple(values) for name, values in about["facets"].items()},
            {name: stored[f"{name}_docs"] for name in NAMES},
            {name: stored[f"{name}_codes"] for name in NAMES},
            stored["enrollment"],
            _Rows(folder / "rows.jsonl", np.load(folder / "offsets.npy")),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrialwrightError(f"{folder} is a broken search index ({error}); build it again with --build") from None


def rarity(index: Index, term: int) -> float:
    """Inverse document frequency of a term."""
    frequency = int(index.starts[term + 1] - index.starts[term])
    return math.log1p((index.count - frequency + 0.5) / (frequency + 0.5))
