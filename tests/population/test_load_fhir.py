"""Oracle: pair (FHIR R4 resources and the facts that they state, worked by hand from the FHIR R4 definitions)."""
# ruff: noqa: E501 - inputs and what they mean stand side by side

import datetime as dt
import gzip
import json
import math

import pytest
from load_help import (
    LOINC,
    RXNORM,
    SNOMED,
    about,
    all_facts,
    coded,
    facts,
    loaded,
    ndjson,
    observation,
    patient,
    quantity,
    reasons,
)

from trialwright.language.facts import DAY, FOREVER, day_number
from trialwright.population import fhir_files, fhir_pieces

LAST = (day_number(dt.date(2026, 6, 30)) + 1) * DAY - 1


def stated(tmp_path, *records, **options):
    """The facts of p1 from records about p1."""
    source, into = ndjson(tmp_path / "a.ndjson", patient(), *records), tmp_path / "a.duckdb"
    report = loaded(source, into, extracted=dt.date(2026, 6, 30), **options)
    return facts(into), report


def one(tmp_path, concept, **parts):
    found, _ = stated(tmp_path, observation(1, concept, **parts))
    return found[concept][0]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"valueQuantity": quantity(2.5, "mg/dL")}, {"lower": 2.5, "upper": 2.5, "recorded": 2.5, "unit": "mg/dL"}),
        ({"valueQuantity": quantity(0.5, "mg/dL", comparator="<")}, {"lower": 0.0, "upper": 0.5, "upper_open": True, "detection_limit": 0.5}),
        ({"valueQuantity": quantity(9, "mg/dL", comparator=">=")}, {"lower": 9.0, "upper": math.inf, "lower_open": False}),
        ({"valueQuantity": {"value": 2.5}}, {"lower": 2.5, "recorded": 2.5, "unit": None}),
        ({"code": coded("2160-0", LOINC), "valueQuantity": {"value": 2.5}}, {"lower": None, "problem": "unit_mismatch", "recorded": 2.5}),
        ({"valueString": "<0.5 mg/dL"}, {"lower": 0.0, "upper": 0.5, "upper_open": True}),
        ({"valueString": "see comment"}, {"lower": None, "problem": "ambiguous_text"}),
        ({"dataAbsentReason": coded("unknown")}, {"lower": None, "problem": "no_data"}),
        ({"valueRange": {"low": quantity(1, "mg/dL"), "high": quantity(2, "mg/dL")}}, {"lower": 1.0, "upper": 2.0}),
        ({"valueQuantity": quantity(1, "mg/dL"), "referenceRange": [{"low": quantity(0.6, "mg/dL"), "high": quantity(1.1, "mg/dL")}]}, {"low_normal": 0.6, "high_normal": 1.1}),
        ({"valueQuantity": quantity(1, "mg/dL"), "referenceRange": [{"text": "0.6 - 1.1"}]}, {"low_normal": 0.6, "high_normal": 1.1}),
        ({"valueQuantity": quantity(88.4, "umol/L"), "referenceRange": [{"high": quantity(97.24, "umol/L")}]}, {"lower": pytest.approx(1.0, rel=1e-3), "high_normal": pytest.approx(1.1, rel=1e-3), "unit": "umol/L"}),
        ({"valueQuantity": quantity(1, "mg/dL"), "referenceRange": [{"high": quantity(1, "mg/dL")}, {"high": quantity(2, "mg/dL")}]}, {"high_normal": None}),
    ],
    ids=str,
)  # fmt: skip
def test_every_form_of_a_measured_value(tmp_path, parts, expected):
    fact = one(tmp_path, "creatinine", **parts)
    assert {name: getattr(fact, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("parts", "category", "value"),
    [
        ({"valueCodeableConcept": coded("10828004", SNOMED)}, "positive", None),
        ({"valueCodeableConcept": {"text": "Not detected"}}, "negative", None),
        ({"valueString": "NEGATIVE"}, "negative", None),
        ({"valueQuantity": quantity(40, "[IU]/mL"), "interpretation": [coded("NEG")]}, "negative", 40.0),
        ({"valueQuantity": quantity(40, "[IU]/mL"), "referenceRange": [{"high": quantity(30, "[IU]/mL")}]}, "positive", 40.0),
        ({"valueQuantity": quantity(12, "[IU]/mL"), "referenceRange": [{"high": quantity(30, "[IU]/mL")}]}, "negative", 12.0),
        ({"valueQuantity": quantity(1.4, "{index}"), "referenceRange": [{"high": quantity(1.0, "{index}")}]}, "positive", None),
        ({"valueQuantity": quantity(12, "[IU]/mL")}, None, 12.0),
    ],
    ids=str,
)  # fmt: skip
def test_positive_by_the_statement_else_by_the_limit_of_the_record(tmp_path, parts, category, value):
    fact = one(tmp_path, "anti_dsdna", **parts)
    assert fact.categories == (None if category is None else frozenset({category}))
    assert fact.lower == value


def test_titres_classes_and_dipsticks(tmp_path):
    found, _ = stated(
        tmp_path,
        observation(1, "ana", valueRatio={"numerator": {"value": 1}, "denominator": {"value": 160}}),
        observation(2, "lupus_nephritis_class", valueString="Class III+V"),
        observation(3, "urine_protein_dipstick", valueString="trace"),
        observation(4, "sledai_2k_seizure", valueBoolean=False),
    )
    assert found["ana"][0].lower == 160
    assert found["lupus_nephritis_class"][0].categories == {"III", "V"}
    assert found["urine_protein_dipstick"][0].categories == {"trace"}
    assert found["sledai_2k_seizure"][0].categories == {"absent"}


def test_components_are_facts_of_their_own(tmp_path):
    parts = [{"code": coded("8480-6", LOINC), "valueQuantity": quantity(150, "mm[Hg]")}, {"code": coded("8462-4", LOINC), "valueQuantity": quantity(90, "mm[Hg]")}]  # fmt: skip
    found, report = stated(tmp_path, observation(1, "x", code=coded("85354-9", LOINC), component=parts))
    assert (found["systolic_blood_pressure"][0].lower, found["diastolic_blood_pressure"][0].lower) == (150, 90)
    assert report.total("kept") == 2


def test_partial_and_clock_times_are_kept(tmp_path):
    found, _ = stated(
        tmp_path,
        observation(1, "creatinine", effectiveDateTime="2025", valueQuantity=quantity(1, "mg/dL")),
        observation(2, "creatinine", effectiveDateTime="2026-02-03T14:30:00+01:00", valueQuantity=quantity(2, "mg/dL")),
    )
    year, minute = (f.start for f in found["creatinine"])
    assert (year.lower, year.upper) == (
        day_number(dt.date(2025, 1, 1)) * DAY,
        (day_number(dt.date(2025, 12, 31)) + 1) * DAY - 1,
    )
    assert minute.lower == minute.upper == day_number(dt.date(2026, 2, 3)) * DAY + 14 * 60 + 30


SLE = "systemic_lupus_erythematosus"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"onsetDateTime": "2020-01-05", "clinicalStatus": coded("active")}, {"present": True, "end": (LAST, FOREVER)}),
        ({"onsetDateTime": "2020-01-05", "abatementDateTime": "2021-02"}, {"end": (day_number(dt.date(2021, 2, 1)) * DAY, (day_number(dt.date(2021, 2, 28)) + 1) * DAY - 1)}),
        ({"onsetDateTime": "2020-01-05", "clinicalStatus": coded("resolved")}, {"end": (day_number(dt.date(2020, 1, 5)) * DAY, LAST)}),
        ({"onsetDateTime": "2020-01-05"}, {"end": (day_number(dt.date(2020, 1, 5)) * DAY, FOREVER)}),
        ({"onsetDateTime": "2020-01-05", "verificationStatus": coded("refuted")}, {"present": False}),
        ({"onsetDateTime": "2020-01-05", "verificationStatus": coded("provisional")}, {"certain": False}),
        ({"recordedDate": "2020-01-05"}, {"start": (-FOREVER, (day_number(dt.date(2020, 1, 5)) + 1) * DAY - 1)}),
        ({}, {"start": (-FOREVER, LAST)}),
        ({"onsetAge": quantity(30, "a")}, {"start": (day_number(dt.date(2010, 5, 17)) * DAY, day_number(dt.date(2011, 5, 17)) * DAY - 1)}),
        ({"onsetString": "2014"}, {"start": (day_number(dt.date(2014, 1, 1)) * DAY, (day_number(dt.date(2014, 12, 31)) + 1) * DAY - 1)}),
        ({"onsetDateTime": "2022-01-05", "abatementDateTime": "2021-02-01"}, {"end": (day_number(dt.date(2022, 1, 5)) * DAY, FOREVER), "problem": "conflict"}),
    ],
    ids=str,
)  # fmt: skip
def test_a_condition_over_time(tmp_path, parts, expected):
    found, _ = stated(tmp_path, about("Condition", 1, code=coded("55464009", SNOMED)) | parts)
    fact = found[SLE][0]
    shown = {
        name: (value.lower, value.upper) if name in {"start", "end"} else value
        for name in expected
        for value in [getattr(fact, name)]
    }
    assert shown == expected


