"""What anyone's record holds: chronic diseases by age and sex, infections, screening serology, common drugs, visits.

Prevalence of coded diagnoses (below 40, 40 to 64, 65 and over; factor for women), rounded from: hypertension Ostchega
2020 (NCHS data brief 364), autoimmune diseases Conrad 2023 (doi 10.1016/S0140-6736(23)00457-9), heart and brain disease
AHA statistics 2023 (doi 10.1161/CIR.0000000000001123), cancer SEER; half to three quarters of the people affected
carry the code.
"""

from __future__ import annotations

import numpy as np

from trialwright.population.synthetic.events import AS_NEEDED, DAILY, OPEN, RESOLVED, WEEKLY, Events, emit
from trialwright.population.synthetic.labs import blood_count, chemistry, record, usual
from trialwright.population.synthetic.people import GENERAL, People
from trialwright.population.synthetic.terms import ROUTES, bit

CHRONIC: tuple[tuple[str, float, float, float, float], ...] = (
    ("hypertension", 0.07, 0.36, 0.58, 0.95),
    ("myocardial_infarction", 0.002, 0.02, 0.07, 0.6),
    ("heart_failure", 0.001, 0.012, 0.07, 0.9),
    ("arrhythmia", 0.006, 0.03, 0.13, 0.9),
    ("cardiomyopathy", 0.001, 0.003, 0.008, 0.8),
    ("venous_thromboembolism", 0.003, 0.012, 0.03, 1.0),
    ("stroke", 0.002, 0.015, 0.06, 0.9),
    ("transient_ischemic_attack", 0.0005, 0.006, 0.025, 0.9),
    ("aneurysm", 0.0003, 0.002, 0.012, 0.5),
    ("epilepsy", 0.008, 0.008, 0.009, 0.95),
    ("parkinson_disease", 0.0, 0.001, 0.015, 0.7),
    ("dementia", 0.0, 0.001, 0.05, 1.2),
    ("brain_injury", 0.004, 0.004, 0.006, 0.6),
    ("psychosis", 0.004, 0.006, 0.005, 0.8),
    ("mental_disorder", 0.10, 0.13, 0.09, 1.4),
    ("mild_cognitive_impairment", 0.0, 0.002, 0.03, 1.0),
    ("headache", 0.05, 0.05, 0.02, 1.8),
    ("chronic_kidney_disease", 0.003, 0.02, 0.12, 1.0),
    ("end_stage_renal_disease", 0.0004, 0.0015, 0.003, 0.8),
    ("malignancy", 0.003, 0.03, 0.13, 1.0),
    ("non_melanoma_skin_cancer", 0.0005, 0.012, 0.07, 0.8),
    ("rheumatoid_arthritis", 0.001, 0.007, 0.015, 1.5),
    ("psoriasis", 0.012, 0.025, 0.025, 1.0),
    ("autoimmune_thyroid_disease", 0.012, 0.035, 0.04, 1.7),
    ("type_1_diabetes", 0.004, 0.004, 0.003, 0.95),
    ("inflammatory_bowel_disease", 0.004, 0.007, 0.006, 1.0),
    ("multiple_sclerosis", 0.001, 0.003, 0.002, 1.5),
    ("ankylosing_spondylitis", 0.001, 0.002, 0.002, 0.6),
    ("sjogren_syndrome", 0.0002, 0.0015, 0.003, 1.8),
    ("dermatomyositis_polymyositis", 0.00005, 0.0003, 0.0003, 1.4),
    ("mixed_connective_tissue_disease", 0.00005, 0.0001, 0.0001, 1.6),
    ("myasthenia_gravis", 0.0001, 0.0002, 0.0005, 1.0),
    ("anca_vasculitis", 0.00005, 0.0002, 0.0006, 1.0),
    ("antiphospholipid_syndrome", 0.0002, 0.0005, 0.0004, 1.5),
    ("drug_allergy", 0.05, 0.09, 0.11, 1.3),
    ("anaphylaxis", 0.004, 0.004, 0.003, 1.0),
    ("alcohol_abuse", 0.015, 0.025, 0.012, 0.6),
    ("gilbert_syndrome", 0.004, 0.004, 0.003, 0.6),
    ("iga_deficiency", 0.0015, 0.0015, 0.001, 1.0),
    ("immunoglobulin_deficiency", 0.0003, 0.0004, 0.0004, 1.0),
    ("latent_tuberculosis", 0.004, 0.01, 0.015, 0.9),
    ("tuberculosis", 0.0004, 0.0008, 0.0015, 0.7),
    ("hepatitis_b", 0.002, 0.004, 0.003, 0.8),
    ("hepatitis_c", 0.002, 0.006, 0.004, 0.7),
    ("hiv_infection", 0.002, 0.004, 0.001, 0.35),
    ("syphilis", 0.001, 0.001, 0.0004, 0.5),
    ("anemia", 0.03, 0.05, 0.11, 1.4),
    ("aphasia", 0.0002, 0.002, 0.01, 0.9),
    ("cerebellar_disease", 0.0003, 0.0006, 0.001, 1.0),
    ("cerebral_aneurysm", 0.0002, 0.001, 0.002, 1.3),
    ("encephalitis", 0.0004, 0.0005, 0.0006, 1.0),
    ("organic_brain_syndrome", 0.0002, 0.0006, 0.004, 1.0),
    ("severe_cognitive_impairment", 0.0002, 0.0005, 0.008, 1.1),
    ("cns_disease_unspecified", 0.0005, 0.001, 0.003, 1.0),
    ("seizure", 0.004, 0.004, 0.006, 0.95),
    ("autoimmune_liver_disease", 0.0002, 0.001, 0.001, 1.5),
    ("immunodeficiency", 0.001, 0.002, 0.003, 1.0),
    ("pericarditis", 0.001, 0.0015, 0.002, 0.8),
    ("interstitial_lung_disease", 0.0001, 0.001, 0.005, 0.8),
    ("neutropenia", 0.001, 0.002, 0.003, 1.0),
    ("thrombocytopenia", 0.001, 0.003, 0.006, 1.0),
    ("other_autoimmune_disease_unspecified", 0.0005, 0.001, 0.001, 1.4),
)
ACUTE: tuple[tuple[str, float, int], ...] = (
    ("viral_infection", 0.09, 10),
    ("covid_19", 0.05, 14),
    ("bacterial_infection", 0.05, 12),
    ("pneumonia", 0.012, 21),
    ("infection_unspecified", 0.02, 10),
    ("fungal_infection", 0.012, 30),
    ("sepsis", 0.0025, 14),
    ("rash", 0.03, 30),
    ("fever", 0.03, 5),
    ("ebv_infection", 0.004, 21),
    ("cmv_infection", 0.0008, 30),
    ("encephalitis", 0.0001, 30),
    ("acute_kidney_injury", 0.004, 20),
    ("acute_pericarditis", 0.0005, 30),
)
"""Concept, share of people with an episode in a year, usual length in days."""
VISIT = (
    "wbc", "neutrophils", "lymphocytes", "platelets", "hemoglobin", "creatinine", "egfr", "alt", "ast",
    "total_bilirubin",
    "glucose", "potassium", "sodium", "albumin", "urea_nitrogen", "hematocrit",
)  # fmt: skip
_VIRUSES = (("hbsag", 0.006), ("anti_hbc", 0.05), ("anti_hcv", 0.012), ("hiv_antibody", 0.004))


