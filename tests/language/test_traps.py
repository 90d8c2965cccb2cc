"""The 19 traps of meaning, each with a test that fails if someone falls in.

Oracle: published (the protocols' own wording, as collected with the constructs that criteria need); texts are expanded
with a small catalog and decided for people made by hand.  Unknown is written as its reasons.
"""

import pytest
from people import code, drug, fact, lab, node, number, person, result, said
from small_catalog import CATALOG

from trialwright.language.check import check
from trialwright.language.values import OUT_OF_RECORD

DOSE = "dose of oral glucocorticoid (prednisone equivalent)"


@pytest.mark.parametrize(
    ("dose", "combined", "expected"),
    [(5, True, True), (5, False, False), (40, True, False), (40, False, False), (10, False, True)],
)
def test_trap_01_exceptions_lift_only_what_they_name(dose, combined, expected):
    """Published: "no minimum when combined with an immunosuppressant" waives the lower bound, never the upper."""
    other = [drug("azathioprine", "2024-06-01", "2025-06-01", 100)] if combined else []
    who = person(drug("prednisone", "2024-12-01", "2025-03-01", dose), *other)
    assert said(f"{DOSE} <= 30 mg/day and ({DOSE} >= 7.5 mg/day or on immunosuppressant)", who) is expected


@pytest.mark.parametrize(
    ("gilbert", "bilirubin", "expected"), [(True, 2.5, True), (False, 2.5, False), (True, 3.5, False)]
)
def test_trap_01_a_higher_limit_is_not_an_exemption(gilbert, bilirubin, expected):
    """Published: "excluding Gilbert, 3 x ULN" still excludes at 3.5 x ULN."""
    facts = [fact("gilbert_syndrome", "2010", "")] if gilbert else []
    who = person(lab("bilirubin", "2025-01-20", bilirubin, high_normal=1.0), *facts)
    assert said("bilirubin <= (if has gilbert_syndrome then 3 else 2) x ULN", who) is expected


def test_trap_02_conditions_come_before_bounds():
    """Published: a rule on oral steroids does not fail someone who takes none, and says that it does not apply."""
    rule = f"if on oral glucocorticoid then {DOSE} >= 7.5 mg/day"
    nobody = result(rule, person())
    assert (nobody.state, nobody.not_applicable) == (True, True)
    assert said(f"{DOSE} >= 7.5 mg/day", person()) is False
    assert said(rule, person(drug("prednisone", "2025-01-01", "2025-03-01", 5))) is False


def test_trap_03_a_known_total_bounds_its_parts():
    """Published: a total of 8 whose serology can give 4 at most implies a clinical part of 4 or more."""
    who = person(lab("sledai_2k_total", "2025-01-20", 8))
    assert number("sledai_2k", who) == (8, 8)
    assert number("sledai_2k.clinical", who) == (4, 5)
    assert said("sledai_2k.clinical >= 4", who) is True
    assert said("sledai_2k.clinical >= 6", who) is False


def test_trap_04_a_total_of_one_instrument_is_not_one_of_its_variant():
    """Published: SELENA-SLEDAI and SLEDAI-2K differ in arthritis, proteinuria and serositis."""
    who = person(lab("selena_total", "2025-01-20", 8))
    assert said("selena >= 8", who) is True
    assert said("sledai_2k >= 8", who) == "no_data"


def test_trap_05_a_missing_end_is_an_interval_not_today():
    """Published: an end that nobody recorded makes ongoing use possible, not sure."""
    who = person(drug("azathioprine", "2024-01-01", "", 100))
    assert said("on azathioprine", who) == "partial_date"
    assert said("has azathioprine", who) is True


def test_trap_05_two_strengths_may_add_or_replace():
    """Published: overlapping rows of one drug that the source cannot tell apart are a conflict, not a guess."""
    who = person(drug("prednisone", "2024-12-01", "2025-03-01", 20), drug("prednisone", "2025-01-01", "2025-03-01", 5))
    assert number("dose of prednisone", who) == (5, 25)
    assert said("dose of prednisone <= 30 mg/day", who) is True
    assert said("dose of prednisone <= 20 mg/day", who) == "conflict"


