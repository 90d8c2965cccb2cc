"""Diagnoses of people with lupus, what the classification criteria found over the years, and their antibodies.

How often each was ever present, rounded from: SLICC inception cohort (Petri 2012, doi 10.1002/art.34473) and the
derivation of the 2019 criteria (Aringer 2019, doi 10.1136/annrheumdis-2018-214819); ANA of at least 1:80 in 98 %.
"""

from __future__ import annotations

import numpy as np

from trialwright.population.synthetic.events import OPEN, REFUTED, RESOLVED, UNCONFIRMED, Bools, Events, Floats, emit
from trialwright.population.synthetic.labs import LABS, record, usual
from trialwright.population.synthetic.lupus_scores import ABSENT, PRESENT
from trialwright.population.synthetic.lupus_state import FULL, HIGH, Lupus
from trialwright.population.synthetic.people import People
from trialwright.population.synthetic.terms import bit

EVER = {
    "malar_rash": 0.55, "discoid_rash": 0.16, "photosensitivity": 0.48, "oral_ulcers": 0.40, "arthritis": 0.78,
    "serositis": 0.34,
    "neurologic": 0.10, "hematologic": 0.62, "alopecia": 0.36, "fever": 0.30, "effusion": 0.24, "pericarditis": 0.12,
    "hemolysis": 0.08, "thrombocytopenia": 0.18, "leukopenia": 0.48, "scle": 0.12,
}  # fmt: skip
"""Share of people with SLE in whom a feature was ever present."""
_ACCOMPANY = (
    ("sjogren_syndrome", 0.07), ("autoimmune_thyroid_disease", 0.05), ("antiphospholipid_syndrome", 0.06),
    ("rheumatoid_arthritis", 0.025), ("raynaud_phenomenon", 0.28), ("venous_thromboembolism", 0.06), ("anemia", 0.22),
    ("leukopenia", 0.12), ("lymphopenia", 0.12), ("chronic_kidney_disease", 0.06), ("cutaneous_lupus", 0.12),
    ("mixed_connective_tissue_disease", 0.008), ("avascular", 0.0), ("drug_allergy", 0.04),
)  # fmt: skip
_FLARES = (
    ("seizure", "seizure"), ("psychosis", "psychosis"), ("organic_brain_syndrome", "organic_brain_syndrome"), ("cva",
    "stroke"),
    ("cranial_nerve", "cranial_neuropathy"), ("visual_disturbance", "retinal_changes"), ("vasculitis", "vasculitis"),
    ("myositis", "myositis"), ("pericarditis", "pericarditis"), ("pleurisy", "pleurisy"), ("thrombocytopenia",
    "thrombocytopenia"),
    ("arthritis", "lupus_arthritis"), ("alopecia", "alopecia"), ("mucosal_ulcers", "mucosal_ulcer"), ("rash", "rash"),
)  # fmt: skip
_GRAVE = (
    ("autoimmune_hemolytic_anemia", 0.025), ("immune_thrombocytopenia", 0.025), ("lupus_pneumonitis", 0.008),
    ("myocarditis", 0.006),
    ("pulmonary_hemorrhage", 0.003), ("lupus_hepatitis", 0.006), ("neuropsychiatric_lupus", 0.05),
    ("agranulocytosis", 0.003),
    ("thrombotic_microangiopathy", 0.004), ("cns_vasculitis", 0.002),
)  # fmt: skip


def history(rng: np.random.Generator, lupus: Lupus) -> list[Events]:
    """The diagnosis itself, what goes with it, flares of the present, and grave episodes of the past."""
    people, n, at = lupus.people, len(lupus), lupus.people.at
    onset = at - lupus.duration
    unsure = np.select([rng.random(n) < 0.01, rng.random(n) < 0.012], [REFUTED, UNCONFIRMED], 0)
    made = [emit("systemic_lupus_erythematosus", people.person, onset, end=OPEN, status=unsure)]
    for name, share in _ACCOMPANY:
        if share:
            has = np.flatnonzero(rng.random(n) < share)
            start = onset[has] + (lupus.duration[has] * rng.random(len(has))).astype(np.int32)
            made.append(emit(name, people.person[has], start, end=OPEN))
    coded = np.flatnonzero(lupus.nephritis & (rng.random(n) < 0.85))
    start = onset[coded] + (lupus.duration[coded] * rng.uniform(0, 0.6, len(coded))).astype(np.int32)
    made.append(emit("lupus_nephritis", people.person[coded], start, end=OPEN))
    for item, name in _FLARES:
        now = np.flatnonzero(lupus.item(item) & (rng.random(n) < 0.35))
        start = lupus.days[0][now] - rng.integers(0, 30, len(now))
        made.append(emit(name, people.person[now], start, end=OPEN))
    for name, share in _GRAVE:
        has = np.flatnonzero(rng.random(n) < share * np.where(lupus.state == HIGH, 2.0, 0.8))
        start = at - (lupus.duration[has] * rng.random(len(has))).astype(np.int32)
        over = rng.random(len(has)) < 0.75
        end = np.where(over, np.minimum(start + rng.integers(20, 120, len(has)), at), OPEN)
        dated = rng.random(len(has)) < 0.8
        made.append(
            emit(
                name,
                people.person[has],
                start,
                end=np.where(dated, end, OPEN),
                status=np.where(over & ~dated, RESOLVED, 0),
            )
        )
    return made


