"""Oracle: pair (a criterion in our own words, the expression that a clinician would write for it)."""

from __future__ import annotations

import pytest
from formal_help import catalog, said, tree

PAIRS = [
    ("Aged 18~65 years (inclusive)", "age between 18 and 65 years"),
    ("Age ≥ 18 years and ≤ 70 years", "age between 18 and 70 years"),
    ("At the time of consent, aged between 20 and 60 years old", "age at consent between 20 and 60 years"),
    ("Body weight \\>= 45 kg", "weight >= 45 kg"),
    ("Platelet count ≥ 60 × 10⁹/L", "platelets >= 60 10*9/L"),
    ("PLT ≥ 60 x 109/L", "platelets >= 60 10*9/L"),
    ("Hemoglobin no less than 8 g/dL", "hemoglobin >= 8 g/dL"),
    ("ALT ≤ 2.5 × UL", "alt <= 2.5 x ULN"),
    ("AST and ALT not exceeding 3 times the upper limit of normal", "alt <= 3 x ULN and ast <= 3 x ULN"),
    ("Total bilirubin ≤1.5 x ULN (in case of Gilbert syndrome, total bilirubin ≤ 3 x ULN)",
     "total_bilirubin <= (if has gilbert_syndrome then 3 else 1.5) x ULN"),
    ("CrCl ≥ 40 ml/min (Cockcroft/Gault formula)", "cockcroft_gault >= 40 mL/min"),
    ("ECOG: 0~2", "ecog between 0 and 2"),
    ("SLEDAI-2K score of 6 or above", "sledai_2k >= 6"),
    ("LVEF ＞ 50%", "lvef > 50 %"),
    ("Diagnosed with systemic lupus erythematosus", "has systemic_lupus_erythematosus"),
    ("Positive for antinuclear antibody and/or anti-dsDNA", "any of (ana, anti_dsdna) positive"),
    ("No history of malignancy", "no history of malignancy"),
    ("SLE by the 2019 EULAR/ACR criteria", "has systemic_lupus_erythematosus and eular_acr_2019_sle.met"),
    ("FVC and DLCO > 30%", "fvc_percent_predicted > 30 % and dlco_percent_predicted > 30 %"),
    ("Liver: ALT ≤ 2 x ULN", "alt <= 2 x ULN"),
    ("Women aged 18 to 50 years", "sex is female and (age between 18 and 50 years)"),
    ("Adults up to 60 years", "age >= 18 years and age <= 60 years"),
]  # fmt: skip
EXCLUDED = [
    ("History of cancer within 3 years", "has malignancy within 3 years before screening"),
    ("Epilepsy, dementia or psychosis", "has any of (epilepsy, dementia, psychosis)"),
    ("Severe vasculitis", 'has any of (vasculitis, cns_vasculitis) and ask "Severe vasculitis" (judgement)'),
    ("Treated with rituximab within 6 months before screening", "has rituximab within 6 months before screening"),
    ("HIV positive", "hiv_antibody positive or has hiv_infection"),
    ("Treated with tacrolimu within 4 weeks before screening", "has tacrolimus within 4 weeks before screening"),
    ("Any prior CAR-T therapy", "has car_t_infusion"),
    ("End-stage renal disease", "has end_stage_renal_disease"),
]


@pytest.mark.parametrize(("text", "expected"), PAIRS, ids=range(len(PAIRS)))
def test_inclusion(text: str, expected: str) -> None:
    found = said(text)
    assert (found.expression, found.left_over) == (expected, ())
    assert found.state == "computed"


@pytest.mark.parametrize(("text", "expected"), EXCLUDED, ids=range(len(EXCLUDED)))
def test_exclusion(text: str, expected: str) -> None:
    assert said(text, "exclusion").expression == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Signs the informed consent form", "consent"),
        ("Consent given freely", "consent"),
        ("Is willing to attend all visits", "willingness"),
        ("Plans to move abroad", "intent"),
        ("Any reason for which the investigator considers the person unsuitable", "judgement"),
    ],
)
def test_questions(text: str, kind: str) -> None:
    found = said(text)
    assert found.state == "ask"
    assert found.expression == f'ask "{text}" ({kind})'


@pytest.mark.parametrize(
    "text",
    [
        "Creatinine = 1.5 mg/dL",  # a comparator lost on the way
        "Creatinine <= 1.5",  # no unit
        "Hemoglobin >= 90 furlongs",
        "Carriers of the zebra gene",
        "Diabetes that was treated in the spring",
        "Other malignancy",
        "Use of immunomodulatory drugs within 4 weeks before screening",  # which drugs, the page does not say
        "Platelets >= 50 x 10^9/L unless the moon is full",
    ],
)
def test_what_is_not_understood_is_never_called_computed(text: str) -> None:
    found = said(text)
    assert found.state == "unsupported"
    assert found.left_over
    assert found.expression.startswith("unsupported")


def test_a_lost_comparator_is_a_finding() -> None:
    from trialwright.registry.formal.document import findings

    (where, message), *_ = findings([said("Hemoglobin = 90 g/L")])
    assert where == "I1"
    assert "lost its comparator" in message