def test_trap_05_refills_are_one_course_and_drugs_of_a_class_add():
    """Published: refills merge; different glucocorticoids add up as equivalents."""
    refill = person(
        drug("prednisone", "2024-12-01", "2025-01-10", 10), drug("prednisone", "2025-01-05", "2025-03-01", 10)
    )
    assert number("highest dose of prednisone within 60 days before screening", refill) == (10, 10)
    both = person(
        drug("prednisone", "2024-12-01", "2025-03-01", 10), drug("dexamethasone", "2024-12-01", "2025-03-01", 2)
    )
    assert number("dose of glucocorticoid (prednisone equivalent)", both) == (23.34, 23.34)


def test_trap_06_stability_with_a_dose_unknown_is_unknown():
    """Published: one row that spans the whole window is stable whatever its dose; two rows are not."""
    stable = "dose of prednisone stable for >= 28 days before screening"
    assert said(stable, person(drug("prednisone", "2024-06-01", "2025-06-01"))) is True
    two = person(drug("prednisone", "2024-06-01", "2025-01-14"), drug("prednisone", "2025-01-15", "2025-06-01"))
    assert said(stable, two) == "no_data"
    changed = person(
        drug("prednisone", "2024-06-01", "2025-01-14", 10), drug("prednisone", "2025-01-15", "2025-06-01", 5)
    )
    assert said(stable, changed) is False


def test_trap_06_switching_at_the_same_equivalent_is_stable():
    """Published: 10 mg prednisone to 10 mg prednisolone is no change of dose."""
    who = person(
        drug("prednisone", "2024-06-01", "2025-01-14", 10), drug("prednisolone", "2025-01-15", "2025-06-01", 10)
    )
    assert said("dose of glucocorticoid (prednisone equivalent) stable for >= 28 days before screening", who) is True


@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        ("on azathioprine for >= 8 weeks before screening", "2024-12-06", True),  # 56 days before 31 January
        ("on azathioprine for >= 8 weeks before screening", "2024-12-07", False),
        ("on azathioprine for >= 2 months before screening", "2024-11-30", True),  # calendar months
        ("on azathioprine for >= 2 months before screening", "2024-12-06", False),
        ("on azathioprine for > 2 weeks before screening", "2025-01-16", True),  # 15 days
        ("on azathioprine for > 2 weeks before screening", "2025-01-17", False),  # 14 days
    ],
)
def test_trap_07_durations_are_counted_as_said(text, start, expected):
    """Published: 8 weeks are 56 days, 2 months are calendar months, more than 2 weeks are 15 days."""
    assert said(text, person(drug("azathioprine", start, "2025-06-01", 100))) is expected


def test_trap_07_duration_starts_after_the_last_real_gap():
    """Published: a gap beyond the refill tolerance starts a new course; for failed drugs past courses count."""
    gap = person(
        drug("azathioprine", "2024-01-01", "2024-11-30", 100), drug("azathioprine", "2025-01-01", "2025-06-01", 100)
    )
    assert said("on azathioprine for >= 8 weeks before screening", gap) is False
    assert said("longest run of (on azathioprine) within 2 years before screening >= 8 weeks", gap) is True


def test_trap_08_anchors_that_do_not_exist_yet():
    """Published: what hangs on leukapheresis is deferred; consent may be projected to screening, and says so."""
    who = person(consent="2025-01-31", projected=("consent",), leukapheresis=None)
    assert said("no platelet_transfusion within 7 days before leukapheresis", who) == "not_yet"
    assert {"not_yet"} <= OUT_OF_RECORD
    assert "projected" in result("no platelet_transfusion within 7 days before consent", who).notes


