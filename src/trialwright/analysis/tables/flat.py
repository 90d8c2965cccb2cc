"""A table as CSV: labels with their parents, the columns as shown, and the reasons of what is missing."""

from __future__ import annotations

import csv
import io

from trialwright.analysis.tables.table import Table


def table_csv(table: Table) -> str:
    """UTF-8 text; the first column is the path of the row, the last holds the reasons of the row's missing values."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    listed = dict(table.notes)
    writer.writerow([*(column.replace("\n", " ") for column in table.columns), "reasons"])
    parents: list[str] = []
    for line in table.lines:
        del parents[line.depth :]
        parents += [""] * (line.depth - len(parents)) + [line.label]
        if line.cells:
            marks = dict.fromkeys(mark for cell in line.cells for mark in cell.marks)
            reasons = "; ".join(listed[mark] for mark in marks)
            path = " > ".join(part for part in parents if part)
            writer.writerow([path, *(cell.text for cell in line.cells), reasons])
    return out.getvalue()
