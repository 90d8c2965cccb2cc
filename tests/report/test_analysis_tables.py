"""pair: the tables, listings and files of an analysis hold its results and datasets to the last cell, and nothing else.

The reader of the page and the way a number is written are worked out here again, apart from the code under test.
"""

from __future__ import annotations

import csv
import datetime as dt
import html
import importlib.util
import math
import re
from pathlib import Path

import pytest
from tests.report.treated import FOLLOWED, RECOVERY, datasets, results

from trialwright.analysis.subjects.shape import Dataset, Variable, dataset
from trialwright.analysis.tables.build import tables
from trialwright.analysis.tables.definitions import definitions, read_definitions
from trialwright.analysis.tables.listings import listings
from trialwright.analysis.tables.numbers import written
from trialwright.analysis.tables.rtf import table_rtf
from trialwright.analysis.tables.steps import curves
from trialwright.errors import TrialwrightError
from trialwright.report.analysis import render

SUBMISSION = all(importlib.util.find_spec(name) for name in ("rtflite", "pyreadstat", "polars"))
needs_submission = pytest.mark.skipif(not SUBMISSION, reason="the extra `submission` is not installed")


@pytest.fixture(scope="module")
def rows() -> tuple[dict[str, object], ...]:
    return results().rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tables")
    formats = ("html", "csv", "rtf", "xpt") if SUBMISSION else ("html", "csv")
    render(datasets(), results(), out, formats, written=dt.date(2026, 11, 22))
    return out


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    return (folder / "analysis.html").read_text(encoding="utf-8")


def by_hand(row: dict[str, object]) -> str:
    """A number as the docs say that it is written."""
    value, name = row["value"], str(row["statistic"])
    if value is None:
        return "–"
    value = float(value)
    if name in ("n", "count", "missing", "events", "at risk", "censored"):
        return f"{value:,.0f}"
    if abs(value) >= 1e7:
        return f"{value / 1e6:.1f}e6"
    if name in ("percent", "geometric cv") or row["unit"] == "%":
        return f"{value:.1f}"
    if value == int(value) and name not in ("mean", "sd", "geometric mean", "survival"):
        return f"{value:,.0f}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 1 or value == 0:
        return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    return f"{value:.{2 - math.floor(math.log10(abs(value)))}f}"


def cells(text: str) -> list[tuple[str, list[int]]]:
    """Every cell of the page that shows results: its words and the rows behind it."""
    found = re.findall(r"<td[^>]* data-rows='([\d ]+)'>(.*?)</td>", text)
    return [
        (html.unescape(re.sub(r"<sup>.*?</sup>", "", inner)).replace("\xa0", " "), [int(i) for i in at.split()])
        for at, inner in found
    ]


def test_every_number_of_the_results_is_on_the_page(page: str, rows: tuple[dict[str, object], ...]) -> None:
    shown: set[int] = set()
    for text, at in cells(page):
        shown.update(at)
        if len(at) == 1 and rows[at[0]]["estimand"] == "an estimand of its own":
            continue
        found = [w.rstrip(".,;") for w in re.findall(r"–|-?\d[\d,.e-]*", text)]
        wanted = [by_hand(rows[i]) for i in at if rows[i]["value"] is not None]
        for number in wanted:
            assert number in found, (text, number, [rows[i] for i in at])
    zeros = {i for one in tables(rows, definitions()) for i in one.zeros}
    assert all(rows[i]["value"] == 0 for i in zeros)
    assert shown | zeros == set(range(len(rows)))


def test_no_number_that_is_not_in_the_results(rows: tuple[dict[str, object], ...]) -> None:
    """Take the numbers of the rows and the denominators out of every cell: no digit is left."""
    for one in tables(rows, definitions()):
        if one.id == "further":
            continue
        for line in one.lines:
            for cell in line.cells:
                left = cell.text
                for i in sorted(cell.rows, key=lambda i: -len(by_hand(rows[i]))):
                    left = left.replace(by_hand(rows[i]), "", 1)
                left = left.replace(f"/{rows[cell.rows[0]]['n']}", "", 1) if cell.rows else left
                assert not re.search(r"\d", left), (one.id, line.label, cell.text, left)