def test_broader_codes_and_look_alikes_are_not_certain(tmp_path):
    found, report = stated(
        tmp_path,
        about("Condition", 1, code=coded("200936003", SNOMED), onsetDateTime="2020"),
        about("Condition", 2, code=coded("X1", "urn:local", "Suspected refractory epilepsy"), onsetDateTime="2020"),
    )
    assert [f.certain for f in found[SLE]] == [False]
    assert [f.certain for f in found["epilepsy"]] == [False]
    assert {x.item for x in report.of("note")} >= {"look-alike", "not certain"}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (about("Condition", 1, code=coded(SLE), verificationStatus=coded("entered-in-error")), "entered in error"),
        (observation(1, "creatinine", status="entered-in-error"), "entered in error"),
        (observation(1, "creatinine", status="cancelled"), "no result (status cancelled)"),
        (about("Procedure", 1, status="not-done", code=coded("x")), "not done (status not-done)"),
        (about("MedicationRequest", 1, status="active", intent="proposal", medicationCodeableConcept=coded("prednisone")), "only planned"),
        ({"resourceType": "Observation", "id": "1", "status": "final", "code": coded("creatinine")}, "no subject"),
        (observation(1, "creatinine", effectiveDateTime="2026-02-31"), "bad date"),
        (observation(1, "creatinine", effectiveDateTime="2027-01-01", valueQuantity=quantity(1, "mg/dL")), "future date"),
        (observation(1, "creatinine", effectiveDateTime="1975-01-01", valueQuantity=quantity(1, "mg/dL")), "dated before birth (negative age)"),
        (observation(1, "creatinine", code=7), "malformed Observation"),
        ({"resourceType": "Practitioner", "id": "1"}, "Practitioner (holds no facts that are used)"),
        ({"resourceType": "Wizard", "id": "1"}, "unknown resource"),
        ({"id": "1"}, "no FHIR resource"),
        (about("Encounter", 1, status="finished", period={"start": "2026-01-01"}), "encounter (only its date is used)"),
        (about("Condition", 1, code=coded(SLE), clinicalStatus="active"), "not FHIR R4 (looks like STU3)"),
        (about("MedicationRequest", 1, medication={"concept": coded("prednisone")}), "not FHIR R4 (looks like R5)"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)  # fmt: skip
