"""What each node means, node by node, by table.  Oracle: published (the semantics in nodes.py and docs/design.md)."""

import datetime as dt
import math
from decimal import Decimal

import pytest
from people import OBSERVED, code, drug, fact, lab, number, person, result, said, when

from trialwright.language import arithmetic
from trialwright.language import nodes as n
from trialwright.language.calendar import add_months, completed_months, shift
from trialwright.language.comparison import compare
from trialwright.language.facts import FOREVER, Span, date_of, day_number
from trialwright.language.interpret import decide, interpret
from trialwright.language.values import Category, Number

SCREENING = n.Anchor("screening")
MONTH = n.Window(n.Offset(SCREENING, Decimal(30), "days", "before"), SCREENING)
ALWAYS, NEVER, OPEN = n.ALWAYS, n.Not(n.ALWAYS), n.Unsupported("x")


def q(value):
    return n.Quantity(Decimal(str(value)))


def day(text):
    return day_number(dt.date.fromisoformat(text))


# --- calendar


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2025-03-31", -1, "2025-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 216, "2042-02-28"),
        ("2025-12-15", 1, "2026-01-15"),
    ],
)
def test_a_month_later(start, months, expected):
    """Published: the same day of the month, or the last day where the month is shorter."""
    assert date_of(add_months(day(start), months)).isoformat() == expected


@pytest.mark.parametrize(
    ("start", "end", "step", "expected"),
    [
        ("2004-02-29", "2022-02-27", 12, 17),
        ("2004-02-29", "2022-02-28", 12, 18),
        ("2000-06-15", "2025-06-14", 12, 24),
        ("2000-06-15", "2025-06-15", 12, 25),
        ("2025-01-31", "2025-02-28", 1, 1),
        ("2025-01-31", "2025-02-27", 1, 0),
        ("2025-01-31", "2025-01-30", 1, -1),
    ],
)
def test_completed_periods(start, end, step, expected):
    """Published: birth + n years <= anchor; negative where the end comes first."""
    assert completed_months(day(start), day(end), step) == expected


def test_shift_rounds_up_and_refuses_parts_of_months():
    """Published: hours on the clock, days whole, half a month is nothing."""
    span = when("2025-01-31")
    assert shift(span, Decimal("2.5"), "days", -1) == Span(span.lower - 3 * 1440, span.upper - 3 * 1440)
    assert shift(span, Decimal("1.5"), "hours", 1) == Span(span.lower + 90, span.upper + 90)
    assert shift(span, Decimal("1.5"), "years", 1).first_day == day("2026-07-31")
    with pytest.raises(ValueError, match="whole number of months"):
        shift(span, Decimal("1.5"), "months", 1)


# --- comparison


@pytest.mark.parametrize(
    ("left", "operator", "right", "expected"),
    [
        ((1, 2), "<", (3, 4), True),
        ((1, 3), "<", (3, 4), None),
        ((1, 3), "<=", (3, 4), True),
        ((3, 4), "<", (1, 3), False),
        ((3, 4), "<=", (1, 3), None),
        ((1, 4), ">", (2, 3), None),
        ((3, 3), "=", (3, 3), True),
        ((3, 3), "!=", (3, 3), False),
        ((3, 4), "=", (3, 3), None),
        ((4, 5), "=", (3, 3), False),
        ((-math.inf, math.inf), ">", (0, 0), None),
        ((0, math.inf), ">=", (0, 0), True),
    ],
)
def test_comparisons_decide_when_all_pairs_agree(left, operator, right, expected):
    """Published: the whole of both intervals."""
    assert compare(Number(*left), operator, Number(*right)) is expected


@pytest.mark.parametrize(
    ("operator", "limit", "expected"),
    [("<", 20, True), ("<=", 19, None), (">=", 20, False), (">", 20, False), ("=", 20, False), ("<", 21, True)],
)
def test_a_censored_value_leaves_out_its_limit(operator, limit, expected):
    """Published: <20 is [0, 20)."""
    assert compare(Number(0, 20, upper_open=True), operator, Number(limit, limit)) is expected


# --- arithmetic

INF = math.inf


