"""Oracle: pair (what a user can give wrongly, and the sentence that says what to do); the store stays as it was."""

import datetime as dt
import gzip
import json
import subprocess
import sys
import time

import pytest
from load_help import about, coded, loaded, ndjson, observation, patient, quantity, reasons

from trialwright.errors import TrialwrightError
from trialwright.population import fhir_pieces, open_population
from trialwright.population.answers import read_answers

GOOD = (patient(), observation(1, "creatinine", valueQuantity=quantity(1, "mg/dL")))
FLAT = "person,concept,date\np1,birth,1980-01-01\n"


def refused(tmp_path, name, content, *words):
    """Loading a file fails in one sentence with these words, and leaves nothing behind."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(TrialwrightError) as error:
        loaded(path, tmp_path / "a.duckdb")
    message = str(error.value)
    assert all(word in message for word in (name, *words)), message
    assert "\n" not in message
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.ndjson", json.dumps(GOOD[0]).encode("utf-16"), ("UTF-16", "UTF-8")),
        ("a.json", "<Bundle/>", ("XML", "JSON")),
        ("a.json", "person;concept", ("not JSON",)),
        ("a.ndjson.gz", gzip.compress(b'{"resourceType":"Patient"}\n' * 50_000, mtime=0)[:-70], ("damaged",)),
        ("a.csv", "who,concept,date\n", ("line 1", "'person'")),
        ("a.csv", "person,concept,date\np1,birth,1980-01-01\np\xe9,birth,1980\n".encode("latin-1"), ("UTF-8",)),
        ("a.csv", FLAT.encode("utf-16"), ("UTF-16",)),
        ("a.zip", b"PK\x03\x04 broken", ("zip", "damaged")),
        ("a.pdf", b"%PDF", ("no form of data",)),
        ("a.ndjson", b"\n\n", ("no record",)),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_a_file_that_cannot_be_read(tmp_path, name, content, words):
    refused(tmp_path, name, content, *words)


def test_a_source_that_is_not_there(tmp_path):
    with pytest.raises(TrialwrightError, match="is not there"):
        loaded(tmp_path / "nowhere", tmp_path / "a.duckdb")


def test_a_truncated_bundle_is_set_aside_with_its_line(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    ndjson(folder / "good.ndjson", *GOOD)
    whole = json.dumps({"resourceType": "Bundle", "entry": [{"resource": GOOD[1]}]}, indent=1)
    (folder / "cut.json").write_text(whole[: len(whole) // 2], encoding="utf-8")
    report = loaded(folder, tmp_path / "a.duckdb")
    (line,) = report.of("set_aside")
    assert (line.item, line.count) == ("unreadable JSON", 1)
    assert "cut.json: line " in line.detail


def test_a_truncated_large_bundle_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(fhir_pieces, "WHOLE_BUNDLE", 1_000)
    text = json.dumps({"resourceType": "Bundle", "entry": [{"resource": r} for r in GOOD * 20]})
    refused(tmp_path, "a.json", text[: len(text) * 2 // 3], "ends early")


def test_a_bad_line_is_set_aside_with_its_number(tmp_path):
    path = tmp_path / "a.ndjson"
    path.write_text(
        "".join(json.dumps(r) + "\n" for r in GOOD) + '\n{"resourceType": "Obser\n[1]\n7\n', encoding="utf-8"
    )
    report = loaded(path, tmp_path / "a.duckdb")
    assert reasons(report) == {"unreadable JSON": 1, "no FHIR resource": 2}
    assert "a.ndjson: line 4" in next(x.detail for x in report.of("set_aside") if x.item == "unreadable JSON")


def test_a_bad_line_among_many_that_are_read_by_column(tmp_path):
    path = tmp_path / "a.ndjson"
    lines = [
        json.dumps(observation(i, "creatinine", valueQuantity=quantity(1, "mg/dL")), separators=(",", ":"))
        for i in range(900)
    ]
    lines[500] = lines[500][:-9]
    path.write_text("\n".join(lines), encoding="utf-8")
    report = loaded(path, tmp_path / "a.duckdb")
    assert (report.total("kept"), reasons(report)) == (899, {"unreadable JSON": 1})
    assert "line 501" in report.of("set_aside")[0].detail


def test_one_endless_line_is_refused_in_bounded_memory(tmp_path):
    """400 MB in one line: refused as ndjson within a memory of 1.5 GB, in a process of its own."""
    path = tmp_path / "a.ndjson"
    with path.open("wb") as file:
        file.write(b'{"resourceType":"Observation","note":"')
        for _ in range(400):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n')
    code = f"""if True:
        import resource, sys
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
        sys.path.insert(0, {str((tmp_path / "..").resolve())!r})
        from trialwright.population.load import load
        from trialwright.population.codebook import make_codebook
        try:
            load([{str(path)!r}], {str(tmp_path / "a.duckdb")!r}, book=make_codebook([], {{}}))
        except Exception as error:
            print(type(error).__name__, error, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert "TrialwrightError" in done.stdout, done.stderr
    assert "line longer than 64 MB" in done.stdout
    assert int(done.stdout.split()[-1]) < 1_500_000


def test_another_fhir_version_is_named(tmp_path):
    stu3 = about("Condition", 1, code=coded("x"), clinicalStatus="active", context={"reference": "Encounter/1"})
    r5 = about("Procedure", 2, status="completed", code=coded("x"), occurrenceDateTime="2026-01-01")
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in (*GOOD, stu3, r5)]}
    (tmp_path / "a.json").write_text(json.dumps(bundle), encoding="utf-8")
    report = loaded(tmp_path / "a.json", tmp_path / "a.duckdb")
    assert reasons(report) == {"not FHIR R4 (looks like STU3)": 1, "not FHIR R4 (looks like R5)": 1}
    assert all("a.json" in line.detail for line in report.of("set_aside"))


