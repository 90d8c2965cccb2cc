"""Independent: CQL, by the npm packages cql-execution, cql-exec-fhir and @cqframework/cql, answers the same cohorts.

True, false and null of CQL stand for met, not met and unknown, person by person on real-format FHIR data.
"""

import datetime as dt
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from trialwright.catalog import load_catalog
from trialwright.language.expand import expand
from trialwright.language.interpret import decide
from trialwright.language.parse import parse
from trialwright.population.load import load
from trialwright.population.store import open_population
from trialwright.query.screening import run
from trialwright.query.study import Criterion, Trial, at_screening

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data" / "population" / "smart_synthea_r4_ndjson"
AT = dt.date(2019, 6, 1)
COHORTS = {
    "Condition, age and latest lab": (
        "has witness_hypertension and age between 18 and 75 years and latest witness_creatinine ever < 1.5 mg/dL"
    ),
    "Drug in a window": "days from last witness_simvastatin to screening <= 730 days",
    "Negated condition": "no witness_prediabetes and latest witness_platelets ever >= 250 10*9/L",
    "Any of, with null": (
        "latest witness_creatinine ever > 1.5 mg/dL or has witness_prediabetes"
        " or latest witness_platelets ever < 200 10*9/L"
    ),
}
CODES = {
    "witness_hypertension": ("condition", "", "SNOMED", "38341003"),
    "witness_prediabetes": ("condition", "", "SNOMED", "15777000"),
    "witness_creatinine": ("measurement", "mg/dL", "LOINC", "38483-4"),
    "witness_platelets": ("measurement", "10*9/L", "LOINC", "777-3"),
    "witness_simvastatin": ("drug", "", "RxNorm", "316672"),
}
CATALOG = """
source: the codes that witness.cql names
licence: codes of SNOMED CT, LOINC and RxNorm under their own terms
version: "1"
concepts:
""" + "".join(
    f"  - id: {id}\n    label: {id.replace('_', ' ')}\n    domain: {domain}\n"
    + (f"    unit: {unit}\n" if unit else "")
    + f'    codes: {{{system}: {{"{code}": {id}}}}}\n'
    for id, (domain, unit, system, code) in CODES.items()
)

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(not DATA.exists(), reason="the FHIR sample of ../shared is not there"),
    pytest.mark.skipif(shutil.which("npm") is None, reason="Node.js and npm are not there"),
]


@pytest.fixture(scope="module")
def witness() -> dict[str, dict[str, bool | None]]:
    if not (HERE / "node_modules").exists():
        install = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"]
        done = subprocess.run(install, cwd=HERE, capture_output=True, check=False)
        if done.returncode:
            pytest.skip("the npm packages of the witness cannot be installed here")
    command = ["node", "witness.mjs", str(DATA), "2019-06-01T23:59:59.999+00:00", "2017-06-01T00:00:00.000+00:00"]
    out = subprocess.run(command, cwd=HERE, capture_output=True, check=True).stdout
    found: dict[str, dict[str, bool | None]] = json.loads(out)
    return found


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("witness")
    catalog = folder / "catalog" / "concepts"
    catalog.mkdir(parents=True)
    (catalog / "witness.yaml").write_text(CATALOG, encoding="utf-8")
    population = folder / "population.duckdb"
    load([DATA], population, catalog=[folder / "catalog"])
    return population, folder / "catalog"


def test_the_engine_gives_the_answers_of_cql_person_by_person(
    witness: dict[str, dict[str, bool | None]], store: tuple[Path, Path]
) -> None:
    population, catalog = store
    vocabulary = load_catalog(catalog)
    criteria = tuple(
        Criterion(f"I{i + 1}", "inclusion", expand(parse(text), vocabulary)) for i, text in enumerate(COHORTS.values())
    )
    screening = run(at_screening([Trial("witness", criteria)], AT), population, progress=False)
    states = {"met": True, "not met": False, "unknown": None}
    names = dict(zip((c.id for c in criteria), COHORTS, strict=True))
    answers: dict[str, dict[str, bool | None]] = {}
    for row in screening.criteria().to_pylist():
        answers.setdefault(row["person"], {})[names[row["criterion"]]] = states[row["state"]]
    assert len(witness) == 615
    assert answers == {person: {name: said[name] for name in COHORTS} for person, said in witness.items()}


def test_the_interpreter_gives_the_answers_of_cql_on_a_sample(
    witness: dict[str, dict[str, bool | None]], store: tuple[Path, Path]
) -> None:
    population, catalog = store
    vocabulary = load_catalog(catalog)
    expressions = {name: expand(parse(text), vocabulary) for name, text in COHORTS.items()}
    with open_population(population) as people:
        for person in sorted(witness)[::12]:
            record = people.record(person, at=AT)
            said = {name: decide(expression, record).state for name, expression in expressions.items()}
            assert said == {name: witness[person][name] for name in COHORTS}
