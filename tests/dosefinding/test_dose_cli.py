"""Oracle: pair (the commands and JSON shapes that others script against, and what bad input is told)."""

import csv
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from dose_oracles import A

from trialwright.cli.dose import command
from trialwright.cli.dose_options import protocol_settings

TRUTH = ",".join(map(str, A))
SKELETON = "0.05,0.10,0.20,0.35,0.50,0.70"
ESCALATION = {
    "levels": [
        {"value": 100e6, "unit": "cells", "per": None, "role": "level"},
        {"value": 15e6, "unit": "cells", "per": None, "role": "backup"},
        {"value": 25e6, "unit": "cells", "per": None, "role": "start"},
        {"value": 50e6, "unit": "cells", "per": None, "role": "level"},
    ],
    "design": {"name": "boin", "target": 0.3, "cohort_size": 3, "sentinel_days": 14, "stagger_days": 7},
    "max_n": 24,
}


def run(*arguments):
    return CliRunner().invoke(command, [str(a) for a in arguments])


def answer(*arguments):
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_table_shape():
    """pair: `dose table` and its rows."""
    rows = answer("table", "--design", "boin", "--target", 0.3, "--max-n", 9, "--cohort-size", 3)["rows"]
    assert rows[0] == {"n": 3, "escalate_if_le": 0, "deescalate_if_ge": 2, "eliminate_if_ge": 3}
    assert [row["n"] for row in rows] == [3, 6, 9]


@pytest.mark.parametrize("design", ["i3+3", "keyboard", "mtpi2", "3+3", "tite-boin"])
def test_every_design_with_a_table_prints_it(design):
    """law: a table has rows, each with its n."""
    rows = answer("table", "--design", design, "--target", 0.25, "--max-n", 6)["rows"]
    assert {row["n"] for row in rows} == {3, 6}


def test_exact_and_simulate_have_the_same_keys():
    """pair: shapes of `dose exact` and `dose simulate`; the latter adds standard errors."""
    common = ("--design", "boin", "--target", 0.3, "--truth", TRUTH, "--cohorts", 10, "--cohort-size", 3)
    known, found = answer("exact", *common), answer("simulate", *common, "--trials", 2000, "--seed", 6)
    for key in ("selection", "none", "patients", "dlts", "expected_n"):
        assert key in known
        assert key in found
    assert known["expected_n"] == pytest.approx(29.9946, abs=1e-4)
    assert len(found["se"]) == 5
    assert known["se"] is None
    assert answer("simulate", *common, "--trials", 2000, "--seed", 6) == found


def test_3plus3_states_its_options():
    """pair: both options of 3+3 stand in the output."""
    shown = answer("exact", "--design", "3+3", "--truth", TRUTH, "--no-deescalate-to-fill-6", "--no-confirm-top-6")
    assert shown["design"]["deescalate_to_fill_6"] is False
    assert shown["design"]["confirm_top_6"] is False
    assert shown["selection"][0] == pytest.approx(0.18126, abs=1e-5)


def test_recommend_shape():
    """pair: `dose recommend` on dfcrm's example, given as outcomes."""
    found = answer(
        "recommend", "--design", "crm", "--target", 0.2, "--skeleton", SKELETON,
        "--outcomes", "3N 4N 4T 3N 3N 4T 3T 2N 2N 2N",
    )  # fmt: skip
    assert found["recommended"] == 2
    assert found["estimate"] == pytest.approx(-0.2121715, abs=1e-6)
    assert found["variance"] == pytest.approx(0.1575955, abs=1e-6)
    assert len(found["dlt_probability"]) == len(found["lower"]) == len(found["upper"]) == 6
    assert found["reason"]


def test_recommend_from_a_table_of_subjects(tmp_path):
    """pair: `--subjects` with a window, linear weights."""
    file = tmp_path / "subjects.csv"
    file.write_text("subject,dose,dlt,followup_days\na,1,0,28\nb,1,0,28\nc,1,0,3\n", encoding="utf-8")
    common = ("recommend", "--target", 0.2, "--subjects", file, "--window", 28)
    assert answer(*common, "--design", "tite-crm", "--skeleton", SKELETON, "--no-skipping")["recommended"] == 2
    assert answer(*common, "--design", "tite-boin", "--doses", 3)["recommended"] == 2
    assert answer(*common, "--design", "boin", "--doses", 3)["recommended"] is None  # one is pending


