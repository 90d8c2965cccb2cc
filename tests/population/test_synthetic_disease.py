"""The synthetic diseases look like the published ones, and hang together."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic_cohorts import at_visit, latest, of, tidy_cohort

from trialwright.catalog import load_catalog
from trialwright.population.synthetic.people import GENERAL, LUPUS, SCLEROSIS


def share(holds: np.ndarray) -> float:
    return float(np.mean(holds))


@pytest.mark.parametrize(
    ("what", "expected", "within"),
    [
        # Izmirly 2021: nine of ten people with SLE are women
        ("women_lupus", 0.90, 0.02),
        # EUSTAR (Walker 2007): 85 % women in SSc, two fifths diffuse
        ("women_sclerosis", 0.85, 0.02),
        ("diffuse", 0.42, 0.04),
        # Hanly 2016: lupus nephritis in 38.3 % of the inception cohort; coded in 85 % here
        ("nephritis", 0.383 * 0.85, 0.04),
        # Leuchten 2018: ANA of 1:80 or more in 97.8 % of SLE
        ("ana", 0.978, 0.015),
        # Navarra 2011, Furie 2011: antimalarials in about two thirds
        ("antimalarial", 0.67, 0.06),
        # Ostchega 2020 (22, 55, 75 % by age), carried as a code in about two thirds
        ("hypertension_old", 0.745 * 0.77, 0.04),
        ("hypertension_young", 0.224 * 0.31, 0.02),
    ],
)
def test_marginal_shares(what: str, expected: float, within: float) -> None:
    """Published: the share in a large cohort lies near the number that the model cites."""
    block = tidy_cohort()
    people, person = block.people, block.people.person
    sle, ssc, rest = (people.group == g for g in (LUPUS, SCLEROSIS, GENERAL))

    def has(*concepts: str) -> np.ndarray:
        return np.isin(person, np.concatenate([of(block, c).person for c in concepts]))

    with_hypertension = has("hypertension")
    titre = latest(block, "ana")
    subtype = has("diffuse_systemic_sclerosis"), has("limited_systemic_sclerosis")
    found = {
        "women_lupus": share(people.female[sle]),
        "women_sclerosis": share(people.female[ssc]),
        "diffuse": share(subtype[0][ssc & (subtype[0] | subtype[1])]),
        "nephritis": share(has("lupus_nephritis")[sle]),
        "ana": share(titre[sle & ~np.isnan(titre)] >= 80),
        "antimalarial": share(
            np.isin(person, of(block, "hydroxychloroquine").person[of(block, "hydroxychloroquine").end > 900_000])[sle]
        ),
        "hypertension_old": share(with_hypertension[rest & (people.age >= 65)]),
        "hypertension_young": share(with_hypertension[rest & (people.age >= 20) & (people.age < 40)]),
    }
    assert found[what] == pytest.approx(expected, abs=within)


def test_activity_of_those_whom_trials_take() -> None:
    """Published: people at SLEDAI-2K 8 or more have a mean near 10.6 to 12.6 (Wang W 2024, Wang Y 2025; Mackensen: 8
    to 16)."""
    total = latest(tidy_cohort(), "sledai_2k_total")
    active = total[total >= 8]
    assert 10.0 <= active.mean() <= 15.0
    assert np.median(active) == pytest.approx(13, abs=2.5)
    assert 0.05 < share(total[~np.isnan(total)] >= 10) < 0.45


@pytest.mark.parametrize("instrument", ["sledai_2k", "selena_sledai"])
def test_totals_are_the_sum_of_their_items(instrument: str) -> None:
    """Law: where all 24 items are on record, the total is the sum of the catalog's weights of those present."""
    items = list(load_catalog().instruments["sledai_2k"].items)
    columns = at_visit(tidy_cohort(), f"{instrument}_total", *(f"{instrument}_{i.id}" for i in items))
    assert len(columns[0]) > 1000
    weights = np.array([float(i.points) for i in items])
    assert np.array_equal(columns[0], weights @ np.vstack(columns[1:]))


@pytest.mark.parametrize(
    ("item", "lab", "rule"),
    [
        ("leukopenia", "wbc", lambda v: v < 3.0),
        ("thrombocytopenia", "platelets", lambda v: v < 100),
        ("proteinuria", "protein_24h", lambda v: v > 0.5),
        ("hematuria", "urine_rbc", lambda v: v > 5),
        ("pyuria", "urine_wbc", lambda v: v > 5),
        ("increased_dna_binding", "anti_dsdna", lambda v: v > 30),
        ("fever", "temperature", lambda v: v > 38.0),
        ("urinary_casts", "urine_rbc_casts", lambda v: v == 1),
    ],
)
def test_items_agree_with_the_laboratory(item: str, lab: str, rule: object) -> None:
    """Law (SLEDAI-2K glossary): an item that a laboratory decides is present exactly when its value says so."""
    present, value = at_visit(tidy_cohort(), f"sledai_2k_{item}", lab)
    assert len(present) > 300
    assert np.array_equal(present == 1, rule(value))  # type: ignore[operator]


def test_low_complement_is_a_low_value() -> None:
    """Law (SLEDAI-2K glossary): the item is present exactly when C3 or C4 is below its limit (CH50 follows)."""
    present, c3, c4 = at_visit(tidy_cohort(), "sledai_2k_low_complement", "c3", "c4")
    assert np.array_equal(present == 1, (c3 < 90) | (c4 < 10))
    assert np.corrcoef(c3, c4)[0, 1] > 0.35


