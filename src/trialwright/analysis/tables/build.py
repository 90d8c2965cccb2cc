"""Tables from the long table of results: every number is put in its place, none is computed and none left out."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from trialwright.analysis.tables.definitions import (
    OPTIONAL,
    STATISTIC,
    Definition,
    Definitions,
    Section,
    deciding,
    key,
    statistics,
)
from trialwright.analysis.tables.numbers import ABSENT, written
from trialwright.analysis.tables.steps import day_of_level
from trialwright.analysis.tables.table import Cell, Line, Row, Table

ANY = ("any", "any class", "any term", "any grade")
LIMIT = re.compile(r"^(?:.* )?(?:lower|upper) (\d+(?:\.\d+)?)$")
FURTHER = ("estimand", "population", "group", "level", "statistic", "value", "unit", "method", "n", "reason")


@dataclass(slots=True)
class _Marks:
    """Letters for the reasons of one table, in order of appearance."""

    texts: dict[str, str] = field(default_factory=dict)

    def of(self, reason: str) -> str:
        return self.texts.setdefault(reason, _letter(len(self.texts)))


def _letter(i: int) -> str:
    return chr(97 + i) if i < 26 else _letter(i // 26 - 1) + chr(97 + i % 26)


Block = dict[tuple[str, str], dict[str, list[int]]]
"""(level, group) to statistic to the rows that state it."""


def tables(results: Sequence[Row], defined: Definitions) -> list[Table]:
    """The defined tables that have anything to show, in order, then one of all that no definition names."""
    blocks: dict[tuple[str, str], Block] = {}
    for i, row in enumerate(results):
        block = blocks.setdefault((row["estimand"], row["population"] or ""), {})
        block.setdefault((row["level"] or "", row["group"] or ""), {}).setdefault(row["statistic"], []).append(i)
    shown: set[int] = set()
    made = []
    for definition in defined.tables:
        table = _table(definition, defined, results, blocks, shown)
        if table is not None:
            made.append(table)
            shown.update(table.rows())
    further = _further(results, shown)
    return [*made, further] if further is not None else made


def _table(
    definition: Definition,
    defined: Definitions,
    results: Sequence[Row],
    blocks: Mapping[tuple[str, str], Block],
    shown: set[int],
) -> Table | None:
    taken: list[tuple[Section, tuple[str, str]]] = []
    claimed = set(shown)
    for section in definition.sections:
        keys = deciding(defined.templates(section).values())
        for name, block in blocks.items():
            if not section.fits(name[0]):
                continue
            stated = [stating(of, k) for (level, _), of in block.items() if section.takes(level) for k in keys]
            mine = [i for i in stated if i is not None]
            if mine and not claimed.issuperset(mine):
                taken.append((section, name))
                claimed.update(mine)
    if not taken:
        return None
    groups = _groups(results, [blocks[name] for _, name in taken])
    marks, zeros = _Marks(), list[int]()
    lines: list[Line] = []
    for section, name in taken:
        lines += _lines(section, name, defined, results, blocks[name], groups, marks, zeros)
    methods = dict.fromkeys(
        f"{results[i]['method']}" for line in lines for c in line.cells for i in c.rows if results[i]["method"]
    )
    populations = ", ".join(dict.fromkeys(name[1] for _, name in taken if name[1]))
    named = {results[i]["statistic"] for line in lines for c in line.cells for i in c.rows}
    levels = sorted({found[1] for name in named if (found := LIMIT.match(name))})
    general = [
        definition.note or "",
        "What nobody had is left out." if zeros else "",
        f"Methods: {'; '.join(methods)}." if methods else "",
        f"Intervals are two-sided {' and '.join(levels)} %." if levels else "",
        f"{ABSENT}: there is no value; a letter says why." if marks.texts else "",
        "An empty cell has no entry in the results." if any(not c.text for line in lines for c in line.cells) else "",
    ]
    notes = [("", text) for text in general if text] + [(mark, reason) for reason, mark in marks.texts.items()]
    columns = ("", *(_headed(group, results, lines, j) for j, group in enumerate(groups)))
    caption = f"Population: {populations}" if populations else ""
    return Table(
        definition.id,
        definition.number,
        definition.title,
        columns,
        tuple(lines),
        tuple(notes),
        caption=caption,
        supplement=definition.supplement,
        zeros=tuple(zeros),
    )


def _groups(results: Sequence[Row], blocks: Sequence[Block]) -> list[str]:
    """The groups in order of the results, those of everybody last."""
    first: dict[str, int] = {}
    for block in blocks:
        for (_, group), of in block.items():
            at = min(i for rows in of.values() for i in rows)
            first[group] = min(at, first.get(group, at))
    return sorted(first, key=lambda group: (group in ("all", "total", ""), first[group]))


def _headed(group: str, results: Sequence[Row], lines: Sequence[Line], j: int) -> str:
    """A column's heading, with N where one denominator serves the whole column."""
    sizes = {results[i]["n"] for line in lines if line.cells for i in line.cells[j].rows}
    name = group or "all"
    return f"{name}\nN = {sizes.pop()}" if len(sizes) == 1 and None not in sizes else name