def test_what_is_set_aside_has_its_reason_and_place(tmp_path, record, reason):
    _, report = stated(tmp_path, record)
    assert reasons(report) == {reason: 1}


def test_a_dose_a_day_from_a_prescription(tmp_path):
    dosage = {"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d", "boundsPeriod": {"start": "2026-01-01", "end": "2026-01-31"}}},
              "route": coded("26643006", SNOMED), "doseAndRate": [{"doseQuantity": {"value": 2, "unit": "tablet"}}]}  # fmt: skip
    drug = coded("312617", RXNORM, "prednisone 5 MG Oral Tablet")
    found, _ = stated(tmp_path, about("MedicationRequest", 1, status="completed", intent="order", medicationCodeableConcept=drug, dosageInstruction=[dosage]))  # fmt: skip
    (fact,) = found["prednisone"]
    assert (fact.lower, fact.upper, fact.categories, fact.certain) == (10, 10, {"oral"}, True)
    assert (fact.start.first_day, fact.end.last_day) == (
        day_number(dt.date(2026, 1, 1)),
        day_number(dt.date(2026, 1, 31)),
    )


def test_medications_that_are_referred_to(tmp_path):
    """A prescription finds its drug in the same file, in another one, and inside itself."""
    drug = {"resourceType": "Medication", "id": "m1", "code": coded("8640", RXNORM)}
    order = {"status": "active", "intent": "order", "authoredOn": "2026-01-01"}
    first = about("MedicationRequest", 1, medicationReference={"reference": "Medication/m1"}, **order)
    inner = about(
        "MedicationRequest",
        2,
        contained=[drug | {"id": "c"}],
        medicationReference={"reference": "#c"},
        **order | {"authoredOn": "2026-02-01"},
    )
    lost = about("MedicationRequest", 3, medicationReference={"reference": "Medication/m9"}, **order)
    folder = tmp_path / "bulk"
    folder.mkdir()
    ndjson(folder / "MedicationRequest.ndjson", first, inner, lost)
    ndjson(folder / "Medication.ndjson", drug)
    report = loaded(folder, tmp_path / "a.duckdb")
    assert len(facts(tmp_path / "a.duckdb")["prednisone"]) >= 1
    assert report.total("kept") == 2
    assert reasons(report)["medication that is referred to is not there"] == 1


