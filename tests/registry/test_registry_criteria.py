# pair: eligibility text in the layouts of registry pages, in our own words, beside the tree that a reader sees.
# ruff: noqa: E501
"""Layouts of eligibility text: every item found, at its level, with its words in the source."""

import re
from itertools import pairwise

import pytest

from trialwright.registry.criteria import plain, read_criteria, walk
from trialwright.registry.headings import read_heading


def tree(text, **options):
    """The criteria as "id words" lines."""
    criteria, _ = read_criteria(text, **options)
    return [f"{item.id} {item.text}" for item in walk(criteria)]


LAYOUTS = {
    "markdown of API v2": (
        "Inclusion Criteria:\n\n* Age \\>= 18 years\n* One of these:\n\n  * Anti-dsDNA \\[ELISA\\]\n  * Low C3\n"
        "\nExclusion Criteria:\n\n1. Pregnant\n2. Platelets \\< 50 x 10\\^9/L",
        ["I1 Age >= 18 years", "I2 One of these:", "I2.1 Anti-dsDNA [ELISA]", "I2.2 Low C3", "E1 Pregnant",
         "E2 Platelets < 50 x 10^9/L"],
    ),
    "legacy, hard-wrapped": (
        "Inclusion Criteria:\n\n          -  Diagnosis known for six months and\n             still active\n\n          -  Weight over 40 kg\n",
        ["I1 Diagnosis known for six months and still active", "I2 Weight over 40 kg"],
    ),
    "header glued to the first bullet, numbers glued by OR": (
        "Inclusion Criteria:- 1. Adult;\n- 2. Antibody positive and one\nof these\n1. Weak muscles;\n2. Positive drug\ntest;\n"
        "- 3. Score >=5;\nExclusion Criteria:\n- 1. Seizures, OR. 2. surgery in the last year;",
        ["I1 Adult;", "I2 Antibody positive and one of these", "I2.1 Weak muscles;", "I2.2 Positive drug test;",
         "I3 Score >=5;", "E1 Seizures, OR.", "E2 surgery in the last year;"],
    ),
    "four glyphs with unreliable depth, a range broken over two items": (
        "• Meet all of these:\n‣ Adults of 18\\\n⁃ 60 years;\n⁃ Refractory, meaning:\n• Two drugs failed\n∙ Relapse on therapy\n"
        "⁃ Biopsy done\n• Informed consent",
        ["I1 Meet all of these:", "I1.1 Adults of 18~60 years;", "I1.2 Refractory, meaning:", "I1.2.1 Two drugs failed",
         "I1.2.2 Relapse on therapy", "I1.3 Biopsy done", "I2 Informed consent"],
    ),
    "a last item under another glyph goes on with the numbers": (
        "• 1)First\n• 2\\) Second\n⁃ 3\\) Third", ["I1 First", "I2 Second", "I3 Third"],
    ),
    "numbering restarted below an item, then taken up again": (
        "Inclusion Criteria\n\n1. Consent.\n2. Active disease.\n\nSteroids must meet these requirements:\n\n1. Dose 10 mg/day.\n"
        "2. Stable.\n\n3\\. Antibody positive.",
        ["I1 Consent.", "I2 Active disease.\nSteroids must meet these requirements:", "I2.1 Dose 10 mg/day.", "I2.2 Stable.",
         "I3 Antibody positive."],
    ),
    "run-on paragraph, early numbers lost": (
        "Inclusion Criteria: Consent is given freely by each person. Disease is known and was active for two months in spite "
        "of therapy. Steroids must meet the following requirements: Dose of 10 mg/day. Dose is stable. 3. Antibody positive. "
        "Exclusion Criteria: Any transplant. Dialysis now.",
        ["I1 Consent is given freely by each person.",
         "I2 Disease is known and was active for two months in spite of therapy.\nSteroids must meet the following requirements:",
         "I2.1 Dose of 10 mg/day.", "I2.2 Dose is stable.", "I3 Antibody positive.", "E1 Any transplant.", "E2 Dialysis now."],
    ),
    "one line with stars": (
        "Inclusion Criteria: * Adult * Active disease * 1\\) mild 2\\) severe Exclusion Criteria: * Pregnant * Infection",
        ["I1 Adult", "I2 Active disease", "I2.1 mild", "I2.2 severe", "E1 Pregnant", "E2 Infection"],
    ),
    "children flattened to the level of numbered items": (
        "Inclusion Criteria:\n- (1) Child;\n- (2) Refractory: one of\n- Drugs failed\n- Fast course\nExclusion Criteria:\n- (1) CAR-T before",
        ["I1 Child;", "I2 Refractory: one of", "I2.1 Drugs failed", "I2.2 Fast course", "E1 CAR-T before"],
    ),
    "doubled heading, no markers": (
        "Inclusion\nInclusion Criteria:\nAge over 5 years;\nActive disease;\nExclusion\nExclusion Criteria:\nCAR-T before;",
        ["I1 Age over 5 years;", "I2 Active disease;", "E1 CAR-T before;"],
    ),
    "circled numbers, full-width signs": (
        "Inclusion Criteria：\n1、Adult；\n2、Any of：①anaemia；②rash；\n3、Consent。",
        ["I1 Adult；", "I2 Any of：", "I2.1 anaemia；", "I2.2 rash；", "I3 Consent。"],
    ),
    "Chinese": ("入选标准：\n1. 年龄18岁以上；\n2. 同意。\n排除标准：\n1. 妊娠。", ["I1 年龄18岁以上；", "I2 同意。", "E1 妊娠。"]),
    "lay summary": (
        "Eligible: adults 18-60 with disease (2013), score ≥12. Exclude: cancer, live vaccine <6 wks.",
        ["I1 adults 18-60 with disease (2013)", "I2 score ≥12", "E1 cancer", "E2 live vaccine <6 wks"],
    ),
    "cohorts": (
        "Cohort A (biopsy) Inclusion Criteria:\n\n* Protein\n\nCohort B Inclusion Criteria:\n\n* Oedema\n\nExclusion Criteria:\n\n* HIV",
        ["I1 Cohort A (biopsy) Inclusion Criteria:", "I1.1 Protein", "I2 Cohort B Inclusion Criteria:", "I2.1 Oedema", "E1 HIV"],
    ),
    "groups without a marker": (
        "Inclusion Criteria:\n\nPatients:\n\n* Disease\n\nControls:\n\n* Healthy\n",
        ["I1 Patients:", "I1.1 Disease", "I2 Controls:", "I2.1 Healthy"],
    ),
    "section numbers": ("Inclusion Criteria:\n4.1.1 Adult\n4.1.2 Active disease", ["I1 Adult", "I2 Active disease"]),
    "organ functions at the level of the line that announces them": (
        "Inclusion Criteria:\n- Organ functions are as follows:\n- Liver function: ALT low\n- Renal function: clearance high\n- ECOG 0-1",
        ["I1 Organ functions are as follows:", "I1.1 Liver function: ALT low", "I1.2 Renal function: clearance high", "I2 ECOG 0-1"],
    ),
    "inline letters": (
        "Inclusion Criteria:\n- Blood must meet: a Neutrophils high; b. Hemoglobin high: c. Platelets high.\n- Adult",
        ["I1 Blood must meet:", "I1.1 Neutrophils high;", "I1.2 Hemoglobin high:", "I1.3 Platelets high.", "I2 Adult"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout(layout):
    text, expected = LAYOUTS[layout]
    assert tree(text) == expected


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_words_of_a_criterion_are_those_of_its_places(layout):
    text, _ = LAYOUTS[layout]
    criteria, _ = read_criteria(text)
    for item in walk(criteria):
        own = "".join(plain(text[span.start : span.end]) for span in item.own).replace("\\", "")
        assert own.replace(" ", "") == item.text.replace("~", "").replace("\n", "").replace(" ", "").replace("\\", "")
        assert item.span.start <= item.own[0].start
        assert item.span.end >= item.own[-1].end


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_word_is_lost(layout):
    """Every letter outside headings and markers belongs to exactly one criterion."""
    text, _ = LAYOUTS[layout]
    criteria, _ = read_criteria(text)
    spans = sorted((span.start, span.end) for item in walk(criteria) for span in item.own)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
    left = "".join(sign for place, sign in enumerate(text) if not any(a <= place < b for a, b in spans))
    words = [line for line in left.splitlines() if read_heading(line) is None]
    marks = r"[\s*•‣⁃∙\-()\\①②③.,、;]|\d{1,2}(?:\.\d)*|\b[a-c]\b|(?:In|Ex)clusion [Cc]riteria:|Exclude:|Eligible:"
    assert re.sub(marks, "", " ".join(words)) == ""


def test_text_without_a_heading_is_inclusion_and_says_so():
    criteria, findings = read_criteria("* Adult\n* Active disease")
    assert [item.kind for item in criteria] == ["inclusion", "inclusion"]
    assert "no heading" in findings[0].message


def test_a_number_with_decimals_is_no_marker():
    assert tree("Inclusion Criteria:\n\n1. ALT below\n2.5 x ULN\n2. Adult") == ["I1 ALT below 2.5 x ULN", "I2 Adult"]


def test_a_criterion_that_speaks_of_criteria_is_no_heading():
    assert tree("Inclusion Criteria:\n\n* Meets the inclusion criteria of the parent study.\n* Adult")[0].startswith(
        "I1 Meets"
    )
