"""Oracle: pair (outcomes and the decision that the rule's own table gives) and laws about what follows."""

import pytest

from trialwright.dosefinding.boin12 import Boin12
from trialwright.dosefinding.checks import DoseInputError
from trialwright.dosefinding.crm import Crm
from trialwright.dosefinding.design import Design, coherent, no_skipping, start_at, stop_at_n, titrate
from trialwright.dosefinding.interval import Boin, I3Plus3, Keyboard, Mtpi2
from trialwright.dosefinding.outcomes import parse_outcomes, read_subjects
from trialwright.dosefinding.recommend import recommend
from trialwright.dosefinding.rollingsix import RollingSix
from trialwright.dosefinding.threeplusthree import ThreePlusThree
from trialwright.dosefinding.tite import TiteBoin, TiteCrm

BOIN = Design(Boin(0.30), 4)
THREE = Design(ThreePlusThree(), 4)
CRM = Design(Crm(0.20, (0.05, 0.10, 0.20, 0.35, 0.50, 0.70)), 6)


def say(design, outcomes):
    return recommend(design, parse_outcomes(outcomes, design.doses))


@pytest.mark.parametrize(
    ("design", "outcomes", "dose", "move"),
    [
        (BOIN, "", 1, "start"),
        (BOIN, "1NNN", 2, "escalate"),
        (BOIN, "1NNN 2NNT 2NNT", 2, "stay"),
        (BOIN, "1NNN 2NTT", 1, "de-escalate"),
        (BOIN, "1NNN 2TTT 1NNN", 1, "stay"),  # dose 2 is eliminated
        (BOIN, "1TTT", None, "stop"),
        (BOIN, "1NNN 2NNN 3NNN 4NNN", 4, "stay"),
        (BOIN | stop_at_n(6), "1NNN 2NNT", 2, "stop"),
        (BOIN | titrate(), "1N 2N", 3, "escalate"),
        (BOIN | titrate(), "1N 2T", 2, "stay"),
        (THREE, "1NN", 1, "stay"),
        (THREE, "1NNT", 1, "stay"),
        (THREE, "1NNT 1NNN", 2, "escalate"),
        (THREE, "1NNN 2TT", 1, "de-escalate"),
        (THREE, "1NNN 2TTN 1NNN", 1, "stop"),
        (THREE, "1NNT 1NNT", None, "stop"),
        (THREE | start_at(2), "2TTN", 1, "de-escalate"),
        (CRM, "3NNT 4N", 3, "de-escalate"),
        (CRM | no_skipping(), "1NNN", 2, "escalate"),
        (CRM | coherent(), "1NNN 2NNN 3NNN 4NNN 4NNN 4T", 4, "stay"),
        (Design(Mtpi2(0.3), 4), "1NNN 2NTT", 1, "de-escalate"),
        (Design(Keyboard(0.3), 4), "1NNN 2NNT", 2, "stay"),
        (Design(I3Plus3(0.3), 4), "1NNN 2NNT", 2, "stay"),
        (Design(RollingSix(), 4), "1NNPP", 1, "stay"),
        (Design(RollingSix(), 4), "1NNNPPP", None, "wait"),
        (Design(RollingSix(), 4), "1NNNNNP", 2, "escalate"),
        (Design(Boin12(0.35, 0.25), 4), "1NEN 2NEB", 2, "stay"),
    ],
)
def test_next_dose(design, outcomes, dose, move):
    """pair: outcomes so far, and the dose and move that the rule gives."""
    found = say(design, outcomes)
    assert (found.recommended, found.decision.move) == (dose, move)
    assert found.reason


def test_the_reason_holds_its_numbers():
    """pair: the sentence of the issue, word for word."""
    assert say(BOIN, "1NNN 2NNT 2NNT").reason == "2 of 6 with DLT: 0.333 is between 0.236 and 0.359: stay."
    eliminated = say(BOIN, "1NNN 2TTT")
    assert "P(DLT rate > 0.3) = 0.992 is above 0.95" in eliminated.reason
    assert eliminated.decision.numbers["probability_above_target"] == pytest.approx(0.9919)


@pytest.mark.parametrize("outcomes", ["2TTT 3NNN", "1NNN 2TTT 3NNT", "1NNN 2TTT 4TTN"])
def test_the_reason_never_contradicts_the_move(outcomes):
    """pair: a dose elsewhere that has been eliminated decides, and the sentence ends in the move that is made."""
    found = say(BOIN, outcomes)
    assert (found.recommended, found.decision.move) == (1, "de-escalate")
    assert found.reason.endswith("but dose 2 and what is above it have been eliminated: de-escalate to dose 1.")


@pytest.mark.parametrize(
    ("outcomes", "dose", "end"),
    [
        ("1NNN 2TTN 3NNN", 1, "but dose 2 below it is too toxic: dose 1."),
        ("2TTT 3NNN 4NNN", 1, "but dose 2 below it is too toxic: dose 1."),
        ("1TTN 2NNN", None, "the trial ends and selects no dose."),
    ],
)
def test_three_plus_three_goes_below_a_toxic_dose_wherever_it_stands(outcomes, dose, end):
    """pair: data that 3+3 could not have given are warned of, and never lead above a dose that is too toxic."""
    found = say(THREE, outcomes)
    assert found.recommended == dose
    assert found.reason.endswith(end)
    assert found.warnings


