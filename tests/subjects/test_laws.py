"""Oracle: law (the cut, the order of facts, and one meaning of an instrument everywhere)."""

import random
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.subjects.person import CATALOG, at, below, day, derived, event, record, sledai, span, treated
from tests.subjects.test_by_hand import SHE

from trialwright.analysis.subjects.run import results_of
from trialwright.language.facts import Fact
from trialwright.scoring import score
from trialwright.scoring.course import at_day

LATER = [
    lambda n: [at("neutrophils", n, 0.2)],
    lambda n: [below("car_t_transgene_copies", n, 50.0)],
    lambda n: [at("car_t_transgene_copies", n, 77777.0)],
    lambda n: [at("cd19_b_cells", n, 300.0)],
    lambda n: sledai(n, "seizure"),
    lambda n: event(n, n + 3, "pneumonia", 5.0, f"late {n}", dlt=True, serious=True),
    lambda n: [Fact("death", span(n))],
    lambda n: [at("study_end", n, cats="withdrew")],
    lambda n: [Fact("prednisone", span(n), span(n + 30), lower=60.0, upper=60.0, categories=frozenset({"oral"}))],
]


def everything(found, cut):
    from tests.subjects.person import plan

    tables = {name: data.rows for name, data in found.datasets.items()}
    return tables | {"REMARKS": found.remarks.rows, "RESULTS": results_of(plan(), found, day(cut)).rows}


@lru_cache
def alone(cut):
    """Everything of her without what comes later."""
    return everything(derived({"she": SHE}, cut), cut)


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(1, 200), st.sampled_from(LATER)), min_size=1, max_size=6),
    st.sampled_from([5, 27, 60, 95]),
)
def test_nothing_after_the_cut_is_used(later, cut):
    more = [fact for n, make in later for fact in make(cut + n)]
    assert everything(derived({"she": [*SHE, *more]}, cut), cut) == alone(cut)


@settings(max_examples=6)
@given(st.integers(0, 2**32))
def test_the_order_of_facts_and_people_changes_nothing(seed):
    facts = list(SHE)
    random.Random(seed).shuffle(facts)
    he = treated(level=3)
    first = everything(derived({"she": SHE, "he": he}, 95), 95)
    assert everything(derived({"he": he[::-1], "she": facts}, 95), 95) == first


def test_a_later_cut_only_adds_rows_of_the_past():
    """A sample, an event or a visit known at one cut is the same at a later one."""
    kept = {
        "ADLB": ("USUBJID", "PARAMCD", "ADT", "AVAL", "ATOXGR", "BASE", "CHG"),
        "ADPC": ("USUBJID", "PARAMCD", "ADT", "AVAL", "LLOQ", "ARRELTM"),
        "ADAE": ("USUBJID", "AEDECOD", "AETOXGR", "ASTDT", "TRTEMFL", "AESER"),
    }

    def rows(cut, name):
        return {tuple(row[c] for c in kept[name]) for row in derived({"she": SHE}, cut).datasets[name]}

    for early, late in ((5, 20), (20, 40), (40, 95), (95, 120)):
        for name in kept:
            assert rows(early, name) <= rows(late, name)


@pytest.mark.parametrize("cut", [28, 60, 95, 120])
def test_a_visit_is_what_score_gives_on_its_day(cut):
    """ADEFF has the value of `score` for the same record on the same day."""
    found = derived({"she": SHE}, cut)
    subject = found.subjects[0]
    names = {"SLEDAI2K": "sledai_2k", "LLDAS": "lldas_oon", "DORIS": "doris_2021"}
    checked = 0
    for row in found.datasets["ADEFF"]:
        if row["PARAMCD"] not in names or row["ADT"] is None:
            continue
        number = (row["ADT"] - day(0)).days + subject.days["infusion"]
        alone = score(names[row["PARAMCD"]], at_day(subject.record, number), catalog=CATALOG)
        if row["PARTYPE"] == "truth":
            assert {"Y": True, "N": False, None: None}[row["AVALC"]] == alone.met
        else:
            assert (row["AVALLO"], row["AVALHI"]) == (alone.lower, alone.upper)
        checked += 1
    assert checked >= 4


def test_an_endpoint_of_the_protocol_is_the_measure_of_the_same_words():
    """im19-sle states SLEDAI-2K at day 90 minus baseline; the measure's change is that number."""
    found = derived({"she": SHE}, 120, protocol="im19-sle")
    data = found.datasets["ADEFF"]
    [endpoint] = [row for row in data if row["PARNAME"] == "sledai_2k_day_90"]
    [measure] = data.where(PARAMCD="SLEDAI2K", AVISITN=90)
    assert endpoint["AVAL"] == measure["CHG"] == -5


def test_a_stale_score_is_not_made_new_by_a_blood_count():
    """A laboratory result in the window of a visit does not make a form of day 62 an assessment of day 90."""
    people = [*treated(), *sledai(-7, "rash"), *sledai(62, "rash"), at("wbc", 90, 5.0)]
    [row] = derived({"a": people}, 120).datasets["ADEFF"].where(PARAMCD="SLEDAI2K", AVISITN=90)
    assert row["AVAL"] is None
    assert row["REASON"] == "no assessment in the window of the visit"


def test_every_missing_number_has_its_reason():
    found = derived({"she": SHE, "he": treated(level=3), "it": treated(infused=False)}, 95)
    for row in found.datasets["ADPP"]:
        assert (row["AVAL"] is None) == bool(row["AVALREAS"])
    for row in found.datasets["ADTTE"]:
        assert (row["AVAL"] is None) == bool(row["REASON"])
    for row in found.datasets["ADEFF"]:
        assert row["AVAL"] is not None or row["REASON"]
    for row in everything(found, 95)["RESULTS"]:
        assert row["value"] is not None or row["reason"], row


def test_record_is_left_as_it_was():
    given = record(SHE)
    facts = dict(given.facts)
    derived({"she": SHE}, 40)
    assert given.facts == facts
