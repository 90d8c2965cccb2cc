"""Small FHIR records and the facts that loading them gives, for the tests of the readers."""

import datetime as dt
import json
from functools import cache
from pathlib import Path

import pytest

from trialwright.catalog import load_catalog
from trialwright.population import open_population
from trialwright.population.codebook import codebook_of
from trialwright.population.load import load

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "population"
TODAY = dt.date(2026, 6, 30)
OWN = "https://trialwright.org/concepts"
LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
UCUM = "http://unitsofmeasure.org"


@cache
def book():
    return codebook_of(load_catalog())


def sample(name):
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"needs ../shared/data/population/{name}, which is not part of the repository")
    return path


def coded(concept, system=OWN, text=None):
    return {"coding": [{"system": system, "code": concept, **({"display": text} if text else {})}]}


def patient(name="p1", **more):
    return {"resourceType": "Patient", "id": name, "birthDate": "1980-05-17", "gender": "female"} | more


def about(kind, number, name="p1", **more):
    subject = "patient" if kind in {"Immunization", "AllergyIntolerance"} else "subject"
    return {"resourceType": kind, "id": str(number), subject: {"reference": f"Patient/{name}"}} | more


def observation(number, concept, **more):
    at = {} if any(key.startswith("effective") for key in more) else {"effectiveDateTime": "2026-03-01"}
    return about("Observation", number, status="final", code=coded(concept)) | at | more


def quantity(value, unit, **more):
    return {"value": value, "unit": unit, "system": UCUM, "code": unit} | more


def ndjson(path, *records):
    path.write_text("".join(json.dumps(r, separators=(",", ":")) + "\n" for r in records), encoding="utf-8")
    return path


def loaded(source, into, **options):
    """The load report and the store of a source."""
    sources = source if isinstance(source, list) else [source]
    report = load(sources, into, **({"book": book(), "today": TODAY} | options))
    counted = report.as_json()
    assert counted["read"] == counted["kept"] + counted["unmapped"] + counted["set_aside"]
    return report


def facts(into, person="p1"):
    """A person's facts by concept."""
    with open_population(into) as population:
        return dict(population.record(person).facts)


def all_facts(into):
    """Every fact of a store without its source, as comparable text."""
    with open_population(into) as population:
        return population.connection.execute(
            """SELECT p.id, c.id, t_lo, t_hi, e_lo, e_hi, v_lo, v_hi, cats, r_lo, r_hi, raw, u.text, flags, problem
            FROM facts f JOIN persons p USING (person) JOIN concepts c USING (concept)
            LEFT JOIN units u ON u.unit = f.unit
            ORDER BY ALL"""
        ).fetchall()


def reasons(report):
    return {line.item: line.count for line in report.of("set_aside")}
