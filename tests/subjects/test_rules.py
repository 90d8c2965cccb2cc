"""Oracle: pair (the named rules: windows, baseline, missing responses, emergence, dose-limiting toxicity)."""

import itertools
import math
from dataclasses import replace

import pytest
from tests.subjects.person import at, day, derived, event, lasting, one, plan, sledai, treated

from trialwright.analysis.subjects.rules import Baseline, Missing, Rules, Windows
from trialwright.analysis.subjects.run import results_of
from trialwright.analysis.subjects.visits import visit_on, visits_of
from trialwright.errors import TrialwrightError
from trialwright.language.facts import Fact, Span


def number(rows, estimand, statistic="count", group="all", level=""):
    return one(rows, estimand=estimand, group=group, level=level, statistic=statistic)


def results(people, cut, rules=None, protocol="nct05765006"):
    found = derived(people, cut, protocol, rules)
    return list(results_of(plan(protocol, rules), found, day(cut)))


@pytest.mark.parametrize(
    ("on", "stated", "nearest"),
    [(0, 0, 0), (7, None, 0), (8, None, 14), (12, 14, 14), (16, 14, 14), (17, None, 14), (21, None, 14), (22, None, 28),
     (25, 28, 28), (31, 28, 28), (32, None, 28), (59, None, 28), (60, None, 90), (83, 90, 90), (97, 90, 90),
     (98, None, 90), (194, 180, 180), (195, None, None)],
)  # fmt: skip
def test_windows(on, stated, nearest):
    """nct05765006: days 0, 14 (2), 28 (3), 90 (7), 180 (14); half way belongs to the earlier visit."""
    for rule, wanted in ((Windows.STATED, stated), (Windows.NEAREST, nearest)):
        found = visit_on(visits_of(plan().protocol, {"infusion": 1000}, rule), 1000 + on)
        assert (None if found is None else found.day) == wanted


def test_every_day_belongs_to_one_visit_at_most_and_nearest_leaves_no_gap():
    visits = visits_of(plan().protocol, {"infusion": 0}, Windows.NEAREST)
    for a, b in itertools.pairwise(visits):
        assert b.first == a.last + 1


def test_the_known_assessment_nearest_the_target_day_counts():
    people = [*treated(), *sledai(-7, "rash"), *sledai(84, "rash"), *sledai(89), *sledai(91, "arthritis")]
    row = one(derived({"a": people}, 120).datasets["ADEFF"], PARAMCD="SLEDAI2K", AVISITN=90)
    assert (row["AVAL"], row["AWTDIFF"]) == (4, 1)  # days 89 and 91 are equally near: the later
    half = [f for f in people if not (f.concept == "sledai_2k_seizure" and f.source.endswith(" 91"))]
    row = one(derived({"a": half}, 120).datasets["ADEFF"], PARAMCD="SLEDAI2K", AVISITN=90)
    assert row["AWTDIFF"] == 1  # the form of day 91 takes the item of day 89 within its 30 days
    alone = [*treated(), *sledai(-7, "rash"), *sledai(84, "rash"), at("sledai_2k_rash", 130, cats="absent")]
    assert one(derived({"a": alone}, 140).datasets["ADEFF"], PARAMCD="SLEDAI2K", AVISITN=90)["AWTDIFF"] == -6


def test_bounds_where_a_form_is_not_filled_in():
    """Seizure (8) is missing at baseline and at day 90: 2 to 10 and 0 to 8, so the change lies between -10 and 6."""
    people = [*treated(), *sledai(-7, "rash"), *sledai(90)]
    people = [f for f in people if f.concept != "sledai_2k_seizure"]
    row = one(derived({"a": people}, 120).datasets["ADEFF"], PARAMCD="SLEDAI2K", AVISITN=90)
    assert (row["AVAL"], row["AVALLO"], row["AVALHI"]) == (None, 0, 8)
    assert (row["CHG"], row["CHGLO"], row["CHGHI"]) == (None, -10, 6)
    assert row["REASON"] == "nothing is recorded"