def chronic(rng: np.random.Generator, people: People, factor: float = 1.0) -> list[Events]:
    """Lasting diagnoses; one in twelve is recorded as over, some with a date."""
    band = np.digitize(people.age, (40.0, 65.0))
    made = []
    for name, young, middle, old, women in CHRONIC:
        p = np.array([young, middle, old])[band] * np.where(people.female, women, 2 - women) * factor
        has = np.flatnonzero(rng.random(len(people)) < np.where(people.age < 12, p * 0.2, p))
        who = people.take(has)
        span = np.minimum(rng.exponential(5.5, len(has)), who.age * 0.7)
        start = who.at - 20 - (span * 365.25).astype(np.int32)
        over = rng.random(len(has)) < 0.08
        end = np.where(over & (rng.random(len(has)) < 0.6), start + (who.at - start) // 2, OPEN)
        made.append(emit(name, who.person, start, end=end, status=np.where(over & (end == OPEN), RESOLVED, 0)))
        if name == "malignancy":
            bcc = rng.random(len(has)) < 0.04
            made.append(emit("non_melanoma_skin_cancer", who.person[bcc], start[bcc], end=OPEN))
    return made


def acute(rng: np.random.Generator, people: People, factor: float = 1.0, years: float = 2.0) -> list[Events]:
    """Episodes of the last years; a few go on today, a few have no end on record."""
    made = []
    for name, share, length in ACUTE:
        has = np.flatnonzero(rng.random(len(people)) < np.minimum(share * factor * years, 0.7))
        start = people.at - rng.integers(0, int(365 * years), len(has))
        end = start + rng.poisson(length, len(has)).astype(np.int32)
        unclosed = rng.random(len(has)) < 0.12
        end = np.where(unclosed | (end > people.at), OPEN, end)
        status = np.where(unclosed & (rng.random(len(has)) < 0.7), RESOLVED, 0)
        made.append(emit(name, people.person[has], start, end=end, status=status))
    return made


def serology(rng: np.random.Generator, people: People, share: float, window: int = 1200) -> list[Events]:
    """Hepatitis B and C and HIV as screened; the infected have a viral load, most often undetectable."""
    n = len(people)
    tested = rng.random(n) < share
    day = people.at - rng.integers(3, window, n)
    made = []
    for name, prevalence in _VIRUSES:
        positive = rng.random(n) < prevalence * np.clip(people.age / 45, 0.2, 1.6)
        keep = np.flatnonzero(tested & (rng.random(n) < 0.93))
        cats = np.where(positive, bit(name, "positive"), bit(name, "negative"))
        made.append(emit(name, people.person[keep], day[keep], cats=cats[keep]))
        load = {"anti_hbc": "hbv_dna", "hbsag": "hbv_dna", "anti_hcv": "hcv_rna", "hiv_antibody": "hiv_rna"}[name]
        viral = np.exp(rng.normal(7.5, 2.2, n)) * (rng.random(n) < (0.12 if name == "anti_hbc" else 0.3))
        known = tested & positive & (rng.random(n) < 0.8)
        made.append(record(load, people, day, viral, known))
    titre = usual(rng, "anti_hbs", n) * np.where(rng.random(n) < 0.4, 60, 1)
    made.append(record("anti_hbs", people, day, titre, tested & (rng.random(n) < 0.6)))
    igra = np.where(rng.random(n) < 0.04, bit("tb_igra", "positive"), bit("tb_igra", "negative"))
    keep = np.flatnonzero(tested & (rng.random(n) < 0.5))
    made.append(emit("tb_igra", people.person[keep], day[keep], cats=igra[keep]))
    return made


def visits(rng: np.random.Generator, people: People) -> list[Events]:
    """Check-ups of the general population, up to three in seven years, with blood counts and chemistry."""
    made = []
    n = len(people)
    for share, newest, oldest in ((0.60, 5, 400), (0.50, 401, 1000), (0.28, 1001, 2600)):
        seen = np.flatnonzero(rng.random(n) < share * np.clip(0.55 + people.age / 90, 0.5, 1.2))
        who = people.take(seen)
        day = who.at - rng.integers(newest, oldest, len(seen))
        minute = np.where(rng.random(len(seen)) < 0.3, rng.integers(420, 960, len(seen)), -1)
        values = blood_count(rng, who) | chemistry(rng, who)
        panel = rng.random(len(seen)) < 0.75
        for name in VISIT:
            keep = panel & (rng.random(len(seen)) < (0.95 if name != "egfr" else 0.6))
            made.append(record(name, who, day, values[name], keep, minute))
        made += _signs(rng, who, day)
    return made


def _signs(rng: np.random.Generator, who: People, day: np.ndarray) -> list[Events]:
    n = len(who)
    drift = np.clip(who.age - 40, 0, 45) * 0.35
    pressure = rng.standard_normal(n)
    values = {
        "weight": who.weight + rng.normal(0, 0.8, n),
        "systolic_blood_pressure": usual(rng, "systolic_blood_pressure", n, pressure, 0.7) + drift,
        "diastolic_blood_pressure": usual(rng, "diastolic_blood_pressure", n, pressure, 0.7),
        "heart_rate": usual(rng, "heart_rate", n),
    }
    made = [record(name, who, day, value, rng.random(n) < 0.7) for name, value in values.items()]
    return [*made, record("height", who, day, who.height, rng.random(n) < 0.45)]


DRUGS: tuple[tuple[str, float, float, float, int], ...] = (
    ("ibuprofen", 0.09, 1200, 0.8, 20),
    ("naproxen", 0.06, 1000, 0.8, 30),
    ("acetaminophen", 0.08, 2000, 0.9, 15),
    ("diclofenac", 0.02, 100, 0.5, 30),
    ("celecoxib", 0.015, 200, 0.2, 120),
    ("prednisone", 0.03, 40, 0.0, 6),
    ("methylprednisolone", 0.008, 24, 0.0, 6),
    ("dexamethasone", 0.006, 6, 0.0, 5),
    ("methotrexate", 0.004, 15 / 7, 0.0, 900),
    ("hydroxychloroquine", 0.004, 300, 0.0, 900),
    ("adalimumab", 0.002, 40 / 14, 0.0, 600),
    ("azathioprine", 0.0015, 125, 0.0, 900),
    ("levetiracetam", 0.004, 1500, 0.0, 900),
    ("budesonide", 0.012, 0.8, 0.2, 200),
    ("hydrocortisone", 0.003, 20, 0.0, 400),
    ("etanercept", 0.0008, 50 / 7, 0.0, 600),
    ("infliximab", 0.0006, 400 / 56, 0.0, 600),
    ("secukinumab", 0.0005, 300 / 28, 0.0, 500),
    ("baricitinib", 0.0006, 4, 0.0, 500),
    ("tofacitinib", 0.0006, 10, 0.0, 500),
    ("leflunomide", 0.0006, 20, 0.0, 600),
    ("meloxicam", 0.02, 15, 0.4, 60),
    ("isoniazid", 0.001, 300, 0.0, 180),
    ("entecavir", 0.0008, 0.5, 0.0, 900),
)
"""Concept, share of people, daily dose in mg, share taken when needed, usual length in days."""
_WEEKLY = ("methotrexate", "adalimumab", "etanercept", "infliximab", "secukinumab")
_ROUTES = {"budesonide": "inhaled", "infliximab": "intravenous"}
_ROUTES |= dict.fromkeys(("adalimumab", "etanercept", "secukinumab"), "subcutaneous")


def common_drugs(rng: np.random.Generator, people: People) -> list[Events]:
    """Drugs that anyone may take: most are short and over, a third of the long ones goes on."""
    made = []
    grown = people.age > 12
    for name, share, dose, needed, length in DRUGS:
        has = np.flatnonzero((rng.random(len(people)) < share) & grown)
        start = people.at - rng.integers(1, 1500, len(has))
        end = start + np.maximum(1, rng.exponential(length, len(has))).astype(np.int32)
        end = np.where(end > people.at, OPEN, end)
        pattern = np.where(rng.random(len(has)) < needed, AS_NEEDED, WEEKLY if name in _WEEKLY else DAILY)
        route = _ROUTES.get(name, "oral")
        made.append(
            emit(name, people.person[has], start, end=end, value=dose, pattern=pattern, route=ROUTES.index(route))
        )
    return made


def mimics(rng: np.random.Generator, people: People) -> list[Events]:
    """Antibodies and diagnoses that look like lupus in people without it: low ANA titres, drug-induced lupus."""
    n = len(people)
    general = people.group == GENERAL
    tested = general & (rng.random(n) < 0.015)
    titre = np.where(rng.random(n) < 0.25, rng.choice(np.array([80.0, 160.0, 320.0]), n), 40.0)
    rows = np.flatnonzero(tested)
    cats = np.where(titre >= 80, bit("ana", "positive"), bit("ana", "negative"))
    day = people.at - rng.integers(5, 900, n)
    made = [emit("ana", people.person[rows], day[rows], value=titre[rows], high=40.0, cats=cats[rows])]
    dsdna = usual(rng, "anti_dsdna", n)
    made.append(record("anti_dsdna", people, day, dsdna, tested & (rng.random(n) < 0.6)))
    for name, share in (("drug_induced_lupus", 0.0003), ("cutaneous_lupus", 0.0006), ("localized_scleroderma", 0.0004)):
        has = np.flatnonzero(general & (rng.random(n) < share))
        made.append(emit(name, people.person[has], people.at - rng.integers(60, 3000, len(has)), end=OPEN))
    return made