@pytest.mark.parametrize(
    ("birth", "screening", "expected"),
    [
        ("1954-02-01", "2025-01-31", True),  # the day before the 71st birthday
        ("1954-01-31", "2025-01-31", False),  # the 71st birthday
        ("2007-01-31", "2025-01-31", True),  # the 18th birthday
        ("2007-02-01", "2025-01-31", False),
        ("2008-02-29", "2026-02-28", True),  # completes 18 years on 28 February
        ("1954", "2025-01-31", "partial_date"),
        ("1960", "2025-01-31", True),
    ],
)
def test_trap_09_age_is_in_completed_years(birth, screening, expected):
    """Published: 70 inclusive lasts until the day before the 71st birthday; a year of birth is an interval."""
    assert said("age between 18 and 70 years", person(fact("birth", birth), screening=screening)) == expected


def test_trap_09_age_at_the_anchor_of_the_clause():
    """Published: age at consent, when consent is said."""
    who = person(fact("birth", "2007-01-15"), screening="2025-01-31", consent="2025-01-10")
    assert said("age >= 18", who) is True
    assert said("age at consent >= 18 years", who) is False


@pytest.mark.parametrize(
    ("text", "value", "limit", "expected"),
    [
        ("alt <= 3 x ULN", 100, 40, True),
        ("alt <= 3 x ULN", 130, 40, False),
        ("alt <= 3 x ULN", 30, None, "no_range"),  # never a default for ALT
        ("inr <= 1.5 x ULN", 1.7, 1.2, True),
        ("inr <= 1.5", 1.7, 1.2, False),
    ],
)
def test_trap_10_times_uln_uses_the_range_of_the_record(text, value, limit, expected):
    """Published: INR <= 1.5 x ULN is not INR <= 1.5; ALT has no default limit."""
    concept = text.split()[0]
    assert said(text, person(lab(concept, "2025-01-20", value, high_normal=limit))) == expected


def test_trap_10_a_tolerable_default_is_flagged():
    """Published: bilirubin may take a default limit, and the answer says so."""
    found = result("bilirubin <= 2 x ULN", person(lab("bilirubin", "2025-01-20", 1.5)))
    assert (found.state, found.notes) == (True, {"default_range"})


def test_trap_10_litres_are_not_percent_predicted():
    """Published: % predicted is not litres, 0.55 and 55 % are equal."""
    assert any(f.severity == "error" for f in check("fvc_liters > 70 %", CATALOG))
    assert node("fvc >= 55 %").right.value == 55


def test_trap_11_history_of_means_ever():
    """Published: no source observes since birth: flagged under the policy, unknown without observation."""
    observed = result("no history of malignancy", person())
    assert (observed.state, observed.notes) == (True, {"absence", "ever"})
    assert said("no history of malignancy", person(observed=())) == "no_data"
    assert said("no history of malignancy", person(fact("malignancy", "1990"))) is False


def test_trap_12_a_broader_condition_leaves_the_narrower_unknown():
    """Published: systemic sclerosis without subtype is neither diffuse nor not diffuse."""
    who = person(fact("diffuse_sclerosis", "2020-01-01", "", certain=False))
    assert said("has diffuse_sclerosis", who) == "broader_only"
    assert said("no diffuse_sclerosis", who) == "broader_only"
    assert said("has diffuse_sclerosis", person()) is False


def test_trap_13_absence_of_a_measurement_is_never_negative():
    """Published: a pregnancy test missing or too old is unknown, even where everything is observed."""
    everything = ("condition", "drug", "procedure", "measurement", "observation")
    assert said("pregnancy_test negative", person(observed=everything)) == "no_data"
    old = person(code("pregnancy_test", "2024-12-01", "negative"), observed=everything)
    assert said("pregnancy_test negative", old) == "stale"
    assert said("pregnancy_test negative", person(code("pregnancy_test", "2025-01-30", "negative"))) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("has malignancy or has nephritis and has lupus", True),  # and binds first
        ("(has malignancy or has nephritis) and has lupus", False),
        ("has malignancy and has nephritis or has hemolysis", False),
    ],
)
def test_trap_14_and_binds_before_or(text, expected):
    """Published: "X or Y and Z" binds and first; another attachment must be written with parentheses."""
    assert said(text, person(fact("malignancy", "2020-01-01", ""))) is expected


