"""What silence, a missing route, a missing half-life, an unreadable value and an empty window mean.

Oracle: pair (people by hand, rules 3 and 4 of docs/design.md).
"""

from dataclasses import replace
from decimal import Decimal

import pytest
from people import drug, fact, lab, person
from small_catalog import SmallCatalog

from trialwright.language.check import check
from trialwright.language.expand import expand
from trialwright.language.interpret import decide
from trialwright.language.parse import parse
from trialwright.language.vocabulary import Concept

MORE = SmallCatalog()
MORE._concepts["home_biopsy"] = Concept("home_biopsy", "Biopsy, often made elsewhere", "procedure", absence_is_no=False)
MORE._concepts["ointment"] = Concept("ointment", "Ointment or tablet", "drug", "mg/d", local_forms=True)
MORE._concepts["immunosuppressant"] = replace(
    MORE._concepts["immunosuppressant"], members=("azathioprine", "methotrexate", "ointment")
)


def told(text, *facts, **more):
    truth = decide(expand(parse(text), MORE), person(*facts, **more))
    return ", ".join(sorted(truth.reasons)) if truth.state is None else truth.state


def taken(concept, start, end, route=None, **rest):
    """Without a route, as the loader gives a drug with local forms: not certain."""
    record = drug(concept, start, end, 10, certain=route is not None, **rest)
    return replace(record, categories=frozenset({route}) if route else None)


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("no home_biopsy within 30 days before screening", (), "no_data"),
        ("has home_biopsy", (), "no_data"),
        ("has home_biopsy", (fact("home_biopsy", "2025-01-10"),), True),
        ("has home_biopsy", (fact("home_biopsy", "2025-01-10", present=False),), False),
        ("has any of (renal_biopsy, home_biopsy)", (), "no_data"),
        ("has any of (renal_biopsy, home_biopsy)", (fact("renal_biopsy", "2025-01-10"),), True),
        ("has all of (renal_biopsy, home_biopsy)", (), False),  # the other one decides
        ("count of any of (renal_biopsy, home_biopsy) >= 1", (), "no_data"),
        ("has renal_biopsy", (), False),
    ],
)
def test_what_records_often_leave_out_is_not_absent_for_want_of_a_record(text, facts, expected):
    assert told(text, *facts) == expected


@pytest.mark.parametrize(
    ("text", "route", "expected"),
    [
        ("on systemic ointment", "topical", False),
        ("on systemic ointment", "oral", True),
        ("on systemic ointment", None, "broader_only"),  # a cream or a tablet
        ("on systemic immunosuppressant", "ophthalmic", False),
        ("on systemic immunosuppressant", None, "broader_only"),
        ("on systemic ointment for >= 8 weeks before screening", "topical", False),
        ("on systemic ointment for >= 8 weeks before screening", "oral", True),
        ("on systemic ointment for >= 8 weeks before screening", None, "broader_only"),
        ("dose of systemic ointment >= 5 mg/day", "topical", False),
        ("dose of systemic ointment >= 5 mg/day", "oral", True),
        ("dose of systemic ointment >= 5 mg/day", None, "broader_only"),
        ("dose of systemic ointment >= 5 mg/day for >= 14 days within 8 weeks before screening", None, "broader_only"),
    ],
)
def test_a_drug_with_local_forms_is_systemic_only_by_its_route(text, route, expected):
    assert told(text, taken("ointment", "2024-06-01", "2025-06-01", route)) == expected


@pytest.mark.parametrize("route", ["oral", "intravenous", "other", None])
def test_a_drug_without_local_forms_is_systemic_by_any_route(route):
    """Nobody rubs in azathioprine: a record without its route is treatment of the whole body."""
    given = replace(taken("azathioprine", "2024-01-01", "2025-06-01", route), certain=True)
    assert told("on systemic azathioprine for >= 8 weeks before screening", given) is True
    assert told("on systemic azathioprine", given) is True
    assert told("on systemic immunosuppressant", given) is True


