"""A synthetic cohort says the same in every form, and the same call writes the same bytes."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow.parquet as pq
import pytest

from trialwright.catalog import load_catalog
from trialwright.population.load import load
from trialwright.population.sources import read_manifest
from trialwright.population.synthetic import AT, write_answers, write_cohort
from trialwright.population.synthetic.answers import CHANCES, CHILDBEARING
from trialwright.population.synthetic.terms import URIS, book, terms
from trialwright.screening.study import asks_of, trial_of

PEOPLE = 700
FACT = "t_lo, t_hi, e_lo, e_hi, v_lo, v_hi, cats, r_lo, r_hi, lod, raw, flags & 15 AS flags, problem"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cohort")


@pytest.fixture(scope="module")
def fhir(folder: Path) -> Path:
    return write_cohort(folder / "fhir", PEOPLE, seed=4, form="fhir")


@pytest.fixture(scope="module")
def facts(folder: Path) -> Path:
    return write_cohort(folder / "facts", PEOPLE, seed=4, form="facts")


def contents(store: Path) -> set[tuple[Any, ...]]:
    with duckdb.connect(str(store), read_only=True) as con:
        rows = con.execute(
            f"SELECT p.id, c.id, {FACT} FROM facts JOIN persons p USING (person) JOIN concepts c USING (concept)"
        ).fetchall()
    return set(rows)


def digest(path: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(path.iterdir())}


def resources(path: Path, kind: str) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in (path / f"{kind}.ndjson").read_bytes().splitlines()]


def test_fhir_loads_completely_and_equals_the_facts(fhir: Path, facts: Path, folder: Path) -> None:
    """Pair: the reader of FHIR makes of the files what the direct path writes, fact by fact; no record is unmapped."""
    report = load([fhir], folder / "loaded.duckdb", book=book(), today=AT)
    assert report.total("read") == report.total("kept") + report.total("set_aside")
    assert report.total("unmapped") == 0
    assert {line.item for line in report.of("set_aside")} <= {"entered in error"}
    loaded, direct = contents(folder / "loaded.duckdb"), contents(facts)
    assert len(loaded) > 20 * PEOPLE
    assert len(loaded ^ direct) <= len(loaded) * 0.001, sorted(map(str, loaded ^ direct))[:6]


def test_the_same_call_writes_the_same_bytes(fhir: Path, folder: Path) -> None:
    """Law: a second run with the same arguments gives the same files, another seed others."""
    again = write_cohort(folder / "again", PEOPLE, seed=4, form="fhir")
    other = write_cohort(folder / "other", 50, seed=5, form="fhir")
    assert digest(fhir) == digest(again)
    assert digest(fhir) != digest(other)


def test_packed_files_hold_the_same(folder: Path) -> None:
    """Pair: .ndjson.gz unpacks to .ndjson, and does so again."""
    plain = write_cohort(folder / "plain", 60, seed=2, form="fhir")
    packed = write_cohort(folder / "packed", 60, seed=2, form="fhir.gz")
    for path in packed.glob("*.gz"):
        assert gzip.decompress(path.read_bytes()) == (plain / path.stem).read_bytes()


def test_the_manifest_is_one_that_the_loader_reads(fhir: Path) -> None:
    """Pair: site, day of extraction, observed domains and since when stand in population.yaml."""
    manifest = read_manifest(fhir / "population.yaml")
    assert manifest.extracted == AT
    assert manifest.observes == ("condition", "drug", "procedure")
    assert manifest.observed_since == dt.date(AT.year - 10, AT.month, AT.day)


def test_resources_have_the_form_of_fhir_r4(fhir: Path) -> None:
    """Reference (FHIR R4): required elements, references, one value, dates of any precision, marked as test data."""
    patients = resources(fhir, "Patient")
    assert {p["meta"]["security"][0]["code"] for p in patients} == {"HTEST"}
    ids = {f"Patient/{p['id']}" for p in patients}
    assert len(ids) == PEOPLE
    kinds = (
        "Condition",
        "Observation",
        "MedicationRequest",
        "MedicationStatement",
        "MedicationAdministration",
        "Procedure",
    )
    listed = {kind: resources(fhir, kind) for kind in kinds}
    for kind, rows in listed.items():
        assert rows, kind
        assert len({r["id"] for r in rows}) == len(rows)
        assert {r["subject"]["reference"] for r in rows} <= ids
    systems = {c["system"] for r in listed["Observation"] for c in r["code"]["coding"]}
    assert systems <= set(URIS.values())
    assert URIS["trialwright"] in systems
    values = [
        {k for k in o if k.startswith("value")} | ({"dataAbsentReason"} & set(o))
        for o in listed["Observation"]
        if "component" not in o
    ]
    assert all(len(v) == 1 for v in values)
    assert {k for v in values for k in v} == {
        "valueQuantity",
        "valueCodeableConcept",
        "valueString",
        "dataAbsentReason",
    }
    assert any("component" in o for o in listed["Observation"])
    assert {len(c["onsetDateTime"]) for c in listed["Condition"]} == {4, 7, 10}
    stated = {c["verificationStatus"]["coding"][0]["code"] for c in listed["Condition"]}
    assert stated == {"confirmed", "refuted", "provisional", "entered-in-error"}
    assert all(("clinicalStatus" in c) == (c["verificationStatus"]["coding"][0]["code"] not in {"refuted",
        "entered-in-error"})
               for c in listed["Condition"])  # fmt: skip  # FHIR rules con-3 and con-5


@pytest.mark.parametrize("form", ["omop", "omop.parquet"])
def test_omop_tables_hang_together(form: str, folder: Path) -> None:
    """Reference (OMOP CDM 5.4): every person, concept and required date is there; both forms have the same rows."""
    out = write_cohort(folder / form, 300, seed=3, form=form)  # type: ignore[arg-type]

    def rows(name: str) -> list[dict[str, Any]]:
        if form == "omop":
            with (out / f"{name}.csv").open(newline="") as file:
                return list(csv.DictReader(file))
        return pq.read_table(out / f"{name}.parquet").to_pylist()

    people = {str(p["person_id"]) for p in rows("person")}
    concepts = {str(c["concept_id"]): c for c in rows("concept")}
    assert len(people) == 300
    assert len({(c["vocabulary_id"], c["concept_code"]) for c in concepts.values()}) == len(concepts)
    needed = {
        "observation_period": ("observation_period_start_date", "observation_period_end_date"),
        "condition_occurrence": ("condition_start_date", "condition_concept_id"),
        "drug_exposure": ("drug_exposure_start_date", "drug_exposure_end_date", "drug_concept_id"),
        "procedure_occurrence": ("procedure_date", "procedure_concept_id"),
        "measurement": ("measurement_date", "measurement_concept_id"),
        "observation": ("observation_date", "observation_concept_id"),
    }
    for name, columns in needed.items():
        table = rows(name)
        assert table, name
        assert {str(r["person_id"]) for r in table} <= people
        assert [int(r[f"{name}_id"]) for r in table] == list(range(1, len(table) + 1))
        for column in columns:
            assert all(r[column] not in (None, "") for r in table), column
        if columns[-1].endswith("_concept_id"):
            assert {str(r[columns[-1]]) for r in table} <= set(concepts)
            assert all(concepts[str(r[columns[-1]])]["concept_code"] in str(r.values()) for r in table[:50])


def test_unknown_forms_are_refused(tmp_path: Path) -> None:
    """Law: a form that is none raises ValueError and names those that are."""
    with pytest.raises(ValueError, match=r"fhir\.gz"):
        write_cohort(tmp_path, 10, form="xml")  # type: ignore[arg-type]


def test_the_store_knows_what_it_is(facts: Path) -> None:
    """Law: observed domains, the day of extraction and each person's own period stand in the store."""
    with duckdb.connect(str(facts), read_only=True) as con:
        meta = dict(con.execute("SELECT key, value FROM meta").fetchall())
        people = con.execute(
            "SELECT count(*), count(DISTINCT id), min(observed_to), max(observed_to) FROM persons"
        ).fetchall()[0]
        longest = con.execute("SELECT max(observed_to - observed_from) FROM persons").fetchall()[0][0]
        domains = {row[0] for row in con.execute("SELECT domain FROM observed").fetchall()}
    assert meta["extracted"] == AT.isoformat()
    assert people[:2] == (PEOPLE, PEOPLE)
    assert people[2] == people[3] == (AT - dt.date(1970, 1, 1)).days
    assert 10 * 365 < longest < 16 * 366
    assert domains == {"condition", "drug", "procedure"}


