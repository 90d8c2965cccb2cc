"""Where the oracle files are, and how they are read; tests that need them skip with a reason when they are absent."""

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from trialwright.analysis.kinetics.profiles import Profiles, build_profiles
from trialwright.analysis.kinetics.samples import from_values

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "kinetics"

Rows = list[dict[str, str]]


@pytest.fixture(scope="session")
def oracle_path() -> Callable[[str], Path]:
    """The path of one oracle file under data/kinetics."""

    def find(name: str) -> Path:
        path = DATA / name
        if not path.exists():
            pytest.skip(f"the oracle file {name} is not in this checkout (../shared is absent)")
        return path

    return find


@pytest.fixture(scope="session")
def oracle(oracle_path: Callable[[str], Path]) -> Callable[[str], Rows]:
    """A reader of one oracle file by its path under data/kinetics."""

    def read(name: str) -> Rows:
        with oracle_path(name).open(encoding="utf-8") as file:
            return list(csv.DictReader(file))

    return read


@pytest.fixture(scope="session")
def profiles_of(oracle: Callable[[str], Rows]) -> Callable[..., Profiles]:
    """Profiles from an input file; time column named Time or time."""

    def build(name: str, dose: float | None = None) -> Profiles:
        rows = oracle(f"nca_pknca/{name}_input.csv")
        time = "Time" if "Time" in rows[0] else "time"
        samples = from_values(
            [r["Subject"] for r in rows], [float(r[time]) for r in rows], [float(r["conc"]) for r in rows]
        )
        profiles, _ = build_profiles(samples)
        return with_dose(profiles, dose)

    return build


def with_dose(profiles: Profiles, dose: float | None) -> Profiles:
    """The same profiles with one dose for all."""
    return replace(profiles, dose=np.full(len(profiles), np.nan if dose is None else dose))