GIVEN = fact("novelmab", "2016-01-01", "2016-01-01")


@pytest.mark.parametrize(
    ("text", "never", "once"),
    [
        ("each member of biologic: no it within 5 half-lives before screening", True, "unsupported"),
        ("some member of biologic: has it within 5 half-lives before screening", False, "unsupported"),
        ("each member of biologic: count of it within 5 half-lives before screening <= 0", True, "unsupported"),
        ("at least 2 members of biologic: has it within 5 half-lives before screening", False, False),
        # 5 half-lives of another thing: not even for those who never had the drug
        ("each member of biologic: no malignancy within 5 half-lives before screening", "unsupported", "unsupported"),
    ],
)
def test_a_member_without_a_half_life_is_decided_where_it_was_never_given(text, never, once):
    assert told(text) == never
    assert told(text, GIVEN) == once


def test_a_member_with_a_half_life_still_decides_beside_one_without():
    text = "some member of biologic: has it within 5 half-lives before screening"
    assert told(text, GIVEN, fact("rituximab", "2025-01-20", "2025-01-20")) is True
    assert told(text, GIVEN, fact("rituximab", "2020-01-20", "2020-01-20")) == "unsupported"


def test_the_lowest_of_values_of_which_one_cannot_be_read_is_not_known():
    """Rule 3: a value that cannot be read enters as the widest interval, and may be lower or higher than all others."""
    within = "within 14 days before screening"
    values = (lab("platelets", "2025-01-20", 60), lab("platelets", "2025-01-25", None))
    for rule in ("lowest", "highest"):
        assert told(f"{rule} platelets >= 50 10*9/L {within}", *values) == "conflict, unit_mismatch"
        assert told(f"{rule} platelets >= 50 10*9/L {within}", values[0]) is True


def test_a_stated_absence_speaks_for_the_whole_window_in_which_it_lies():
    """Rule 4: also for "ever", also where the source does not observe; a window without it is not decided."""
    denied = fact("malignancy", "2018-05-01", present=False)
    blind = {"observed": ()}
    assert told("history of malignancy", denied, **blind) is False
    assert told("has malignancy within 5 years before screening", denied, **blind) == "no_data"
    assert told("history of malignancy", **blind) == "no_data"
    assert told("history of malignancy", denied, fact("malignancy", "2020-01-01"), **blind) == "conflict, no_data"


def test_nothing_lies_in_a_window_that_ends_before_it_starts():
    """Rule 2: between two instants of a person in the wrong order there is no day."""
    text = "has renal_biopsy from leukapheresis to infusion"
    biopsy = fact("renal_biopsy", "2025-02-05")
    assert told(text, biopsy, leukapheresis="2025-02-01", infusion="2025-02-10") is True
    assert told(text, biopsy, leukapheresis="2025-02-10", infusion="2025-02-01") is False


@pytest.mark.parametrize(
    "window",
    [
        "from screening to 30 days before screening",
        "from 4 weeks before screening to 2 months before screening",
        "from 2 days after infusion to infusion",
        "from infusion to screening",
        "from 3 days after lymphodepletion to enrollment",
        "from infusion to 3 days before enrollment",
    ],
)
def test_the_checker_names_windows_that_run_backwards(window):
    found = check(f"no renal_biopsy {window}", MORE)
    assert [f.message for f in found if "ends before it starts" in f.message], found


@pytest.mark.parametrize("window", ["from screening to infusion", "from 60 days before infusion to screening", "ever"])
def test_the_checker_leaves_other_windows_alone(window):
    assert not check(f"no renal_biopsy {window}", MORE)


def test_bounds_of_values_come_with_the_vocabulary():
    """Law: nothing measured is negative unless its concept says so."""
    assert Concept("x", "X", "measurement", "mg/dL").least is None
    assert Concept("x", "X", "measurement", "mg/dL", least=Decimal(0)).least == 0
