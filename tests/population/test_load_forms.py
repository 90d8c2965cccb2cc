"""Oracle: law (the same records as FHIR, OMOP and flat CSV are the same facts)."""
# ruff: noqa: E501 - inputs and what they mean stand side by side

import datetime as dt
import zipfile

import duckdb
import pytest
from load_help import (
    LOINC,
    OWN,
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

from trialwright.population import open_population

EXTRACTED = dt.date(2026, 6, 30)
LIMITS = {"referenceRange": [{"low": quantity(0.6, "mg/dL"), "high": quantity(1.1, "mg/dL")}]}
DOSE = {"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d", "boundsPeriod": {"start": "2026-01-01", "end": "2026-01-30"}}},
        "route": coded("26643006", SNOMED), "doseAndRate": [{"doseQuantity": {"value": 2, "unit": "tablet"}}]}  # fmt: skip
FHIR = [
    patient("1"),
    patient("2", birthDate="1990-03", gender="male", deceasedDateTime="2026-05-05"),
    observation(1, "x", name="1", code=coded("2160-0", LOINC), valueQuantity=quantity(1.3, "mg/dL"), **LIMITS) | {"subject": {"reference": "Patient/1"}},
    observation(2, "x", code=coded("5130-0", LOINC), valueQuantity=quantity(10, "[IU]/mL", comparator="<")) | {"subject": {"reference": "Patient/1"}},
    observation(3, "x", code=coded("31348-6", LOINC), valueCodeableConcept={"text": "Positive"}) | {"subject": {"reference": "Patient/2"}},
    observation(4, "sledai_2k_total", valueQuantity={"value": 12}) | {"subject": {"reference": "Patient/1"}},
    about("Condition", 5, "1", code=coded("55464009", SNOMED), onsetDateTime="2019-04-01", abatementDateTime="2025-01-01"),
    about("MedicationRequest", 6, "1", status="completed", intent="order", medicationCodeableConcept=coded("312617", RXNORM, "prednisone 5 MG Oral Tablet"), dosageInstruction=[DOSE]),
]  # fmt: skip
CSV = """concept,person,date,end,value,unit,low,high,status,route
birth,1,1980-05-17,,,,,,,
sex,1,1980-05-17,,F,,,,,
birth,2,1990-03,,,,,,,
sex,2,1990-03,,male,,,,,
death,2,2026-05-05,,,,,,,
http://loinc.org|2160-0,1,2026-03-01,,1.3,mg/dL,0.6,1.1,,
anti_dsdna,1,2026-03-01,,<10,[IU]/mL,,,present,
LOINC|31348-6,2,2026-03-01,,positive,,,,,
sledai_2k_total,1,2026-03-01,,12,,,,,
SNOMED|55464009,1,2019-04-01,2025-01-01,,,,,present,
prednisone,1,2026-01-01,2026-01-30,10,mg/d,,,,oral
"""
TABLES = {
    "person": ("person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth", ["1,8532,1980,5,17", "2,8507,1990,3,"]),
    "death": ("person_id,death_date", ["2,2026-05-05"]),
    "concept": ("concept_id,concept_name,vocabulary_id,concept_code", [
        "101,Creatinine,LOINC,2160-0", "102,dsDNA Ab,LOINC,5130-0", "103,dsDNA Ab presence,LOINC,31348-6", "104,SLEDAI,None,none",
        "105,SLE child,SNOMED,999001", "106,SLE,SNOMED,55464009", "107,prednisone 5 MG Oral Tablet,RxNorm,312617", "108,mg/dL,UCUM,mg/dL",
        "109,IU/mL,UCUM,[IU]/mL", "110,Positive,SNOMED,10828004", "111,Oral,SNOMED,26643006", "112,mg,UCUM,mg", "113,prednisone,RxNorm,8640"]),
    "concept_ancestor": ("ancestor_concept_id,descendant_concept_id", ["106,105", "113,107", "105,105"]),
    "drug_strength": ("drug_concept_id,ingredient_concept_id,amount_value,amount_unit_concept_id", ["107,113,5,112"]),
    "condition_occurrence": ("condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_end_date", ["5,1,105,2019-04-01,2025-01-01"]),
    "drug_exposure": ("drug_exposure_id,person_id,drug_concept_id,drug_exposure_start_date,drug_exposure_end_date,quantity,days_supply,route_concept_id", ["6,1,107,2026-01-01,2026-01-30,60,30,111"]),
    "measurement": ("measurement_id,person_id,measurement_concept_id,measurement_date,measurement_datetime,operator_concept_id,value_as_number,value_as_concept_id,unit_concept_id,range_low,range_high,measurement_source_value", [
        "1,1,101,2026-03-01,2026-03-01 00:00:00,0,1.3,0,108,0.6,1.1,", "2,1,102,2026-03-01,,4171756,10,,109,,,", "3,2,103,2026-03-01,,,,110,,,,",
        "4,1,0,2026-03-01,,,12,,,,,SLE-TOTAL", "9,1,0,2026-03-01,,,12,,,,,something local"]),
    "visit_occurrence": ("visit_occurrence_id,person_id,visit_start_date", ["7,2,2026-02-01"]),
}  # fmt: skip


