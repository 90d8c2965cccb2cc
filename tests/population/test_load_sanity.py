"""Oracle: pair (records that cannot be, drugs without their route, and what the store and the report then say)."""

import pytest
from load_help import LOINC, RXNORM, about, coded, facts, loaded, ndjson, observation, patient, quantity

ATC = "http://www.whocc.no/atc"
UNDECIDED = "impossible value, decides nothing"
VAGUE = "route not recorded, may be a local form"
HEAD = "person,concept,date,end,value,unit,low,high,status,route,source\n"


def notes(report, kind):
    return {line.detail: line.count for line in report.of("note") if line.item == kind}


def flat(path, *rows):
    path.write_text(HEAD + "\n".join(["p1,birth,1980-05-17,,,,,,,,", *rows]) + "\n", encoding="utf-8")
    return path


def facts_of(store, concept):
    return facts(store).get(concept, ())


@pytest.mark.parametrize(
    ("concept", "value", "unit", "said"),
    [
        ("creatinine", "-3", "mg/dL", "creatinine: below 0 mg/dL"),
        ("creatinine", "<-3", "mg/dL", "creatinine: below 0 mg/dL"),
        ("spo2", "140", "%", "spo2: above 100 %"),
        ("lvef", "101", "%", "lvef: above 100 %"),
        ("hemoglobin", "120", "g/dL", "hemoglobin: above 37 g/dL"),  # grams per litre, mistaken
        ("weight", "9000", "kg", "weight: above 650 kg"),
        ("height", "1.75", "cm", "height: below 20 cm"),  # metres, mistaken
        ("temperature", "98.6", "Cel", "temperature: above 47 Cel"),  # Fahrenheit, mistaken
        ("ecog", "7", "", "ecog: above 5"),
        ("anti_dsdna", "-5", "[IU]/mL", "anti_dsdna: below 0 [IU]/mL"),
        ("prednisone", "-10", "mg/d", "prednisone: below 0 mg/d"),
    ],
)
def test_a_number_that_cannot_be_is_kept_as_recorded_and_decides_nothing(tmp_path, concept, value, unit, said):
    route = "oral" if concept == "prednisone" else ""
    path = flat(tmp_path / "a.csv", f"p1,{concept},2026-03-01,,{value},{unit},0,10,,{route},")
    report = loaded(path, tmp_path / "a.duckdb")
    assert notes(report, UNDECIDED) == {said: 1}
    (fact,) = facts_of(tmp_path / "a.duckdb", concept)
    assert (fact.lower, fact.upper, fact.problem) == (None, None, "ambiguous_text")
    assert fact.recorded == float(value.strip("<"))
    assert fact.categories == (frozenset({"oral"}) if route else None)


@pytest.mark.parametrize(
    ("concept", "value", "unit"),
    [("creatinine", "0", "mg/dL"), ("spo2", "100", "%"), ("hemoglobin", "120", "g/L"),
     ("temperature", "98.6", "[degF]"), ("creatinine", ">20", "mg/dL"),
     ("ana", "1:1280", ""), ("height", "1.75", "m"), ("creatinine", "800", "mg/dL")],
)  # fmt: skip
def test_a_number_that_can_be_is_left_alone(tmp_path, concept, value, unit):
    """An unlikely value is not an impossible one: a person weighs it, the loader does not."""
    report = loaded(flat(tmp_path / "a.csv", f"p1,{concept},2026-03-01,,{value},{unit},,,,,"), tmp_path / "a.duckdb")
    assert notes(report, UNDECIDED) == {}
    (fact,) = facts_of(tmp_path / "a.duckdb", concept)
    assert fact.lower is not None
    assert fact.problem in (None, "censored")


