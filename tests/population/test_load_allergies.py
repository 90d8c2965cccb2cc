"""Oracle: pair (FHIR R4 resources and what they say of a person, worked by hand from the FHIR R4 definitions)."""
# ruff: noqa: E501 - inputs and what they mean stand side by side

import datetime as dt

import pytest
from load_help import RXNORM, SNOMED, about, coded, facts, loaded, ndjson, patient, reasons, sample

from trialwright.language.facts import day_number


def stated(tmp_path, *records, who=None):
    source, into = ndjson(tmp_path / "a.ndjson", who or patient(), *records), tmp_path / "a.duckdb"
    report = loaded(source, into, extracted=dt.date(2026, 6, 30))
    return facts(into), report


def allergic(code, **more):
    return about("AllergyIntolerance", 1, code=code, recordedDate="2026-01-01") | more


ASPIRIN, PENICILLIN, PEANUT = (
    coded("1191", RXNORM, "Aspirin"),
    coded("91936005", SNOMED, "Allergy to penicillin"),
    coded("91935009", SNOMED, "Allergy to peanuts"),
)


@pytest.mark.parametrize(
    ("record", "certain"),
    [
        (allergic(ASPIRIN, category=["medication"], type="allergy"), True),
        (allergic(PENICILLIN, category=["medication"]), True),
        (allergic({"text": "Penicillin"}, category=["medication"]), True),
        (allergic(ASPIRIN), False),
        (allergic(coded("6902", RXNORM)), False),
        (allergic(ASPIRIN, category=["medication"], type="intolerance"), False),
        (allergic(ASPIRIN, category=["medication"], verificationStatus=coded("unconfirmed")), False),
        (allergic(PEANUT, category=["food"]), None),
        (allergic(coded("1191", RXNORM), category=["environment"]), None),
        (allergic(PEANUT), None),
        (allergic(coded("409137002", SNOMED), category=["medication"]), None),
        (allergic({"text": "No known drug allergies"}, category=["medication"]), None),
        (allergic(ASPIRIN, category=["medication"], verificationStatus=coded("refuted")), None),
        (allergic({}, category=["medication"]), None),
    ],
)
def test_an_allergy_to_a_drug_is_one_whatever_its_substance(tmp_path, record, certain):
    """None: nothing is stated of allergies to drugs; an allergy is no exposure in any case."""
    found, report = stated(tmp_path, record)
    assert [fact.certain for fact in found.get("drug_allergy", ())] == ([] if certain is None else [certain])
    assert set(found) <= {"birth", "sex", "drug_allergy"}
    assert report.total("unmapped") == (certain is None)


def test_an_allergy_that_began_at_an_age_began_then(tmp_path):
    age = {"value": 12, "unit": "a", "system": "http://unitsofmeasure.org", "code": "a"}
    found, _ = stated(tmp_path, allergic(coded("416098002", SNOMED), onsetAge=age))
    (fact,) = found["drug_allergy"]
    first, last = day_number(dt.date(1992, 5, 17)), day_number(dt.date(1993, 5, 17))
    assert first - 1 <= fact.start.first_day <= fact.start.last_day <= last + 1
    assert fact.start.last_day - fact.start.first_day > 300


def test_the_samples_hold_two_people_allergic_to_a_drug(tmp_path):
    """Counted in the files by their category; the codes are RxNorm's substances."""
    report = loaded(sample("smart_bulk_10_patients"), tmp_path / "a.duckdb")
    assert sum(line.count for line in report.of("note") if line.item == "allergy to a drug") == 2


def test_an_order_withdrawn_before_it_was_given_is_no_treatment(tmp_path):
    order = about("MedicationRequest", 1, status="cancelled", intent="order", authoredOn="2026-03-01", medicationCodeableConcept=coded("8640", RXNORM))  # fmt: skip
    found, report = stated(tmp_path, order)
    assert "prednisone" not in found
    assert reasons(report) == {"withdrawn before anything was given (status cancelled)": 1}


def test_a_gender_that_is_neither_says_nothing_of_the_sex(tmp_path):
    """FHIR's gender is administrative: nobody is spared a pregnancy test, or taken for a man, because of it."""
    found, _ = stated(tmp_path, who=patient(gender="other"))
    assert all(fact.categories is None and fact.problem is not None for fact in found["sex"])
    born = {"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex", "valueCode": "F"}
    (tmp_path / "born").mkdir()
    found, _ = stated(tmp_path / "born", who=patient(gender="other", extension=[born]))
    assert [fact.categories for fact in found["sex"]] == [{"female"}]
