"""The fourteen rules of meaning, one test or more each, by number.  Oracle: published (the design, section 3)."""

from decimal import Decimal

import pytest
from people import code, drug, fact, lab, node, number, person, result, said
from small_catalog import CATALOG

from trialwright.language import nodes as n
from trialwright.language.expand import expand
from trialwright.language.interpret import decide
from trialwright.language.parse import parse
from trialwright.language.values import OUT_OF_RECORD, REASONS

YES, NO, MAYBE = "age >= 0", "age < 0", 'ask "q" (judgement)'
WHO = person(fact("birth", "1980-01-01"))
ASKED = "needs_person"


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [
        (YES, YES, True, True),
        (YES, NO, False, True),
        (YES, MAYBE, ASKED, True),
        (NO, NO, False, False),
        (NO, MAYBE, False, ASKED),
        (MAYBE, MAYBE, ASKED, ASKED),
    ],
)
def test_rule_01_three_values(a, b, both, either):
    """Published: strong Kleene tables (Kleene 1952, section 64)."""
    for left, right in ((a, b), (b, a)):
        assert said(f"({left}) and ({right})", WHO) == both
        assert said(f"({left}) or ({right})", WHO) == either
    assert said(f"not ({a})", WHO) == {YES: False, NO: True, MAYBE: ASKED}[a]


@pytest.mark.parametrize(
    ("condition", "then", "otherwise", "expected"),
    [
        (YES, NO, YES, False),
        (NO, NO, YES, True),
        (MAYBE, YES, YES, True),  # they agree
        (MAYBE, NO, NO, False),
        (MAYBE, YES, NO, ASKED),
        (NO, NO, None, True),  # not applicable
        (MAYBE, YES, None, True),
        (MAYBE, NO, None, ASKED),
        (YES, MAYBE, None, ASKED),
    ],
)
def test_rule_01_if_then_else(condition, then, otherwise, expected):
    """Published: the common value where the condition is unknown; without else, met where it does not hold."""
    text = f"if {condition} then {then}" + (f" else {otherwise}" if otherwise else "")
    assert said(text, WHO) == expected


def test_rule_01_not_applicable_is_marked():
    """Published: met and marked; the mark is lost under a negation and in a mixed conjunction."""
    text = f"if {NO} then {NO}"
    assert result(text, WHO).not_applicable
    assert not result(f"not ({text})", WHO).not_applicable
    assert not result(f"({text}) and {YES}", WHO).not_applicable
    assert result(f"({text}) and ({text})", WHO).not_applicable


def test_rule_02_an_unknown_has_all_its_reasons():
    """Published: the reasons of an unknown are those of its unknown parts, a decided truth has none."""
    who = person(lab("platelets", "2024-01-01", 80), lab("creatinine", "2025-01-20", None), infusion=None)
    text = "platelets > 50 10*9/L and creatinine < 2 mg/dL and no renal_biopsy before infusion and alt < 50 U/L"
    assert result(text, who).reasons == {"stale", "unit_mismatch", "not_yet", "no_data"}
    assert result(f"({text}) and has malignancy", who).reasons == frozenset()
    assert result(text, who).reasons <= set(REASONS)


def test_rule_03_absence_is_no_only_where_the_source_observes():
    """Published: observed domain and period: no, flagged; otherwise unknown."""
    text = "has malignancy within 1 year before screening"
    observed = result(text, person())
    assert (observed.state, observed.notes) == (False, {"absence"})
    assert said(text, person(observed=())) == "no_data"
    assert said(text, person(since="2024-06-01")) == "no_data"  # the window reaches behind the observation
    assert result("has malignancy", person(since="2024-06-01")).notes == {"absence", "ever"}


def test_rule_03_a_stated_absence_and_a_contradiction():
    """Published: a stated absence says no by itself; with a record of the condition it is a conflict."""
    refuted = fact("malignancy", "2025-01-10", present=False)
    assert said("has malignancy", person(refuted, observed=())) is False
    assert (
        said("has malignancy", person(refuted, fact("malignancy", "2024-01-01", ""), observed=())) == "conflict no_data"
    )


def test_rule_03_measurements_are_never_inferred():
    """Published: nothing measured is unknown, whatever the source observes."""
    everything = ("condition", "drug", "procedure", "measurement", "observation")
    assert said("platelets < 50 10*9/L", person(observed=everything)) == "no_data"
    assert said("count of pregnancy_test where (this is positive) >= 1", person(observed=everything)) == "no_data"


def test_rule_04_windows_hang_on_named_instants():
    """Published: projected anchors are flagged, later ones defer, and a fact selected nearby can be the anchor."""
    who = person(enrollment="2025-01-31", projected=("enrollment",), infusion=None)
    assert result("no renal_biopsy within 7 days before enrollment", who).notes >= {"projected"}
    assert said("no renal_biopsy within 28 days after infusion", who) == "not_yet"
    given = fact("platelet_transfusion", "2025-01-04")
    supported = "no platelet_transfusion within 7 days before the platelets result"
    assert said(supported, person(given, lab("platelets", "2025-01-10", 90))) is False
    assert said(supported, person(given, lab("platelets", "2025-01-20", 90))) is True
    assert said(supported, person(given)) == "no_data"


