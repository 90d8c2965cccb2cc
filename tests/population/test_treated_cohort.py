"""Oracle: laws (what holds of every treated cohort), and independent (the kinetic models of the analysis)."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import binomtest
from synthetic_cohorts import of

from trialwright.analysis.kinetics.models import STEIN, area, concentration
from trialwright.catalog import load_catalog
from trialwright.errors import TrialwrightError
from trialwright.language.facts import day_number
from trialwright.population.synthetic import SETTINGS, TreatedCohort, expected, generate_treated, truth_of
from trialwright.population.synthetic.events import BELOW, LOST, NONE, OPEN, Events
from trialwright.population.synthetic.terms import names, numbers, terms
from trialwright.population.synthetic.treated_lupus import FALL, Course
from trialwright.population.synthetic.treated_settings import Conduct, Kinetics, Toxicity
from trialwright.population.synthetic.treated_subjects import NEVER
from trialwright.population.synthetic.treated_toxicity import DLT_WINDOW, LISTED
from trialwright.population.synthetic.treated_truth import evaluable

LUPUS_TRIALS = ("nct05765006", "im19-sle", "universal-cd19-bcma-sle")
TRIALS = (*LUPUS_TRIALS, "relma-cel-ssc")
MANY = 2000


@cache
def many(protocol: str = "nct05765006") -> TreatedCohort:
    return generate_treated(protocol, MANY, seed=17)


def records(cohort: TreatedCohort, concept: str) -> tuple[Events, np.ndarray]:
    """The records of a concept and whose they are, as rows of the participants."""
    events = of(cohort.block, concept)
    return events, events.person - cohort.subjects.person[0]


def time_of(cohort: TreatedCohort, events: Events, row: np.ndarray) -> np.ndarray:
    """Days after infusion, with the clock."""
    minute = np.where(events.minute >= 0, events.minute, cohort.subjects.minute[row])
    return events.day - cohort.subjects.infusion[row] + (minute - cohort.subjects.minute[row]) / 1440


@pytest.mark.parametrize("protocol", TRIALS)
def test_the_seed_decides(protocol: str) -> None:
    one, again, other = (generate_treated(protocol, 9, seed=s).block.events for s in (5, 5, 6))
    for f in fields(one):
        a, b = getattr(one, f.name), getattr(again, f.name)
        assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), f.name
    assert len(one) != len(other) or not np.array_equal(one.value, other.value, equal_nan=True)


@pytest.mark.parametrize("protocol", TRIALS)
def test_everything_that_an_analysis_asks_about_is_on_record(protocol: str) -> None:
    seen = {names()[c] for c in np.unique(many(protocol).block.events.concept)}
    common = """birth sex informed_consent dose_level car_t_dose_planned car_t_dose_infused lymphodepletion fludarabine
    cyclophosphamide car_t_infusion study_visit study_end car_t_transgene_copies car_t_cells cd19_b_cells igg iga igm
    wbc neutrophils lymphocytes platelets hemoglobin crp ferritin il_6 creatinine egfr alt ast prednisone weight height
    tocilizumab dexamethasone intravenous_immunoglobulin adverse_event adverse_event_grade serious_adverse_event
    adverse_event_related dose_limiting_toxicity crs_grade icans_grade"""
    lupus = "sledai_2k_total sledai_2k_arthritis pga lldas_recorded c3 c4 anti_dsdna upcr protein_24h"
    skin = "mrss fvc fvc_percent_predicted dlco_percent_predicted diffuse_systemic_sclerosis"
    needed = {*common.split(), *(skin if protocol == "relma-cel-ssc" else lupus).split(), *LISTED} - {"sepsis"}
    assert needed - seen == set()
    assert ("leukapheresis" in seen) == (protocol != "universal-cd19-bcma-sle")


@pytest.mark.parametrize("protocol", TRIALS)
def test_doses_are_those_of_the_protocol(protocol: str) -> None:
    cohort, model = many(protocol), load_catalog().protocol(protocol)
    level, row = records(cohort, "dose_level")
    planned, of_whom = records(cohort, "car_t_dose_planned")
    weight, _ = records(cohort, "weight")
    assert np.array_equal(row, of_whom)
    for number in np.unique(level.value).astype(int):
        at = level.value == number
        stated = model.dose_levels[number - 1]
        assert stated.role != "backup"
        factor = weight.value[at] if stated.per == "kg" else 1.0
        assert planned.value[at] == pytest.approx(float(stated.value) * factor, abs=5e4)
    assert set(level.value[: 3 * len(np.unique(level.value))]) == set(level.value)
    infused, whose = records(cohort, "car_t_dose_infused")
    assert np.abs(infused.value / planned.value[whose] - 1).max() < 0.11
    by_weight, whose = records(cohort, "car_t_dose_planned_per_kg")
    assert set(by_weight.value) <= {float(x.value) for x in model.dose_levels if x.per == "kg"}


@pytest.mark.parametrize("protocol", TRIALS)
def test_everything_comes_in_its_order(protocol: str) -> None:
    cohort = many(protocol)
    s = cohort.subjects
    order = [s.consent, s.screened, s.assigned, s.baseline, s.infusion - 5, s.infusion]
    assert all((a < b).all() for a, b in zip(order, order[2:], strict=False))
    assert (s.consent < s.screened).all()
    events = cohort.block.events
    row = events.person - s.person[0]
    assert (events.day <= np.minimum(s.until, s.people.at)[row]).all()
    for concept in ("car_t_transgene_copies", "adverse_event", "study_visit", "car_t_infusion"):
        found, whose = records(cohort, concept)
        assert (found.day >= s.consent[whose]).all()
    ends, whose = records(cohort, "study_end")
    assert np.array_equal(ends.day, s.until[whose])
    assert len(np.unique(whose)) == len(whose) == (s.until <= s.people.at).sum()


def test_visits_keep_their_windows_and_are_missed_as_often_as_stated() -> None:
    cohort = many()
    plan, s = cohort.plan, cohort.subjects
    off = s.visits - s.infusion - plan.visit_day[:, None]
    assert (off >= plan.visit_window[:, :1]).all()
    assert (off <= plan.visit_window[:, 1:]).all()
    later = plan.visit_day > 28
    missed = int((~s.made[later]).sum())
    assert binomtest(missed, int(later.sum()) * MANY, SETTINGS.conduct.missed_visit).pvalue > 1e-4
    assert s.made[~later].all()


def test_cells_follow_the_published_model() -> None:
    """Independent: the closed forms of the analysis give the same concentrations and areas."""
    cells = many().cells
    t = np.array([0.0, 0.5, 3, 9, 9.5, 14, 28, 60, 90, 360])
    for i in range(200):
        theta = np.log([getattr(cells, name)[i] for name in ("foldx", "tmax", "cmax", "alpha", "fb", "beta")])
        mine = cells.copies(np.repeat(t[:, None], MANY, axis=1))[:, i]
        assert mine == pytest.approx(concentration(STEIN, theta, t), rel=1e-9)
        assert cells.area(28.0)[i] == pytest.approx(area(STEIN, theta, 28.0), rel=1e-9)


@pytest.mark.parametrize("protocol", TRIALS)
def test_samples_are_one_a_day_in_their_order(protocol: str) -> None:
    events, row = records(many(protocol), "car_t_transgene_copies")
    assert len(np.unique(row.astype(np.int64) * 1_000_000 + events.day)) == len(row)
    samples = many(protocol).samples
    share = samples.taken.mean(axis=1)
    assert (share[samples.nominal <= 1] == 1).all()
    assert (share > 0.75).all()


def test_typical_parameters_and_spread_are_the_stated_ones() -> None:
    cells, law = many().cells, SETTINGS.kinetics
    dose = law.dose_power * np.log(many().subjects.planned / law.reference_dose)
    for name, variance in zip(("foldx", "tmax", "cmax", "alpha", "fb", "beta"), law.variances, strict=True):
        logs = np.log(getattr(cells, name)) - (dose if name == "cmax" else 0)
        assert logs.mean() == pytest.approx(np.log(getattr(law, name)), abs=4 * np.sqrt(variance / MANY))
        assert logs.var() == pytest.approx(variance, rel=4 * np.sqrt(2 / MANY))


def test_samples_measure_the_curve_with_the_error_of_the_assay() -> None:
    cohort = many()
    events, row = records(cohort, "car_t_transgene_copies")
    time = time_of(cohort, events, row)
    columns = np.zeros((1, MANY))
    assert (cohort.cells.copies(columns)[0] > 0).all()
    seen = events.comparator == NONE
    everyone = np.array([cohort.cells.copies(np.full((1, MANY), t))[0, i] for t, i in zip(time[:4000], row[:4000])])
    high = seen[:4000] & (everyone > 200)
    errors = np.log(events.value[:4000][high] / everyone[high])
    assert errors.mean() == pytest.approx(0, abs=0.02)
    assert errors.std() == pytest.approx(SETTINGS.kinetics.assay, abs=0.01)
    assert (events.value[events.comparator == BELOW] == SETTINGS.kinetics.lloq).all()
    assert (events.value >= SETTINGS.kinetics.lloq).all()
    assert (events.comparator[time < 0] == BELOW).all()


@pytest.mark.parametrize("protocol", TRIALS)
def test_b_cells_vanish_and_return(protocol: str) -> None:
    cohort = many(protocol)
    events, row = records(cohort, "cd19_b_cells")
    time = time_of(cohort, events, row)
    gone = (time > 12) & (time < SETTINGS.b_cells.shortest_aplasia - 1)
    assert (events.comparator[gone] == BELOW).all()
    assert (events.comparator[time < -6] == NONE).all()
    since = time - cohort.cells.back[row]
    back = since > 2 * cohort.cells.doubling[row]
    assert (events.comparator[back] == NONE).mean() > 0.999
    away = cohort.cells.back
    law = SETTINGS.b_cells
    clipped = np.maximum(law.aplasia_days + law.aplasia_sd * np.random.default_rng(0).standard_normal(400_000), 35)
    assert away.mean() == pytest.approx(clipped.mean(), abs=4 * clipped.std() / np.sqrt(MANY))


@pytest.mark.parametrize("protocol", TRIALS)
def test_harm_occurs_at_its_true_rate(protocol: str) -> None:
    """Dose-limiting toxicity, CRS and ICANS by level on record, against the chances in the truth."""
    cohort = many(protocol)
    rows, had = evaluable(cohort)
    level = cohort.subjects.level
    grades = {name: np.zeros(MANY) for name in ("crs_grade", "icans_grade")}
    for name, grade in grades.items():
        events, row = records(cohort, name)
        np.maximum.at(grade, row, events.value)
    watched = np.zeros(MANY, bool)
    watched[rows] = True
    for truth in truth_of(cohort)["levels"]:
        here = level == truth["level"] - 1
        assert here.sum() == truth["participants"]
        if not here.any():
            continue
        n, x = int((here & watched).sum()), int(had[here[rows]].sum())
        assert binomtest(x, n, truth["dlt_probability"]).pvalue > 1e-4
        for name, kind in (("crs_grade", "crs_probability"), ("icans_grade", "icans_probability")):
            for number, chance in truth[kind].items():
                x = int((grades[name][here & watched] == int(number)).sum())
                assert binomtest(x, n, chance).pvalue > 1e-4, (name, number)


@pytest.mark.parametrize("protocol", LUPUS_TRIALS)
def test_responders_are_those_of_the_truth_and_as_many(protocol: str) -> None:
    cohort = many(protocol)
    assert isinstance(cohort.disease, Course)
    assert binomtest(int(cohort.disease.responder.sum()), MANY, SETTINGS.response.sle).pvalue > 1e-4
    events, row = records(cohort, "sledai_2k_total")
    time = events.day - cohort.subjects.infusion[row]
    before = np.full(MANY, np.nan)
    before[row[time == -7]] = events.value[time == -7]
    assert np.nanmin(before) >= 8
    late = time > SETTINGS.response.by_day
    fell = events.value[late] <= before[row[late]] - FALL
    assert late.sum() > MANY / 2
    assert np.array_equal(fell, cohort.disease.responder[row[late]])


def test_skin_responders_are_those_of_the_truth_and_as_many() -> None:
    cohort = many("relma-cel-ssc")
    responder = cohort.disease.responder
    assert binomtest(int(responder.sum()), MANY, SETTINGS.response.ssc).pvalue > 1e-4
    events, row = records(cohort, "mrss")
    time = events.day - cohort.subjects.infusion[row]
    before = np.full(MANY, np.nan)
    before[row[time == -7]] = events.value[time == -7]
    late = time > SETTINGS.response.by_day
    fall = before[row[late]] - events.value[late]
    assert np.array_equal((fall >= 5) & (fall >= 0.25 * before[row[late]]), responder[row[late]])


def test_totals_are_the_sum_of_their_items_and_agree_with_the_laboratory() -> None:
    cohort = many()
    items = list(load_catalog().instruments["sledai_2k"].items)

    def by_day(concept: str) -> dict[tuple[int, int], float]:
        e = of(cohort.block, concept)
        value = np.where(np.isnan(e.value), e.cats == 1, e.value)
        return dict(zip(zip(e.person.tolist(), e.day.tolist(), strict=True), value.tolist(), strict=True))

    total = by_day("sledai_2k_total")
    summed = dict.fromkeys(total, 0.0)
    for item in items:
        for key, present in by_day(f"sledai_2k_{item.id}").items():
            summed[key] += present * float(str(item.points))
    assert summed == total
    for lab, item, holds in (
        ("protein_24h", "proteinuria", lambda v: v > 0.5),
        ("anti_dsdna", "increased_dna_binding", lambda v: v > 30),
        ("urine_rbc", "hematuria", lambda v: v > 5),
        ("urine_wbc", "pyuria", lambda v: v > 5),
    ):
        present = by_day(f"sledai_2k_{item}")
        for key, value in by_day(lab).items():
            assert bool(present[key]) == holds(value), (lab, key)
    c3, c4, low = by_day("c3"), by_day("c4"), by_day("sledai_2k_low_complement")
    assert all(bool(low[k]) == (c3[k] < 90 or c4[k] < 10) for k in low)
    white, leukopenia = by_day("wbc"), by_day("sledai_2k_leukopenia")
    baseline = {(int(p), int(d)) for p, d in zip(cohort.subjects.person, cohort.subjects.baseline, strict=True)}
    assert all(bool(leukopenia[k]) == (white[k] < 3.0) for k in baseline)


@pytest.mark.parametrize("protocol", TRIALS)
def test_every_event_has_its_parts(protocol: str) -> None:
    cohort = many(protocol)
    events = cohort.block.events
    part = events.take(events.part > 0)
    key = part.person.astype(np.int64) * 1000 + part.part
    condition = np.array([t.domain == "condition" for t in terms().values()])[part.concept]

    def per_event(concept: str | None) -> np.ndarray:
        rows = condition if concept is None else part.concept == numbers()[concept]
        return np.sort(key[rows])

    whole = per_event("adverse_event")
    assert len(np.unique(whole)) == len(whole) == len(cohort.harm)
    for concept in (None, "adverse_event_grade", "serious_adverse_event", "adverse_event_related"):
        assert np.array_equal(per_event(concept), whole), concept
    harm, s = cohort.harm, cohort.subjects
    limiting = harm.take(harm.limiting)
    assert len(per_event("dose_limiting_toxicity")) >= len(limiting) > 0
    assert (limiting.grade >= 3).all()
    assert limiting.serious.all()
    day = limiting.start - s.infusion[limiting.row]
    assert ((day >= 0) & (day <= DLT_WINDOW)).all()
    assert (harm.serious | (harm.grade < 3) | np.isin(harm.term, [LISTED.index(t) for t in LISTED[-4:]])).all()
    going = events.take((events.concept == numbers()["adverse_event"]) & (events.end == OPEN))
    row = going.person - s.person[0]
    assert np.array_equal(going.status == LOST, s.until[row] <= s.people.at)


def test_low_counts_are_read_off_the_values() -> None:
    """The grade of a neutropenia is that of the lowest value between its onset and its end (CTCAE 5.0)."""
    cohort = many()
    harm, s = cohort.harm, cohort.subjects
    values, row = records(cohort, "neutrophils")
    low = harm.take(harm.term == LISTED.index("neutropenia"))
    assert len(low) > MANY / 3
    for i in range(0, len(low), 7):
        mine = (row == low.row[i]) & (values.day >= low.start[i]) & (values.day < low.end[i])
        worst = values.value[mine].min()
        assert low.grade[i] == 1 + sum(worst < limit for limit in (1.5, 1.0, 0.5))
        if low.end[i] < OPEN and low.end[i] <= s.until[low.row[i]]:
            assert ((row == low.row[i]) & (values.day == low.end[i])).any()


def test_no_count_of_grade_4_is_without_its_event() -> None:
    """Also where the count had been back in between: the event of a second fall is there, with its own grade."""
    cohort = many()
    harm, s = cohort.harm, cohort.subjects
    values, row = records(cohort, "neutrophils")
    low = harm.take(harm.term == LISTED.index("neutropenia"))
    deep = np.flatnonzero((values.value < 0.5) & (values.day >= s.infusion[row]) & (values.day <= s.until[row]))
    assert len(deep) > 100
    for i in deep:
        mine = (low.row == row[i]) & (low.start <= values.day[i]) & (values.day[i] < low.end)
        assert low.grade[mine].tolist() == [4]


def test_who_leaves_leaves_as_often_as_stated() -> None:
    s = many().subjects
    followed = many().plan.visit_day.max()
    chance = 1 - (1 - SETTINGS.conduct.leave_within_a_year) ** (followed / 365)
    left = int((s.left < NEVER).sum())
    assert abs(left / MANY - chance) < 4 * np.sqrt(chance * (1 - chance) / MANY) + 1 / 365


def test_deaths_are_recorded_when_there_are_any() -> None:
    settings = replace(SETTINGS, conduct=Conduct(leave_within_a_year=0.6, died_share=0.5))
    cohort = generate_treated("nct05765006", 200, seed=2, settings=settings)
    deaths, row = records(cohort, "death")
    at = cohort.subjects.people.at
    assert len(deaths) == (cohort.subjects.died & (cohort.subjects.left <= at)).sum() > 10
    fatal = cohort.harm.take(cohort.harm.grade == 5)
    assert set(fatal.row) == set(row)


def test_an_earlier_cut_shows_less_of_the_same_people() -> None:
    """Law: at a cut on which nobody was treated, nothing is known of harm; an open end is one that came later."""
    conduct = Conduct(after_last_infusion=-200)
    early = generate_treated("nct05765006", 6, seed=3, settings=replace(SETTINGS, conduct=conduct))
    events = early.block.events
    assert (events.day <= day_number(dt.date(2026, 11, 2))).all()
    assert not (events.concept == numbers()["adverse_event"]).any()
    assert len(early.harm) == 0


def test_expected_values_agree_with_closed_forms() -> None:
    found = expected("nct05765006")
    for row in found["levels"]:
        law = SETTINGS.kinetics
        dose = float(load_catalog().protocol("nct05765006").dose_levels[row["level"] - 1].value)
        truth = law.cmax * (dose / law.reference_dose) ** law.dose_power
        assert abs(np.log(row["cmax_geometric_mean"] / truth)) < 4 * row["cmax_log_se"]
    assert found["change"]["day_90"]["mean"] < found["change"]["day_28"]["mean"] < 0


def test_what_cannot_be_is_refused_in_a_sentence() -> None:
    model = load_catalog().protocol("nct05765006")
    for change, word in (
        ({"dose_levels": ()}, "dose_levels"),
        ({"visits": ()}, "visits"),
        ({"title": "A trial", "criteria": model.criteria[:1]}, "lupus"),
    ):
        with pytest.raises(TrialwrightError, match=word):
            generate_treated(model.model_copy(update=change), 3)
    with pytest.raises(TrialwrightError, match="at least one"):
        generate_treated(model, 0)
    with pytest.raises(TrialwrightError, match="4 dose levels"):
        generate_treated(model, 3, settings=replace(SETTINGS, toxicity=Toxicity(dlt=(0.1, 0.2))))
    for wrong, word in (
        (Toxicity(dlt=(0.1, 0.2, 0.3, 1.4)), "Toxicity.dlt"),
        (Toxicity(crs=(0.8, 0.4)), "Toxicity.crs"),
        (Toxicity(dlt_kinds=(0.5, 0.2, 0.2)), "one whole"),
    ):
        with pytest.raises(TrialwrightError, match=word):
            generate_treated(model, 3, settings=replace(SETTINGS, toxicity=wrong))
    for law, word in ((Kinetics(cmax=0), "Kinetics.cmax"), (Kinetics(variances=(1.0,)), "six numbers")):
        with pytest.raises(TrialwrightError, match=word):
            generate_treated(model, 3, settings=replace(SETTINGS, kinetics=law))
    with pytest.raises(TrialwrightError, match="between 1950"):
        generate_treated(model, 3, at=dt.date(5, 1, 1))
    with pytest.raises(TrialwrightError, match="did you mean nct05765006"):
        generate_treated("nct0576", 3)