def test_impossible_numbers_of_fhir_are_read_the_same(tmp_path):
    records = (
        patient(),
        observation(1, "creatinine", valueQuantity=quantity(-3, "mg/dL")),
        about("Observation", 2, status="final", effectiveDateTime="2026-03-01", code=coded("2708-6", LOINC),
              valueQuantity=quantity(140, "%")),
    )  # fmt: skip
    report = loaded(ndjson(tmp_path / "a.ndjson", *records), tmp_path / "a.duckdb")
    assert notes(report, UNDECIDED)["creatinine: below 0 mg/dL"] == 1
    assert [f.problem for f in facts_of(tmp_path / "a.duckdb", "creatinine")] == ["ambiguous_text"]


def test_nobody_is_older_than_130_years_unless_dead(tmp_path):
    path = tmp_path / "a.csv"
    rows = ("p1,birth,1880-05-01,,,,,,,,", "p2,birth,1880-05-01,,,,,,,,", "p2,death,1950-05-01,,,,,,,,",
            "p3,birth,1905,,,,,,,,", "p1,creatinine,2026-03-01,,1,mg/dL,,,,,")  # fmt: skip
    path.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    report = loaded(path, tmp_path / "a.duckdb")
    aside = {line.item: (line.count, line.detail) for line in report.of("set_aside")}
    (reason,) = aside
    assert reason.startswith("born more than 130 years ago")
    assert aside[reason][0] == 1
    assert aside[reason][1].endswith("a.csv: row:2")
    assert [bool(facts(tmp_path / "a.duckdb", one).get("birth")) for one in ("p1", "p2", "p3")] == [False, True, True]


def prescribed(system, code, text, **more):
    return about("MedicationStatement", 1, status="active", effectivePeriod={"start": "2026-01-01"},
                 medicationCodeableConcept=coded(code, system, text)) | more  # fmt: skip


@pytest.mark.parametrize(
    ("system", "code", "text", "routes", "certain"),
    [
        (RXNORM, "42316", "tacrolimus", None, False),  # the ingredient: a capsule or an ointment
        (RXNORM, "198377", "tacrolimus 1 MG Oral Capsule", {"oral"}, True),
        (RXNORM, "999999999", "tacrolimus 0.001 MG/MG Topical Ointment", {"topical"}, True),
        (RXNORM, "198377", None, {"oral"}, True),  # the name stands in the catalog
        (ATC, "D11AH01", None, {"topical"}, True),
        (ATC, "L04AD02", None, None, True),  # for the whole body, by mouth or vein
    ],
)
def test_the_product_or_its_code_tells_the_route(tmp_path, system, code, text, routes, certain):
    path = ndjson(tmp_path / "a.ndjson", patient(), prescribed(system, code, text))
    report = loaded(path, tmp_path / "a.duckdb")
    (fact,) = facts_of(tmp_path / "a.duckdb", "tacrolimus")
    assert (fact.categories, fact.certain) == (frozenset(routes) if routes else None, certain)
    assert notes(report, VAGUE) == ({} if certain else {"tacrolimus": 1})


def test_eye_drops_of_cyclosporine_are_no_treatment_of_the_whole_body(tmp_path):
    drops, unclear = "p1,ATC|S01XA18,2026-01-01,,,,,,active,,", "p1,cyclosporine,2025-01-01,2025-02-01,,,,,,,"
    path = flat(tmp_path / "a.csv", drops, unclear)
    report = loaded(path, tmp_path / "a.duckdb")
    early, late = sorted(facts_of(tmp_path / "a.duckdb", "cyclosporine"), key=lambda f: f.start.lower)
    assert (late.categories, late.certain) == (frozenset({"ophthalmic"}), True)
    assert (early.categories, early.certain) == (None, False)
    assert notes(report, VAGUE) == {"cyclosporine": 1}


def test_a_drug_without_local_forms_needs_no_route(tmp_path):
    path = flat(tmp_path / "a.csv", "p1,azathioprine,2025-01-01,,100,mg/d,,,active,,")
    assert notes(loaded(path, tmp_path / "a.duckdb"), VAGUE) == {}
    assert [f.certain for f in facts_of(tmp_path / "a.duckdb", "azathioprine")] == [True]