def test_not_taken_is_a_stated_absence_and_an_allergy_no_exposure(tmp_path):
    found, _ = stated(
        tmp_path,
        about("MedicationStatement", 1, status="not-taken", medicationCodeableConcept=coded("8640", RXNORM), effectiveDateTime="2026-01-01"),
        about("AllergyIntolerance", 2, code=coded("6902", RXNORM), recordedDate="2026-01-01"),
        about("MedicationAdministration", 3, status="completed", medicationCodeableConcept=coded("6902", RXNORM), effectiveDateTime="2026-03-01T09:00:00Z",
              dosage={"dose": {"value": 1, "unit": "g", "code": "g"}, "route": coded("47625008", SNOMED)}),
    )  # fmt: skip
    assert [f.present for f in found["prednisone"]] == [False]
    (infusion,) = found["methylprednisolone"]
    assert (infusion.lower, infusion.categories, infusion.end) == (1000, {"intravenous"}, infusion.start)


def test_overlapping_records_of_one_drug_are_resolved(tmp_path):
    def course(number, start, end, dose):
        repeat = {"frequency": 1, "period": 1, "periodUnit": "d", "boundsPeriod": {"start": start, "end": end}}
        dosage = {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": quantity(dose, "mg")}]}
        return about("MedicationRequest", number, status="completed", intent="order", medicationCodeableConcept=coded("8640", RXNORM), dosageInstruction=[dosage])  # fmt: skip

    found, report = stated(
        tmp_path, course(1, "2026-01-01", "2026-01-31", 10), course(2, "2026-01-15", "2026-02-10", 20)
    )
    shown = [
        (f.start.first_day - day_number(dt.date(2026, 1, 1)), f.lower, f.upper, f.problem) for f in found["prednisone"]
    ]
    assert shown == [(0, 10, 10, None), (14, 10, 30, "conflict"), (31, 20, 20, None)]
    assert found["prednisone"][1].source == "MedicationRequest/1 MedicationRequest/2"
    assert report.total("kept") == 3


def test_references_of_a_transaction_bundle(tmp_path):
    """A bundle refers to its patient by fullUrl, whose uuid is not the patient's id."""
    record = observation(1, "creatinine", valueQuantity=quantity(1, "mg/dL")) | {
        "subject": {"reference": "urn:uuid:abc"}
    }
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [{"fullUrl": "urn:uuid:o", "resource": record}, {"fullUrl": "urn:uuid:abc", "resource": patient()}]}  # fmt: skip
    (tmp_path / "b.json").write_text(json.dumps(bundle, indent=1), encoding="utf-8")
    loaded(tmp_path / "b.json", tmp_path / "b.duckdb")
    assert facts(tmp_path / "b.duckdb")["creatinine"][0].source == "Observation/1"


