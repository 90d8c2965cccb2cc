# pair: dose statements as registries print them, in our own words, beside the cells that they mean.
"""Dose levels out of free text."""

import pytest

from trialwright.registry.doses import read_doses, with_doses
from trialwright.registry.records import Intervention, Record

TEXTS = [
    ("10x106 CAR+ T cells as the back up dose ,20x106 CAR+ T cells as the starting dose 、40x106 CAR+ T cells",
     [(1e7, None, "backup"), (2e7, None, "start"), (4e7, None, "level")]),
    ("80x106(or 120 x106CAR+ T cells)", [(8e7, None, "level"), (1.2e8, None, "level")]),
    ("a dose of 2×10\\^6/kg or 2×10\\^8 CAR-T cells", [(2e6, "kg", "level"), (2e8, None, "level")]),
    ("5.0 e5/ kg, then 10e6/kg", [(5e5, "kg", "level"), (1e6, "kg", "level")]),
    ("groups (2 × 107/kg, 4 × 107/kg)", [(2e7, "kg", "level"), (4e7, "kg", "level")]),
    ("doses of 0.5, 1.0 and 2.0 × 10^6 cells/kg", [(5e5, "kg", "level"), (1e6, "kg", "level"), (2e6, "kg", "level")]),
    ("1-3×10⁶ CAR T cells/kg", [(1e6, "kg", "level"), (3e6, "kg", "level")]),
    ("100 million CAR-T cells", [(1e8, None, "level")]),
    ("5E7 CAR-positive cells", [(5e7, None, "level")]),
    ("dose level -1: 1x10^6 cells/kg; dose level 1, 3x10^6 cells/kg", [(1e6, "kg", "backup"), (3e6, "kg", "level")]),
    ("platelets of 50 × 10^9/L before the dose", []),
    ("5×10^13 vg/kg of a vector", []),
    ("1000 mg/m2 cyclophosphamide per dose", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_doses(text, expected):
    assert [(level.value, level.per, level.role) for level in read_doses(text)] == expected


def test_an_alternative_is_marked_and_the_place_is_that_of_the_number():
    text = "40x106 cells and 80x106(or 120 x106 CAR+ T cells)"
    levels = read_doses(text)
    assert [level.alternative for level in levels] == [False, False, True]
    assert [text[span.start : span.start + 3] for level in levels for span in level.spans] == ["40x", "80x", "120"]


def test_one_dose_in_two_fields_is_one_level_and_a_missing_one_is_a_finding():
    record = with_doses(Record(
        detailed_description="10x106 cells as back-up dose, 20x106 cells as starting dose, 40x106 cells. A 3+3 design.",
        interventions=(Intervention("cells", None, "20x106 CAR+ T cells or 40x106 CAR+ T cells"),),
    ))  # fmt: skip
    assert [(level.value, level.role, len(level.spans)) for level in record.dose_levels] == [
        (1e7, "backup", 1), (2e7, "start", 2), (4e7, "level", 2)]  # fmt: skip
    assert record.dose_design == "3+3"
    assert any("names doses" in finding.message for finding in record.findings)


@pytest.mark.parametrize(("words", "design"), [
    ("a BOIN design", "boin"), ("BOIN12", "boin12"), ("an i3+3 plan", "i3+3"), ("the keyboard method", "keyboard"),
    ("continual reassessment method", "crm"), ("rolling 6", "rolling-six"), ("mTPI-2", "mtpi2"), ("dose finding", None),
])  # fmt: skip
def test_escalation_design(words, design):
    assert with_doses(Record(brief_summary=words)).dose_design == design
