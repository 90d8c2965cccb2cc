"""Oracle: pair (infusions, calendars and their answers worked by hand) and laws."""

from datetime import date

import pytest

from trialwright.dosefinding.checks import DoseInputError
from trialwright.dosefinding.design import Design, stagger, start_at
from trialwright.dosefinding.feasibility import Infusion, as_infused, assess, attribute, planned_cells, read_infusions
from trialwright.dosefinding.interval import Boin
from trialwright.dosefinding.outcomes import read_subjects
from trialwright.dosefinding.recommend import recommend
from trialwright.dosefinding.schedule import Infused, next_infusion, read_infused
from trialwright.dosefinding.threeplusthree import ThreePlusThree

LEVELS = (15e6, 25e6, 50e6, 100e6)


@pytest.mark.parametrize(
    ("infused", "planned", "level"),
    [(25e6, 2, 2), (20e6, 2, 2), (19e6, 2, 1), (11e6, 2, 1), (130e6, 4, 4), (60e6, 4, 3), (48e6, 2, 3), (None, 2, 0)],
)
def test_an_infusion_informs_the_level_received(infused, planned, level):
    """pair: at least 80 % of a level counts for it; far below the lowest it still counts there."""
    assert attribute(infused, planned, LEVELS)[0] == level


def test_no_safety_data_are_lost():
    """law: everybody infused is in exactly one level's counts, DLTs included."""
    people = [Infusion(str(k), 3, cells, k % 2 == 0) for k, cells in enumerate((50e6, 30e6, 5e6, 200e6, 14e6))]
    found = assess(people, LEVELS, 0.3)
    assert sum(row.n for row in found.levels) == 5
    assert sum(row.dlts for row in found.levels) == 3


def test_a_tolerated_dose_that_cannot_be_made_is_not_the_mtfd():
    """pair: level 3 is tolerated but four of six products fall short; level 2 could be made every time."""
    people = [Infusion(f"a{k}", 2, 25e6, False) for k in range(6)]
    people += [Infusion(f"b{k}", 3, 50e6 if k < 2 else 26e6, False) for k in range(6)]
    found = assess(people, LEVELS, 0.3)
    assert found.mtd == 3
    assert found.mtfd == 2
    assert "level 2 is the highest that is both" in found.reason
    assert [row.attempted for row in found.levels] == [12, 12, 6, 0]
    assert [row.feasible for row in found.levels] == [12, 12, 2, 0]


def test_a_live_trial_never_reads_a_cohort_with_a_dlt_as_free_of_dlts():
    """pair: one of three at level 2 received less and had a DLT: 1 of 3; without the DLT it informs level 1."""
    text = "subject,dose,dlt,followup_days,infused\na,2,0,28,25e6\nb,2,0,28,25e6\nc,2,1,9,14e6\n"
    people = as_infused(read_subjects(text, 28, 4), LEVELS)
    found = recommend(Design(Boin(0.3), 4) | start_at(2), people)
    assert found.n == (0, 3, 0, 0)
    assert found.dlts == (0, 1, 0, 0)
    assert found.decision.move == "stay"
    assert any("the DLT counts for the planned level 2" in warning for warning in found.warnings)
    spared = as_infused(read_subjects(text.replace("c,2,1,9", "c,2,0,28"), 28, 4), LEVELS)
    found = recommend(Design(Boin(0.3), 4) | start_at(2), spared)
    assert found.n == (1, 2, 0, 0)
    assert found.next_dose == 3


def test_open_windows_hold_the_mtfd_back():
    """law: a pending DLT outcome is named and nothing is selected."""
    found = assess([Infusion("x", 1, 15e6, None)], LEVELS, 0.3)
    assert found.mtd is None
    assert "x" in found.reason


@pytest.mark.parametrize(
    ("level", "per", "weight", "cap", "cells"),
    [
        (1e6, "kg", 60, None, 60e6),
        (1e6, "kg", 120, 100e6, 100e6),
        (1e8, None, None, None, 1e8),
        (1e8, None, 50, 5e7, 5e7),
    ],
)
def test_planned_cells_by_weight_and_flat(level, per, weight, cap, cells):
    """pair: dose by weight with a cap on the total against a flat dose."""
    assert planned_cells(level, per, weight, cap) == cells


def test_a_dose_by_weight_needs_the_weight():
    """pair: the missing weight is asked for."""
    with pytest.raises(DoseInputError, match="weight"):
        planned_cells(1e6, "kg", None)
    text = "subject,planned_level,infused_cells,dlt,weight_kg\na,1,60e6,0,60\n"
    assert read_infusions(text, [{"per": "kg"}])[0].infused == 1e6


DESIGN = Design(ThreePlusThree(), 3) | stagger(7.0, (14.0,))


def on(day: int) -> date:
    return date(2026, 3, day)


@pytest.mark.parametrize(
    ("infused", "at", "earliest", "place"),
    [
        ([], on(1), on(1), 1),
        ([Infused("a", 1, on(1))], on(2), on(15), 2),
        ([Infused("a", 1, on(1)), Infused("b", 1, on(15))], on(16), on(22), 3),
        ([Infused("a", 1, on(1)), Infused("b", 1, on(15))], on(30), on(30), 3),
        ([Infused("a", 1, on(1)), Infused("b", 1, on(2)), Infused("c", 1, on(3), on(9))], on(20), on(30), 1),
    ],
)
def test_sentinel_stagger_and_window_on_one_calendar(infused, at, earliest, place):
    """pair: 14 days after the sentinel, 7 days between, 28 days of window."""
    found = next_infusion(DESIGN, infused, at, 28)
    assert (found.earliest, found.place) == (earliest, place)


def test_a_dlt_of_the_sentinel_asks_for_a_review():
    """law: a DLT within the cohort is named before the next infusion."""
    found = next_infusion(DESIGN, [Infused("a", 1, on(1), on(5))], on(6), 28)
    assert "review" in found.reason
    assert found.windows[0].state == "dlt"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("subject,dose\na,1\n", "infused_on"),
        ("subject,dose,infused_on\na,1,1 March\n", "line 2"),
        ("subject,dose,infused_on,dlt_on\na,1,2026-03-05,2026-03-01\n", "before the infusion"),
    ],
)
def test_calendars_that_cannot_be_read(text, words):
    """pair: a table with its fault, and the words that name it."""
    with pytest.raises(DoseInputError, match=words):
        read_infused(text)