def written(folder):
    folder.mkdir()
    for name, (head, rows) in TABLES.items():
        (folder / f"{name.upper()}.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return folder


def mapping(tmp_path):
    path = tmp_path / "map.csv"
    path.write_text("system,code,concept\nsource_value,SLE-TOTAL,sledai_2k_total\n", encoding="utf-8")
    return path


def content(into):
    """Facts without the number and unit as recorded, which differ by form (tablets, quantity, milligrams)."""
    return [row[:11] + row[13:] for row in all_facts(into)]


@pytest.fixture
def fhir(tmp_path):
    loaded(ndjson(tmp_path / "a.ndjson", *FHIR), tmp_path / "fhir.duckdb", extracted=EXTRACTED)
    return content(tmp_path / "fhir.duckdb")


def test_flat_csv_says_what_fhir_says(tmp_path, fhir):
    (tmp_path / "facts.csv").write_text(CSV, encoding="utf-8-sig")
    report = loaded(tmp_path / "facts.csv", tmp_path / "csv.duckdb", extracted=EXTRACTED)
    assert content(tmp_path / "csv.duckdb") == fhir
    assert (report.total("read"), report.total("kept")) == (11, 11)


def test_omop_says_what_fhir_says(tmp_path, fhir, book_with_map):
    report = loaded(written(tmp_path / "omop"), tmp_path / "omop.duckdb", extracted=EXTRACTED, book=book_with_map)
    assert content(tmp_path / "omop.duckdb") == fhir
    assert reasons(report) == {"visit_occurrence (holds no facts that are used)": 1}
    assert [(x.item, x.count) for x in report.of("unmapped")] == [("source_value|something local", 1)]


@pytest.fixture
def book_with_map(tmp_path):
    from trialwright.catalog import load_catalog
    from trialwright.population.codebook import codebook_of, read_mapping

    return codebook_of(load_catalog(), read_mapping(mapping(tmp_path)))


def test_omop_in_every_container_is_the_same(tmp_path, book_with_map):
    folder = written(tmp_path / "omop")
    con = duckdb.connect(str(tmp_path / "site.duckdb"))
    parquet = tmp_path / "parquet"
    parquet.mkdir()
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"data/{path.name}")
            con.execute(f"CREATE TABLE {path.stem} AS SELECT * FROM read_csv('{path}')")
            con.execute(f"COPY {path.stem} TO '{parquet / path.stem.lower()}.parquet'")
    con.close()
    stores = []
    for i, source in enumerate((folder, tmp_path / "site.zip", parquet, tmp_path / "site.duckdb")):
        loaded(source, tmp_path / f"{i}.duckdb", extracted=EXTRACTED, book=book_with_map)
        stores.append(all_facts(tmp_path / f"{i}.duckdb"))
    assert stores[0] == stores[1] == stores[2] == stores[3]