def test_a_slip_is_corrected_with_a_note() -> None:
    assert "'UL' was read as the upper limit of normal" in said("AST ≤ 3 × UL").notes


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Meets one of the following:", "sledai_2k >= 8 or ana positive"),
        ("All of the following:", "sledai_2k >= 8 and ana positive"),
        ("Meets at least two of the following:", "at least 2 of (sledai_2k >= 8, ana positive)"),
    ],
)
def test_how_parts_count(heading: str, expected: str) -> None:
    found = tree(heading, "SLEDAI-2K ≥ 8", "Positive for ANA")
    assert found.whole == expected
    assert found.left_over == ()


def test_a_heading_gives_its_window_to_its_parts() -> None:
    found = tree("worsening: any of the following within 3 months", "mRSS increases by > 4")
    assert found.whole == "mrss rises by > 4 points from best within 3 months before screening"


def test_a_word_for_a_part_of_a_concept_does_not_mean_the_whole() -> None:
    assert said("History of melanoma", "exclusion").state == "unsupported"


def test_pregnancy_is_asked_of_now() -> None:
    assert "of_childbearing_potential" in said("Pregnancy or breastfeeding", "exclusion").expression


def test_an_event_is_not_a_disease_of_its_class() -> None:
    sure, _, asked = said("CNS disease", "exclusion").expression.partition(" or (")
    assert "stroke" in sure
    assert "seizure" not in sure
    assert "seizure" in asked
    assert "ask" in asked


def test_pulses_are_one_course_and_rare_infusions_a_question() -> None:
    found = said(
        "Meet the definition of refractory recurrence: conventional treatment remains ineffective for more than 9 "
        "months, or disease activity reappears after remission. Conventional treatment is defined as the use of "
        "glucocorticoids, along with one or more of the following immunomodulators: methotrexate, rituximab."
    ).expression
    assert "(on any of systemic (methotrexate, rituximab)) bridging 35 days before screening > 9 months" in found
    assert "history of b_cell_biologic and ask" in found
    assert "longest run of (on systemic glucocorticoid) before screening > 9 months" in found


def test_a_word_that_leads_to_a_list_adds_nothing_to_it() -> None:
    found = said(
        "History of SLE before screening for at least 6 months, and the disease remains active for at least 3 months "
        "after the use of stable standard SLE regimen before screening. Standard treatment regimen means the "
        "use of any of the following (alone or in combination): corticosteroids, immunosuppressants/immunomodulators, "
        "including azathioprine."
    ).expression
    assert "on any of systemic (glucocorticoid, immunosuppressant, azathioprine) for >= 3 months" in found


def test_an_instant_in_the_words_of_a_question_is_no_checkpoint() -> None:
    from trialwright.registry.formal.draft import draft
    from trialwright.registry.read import read_document

    page = (
        b"NCT ID: NCT01234567\n\nInclusion Criteria:\n\n1. Adequate vascular access for leukapheresis\n"
        b"2. No tuberculosis within 2 weeks before leukapheresis\n"
    )
    first, second = draft(read_document(page, "x.txt")[0], catalog())["criteria"]
    assert "checkpoint" not in first
    assert second["checkpoint"] == "leukapheresis"


def test_every_name_that_words_give_is_in_the_catalog() -> None:
    from trialwright.registry.formal.lexicon import word_list

    known = catalog()
    given = [id for ids in word_list("concepts") for id in ids.split() if id != "age"]
    given += [*word_list("criteria"), *word_list("events"), *word_list("listed_by_one_page")]
    assert [id for id in given if known.concept(id) is None and known.definition(id) is None] == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Not pregnant or breast-feeding", "inclusion"), ("Lactating women", "exclusion"), ("Lactation", "exclusion")],
)
def test_breast_feeding_is_asked_whatever_is_recorded(text: str, kind: str) -> None:
    found = said(text, kind)
    assert found.left_over == ()
    assert 'ask lactating_now "She is breast-feeding now"' in found.expression
    assert "has lactation" not in found.expression


def test_one_sex_and_an_age_exclude_together() -> None:
    assert said("Females over 60 years", "exclusion").expression == "sex is female and age > 60 years"
    assert any("completed years" in note for note in said("Over 18 years of age").notes)


def test_healthy_is_asked() -> None:
    assert "ask" in said("Healthy volunteers aged 18 to 50 years").expression


def test_items_joined_by_or_are_alternatives_of_each_other() -> None:
    first, second, third = tree("All of:", "Creatinine <= 2 mg/dL, or", "eGFR >= 60 mL/min", "Weight >= 40 kg").children
    assert first.expression == "creatinine <= 2 mg/dL or egfr >= 60 mL/min/{1.73_m2}"
    assert second.expression.startswith("no restriction")
    assert third.expression == "weight >= 40 kg"
    dark = tree("All of:", "Creatinine <= 2 mg/dL or", "Likes zebras").children
    assert {one.state for one in dark} == {"unsupported"}
