"""Oracle: pair (a record with a fault, the row that is kept, and what is said of it)."""

from dataclasses import replace

import pytest
from tests.subjects.person import at, below, day, derived, event, lasting, one, plan, record, sledai, span, treated

from trialwright.analysis.subjects.derive import derive
from trialwright.language.facts import Fact, Span


def remarks(found):
    return [(row["DATASET"], row["MESSAGE"]) for row in found.remarks]


def test_a_subject_without_infusion_stays_among_the_enrolled():
    found = derived({"a": treated(), "b": [*treated(infused=False), *sledai(-7, "rash")]}, 60)
    row = one(found.datasets["ADSL"], USUBJID="b")
    assert [row[flag] for flag in ("ENRLFL", "SAFFL", "EFFFL", "DLTEVLFL", "PKFL")] == ["Y", "N", "N", "N", "N"]
    assert (row["DLTEVLX"], row["DOSEX"], row["TRT01P"]) == (
        "not infused by the cut",
        "not infused",
        "25 x 10^6 CAR+ T cells",
    )
    assert ("ADSL", "no infusion is recorded by the cut: kept among the enrolled, in no other set") in remarks(found)
    assert one(found.datasets["ADEFF"], USUBJID="b", PARAMCD="SLEDAI2K")["AVAL"] == 2


def test_an_infusion_after_the_cut_has_not_happened():
    row = one(derived({"a": treated()}, -2).datasets["ADSL"])
    assert (row["SAFFL"], row["LDSDT"], row["TRTSDT"]) == ("N", day(-5), None)


def test_an_event_without_a_grade_counts_as_an_event_in_no_grade():
    found = derived({"a": [*treated(), *event(3, 5, "nausea", None, "e")]}, 60)
    row = one(found.datasets["ADAE"])
    assert (row["AETOXGR"], row["AETOXGRX"]) == (None, "no grade is recorded")
    [said] = [text for name, text in remarks(found) if name == "ADAE"]
    assert said.endswith("no grade is recorded; counted as an event, in no grade")


@pytest.mark.parametrize("grade", [0.0, 6.0, 2.5])
def test_a_grade_that_is_none(grade):
    row = one(derived({"a": [*treated(), *event(3, 5, "nausea", grade, "e")]}, 60).datasets["ADAE"])
    assert row["AETOXGR"] is None
    assert "is none from 1 to 5" in row["AETOXGRX"]


def test_an_event_without_a_term_or_without_its_own_fact_is_kept():
    facts = [*treated(), *event(3, 5, None, 3.0, "e"), at("dose_limiting_toxicity", 4, cats="present", source="alone")]
    rows = list(derived({"a": facts}, 60).datasets["ADAE"])
    assert [(r["AEDECOD"], r["AETOXGR"], r["DLTFL"]) for r in rows] == [
        ("Term not recorded", 3, "N"), ("Term not recorded", None, "Y"),
    ]  # fmt: skip


def test_a_stated_absence_is_no_event():
    facts = [
        *treated(),
        at("dose_limiting_toxicity", 28, cats="absent"),
        at("serious_adverse_event", 28, cats="absent"),
    ]
    assert len(derived({"a": facts}, 60).datasets["ADAE"]) == 0


def test_an_onset_known_only_in_part():
    month = Span(span(3).lower, span(33).upper)
    before = Span(span(-30).lower, span(-10).upper)
    later = Span(span(40).lower, span(50).upper)
    events = [
        Fact("adverse_event", when, when, categories=frozenset({"present"}), source=name)
        for name, when in (("over", month), ("before", before), ("later", later))
    ]
    found = derived({"a": [*treated(), *events]}, 60)
    rows = {row["SRCREF"]: row for row in found.datasets["ADAE"]}
    assert [rows[k]["TRTEMFL"] for k in ("over", "before", "later")] == ["Y", "N", "N"]
    assert (rows["over"]["ASTDT"], rows["over"]["ASTDTX"]) == (None, f"{day(3)}/{day(33)}")
    assert rows["later"]["APERIOD"] == "after day 28"
    assert any("so it counts as lying there" in text for _, text in remarks(found))


