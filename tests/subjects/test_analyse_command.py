"""Oracle: pair (what `trialwright analyse` prints and writes; a mistake, and one sentence with exit code 2)."""

import csv
import json

import pyarrow.parquet as pq
import pytest

from trialwright.cli.main import main
from trialwright.population.synthetic import write_treated

TRIAL = "relma-cel-ssc"
HEAD = "person,concept,date,value,unit\n"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return write_treated(tmp_path_factory.mktemp("treated"), TRIAL, n=6, seed=3, form="facts", mess=True).path


@pytest.fixture(scope="module")
def made(store, tmp_path_factory):
    out = tmp_path_factory.mktemp("analysis")
    main(["analyse", TRIAL, "--population", str(store), "--cut", "2026-09-01", "--out", str(out), "--formats", ""])
    return out


def printed(capsysbinary, *arguments):
    main(["analyse", *map(str, arguments), "--json"])
    return json.loads(capsysbinary.readouterr().out.decode("utf-8"))


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_one_document_with_the_run_and_every_result(capsysbinary, store, made):
    got = printed(capsysbinary, TRIAL, "--population", store, "--cut", "2026-09-01")
    assert set(got) == {
        "trialwright", "protocol", "catalog", "population", "cut", "rules", "subjects", "datasets", "remarks",
        "results",
    }  # fmt: skip
    assert set(got["protocol"]) == {"id", "version", "sha256"}
    assert set(got["population"]) == {"file", "fingerprint", "extracted"}
    assert (got["protocol"]["id"], got["cut"]) == (TRIAL, "2026-09-01")
    assert set(got["datasets"]) == {"ADSL", "ADAE", "ADLB", "ADPC", "ADPP", "ADEFF", "ADTTE"}
    assert got["subjects"]["enrolled"] >= got["subjects"]["safety"] >= got["subjects"]["dlt_evaluable"]
    assert set(got["results"][0]) == {
        "order", "protocol", "cut", "estimand", "population", "group", "level", "statistic", "value", "unit", "method",
        "n", "reason",
    }  # fmt: skip
    assert got["results"] == json.loads((made / "results.json").read_text("utf-8"))["results"]


def test_the_files_say_the_same(made):
    run = json.loads((made / "run.json").read_text("utf-8"))
    for name, count in run["datasets"].items():
        table = pq.read_table(made / "datasets" / f"{name.lower()}.parquet")
        text = rows_of(made / "datasets" / f"{name.lower()}.csv")
        assert table.num_rows == len(text) == count
        assert table.column_names == list(text[0])
        for a, b in zip(table.to_pylist(), text):
            for column, value in a.items():
                assert b[column] == "" if value is None else b[column] in (str(value), str(value).removesuffix(".0"))
    listed = rows_of(made / "datasets" / "variables.csv")
    names = {name: [row["variable"] for row in listed if row["dataset"] == name] for name in run["datasets"]}
    assert all(pq.read_table(made / "datasets" / f"{k.lower()}.parquet").column_names == v for k, v in names.items())
    table = pq.read_table(made / "results.parquet").to_pylist()
    written = rows_of(made / "results.csv")
    assert [row["value"] for row in table] == [float(row["value"]) if row["value"] else None for row in written]
    assert len(table) == run["results"]
    assert len(rows_of(made / "remarks.csv")) == run["remarks"] > 0


def test_the_same_run_gives_the_same_bytes(store, made, tmp_path):
    main(["analyse", TRIAL, "--population", str(store), "--cut", "2026-09-01", "--out", str(tmp_path), "--formats", ""])
    names = sorted(p.relative_to(made) for p in made.rglob("*.csv"))
    assert len(names) == 11
    for name in names:
        assert (tmp_path / name).read_bytes() == (made / name).read_bytes()


def test_nothing_in_the_datasets_lies_after_the_cut(made):
    for path in (made / "datasets").glob("ad*.csv"):
        for row in rows_of(path):
            dates = [v for k, v in row.items() if k in ("ADT", "ASTDT", "AENDT", "TRTSDT", "LSTVDT", "EOSDT")]
            assert all(date <= "2026-09-01" for date in dates if date)


