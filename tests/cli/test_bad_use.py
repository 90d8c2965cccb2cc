"""Oracle: pair (a mistake, and exit code 2 with one sentence of file, place and remedy; nothing lost in silence)."""

import errno
import json
import re
import shutil
from pathlib import Path

import pytest

from trialwright.cli.main import main
from trialwright.query.screening import Screening

TRIAL = "nct05765006"
HEAD = "person,concept,date,value,unit,low,high\n"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    (folder / "facts.csv").write_text(HEAD + "a,birth,1980-05-17,,,,\na,creatinine,2026-05-01,1,mg/dL,,\n", "utf-8")
    main(["load", str(folder / "facts.csv"), "--into", str(folder / "people.duckdb"), "--json"])
    return folder / "people.duckdb"


def refused(capsys, *arguments):
    """What the command says on standard error when it refuses."""
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    assert stop.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err.strip().splitlines()[-1]


def loaded(capsys, tmp_path, text, name="facts.csv"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    main(["load", str(tmp_path / name), "--into", str(tmp_path / "p.duckdb"), "--json"])
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("person,trial,clause,answer\na,nct05765006\n", "line 2: has not one cell for each column"),
        ("person,trial,clause,answer\na,nct05765006,I1,yes,x\n", "line 2: has not one cell for each column"),
        ("person,trial,clause,answer\na,nct05765006,I1,perhaps\n", "line 2: the answer 'perhaps'"),
    ],
)
def test_answers_of_the_wrong_shape(capsys, tmp_path, store, text, words):
    (tmp_path / "answers.csv").write_text(text, encoding="utf-8")
    said = refused(capsys, "why", "a", TRIAL, "--population", store, "--answers", tmp_path / "answers.csv")
    assert "answers.csv" in said
    assert words in said


def test_answers_about_nobody_are_named(capsys, tmp_path, store):
    from trialwright.screening.screen import idle_answers

    path = tmp_path / "answers.csv"
    path.write_text(f"person,trial,clause,answer\na,{TRIAL},I1,yes\nA,{TRIAL},I1,yes\na,nct0576,I1,no\n", "utf-8")
    people, trials = idle_answers(path, store, [TRIAL])
    assert people.endswith("does not hold (A)")
    assert trials.endswith("(nct0576)")


@pytest.mark.parametrize("command", ["load", "screen"])
def test_an_amount_of_memory_that_is_none(capsys, tmp_path, store, command):
    given = [store, "--into", tmp_path / "x.duckdb"] if command == "load" else [TRIAL, "--population", store]
    assert "write it as 500MB or 2GB" in refused(capsys, command, *given, "--memory", "lots")
    assert not list(tmp_path.iterdir())


def test_a_folder_is_no_population(capsys, tmp_path):
    assert "is a folder; name the file" in refused(capsys, "screen", TRIAL, "--population", tmp_path)
    assert "is a folder; name the file" in refused(capsys, "why", "a", TRIAL, "--population", tmp_path)


def test_a_mapping_that_is_not_there(capsys, tmp_path):
    (tmp_path / "facts.csv").write_text(HEAD, encoding="utf-8")
    given = ["load", tmp_path / "facts.csv", "--into", tmp_path / "x.duckdb", "--map", tmp_path / "map.csv"]
    assert "map.csv cannot be read (No such file or directory); name a CSV file" in refused(capsys, *given)


def test_a_protocol_with_a_misspelt_concept(capsys, tmp_path, store):
    from trialwright.catalog.load import data_directory

    mine = tmp_path / "mine.yaml"
    shutil.copy(data_directory() / "protocols" / f"{TRIAL}.yaml", mine)
    mine.write_text(mine.read_text("utf-8").replace("hemodialysis within", "hemodialisys within"), "utf-8")
    said = refused(capsys, "screen", mine, "--population", store)
    assert str(mine) in said
    assert "did you mean hemodialysis" in said
    assert f"trialwright check {mine}" in said


def test_nobody_is_named_in_what_is_cut_off(capsys, tmp_path):
    (tmp_path / "cut.json").write_text('{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Pat', "utf-8")
    said = refused(capsys, "load", tmp_path / "cut.json", "--into", tmp_path / "p.duckdb")
    assert "cut.json: line 1, column" in said
    assert "unreadable JSON" in said
    assert "nothing was written" in said
    assert not (tmp_path / "p.duckdb").exists()


