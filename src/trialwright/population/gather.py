"""What a reader gathers while it reads: rows, and for every record that gives none, why.

read = kept + unmapped + set aside holds for every load: a record that gave rows is kept unless the store finds it to be
a duplicate or impossible; each other record is counted here, as unmapped by its code or as set aside by its reason.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa

from trialwright.population.rows import Row, table

Code = tuple[str, str, str]
"""System, code and text of a code that means no concept."""


@dataclass(frozen=True, slots=True)
class Part:
    """How much of a batch comes from one of several files: rows, records, and resources that wait for others."""

    file: int
    rows: int
    records: int
    pending: int


@dataclass(slots=True)
class Batch:
    """What was read from one piece of a source; picklable, so that processes can hand it over.

    `parts` tells of several files read together; their places and lines then have their names already.
    """

    facts: pa.Table
    read: Counter[str]
    unmapped: Counter[Code]
    aside: Counter[str]
    places: dict[str, str]
    notes: Counter[tuple[str, str]]
    firsts: dict[str, int | None]
    domains: Counter[str]
    latest: int
    records: int
    lines: int = 0
    nameless: bool = False
    pending: list[bytes] = field(default_factory=list)
    medications: dict[str, object] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()


class Gather:
    """Rows and counts of the piece that is being read."""

    __slots__ = (
        "aside", "domains", "firsts", "latest", "medications", "nameless", "notes", "now", "pending", "places",
        "read", "record", "rows", "unmapped",
    )  # fmt: skip

    def __init__(self, now: int) -> None:
        self.now = now
        self.rows: list[Row] = []
        self.record = -1
        self.read: Counter[str] = Counter()
        self.unmapped: Counter[Code] = Counter()
        self.aside: Counter[str] = Counter()
        self.places: dict[str, str] = {}
        self.notes: Counter[tuple[str, str]] = Counter()
        self.firsts: dict[str, int | None] = {}
        self.domains: Counter[str] = Counter()
        self.latest = -(2**31)
        self.nameless = False
        self.pending: list[bytes] = []
        self.medications: dict[str, object] = {}

    def begin(self, kind: str) -> None:
        """One more record of a kind ("Observation", "measurement", "row") has been read."""
        self.record += 1
        self.read[kind] += 1

    def set_aside(self, reason: str, place: str = "") -> None:
        """The record that was begun is not used, and why; the first place is kept for the report."""
        self.aside[reason] += 1
        self.places.setdefault(reason, place)

    def note(self, kind: str, item: str) -> None:
        """Something that the user should know about a record that is kept."""
        self.notes[kind, item] += 1

    def seen(self, person: str, at: int | None = None) -> None:
        """A person exists, and was recorded at this minute."""
        if at is None:
            self.firsts.setdefault(person, None)
            return
        if at <= self.now:
            if at > self.latest:
                self.latest = at
            first = self.firsts.get(person)
            if first is None or at < first:
                self.firsts[person] = at

    def batch(self, lines: int = 0) -> Batch:
        """Everything gathered so far, as columns."""
        return Batch(
            table(self.rows), self.read, self.unmapped, self.aside, self.places, self.notes, self.firsts, self.domains,
            self.latest, self.record + 1, lines, self.nameless, self.pending, self.medications,
        )  # fmt: skip
