"""published and pair: the traps of the reference, each with a case that fails if someone falls in."""

from __future__ import annotations

from typing import Any

import pytest

from trialwright.catalog import load_catalog
from trialwright.scoring import Score, score


def run(name: str, /, parameters: Any = None, **given: Any) -> Score:
    return score(name, {key.replace("__", " at "): value for key, value in given.items()}, parameters=parameters)


def all_items(name: str, **said: Any) -> dict[str, Any]:
    """Every item absent but those said."""
    return {item.id: False for item in load_catalog().instruments[name].items} | said


def test_trap_1_arthritis_says_which_form_counts_two_joints_and_which_more() -> None:
    """published: two or more in SLEDAI-2K, more than two in SELENA."""
    instruments = load_catalog().instruments
    notes = {
        name: " ".join(next(i for i in instruments[name].items if i.id == "arthritis").notes).lower()
        for name in ("sledai_2k", "selena_sledai")
    }
    assert "two joints or more" in notes["sledai_2k"]
    assert "more than two" in notes["selena_sledai"]


def test_trap_2_persistent_proteinuria_scores_in_2k_and_not_in_selena() -> None:
    """published: any protein above 0.5 g/day against a new onset or a recent rise."""
    states = {}
    for name, known in (("sledai_2k", {}), ("selena_sledai", {"new_proteinuria": False})):
        given = {k: v for k, v in all_items(name).items() if k != "proteinuria"}
        states[name] = score(name, given | known | {"protein_24h": {"value": 1.5, "unit": "g/d"}}).score
    assert states == {"sledai_2k": 4, "selena_sledai": 0}
    selena = {k: v for k, v in all_items("selena_sledai").items() if k != "proteinuria"} | {"protein_24h": 1.5}
    assert score("selena_sledai", selena, parameters={"persistent_counts": 1}).score == 4


def test_trap_3_the_clinical_part_keeps_leukopenia_thrombocytopenia_and_fever() -> None:
    """published: only complement and anti-dsDNA leave it."""
    said = all_items("sledai_2k", leukopenia=True, thrombocytopenia=True, fever=True, low_complement=True)
    found = score("sledai_2k", said)
    assert (found.score, found.subscores["clinical"]) == (5, 3)


@pytest.mark.parametrize(("dose", "strict", "met"), [(5, 0, True), (5, 1, False), (4.9, 1, True), (5.1, 0, False)])
def test_trap_4_the_limit_of_prednisone_in_doris_is_a_parameter(dose: float, strict: int, met: bool) -> None:
    """published: 5 or less in the abstract, below 5 in table 2."""
    found = run(
        "doris_2021", {"steroid_strict": strict}, clinical_sledai=True, pga=0.4, prednisone=dose, treatment=True
    )
    assert found.met is met


def test_trap_4_a_global_assessment_of_half_a_point_is_not_remission() -> None:
    """published: strictly below 0.5."""
    assert run("doris_2021", clinical_sledai=True, pga=0.5, prednisone=0, treatment=True).met is False


def test_trap_5_half_a_gram_is_a_response_in_aurora_and_not_in_bliss_ln() -> None:
    """published: at most 0.5 against below 0.5, baseline against before the flare."""
    common = {"upcr": 0.5, "egfr": 95, "egfr at baseline": 95}
    assert score("bliss_ln_crr", common | {"egfr_pre_flare": 95, "response_treatment_failure": False}).met is False
    assert score("kdigo_2024_cr", common).met is False
    assert score("aurora_crr", common | {"response_treatment_failure": False, "glucocorticoid": True}).met is True


def test_trap_5_bliss_ln_compares_with_the_value_before_the_flare() -> None:
    """published: 70 is 10 % below 78 before the flare, whatever the baseline."""
    given = {"upcr": 0.4, "egfr": 70, "egfr at baseline": 50, "response_treatment_failure": False}
    assert score("bliss_ln_crr", given | {"egfr_pre_flare": 90}).met is False
    assert score("bliss_ln_crr", given | {"egfr_pre_flare": 75}).met is True


def test_trap_6_a_threshold_in_g_per_g_is_not_the_rounded_one_in_mg_per_mmol() -> None:
    """published: 0.5 g/g is 56.6 mg/mmol; KDIGO prints 50."""
    given = {"egfr": 80, "egfr at baseline": 80}
    assert score("kdigo_2024_cr", given | {"upcr": {"value": 56, "unit": "mg/mmol"}}).met is True
    assert score("kdigo_2024_cr", given | {"upcr": {"value": 57, "unit": "mg/mmol"}}).met is False


UNCHANGED = {
    f"{concept}{when}": value
    for concept, value in (
        ("mrss", 20),
        ("fvc_percent_predicted", 80),
        ("ssc_patient_global", 5),
        ("ssc_physician_global", 5),
        ("haq_di", 1.5),
    )
    for when in ("", " at baseline")
}