def test_no_percentage_without_its_denominator(rows: tuple[dict[str, object], ...]) -> None:
    for one in tables(rows, definitions()):
        for line in one.lines:
            for cell in line.cells:
                if " %)" in cell.text and "geometric" not in line.label:
                    assert re.match(r"^\d+/\d+ \(", cell.text), cell.text


def test_each_number_stands_in_one_place(rows: tuple[dict[str, object], ...]) -> None:
    shown = [i for one in tables(rows, definitions()) for i in one.rows() if one.id != "further"]
    assert len(shown) == len(set(shown))


def test_limits_of_another_level_have_their_place_too() -> None:
    """pair: "lower 97.5" is shown as "lower 95" is, and the level is said."""
    other = [{**row, "statistic": str(row["statistic"]).replace(" 95", " 97.5")} for row in results()]
    made = {one.id: one for one in tables(other, definitions())}
    assert len(made["further"].lines) == 1
    assert ("", "Intervals are two-sided 97.5 %.") in made["responders"].notes


def test_missing_values_say_why(page: str, rows: tuple[dict[str, object], ...]) -> None:
    for row in rows:
        if row["value"] is None and row["reason"]:
            assert f"</sup> {html.escape(str(row['reason']))}</li>" in page


def test_a_definition_without_its_layout_is_refused() -> None:
    base = (
        "words: {}\ncells: {share: '{count}'}\nlines: {}\ntables:\n  - {id: a, number: '1', title: A, sections: [%s]}"
    )
    with pytest.raises(TrialwrightError, match="needs either cells or lines"):
        read_definitions(base % "{estimand: x}")
    with pytest.raises(TrialwrightError, match='the cells "gone", which are not defined'):
        read_definitions(base % "{estimand: x, cells: gone}")


@pytest.mark.parametrize(
    ("value", "statistic", "unit", "text"),
    [
        (None, "mean", None, "–"),
        (3.0, "count", None, "3"),
        (1234.0, "n", None, "1,234"),
        (33.333, "percent", None, "33.3"),
        (0.0, "sd", None, "0.00"),
        (5.0, "mean", None, "5.00"),
        (5.0, "median", None, "5"),
        (12.345, "median", None, "12.3"),
        (0.01234, "mean", None, "0.0123"),
        (0.000012345, "mean", None, "1.23e-5"),
        (171774.3, "geometric mean", "copies/ug", "171,774"),
        (66_166_667.0, "mean", "cells", "66.2e6"),
        (20_139_333_538.0, "geometric upper 95", None, "20.1e9"),
        (-9.333, "mean", "points", "-9.33"),
    ],
)
def test_how_a_number_is_written(value: float | None, statistic: str, unit: str | None, text: str) -> None:
    assert written(value, statistic, unit) == text


def test_numbers_at_risk(page: str, rows: tuple[dict[str, object], ...]) -> None:
    """pair: a hand count of who is still followed and without recovery just before each tick."""
    ends = [RECOVERY.get(i, FOLLOWED[i]) for i in range(9)]
    figure = page.split("<figure id='figure-survival-1'")[1].split("</figure>")[0]
    found = re.findall(r"class='mid risk' data-day='(\d+)'[^>]*>(\d+)<", figure)
    assert [int(day) for day, _ in found] == [0, 28, 56, 84, 112]
    assert [int(n) for _, n in found] == [9, 9, 8, 7, 2]
    for day, n in found:
        assert int(n) == sum(end >= int(day) for end in ends)
    steps = curves(rows, "time to b-cell recovery")["all"]
    assert [(s.day, s.at_risk, s.events, s.censored) for s in steps[:4]] == [
        (0, 9, 0, 0), (44, 9, 0, 1), (61, 8, 0, 1), (84, 7, 2, 0),
    ]  # fmt: skip
    assert steps[3].survival == pytest.approx(5 / 7)