@pytest.mark.parametrize(
    ("operator", "arguments", "expected"),
    [
        ("+", [(1, 2), (3, 5)], (4, 7)),
        ("-", [(1, 2), (3, 5)], (-4, -1)),
        ("*", [(-1, 2), (3, 5)], (-5, 10)),
        ("*", [(0, 0), (-INF, INF)], (0, 0)),
        ("/", [(1, 2), (4, 5)], (0.2, 0.5)),
        ("/", [(1, 2), (-1, 1)], None),
        ("/", [(1, 2), (0, 5)], None),
        ("/", [(1, 2), (1, INF)], (0, 2)),
        ("^", [(2, 3), (2, 2)], (4, 9)),
        ("^", [(-2, 3), (2, 2)], (0, 9)),
        ("^", [(-2, 3), (3, 3)], (-8, 27)),
        ("^", [(-2, 3), (0.5, 0.5)], None),
        ("^", [(0, 3), (-1, -1)], None),
        ("^", [(0.5, 2), (-1, 1)], (0.5, 2)),
        ("ln", [(0, 1)], None),
        ("ln", [(1, 1)], (0, 0)),
        ("exp", [(0, 0)], (1, 1)),
        ("exp", [(0, 1e9)], (1, INF)),
        ("min", [(1, 5), (2, 3)], (1, 3)),
        ("max", [(1, 5), (2, 3)], (2, 5)),
        ("abs", [(-3, 2)], (0, 3)),
        ("abs", [(-3, -2)], (2, 3)),
        ("round", [(2.5, 3.5)], (3, 4)),
        ("round", [(-2.5, 2.5)], (-3, 3)),
        ("round", [(1.25, 1.25), (1, 1)], (1.3, 1.3)),
        ("-", [(0, INF), (0, INF)], (-INF, INF)),
    ],
)
def test_formulas_over_intervals(operator, arguments, expected):
    """Published: intervals propagate, a domain error is nothing."""
    assert arithmetic.apply(operator, arguments) == expected


def test_a_domain_error_is_unknown_for_the_reasons_of_its_parts():
    """Published: x/0 is unknown, never an error and never a number."""
    assert said("platelets / 0 > 3", person(lab("platelets", "2025-01-20", 1))) == "unsupported"
    assert said("1 / platelets > 3", person()) == "no_data"
    censored = person(lab("platelets", "2025-01-20", "<20"))
    assert said("1 / platelets > 3", censored) == "censored"


# --- selection and parts of a fact


def value_of(rule="latest", part="value", default=None, near=None, concept="platelets"):
    facts = n.Facts((concept,), "measurement", MONTH)
    return n.ValueOf(n.Select(facts, rule, near), part, default)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("latest", (30, 30)),
        ("earliest", (10, 10)),
        ("lowest", (10, 10)),
        ("highest", (50, 50)),
        ("mean", (30, 30)),
        ("nearest", (50, 50)),
    ],
)
def test_select(rule, expected):
    """Published: one fact out of many by rule; nearest by days to the instant, on either side."""
    values = (("2025-01-05", 10), ("2025-01-15", 50), ("2025-01-28", 30))
    who = person(*(lab("platelets", day, value) for day, value in values))
    near = n.Offset(SCREENING, Decimal(14), "days", "before")
    found = interpret(value_of(rule, near=near if rule == "nearest" else None), who)
    assert (found.lower, found.upper) == expected
    assert found.reasons == frozenset()


def test_select_without_a_sure_fact():
    """Published: what is only possible is possibly none: unknown, with the reason of the doubt."""
    look_alike = person(lab("platelets", "2025-01-20", 30, certain=False))
    assert interpret(value_of(), look_alike).reasons == {"broader_only"}
    half_in = person(lab("platelets", "2025", 30))
    assert interpret(value_of(), half_in).reasons == {"partial_date"}
    assert interpret(value_of(), person(lab("platelets", "2024-06-01", 30))).reasons == {"stale"}
    assert interpret(value_of(), person()).reasons == {"no_data"}


def test_a_mean_with_an_unreadable_value_is_unknown():
    """Published: a value that cannot be read does not drop out of the mean."""
    who = person(lab("platelets", "2025-01-10", 30), lab("platelets", "2025-01-20", None))
    found = interpret(value_of("mean"), who)
    assert (found.lower, found.upper) == (-INF, INF)
    assert "unit_mismatch" in found.reasons


