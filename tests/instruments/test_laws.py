"""law: what must hold of every instrument, whatever is entered."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialwright.catalog import load_catalog
from trialwright.language import nodes as n
from trialwright.language.interpret import Interpreter
from trialwright.language.values import Truth
from trialwright.scoring import score
from trialwright.scoring.given import record_of
from trialwright.scoring.instrument import score_one

SUMS = ("sledai_2k", "selena_sledai", "eular_acr_2019_sle", "acr_1997_sle", "slicc_2012_sle", "acr_eular_2013_ssc")


def items_of(name: str) -> list[str]:
    return [item.id for item in load_catalog().instruments[name].items]


@pytest.mark.parametrize("name", SUMS)
def test_adding_an_item_never_lowers_a_total_and_the_bounds_hold_it(name: str) -> None:
    """law: lower <= score <= upper, and an item more is no point less."""
    rng, ids = random.Random(3), items_of(name)
    for _ in range(6):
        said: dict[str, Any] = {item: rng.choice([True, False, None]) for item in ids}
        found = score(name, said)
        assert found.lower is not None
        assert found.upper is not None
        assert found.lower <= found.upper
        filled = score(name, {item: state if state is not None else rng.random() < 0.5 for item, state in said.items()})
        assert filled.score is not None
        assert found.lower <= filled.score <= found.upper
        absent = [item for item, state in said.items() if state is False]
        if absent and name != "slicc_2012_sle":
            more = score(name, said | {rng.choice(absent): True})
            assert more.lower is not None
            assert more.lower >= found.lower


@settings(max_examples=25, deadline=None)
@given(value=st.integers(40, 400), name=st.sampled_from(["ckd_epi_2021", "mdrd"]), age=st.integers(18, 90))
def test_converting_units_never_changes_a_result(value: int, name: str, age: int) -> None:
    """law: 88.4 umol/L and 1 mg/dL are one creatinine."""
    one = {"age": age, "sex": "female"}
    micro = score(name, one | {"creatinine": {"value": value, "unit": "umol/L"}}).score
    milli = score(name, one | {"creatinine": {"value": value / 1000, "unit": "mmol/L"}}).score
    assert micro == pytest.approx(milli, abs=2e-6)


def test_the_order_of_facts_does_not_matter() -> None:
    """law: a record is a set."""
    values = [{"value": v, "unit": "10*9/L", "day": -d} for v, d in ((0.4, 0), (0.3, 1), (2, 4), (0.5, 3), (0.4, 9))]
    given_, rng = {"anchors": {"infusion": -10}}, random.Random(1)
    first = score("icaht_early", {**given_, "neutrophils": values})
    for _ in range(5):
        rng.shuffle(values)
        again = score("icaht_early", {**given_, "neutrophils": values})
        assert (again.lower, again.upper) == (first.lower, first.upper)


def test_unknown_items_leave_a_range_and_chosen_options_name_themselves() -> None:
    """law: nothing is filled in unless it is asked for by name, and the result says so."""
    said = {"arthritis": True}
    plain, worst, absent = (score("sledai_2k", said, missing=m) for m in ("interval", "worst", "absent"))
    assert (plain.score, plain.lower, plain.upper) == (None, 4, 105)
    assert (worst.score, absent.score) == (105, 4)
    assert "worst" in worst.reason
    assert absent.missing == "absent"
    assert len(absent.unknown) == 23


def test_the_worst_case_of_a_response_is_no_response() -> None:
    """law: for a response an item that holds is good news."""
    assert score("doris_2021", {"clinical_sledai": True, "pga": 0.1}, missing="worst").met is False
    assert score("doris_2021", {"clinical_sledai": True, "pga": 0.1}).met is None


def test_the_worst_case_of_a_grade_is_its_upper_bound() -> None:
    """law: symptoms that nobody recorded."""
    value = {"potassium": {"value": 3.2, "low": 3.5}}
    assert score("ctcae_5_hypokalemia", value).grade is None
    assert score("ctcae_5_hypokalemia", value, missing="worst").grade == 2


def test_the_last_known_value_is_a_choice() -> None:
    """law: a creatinine of half a year ago is stale, unless the last known value is asked for."""
    value = {"creatinine": {"value": 1.0, "day": -200}, "age": 50, "sex": "male"}
    assert score("ckd_epi_2021", value).score is None
    assert score("ckd_epi_2021", value, missing="last_known").score is not None


def test_a_composite_response_names_the_component_that_decided() -> None:
    """pair: the global assessment of 1.1 fails LLDAS, whatever is not known."""
    found = score("lldas_oon", {"sledai_2k_total": 2, "pga": 1.1})
    assert found.met is False
    assert found.reason == "not met because of pga"


def test_a_table_gives_one_score_per_row() -> None:
    """pair: two rows, two scores."""
    found = score("ecog_performance_status", [{"ecog": 0}, {"ecog": 1}])
    assert [one.score for one in found] == [0, 1]


def test_a_record_is_scored_at_an_anchor() -> None:
    """pair: 12 at baseline and 4 now."""
    catalog = load_catalog()
    record = record_of({"sledai_2k_total": 4, "sledai_2k_total at baseline": 12}, catalog)
    assert score_one("sledai_2k", record).score == 4
    assert score_one("sledai_2k", record, anchor="baseline").score == 12


def test_parameters_reach_the_classification_of_an_instrument() -> None:
    """law: the response index with six points asks for six, in the total and in the response."""
    given_ = {"selena_sledai_total": 6, "selena_sledai_total at baseline": 10, "bilag_new_a": 0, "bilag_new_b": 0}
    given_ |= {"pga": 1.0, "pga at baseline": 1.0}
    assert score("sri_4", given_).met is True
    assert score("sri_4", given_, parameters={"points_needed": 6}).met is False


def test_an_always_met_condition_is_met_for_an_empty_record() -> None:
    """law: what is set by hand rests on nothing recorded."""
    assert Interpreter(record_of({}, load_catalog())).truth(n.ALWAYS) == Truth(True)