def test_trap_14_a_window_belongs_to_the_part_that_it_follows():
    """Published: a displaced window attaches only where it is written; both parts need it said twice."""
    who = person(fact("malignancy", "2010-01-01", "2011-01-01"), fact("hemolysis", "2010-01-01", "2011-01-01"))
    assert said("has malignancy or has hemolysis within 1 year before screening", who) is True
    assert (
        said("has malignancy within 1 year before screening or has hemolysis within 1 year before screening", who)
        is False
    )


@pytest.mark.parametrize(
    ("day", "text", "expected"),
    [
        ("2025-01-31", "has renal_biopsy within 7 days before screening", True),  # the day itself
        ("2025-01-24", "has renal_biopsy within 7 days before screening", True),  # inclusive
        ("2025-01-23", "has renal_biopsy within 7 days before screening", False),
        ("2025-02-01", "has renal_biopsy within 7 days before screening", False),
        ("2025-02-01", "has renal_biopsy within 7 days after screening", True),
        ("2025-01-31", "has renal_biopsy before screening", False),  # strict
        ("2025-01-31", "has renal_biopsy by screening", True),
    ],
)
def test_trap_15_within_means_before_and_including(day, text, expected):
    """Published: "within N of ANCHOR" is before and including it unless "after" is said."""
    assert said(text, person(fact("renal_biopsy", day))) is expected


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("dose of prednisone <= 7.2 mg/day", [drug("prednisone", "2024-12-01", "2025-06-01", 7.2)], True),
        ("12 * 0.6 = 7.2", [], True),
        ("fvc falls by >= 10 %", [lab("fvc", "2024-12-01", 80), lab("fvc", "2025-01-01", 72)], True),
        ("fvc falls by > 10 %", [lab("fvc", "2024-12-01", 80), lab("fvc", "2025-01-01", 72)], False),
        ("creatinine > 2.5 mg/dL", [lab("creatinine", "2025-01-20", 2.5)], False),
        (
            "creatinine >= 2.5 mg/dL (221 umol/L)",  # 221 umol/L is 2.49995 mg/dL; said in its own unit it is the limit
            [fact("creatinine", "2025-01-20", lower=2.49995, upper=2.49995, recorded=221.0, unit="umol/L")],
            True,
        ),
        ("0.1 + 0.2 = 0.3", [], True),
    ],
)
def test_trap_16_decimals_are_exact_at_the_boundary(text, facts, expected):
    """Published: 10 % of 80, 2.5 mg/dL in umol/L and 12 x 0.6 are boundary cases that binary fractions miss."""
    assert said(text, person(*facts)) is expected


@pytest.mark.parametrize("text", ["alt <= 3 x UL", "alt <= 3 x upper limit of detection", "platlets > 50 10*9/L"])
def test_trap_17_typos_are_findings(text):
    """Published: UL for ULN, "upper limit of detection", a misspelt name: said, never guessed."""
    assert any(f.severity == "error" for f in check(text, CATALOG))


def test_trap_17_an_index_without_threshold_is_unsupported():
    """Published: an index "increased" without a threshold cannot be decided."""
    assert said('unsupported "activity index increased" ("no threshold")', person()) == "unsupported"


@pytest.mark.parametrize("text", ["", "Inclusion criteria:", "1) age between 18 and 70 years"])
def test_trap_18_headings_and_list_numbers_carry_no_test(text):
    """Published: a heading or a list number is never read as part of an expression."""
    assert any(f.severity == "error" for f in check(text, CATALOG))


def test_trap_19_consent_does_not_make_everyone_undetermined():
    """Published: what hangs on consent, willingness or intent is left out of the verdict on the record."""
    for kind in ("consent", "willingness", "intent"):
        assert result(f'ask "agrees" ({kind})', person()).reasons <= OUT_OF_RECORD
    for kind in ("judgement", "look_up"):
        assert not result(f'ask "severe" ({kind})', person()).reasons <= OUT_OF_RECORD
    assert said('ask agrees "agrees" (consent)', person(answers={"agrees": True})) is True
