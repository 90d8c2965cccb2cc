"""law: of a treated cohort, from its records to the page, every number has its place and every participant is drawn."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from trialwright.analysis.subjects import Analysis, analyse_trial
from trialwright.analysis.tables.build import tables
from trialwright.analysis.tables.definitions import definitions
from trialwright.analysis.tables.series import labels, subjects
from trialwright.population.synthetic.treated import write_treated
from trialwright.report.analysis import render


@pytest.fixture(scope="module", params=["im19-sle", "relma-cel-ssc"])
def analysis(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    cohort = write_treated(tmp_path_factory.mktemp("treated"), request.param, 6, 5, "facts", mess=True)
    return analyse_trial(request.param, cohort.path)


def test_every_row_of_the_results_has_its_table(analysis: Analysis) -> None:
    made = tables(analysis.results.rows, definitions())
    assert [one.id for one in made if one.id == "further"] == []
    shown = [row for one in made for row in one.rows()]
    assert sorted(shown) == list(range(len(analysis.results)))


def test_everybody_infused_is_in_the_figures(analysis: Analysis, tmp_path: Path) -> None:
    everything = {**analysis.datasets, "REMARKS": analysis.remarks}
    path = render(everything, analysis.results, tmp_path, ("html",), written=dt.date(2026, 11, 22))[-1]
    page = path.read_text(encoding="utf-8")
    names = labels(subjects(analysis.datasets)).values()
    assert len(names) >= 5
    for figure in re.findall(r"<figure.*?</figure>", page, re.S):
        if "figure-survival" not in figure:
            for name in names:
                assert f"<th scope='row'>{name}</th>" in figure
    titles = " ".join(re.findall(r"<h3>Figure \d+ (.*?)</h3>", page))
    for word in ("Follow-up", "change from baseline over time", "Transgene", "B cells", "Kaplan-Meier"):
        assert word in titles


def test_numbers_at_risk_are_those_of_the_participants(analysis: Analysis, tmp_path: Path) -> None:
    """independent: counted from the times of ADTTE, one participant at a time."""
    path = render(analysis.datasets, analysis.results, tmp_path, ("html",), written=dt.date(2026, 11, 22))[-1]
    page = path.read_text(encoding="utf-8")
    drawn = next(f for f in re.findall(r"<figure.*?</figure>", page, re.S) if "B-cell recovery, Kaplan-Meier" in f)
    ends = [row["AVAL"] for row in analysis.datasets["ADTTE"].where(PARAMCD="BCELLREC") if row["AVAL"] is not None]
    assert len(ends) >= 4
    found = re.findall(r"class='mid risk' data-day='(\d+)'[^>]*>(\d+)<", drawn)
    assert len(found) >= 3
    for day, shown in found:
        assert int(shown) == sum(end >= int(day) for end in ends), day