def test_duplicates_are_set_aside_and_contradictions_kept(tmp_path):
    other = observation(1, "creatinine", valueQuantity=quantity(2, "mg/dL"))
    male = patient(gender="male")
    first, second = tmp_path / "a.ndjson", tmp_path / "b.ndjson"
    ndjson(first, *GOOD, GOOD[1], other)
    ndjson(second, *GOOD, male)
    report = loaded([first, second], tmp_path / "a.duckdb")
    assert report.persons == 1
    assert reasons(report) == {"duplicate": 3}
    assert ("contradictory", "sex: people with more than one") in {(x.item, x.detail) for x in report.of("note")}
    with open_population(tmp_path / "a.duckdb") as population:
        found = population.record("p1").facts
    assert [f.lower for f in found["creatinine"]] == [1, 2]
    assert {c for f in found["sex"] for c in f.categories} == {"female", "male"}


def test_a_store_of_something_else_is_not_touched(tmp_path):
    target = tmp_path / "a.duckdb"
    target.write_text("precious", encoding="utf-8")
    with pytest.raises(TrialwrightError, match="no facts store"):
        loaded(ndjson(tmp_path / "a.ndjson", *GOOD), target)
    assert target.read_text() == "precious"


@pytest.fixture
def store(tmp_path):
    """A store with one person, and its bytes."""
    loaded(ndjson(tmp_path / "first.ndjson", *GOOD), tmp_path / "a.duckdb")
    return tmp_path / "a.duckdb", (tmp_path / "a.duckdb").read_bytes()


def test_a_store_that_another_process_has_open(tmp_path, store):
    held = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb, time; c = duckdb.connect({str(store[0])!r}); print(1, flush=True); time.sleep(30)",
        ],
        stdout=subprocess.PIPE,
    )
    try:
        held.stdout.readline()
        for action in (lambda: open_population(store[0]), lambda: loaded(tmp_path / "first.ndjson", store[0])):
            with pytest.raises(TrialwrightError, match="open in another process"):
                action()
    finally:
        held.kill()
        held.wait()


