"""A synthetic cohort of 300 people, loaded from FHIR and screened for two of the four trials, once per session."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.screening.brute import Row, outcomes

from trialwright.catalog import load_catalog
from trialwright.population.load import load
from trialwright.population.synthetic import AT, write_answers, write_cohort
from trialwright.query.screening import Screening, open_run
from trialwright.screening import screen
from trialwright.screening.study import asks_of, trial_of

TRIALS = ("nct05765006", "relma-cel-ssc")


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with population.duckdb, answers.csv and the run."""
    folder = tmp_path_factory.mktemp("cohort")
    source = write_cohort(folder / "cohort", 300, 1, "fhir", AT, lupus=0.5, ssc=0.2)
    known = load_catalog()
    asks = {t: {a.id for f in asks_of(trial_of(known.protocol(t), known)).values() for a in f} for t in TRIALS}
    write_answers(folder / "answers.csv", asks, 300, 1, AT, lupus=0.5, ssc=0.2)
    load([source], folder / "population.duckdb", replace=True)
    screen(TRIALS, folder / "population.duckdb", at=AT, answers=folder / "answers.csv", out=folder / "run")
    return folder


@pytest.fixture(scope="session")
def screening(cohort: Path) -> Screening:
    return open_run(cohort / "run")


@pytest.fixture(scope="session")
def rows(screening: Screening) -> dict[str, Row]:
    """Every criterion of the second trial for everybody, by the reference interpreter."""
    return outcomes(screening, 1)