def test_time_designs_are_simulated_on_the_calendar():
    """pair: TITE designs report a duration; time options give one to the others too."""
    for design in ("tite-boin", "tite-crm", "rolling-six"):
        found = answer("simulate", "--design", design, "--target", 0.3, "--truth", TRUTH, "--trials", 200)
        assert found["duration_days"]["mean"] > 0
    found = answer("simulate", "--design", "3+3", "--truth", TRUTH, "--trials", 200, "--lag", "21,35", "--stagger", 7)
    assert found["method"] == "simulation on the calendar"
    assert found["timeline"]["lag_days"] == [21, 35]


def test_obd_by_responses():
    """pair: boin12 with true DLT and response rates."""
    found = answer(
        "simulate", "--design", "boin12", "--target", 0.35, "--response", 0.25, "--max-n", 36, "--trials", 500,
        "--truth", "0.03,0.17,0.35", "--truth-response", "0.12,0.39,0.43",
    )  # fmt: skip
    assert sum(found["selection"]) + found["none"] == pytest.approx(1)
    assert len(found["responses"]) == 3


def test_protocol_gives_levels_start_and_limits(tmp_path):
    """pair: an escalation as a protocol carries it; options override it."""
    file = tmp_path / "protocol.json"
    file.write_text(json.dumps(ESCALATION), encoding="utf-8")
    design = answer("recommend", "--protocol", file, "--outcomes", "2NNN")["design"]
    assert (design["start"], design["max_n"], design["doses"]) == (2, 24, 4)
    assert [level["role"] for level in design["levels"]] == ["backup", "start", "level", "level"]
    assert design["sentinel_days"] == [14]
    assert answer("recommend", "--protocol", file, "--outcomes", "2NNN", "--max-n", 12)["design"]["max_n"] == 12
    text = answer("describe", "--protocol", file)["text"]
    assert "level 2 (25 x10^6 cells, start)" in text
    assert "15 x10^6 cells, back-up" in text


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"design": "3+3", "cohort_size": 3}, {"name": "3+3", "cohort_size": 3, "start": 2}),
        ({"design": "boin", "target": "0.30", "parameters": {"start_level": 3}}, {"target": 0.30, "start": 3}),
        ({"design": {"name": "crm", "parameters": {"scale": 0.75}}}, {"name": "crm", "scale": 0.75}),
    ],
)
def test_shapes_of_an_escalation(change, expected):
    """pair: the design as a name, with parameters beside it, or as an object."""
    values, _ = protocol_settings({**ESCALATION, **change})
    assert {key: values[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("design", "words"),
    [
        ({"name": "boin", "target": "x"}, "target is 'x'"),
        ({"name": "boin", "targt": 0.3}, "unknown settings targt"),
        ({"name": "boin", "target": 0.3, "extra_safe": "yes"}, "true or false"),
        ({"name": "bion", "target": 0.3}, "no design 'bion'"),
        ({"name": "boin", "target": 0.3, "cohort_size": 2.5}, "whole number"),
    ],
)
def test_protocols_with_a_fault_are_refused(design, words, tmp_path):
    """pair: a design with its fault and the words that name it."""
    file = tmp_path / "protocol.json"
    file.write_text(json.dumps({**ESCALATION, "design": design}), encoding="utf-8")
    found = run("recommend", "--protocol", file, "--outcomes", "2NNN")
    assert found.exit_code == 2
    assert words in found.output


def test_the_protocol_of_the_catalog():
    """pair: NCT05765006 carries its levels; 15 is the back-up, 25 the start."""
    found = run("describe", "--protocol", "nct05765006")
    if found.exit_code:
        pytest.skip(f"the catalog's protocol cannot be loaded here: {found.output.strip()}")
    design = json.loads(found.stdout)["design"]
    assert [level["value"] for level in design["levels"]][:2] == [15e6, 25e6]
    assert design["start"] == 2
    assert design["max_n"] == 24


def test_own_decision_table(tmp_path):
    """pair: a table of the user's own is a design: recommend, exact and refusal of rows that are missing."""
    file = tmp_path / "own.csv"
    file.write_text("n,escalate_if_le,deescalate_if_ge,eliminate_if_ge\n3,0,2,3\n6,1,3,4\n", encoding="utf-8")
    common = ("--design", "own-table", "--target", 0.3, "--table", file)
    assert answer("recommend", *common, "--doses", 3, "--outcomes", "1NNT")["recommended"] == 1
    assert answer("exact", *common, "--truth", "0.1,0.2,0.3", "--max-n", 6)["expected_n"] <= 6
    assert "no row for n = 9" in run("exact", *common, "--truth", "0.1,0.2,0.3", "--max-n", 30).output


def test_compare_writes_a_report(tmp_path):
    """pair: two designs under two scenarios as JSON, CSV, HTML and figures."""
    pytest.importorskip("matplotlib", reason="needs the extra `report`")
    found = answer(
        "compare", "--design", "boin", "--design", "3+3", "--target", 0.3, "--max-n", 12, "--accrual", 14,
        "--truth", "low=0.05,0.1,0.2", "--truth", "high=0.2,0.4,0.6", "--trials", 200, "--out", tmp_path / "out",
    )  # fmt: skip
    assert [(row["scenario"], row["design"]) for row in found["rows"]] == [
        ("low", "boin"), ("low", "3+3"), ("high", "boin"), ("high", "3+3"),
    ]  # fmt: skip
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "report.html", "comparison.csv", "selection.png", "participants.png", "sample-size.png", "duration.png",
    }  # fmt: skip
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.count("<img") == 4
    assert "BOIN design (Liu and Yuan 2015)" in page
    with (tmp_path / "out" / "comparison.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == 2 * 2 * 4
    first = [float(row["selection"]) for row in rows[:4]]
    assert sum(first) == pytest.approx(1)


def test_figures_without_matplotlib_say_what_to_install(tmp_path, monkeypatch):
    """pair: the missing extra is named."""
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "matplotlib" else real(name, *a))
    found = run("compare", "--design", "3+3", "--truth", "0.1,0.2", "--out", tmp_path / "out")
    assert found.exit_code == 2
    assert "trialwright[report]" in found.output