def test_every_code_states_its_own_concept() -> None:
    """Law: the code that a concept is written with surely means it; the broader one leaves it open."""
    for index, term in enumerate(terms().values()):
        if term.domain != "demographic":
            assert (index, True) in term.code.means, term.id
            assert term.vague is None or (index, False) in term.vague.means, term.id


def test_answers_are_those_of_people_who_were_seen(tmp_path: Path, facts: Path) -> None:
    """Law: answers name people of the cohort and known asks, are yes, no or unknown, and the same each time."""
    asks = {"nct05765006": ["active_on_treatment", "no_such_ask"], "relma-cel-ssc": ["ssc_non_response"]}
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    assert write_answers(first, asks, PEOPLE, seed=4) == write_answers(second, asks, PEOPLE, seed=4) > 40
    assert first.read_bytes() == second.read_bytes()
    rows = list(csv.DictReader(first.read_text().splitlines()))
    with duckdb.connect(str(facts), read_only=True) as con:
        people = {row[0] for row in con.execute("SELECT id FROM persons").fetchall()}
    assert {r["person"] for r in rows} <= people
    assert {(r["trial"], r["clause"]) for r in rows} == {
        ("nct05765006", "active_on_treatment"),
        ("relma-cel-ssc", "ssc_non_response"),
    }
    assert {"yes", "no"} <= {r["answer"] for r in rows} <= {"yes", "no", "unknown"}


