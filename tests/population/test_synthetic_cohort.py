"""A cohort is decided by its seed and size, holds what the four trials ask about, and is rough at stated rates."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import fields

import numpy as np
import pytest
from synthetic_cohorts import of, rough_cohort, tidy_cohort

from trialwright.population.synthetic import AT, RATES, Block, generate
from trialwright.population.synthetic import cohort as cohorts
from trialwright.population.synthetic.events import (
    AS_TEXT,
    BELOW,
    DAY,
    IN_ERROR,
    MONTH,
    NO_DOSE,
    NO_VALUE,
    OPEN,
    REFUTED,
    RESOLVED,
    UNCONFIRMED,
    VAGUE,
    YEAR,
    unit_texts,
)  # fmt: skip
from trialwright.population.synthetic.labs import LABS
from trialwright.population.synthetic.people import GENERAL, LUPUS, SCLEROSIS
from trialwright.population.synthetic.spoken_units import ODD
from trialwright.population.synthetic.terms import bit, names, numbers, terms


def same(a: Block, b: Block) -> bool:
    return all(
        np.array_equal(getattr(x, f.name), getattr(y, f.name), equal_nan=getattr(x, f.name).dtype.kind == "f")
        for x, y in ((a.people, b.people), (a.events, b.events))
        for f in fields(x)
        if f.name != "at"
    )


def test_the_seed_decides() -> None:
    """Law: the same seed and size give the same people and records, another seed others."""
    one, again, other = (next(generate(400, seed=s)) for s in (5, 5, 6))
    assert same(one, again)
    assert not same(one, other)


def test_blocks_do_not_depend_on_who_makes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: a block made alone equals the same block of the whole, and blocks number people without gaps."""
    monkeypatch.setattr(cohorts, "BLOCK", 300)
    whole = list(generate(700, seed=9))
    assert [len(b.people) for b in whole] == [300, 300, 100]
    assert np.array_equal(np.concatenate([b.people.person for b in whole]), np.arange(700))
    alone = cohorts.block(1, 700, seed=9, lupus=cohorts.LUPUS_SHARE, ssc=cohorts.SSC_SHARE, at=AT)
    assert same(alone, whole[1])


@pytest.mark.parametrize(("people", "lupus", "ssc"), [(0, 0.1, 0.1), (10, -0.1, 0.1), (10, 0.7, 0.7)])
def test_impossible_cohorts_are_refused(people: int, lupus: float, ssc: float) -> None:
    """Law: sizes and shares that cannot be raise ValueError."""
    with pytest.raises(ValueError, match=r"person|shares"):
        list(generate(people, lupus=lupus, ssc=ssc))


def test_only_a_general_population() -> None:
    """Law: without the diseases nobody has their scores, and the day of extraction bounds every record."""
    at = dt.date(2024, 2, 29)
    block = next(generate(500, lupus=0, ssc=0, at=at))
    assert not len(of(block, "sledai_2k_total"))
    assert block.events.day.max() <= (at - dt.date(1970, 1, 1)).days


def test_records_are_possible() -> None:
    """Law: nothing before birth or after the extraction, no end before its start, categories are the concept's."""
    block = rough_cohort()
    e, people = block.events, block.people
    row = e.person - people.person[0]
    assert np.all(e.day <= people.at)
    assert np.all(e.day >= people.birth[row])
    dated = (e.end > -900_000) & (e.end < 900_000)
    assert np.all(e.end[dated] >= e.day[dated])
    width = np.array([len(t.concept.categories) for t in terms().values()])[e.concept]
    assert np.all(e.cats >> width == 0)
    assert np.all(e.unit < len(unit_texts()))
    assert np.all(np.diff(e.person) >= 0)