def test_codes_above_are_found_through_relationships_where_there_are_no_ancestors(tmp_path, fhir, book_with_map):
    folder = written(tmp_path / "omop")
    (folder / "CONCEPT_ANCESTOR.csv").write_text("ancestor_concept_id,descendant_concept_id\n", encoding="utf-8")
    related = "concept_id_1,concept_id_2,relationship_id,invalid_reason\n105,106,Is a,\n107,113,RxNorm has ing,\n106,105,Subsumes,\n"
    (folder / "CONCEPT_RELATIONSHIP.csv").write_text(related, encoding="utf-8")
    loaded(folder, tmp_path / "omop.duckdb", extracted=EXTRACTED, book=book_with_map)
    assert content(tmp_path / "omop.duckdb") == fhir


def test_observed_periods(tmp_path, book_with_map):
    """OMOP's own where they are there (the last unbroken one), else from the first record to the extraction."""
    folder = written(tmp_path / "omop")
    rows = ["1,1,2015-01-01,2016-01-01", "2,1,2020-01-01,2022-01-01", "3,1,2022-01-02,2026-06-01"]
    (folder / "observation_period.csv").write_text("observation_period_id,person_id,observation_period_start_date,observation_period_end_date\n" + "\n".join(rows) + "\n", encoding="utf-8")  # fmt: skip
    loaded(folder, tmp_path / "a.duckdb", extracted=EXTRACTED, book=book_with_map)
    with open_population(tmp_path / "a.duckdb") as population:
        first, second = population.record("1"), population.record("2")
    assert first.observed["condition"] == (
        (dt.date(2020, 1, 1) - dt.date(1970, 1, 1)).days,
        (dt.date(2026, 6, 1) - dt.date(1970, 1, 1)).days,
    )
    assert second.observed["drug"] == (
        (dt.date(2026, 2, 1) - dt.date(1970, 1, 1)).days,
        (EXTRACTED - dt.date(1970, 1, 1)).days,
    )


def test_the_flat_form_keeps_what_it_can_and_says_the_rest(tmp_path):
    text = (
        "Date;Person;Concept;Value;Status;Source\n2026-01-01;p1;creatinine;1,2;;lab-1\n2026-01-01;p1;urine_protein_dipstick;1+;;\n"
        "2026-01-01;p1;ana;1:160;;\n2026-01-01;p1;systemic_lupus_erythematosus;;absent;\n2020;p1;epilepsy;;possible;\n"
        "soon;p1;creatinine;1;;\n;p1;creatinine;1;;\n2026-01-01;;creatinine;1;;\n2026-01-01;p1;creatinin;1;;\n2026-01-01;p1;epilepsy;;perhaps;\n"
    )
    (tmp_path / "facts.csv").write_text(text, encoding="utf-8")
    (tmp_path / "persons.csv").write_text(
        "person,site,observed_from,observed_to\np1,Ulm,2019-01-01,2026-05-01\n", encoding="utf-8"
    )
    report = loaded([tmp_path / "facts.csv", tmp_path / "persons.csv"], tmp_path / "a.duckdb")
    found = facts(tmp_path / "a.duckdb")
    assert (found["creatinine"][0].lower, found["creatinine"][0].source) == (1.2, "lab-1")
    assert found["urine_protein_dipstick"][0].categories == {"1+"}
    assert found["ana"][0].lower == 160
    assert found["systemic_lupus_erythematosus"][0].present is False
    assert found["epilepsy"][0].certain is False
    assert reasons(report) == {
        "bad date": 1, "no date": 1, "no person": 1, "unknown status": 1, "person row (site and observed period are used)": 1,
    }  # fmt: skip
    assert [(x.item, x.count) for x in report.of("unmapped")] == [(f"{OWN}|creatinin", 1)]
    with open_population(tmp_path / "a.duckdb") as population:
        assert population.person("p1")[1:] == ("Ulm", 17897, 20574)