def test_trap_7_criss_gives_040_to_the_patient_and_044_to_the_physician() -> None:
    """published: Khanna 2016, table 4; one point of the physician weighs more."""
    base = UNCHANGED | {"criss_event": False}
    patient = score("acr_criss", base | {"ssc_patient_global": 4}).score
    physician = score("acr_criss", base | {"ssc_physician_global": 4}).score
    assert patient == pytest.approx(0.005825, abs=2e-6)  # 1 / (1 + exp(5.54 - 0.40))
    assert physician == pytest.approx(0.006061, abs=2e-6)  # 1 / (1 + exp(5.54 - 0.44))


def test_trap_7_the_signs_of_criss_follow_the_direction_of_each_measure() -> None:
    """published: no change is 0.0039; better skin, lung, globals and function all raise it."""
    base = UNCHANGED | {"criss_event": False}
    nothing = score("acr_criss", base).score
    assert nothing == 0.003911
    for concept, better in (
        ("mrss", 18),
        ("fvc_percent_predicted", 85),
        ("ssc_patient_global", 4),
        ("ssc_physician_global", 4),
        ("haq_di", 1.0),
    ):
        found = score("acr_criss", base | {concept: better}).score
        assert found is not None
        assert nothing is not None
        assert found > nothing, concept


def test_trap_8_an_abnormal_baseline_changes_the_multiples() -> None:
    """published: ALT 100 is grade 1 from a normal baseline and 0 from one of 80 with a limit of 40."""
    now = {"value": 100, "high": 40}
    assert score("ctcae_5_alt_increased", {"alt": now, "alt at baseline": {"value": 30, "high": 40}}).grade == 1
    assert score("ctcae_5_alt_increased", {"alt": now, "alt at baseline": {"value": 80, "high": 40}}).grade == 0


@pytest.mark.parametrize(
    ("name", "given", "grade"),
    [
        ("ctcae_5_anemia", {"hemoglobin": {"value": 80, "unit": "g/L", "low": 120}}, 2),
        ("ctcae_5_neutrophils_decreased", {"neutrophils": {"value": 1.0, "low": 2}}, 2),
        ("ctcae_5_alt_increased", {"alt": {"value": 200, "high": 40}, "alt at baseline": {"value": 20, "high": 40}}, 2),
        ("ctcae_5_inr_increased", {"inr": 1.2, "on_anticoagulation": False}, 0),
        ("ctcae_5_proteinuria", {"protein_24h": {"value": 3.5, "high": 0.15}}, 3),
    ],
)
def test_trap_8_a_boundary_belongs_to_the_milder_grade_except_in_proteinuria(name: str, given: Any, grade: int) -> None:
    """published: NCI text; proteinuria is closed below."""
    assert score(name, given).grade == grade


def test_trap_9_multiples_of_the_baseline_inr_are_for_people_on_an_anticoagulant() -> None:
    """published: CTCAE 5; admiral's choice is a named option."""
    given = {"inr": 1.19, "inr at baseline": 0.8}
    assert score("ctcae_5_inr_increased", given | {"on_anticoagulation": False}).grade == 0
    assert score("ctcae_5_inr_increased", given | {"on_anticoagulation": True}).grade == 1
    assert score("ctcae_5_inr_increased", given, parameters={"baseline_always": 1}).grade == 1
    assert score("ctcae_5_inr_increased", given).grade is None


@pytest.mark.parametrize(
    "value",
    [{"value": 13.5, "unit": "g/dL"}, {"value": 135, "unit": None, "low": 120}, {"value": 135, "unit": "parsec"}],
)
def test_trap_10_without_a_limit_or_a_unit_there_is_no_grade(value: Any) -> None:
    """published: admiral gives no grade; never 0."""
    found = score("ctcae_5_anemia", {"hemoglobin": value})
    assert found.grade is None
    assert found.score is None
    assert found.reason.startswith("cannot grade")


def test_trap_10_a_default_limit_of_the_catalog_never_stands_in_for_a_grade() -> None:
    """law: platelets have a default range, which a grade must not take."""
    assert load_catalog().concepts["platelets"].default_low is not None
    assert score("ctcae_5_platelets_decreased", {"platelets": 120}).grade is None


def test_trap_11_low_immunoglobulin_has_no_numeric_grade() -> None:
    """published: there is no such term in CTCAE 5."""
    assert not [name for name in load_catalog().grades if "globulin" in name]


def early(counts: list[float], cumulative: int = 0) -> int | None:
    """Early ICAHT at day 30 of one count a day from day 0."""
    series = [{"value": value, "unit": "10*9/L", "day": day - 30} for day, value in enumerate(counts)]
    given = {"neutrophils": series, "anchors": {"infusion": -30}}
    return score("icaht_early", given, parameters={"cumulative": cumulative}).grade