def test_csv_of_a_table_is_its_rows(folder: Path, rows: tuple[dict[str, object], ...]) -> None:
    for one in tables(rows, definitions()):
        path = folder / "csv" / f"{one.number.replace('.', '-')}-{one.id}.csv"
        got = list(csv.reader(path.open(encoding="utf-8")))
        body = [line for line in one.lines if line.cells]
        assert len(got) == len(body) + 1
        for line, cells_ in zip(body, got[1:], strict=True):
            assert cells_[1:-1] == [cell.text for cell in line.cells]
            assert cells_[0].endswith(line.label)


def test_a_second_run_leaves_no_table_of_the_first(tmp_path: Path) -> None:
    """law: what lies in the folder is of this run; files of other names stay."""
    render(datasets(), results(), tmp_path, ("csv",))
    (tmp_path / "csv" / "mine.csv").write_text("kept", encoding="utf-8")
    given = results()
    only = Dataset("RESULTS", "", given.variables, tuple(r for r in given if r["estimand"] == "disposition"))
    written_ = {path.name for path in render(datasets(), only, tmp_path, ("csv",))}
    assert {path.name for path in (tmp_path / "csv").iterdir()} == written_ | {"mine.csv"}
    assert "14-1-2-baseline.csv" not in written_


def test_listings_are_the_rows_of_the_datasets(page: str) -> None:
    found = {one.id: one for one in listings(datasets())}
    dlts = [[line.label, *(c.text for c in line.cells)] for line in found["dlts"].lines]
    assert dlts == [["T1-S-07", "Cytokine release syndrome", "Immune system disorders", "3", "2026-04-16", "4", "Y"]]
    assert [line.label for line in found["serious"].lines] == ["T1-S-04", "T1-S-07", "T1-S-08"]
    assert [line.label for line in found["ungraded"].lines] == ["T1-S-09"]
    assert "Pneumonia &lt;fungal&gt; &amp; other" in page


def test_bad_requests_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    given = results()
    with pytest.raises(TrialwrightError, match='"pdf" is no format of tables; use some of html, csv, rtf, xpt'):
        render(datasets(), given, tmp_path / "a", ("pdf",))
    none = Dataset("RESULTS", "Results", given.variables, ())
    with pytest.raises(TrialwrightError, match="no row"):
        render(datasets(), none, tmp_path / "a", ("html",))
    two = Dataset("RESULTS", "Results", given.variables, (*given.rows, {**given.rows[0], "protocol": "T2"}))
    with pytest.raises(TrialwrightError, match="several protocols \\(T1, T2\\)"):
        render(datasets(), two, tmp_path / "a", ("html",))
    assert not (tmp_path / "a").exists()


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for name, library in (("rtf", "rtflite"), ("xpt", "pyreadstat")):
        with pytest.raises(TrialwrightError, match=rf"{library}, which is not installed: pip install .*submission"):
            render(datasets(), results(), tmp_path / "b", ("html", name))
    assert not (tmp_path / "b").exists()


def rtf_cells(text: str) -> list[list[str]]:
    """The cells of an RTF table, row by row, read by RTF's own rules for escapes."""

    def plain(found: str) -> str:
        found = re.sub(r"\\line ?", "\n", found)
        found = re.sub(r"\\u(-?\d+)\?", lambda m: chr(int(m[1]) % 65536), found)
        return re.sub(r"\\([\\{}])", r"\1", found)

    lines = []
    for row in text.split("\\trowd")[1:]:
        found = re.findall(r"\{\\f\d+ ((?:\\[\\{}]|[^{}])*)\}\\cell", row)
        lines.append([plain(one) for one in found])
    return lines