@pytest.mark.parametrize(
    ("part", "default", "rest", "expected", "notes"),
    [
        ("uln", None, {"high_normal": 400.0}, 400, set()),
        ("uln", Decimal(450), {"high_normal": 400.0}, 400, set()),
        ("uln", Decimal(450), {}, 450, {"default_range"}),
        ("lln", None, {"low_normal": 150.0}, 150, set()),
        ("lod", None, {"detection_limit": 5.0}, 5, set()),
    ],
)
def test_limits_of_the_record(part, default, rest, expected, notes):
    """Published: the limits of its own record, else a default, flagged."""
    found = interpret(value_of(part=part, default=default), person(lab("platelets", "2025-01-20", 200, **rest)))
    assert (found.lower, found.notes) == (expected, notes)


def test_a_limit_that_nobody_recorded():
    """Published: unknown for no_range."""
    found = interpret(value_of(part="uln"), person(lab("platelets", "2025-01-20", 200)))
    assert found.reasons == {"no_range"}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([code("biopsy_class", "2025-01-20", "III")], True),
        ([code("biopsy_class", "2025-01-20", "III", "V")], True),
        ([code("biopsy_class", "2025-01-20", "II")], False),
        ([code("biopsy_class", "2025-01-20", "III"), code("biopsy_class", "2025-01-20", "II")], "conflict"),
        ([code("biopsy_class", "2025-01-20", "III"), code("biopsy_class", "2025-01-20", "IV")], True),
        ([fact("biopsy_class", "2025-01-20", problem="ambiguous_text")], "ambiguous_text"),
        ([], "no_data"),
    ],
)
def test_in(facts, expected):
    """Published: of several recorded codes any counts; candidates that differ are a conflict."""
    assert said("biopsy_class in (III, IV)", person(*facts)) == expected


def test_a_result_that_only_its_range_could_call_positive():
    """Published: positive is stated, or decided by the assay's own limit; a number without a limit is not."""
    assert said("anti_dsdna positive", person(lab("anti_dsdna", "2025-01-20", 50))) == "no_range"
    found = interpret(value_of(part="category", concept="anti_dsdna"), person(lab("anti_dsdna", "2025-01-20", 50)))
    assert isinstance(found, Category)


# --- counts

BIOPSIES = "within 1 year before screening"


@pytest.mark.parametrize(
    ("facts", "observed", "expected"),
    [
        ([], OBSERVED, (0, 0)),
        ([], (), (0, INF)),
        (["2024-06-01", "2024-08-01"], OBSERVED, (2, 2)),
        (["2024-06-01", "2024-08-01"], (), (2, INF)),
        (["2024-06-01", "2024"], OBSERVED, (1, 2)),  # 2024-01 lies before the window
        (["2024-06-01", "2024-06-01"], OBSERVED, (2, 2)),
    ],
)
def test_count(facts, observed, expected):
    """Published: what is sure and what is possible; no upper bound where the source does not observe."""
    who = person(*(fact("renal_biopsy", day) for day in facts), observed=observed)
    assert number(f"count of renal_biopsy {BIOPSIES} + 0", who) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"count of renal_biopsy {BIOPSIES}", (4, 4)),
        (f"days with renal_biopsy {BIOPSIES}", (3, 3)),
        (f"count of renal_biopsy at least 30 days apart {BIOPSIES}", (2, 2)),
        (f"members of any of (renal_biopsy, platelet_transfusion) {BIOPSIES}", (2, 2)),
    ],
)
def test_count_by(text, expected):
    """Published: by fact, by distinct day, by distinct concept, spaced."""
    days = ("2024-06-01", "2024-06-01", "2024-06-20", "2024-07-15")
    facts = [fact("renal_biopsy", day) for day in days]
    transfusion = [fact("platelet_transfusion", "2024-07-01")] if "members" in text else []
    assert number(f"{text} + 0", person(*facts, *transfusion)) == expected


def test_conditions_belong_to_every_window_that_they_overlap():
    """Published: a condition from 2010 to 2024 is present in every window between."""
    who = person(fact("nephritis", "2010-01-01", "2024-12-15"))
    assert said("has nephritis within 60 days before screening", who) is True
    assert said("has nephritis within 30 days before screening", who) is False


# --- time lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("longest run of (on azathioprine) within 100 days before screening", (31, 31)),
        ("total days of (on azathioprine) within 100 days before screening", (42, 42)),
        ("current run of (on azathioprine) within 100 days before screening", (31, 31)),
        ("current run of (on azathioprine) bridging 20 days within 100 days before screening", (62, 62)),
        ("longest run of (on azathioprine) bridging 19 days within 100 days before screening", (31, 31)),
    ],
)
def test_spells(text, expected):
    """Published: longest, total, current; runs at most so many days apart are one, and the days between count."""
    first = drug("azathioprine", "2024-12-01", "2024-12-11", 50)
    who = person(first, drug("azathioprine", "2025-01-01", "2025-03-01", 50))
    if "bridging" not in text:
        text = text.replace(" within", " bridging 0 days within")
    assert number(f"{text} + 0", who) == expected


