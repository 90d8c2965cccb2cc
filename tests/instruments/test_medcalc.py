"""independent: kidney function as the package `medcalc` 0.4.0 (vitaldb, MIT, Python 3.12) computes it.

`medcalc.csv` holds what its functions `egfr_epi`, `mdrd_gfr` and `crcl_cockcroft_gault` gave for a grid of creatinine
(mg/dL), age, sex, weight (kg) and height (inches), printed with four digits.  The package needs a later Python than
this project, so that its results are kept rather than the package installed.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from trialwright.scoring import score

TABLE = Path(__file__).with_name("medcalc.csv")


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["ckd_epi_2021", "mdrd", "cockcroft_gault"])
def test_kidney_function_agrees_with_medcalc(name: str) -> None:
    """independent: every row, to half of the last digit that the table prints."""
    chosen = [row for row in rows() if row["instrument"] == name]
    assert len(chosen) >= 48
    for row in chosen:
        given: dict[str, Any] = {"creatinine": {"value": float(row["creatinine"]), "unit": "mg/dL"}}
        given |= {"age": int(row["age"]), "sex": row["sex"]}
        parameters: dict[str, Any] = {}
        if row["weight"]:
            given |= {"weight": float(row["weight"]), "height": round(float(row["height_in"]) * 2.54, 6)}
            parameters["weight_used"] = "adjusted_body_weight"
        if row["black"] == "yes":
            parameters["race_factor"] = "1.212"
        assert score(name, given, parameters=parameters).score == pytest.approx(float(row["expected"]), abs=6e-5), row