@needs_submission
def test_rtf_read_again_is_the_table(folder: Path, rows: tuple[dict[str, object], ...]) -> None:
    made = [*tables(rows, definitions()), *listings(datasets())]
    assert len(list((folder / "rtf").glob("*.rtf"))) == len(made)
    for one in made:
        text = (folder / "rtf" / f"{one.number.replace('.', '-')}-{one.id}.rtf").read_bytes().decode("ascii")
        assert text.startswith("{\\rtf1")
        got = [row for row in rtf_cells(text) if len(row) == len(one.columns) and tuple(row) != one.columns]
        want = [
            ["  " * line.depth + line.label]
            + [f"{c.text} [{', '.join(c.marks)}]" if c.marks else c.text for c in line.cells]
            + [""] * (len(one.columns) - 1 - len(line.cells))
            for line in one.lines
        ]
        assert got == (want or [["none"] + [""] * (len(one.columns) - 1)])
        assert text.count("{") - text.count("\\{") == text.count("}") - text.count("\\}")


@needs_submission
def test_a_listing_without_rows_says_none() -> None:
    data = datasets()["ADAE"]
    (empty,) = [one for one in listings({"ADAE": Dataset("ADAE", data.label, data.variables, ())}) if one.id == "dlts"]
    assert empty.notes == (("", "No row of ADAE belongs here."),)
    assert ["none", *[""] * (len(empty.columns) - 1)] in rtf_cells(table_rtf(empty))


@needs_submission
def test_xpt_read_again_is_the_dataset(folder: Path) -> None:
    """independent: pyreadstat's reader; numbers to the last bit, dates, labels, absent values."""
    import pyreadstat

    for data in datasets().values():
        got, meta = pyreadstat.read_xport(str(folder / "xpt" / f"{data.name.lower()}.xpt"), output_format="dict")
        assert list(got) == list(data.names)
        assert meta.table_name == data.name
        assert meta.column_names_to_labels == {v.name: v.label for v in data.variables}
        for variable in data.variables:
            want = data.column(variable.name)
            if variable.kind == "text":
                want = [value or "" for value in want]
            assert list(got[variable.name]) == want, variable.name


@needs_submission
def test_what_a_transport_file_cannot_hold_is_reported(tmp_path: Path) -> None:
    import pyreadstat

    from trialwright.analysis.tables.transport import write_xpt

    names = (
        Variable("USUBJID", "Unique Subject Identifier"),
        Variable("statistic", "Statistic"),
        Variable("statistics", "Another"),
        Variable("REASON", "A label that is far too long for a transport file of version 5"),
        Variable("when known", "Day", "date"),
    )
    long = "ä" * 150 + "end"
    data = dataset("ODD", "Odd", names, [{"USUBJID": "1", "statistic": "a", "statistics": "b", "REASON": long}])
    changed = {(c.item, c.message) for c in write_xpt(data, tmp_path / "odd.xpt")}
    got, meta = pyreadstat.read_xport(str(tmp_path / "odd.xpt"), output_format="dict")
    assert list(got) == ["USUBJID", "STATISTI", "STATIST1", "REASON", "REASON1", "WHEN_KNO"]
    assert got["REASON"][0] + got["REASON1"][0] == long
    assert all(len(value[0].encode()) <= 200 for value in (got["REASON"], got["REASON1"]))
    assert meta.column_names_to_labels["STATIST1"] == "statistics: Another"
    assert {item for item, _ in changed} == {"statistic", "statistics", "REASON", "when known"}
    assert ("REASON", "text above 200 bytes goes on in REASON, REASON1") in changed
    assert ("REASON", "letters beyond ASCII are UTF-8: ä") in changed
    assert got["WHEN_KNO"] == [None]


def test_days_stand_in_their_order_whoever_had_one_first() -> None:
    """Curves by group come one after the other in the results; a reader goes down the days."""
    at = {"estimand": "time to b-cell recovery", "population": "safety", "statistic": "survival", "value": 0.5, "n": 3}
    at |= {"order": 0, "unit": None, "method": None, "reason": None}
    given = (("dose level 2", "day 168.5"), ("dose level 2", "day 9"), ("dose level 3", "day 85"), ("all", "day 9"))
    [table, *_] = tables([at | {"group": group, "level": level} for group, level in given], definitions())
    texts = [line.label for line in table.lines if line.label.startswith("day ")]
    assert texts == ["day 9", "day 85", "day 168.5"]