def test_samples_before_the_infusion_and_samples_without_a_day():
    vague = replace(at("car_t_transgene_copies", 9, 300.0), start=Span(span(1).lower, span(20).upper), source="vague")
    facts = [*treated(), at("car_t_transgene_copies", -3, 500.0), below("car_t_transgene_copies", -1, 50.0), vague,
             at("car_t_transgene_copies", 7, 900.0), at("car_t_transgene_copies", 14, 100.0)]  # fmt: skip
    found = derived({"a": facts}, 60)
    rows = list(found.datasets["ADPC"])
    assert len(rows) == 5
    assert {(r["ARRELTM"], r["ANL01X"]) for r in rows if r["ANL01FL"] is None} == {
        (-3.0, "taken before the infusion"), (-1.0, "taken before the infusion"),
        (None, "the date of the sample or of the infusion is known only in part"),
    }  # fmt: skip
    said = [text for name, text in remarks(found) if name == "ADPC"]
    assert sum("taken before the infusion" in text for text in said) == 1  # the one in which something was found
    assert sum("known only in part" in text for text in said) == 1
    assert one(found.datasets["ADPP"], PPCAT="TRANSGENE", PARAMCD="CMAX", PPINT="0-28")["AVAL"] == 900


def test_two_samples_at_one_time():
    two = [at("car_t_transgene_copies", 7, value, source=source) for value, source in ((900.0, "x"), (300.0, "y"))]
    facts = [*treated(), *two, at("car_t_transgene_copies", 14, 100.0)]
    found = derived({"a": facts}, 60)
    assert len(found.datasets["ADPC"]) == 3
    row = one(found.datasets["ADPP"], PARAMCD="CMAX", PPINT="0-28")
    assert row["AVAL"] is None
    assert row["AVALREAS"].startswith("two samples at one time disagree")
    assert any("2 samples at day 7" in text for _, text in remarks(found))


def test_units_that_differ_and_units_that_cannot_be_read():
    odd = at("car_t_transgene_copies", 7, unit="copies/mL", recorded=800.0, problem="unit_mismatch")
    facts = [*treated(), odd, at("car_t_transgene_copies", 14, 100.0),
             at("hemoglobin", -9, 12.0, unit="g/dL"), at("hemoglobin", 14, 10.0, unit="g/L")]  # fmt: skip
    found = derived({"a": facts}, 60)
    row = one(found.datasets["ADPC"], ARRELTM=7.0)
    assert (row["AVAL"], row["AVALX"], row["RECVAL"]) == (None, "the unit copies/mL cannot be converted", 800.0)
    missing = one(found.datasets["ADPP"], PARAMCD="CMAX", PPINT="0-28")
    assert missing["AVALREAS"] == "the profile mixes units that cannot be converted into each other"
    assert ("ADLB", "recorded in several units, converted: g/L, g/dL") in remarks(found)


def test_a_dose_without_amount_and_a_dose_that_was_cut():
    bare = [f for f in treated() if f.concept != "car_t_dose_infused"]
    found = derived({"a": bare, "b": [*bare, at("car_t_dose_infused", 0, 20e6)]}, 60)
    assert one(found.datasets["ADSL"], USUBJID="a")["DOSEX"] == "the dose that was infused is not recorded"
    assert ("ADSL", "80 % of the planned dose was infused") in remarks(found)
    assert one(found.datasets["ADSL"], USUBJID="b")["DOSEA"] == 20e6


@pytest.mark.parametrize(
    ("level", "planned", "words"),
    [
        (2, 25e6, None),
        (4, 150e6, None),  # the alternative of the level
        (2, 27e6, None),
        (3, 25e6, "the dose is 2.5e+07 cells, not that of dose level 3 (5e+07)"),
        (5, 25e6, "dose level 5 is recorded, of which the protocol has 4"),
    ],
)
def test_a_dose_that_is_not_that_of_the_level(level, planned, words):
    """As where the participants of another trial are analysed: the label of the level would say what nobody got."""
    facts = [f for f in treated(level) if not f.concept.startswith("car_t_dose")]
    found = derived({"a": [*facts, at("car_t_dose_planned", -45, planned), at("car_t_dose_infused", 0, planned)]}, 60)
    said = [text for name, text in remarks(found) if name == "ADSL"]
    assert [text.startswith(words) for text in said] == ([True] if words else [])


def test_a_dose_level_that_is_not_recorded_is_that_of_the_dose():
    bare = [f for f in treated() if f.concept != "dose_level"]
    other = [f for f in bare if not f.concept.startswith("car_t_dose")]
    found = derived({"a": bare, "b": [*other, at("car_t_dose_infused", 0, 150e6)], "c": other}, 60)
    assert found.datasets["ADSL"].column("DOSELVL") == [2, 4, None]  # 150 x 10^6 is an alternative of level 4


def test_an_infusion_known_only_in_part_counts_no_days():
    facts = [f for f in treated() if f.concept != "car_t_infusion"]
    month = Span(span(0).lower, span(20).upper)
    found = derived({"a": [*facts, Fact("car_t_infusion", month), *event(3, 4, "nausea", 1.0, "e")]}, 60)
    row = one(found.datasets["ADSL"])
    assert (row["SAFFL"], row["TRTSDT"], row["DLTEVLX"]) == ("Y", None, "the day of the infusion is not known")
    assert one(found.datasets["ADAE"])["TRTEMFL"] is None
    assert any("no day is counted from it" in text for _, text in remarks(found))