def test_names_and_labels_fit_a_transport_file(store):
    from trialwright.analysis.subjects import analyse_trial

    for data in analyse_trial(TRIAL, store).datasets.values():
        assert len(data.name) <= 8
        assert len(set(data.names)) == len(data.names)
        for variable in data.variables:
            assert len(variable.name) <= 8
            assert len(variable.label) <= 40, variable


def test_only_the_subjects_that_are_named(capsysbinary, store, tmp_path):
    path = tmp_path / "subjects.csv"
    path.write_text("person\nsynthetic-9000001\nsynthetic-9000003\n", encoding="utf-8")
    got = printed(capsysbinary, TRIAL, "--population", store, "--subjects", path)
    assert got["subjects"]["enrolled"] == 2


def test_the_headline_is_printed(capsys, store):
    main(["analyse", TRIAL, "--population", str(store)])
    said = capsys.readouterr().out
    assert "dose-limiting toxicity" in said
    assert "mrss response" in said


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(["analyse", *map(str, arguments)])
    assert stop.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err.strip().splitlines()[-1]


def test_a_cut_after_the_extraction_makes_no_sense(capsys, store):
    said = refused(capsys, TRIAL, "--population", store, "--cut", "2027-01-01")
    assert "the cut 2027-01-01 lies after the extraction" in said
    assert "choose a day up to it" in said


def test_nobody_takes_part(capsys, tmp_path):
    (tmp_path / "facts.csv").write_text(HEAD + "a,birth,1980-05-17,,\na,creatinine,2026-05-01,1,mg/dL\n", "utf-8")
    main(["load", str(tmp_path / "facts.csv"), "--into", str(tmp_path / "p.duckdb"), "--json"])
    capsys.readouterr()
    said = refused(capsys, TRIAL, "--population", tmp_path / "p.duckdb")
    assert f"nobody takes part in {TRIAL}" in said
    assert "informed_consent" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id\na\n", "has no column person"),
        ("person\n", "names nobody"),
        ("person\nnobody\n", "holds no person 'nobody'"),
    ],
)
def test_subjects_that_cannot_be_used(capsys, store, tmp_path, text, words):
    path = tmp_path / "subjects.csv"
    path.write_text(text, encoding="utf-8")
    assert words in refused(capsys, TRIAL, "--population", store, "--subjects", path)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--formats", "pdf"), "is no form of tables"),
        (("--level", "1.5"), "a confidence level lies between 0 and 1"),
        (("--b-cells", "0"), "above 0"),
        (("--cut", "01.09.2026"), "write it as YYYY-MM-DD"),
    ],
)
def test_options_that_make_no_sense(capsys, store, options, words):
    assert words in refused(capsys, TRIAL, "--population", store, *options)


def test_a_store_that_is_not_there(capsys, tmp_path):
    assert "make it with `trialwright load" in refused(capsys, TRIAL, "--population", tmp_path / "no.duckdb")


def test_a_protocol_without_an_infusion(capsys, store, tmp_path):
    path = tmp_path / "bare.yaml"
    path.write_text(
        "id: bare\ntitle: Bare\ncriteria:\n  - {id: I1, kind: inclusion, label: Adult, text: age >= 18 years}\n"
    )
    assert "names no instant of infusion" in refused(capsys, path, "--population", store)


def test_people_with_a_fact_of_a_concept(store):
    from trialwright.population import open_population

    with open_population(store) as people:
        infused = people.having(["car_t_infusion", "no_such_concept"])
        assert infused == sorted(set(infused))
        assert len(infused) == 5  # one of the six was never infused
        assert people.having(["no_such_concept"]) == []


def test_the_demo_ends_with_an_analysis(capsys, tmp_path):
    """From FHIR files of synthetic participants to the page with tables and figures, beside what is screened."""
    import datetime as dt

    from trialwright.cli.demo import TREATED, analyse

    analyse(tmp_path, seed=1, at=dt.date(2026, 11, 2))
    said = capsys.readouterr().out
    assert f"{TREATED} participants as of 2026-11-02" in said
    assert "lldas, day 90" in said
    page = (tmp_path / "analysis" / "tables" / "analysis.html").read_text("utf-8")
    assert "<svg" in page
    run = json.loads((tmp_path / "analysis" / "run.json").read_text("utf-8"))
    assert run["subjects"]["enrolled"] == TREATED
    assert run["rules"]["dlt_days_source"] == "the protocol's endpoint"