def test_rule_04_clock_hours():
    """Published: a window in hours compares minutes, a date without a time is a day of 24 hours."""
    text = "no renal_biopsy within 48 hours before lymphodepletion"
    dose = "2025-02-10 08:00"
    assert said(text, person(fact("renal_biopsy", "2025-02-08 07:59"), lymphodepletion=dose)) is True
    assert said(text, person(fact("renal_biopsy", "2025-02-08 08:00"), lymphodepletion=dose)) is False
    assert said(text, person(fact("renal_biopsy", "2025-02-08"), lymphodepletion=dose)) == "partial_date"
    assert said(text, person(fact("renal_biopsy", "2025-02-09"), lymphodepletion=dose)) is False


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("", (50, 50)),
        ("latest", (50, 50)),
        ("earliest", (80, 80)),
        ("lowest", (40, 40)),
        ("highest", (80, 80)),
        ("mean", (56.666667, 56.666667)),
    ],
)
def test_rule_05_selection(rule, expected):
    """Published: the latest counts unless another is said."""
    who = person(
        lab("platelets", "2025-01-05", 80), lab("platelets", "2025-01-10", 40), lab("platelets", "2025-01-20", 50)
    )
    assert number(f"{rule} platelets + 0", who) == expected


def test_rule_05_ties_and_nulls():
    """Published: same-time values stand together; a null latest value does not give way to an older one."""
    tie = person(lab("platelets", "2025-01-20", 80), lab("platelets", "2025-01-20", 120))
    assert number("platelets + 0", tie) == (80, 120)
    assert said("platelets >= 75 10*9/L", tie) is True
    assert said("platelets >= 100 10*9/L", tie) == "conflict"
    null = person(lab("platelets", "2025-01-10", 80), lab("platelets", "2025-01-20", None))
    assert said("platelets >= 75 10*9/L", null) == "unit_mismatch"


def test_rule_05_partial_dates_leave_candidates():
    """Published: a fact that could be the latest is a candidate."""
    who = person(lab("platelets", "2025-01-10", 80), lab("platelets", "2025-01", 50))
    assert number("platelets + 0", who) == (50, 80)
    assert said("platelets >= 75 10*9/L", who) == "partial_date"
    assert said("platelets >= 45 10*9/L", who) is True


def test_rule_06_quantities_carry_units():
    """Published: exact conversion, molar by the mass of the concept; ULN of the record; censored values."""
    assert node("creatinine > 88.4 umol/L").right.value == Decimal("88.4") * Decimal("113.12") / 10000
    assert node("platelets >= 75000 /uL").right.value == 75
    assert said("alt <= 3 x ULN", person(lab("alt", "2025-01-20", 119, high_normal=40))) is True
    assert said("platelets < LLN", person(lab("platelets", "2025-01-20", 140))) is True
    censored = person(lab("hbv_dna", "2025-01-20", "<20"))
    assert said("hbv_dna < 20 [IU]/mL", censored) is True
    assert said("hbv_dna < 10 [IU]/mL", censored) == "censored"
    assert said("hbv_dna >= 20 [IU]/mL", censored) is False


def test_rule_07_scores_and_grades_are_intervals():
    """Published: items unknown leave [lower, upper]; a comparison decides when it lies on one side."""
    who = person(code("anti_dsdna", "2025-01-20", "positive"), lab("anti_dsdna", "2025-01-10", 0))
    assert number("sledai_2k", who)[1] - number("sledai_2k", who)[0] > 0
    joints = person(lab("swollen_joints", "2025-01-20", 3))
    assert number("sledai_2k", joints) == (4, 9)
    assert said("sledai_2k >= 4", joints) is True
    assert said("sledai_2k >= 10", joints) is False
    assert said("sledai_2k >= 6", joints) == "no_data"


def test_rule_07_a_total_that_the_items_contradict():
    """Published: unknown for conflict between what either says."""
    who = person(lab("swollen_joints", "2025-01-20", 3), lab("sledai_2k_total", "2025-01-20", 2))
    assert said("sledai_2k >= 3", who) == "conflict"
    assert said("sledai_2k >= 2", who) is True
    assert said("sledai_2k >= 10", who) is False


def test_rule_08_partial_dates_are_intervals():
    """Published: a day is never invented."""
    text = "has renal_biopsy within 29 days before screening"
    assert said(text, person(fact("renal_biopsy", "2025-01"))) == "partial_date"
    assert said("has renal_biopsy within 30 days before screening", person(fact("renal_biopsy", "2025-01"))) is True
    assert said(text, person(fact("renal_biopsy", "2024"))) is False
    assert said("age >= 18", person(fact("birth", "2007"))) == "partial_date"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mrss rises by >= 3 points", True),  # 20 to 23
        ("mrss rises by > 3 points", False),
        ("mrss rises by >= 5 points from best", True),  # 18 to 23
        ("mrss rises by >= 5 points from previous", True),
        ("mrss rises by >= 3 points from baseline", "not_yet"),
        ("mrss falls by >= 1 points", False),
        ("mrss rises by >= 15 %", True),  # 3 of 20
        ("mrss rises by > 15 %", False),
    ],
)
def test_rule_09_change_says_from_what_to_what(text, expected):
    """Published: earliest, best, previous or baseline; absolute or relative; bounds as written."""
    who = person(lab("mrss", "2024-10-01", 20), lab("mrss", "2024-12-01", 18), lab("mrss", "2025-01-20", 23))
    assert said(text, who) == expected