def test_days_that_were_not_measured_are_not_known():
    """Published: a run of low counts is at least what was measured and at most what was not excluded."""
    who = person(*(lab("neutrophils", f"2025-01-{d:02}", v) for d, v in ((10, 0.3), (11, 0.4), (12, 0.8))))
    window = "from 12 days before screening to screening"
    low = f"total days of (neutrophils < 0.5 10*9/L) {window.replace('12', '21')} + 0"
    assert number(low, who) == (2, 21)


@pytest.mark.parametrize(
    ("other", "reasons"),
    [
        (lab("neutrophils", "2025-01", 0.1), "no_data partial_date"),
        (lab("neutrophils", "2025-01-20", None), "no_data unit_mismatch"),
        (lab("neutrophils", "2025-01-20", 0.1, certain=False), "broader_only no_data"),
    ],
)
def test_a_measured_day_may_have_had_a_lower_reading(other, reasons):
    """Law: the lowest of the day is open where another reading of that day could be lower."""
    text = "total days of (neutrophils >= 0.5 10*9/L) within 30 days before screening >= 1 days"
    assert said(text, person(lab("neutrophils", "2025-01-20", 0.8))) is True
    assert said(text, person(lab("neutrophils", "2025-01-20", 0.8), other)) == reasons


def test_values_joined_by_a_line():
    """Published: values at most so far apart are joined; others are not."""
    facts = n.Facts(("neutrophils",), "measurement", MONTH)
    days = (("2025-01-10", 0.2), ("2025-01-14", 0.6), ("2025-01-25", 0.2))
    who = person(*(lab("neutrophils", day, value) for day, value in days))
    spell = n.Spell(n.Timeline(facts, "value", (), 7), MONTH, "total", "<", q("0.5"))
    found = interpret(spell, who)
    assert found.lower == 3 + 1  # 0.2, 0.3, 0.4 and the last day


@pytest.mark.parametrize(
    ("which", "expected"), [("highest", (20, 20)), ("lowest", (0, 0)), ("range", (20, 20)), ("mean", (10, 10))]
)
def test_extents(which, expected):
    """Published: over the days of the window, days without the drug counting as 0."""
    who = person(drug("prednisone", "2025-01-17", "2025-02-28", 20))
    assert number(f"{which} dose of prednisone from 29 days before screening to screening", who) == expected


def test_extents_where_the_end_of_the_window_is_vague():
    """Law: what hangs on a day that is known only in part stays open until it is known."""
    given = drug("azathioprine", "2024-12-01", "2025-02-05", 10)
    current = "on azathioprine for >= 14 days before infusion"
    mean = "mean dose of azathioprine <= 5 mg/day within 30 days before infusion"
    assert [said(current, person(given, infusion=day)) for day in ("2025-02-05", "2025-02-28", "2025-02")] == [
        True,
        False,
        "partial_date",
    ]
    assert [said(mean, person(given, infusion=day)) for day in ("2025-02-05", "2025-02-28", "2025-02")] == [
        False,
        True,
        "partial_date",
    ]


def test_a_dose_nobody_recorded_and_one_without_equivalent():
    """Published: unknown, not zero; presence is known all the same."""
    who = person(drug("budesonide", "2024-12-01", "2025-03-01", 9))
    assert said("dose of glucocorticoid (prednisone equivalent) <= 30 mg/day", who) == "no_data"
    assert said("on glucocorticoid", who) is True
    silent = person(drug("prednisone", "2024-12-01", "2025-03-01", 9), observed=())
    assert number("dose of prednisone", silent) == (9, INF)


# --- scores, grades, choices


def score(*items, **rest):
    return n.Score(tuple(n.Item(i, q(points), condition, domain) for i, points, condition, domain in items), **rest)