def test_an_open_quotation_mark_swallows_no_row(capsys, tmp_path):
    (tmp_path / "open.csv").write_text(HEAD + '"a,birth,1980,,,,\na,birth,1980,,,,\n', "utf-8")
    said = refused(capsys, "load", tmp_path / "open.csv", "--into", tmp_path / "p.duckdb")
    assert "open.csv" in said
    assert "is a quotation mark left open?" in said
    got = loaded(capsys, tmp_path, HEAD + 'a,birth,1980,,,,\na,weight,2020,70,"kg,,\na,height,2020,170,cm",,\n')
    assert (got["read"], got["kept"], got["set_aside"]) == (2, 1, 1)
    assert "runs over several lines" in got["set_aside_by_reason"][0]["reason"]


def test_a_decimal_comma_without_quotes_shifts_no_cells(capsys, tmp_path):
    got = loaded(capsys, tmp_path, HEAD + "a,birth,1980,,,,\na,weight,2020,70,5,kg,50,90\n")
    [aside] = got["set_aside_by_reason"]
    assert "more cells than columns" in aside["reason"]
    assert aside["first"].endswith("line 3")


def test_a_limit_of_normal_that_is_no_number_is_said(capsys, tmp_path):
    got = loaded(capsys, tmp_path, HEAD + "a,creatinine,2020,1,mg/dL,abc,1.1\n")
    assert got["notes"] == [
        {"kind": "limit of normal is no number", "detail": "creatinine: low abc", "count": 1}
    ]  # fmt: skip


def test_a_misspelt_concept_of_a_row_gets_the_nearest(capsys, tmp_path):
    got = loaded(capsys, tmp_path, HEAD + "a,creatinin,2020,1,mg/dL,,\n")
    assert "did you mean creatinine" in got["unmapped_codes"][0]["text"]