def test_two_infusions_and_lymphodepletion_after_the_cells():
    facts = [f for f in treated() if f.concept != "lymphodepletion"]
    found = derived({"a": [*facts, at("car_t_infusion", 50), at("lymphodepletion", 45)]}, 90)
    said = [text for name, text in remarks(found) if name == "ADSL"]
    assert "2 infusions are recorded; days count from the first" in said
    assert "lymphodepletion is recorded after the infusion; check both dates" in said


def test_an_end_of_study_cuts_nothing_but_the_follow_up():
    facts = [
        *treated(),
        at("study_end", 40, cats="died"),
        Fact("death", span(40)),
        lasting("prednisone", -60, None, 10.0),
    ]
    found = derived({"a": facts}, 120)
    row = one(found.datasets["ADSL"])
    assert (row["EOSSTT"], row["DCSREAS"], row["EOSDT"], row["DTHDT"], row["LSTVDY"]) == (
        "DISCONTINUED", "death", day(40), day(40), 40,
    )  # fmt: skip
    death = one(found.datasets["ADTTE"], PARAMCD="DEATH")
    assert (death["AVAL"], death["CNSR"], death["LEFT"], death["RIGHT"]) == (40, 0, 40, 40)
    steroid = one(found.datasets["ADEFF"], PARAMCD="STEROID", AVISITN=90)
    assert steroid["AVAL"] is None
    assert steroid["REASON"] == "death on day 40, no assessment in the window"


def test_times_by_the_clock_that_only_one_side_has():
    timed = replace(at("car_t_transgene_copies", 7, 900.0), start=Span(span(7).lower + 600, span(7).lower + 600))
    row = one(derived({"a": [*treated(), timed]}, 60).datasets["ADPC"])
    assert row["ARRELTM"] == 7.0  # the infusion has no clock time, so whole days are counted


def test_laboratory_results_of_one_time_that_disagree():
    twice = [at("hemoglobin", n, v, source=s) for n in (-9, 28) for v, s in ((9.0, f"x{n}"), (12.0, f"y{n}"))]
    found = derived({"a": [*treated(), *twice, at("hemoglobin", 90, 11.0)]}, 120)
    rows = found.datasets["ADLB"].where(PARAMCD="HGB")
    assert len(rows) == 5
    assert [row["ARELDY"] for row in rows if row["ANL01FL"]] == [90]
    assert {row["BASE"] for row in rows} == {None}
    assert sum("results of one time disagree" in text for _, text in remarks(found)) == 2


@pytest.mark.parametrize(
    ("first", "last", "evaluable", "event"),
    [(3, 20, "Y", "Y"), (20, 40, "N", None), (30, 50, "Y", "N"), (-9, 3, "N", None)],
)
def test_a_toxicity_known_only_in_part(first, last, evaluable, event):
    when = Span(span(first).lower, span(last).upper)
    names = ("adverse_event", "dose_limiting_toxicity")
    facts = [Fact(name, when, categories=frozenset({"present"}), source="e") for name in names]
    row = one(derived({"a": [*treated(), *facts, at("weight", 60, 60.0)]}, 90).datasets["ADSL"])
    assert (row["DLTEVLFL"], row["DLTFL"]) == (evaluable, event)


def test_the_dose_of_the_first_infusion_counts():
    facts = [*treated(), at("car_t_infusion", 60), at("car_t_dose_infused", 60, 99e6)]
    assert one(derived({"a": facts}, 90).datasets["ADSL"])["DOSEA"] == 25e6


def test_a_death_that_may_lie_after_the_cut_has_not_surely_happened():
    when = Span(span(10).lower, span(50).upper)
    found = derived({"a": [*treated(), at("weight", 20, 60.0), Fact("death", when)]}, 30)
    row = one(found.datasets["ADTTE"], PARAMCD="DEATH")
    assert (row["CNSR"], row["AVAL"]) == (1, 20)
    assert one(found.datasets["ADSL"])["EOSSTT"] == "ONGOING"
    assert ("ADSL", "its date is known only in part and may lie after the cut") in remarks(found)


def test_somebody_named_who_takes_no_part_is_said():
    people = [(name, None, record(facts)) for name, facts in (("a", treated()), ("b", [at("weight", -9, 60.0)]))]
    found = derive(plan(), people, day(60), named=True)
    assert [subject.id for subject in found.subjects] == ["a"]
    assert one(found.remarks, USUBJID="b")["MESSAGE"].startswith("nothing of a participant is recorded by the cut")
    assert not derive(plan(), people, day(60)).remarks.where(USUBJID="b")