def test_trap_12_two_spells_of_five_days_are_grade_1_by_the_longest_and_2_in_total() -> None:
    """published: the code of the authors takes the longest spell, the text of 2023 the total."""
    counts = [2.0] * 5 + [0.4] * 5 + [2.0] * 6 + [0.4] * 5 + [2.0] * 10
    assert early(counts) == 1
    assert early(counts, cumulative=1) == 2


def test_trap_12_spells_two_days_apart_are_one_and_the_limit_is_inclusive() -> None:
    """published: emilyliangmd/automatedicahtgrading."""
    assert early([2.0] * 5 + [0.5] * 4 + [0.6] * 2 + [0.5] * 4 + [2.0] * 16) == 2
    assert early([2.0] * 5 + [0.5] * 4 + [0.6] * 3 + [0.5] * 4 + [2.0] * 15) == 1
    assert early([0.3] * 31) == 4


ALERT = {
    "icans_consciousness": "awake",
    "icans_seizure": "none",
    "icans_motor": False,
    "icans_edema": "none",
    "icans_death": False,
}


def test_trap_13_ice_0_is_grade_3_awake_and_4_unarousable() -> None:
    """published: Lee 2019."""
    assert score("astct_icans", ALERT | {"ice_score": 0}).grade == 3
    assert score("astct_icans", ALERT | {"ice_score": 0, "icans_consciousness": "unarousable"}).grade == 4


CALM = {"crs_fever": True, "crs_fever_suppressed": False, "crs_hypoxia": "none", "crs_death": False}


def test_trap_14_fever_opens_the_scale_and_is_not_needed_after_treatment() -> None:
    """published: Lee 2019; the gate can be left out by name."""
    low = {**CALM, "crs_hypotension": "no_vasopressor"}
    assert score("astct_crs", low).grade == 2
    assert score("astct_crs", low | {"crs_fever": False}).grade == 0
    assert score("astct_crs", low | {"crs_fever": False, "crs_fever_suppressed": True}).grade == 2
    assert score("astct_crs", low | {"crs_fever": False}, parameters={"fever_gate": 0}).grade == 2


def test_trap_14_vasopressin_beside_one_vasopressor_stays_grade_3() -> None:
    """published: vasopressin is not counted."""
    assert score("astct_crs", {**CALM, "crs_hypotension": "one_vasopressor"}).grade == 3


def test_trap_15_betamethasone_has_two_tables() -> None:
    """published: 0.6 or 0.75 mg for 5 mg of prednisone."""
    assert run("prednisone_equivalent", betamethasone=0.6).score == 5
    assert run("prednisone_equivalent_bnf", betamethasone=0.75).score == 5


def test_trap_16_kappa_of_a_man_with_a_low_creatinine_is_09() -> None:
    """published: Inker 2021; a public benchmark takes 0.7 here and gives 80.852 for this man."""
    found = run("ckd_epi_2021", creatinine={"value": 0.87, "unit": "mg/dL"}, age=80, sex="male").score
    assert found == pytest.approx(142 * (0.87 / 0.9) ** -0.302 * 0.9938**80, abs=1e-5)


def test_trap_17_iec_hs_is_not_computed() -> None:
    """law: its thresholds were not verified."""
    assert not [name for name in (*load_catalog().grades, *load_catalog().instruments) if "iec_hs" in name]


def test_trap_18_the_two_forms_of_lldas_answer_differently() -> None:
    """published: a new mild item is new activity for one form, a small change of score no flare for the other."""
    items = {
        "low_activity": True,
        "no_major_organ": True,
        "pga": True,
        "glucocorticoid": True,
        "treatment": True,
    }
    now_and_then = {}
    for member in load_catalog().concepts["sledai_2k_item"].members:
        now_and_then[member] = [{"value": member == "sledai_2k_rash"}, {"value": False, "day": -28}]
    no_flare = {
        "selena_sledai_total": [{"value": 4}, {"value": 2, "day": -28}],
        "pga": [{"value": 0.5}, {"value": 0.5, "day": -28}],
        "sfi_mild_clinical": False,
        "sfi_severe_clinical": False,
        "sfi_prednisone_rise": "none",
        "sfi_mild_drug": False,
        "sfi_severe_drug": False,
        "sfi_hospitalization": False,
    }
    oon = score("lldas_oon", items | now_and_then)
    assert oon.met is False
    assert oon.reason == "not met because of no new features"
    parodis = {k: v for k, v in items.items() if k != "pga"} | no_flare
    assert score("lldas_parodis", parodis).met is True


def test_trap_19_proximal_skin_replaces_the_finger_items() -> None:
    """published: van den Hoogen 2013; 9 points are sufficient and the finger items do not add."""
    said = all_items("acr_eular_2013_ssc", skin_proximal_mcp=True, sclerodactyly=True, puffy_fingers=True)
    found = score("acr_eular_2013_ssc", said | {"acr_eular_2013_skin_proximal_mcp": True})
    assert (found.score, found.met) == (9, True)