def test_a_file_without_records_among_others_is_named(capsys, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text(HEAD + "a,birth,1980,,,,\n", "utf-8")
    (tmp_path / "in" / "b.csv").write_text(HEAD, "utf-8")
    main(["load", str(tmp_path / "in"), "--into", str(tmp_path / "p.duckdb"), "--json"])
    [note] = json.loads(capsys.readouterr().out)["notes"]
    assert note["kind"] == "no record in the file"
    assert note["detail"].endswith("b.csv")


def test_two_births_make_an_age_that_hangs_on_them_unknown(capsys, tmp_path):
    rows = "a,birth,1940-01-01,,,,\na,birth,1990-01-01,,,,\nb,birth,1990,,,,\nb,birth,1990-02-03,,,,\n"
    got = loaded(capsys, tmp_path, HEAD + rows)
    assert [(n["kind"], n["count"]) for n in got["notes"]] == [("contradictory", 1)]
    again = loaded(capsys, tmp_path, HEAD + rows)
    assert again["facts"] == got["facts"]
    assert again["notes"] == got["notes"]
    ages = {}
    for person in "ab":
        given = ["why", person, TRIAL, "--population", str(tmp_path / "p.duckdb"), "--at", "2020-01-01", "--json"]
        main(given)
        said = json.loads(capsys.readouterr().out)
        [ages[person]] = [criterion for criterion in said["criteria"] if criterion["id"] == "I2a"]
    assert ages["a"]["state"] == "unknown"
    assert ages["a"]["reason"] == "partial_date"
    assert ages["a"]["evidence"][0]["date"] == "1940-01-01/1990-01-01"
    assert ages["b"]["state"] == "met"
    assert ages["b"]["evidence"][0]["date"] == "1990-02-03"


def test_a_store_is_no_source(capsys, tmp_path, store):
    said = refused(capsys, "load", store, "--into", tmp_path / "again.duckdb")
    assert "is a facts store that 'trialwright load' made, and no source" in said
    assert f"--population {store}" in said
    assert not (tmp_path / "again.duckdb").exists()


@pytest.mark.parametrize("as_json", [True, False])
def test_a_bundle_that_is_cut_off_is_named_and_the_others_are_loaded(capsys, tmp_path, as_json):
    folder = tmp_path / "in"
    folder.mkdir()
    one = {"resourceType": "Patient", "id": "a", "birthDate": "1980-05-17", "gender": "female"}
    (folder / "good.ndjson").write_text(json.dumps(one) + "\n", "utf-8")
    text = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one | {"id": "b"}}]})
    (folder / "cut.json").write_text(text[: len(text) // 2], "utf-8")
    arguments = ["load", str(folder), "--into", str(tmp_path / "p.duckdb"), *(["--json"] if as_json else [])]
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    told = capsys.readouterr()
    assert "cut.json: is damaged or cut off; 1 file could not be read, everything else is loaded" in told.err
    assert len(told.err.strip().splitlines()) == 1
    if as_json:
        assert (json.loads(told.out)["persons"], json.loads(told.out)["set_aside"]) == (1, 1)
    main(["load", str(folder / "good.ndjson"), "--into", str(tmp_path / "p.duckdb"), "--json"])  # not held against it


def test_a_screening_date_after_the_extraction_is_said(capsys, store):
    for command in (["screen", TRIAL], ["why", "a", TRIAL]):
        main([*command, "--population", str(store), "--at", "2027-05-01", "--json"])
        said = capsys.readouterr()
        assert "is 365 days after the extraction (2026-05-01)" in said.err
        assert json.loads(said.out)
        main([*command, "--population", str(store), "--at", "2026-05-01", "--json"])
        assert "extraction" not in capsys.readouterr().err


def test_the_dead_are_counted_and_named(capsys, tmp_path):
    """No page asks whether a person lives; a death after the screening date, or in a month not yet over, is none."""
    rows = "".join(f"{who},birth,1980-05-17,,,,\n" for who in "abcd")
    deaths = "b,death,2026-04-30,,,,\nc,death,2026-05,,,,\nd,death,2026-05-10,,,,\n"
    loaded(capsys, tmp_path, HEAD + rows + deaths + "a,creatinine,2026-06-01,1,mg/dL,,\n")
    at = ["--population", str(tmp_path / "p.duckdb"), "--at", "2026-05-01", "--json"]
    main(["screen", TRIAL, *at])
    assert "1 of the people is recorded as dead by 2026-05-01 (b); they are counted" in capsys.readouterr().err
    for who, dead in {"a": False, "b": True, "c": False, "d": False}.items():
        main(["why", who, TRIAL, *at])
        assert ("recorded as dead" in capsys.readouterr().err) == dead
    main(["screen", TRIAL, *at[:-1], "--out", str(tmp_path / "run")])
    asked = (tmp_path / "run" / "worklist.csv").read_text("utf-8")
    assert "a" in asked
    assert not re.search(r"(?m)^([^,]*,)?b,", asked)


@pytest.mark.parametrize("before", [False, True])
def test_a_full_disk_leaves_no_half_of_a_run(capsys, tmp_path, store, monkeypatch, before):
    out = tmp_path / "run"
    command = ["screen", TRIAL, "--population", str(store), "--out", str(out), "--no-report"]
    if before:
        main(command)
        (out / "mine.txt").write_text("kept", "utf-8")
    there = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    def full(self, folder, **rest):
        (folder / "verdicts.parquet").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device", str(folder / "criteria.parquet"))

    monkeypatch.setattr(Screening, "write", full)
    capsys.readouterr()
    said = refused(capsys, *command)
    assert said == (
        f"trialwright: {out}: no space left on device; nothing of this run was written there, free some space or name "
        "another folder"
    )
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == there
    assert [path.name for path in tmp_path.iterdir()] == (["run"] if before else [])


def test_a_full_disk_leaves_no_half_of_a_report(capsys, tmp_path, store, monkeypatch):
    out = tmp_path / "run"

    write = Path.write_text

    def full(self, text, **rest):
        if "report.html" not in self.name:
            return write(self, text, **rest)
        self.write_bytes(text[:10].encode())
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(SystemExit) as stop:
        main(["screen", TRIAL, "--population", str(store), "--out", str(out), "--json"])
    assert stop.value.code == 2
    assert "report.html: no space left on device; this file was not written" in capsys.readouterr().err
    assert {path.name for path in out.iterdir()} == {
        "run", "verdicts.parquet", "criteria.parquet", "evidence.parquet", "funnel.csv",
    }  # fmt: skip