def test_baseline_before_infusion_takes_what_lymphodepletion_has_changed():
    people = [*treated(), *sledai(-7, "arthritis"), *sledai(-2, "rash"), *sledai(28)]
    for rule, wanted in ((Baseline.LYMPHODEPLETION, 4), (Baseline.INFUSION, 2)):
        found = derived({"a": people}, 40, rules=Rules(baseline=rule))
        assert one(found.datasets["ADEFF"], PARAMCD="SLEDAI2K", ABLFL="Y")["AVAL"] == wanted


def test_a_value_of_the_day_of_lymphodepletion_is_no_baseline():
    found = derived({"a": [*treated(), at("hemoglobin", -9, 12.0), at("hemoglobin", -5, 9.0)]}, 40)
    assert one(found.datasets["ADLB"], PARAMCD="HGB", ABLFL="Y")["AVAL"] == 12.0


def cohort():
    """Responder at day 90; not at day 90; never seen then; left on day 40; visit not due at a cut on day 92."""
    seen = [*treated(), *sledai(-7, "arthritis", "rash")]
    late = [
        Fact(f.concept, Span(f.start.lower + 20 * 1440, f.start.upper + 20 * 1440), f.end, f.lower, f.upper,
             categories=f.categories, source=f.source)
        if f.start.first_day > day(-60).toordinal() - 719163 else f
        for f in seen
    ]  # fmt: skip
    return {
        "yes": [*seen, *sledai(90)],
        "no": [*seen, *sledai(90, "arthritis", "rash")],
        "unseen": [*seen, *sledai(28)],
        "left": [*seen, at("study_end", 40, cats="withdrew")],
        "early": late,
    }


def test_missing_is_non_responder_among_those_whose_visit_is_due():
    rows = results(cohort(), 98)
    main = number(rows, "sledai_2k response at day 90")
    assert (main["value"], main["n"]) == (1, 4)  # "early" is not due before day 97 of her own
    assert number(rows, "sledai_2k response at day 90", "percent")["value"] == 25
    assert number(rows, "sledai_2k response at day 90", level="observed cases")["n"] == 2
    assert number(rows, "sledai_2k response at day 90", level="at most")["value"] == 3
    missing = number(rows, "sledai_2k response at day 90", "missing")
    assert missing["value"] == 2
    assert "withdrawal by the subject on day 40, no assessment in the window (1)" in missing["reason"]
    # Clopper-Pearson of 1 of 4 and Wilson of 1 of 4, as R 4.2.2 gives them
    for name, value in (
        ("lower 95", 0.6309463),
        ("upper 95", 80.58796),
        ("wilson lower 95", 4.558726),
        ("wilson upper 95", 69.93582),
    ):
        assert number(rows, "sledai_2k response at day 90", name)["value"] == pytest.approx(value, rel=1e-6)


def test_observed_cases_as_the_main_rule():
    rows = results(cohort(), 98, Rules(missing=Missing.OBSERVED))
    main = number(rows, "sledai_2k response at day 90")
    assert (main["value"], main["n"]) == (1, 2)
    assert number(rows, "sledai_2k response at day 90", level="missing is non-responder")["n"] == 4


def test_a_response_that_nobody_was_assessed_for_is_not_none_of_n():
    rows = results(cohort(), 98)
    unknown = number(rows, "lldas recorded at day 90")
    assert unknown["value"] is None
    assert unknown["reason"].startswith("not known for any of 4 whose visit is due")