def test_a_failed_load_leaves_the_store_as_it_was(tmp_path, store, monkeypatch):
    def broken(*given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("trialwright.population.load.build", broken)
    with pytest.raises(TrialwrightError, match=r"No space left on device.*as it was"):
        loaded(ndjson(tmp_path / "more.ndjson", patient("p2")), store[0])
    assert store[0].read_bytes() == store[1]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.duckdb", "first.ndjson", "more.ndjson"]


def test_ctrl_c_in_the_middle_leaves_the_store_as_it_was(tmp_path, store):
    """A real interrupt of a real process that is reading with two more processes."""
    big = tmp_path / "big.ndjson"
    line = (
        json.dumps(
            observation(2, "creatinine", valueQuantity=quantity(2, "mg/dL"), status="amended", method={"text": "x"})
        )
        + "\n"
    )
    big.write_text(line * 150_000, encoding="utf-8")
    code = f"from trialwright.population.load import load; load([{str(big)!r}], {str(store[0])!r}, jobs=2)"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, start_new_session=True)
    import os
    import signal

    for _ in range(400):
        if any(p.name.startswith("making-") for p in tmp_path.iterdir()):
            break
        time.sleep(0.05)
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    process.wait(timeout=60)
    assert process.returncode != 0
    assert store[0].read_bytes() == store[1]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.duckdb", "big.ndjson", "first.ndjson"]


def test_what_a_killed_load_left_is_cleared_by_the_next(tmp_path, store):
    for name in ("making-999999999.a.duckdb", "spill-999999999.a.duckdb"):
        (tmp_path / name).write_text("left over", encoding="utf-8")
    loaded(ndjson(tmp_path / "more.ndjson", patient("p2")), store[0])
    assert not [p for p in tmp_path.iterdir() if "999999999" in p.name]


def test_observes_and_manifest_mistakes(tmp_path):
    ndjson(tmp_path / "a.ndjson", *GOOD)
    (tmp_path / "population.yaml").write_text("observes: condition,weather\n", encoding="utf-8")
    with pytest.raises(TrialwrightError, match="'weather' is no domain"):
        loaded(tmp_path, tmp_path / "a.duckdb")
    (tmp_path / "population.yaml").write_text("extractd: 2026-01-01\n", encoding="utf-8")
    with pytest.raises(TrialwrightError, match="does not know 'extractd'"):
        loaded(tmp_path, tmp_path / "a.duckdb")


def test_an_unknown_person_gets_the_nearest_ids(store):
    with open_population(store[0]) as population, pytest.raises(TrialwrightError, match="nearest ids are p1"):
        population.record("p7")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("person,trial,clause\n", "'answer' is missing"),
        ("person,trial,clause,answer\np1,t,I1,maybe\n", "line 2: the answer 'maybe'"),
    ],
)
def test_answers_that_cannot_be_read(tmp_path, text, words):
    (tmp_path / "answers.csv").write_text(text, encoding="utf-8")
    with pytest.raises(TrialwrightError, match=words):
        read_answers(tmp_path / "answers.csv")


def test_answers(tmp_path):
    text = "Person,Trial,Clause,Answer,who,when\np1,t,I1,yes,Dr X,2026-01-01\np1,t,E2,No,,\np1,t,I3,,,\np1,t,I4,2.5,,\n"
    (tmp_path / "answers.csv").write_text(text, encoding="utf-8")
    found = read_answers(tmp_path / "answers.csv")
    assert [a.answer.value for a in found] == [True, False, None, 2.5]
    assert (found[0].answer.who, found[0].answer.when) == ("Dr X", "2026-01-01")


def test_future_and_extraction(tmp_path):
    """What is dated after the day of the extraction cannot have been recorded."""
    late = observation(2, "creatinine", effectiveDateTime="2026-05-01", valueQuantity=quantity(1, "mg/dL"))
    report = loaded(ndjson(tmp_path / "a.ndjson", *GOOD, late), tmp_path / "a.duckdb", extracted=dt.date(2026, 4, 1))
    assert reasons(report) == {"future date": 1}
    assert report.extracted == "2026-04-01"
