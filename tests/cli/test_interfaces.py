"""Oracle: pair (the keys, types and columns that scripts rely on in `load`, `screen` and `why`; keys may be added)."""

import json
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from trialwright.cli.main import main

ROWS = """person,concept,date,value,unit,status
a,birth,1980-05-17,,,
a,sex,1980,female,,
a,systemic_lupus_erythematosus,2019-04,,,active
a,creatinine,2026-05-01,<0.5,mg/dL,
a,ana,2026-05-01,1:160,,
b,birth,1999,,,
b,nosuchconcept,2026-05-02,4,,
b,creatinine,2026-13-02,4,mg/dL,
"""
TRIAL = "nct05765006"


def run(capsysbinary, *arguments):
    """The one JSON document that a command prints; nothing else may stand on standard output."""
    main([str(a) for a in arguments])
    return json.loads(capsysbinary.readouterr().out.decode("utf-8"))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    (folder / "facts.csv").write_text(ROWS, encoding="utf-8")
    main(["load", str(folder / "facts.csv"), "--into", str(folder / "people.duckdb"), "--json"])
    return folder / "people.duckdb"


def test_load_counts_every_record(tmp_path, capsysbinary):
    (tmp_path / "facts.csv").write_text(ROWS, encoding="utf-8")
    got = run(capsysbinary, "load", tmp_path / "facts.csv", "--into", tmp_path / "p.duckdb", "--json")
    assert {k: got[k] for k in ("read", "kept", "unmapped", "set_aside", "persons")} == {
        "read": 8, "kept": 6, "unmapped": 1, "set_aside": 1, "persons": 2,
    }  # fmt: skip
    [aside] = got["set_aside_by_reason"]
    assert aside["reason"] == "bad date"
    assert aside["count"] == 1
    assert "line 9" in aside["first"]


def test_screen_prints_the_funnel_and_writes_the_relations(store, tmp_path, capsysbinary):
    out = tmp_path / "run"
    got = run(
        capsysbinary,
        "screen",
        TRIAL,
        "--population",
        store,
        "--at",
        "2026-06-01",
        "--out",
        out,
        "--json",
        "--no-report",
    )
    [trial] = got["trials"]
    assert trial["id"] == TRIAL
    assert trial["checkpoint"] == "screening"
    assert trial["persons"] == 2
    for counts in (trial, trial["strict"]):
        numbers = [counts[verdict] for verdict in ("eligible", "ineligible", "undetermined")]
        assert all(type(n) is int for n in numbers)
        assert sum(numbers) == 2
    for step in trial["funnel"]:
        assert {"criterion", "kind", "met", "not_met", "unknown", "only_reason"} <= set(step)
        assert step["kind"] in {"inclusion", "exclusion"}
        assert step["met"] + step["not_met"] + step["unknown"] == 2
        assert type(step["only_reason"]) is int
    wanted = {
        "verdicts": ("person", "trial", "verdict", "strict_verdict"),
        "criteria": ("person", "trial", "criterion", "state", "reasons", "not_applicable"),
        "evidence": ("person", "trial", "criterion", "concept", "date", "value", "unit", "source"),
    }
    for name, columns in wanted.items():
        table = pq.read_table(out / f"{name}.parquet")
        assert set(columns) <= set(table.column_names), name
        assert table.num_rows
    states = set(pq.read_table(out / "criteria.parquet").column("state").to_pylist())
    assert states <= {"met", "not met", "unknown"}
    head = (out / "funnel.csv").read_text(encoding="utf-8").splitlines()[0]
    assert head == "trial,criterion,kind,met,not_met,unknown,only_reason"


def test_why_says_state_reason_evidence_and_the_next_questions(store, capsysbinary):
    got = run(capsysbinary, "why", "a", TRIAL, "--population", store, "--at", "2026-06-01", "--json")
    assert got["person"] == "a"
    assert got["trial"] == TRIAL
    assert {got["verdict"], got["strict_verdict"]} <= {"eligible", "ineligible", "undetermined"}
    by_id = {criterion["id"]: criterion for criterion in got["criteria"]}
    for criterion in by_id.values():
        assert {"id", "kind", "state", "reason", "reasons", "not_applicable", "evidence"} <= set(criterion)
        assert (criterion["reason"] is None) == (not criterion["reasons"])
    assert by_id["I1"]["state"] == "unknown"
    assert by_id["I1"]["reason"] == "needs_person"
    [fact] = by_id["I3a"]["evidence"]
    assert by_id["I3a"]["state"] == "met"
    assert fact == {
        "concept": "systemic_lupus_erythematosus", "date": "2019-04", "value": None, "unit": None, "source": "row:4",
    }  # fmt: skip
    assert got["next_questions"]
    assert {"about", "text", "kind"} <= set(got["next_questions"][0])


def test_help_imports_nothing_heavy():
    heavy = ("duckdb", "pint", "numpy", "pyarrow", "scipy", "polars")
    code = (
        "import sys; from trialwright.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit as stop: assert not stop.code\n"
        f"print([m for m in {heavy!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "screen" in done.stdout