def test_papers_around_a_design(tmp_path):
    """pair: pathways, select, skeleton, feasibility and schedule answer in JSON."""
    paths = answer("pathways", "--design", "3+3", "--doses", 3, "--next", 2, "--truth", "0.1,0.2,0.3")["paths"]
    assert sum(path["probability"] for path in paths) == pytest.approx(1)
    chosen = answer("select", "--design", "boin", "--target", 0.3, "--n", "3,3,15,9,0", "--dlts", "0,0,4,4,0")
    assert chosen["selected"] == 3
    prior = answer("skeleton", "--target", 0.25, "--doses", 5, "--prior-mtd", 3)["skeleton"]
    assert prior[0] == pytest.approx(0.0839734913056243, abs=1e-12)
    infusions = tmp_path / "infusions.csv"
    infusions.write_text("subject,planned_level,infused_cells,dlt\na,2,25e6,0\nb,2,12e6,1\nc,2,,\n", encoding="utf-8")
    found = answer("feasibility", "--infusions", infusions, "--levels", "15e6,25e6,50e6", "--target", 0.3)
    assert [row["level"] for row in found["participants"]] == [2, 1, 0]
    calendar = tmp_path / "calendar.csv"
    calendar.write_text("subject,dose,infused_on\na,1,2026-03-01\n", encoding="utf-8")
    common = ("schedule", "--design", "3+3", "--doses", 3, "--infused", calendar, "--at", "2026-03-02")
    assert answer(*common, "--sentinel", 14)["earliest"] == "2026-03-15"


