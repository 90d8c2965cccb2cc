"""Oracle: pair (a comparison in our own words, its kind, operator, values and unit)."""

from __future__ import annotations

import pytest
from formal_help import readings

CASES = [
    ("age over 18", ("age", ">", ("18",), "")),
    ("18 years of age or older", ("age", ">=", ("18",), "years")),
    ("Women 20-40 years old", ("age", "between", ("20", "40"), "years")),
    ("Age 8yr-17yrs", ("age", "between", ("8", "17"), "years")),
    ("HbA1c ≥ 7,5 %", ("value", ">=", ("7,5",), "%")),
    ("Neutrophils > 1.5 * 109/L", ("value", ">", ("1.5",), "10*9/L")),
    ("WBC 3,000/uL or more", ("value", ">=", ("3,000",), "/uL")),
    ("ASA class I, II or III", ("value", "in", ("i", "ii", "iii"), "")),
    ("pain score </= 3", ("value", "<=", ("3",), "")),
    ("AST ≤3.0 ULN", ("value", "<=", ("3.0",), "")),
    ("for at least 6 months", ("time", ">=", ("6",), "months")),
    ("prednisone ≥ 10 mg/day", ("dose", ">=", ("10",), "mg/d")),
    ("Hemoglobin = 9 g/dL", ("value", "=?", ("9",), "g/dL")),
    ("creatinine clearance ≥ 50 ML/min", ("value", ">=", ("50",), "mL/min")),
    ("BMI between 18.5 and 30 kg/m2", ("value", "between", ("18.5", "30"), "kg/m2")),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=range(len(CASES)))
def test_readings(text: str, expected: tuple[str, str, tuple[str, ...], str]) -> None:
    found = [(r.kind, r.op, r.values, r.unit) for r in readings(text)]
    assert found == [expected]


@pytest.mark.parametrize("text", ["COVID-19 infection", "phase 1-2 trial", "at 22:00-6:00", "version 10 or higher"])
def test_numbers_that_are_names(text: str) -> None:
    assert [r for r in readings(text) if r.kind in ("age", "value")] == []