def test_every_judgement_and_look_up_of_the_four_trials_has_an_answer() -> None:
    """Law: only consent, willingness and intent are left out, so that somebody can be eligible."""
    known = load_catalog()
    for name in ("nct05765006", "universal-cd19-bcma-sle", "im19-sle", "relma-cel-ssc"):
        asked = {ask.id: ask.kind for found in asks_of(trial_of(known.protocol(name), known)).values() for ask in found}
        left = {id for id, kind in asked.items() if kind in ("judgement", "look_up")} - {*CHANCES, CHILDBEARING}
        assert not left, name


def test_omop_loads_completely_and_measures_the_same(facts: Path, folder: Path) -> None:
    """Pair: the reader of OMOP knows every code; what was measured is what the direct path has."""
    out = write_cohort(folder / "omop_pair", PEOPLE, seed=4, form="omop")
    report = load([out], folder / "omop.duckdb", book=book(), today=AT)
    assert report.total("read") == report.total("kept") + report.total("set_aside")
    assert report.total("unmapped") == 0

    def measured(store: Path) -> set[tuple[Any, ...]]:
        with duckdb.connect(str(store), read_only=True) as con:
            rows = con.execute(
                "SELECT c.id, t_lo // 1440, v_lo, v_hi, cats FROM facts JOIN concepts c USING (concept) "
                "WHERE domain = 'measurement' AND t_hi - t_lo < 1440 AND problem IS NULL"
            ).fetchall()
        return set(rows)

    loaded, direct = measured(folder / "omop.duckdb"), measured(facts)
    assert len(direct) > 5000
    assert len(loaded & direct) > 0.97 * len(direct)
