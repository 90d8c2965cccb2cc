"""Plain English, read aloud.  Oracle: snapshot (for people), with the small catalog."""

import pytest
from hypothesis import HealthCheck, given, settings
from language_trees import TREES
from people import node
from small_catalog import CATALOG

from trialwright.language.describe import describe, describe_criterion
from trialwright.language.parse import parse

SAID = [
    ("sledai_2k_total >= 10", "Most recent SLEDAI-2K in the last 30 days is at least 10"),
    (
        "each member of biologic: no it within 5 half-lives before enrollment",
        "Not treated with any biologic in the 5 half-lives before enrollment, each drug with its own half-life",
    ),
    ("platelets < 50", "Most recent platelets in the last 30 days is below 50 ×10^9/L"),
    ("sledai_2k >= 6", "SLEDAI-2K is at least 6"),
    ("active(threshold: 8)", "Active disease (with threshold 8)"),
    (
        "lowest platelets < 50 10*9/L within 2 weeks before infusion",
        "Lowest platelets in the 2 weeks before infusion is below 50 ×10^9/L",
    ),
    ("not platelets < 50 10*9/L", "Most recent platelets in the last 30 days is at least 50 ×10^9/L"),
    ("age at consent between 18 and 70 years", "Age at consent is between 18 and 70 years, both included"),
    (
        "has lupus since >= 6 months before screening",
        "Systemic lupus erythematosus was first recorded at least 6 months before screening",
    ),
    ("history of malignancy", "History of malignancy"),
    ("no history of malignancy", "No history of malignancy"),
    ("has gilbert_syndrome", "History of Gilbert syndrome"),
    ("has nephritis within 4 weeks before screening", "Lupus nephritis is present in the 4 weeks before screening"),
    ("no renal_biopsy within 6 months before screening", "No kidney biopsy was done in the 6 months before screening"),
    ("has rituximab", "Ever treated with rituximab"),
    ("no rituximab within 6 months before screening", "Not treated with rituximab in the 6 months before screening"),
    ("on oral glucocorticoid", "Taking any oral glucocorticoid at screening"),
    ("not on methotrexate", "Not taking methotrexate at screening"),
    (
        "on azathioprine for >= 8 weeks before screening",
        "Treated with azathioprine for at least 8 weeks without a break up to screening"
        " (refill gaps of up to 14 days do not count)",
    ),
    (
        "dose of glucocorticoid (prednisone equivalent) >= 100 mg/day for >= 14 days within 8 weeks before screening",
        "A daily dose of glucocorticoid (in prednisone equivalents) of at least 100 mg/day for at least 14 days"
        " in a row in the 8 weeks before screening",
    ),
    (
        "dose of prednisone stable for > 2 weeks before screening within 5",
        "Daily dose of prednisone unchanged (changes of up to 5 mg/day allowed) and taken without interruption"
        " for more than 2 weeks before screening",
    ),
    (
        "highest dose of oral glucocorticoid <= 10 mg/day from screening to infusion",
        "Highest daily dose of oral glucocorticoid from screening to infusion is at most 10 mg/day",
    ),
    (
        "bilirubin <= (if has gilbert_syndrome then 3 else 2) x ULN",
        "Most recent bilirubin in the last 30 days is at most (3 if history of Gilbert syndrome, otherwise 2)"
        " times the upper limit of normal",
    ),
    ("alt <= ULN", "Most recent ALT in the last 30 days is at most the upper limit of normal"),
    (
        "creatinine > 2.5 mg/dL (221 umol/L)",
        "Most recent creatinine in the last 30 days is above 2.5 mg/dL (221 µmol/L where recorded in that unit)",
    ),
    (
        "mrss rises by >= 3 within 6 months before screening",
        "MRSS rises by at least 3 points, from the earliest value to the most recent, in the 6 months before screening",
    ),
    (
        "fvc falls by > 10 % from best",
        "Forced vital capacity falls by more than 10 % of the best (highest) earlier value,"
        " from the best (highest) earlier value to the most recent, in the last 180 days",
    ),
    (
        "any of (ana, anti_dsdna) positive",
        "Any of ANA or Anti-dsDNA is positive at the most recent test in the last 180 days",
    ),
    ("biopsy_class in (III, IV)", "Most recent ISN/RPS class in the last 180 days is III or IV"),
    (
        "no platelet_transfusion within 7 days before the platelets result",
        "No platelet transfusion was done in the 7 days before the day of the platelets result",
    ),
    (
        "days with platelets where (this < 50 10*9/L) >= 2 within 90 days before screening",
        "Number of days with platelets where the value is below 50 ×10^9/L in the 90 days before screening"
        " is at least 2",
    ),
    ("baseline creatinine <= 2 mg/dL", "Most recent creatinine in the 30 days before baseline is at most 2 mg/dL"),
    ('ask "agrees to contraception" (willingness)', 'Ask a person (willingness): "agrees to contraception"'),
    ('unsupported "index increased" ("no threshold")', 'Not decidable as written: "index increased" (no threshold)'),
    ('no restriction "male or female"', "No restriction: male or female"),
]


@pytest.mark.parametrize(("text", "english"), SAID, ids=[text for text, _ in SAID])
def test_one_line(text, english):
    """Snapshot: what a coordinator reads."""
    assert describe(parse(text), CATALOG) == english


NESTED = """
Where taking any oral glucocorticoid at screening, all of these hold (else this does not apply):
- Daily dose of oral glucocorticoid, in prednisone equivalents, at screening is at most 30 mg/day
- At least one of these holds:
  - Daily dose of oral glucocorticoid, in prednisone equivalents, at screening is at least 7.5 mg/day
  - Taking any immunosuppressant at screening
""".strip()


def test_nested():
    """Snapshot: lists are indented, and what a condition leaves out is said."""
    dose = "dose of oral glucocorticoid (prednisone equivalent)"
    text = f"if on oral glucocorticoid then {dose} <= 30 mg/day and ({dose} >= 7.5 or on immunosuppressant)"
    assert describe(parse(text), CATALOG) == NESTED
    assert describe(node(text), CATALOG) == NESTED


def test_score_and_grade():
    """Snapshot: items and rungs are a list."""
    assert describe(parse("grade (2 if platelets < 75; 1 if platelets < LLN)"), CATALOG) == (
        "The first of these that holds gives the grade, else 0:\n"
        "- Grade 2 if most recent platelets in the last 30 days is below 75 ×10^9/L\n"
        "- Grade 1 if most recent platelets in the last 30 days is below the lower limit of normal"
    )


def test_the_polarity_stands_outside():
    """Snapshot: the same sentence, included or excluded."""
    tree = parse("has malignancy or on rituximab")
    assert (
        describe_criterion("exclusion", tree, CATALOG)
        == "Excluded if history of malignancy or taking rituximab at screening"
    )
    assert describe_criterion("inclusion", tree, CATALOG).startswith("Included only if history of malignancy or")
    asked = parse('ask "agrees" (consent)')
    assert describe_criterion("inclusion", asked, CATALOG) == 'Included: ask a person (consent): "agrees"'


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(TREES)
def test_every_tree_can_be_described(tree):
    """Law: whatever parses has words."""
    assert describe(tree, CATALOG)
