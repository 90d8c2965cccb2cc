"""Oracle: law (many lines read by column say the same as each line read on its own, whatever is wrong with them)."""
# ruff: noqa: E501 - records as they are

import json
import random

import pytest
from load_help import LOINC, SNOMED, UCUM, about, all_facts, coded, loaded, ndjson, observation, patient, quantity
from test_load_accounts import ODD, changed, places

from trialwright.population import fhir_files, open_population

RANGE = [{"low": quantity(0.5, "mg/dL"), "high": quantity(1.2, "mg/dL")}]
CONFIRMED = {"verificationStatus": coded("confirmed")}
ORAL = {"route": coded("26643006", SNOMED), "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}
DOSED = {"dosage": [ORAL | {"doseAndRate": [{"doseQuantity": quantity(5, "mg")}]}]}
BLOOD_PRESSURE = [
    {"code": coded("8480-6", LOINC), "valueQuantity": quantity(120, "mm[Hg]")},
    {"code": coded("8462-4", LOINC), "valueQuantity": quantity(80, "mm[Hg]")},
]


def lab(number, concept, value, unit="mg/dL", **more):
    return observation(number, concept, valueQuantity=quantity(value, unit), **more)


KINDS = {
    "numbers": lambda i: lab(i, "creatinine", i % 7 / 5 + 0.1, referenceRange=RANGE),
    "another unit": lambda i: lab(i, "creatinine", 60 + i % 40, "umol/L"),
    "a unit of something else": lambda i: lab(i, "creatinine", i % 9, "cm"),
    "decided by the limit": lambda i: lab(i, "anti_dsdna", i % 60, "[IU]/mL", referenceRange=[{"high": quantity(30, "[IU]/mL")}]),
    "decided by the flag": lambda i: lab(i, "anti_dsdna", i % 60, "[IU]/mL", interpretation=[coded("POS")]),
    "low or normal": lambda i: lab(i, "complement_c3", 70 + i % 40, "mg/dL", referenceRange=[{"low": quantity(90, "mg/dL")}]),
    "no unit": lambda i: observation(i, "sledai_2k_total", valueQuantity={"value": i % 12}),
    "compared": lambda i: lab(i, "creatinine", i % 3, comparator="<") | {"valueQuantity": quantity(i % 3 + 1, "mg/dL", comparator="<")},
    "words": lambda i: observation(i, "anti_dsdna", valueCodeableConcept=coded(("10828004", "260385009")[i % 2], SNOMED)),
    "text": lambda i: observation(i, "creatinine", valueString=("1.2 mg/dL", "see note")[i % 2]),
    "nothing": lambda i: observation(i, "creatinine", dataAbsentReason=coded("unknown")),
    "components": lambda i: observation(i, "no_such_panel", component=BLOOD_PRESSURE),
    "a component of no meaning": lambda i: observation(i, "no_such_panel", component=[*BLOOD_PRESSURE, {"code": coded("x")}]),
    "components beside a value": lambda i: lab(i, "creatinine", 1.1, component=BLOOD_PRESSURE),
    "unmapped": lambda i: observation(i, f"no_such_{i % 3}", valueQuantity=quantity(1, "mg/dL")),
    "diagnoses": lambda i: about("Condition", i, code=coded("55464009", SNOMED), onsetDateTime=f"201{i % 8}-01-01", clinicalStatus=coded(("active", "resolved")[i % 2]), **CONFIRMED),
    "diagnoses that ended": lambda i: about("Condition", i, code=coded("55464009", SNOMED), recordedDate="2016-03-01", onsetDateTime="2015-01", abatementDateTime=f"201{i % 3 + 7}-05-06"),
    "look-alikes": lambda i: about("Condition", i, code=coded("999999", SNOMED, "Chronic epilepsy of childhood"), onsetDateTime="2015-01-01"),
    "prescriptions": lambda i: about("MedicationRequest", i, status=("active", "stopped")[i % 2], intent="order", medicationCodeableConcept=coded("prednisone"), authoredOn=f"2025-0{i % 8 + 1}-01", dosageInstruction=DOSED["dosage"]),
    "supplies": lambda i: about("MedicationRequest", i, status="completed", intent="order", medicationCodeableConcept=coded("prednisone"), authoredOn=("2025-02-01", "2025-03-01T08:30:00Z")[i % 2], dispenseRequest={"expectedSupplyDuration": {"value": 1, "code": "d", "system": UCUM}}),
    "statements": lambda i: about("MedicationStatement", i, status=("active", "completed")[i % 2], medicationCodeableConcept=coded("prednisone"), effectivePeriod={"start": f"2025-0{i % 8 + 1}-01"} | ({"end": "2025-12-01"} if i % 3 else {}), **DOSED),
    "administrations": lambda i: about("MedicationAdministration", i, status="completed", medicationCodeableConcept=coded("prednisone"), effectiveDateTime=("2025-02-01", "2025-02-01T10:00:00Z")[i % 2], dosage={"dose": quantity(500, "mg")}),
    "procedures": lambda i: about("Procedure", i, status="completed", code=coded(("kidney_biopsy", "no_such")[i % 2]), performedPeriod={"start": "2025-01-01", "end": "2025-01-02"}),
    "vaccines": lambda i: about("Immunization", i, status="completed", vaccineCode=coded("140"), occurrenceDateTime="2024-10-01"),
    "visits": lambda i: about("Encounter", i, status="finished", period={"start": "2025-01-01", "end": "2025-01-01"}) | {"class": {"code": "AMB"}},
}  # fmt: skip


def by_both(tmp_path, records, monkeypatch):
    """Facts, sources, people and counts of records read by column, and read one by one."""
    path, found = ndjson(tmp_path / "a.ndjson", *records), []
    for worth in (0, 10**12):
        monkeypatch.setattr(fhir_files, "WORTH_COLUMNS", worth)
        store = tmp_path / f"{worth}.duckdb"
        report = loaded(path, store, replace=True)
        counts = sorted((x.kind, x.item, "" if x.kind == "set_aside" else x.detail, x.count) for x in report.lines)
        with open_population(store) as population:
            sources = population.connection.execute(
                "SELECT reference, count(*) FROM facts JOIN sources USING (source) GROUP BY 1 ORDER BY 1"
            ).fetchall()
            people = population.connection.execute("SELECT * FROM persons ORDER BY 1").fetchall()
        found.append((counts, all_facts(store), sources, people))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_plain_records_by_column_and_one_by_one(tmp_path, kind, monkeypatch):
    records = [KINDS[kind](i) | {"id": f"r{i}"} for i in range(80)]
    for i, record in enumerate(records):
        name = "patient" if "patient" in record else "subject"
        record[name] = {"reference": f"Patient/p{i % 5}"}
    by_column, single = by_both(tmp_path, [*records, patient()], monkeypatch)
    assert by_column == single


@pytest.mark.parametrize("seed", range(6))
def test_damaged_records_by_column_and_one_by_one(tmp_path, seed, monkeypatch):
    """Each kind forty times, every second one with a place replaced by something that does not belong there."""
    rng = random.Random(seed)
    chosen = rng.sample(sorted(KINDS), 3)
    kind = KINDS[chosen[0]](0)["resourceType"]
    makers = [KINDS[k] for k in sorted(KINDS) if KINDS[k](0)["resourceType"] == kind]
    records = []
    for i in range(40 * len(makers)):
        record = json.loads(json.dumps(makers[i % len(makers)](i))) | {"id": f"r{i}"}
        if i % 2:
            at = rng.choice([p for p in places(record) if p and p[0] != "resourceType"])
            record = changed(record, at, rng.choice([x for x in ODD if at != ("id",) or x != 1e308]))
        records.append(record)
    by_column, single = by_both(tmp_path, [*records, patient()], monkeypatch)
    assert by_column == single