BOIN = ("--design", "boin", "--target", "0.3")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("exact", *BOIN, "--truth", "0.1,1.2"), "between 0 and 1"),
        (("exact", *BOIN, "--truth", "0.1,abc"), "list of numbers"),
        (("exact", *BOIN, "--truth", ""), "no true DLT rates"),
        (("exact", *BOIN, "--truth", "0.1,nan"), "between 0 and 1"),
        (("exact", "--design", "boin", "--target", "0", "--truth", "0.1,0.2"), "target DLT rate"),
        (("exact", "--design", "boin", "--target", "1", "--truth", "0.1,0.2"), "target DLT rate"),
        (("exact", "--design", "3+3", "--target", "1", "--truth", "0.1,0.2"), "target DLT rate"),
        (("exact", "--design", "boin", "--truth", "0.1,0.2"), "needs a target"),
        (("exact", *BOIN, "--truth", "0.1,0.2", "--cohorts", "0"), "number of cohorts"),
        (("exact", *BOIN, "--truth", "0.1,0.2", "--cohort-size", "0"), "cohort size"),
        (("exact", *BOIN, "--truth", "0.1,0.2", "--start", "3"), "start level"),
        (("exact", *BOIN, "--truth", "0.1,0.2", "--cohorts", "1000000"), "out of reach"),
        (("exact", *BOIN, "--truth", "0.1,0.2", "--max-n", "-5"), "give 1 or more"),
        (("exact", "--design", "tite-boin", "--target", "0.3", "--truth", "0.1,0.2"), "dose simulate"),
        (("exact", "--design", "3+3", "--truth", "0.1,0.2", "--cohort-size", "4"), "cohorts of 3"),
        (("simulate", *BOIN, "--truth", "0.1,0.2", "--trials", "0"), "number of trials"),
        (("simulate", *BOIN, "--truth", "0.1,0.2", "--seed", "-1"), "seed"),
        (("simulate", *BOIN, "--truth", "0.1,0.2", "--accrual", "nan"), "accrual"),
        (("recommend", *BOIN, "--doses", "4", "--outcomes", "7NNN"), "dose 7"),
        (("recommend", *BOIN, "--outcomes", "NNT 1"), "cohort 1"),
        (("recommend", *BOIN), "either --outcomes"),
        (("recommend", *BOIN, "--subjects", "no-such-file.csv"), "no-such-file.csv"),
        (("recommend", "--design", "crm", "--target", "0.2", "--skeleton", "0.3,0.2", "--outcomes", "1N"), "increase"),
        (("recommend", "--design", "crm", "--target", "0.2", "--outcomes", "1N"), "--skeleton"),
        (("select", *BOIN, "--n", "3,3", "--dlts", "4,0"), "4 DLTs among 3"),
        (("select", *BOIN, "--n", "3,3", "--dlts", "1"), "counts of DLTs"),
        (("table", "--design", "crm", "--target", "0.3", "--doses", "3"), "no table"),
        (("pathways", *BOIN, "--doses", "4", "--next", "40"), "paths"),
        (("compare", *BOIN, "--truth", "0.1,0.2", "--truth", "0.1,0.2,0.3"), "numbers of doses"),
        (("skeleton", "--target", "0.2", "--doses", "4", "--prior-mtd", "9"), "prior MTD"),
        (("describe", "--protocol", "no-such-protocol"), "no-such-protocol"),
        (("table", "--target", "0.3"), "--design"),
    ],
)  # fmt: skip
def test_bad_input_ends_in_one_sentence(arguments, words):
    """pair: bad input, exit code 2, and the words that say what to do; never a traceback, nothing on stdout."""
    found = run(*arguments)
    assert found.exit_code == 2, found.output
    assert words in found.output.replace("\n", " ")
    assert found.stdout == ""
    assert "Traceback" not in found.output


def test_decreasing_truths_are_warned_of_and_allowed():
    """pair: a warning on standard error, the answer on standard output."""
    found = run("exact", *BOIN, "--truth", "0.3,0.2")
    assert found.exit_code == 0
    assert "do not increase" in found.stderr
    assert json.loads(found.stdout)["warnings"]


def test_the_whole_program_answers_and_refuses():
    """pair: through the program itself: JSON alone on standard output, exit code 2 on bad input."""
    base = [sys.executable, "-m", "trialwright", "dose"]
    good = subprocess.run([*base, "table", "--design", "boin", "--target", "0.3", "--max-n", "6"], capture_output=True)
    assert json.loads(good.stdout)["rows"]
    bad = subprocess.run([*base, "table", "--design", "boin", "--target", "3", "--max-n", "6"], capture_output=True)
    assert bad.returncode == 2
    assert bad.stdout == b""
    assert len(bad.stderr.decode().strip().splitlines()) == 1
