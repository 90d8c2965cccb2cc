"""A table as plain data: rows of cells, each with the rows of the results that it shows; only laid out elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place: its text, the rows of the results behind it, and the marks of its notes."""

    text: str
    rows: tuple[int, ...] = ()
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table; a heading has no cells."""

    label: str
    cells: tuple[Cell, ...] = ()
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A table or listing ready to be laid out; `columns` begin with the heading of the labels.

    `notes` are (mark, text), the mark empty for a general note; `words` so many columns hold text; `caption` says of
    whom the numbers are; a `supplement` stands behind the main tables;
    `zeros` are rows of levels that nobody has, left out with a note.
    """

    id: str
    number: str
    title: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[tuple[str, str], ...] = ()
    words: int = 1
    caption: str = ""
    supplement: bool = False
    zeros: tuple[int, ...] = ()

    def rows(self) -> Iterable[int]:
        """Every row of the results that the table shows, or says are 0 in every group."""
        yield from (row for line in self.lines for cell in line.cells for row in cell.rows)
        yield from self.zeros