@pytest.mark.parametrize(
    ("facts", "cut", "evaluable", "event", "why"),
    [
        ([], 60, "N", None, "not seen to the end of the window (last on day 0)"),
        ([at("weight", 28, 60.0)], 60, "Y", "N", None),
        ([at("weight", 27, 60.0)], 60, "N", None, "not seen to the end of the window (last on day 27)"),
        ([at("weight", 27, 60.0)], 27, "N", None, "the window of 28 days is not over at the cut"),
        (event(28, None, "anemia", 4.0, "x", dlt=True), 60, "Y", "Y", None),
        (event(3, 4, "anemia", 4.0, "x", dlt=True), 5, "Y", "Y", None),
        ([*event(29, None, "anemia", 4.0, "x", dlt=True)], 60, "Y", "N", None),
        ([*event(3, 4, "anemia", 4.0, "x", dlt=False), at("weight", 40, 60.0)], 60, "Y", "N", None),
        ([at("study_end", 12, cats="withdrew")], 60, "N", None, "withdrawal by the subject on day 12 without one"),
        ([*event(9, None, "anemia", 5.0, "x", dlt=True), Fact("death", at("x", 10).start)], 60, "Y", "Y", None),
    ],
)
def test_who_is_evaluable_for_dose_limiting_toxicity(facts, cut, evaluable, event, why):
    row = one(derived({"a": [*treated(), *facts]}, cut).datasets["ADSL"])
    assert (row["DLTEVLFL"], row["DLTFL"], row["DLTEVLX"]) == (evaluable, event, why)


def test_the_window_of_toxicity_comes_from_the_protocol_or_is_given():
    assert (plan().dlt_days, plan().dlt_source) == (28, "the protocol's endpoint")
    assert plan("im19-sle").dlt_source == "the usual, for want of a statement"
    facts = [*treated(), *event(25, 30, "anemia", 4.0, "x", dlt=True), at("weight", 40, 60.0)]
    assert one(derived({"a": facts}, 60, rules=Rules(dlt_days=21)).datasets["ADSL"])["DLTFL"] == "N"


def test_toxicity_by_dose_level():
    seen = at("weight", 40, 60.0)
    people = {
        "a": [*treated(2), seen], "b": [*treated(2), seen, *event(5, 9, "icans", 3.0, "e", dlt=True)],
        "c": [*treated(3), seen], "d": treated(3), "e": [*treated(3, infused=False)],
    }  # fmt: skip
    rows = results(people, 60)
    for group, x, n in (("dose level 2", 1, 2), ("dose level 3", 0, 1), ("all", 1, 3)):
        got = number(rows, "dose-limiting toxicity", group=group)
        assert (got["value"], got["n"]) == (x, n)


def test_a_subject_counts_once_at_the_worst_grade():
    people = {
        "a": [*treated(), *event(2, 4, "cytokine_release_syndrome", 1.0, "1", crs=True),
              *event(6, 9, "cytokine_release_syndrome", 3.0, "2", crs=True), *event(3, 3, "nausea", None, "3")],
        "b": [*treated(), *event(4, 5, "cytokine_release_syndrome", 1.0, "4", crs=True)],
    }  # fmt: skip
    rows = results(people, 60)
    levels = ("any grade", "grade 1", "grade 2", "grade 3", "grade missing")
    place = "Immune system disorders | Cytokine release syndrome"
    worst = {k: number(rows, "adverse event worst grade", level=f"{place} | {k}")["value"] for k in levels}
    assert worst == {"any grade": 2, "grade 1": 1, "grade 2": 0, "grade 3": 1, "grade missing": 0}
    assert number(rows, "adverse events", "events", level="any")["value"] == 4
    assert number(rows, "adverse events", "count", level="grade missing")["value"] == 1
    assert number(rows, "crs", level="any")["value"] == 2
    assert number(rows, "crs onset", "median")["value"] == 3  # days 2 and 4
    assert number(rows, "crs duration", "max")["value"] == 8  # from the first onset on day 2 to day 9


def test_a_renal_response_is_asked_of_those_with_nephritis():
    kidney = [at("upcr", -8, 2.0), at("egfr", -8, 80.0), at("upcr", 90, 0.3), at("egfr", 90, 78.0)]
    people = {
        "with": [*treated(), lasting("lupus_nephritis", -900, None), *kidney],
        "without": [*treated(), at("upcr", -8, 0.1), at("egfr", -8, 90.0), at("upcr", 90, 0.1), at("egfr", 90, 90.0)],
    }
    people["perhaps"] = [*treated(), replace(lasting("lupus_nephritis", -900, None), certain=False), *kidney]
    rows = results(people, 120)
    got = number(rows, "complete renal response at day 90")
    assert (got["value"], got["n"]) == (1, 1)
    data = derived(people, 120).datasets["ADEFF"].where(PARAMCD="KDIGOCR", AVISITN=90)
    assert {row["USUBJID"]: row["REASON"] for row in data} == {
        "with": None, "without": "does not apply to this subject", "perhaps": "whether it applies is not known",
    }  # fmt: skip


