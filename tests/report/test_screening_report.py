"""pair: the report of a screening holds the numbers of its Parquet files to the last person, and needs nothing else."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from trialwright.query.screening import Screening
from trialwright.report.screening import write_screening_report
from trialwright.report.screening_small import Small

WRITTEN = dt.date(2026, 11, 22)


@pytest.fixture(scope="session")
def page(screening: Screening, cohort: Path) -> str:
    run = cohort / "run"
    path = write_screening_report(screening, run, written=WRITTEN, tables=run, with_curves=False, command="made")
    return path.read_text(encoding="utf-8")


def data(page: str) -> dict[str, object]:
    return json.loads(re.search(r"<script type='application/json' id='data'>(.*?)</script>", page, re.S)[1])


def test_every_person_and_criterion(page: str, cohort: Path) -> None:
    found = data(page)
    trials, people = found["trials"], found["people"]
    verdicts = {
        (r["person"], r["trial"]): r["verdict"] for r in pq.read_table(cohort / "run/verdicts.parquet").to_pylist()
    }
    criteria = pq.read_table(cohort / "run/criteria.parquet").to_pylist()
    assert people["everybody"]
    assert len(people["ids"]) == len(set(people["ids"])) == 300
    names = ("ineligible", "eligible", "undetermined")
    shown = {}
    for person, marks, letters in zip(people["ids"], people["verdicts"], people["codes"], strict=True):
        columns = [(t["id"], c[0]) for t in trials for c in t["criteria"]]
        assert len(letters) == len(columns)
        for (trial, criterion), letter in zip(columns, letters, strict=True):
            shown[person, trial, criterion] = people["legend"][letter]
        for trial, mark in zip(trials, marks, strict=True):
            assert names[int(mark)] == verdicts[person, trial["id"]]
    assert len(shown) == len(criteria)
    for row in criteria:
        state, reasons, notes, applies_not = shown[row["person"], row["trial"], row["criterion"]]
        assert (state, applies_not) == (row["state"], row["not_applicable"])
        assert [r.replace(" ", "_") for r in reasons] == row["reasons"]
        assert [r.replace(" ", "_") for r in notes] == row["notes"]


def test_headlines(page: str, screening: Screening) -> None:
    for trial in screening.trials:
        section = page.split(f"<h2 id='{trial.trial}'>")[1].split("</section>")[0]
        for name, count in trial.record.items():
            assert f"<div class='head {name}'><b>{count:,}</b>{name}</div>" in section
        for step in trial.funnel:
            counts = "".join(
                f"<td class='n'>{x:,}</td>" for x in (step.met, step.not_met, step.unknown, step.only_reason)
            )
            assert counts in section


def test_criteria_tried_out(page: str, screening: Screening) -> None:
    """The groups of people that the page counts with add up to the verdicts."""
    for trial, counted in zip(data(page)["trials"], screening.trials, strict=True):
        found = Counter[str]()
        for excludes, holds, people in trial["patterns"]:
            found["ineligible" if excludes else "undetermined" if holds else "eligible"] += people
        assert {**dict.fromkeys(counted.record, 0), **found} == counted.record


def test_needs_nothing_from_outside(page: str) -> None:
    without = page.replace("http://www.w3.org", "")
    assert not re.findall(r"(?:src|href)=['\"](?!#)", without.split("<script")[0])
    assert "url(" not in page
    assert "@import" not in page


def test_written_by_hand_text_is_escaped(page: str) -> None:
    assert "</" not in page.split("id='data'>")[1].split("</script>")[0]


def test_people_left_out(screening: Screening, cohort: Path, tmp_path: Path) -> None:
    run = cohort / "run"
    kept = write_screening_report(
        screening, tmp_path, written=WRITTEN, tables=run, with_people=False, with_curves=False
    )
    text = kept.read_text(encoding="utf-8")
    ids = pq.read_table(run / "verdicts.parquet").column("person").to_pylist()
    assert not [i for i in ids if i in text]
    assert not (tmp_path / "worklist.csv").exists()


def test_small_counts(screening: Screening, cohort: Path, tmp_path: Path) -> None:
    kept = write_screening_report(
        screening, tmp_path, written=WRITTEN, tables=cohort / "run", small_counts=11, with_curves=False
    )
    text = kept.read_text(encoding="utf-8")
    tables = text.split("<main")[1].split("id='absence'")[0]
    counts = [int(x.replace(",", "")) for x in re.findall(r"<td class='n'>([\d,]+)</td>", tables)]
    assert counts
    assert not [x for x in counts if 0 < x < 11]
    assert not [i for i in pq.read_table(cohort / "run/verdicts.parquet").column("person").to_pylist() if i in text]
    assert data(text)["people"] is None
    assert all(t["patterns"] is None for t in data(text)["trials"])


def test_a_second_part_is_kept_back() -> None:
    """pair: what is kept back cannot be had by subtraction."""
    assert Small(5).parts([3, 40, 60]) == ["<5", "kept back", 60]
    assert Small(5).parts([3, 2, 60]) == ["<5", "<5", 60]
    assert Small(5).parts([0, 40, 60]) == [0, 40, 60]
    assert Small(0).parts([3, 1]) == [3, 1]
    assert Small(5).along(13) == 10