ITEMS = (("a", 4, ALWAYS, "k"), ("b", 6, OPEN, "k"), ("c", 3, ALWAYS, "j"), ("d", 1, NEVER, "j"))


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ({}, (7, 13)),
        ({"maxima": ("k",)}, (7, 9)),  # 4 to 6 in k, 3 in j
        ({"recorded": q(7)}, (7, 7)),
        ({"recorded": q(13), "subset": ("a", "b")}, (10, 10)),
        ({"recorded": q(10), "subset": ("b",)}, (3, 3)),
        ({"subset": ("c", "d")}, (3, 3)),
        ({"recorded": q(20)}, (7, 20)),  # contradicted
    ],
)
def test_scores(rest, expected):
    """Published: sums over domains, the highest within a domain of maxima, bounded by a recorded total."""
    found = interpret(score(*ITEMS, **rest), person())
    assert (found.lower, found.upper) == expected
    assert (found.lower == found.upper) == (not found.reasons)


@pytest.mark.parametrize(
    ("rungs", "expected"),
    [
        ([(3, NEVER), (2, ALWAYS), (1, ALWAYS)], (2, 2)),
        ([(3, OPEN), (2, ALWAYS), (1, OPEN)], (2, 3)),
        ([(3, OPEN), (2, NEVER), (1, NEVER)], (0, 3)),
        ([(3, NEVER), (2, NEVER)], (0, 0)),
    ],
)
def test_grades(rungs, expected):
    """Published: from the highest rung met to the highest not excluded."""
    found = interpret(n.Grade(tuple(rungs)), person())
    assert (found.lower, found.upper) == expected


def test_first_known():
    """Published: the first part that is known; none known: the last, for the reasons of all."""
    who = person(lab("recorded_clearance", "2025-01-20", 80))
    text = "first known of (recorded_clearance, clearance) >= 60 mL/min"
    assert said(text, who) is True
    assert said(text, person(lab("recorded_clearance", "2025-01-20", None))) == "no_data unit_mismatch"
    assert decide(n.FirstKnown((OPEN, NEVER)), who).state is False


def test_if_over_numbers():
    """Published: the branch, or the hull of both where the condition is open."""
    for condition, expected in ((ALWAYS, (2, 2)), (NEVER, (5, 5)), (OPEN, (2, 5))):
        found = interpret(n.If(condition, q(2), q(5)), person())
        assert (found.lower, found.upper) == expected
    with pytest.raises(TypeError, match="else"):
        interpret(n.If(ALWAYS, q(2)), person())


# --- instants and windows


@pytest.mark.parametrize(
    ("window", "day", "expected"),
    [
        ("before infusion", "2025-02-09", True),
        ("before infusion", "2025-02-10", False),
        ("by infusion", "2025-02-10", True),
        ("from infusion to 28 days after infusion", "2025-02-10", True),
        ("from after infusion to 28 days after infusion", "2025-02-10", False),
        ("from infusion to 28 days after infusion", "2025-03-10", True),
        ("from infusion to before 28 days after infusion", "2025-03-10", False),
        ("within 1 month after infusion", "2025-03-10", True),
        ("within 1 month after infusion", "2025-03-11", False),
        ("within 2 weeks before 4 weeks after infusion", "2025-02-24", True),
        ("within 2 weeks before 4 weeks after infusion", "2025-02-23", False),
    ],
)
def test_windows(window, day, expected):
    """Published: both ends included unless said; months are calendar months; instants move on one another."""
    who = person(fact("renal_biopsy", day), infusion="2025-02-10")
    assert said(f"has renal_biopsy {window}", who) is expected


def test_the_instant_of_a_fact():
    """Published: an instant that no fact gives is unknown; one of a partial date is an interval."""
    text = "no renal_biopsy within 7 days before first car_t_infusion"
    biopsy = fact("renal_biopsy", "2025-01-10")
    assert said(text, person(biopsy, fact("car_t_infusion", "2025-01-15"))) is False
    assert said(text, person(biopsy, fact("car_t_infusion", "2025-01-25"))) is True
    assert said(text, person(biopsy, fact("car_t_infusion", "2025-01"))) == "partial_date"
    assert said(text, person(biopsy)) == "no_data"


def test_an_open_end_reaches_to_forever():
    """Published: an end that nobody recorded is possibly any day."""
    assert drug("azathioprine", "2025-01-01", "").extent[3] == FOREVER


def test_what_was_asked_and_not_known():
    """Published: None is "asked, not known"; an answer is a truth or a number."""
    ask = n.Ask("size", "how large", "look_up", "number")
    assert interpret(ask, person(answers={"size": 3.5})) == Number(3.5, 3.5)
    assert interpret(ask, person(answers={"size": None})).reasons == {"needs_person"}
    assert result('ask "agrees" (consent)', person(answers={"agrees": False})).state is False