def test_nephritis_shows_in_urine_and_serum() -> None:
    """Law: where the kidney is active, complement is lower, anti-dsDNA higher and albumin lower than elsewhere."""
    protein, c3, dna, albumin = at_visit(tidy_cohort(), "upcr", "c3", "anti_dsdna", "albumin")
    leaking = protein > 0.5
    assert 0.05 < share(leaking) < 0.35
    assert np.median(c3[leaking]) < np.median(c3[~leaking]) - 20
    assert np.median(dna[leaking]) > 3 * np.median(dna[~leaking])
    assert albumin[leaking].mean() < albumin[~leaking].mean() - 0.3
    whole, ratio = at_visit(tidy_cohort(), "protein_24h", "upcr")
    assert np.corrcoef(np.log(whole + 0.01), np.log(ratio + 0.01))[0, 1] > 0.9


def test_laboratory_values_move_together() -> None:
    """Law: parts of the white count do not exceed it; transaminases, creatinine and eGFR are correlated."""
    wbc, neutrophils, lymphocytes = at_visit(tidy_cohort(), "wbc", "neutrophils", "lymphocytes")
    assert np.all(neutrophils + lymphocytes <= wbc + 0.06)
    alt, ast = at_visit(tidy_cohort(), "alt", "ast")
    assert np.corrcoef(np.log(alt), np.log(ast))[0, 1] > 0.45
    creatinine, egfr = at_visit(tidy_cohort(), "creatinine", "egfr")
    assert np.corrcoef(np.log(creatinine), egfr)[0, 1] < -0.6


def test_biopsy_indices_are_sums_of_their_parts() -> None:
    """Law (Bajema 2018): necrosis and crescents count twice in the activity index; both indices keep their range."""
    activity = ("endocapillary_hypercellularity", "neutrophils_karyorrhexis", "fibrinoid_necrosis", "hyaline_deposits",
                "cellular_crescents", "interstitial_inflammation")  # fmt: skip
    chronic = ("total_glomerulosclerosis", "fibrous_crescents", "tubular_atrophy", "interstitial_fibrosis")
    total, *parts = at_visit(tidy_cohort(), "nephritis_activity_index", *(f"biopsy_{p}" for p in activity))
    assert np.array_equal(total, np.array([1, 1, 2, 1, 2, 1]) @ np.vstack(parts))
    scars, *parts = at_visit(tidy_cohort(), "nephritis_chronicity_index", *(f"biopsy_{p}" for p in chronic))
    assert np.array_equal(scars, np.sum(parts, axis=0))
    assert total.max() <= 24
    assert scars.max() <= 12
    biopsies = of(tidy_cohort(), "lupus_nephritis_class")
    classes = biopsies.cats
    first = biopsies.day < tidy_cohort().people.at - 190
    assert share((classes[first] & 0b1100) > 0) == pytest.approx(0.70, abs=0.04)  # two thirds to three quarters
    assert {0b010100, 0b011000} <= set(classes.tolist())


def test_skin_score_is_the_sum_of_its_sites() -> None:
    """Law (Khanna 2017): 17 sites of 0 to 3; diffuse disease scores higher, and some rise by 3 within half a year."""
    block = tidy_cohort()
    sites = [c for c in load_catalog().concepts if c.startswith("mrss_")]
    assert len(sites) == 17
    total, *parts = at_visit(block, "mrss", *sites)
    assert np.array_equal(total, np.sum(parts, axis=0))
    assert np.vstack(parts).max() == 3
    diffuse = np.isin(block.people.person, of(block, "diffuse_systemic_sclerosis").person)
    limited = np.isin(block.people.person, of(block, "limited_systemic_sclerosis").person) & ~diffuse
    score = latest(block, "mrss")
    assert np.nanmean(score[diffuse]) == pytest.approx(18, abs=4)
    assert np.nanmean(score[limited]) < 9
    first = of(block, "mrss")
    order = np.lexsort((first.day, first.person))
    same = np.diff(first.person[order]) == 0
    rise = np.diff(first.value[order])[same & (np.diff(first.day[order]) <= 183)]
    assert 0.02 < share(rise >= 3) < 0.4


def test_glucocorticoid_courses_change_and_do_not_overlap() -> None:
    """Law: a change of dose ends one record and begins the next; some doses are stable, some changed of late."""
    block = tidy_cohort()
    events = of(block, "prednisone")
    going = events.take(events.end > 900_000)
    sle = block.people.group[going.person - block.people.person[0]] == LUPUS
    since = block.people.at - going.day[sle]
    assert share(since > 56) > 0.5
    assert 0.03 < share(since <= 14) < 0.3
    assert share((going.value[sle] >= 7.5) & (going.value[sle] <= 30)) == pytest.approx(0.55, abs=0.2)
    ended = events.take((events.end < 900_000) & (events.value > 0))
    steps = ended.take(block.people.group[ended.person - block.people.person[0]] == LUPUS)
    order = np.lexsort((steps.day, steps.person))
    steps = steps.take(order)
    same = np.diff(steps.person) == 0
    assert np.all(steps.day[1:][same] > steps.end[:-1][same])
    assert share(steps.value[1:][same] < steps.value[:-1][same]) > 0.6  # tapers go down
