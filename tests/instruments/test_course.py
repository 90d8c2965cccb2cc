"""law and pair: hand-worked courses; a visit that is not known widens what is derived, it never decides it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from trialwright.catalog import load_catalog
from trialwright.language.facts import day_number
from trialwright.language.values import Number, point
from trialwright.scoring.course import (
    Bounds,
    Visit,
    area,
    baseline_of,
    change_from_baseline,
    course,
    flares,
    steroid_free_days,
    sustained,
    time_to_response,
)
from trialwright.scoring.given import record_of

INFUSION = day_number(dt.date(2020, 1, 1))
OPEN = Number(0, 10)


def visits(*values: float | None, step: int = 30, first: int = -30) -> list[Visit]:
    """Visits every so many days; None is a visit about which little is known."""
    return [Visit(first + step * i, OPEN if v is None else point(v)) for i, v in enumerate(values)]


def low(value: Number) -> bool | None:
    """The response of these tests: a score of 4 or less."""
    return True if value.upper <= 4 else False if value.lower > 4 else None


def test_baseline_is_the_last_known_value_on_or_before_its_day() -> None:
    """pair: day -30 has 12, day 0 is not known."""
    found = baseline_of(visits(12, None, 4), 0)
    assert found is not None
    assert (found.day, found.value.lower) == (-30, 12)


def test_change_is_follow_up_minus_baseline_and_open_where_a_visit_is() -> None:
    """pair: 12 at baseline, 4 at day 30, nothing known at day 60."""
    found = change_from_baseline(visits(12, 12, 4, None), 0)
    assert found == {30: Bounds(-8, -8), 60: Bounds(-12, -2, "the visit is not fully known")}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((12, 12, 8, 3), (60, 60)),
        ((12, 12, None, 3), (30, 60)),
        ((12, 12, 8, None), (60, None)),
        ((12, 12, 8, 9), (None, None)),
    ],
)
def test_time_to_response(values: Any, expected: Any) -> None:
    """pair: the first visit that has it, an interval where an earlier one could."""
    found = time_to_response(visits(*values), low, 0)
    assert (found.lower, found.upper) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((12, 12, 4, 4, 3), True),
        ((12, 12, 4, 8, 3), None),
        ((12, 12, 4, 8, 9), False),
        ((12, 12, 4, None, 3), None),
        ((12, 12, 8, 8, 8), False),
    ],
)
def test_a_sustained_response_holds_at_every_visit_of_sixty_days(values: Any, expected: Any) -> None:
    """pair: lost and not regained is False, regained at the last visit is open."""
    assert sustained(visits(*values), low, 0, 60) is expected


def test_flares_are_rises_of_three_or_more() -> None:
    """pair: 4 to 7 is one, 7 to 9 is none; an unknown visit may be one."""
    assert flares(visits(4, 7, 9)).value == 1
    assert (flares(visits(4, None, 4)).lower, flares(visits(4, None, 4)).upper) == (0, 2)


def test_the_area_is_that_of_trapezoids() -> None:
    """pair: 10 to 4 in 30 days and 4 to 0 in 30 days are 210 and 60."""
    assert area(visits(10, 4, 0, first=0), 0, 60).value == 270
    assert area(visits(10, 4, first=0), 0, 60).value is None
    assert area(visits(10, 4, 0, first=-10), 0, 30).value == pytest.approx(
        120 + 100 / 3
    )  # 8, 4 and 8/3 on days 0, 20 and 30


def test_a_course_scores_each_day_with_what_is_known_then() -> None:
    """pair: a total of 12 before the infusion and 4 at day 90."""
    given = {"sledai_2k_total": [{"value": 12, "day": -5}, {"value": 4, "day": 90}], "anchors": {"infusion": 0}}
    record = record_of(given, load_catalog(), at=dt.date(2020, 1, 1))
    found = course("sledai_2k", record, [INFUSION + 90, INFUSION])
    assert [(visit.day - INFUSION, visit.value.lower, visit.value.upper) for visit in found] == [
        (0, 12, 12),
        (90, 4, 4),
    ]


def test_a_course_of_a_response_is_one_where_it_is_met() -> None:
    """pair: renal response at day 90, not at day 30."""
    given = {
        "upcr": [{"value": 2.0, "day": 30}, {"value": 0.4, "day": 90}],
        "egfr": [{"value": 95, "day": 30}, {"value": 95, "day": 90}],
        "egfr_pre_flare": {"value": 95, "day": -100},
        "response_treatment_failure": [{"value": False, "day": 30}],
    }
    record = record_of(given, load_catalog(), at=dt.date(2020, 1, 1))
    found = course("bliss_ln_crr", record, [INFUSION + 30, INFUSION + 90])
    assert [visit.value.lower for visit in found] == [0, 1]


def test_steroid_free_days_are_those_without_any_dose() -> None:
    """pair: prednisone until day 30 of 100 days."""
    given = {"prednisone": {"value": 5, "day": -50, "until": 30}}
    record = record_of(given, load_catalog(), at=dt.date(2020, 1, 1))
    assert steroid_free_days(record, INFUSION, INFUSION + 100).value == 70
    unobserved = record_of({}, load_catalog(), at=dt.date(2020, 1, 1))
    assert steroid_free_days(unobserved, INFUSION, INFUSION + 100) == Bounds(0, 101, "exposure is not fully known")