def features(rng: np.random.Generator, lupus: Lupus) -> dict[str, Bools]:
    """Which features each person ever had; those who have one now had it."""
    n = len(lupus)
    ever = {name: rng.random(n) < share for name, share in EVER.items()}
    for feature, item in (
        ("arthritis", "arthritis"), ("malar_rash", "rash"), ("oral_ulcers", "mucosal_ulcers"), ("alopecia", "alopecia"),
        ("serositis", "pleurisy"), ("pericarditis", "pericarditis"), ("fever", "fever"), ("leukopenia", "leukopenia"),
        ("thrombocytopenia", "thrombocytopenia"),
    ):  # fmt: skip
        ever[feature] |= lupus.item(item)
    ever["serositis"] |= ever["effusion"] | ever["pericarditis"]
    ever["hematologic"] |= ever["leukopenia"] | ever["hemolysis"] | ever["thrombocytopenia"]
    ever["neurologic"] |= lupus.item("seizure") | lupus.item("psychosis")
    ever["dna"] = (rng.random(n) < 0.45) | lupus.item("increased_dna_binding")
    ever["smith"] = rng.random(n) < 0.24
    ever["phospholipid"] = rng.random(n) < 0.30
    ever["complement"] = (rng.random(n) < 0.35) | lupus.item("low_complement")
    ever["ana"] = (rng.random(n) < 0.93) | ever["dna"]
    return ever


def classification(rng: np.random.Generator, lupus: Lupus, ever: dict[str, Bools], biopsy: np.ndarray) -> list[Events]:
    """ACR 1997 and EULAR/ACR 2019: items, total and verdict as charted; `biopsy` holds class bits."""
    n = len(lupus)
    none = np.zeros(n, bool)
    proliferative, other = (biopsy & 0b01100) > 0, (biopsy & 0b10010) > 0
    two = ever["complement"] & (rng.random(n) < 0.6)
    acr = {
        "malar_rash": ever["malar_rash"], "discoid_rash": ever["discoid_rash"],
        "photosensitivity": ever["photosensitivity"],
        "oral_ulcers": ever["oral_ulcers"], "arthritis": ever["arthritis"], "serositis": ever["serositis"],
        "renal": lupus.nephritis,
        "neurologic": ever["neurologic"], "hematologic": ever["hematologic"],
        "immunologic": ever["dna"] | ever["smith"] | ever["phospholipid"], "ana": ever["ana"],
    }  # fmt: skip
    eular = {
        "fever": (ever["fever"], 2, 0), "leukopenia": (ever["leukopenia"], 3, 1),
        "thrombocytopenia": (ever["thrombocytopenia"], 4, 1),
        "autoimmune_hemolysis": (ever["hemolysis"], 4, 1), "delirium": (none, 2, 2),
        "psychosis": (lupus.item("psychosis"), 3, 2),
        "seizure": (ever["neurologic"], 5, 2), "alopecia": (ever["alopecia"], 2, 3),
        "oral_ulcers": (ever["oral_ulcers"], 2, 3),
        "scle_or_dle": (ever["scle"] | ever["discoid_rash"], 4, 3), "acle": (ever["malar_rash"], 6, 3),
        "effusion": (ever["effusion"], 5, 4), "acute_pericarditis": (ever["pericarditis"], 6, 4),
        "joint": (ever["arthritis"], 6, 5),
        "proteinuria": (lupus.nephritis, 4, 6), "class_ii_v": (other, 8, 6), "class_iii_iv": (proliferative, 10, 6),
        "antiphospholipid": (ever["phospholipid"], 2, 7), "one_complement_low": (ever["complement"] & ~two, 3, 8),
        "both_complements_low": (two, 4, 8), "dsdna_or_smith": (ever["dna"] | ever["smith"], 6, 9),
    }  # fmt: skip
    best = np.zeros((10, n))
    for holds, points, domain in eular.values():
        best[domain] = np.maximum(best[domain], holds * points)
    total = np.where(ever["ana"], best.sum(axis=0), 0)
    met = ever["ana"] & (total >= 10) & (best[:7].sum(axis=0) > 0)
    made = _form(
        rng,
        lupus,
        "eular_acr_2019",
        {k: v[0] for k, v in eular.items()} | {"ana": ever["ana"]},
        "eular_acr_2019_sle_met",
        met,
        total,
    )
    return made + _form(rng, lupus, "acr_1997", acr, "acr_1997_sle_met", np.sum(list(acr.values()), axis=0) >= 4, None)


