"""Oracle: independent (counts of lines and entries taken by other means) and law (read = kept + unmapped + set aside)."""
# ruff: noqa: E501 - inputs and what they mean stand side by side

import csv
import gzip
import io
import json
import random
import zipfile
from collections import Counter

import pytest
from load_help import SNOMED, about, coded, loaded, ndjson, observation, patient, quantity, sample

from trialwright.population import fhir_files, open_population


def lines(folder):
    return Counter(
        json.loads(line)["resourceType"]
        for path in sorted(folder.glob("*.ndjson.gz"))
        for line in gzip.decompress(path.read_bytes()).splitlines()
        if line.strip()
    )


@pytest.mark.parametrize("name", ["smart_synthea_r4_ndjson", "smart_bulk_10_patients"])
def test_every_line_of_a_bulk_export_is_accounted_for(tmp_path, name):
    folder = sample(name)
    report = loaded(folder, tmp_path / "a.duckdb")
    counted = lines(folder)
    assert report.as_json()["read_by_kind"] == dict(counted)
    assert report.persons == counted["Patient"]
    assert {p.rsplit("/", 1)[1] for p in report.unread} <= {"SOURCE.txt", "MISSING.txt"}


def test_every_entry_of_transaction_bundles_is_accounted_for(tmp_path):
    folder = sample("smart_synthea_r4_bundles")
    counted = Counter(
        entry["resource"]["resourceType"]
        for path in folder.glob("*.json")
        for entry in json.loads(path.read_bytes())["entry"]
    )
    report = loaded(folder, tmp_path / "a.duckdb")
    assert report.as_json()["read_by_kind"] == dict(counted)


def test_every_row_of_an_omop_database_is_accounted_for(tmp_path):
    path = sample("Synthea27Nj") / "Synthea27Nj_5.4.zip"
    counted = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".csv") and "MACOSX" not in name:
                rows = list(csv.reader(io.TextIOWrapper(archive.open(name), "utf-8")))
                if {"person_id", "subject_id"} & {c.lower() for c in rows[0]} and len(rows) > 1:
                    counted[name.removesuffix(".csv").lower()] = len(rows) - 1
    report = loaded(path, tmp_path / "a.duckdb")
    assert report.as_json()["read_by_kind"] == counted
    with open_population(tmp_path / "a.duckdb") as population:
        spans = population.connection.execute(
            "SELECT id, observed_from, observed_to FROM persons WHERE id = '1'"
        ).fetchall()
    assert spans == [("1", 11318, 19265)]  # 2000-12-27 to 2022-09-30


def test_measured_values_of_a_bulk_export_equal_an_independent_reading(tmp_path):
    """Creatinine of every patient, read line by line with the json module."""
    folder = sample("smart_synthea_r4_ndjson")
    loaded(folder, tmp_path / "a.duckdb")
    expected = {}
    for line in gzip.decompress((folder / "Observation.ndjson.gz").read_bytes()).splitlines():
        record = json.loads(line)
        if record["code"]["coding"][0]["code"] == "38483-4":
            who = record["subject"]["reference"].removeprefix("urn:uuid:")
            expected[f"Observation/{record['id']}"] = who, record["valueQuantity"]["value"]
    with open_population(tmp_path / "a.duckdb") as population:
        found = population.connection.execute(
            """SELECT reference, p.id, v_lo FROM facts JOIN persons p USING (person) JOIN concepts c USING (concept)
            JOIN sources USING (source) WHERE c.id = 'creatinine'"""
        ).fetchall()
    assert len(expected) > 250
    assert {ref: (who, value) for ref, who, value in found if ref in expected} == expected


BASE = [
    patient(),
    observation(1, "creatinine", valueQuantity=quantity(1, "mg/dL"), referenceRange=[{"high": quantity(1.2, "mg/dL")}]),
    observation(2, "unheard_of", valueString="x"),
    observation(3, "anti_dsdna", valueCodeableConcept=coded("10828004", SNOMED), interpretation=[coded("POS")]),
    about("Condition", 4, code=coded("55464009", SNOMED), onsetDateTime="2020-01-01", clinicalStatus=coded("active")),
    about("MedicationRequest", 5, status="active", intent="order", medicationCodeableConcept=coded("prednisone"), authoredOn="2026-01-01",
          dosageInstruction=[{"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}, "doseAndRate": [{"doseQuantity": quantity(5, "mg")}]}]),
    about("Procedure", 6, status="completed", code=coded("kidney_biopsy"), performedPeriod={"start": "2025-01-01", "end": "2025-01-02"}),
    about("Encounter", 7, status="finished", period={"start": "2025-01-01"}),
]  # fmt: skip
ODD = [None, 7, "", "x", [], {}, [[]], {"reference": 5}, True, -1, "2026-13-45", "9999", [{}], 1e308, "\u0000"]


def places(value, path=()):
    """Every place inside a record."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from places(inner, (*path, i))


def changed(record, path, value):
    """A record with one place replaced."""
    if not path:
        return value
    copy = dict(record) if isinstance(record, dict) else list(record)
    copy[path[0]] = changed(copy[path[0]], path[1:], value)
    return copy


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_whatever_is_wrong_with_the_records(tmp_path, seed, monkeypatch):
    """law: three hundred mutated records in one load; each is kept, unmapped or set aside, by either way of reading."""
    rng = random.Random(seed)
    records = [patient()]
    for i in range(300):
        record = json.loads(json.dumps(rng.choice(BASE)))
        record["id"] = f"r{i}"
        records.append(changed(record, rng.choice(list(places(record))), rng.choice(ODD)))
    path = ndjson(tmp_path / "a.ndjson", *records)
    monkeypatch.setattr(fhir_files, "WORTH_COLUMNS", 0 if seed % 2 else 10**12)
    report = loaded(path, tmp_path / "a.duckdb")
    assert report.total("read") == len(records)
    assert report.total("kept") > 30