def test_what_follows_is_what_is_then_recommended():
    """law: each outlook equals the recommendation after that cohort."""
    for design, outcomes in ((BOIN, "1NNN 2NNT"), (THREE, "1NNT"), (CRM | no_skipping(), "1NNN 2NNN")):
        for row in say(design, outcomes).outlook:
            now = say(design, outcomes)
            cohort = f" {now.next_dose}{'T' * row.dlts}{'N' * (row.of - row.dlts)}"
            then = say(design, outcomes + cohort)
            assert (then.next_dose, then.decision.move) == (row.dose, row.move)


def test_pending_outcomes_are_never_ignored():
    """law: given where every completion agrees, otherwise a wait that lists them."""
    wait = say(BOIN, "1NNN 2NNP")
    assert wait.recommended is None
    assert wait.decision.move == "wait"
    assert [row.move for row in wait.outlook] == ["escalate", "stay"]
    sure = say(BOIN, "1NNN 2TTP")
    assert sure.recommended == 1
    assert "under every outcome" in sure.reason
    for last, completion in (("N", sure), ("T", sure)):
        assert say(BOIN, f"1NNN 2TT{last}").recommended == completion.recommended


def test_who_is_not_evaluable_is_listed_and_a_dlt_always_counts():
    """law: X is out of the denominator but in the listing."""
    found = say(BOIN, "1NNN 2NXTN")
    assert found.n == (3, 3, 0, 0)
    assert found.not_evaluable == (0, 1, 0, 0)
    text = "subject,dose,dlt,followup_days,evaluable\na,1,1,3,0\nb,1,0,9,0\nc,1,0,28,1\n"
    kept = recommend(BOIN, read_subjects(text, 28, 4))
    assert kept.n[0] == 2
    assert kept.dlts[0] == 1


@pytest.mark.parametrize(
    ("design", "outcomes", "words"),
    [
        (BOIN, "1NNN 3NNN", "could not have come from it"),
        (BOIN, "1TTT 1NNN", "had ended"),
        (BOIN, "2NNN 3NNN", "starts at dose 1"),
        (BOIN, "1NN 2NNN 3NNN", "2 evaluable participants"),
        (THREE, "1NNT 2NNN", "gives dose 1"),
        (THREE, "1NNNNNNNNN", "9 evaluable participants"),
        (CRM, "1NNN", "skips dose 2"),
    ],
)
def test_data_that_this_design_cannot_give_are_warned_of(design, outcomes, words):
    """pair: a course that departs from the design, and the warning."""
    assert any(words in warning for warning in say(design, outcomes).warnings)


def test_a_course_of_the_design_gives_no_warning():
    """law: courses made by following the recommendations are never warned of."""
    outcomes = ""
    for letters in ("NNN", "NNT", "NNN", "NTT", "NNN"):
        found = say(BOIN, outcomes)
        assert found.warnings == ()
        outcomes += f" {found.next_dose}{letters}"


SUBJECTS = """subject,dose,dlt,followup_days
a,3,0,178
b,3,0,181
c,3,1,168
d,4,0,181
e,4,1,24
f,3,0,181
g,2,0,179
h,2,0,102
i,2,0,42
j,3,0,3
"""


def test_tite_crm_of_the_manual():
    """published: dfcrm manual, example of titecrm()."""
    found = recommend(Design(TiteCrm(CRM.rule, 180), 6), read_subjects(SUBJECTS, 180, 6))
    assert found.recommended == 3
    assert found.estimate == pytest.approx(-0.1327866, abs=1e-6)
    assert found.variance == pytest.approx(0.1954901, abs=1e-6)
    assert found.pending == (0, 3, 2, 0, 0, 0)


def test_tite_boin_suspends_and_says_so():
    """pair: two of three pending suspends accrual; two DLTs do not wait."""
    rule = Design(TiteBoin(Boin(0.2), 28), 3)
    head = "subject,dose,dlt,followup_days\n"
    wait = recommend(rule, read_subjects(head + "a,1,0,28\nb,1,0,5\nc,1,0,2\n", 28, 3))
    assert wait.recommended is None
    assert "suspended" in wait.reason
    down = recommend(rule, read_subjects(head + "z,1,0,28\na,2,1,9\nb,2,0,5\nc,2,0,2\n", 28, 3))
    assert (down.recommended, down.decision.move) == (1, "de-escalate")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("subject,dose,dlt\na,1,0\n", "no column 'followup_days'"),
        ("subject,dose,dlt,followup_days\na,1,0,-3\n", "line 2.*0 or more"),
        ("subject,dose,dlt,followup_days\na,9,0,3\n", "dose 9"),
        ("subject,dose,dlt,followup_days\na,1,maybe,3\n", "dlt is 'maybe'"),
        ("subject,dose,dlt,followup_days\na,1,0,3\na,1,0,3\n", "twice"),
        ("subject,dose,dlt,followup_days\na,1,0,\n", "pending"),
        ("subject,dose,dlt,followup_days\na,1.5,0,3\n", "whole number"),
    ],
)
def test_tables_of_subjects_that_cannot_be_read(text, words):
    """pair: a table with its fault, and the sentence that names line and remedy."""
    with pytest.raises(DoseInputError, match=words):
        read_subjects(text, 28, 4)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("NNT1", "cohort 1"),
        ("1NNN T2", "cohort 2"),
        ("1NNZ", "letter 'Z'"),
        ("0NNN", "numbered from 1"),
        ("5N", "dose 5"),
    ],
)
def test_outcomes_that_cannot_be_read(text, words):
    """pair: a notation with its fault, and the sentence that names the cohort."""
    with pytest.raises(DoseInputError, match=words):
        parse_outcomes(text, 4)
