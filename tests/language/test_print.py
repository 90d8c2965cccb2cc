"""Printing and parsing are inverse: `parse(to_text(tree)) == tree` for every tree that can be written."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from language_trees import TREES

from trialwright.language.parse import parse
from trialwright.language.printer import to_text

EVERY_CHECK = list(HealthCheck)


@settings(max_examples=250, deadline=None, suppress_health_check=EVERY_CHECK, database=None)
@given(TREES, st.sampled_from([110, 60, 10]))
def test_what_is_printed_parses_to_the_same_tree(tree, width):
    """Law: print then parse is the identity on trees, at any width."""
    assert parse(to_text(tree, width)) == tree


@pytest.mark.long
@settings(max_examples=1500, deadline=None, suppress_health_check=EVERY_CHECK, database=None)
@given(TREES, st.sampled_from([110, 60, 10]))
def test_what_is_printed_parses_to_the_same_tree_long(tree, width):
    """Law: print then parse is the identity on trees, at any width; many trees."""
    assert parse(to_text(tree, width)) == tree


AS_WRITTEN = """
age at consent between 18 and 70 years
has systemic_lupus_erythematosus since >= 6 months before screening
sledai_2k >= 10
selena_sledai >= 8 and (if selena_sledai.serology > 0 then selena_sledai.clinical >= 6)
any of (ana, anti_dsdna, anti_sm) positive
dose of glucocorticoid stable for > 2 weeks before screening
dose of prednisone stable for >= 7 days before screening within 5 mg/day
on standard_sle_regimen for >= 8 weeks before screening
dose of glucocorticoid (prednisone equivalent) >= 100 mg/day for >= 14 days within 8 weeks before screening
each member of biologic: no it within 5 half-lives before enrollment
protein_24h > 6 g/day or creatinine > 2.5 mg/dL (221 umol/L)
bilirubin <= (if has gilbert_syndrome then 3 else 2) x ULN
cockcroft_gault >= 30 mL/min
mrss rises by >= 3 points within 6 months before screening
fvc falls by > 10 % from best within 6 months before screening
fvc falls by > 10 % or (fvc falls by > 5 % and dlco falls by > 15 %)
platelets >= 75 10*9/L and no platelet_transfusion within 7 days before the platelets result
lowest platelets < 50 10*9/L within 14 days before screening
count of pregnancy_test where (this is negative) at least 30 days apart >= 2 within 6 months before screening
days with platelets where (this < 50 10*9/L) >= 2 from after infusion to 28 days after infusion
total days of (anc < 0.5 10*9/L) bridging 2 days within 28 days after infusion >= 14 days
at least 2 of (on methotrexate, on azathioprine, has malignancy)
none of (has malignancy, on rituximab)
no history of malignancy
baseline creatinine * 1.5
baseline fvc at day_90
sledai_2k(window: 30 days) >= 10
biopsy_class in (III, IV, III+V) within 6 months before screening
height ^ 2 - 2 * (weight + -3) / 4
first known of (recorded_clearance, cockcroft_gault)
no platelet_transfusion before first car_t_infusion
inr <= ULN
ask "agrees to contraception until 6 months after infusion" (willingness)
ask severity "how severe" (judgement, number)
unsupported "index increased" ("no threshold is given")
no restriction "male or female"
score (rash: 2 if has rash; joints: 4 if count of swollen_joint >= 2 of joint) highest of (joint) recorded sledai_total
grade (2 if platelets < 75 10*9/L; 1 if platelets < 1 x LLN)
"""


@pytest.mark.parametrize("text", AS_WRITTEN.strip().splitlines())
def test_it_prints_what_a_clinician_wrote(text):
    """Pair: the same words out as in (a limit alone stands for one times that limit)."""
    assert to_text(parse(text), 200) == text.replace("1 x LLN", "LLN")


LAID_OUT = """
if on oral glucocorticoid then
    dose of oral glucocorticoid (prednisone equivalent) <= 30 mg/day
    and (dose of oral glucocorticoid (prednisone equivalent) >= 7.5 mg/day or on immunosuppressant)
""".strip()


def test_long_expressions_break_at_their_joints():
    """Snapshot: then, else, and, or begin a line; what belongs inside is indented."""
    assert to_text(parse(" ".join(LAID_OUT.split()))) == LAID_OUT
    assert to_text(parse("none of (has a_long_condition_name, has another_long_name)"), 40) == (
        "none of (\n    has a_long_condition_name,\n    has another_long_name\n)"
    )


PARENTHESES = [
    ("(a or b) and c", "(a or b) and c"),
    ("a or (b and c)", "a or (b and c)"),
    ("a or b and c", "a or (b and c)"),
    ("((a))", "a"),
    ("not (a)", "not a"),
    ("not (a or b)", "none of (a, b)"),
    ("not (x > 3)", "not x > 3"),
    ("(x + y) * 2 > 3", "(x + y) * 2 > 3"),
    ("x - (y - z) > 3", "x - (y - z) > 3"),
    ("(x - y) - z > 3", "x - y - z > 3"),
    ("(-2) ^ 2 > 3", "(-2) ^ 2 > 3"),
    ("-x ^ 2 > 3", "-x ^ 2 > 3"),
    ("2 ^ -x > 3", "2 ^ -x > 3"),
    ("if a then (if b then c else d)", "if a then if b then c else d"),
    ("if a then (if b then c) else d", "if a then (if b then c) else d"),
    ("(each member of c: has it) and a", "(each member of c: has it) and a"),
    ("each member of c: has it and a", "each member of c: has it and a"),
    ("(x at day_90) ^ 2 > 3", "x at day_90 ^ 2 > 3"),
    ("x within 5 days before screening > y", "x within 5 days before screening > y"),
    ("x within 5 days before screening > 3", "x > 3 within 5 days before screening"),
]


@pytest.mark.parametrize(("text", "printed"), PARENTHESES)
def test_parentheses_stand_where_they_must(text, printed):
    """Pair: a text and how it is printed; the meaning is the same tree."""
    assert to_text(parse(text)) == printed
    assert parse(printed) == parse(text)


def test_what_is_not_of_the_language_has_no_rule():
    """Law: the printer ends in TypeError, never in a guess."""
    with pytest.raises(TypeError, match="no rule for str"):
        to_text("platelets")