def test_rule_09_one_value_is_no_change():
    """Published: change needs two values; baseline X is the same reference at another anchor."""
    one = person(lab("mrss", "2025-01-20", 23), baseline="2024-12-10")
    assert said("mrss rises by >= 3 points", one) == "no_data"
    two = person(lab("mrss", "2024-12-01", 18), lab("mrss", "2025-01-20", 23), baseline="2024-12-10")
    assert number("mrss - baseline mrss", two) == (5, 5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dose of glucocorticoid (prednisone equivalent) >= 33 mg/day", True),  # 20 + 2 x 6.67
        ("highest dose of prednisone within 8 weeks before screening = 40 mg/day", True),
        ("dose of prednisone >= 40 mg/day for >= 14 days within 8 weeks before screening", True),
        ("dose of prednisone >= 40 mg/day for >= 15 days within 8 weeks before screening", False),
        ("dose of prednisone stable for >= 30 days before screening", True),
        ("dose of prednisone stable for >= 31 days before screening", False),
        ("range dose of prednisone <= 20 mg/day within 8 weeks before screening", True),
        ("on oral glucocorticoid", True),
        ("on intravenous glucocorticoid", False),
    ],
)
def test_rule_10_exposure_is_a_timeline(text, expected):
    """Published: the daily dose summed in equivalents; longest run, highest, range and stability over it."""
    who = person(
        drug("prednisone", "2024-12-18", "2024-12-31", 40),
        drug("prednisone", "2025-01-01", "2025-02-28", 20),
        drug("dexamethasone", "2025-01-30", "2025-02-28", 2),
        drug("prednisone", "2024-10-01", "2024-12-17", 20),
    )
    assert said(text, who) is expected


def test_rule_11_what_cannot_be_computed_is_still_there():
    """Published: an ask is unknown until answered, unsupported stays unknown, and none counts as met."""
    assert said('ask "cause" (judgement)', person()) == "needs_person"
    assert said('unsupported "index increased"', person()) == "unsupported"
    answered = person(answers={"cause": True, "grade": 3.0, "asked_only": None})
    assert said('ask "cause" (judgement)', answered) is True
    assert said('ask grade "which grade" (look_up, number) >= 3', answered) is True
    assert said('ask asked_only "cause" (judgement)', answered) == "needs_person"
    open_list = 'has malignancy or ask "another severe disease" (judgement)'
    assert said(open_list, person()) == "needs_person"
    assert said(open_list, person(fact("malignancy", "2020-01-01"))) is True


def test_rule_12_polarity_stays_outside_and_definitions_are_expressions():
    """Published: an exclusion is stated as registered; derived quantities are definitions with parameters."""
    who = person(fact("birth", "1985-01-01"), lab("weight", "2025-01-20", 72), lab("creatinine", "2025-01-20", 1.0))
    assert number("clearance", who) == (100, 100)
    assert said("clearance >= 60 mL/min", who) is True
    assert said("active", person(lab("sledai_2k_total", "2025-01-20", 6))) is True
    assert said("active(threshold: 10)", person(lab("sledai_2k_total", "2025-01-20", 6))) is False


def test_rule_13_leaves_name_the_facts_they_used():
    """Published: evidence is the facts of the leaves, the anchor's own fact included."""
    platelets, given = lab("platelets", "2025-01-10", 90, source="row 1"), fact("platelet_transfusion", "2025-01-04")
    other = lab("creatinine", "2025-01-10", 1)
    found = result(
        "platelets >= 75 10*9/L and no platelet_transfusion within 7 days before the platelets result",
        person(platelets, given, other),
    )
    assert found.facts == {platelets, given}


def test_rule_14_two_verdicts():
    """Published: what is unknown only for agreement or a later checkpoint is out of the verdict on the record."""
    out = ['ask "consents" (consent)', 'ask "agrees" (willingness)', "no renal_biopsy before infusion"]
    for text in out:
        assert result(text, person(infusion=None)).reasons <= OUT_OF_RECORD
    mixed = 'ask "agrees" (willingness) and platelets > 50 10*9/L'
    assert not result(mixed, person()).reasons <= OUT_OF_RECORD


def test_no_restriction_is_always_met_and_stays_visible():
    """Published: "male or female" excludes nobody."""
    assert decide(expand(parse('no restriction "male or female"'), CATALOG), person()).state is True
    assert expand(parse('no restriction "x"'), CATALOG) == n.ALWAYS