def test_the_renal_endpoint_of_a_protocol_is_asked_of_those_with_nephritis():
    """im19-sle, day 180: of two participants whose kidneys are well then, one was ill before."""
    well = [at("upcr", 180, 0.1), at("creatinine", 180, 0.7)]
    people = {
        "with": [
            *treated(),
            lasting("lupus_nephritis", -900, None),
            at("upcr", -8, 2.0),
            at("creatinine", -8, 0.7),
            *well,
        ],
        "without": [*treated(), at("upcr", -8, 0.1), at("creatinine", -8, 0.7), *well],
    }
    got = number(results(people, 200, protocol="im19-sle"), "endpoint renal_response_day_180")
    assert (got["value"], got["n"]) == (1, 1)
    data = derived(people, 200, "im19-sle").datasets["ADEFF"]
    row = one(data, PARNAME="renal_response_day_180", USUBJID="without")
    assert (row["AVAL"], row["AVALC"], row["DUEFL"], row["REASON"]) == (
        None,
        None,
        "N",
        "does not apply to this subject",
    )


def test_laboratory_grades_count_from_the_day_of_the_infusion():
    """Neutrophils of 0.4 on day 0 are grade 4; those of day -1 are of lymphodepletion."""
    for on, worst in ((0, 1), (-1, 0)):
        people = [*treated(), at("neutrophils", on, 0.4, low_normal=2.0), at("neutrophils", 14, 3.0, low_normal=2.0)]
        found = number(results({"a": people}, 60), "laboratory worst grade", level="NEUT | grade 4")
        assert (found["value"], found["n"]) == (worst, 1)


def test_the_consent_is_the_one_under_which_treatment_began():
    """A consent to an amendment on day 40 moves neither the date nor the age; two before treatment: the later."""
    for days, wanted in (((-50, 40), -50), ((-900, -50), -50), ((40,), 40)):
        facts = [f for f in treated() if f.concept != "informed_consent"]
        given = [at("informed_consent", n, cats="present") for n in days]
        row = derived({"a": [*facts, *given]}, 60).datasets["ADSL"][0]
        assert row["RFICDT"] == day(wanted)


def test_a_refuted_diagnosis_is_not_the_disease_of_a_participant():
    refuted = replace(lasting("systemic_sclerosis", -900, None), present=False)
    facts = [f for f in treated() if f.concept != "systemic_lupus_erythematosus"]
    for given, wanted in (
        ([*treated(), refuted], "SLE"),
        ([*facts, refuted], None),
        ([*treated(), lasting("systemic_sclerosis", -90, None)], "SLE and SSc"),
    ):
        assert derived({"a": given}, 60).datasets["ADSL"][0]["COHORT"] == wanted


def test_geometric_statistics_by_dose_level():
    """Cmax 100, 1000 and 10000: geometric mean 1000, SD of the logs ln 10, CV 100 sqrt(exp(ln(10)^2) - 1)."""
    people = {
        name: [*treated(2), at("car_t_transgene_copies", 7, 1.0), at("car_t_transgene_copies", 10, peak)]
        for name, peak in (("a", 100.0), ("b", 1000.0), ("c", 10000.0))
    }
    rows = results(people, 60)
    assert number(rows, "kinetics CMAX transgene", "geometric mean", "dose level 2")["value"] == pytest.approx(1000)
    assert number(rows, "kinetics CMAX transgene", "geometric cv", "dose level 2")["value"] == pytest.approx(
        100 * math.sqrt(math.expm1(math.log(10) ** 2))
    )
    assert number(rows, "kinetics TMAX transgene", "median", "dose level 2")["value"] == 10