NEEDED = re.findall(
    r"\w+",
    """
birth sex death systemic_lupus_erythematosus lupus_nephritis drug_induced_lupus cutaneous_lupus neuropsychiatric_lupus
lupus_pneumonitis lupus_hepatitis lupus_headache lupus_crisis disease_activity treatment_non_response
relapse_after_remission acr_1997_sle_met acr_1997_renal eular_acr_2019_sle_met eular_acr_2019_sle_total
eular_acr_2019_class_iii_iv acr_eular_2013_ssc_met acr_eular_2013_ssc_total acr_eular_2013_skin_proximal_mcp
sledai_2k_total sledai_2k_rash selena_sledai_total selena_sledai_clinical selena_sledai_low_complement mrss mrss_face
pga ecog prednisone prednisolone methylprednisolone dexamethasone hydrocortisone hydroxychloroquine chloroquine
mepacrine azathioprine mycophenolate_mofetil mycophenolic_acid cyclophosphamide methotrexate leflunomide tacrolimus
cyclosporine voclosporin naproxen ibuprofen diclofenac celecoxib rituximab belimumab telitacicept anifrolumab
tocilizumab ana anti_dsdna anti_smith c3 c4 ch50 iga igg protein_24h upcr urine_rbc urine_wbc urine_rbc_casts
urine_protein_dipstick active_urinary_sediment creatinine egfr hemodialysis autoimmune_hemolytic_anemia
immune_thrombocytopenia agranulocytosis myocarditis pulmonary_hemorrhage vasculitis stroke aneurysm cerebral_aneurysm
epilepsy seizure aphasia brain_injury dementia parkinson_disease cerebellar_disease organic_brain_syndrome psychosis
encephalitis cns_vasculitis cns_disease_unspecified mental_disorder severe_cognitive_impairment rheumatoid_arthritis
sjogren_syndrome psoriasis autoimmune_thyroid_disease multiple_sclerosis type_1_diabetes kidney_transplant
liver_transplant heart_transplant lung_transplant hematopoietic_stem_cell_transplant iga_deficiency
immunoglobulin_deficiency weight height renal_biopsy lupus_nephritis_class nephritis_activity_index
nephritis_chronicity_index cd19_b_cells cd19_on_b_cells bcma_on_b_cells neutrophils lymphocytes hemoglobin platelets
wbc alt ast total_bilirubin gilbert_syndrome inr pt lvef fvc fvc_percent_predicted dlco dlco_percent_predicted
hcg_blood hcg_urine childbearing_potential postmenopausal hysterectomy pregnancy lactation drug_allergy anaphylaxis
bacterial_infection viral_infection fungal_infection pneumonia sepsis tuberculosis covid_19 heart_failure malignancy
non_melanoma_skin_cancer end_stage_renal_disease chronic_kidney_disease hbsag anti_hbc hbv_dna anti_hcv hcv_rna
hiv_antibody hiv_rna hepatitis_b hepatitis_c hiv_infection trial_participation vascular_access red_cell_transfusion
platelet_transfusion filgrastim epoetin diffuse_systemic_sclerosis limited_systemic_sclerosis systemic_sclerosis
localized_scleroderma interstitial_lung_disease digital_ulcer raynaud_phenomenon anti_scl70 anti_centromere
anti_rna_polymerase_iii car_t_infusion
    """,
)


def test_everything_that_the_four_trials_ask_about_occurs() -> None:
    """Law: each concept that the four pages, their instruments and their exclusions need is on record for someone."""
    seen = {names()[c] for block in (tidy_cohort(), rough_cohort()) for c in np.unique(block.events.concept).tolist()}
    assert sorted(set(NEEDED) - seen) == []


def test_the_sick_and_the_others_have_records_of_their_own_size() -> None:
    """Law: a person of the general population has some 15 to 35 records, one with lupus or sclerosis many more."""
    block = tidy_cohort()
    group = block.people.group[block.events.person - block.people.person[0]]
    per = {g: (group == g).sum() / (block.people.group == g).sum() for g in (GENERAL, LUPUS, SCLEROSIS)}
    assert 15 < per[GENERAL] < 35
    assert 120 < per[LUPUS] < 300
    assert 60 < per[SCLEROSIS] < 200