def test_a_bundle_too_large_to_be_held_is_split(tmp_path, monkeypatch):
    """law: read in parts, a bundle gives what it gives as a whole."""
    entries = [{"resource": patient()}] + [
        {"resource": observation(i, "creatinine", valueQuantity=quantity(i / 10, "mg/dL"), note=[{"text": 'a "}]{" b\\'}])} for i in range(300)
    ]  # fmt: skip
    path = tmp_path / "b.json"
    path.write_text(
        json.dumps({"resourceType": "Bundle", "type": "searchset", "meta": {"tag": []}, "entry": entries, "link": []}),
        encoding="utf-8",
    )
    loaded(path, tmp_path / "whole.duckdb")
    monkeypatch.setattr(fhir_pieces, "WHOLE_BUNDLE", 5_000)
    monkeypatch.setattr(fhir_pieces, "PIECE", 3_000)
    loaded(path, tmp_path / "split.duckdb")
    assert all_facts(tmp_path / "split.duckdb") == all_facts(tmp_path / "whole.duckdb")


def test_lines_by_column_and_one_by_one_agree(tmp_path, monkeypatch):
    """law: the quick way for plain lines and the reading of single resources give the same store and report."""
    records = [patient()] + [
        observation(i, "creatinine" if i % 3 else "nothing", valueQuantity=quantity(i / 7, ("mg/dL", "umol/L", "bananas")[i % 5 % 3]),
                    effectiveDateTime=f"20{i % 20 + 10}-0{i % 9 + 1}-11", **({"referenceRange": [{"high": quantity(3, "mg/dL")}]} if i % 4 else {}))
        for i in range(400)
    ] + [about("Encounter", i, status="finished", period={"start": "2020-01-01"}) | {"class": {"code": "AMB"}} for i in range(50)]  # fmt: skip
    observations = ndjson(tmp_path / "a.ndjson", *records[1:401], patient(), *records[401:])
    reports = []
    for worth, into in ((0, tmp_path / "columns.duckdb"), (10**12, tmp_path / "single.duckdb")):
        monkeypatch.setattr(fhir_files, "WORTH_COLUMNS", worth)
        reports.append(loaded(observations, into).lines)
    assert all_facts(tmp_path / "columns.duckdb") == all_facts(tmp_path / "single.duckdb")
    assert [x for x in reports[0] if x.kind != "set_aside"] == [x for x in reports[1] if x.kind != "set_aside"]


def test_gzip_and_several_processes_give_the_same_store(tmp_path, monkeypatch):
    """law: how a file is packed and how many read it does not change what it says."""
    records = [patient(f"p{i}") for i in range(40)] + [
        observation(i, "creatinine", subject={"reference": f"Patient/p{i % 40}"}, valueQuantity=quantity(i % 50 / 10, "mg/dL")) for i in range(2000)
    ]  # fmt: skip
    plain = ndjson(tmp_path / "a.ndjson", *records)
    packed = tmp_path / "b.ndjson.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    loaded(plain, tmp_path / "a.duckdb")
    loaded(packed, tmp_path / "b.duckdb")
    monkeypatch.setattr(fhir_pieces, "PIECE", 50_000)
    monkeypatch.setattr("trialwright.population.load._SMALL", 0)
    loaded(plain, tmp_path / "c.duckdb", jobs=2)
    assert all_facts(tmp_path / "a.duckdb") == all_facts(tmp_path / "b.duckdb") == all_facts(tmp_path / "c.duckdb")