@pytest.mark.parametrize(
    "wrong", [{"baseline_days": 0}, {"emergent_days": -1}, {"level": 1.0}, {"depleted_below": 0.0}]
)
def test_rules_that_make_no_sense(wrong):
    with pytest.raises(TrialwrightError):
        Rules(**wrong)


def test_endpoints_of_harm_are_decided_by_follow_up():
    """Nothing recorded means none for as long as somebody was seen; a count that is not known has no value."""
    seen = at("weight", 30, 60.0)
    people = {
        "none": [*treated(), seen],
        "one": [*treated(), seen, *event(5, 9, "icans", 3.0, "e", dlt=True, serious=True)],
        "two": [*treated(), *event(5, 9, "anemia", 3.0, "f", dlt=False, serious=True), at("weight", 12, 60.0)],
    }
    found = derived(people, 60)
    toxic = {row["USUBJID"]: row for row in found.datasets["ADEFF"].where(PARNAME="dose_limiting_toxicity")}
    assert [toxic[name]["AVALC"] for name in ("none", "one", "two")] == ["N", "Y", None]
    assert toxic["two"]["REASON"] == "seen to day 12 only"
    serious = {row["USUBJID"]: row for row in found.datasets["ADEFF"].where(PARNAME="serious_adverse_events")}
    assert [serious[name]["AVAL"] for name in ("none", "one", "two")] == [0, 1, None]
    assert serious["two"]["AVALLO"] == 1
    rows = results(people, 60)
    share = number(rows, "endpoint dose_limiting_toxicity")
    assert (share["value"], share["n"]) == (1, 2)  # what is not known of harm is not counted as none
    assert number(rows, "endpoint dose_limiting_toxicity", "missing")["value"] == 1


def test_an_endpoint_of_numbers_is_summarised_and_one_of_truths_counted():
    kinds = {e.id: e.gives for p in ("nct05765006", "im19-sle", "relma-cel-ssc") for e in plan(p).endpoints}
    assert kinds["dose_limiting_toxicity"] == kinds["lldas_day_180"] == kinds["renal_response_day_180"] == "truth"
    for name in ("serious_adverse_events", "peak_car_t", "persistence", "fvc_change_day_180", "b_cells_day_28"):
        assert kinds[name] == "number"


def test_one_sample_of_each_visit_is_summarised():
    """Days 12, 14 and 16 lie in the window of day 14: one sample counts, that of day 14."""
    samples = [at("car_t_transgene_copies", n, v) for n, v in ((12, 10.0), (14, 20.0), (16, 30.0))]
    rows = results({"a": [*treated(), *samples]}, 60)
    assert number(rows, "transgene concentration", "n", level="day 14")["value"] == 1
    assert number(rows, "transgene concentration", "mean", level="day 14")["value"] == 20


def test_a_toxicity_of_one_level_is_none_of_n_at_the_others():
    people = {
        "a": [*treated(2), at("study_visit", 40)],
        "b": [*treated(3), *event(3, 5, "pneumonia", 4.0, "e", dlt=True)],
    }
    rows = results(people, 60)
    for group, x in (("dose level 2", 0), ("dose level 3", 1)):
        found = number(rows, "dose-limiting toxicity", group=group, level="Pneumonia")
        assert (found["value"], found["n"]) == (x, 1)


def test_a_syndrome_that_nobody_had_leaves_the_group_full():
    rows = results({"a": treated()}, 60)
    assert number(rows, "icans onset", "median")["reason"] == "nobody of this group is concerned"


def test_the_reason_of_a_missing_area_names_no_option_of_another_command():
    samples = [at("car_t_transgene_copies", n, v) for n, v in ((3, 10.0), (10, 900.0), (20, 100.0))]
    row = one(derived({"a": [*treated(), *samples]}, 60).datasets["ADPP"], PARAMCD="AUCINT", PPINT="0-28")
    said = "the last sample is at 20 d, before the end of the interval at 28 d: a missing sample is not BLQ"
    assert (row["AVAL"], row["AVALREAS"]) == (None, said)