@pytest.mark.parametrize(
    "rate",
    ["odd_unit", "no_limits", "no_value", "as_text", "month_only", "year_only", "birth_year_only", "broader_code",
    "refuted",
     "unconfirmed", "in_error", "duplicate", "contradiction", "other_sex", "wrong_unit"],
)  # fmt: skip
def test_each_difficulty_occurs_at_its_rate(rate: str) -> None:
    """Law: among the records that can have it, a difficulty is as frequent as `Rates` states."""
    e = rough_cohort().events
    domain = np.array([t.domain for t in terms().values()])[e.concept]
    original = e.copy == 0
    lab = (domain == "measurement") & ~np.isnan(e.value) & original
    condition, loose = (domain == "condition") & original, np.isin(domain, ("condition", "procedure")) & original
    own = np.array([unit_texts().index(t.unit) if t.unit else -1 for t in terms().values()])[e.concept]
    limits = np.array([n in LABS and LABS[n].high == LABS[n].high for n in names()])[e.concept] & lab
    vague = np.array([t.vague is not None and t.domain in {"condition", "drug", "procedure"} for t in terms().values()])
    wrong = np.isin([unit_texts()[u] if u >= 0 else "" for u in e.unit.tolist()], ("RU/mL",)) & original
    can_be_odd = np.isin(e.concept, [numbers()[n] for n in ODD]) & lab
    born = (e.concept == numbers()["birth"]) & original
    sex = e.concept == numbers()["sex"]
    found = {
        "odd_unit": (e.unit != own)[can_be_odd].mean(),
        "no_limits": np.isnan(e.high)[limits].mean(),
        "no_value": (e.status == NO_VALUE)[lab].mean(),
        "as_text": (e.status == AS_TEXT)[lab].mean(),
        "month_only": (e.precision == MONTH)[loose].mean(),
        "year_only": (e.precision == YEAR)[loose].mean(),
        "birth_year_only": (e.precision == YEAR)[born].mean(),
        "broader_code": (e.status == VAGUE)[vague[e.concept] & original].mean(),
        "refuted": (e.status == REFUTED)[condition].mean(),
        "unconfirmed": (e.status == UNCONFIRMED)[condition].mean(),
        "in_error": (e.status == IN_ERROR)[original & (domain != "demographic")].mean(),
        "duplicate": (~original).sum() / (original & (domain != "demographic")).sum(),
        "contradiction": RATES.contradiction,  # below, by what it does
        "other_sex": (sex.sum() - born.sum()) / born.sum(),
        "wrong_unit": wrong.sum() / ((e.concept == numbers()["anti_dsdna"]) & original).sum() / 5,
    }
    stated = getattr(RATES, rate)
    assert found[rate] == pytest.approx(stated, rel=0.35, abs=0.0006)


def test_contradictions_occur_and_say_something_else() -> None:
    """Law: some results have a twin of the same day with another value; without difficulties none has."""

    def twins(block: Block) -> int:
        e = of(block, "creatinine")
        key = e.person.astype(np.int64) * 100_000 + e.day
        order = np.argsort(key, kind="stable")
        return int(((np.diff(key[order]) == 0) & (np.diff(e.value[order]) != 0)).sum())

    assert twins(rough_cohort()) > 10
    assert twins(tidy_cohort()) == 0


def test_what_the_models_themselves_leave_open() -> None:
    """Law: censored values, unknown doses, unknown ends, missing tests and titres occur as the documentation says."""
    block = rough_cohort()
    e = block.events
    domain = np.array([t.domain for t in terms().values()])[e.concept]
    drugs = domain == "drug"
    assert 0.02 < (e.pattern[drugs] == NO_DOSE).mean() < 0.09
    assert (e.end[drugs] == OPEN).mean() > 0.2
    assert (e.status[drugs] == RESOLVED).sum() > 50
    viral = of(block, "hbv_dna")
    assert (viral.comparator == BELOW).mean() > 0.4
    assert set(np.unique(of(block, "ana").value[of(block, "ana").copy == 0]).tolist()) >= {
        40.0,
        80.0,
        160.0,
        320.0,
        640.0,
        1280.0,
    }
    sle = block.people.person[block.people.group == LUPUS]
    for concept, least, most in (
        ("c3", 0.1, 0.5),
        ("iga", 0.3, 0.7),
        ("lvef", 0.3, 0.7),
        ("sledai_2k_total", 0.02, 0.5),
    ):
        missing = 1 - np.isin(sle, of(block, concept).person).mean()
        assert least < missing < most, concept
    assert (e.precision != DAY).any()
    assert bit("lupus_nephritis_class", "III") == 4