def _lines(
    section: Section,
    name: tuple[str, str],
    defined: Definitions,
    results: Sequence[Row],
    block: Block,
    groups: Sequence[str],
    marks: _Marks,
    zeros: list[int],
) -> list[Line]:
    templates = defined.templates(section)
    title = defined.heading(section, name[0])
    title += _unit(title, templates.values(), results, block)
    lines: list[Line] = [Line(title)]
    open_: list[str] = []
    for level in sorted(dict.fromkeys(level for level, _ in block if section.takes(level)), key=day_of_level):
        made = []
        for text, template in templates.items():
            cells = tuple(_cell(block.get((level, group), {}), template, results, marks) for group in groups)
            if any(cell.rows for cell in cells):
                made.append(Line(text, cells))
        if not made:
            continue
        mine = [i for line in made for cell in line.cells for i in cell.rows]
        if not section.zeros and level and all(results[i]["value"] == 0 for i in mine):
            zeros += mine
            continue
        path = _path(level, section)
        shared = next((k for k, (a, b) in enumerate(zip(open_, path)) if a != b), min(len(open_), len(path)))
        lines += [Line(part, depth=k + 1) for k, part in enumerate(path[:-1]) if k >= shared]
        open_ = path
        if section.lines is not None:
            lines += [Line(path[-1], depth=len(path))] if path else []
            lines += [replace(line, depth=len(path) + 1) for line in made]
        elif path:
            # a grade of everybody stands below the row of everybody, beside the classes
            deeper = section.tree and len(path) == 1 and path[0].startswith("grade")
            lines.append(Line(path[-1], made[0].cells, len(path) + (1 if deeper else 0)))
        elif lines == [Line(title)]:
            lines = [Line(title, made[0].cells)]
        else:
            lines.append(Line(title, made[0].cells, 1))
    return lines


def _path(level: str, section: Section) -> list[str]:
    """The parts of a level; "any" stands for the level above it."""
    parts = level.split(" | ") if section.tree else [level]
    return [part for part in parts if part and part not in ANY]


def _unit(title: str, templates: Collection[str], results: Sequence[Row], block: Block) -> str:
    """The unit of what an estimand is about, in brackets; that of a share is in its cells."""
    rows = [stating(of, k) for of in block.values() for k in deciding(templates)]
    units = {results[i]["unit"] for i in rows if i is not None} - {None, ""}
    unit = str(units.pop()).replace("{", "").replace("}", "") if len(units) == 1 else ""
    return f" ({unit})" if unit and not title.endswith(f" {unit}") and "count" not in deciding(templates) else ""


def stating(of: Mapping[str, Sequence[int]], name: str) -> int | None:
    """The row that states a statistic; a limit may carry the level of its interval ("lower 95")."""
    if name in of:
        return of[name][0]
    if not name.endswith(("lower", "upper")):
        return None
    return next((rows[0] for s, rows in of.items() if LIMIT.match(s) and s.rpartition(" ")[0] == name), None)


def _cell(of: Mapping[str, Sequence[int]], template: str, results: Sequence[Row], marks: _Marks) -> Cell:
    first = stating(of, key(template))
    if first is None:
        return Cell("")
    rows: list[int] = []
    reasons: list[str] = []

    def fill(name: str) -> str:
        at = stating(of, "n" if name == "N" else name)
        if at is None:
            n = results[first]["n"]
            return f"{n:,}" if name == "N" and n is not None else ABSENT
        row = results[at]
        rows.append(at)
        if row["reason"] and (row["value"] is None or name == "missing"):
            reasons.append(row["reason"])
        return written(row["value"], name, row["unit"])

    def optional(part: str) -> str:
        found = [stating(of, name) for name in statistics(part)]
        if any(at is None for at in found):
            return ""
        if all(results[at]["value"] is not None for at in found if at is not None):
            return part
        for name in statistics(part):  # the reason is told all the same
            fill(name)
        return ""

    whole = OPTIONAL.sub(lambda found: optional(found[1]), template)
    text = STATISTIC.sub(lambda found: fill(found[1]), whole)
    absent = all(results[i]["value"] is None for i in rows) or not text
    return Cell(ABSENT if absent else text, tuple(rows), tuple(dict.fromkeys(marks.of(r) for r in reasons)))


def _further(results: Sequence[Row], shown: set[int]) -> Table | None:
    """Every number that no definition names, one row each, so that none is left out."""
    rest = [i for i in range(len(results)) if i not in shown]
    if not rest:
        return None
    lines = []
    for i in rest:
        row = results[i]
        texts = [f"{row[c]:.10g}" if isinstance(row[c], float) else row[c] for c in FURTHER[1:]]
        cells = tuple(Cell("" if text is None else str(text), (i,)) for text in texts)
        lines.append(Line(row["estimand"], cells))
    note = "Numbers of the results that stand in no table above."
    return Table("further", "14.9", "Further results", FURTHER, tuple(lines), (("", note),), words=5, supplement=True)