def _form(
    rng: np.random.Generator,
    lupus: Lupus,
    prefix: str,
    items: dict[str, Bools],
    verdict: str,
    met: Bools,
    total: Floats | None,
) -> list[Events]:
    n, people = len(lupus), lupus.people
    day = people.at - (lupus.duration * rng.uniform(0.3, 1.0, n)).astype(np.int32)
    charted = rng.random(n) < np.array([0.08, 0.35, 0.75])[lupus.work]
    said = np.flatnonzero(rng.random(n) < np.array([0.15, 0.45, 0.88])[lupus.work])
    made = [emit(verdict, people.person[said], day[said], cats=np.where(met[said], PRESENT, ABSENT))]
    for name, holds in items.items():
        keep = np.flatnonzero(charted & (rng.random(n) < 0.94))
        made.append(
            emit(f"{prefix}_{name}", people.person[keep], day[keep], cats=np.where(holds[keep], PRESENT, ABSENT))
        )
    if total is not None:
        keep = np.flatnonzero(charted & (rng.random(n) < 0.9))
        made.append(emit(verdict.replace("_met", "_total"), people.person[keep], day[keep], value=total[keep]))
    return made


def antibodies(rng: np.random.Generator, lupus: Lupus, ever: dict[str, Bools]) -> list[Events]:
    """ANA as a titre with its pattern, anti-Sm and the rest as units or in words; at the screening and once before."""
    n, people = len(lupus), lupus.people
    titre = np.where(
        ever["ana"],
        rng.choice(np.array([80.0, 160.0, 320.0, 640.0, 1280.0]), n, p=(0.06, 0.14, 0.28, 0.28, 0.24)),
        40.0,
    )
    made = []
    for visit, share in ((0, np.array([0.05, 0.35, 0.95])), (4, np.array([0.3, 0.6, 0.7]))):
        day = (
            lupus.days[visit]
            if visit == 0
            else np.minimum(lupus.days[visit], people.at - (lupus.duration * 0.8).astype(np.int32))
        )
        keep = np.flatnonzero(rng.random(n) < share[lupus.work])
        cats = np.where(ever["ana"], bit("ana", "positive"), bit("ana", "negative"))
        made.append(emit("ana", people.person[keep], day[keep], value=titre[keep], high=40.0, cats=cats[keep]))
        made.append(
            emit("ana_pattern", people.person[keep], day[keep], cats=1 << rng.choice(3, len(keep), p=(0.5, 0.45, 0.05)))
        )
        for name, positive in (
            ("anti_smith", ever["smith"]), ("anti_rnp", rng.random(n) < 0.3), ("anti_ssa", rng.random(n) < 0.36),
            ("anti_ssb", rng.random(n) < 0.17), ("anticardiolipin_igg", ever["phospholipid"] & (rng.random(n) < 0.6)),
            ("anticardiolipin_igm", ever["phospholipid"] & (rng.random(n) < 0.4)),
            ("anti_beta2gp1_igg", ever["phospholipid"] & (rng.random(n) < 0.45)),
        ):  # fmt: skip
            made.append(_antibody(rng, people, day, name, positive, rng.random(n) < share[lupus.work] * 0.85))
        coagulant = np.where(ever["phospholipid"] & (rng.random(n) < 0.5), 1, 2)
        keep = np.flatnonzero(rng.random(n) < share[lupus.work] * 0.7)
        made.append(emit("lupus_anticoagulant", people.person[keep], day[keep], cats=coagulant[keep]))
    coombs = np.where(
        ever["hemolysis"], bit("direct_antiglobulin_test", "positive"), bit("direct_antiglobulin_test", "negative")
    )
    keep = np.flatnonzero((lupus.work == FULL) & (rng.random(n) < 0.4))
    return [*made, emit("direct_antiglobulin_test", people.person[keep], lupus.days[0][keep], cats=coombs[keep])]


def _antibody(
    rng: np.random.Generator, people: People, day: np.ndarray, name: str, positive: Bools, keep: Bools
) -> Events:
    values = np.where(positive, 25 + rng.exponential(60, len(people)), np.minimum(usual(rng, name, len(people)), 19))
    cats = np.where(np.round(values) > LABS[name].high, bit(name, "positive"), bit(name, "negative"))
    return record(name, people, day, values, keep, cats=cats)
