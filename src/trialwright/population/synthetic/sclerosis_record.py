"""What is on record of systemic sclerosis: diagnosis (often without its subtype), skin, lungs, criteria, drugs."""

from __future__ import annotations

import numpy as np

from trialwright.population.synthetic.events import OPEN, Events, emit
from trialwright.population.synthetic.labs import LABS, blood_count, chemistry, far_out, record, usual
from trialwright.population.synthetic.lupus_scores import ABSENT, PRESENT
from trialwright.population.synthetic.lupus_state import FULL
from trialwright.population.synthetic.sclerosis import SITES, VISITS, Sclerosis
from trialwright.population.synthetic.terms import bit
from trialwright.population.synthetic.treatment import course, steroid

_DRUGS = (("mycophenolate_mofetil", 0.42), ("methotrexate", 0.18), ("hydroxychloroquine", 0.17), ("cyclophosphamide",
0.08),
          ("rituximab", 0.10), ("tocilizumab", 0.08), ("azathioprine", 0.06), ("nintedanib", 0.16))  # fmt: skip
_VISIT = ("wbc", "neutrophils", "lymphocytes", "platelets", "hemoglobin", "creatinine", "alt", "ast", "total_bilirubin")
_SCREEN = ("inr", "pt", "aptt", "lvef", "ck", "crp", "esr", "nt_probnp", "weight", "height", "systolic_blood_pressure",
           "diastolic_blood_pressure", "heart_rate", "spo2", "iga", "igg", "igm", "cd19_b_cells", "egfr",
           "glucose")  # fmt: skip


def diagnoses(rng: np.random.Generator, ssc: Sclerosis) -> list[Events]:
    """A third carries only "systemic sclerosis", which leaves the subtype open; organs beside it."""
    n, person, at = len(ssc), ssc.people.person, ssc.people.at
    onset = at - ssc.duration
    said = rng.random(n) < np.array([0.35, 0.6, 0.92])[ssc.work]
    made = []
    for name, rows in (
        ("diffuse_systemic_sclerosis", said & ssc.diffuse),
        ("limited_systemic_sclerosis", said & ~ssc.diffuse),
        ("systemic_sclerosis", ~said | (rng.random(n) < 0.3)),
    ):
        keep = np.flatnonzero(rows)
        made.append(emit(name, person[keep], onset[keep], end=OPEN))
    for name, holds, coded in (
        ("raynaud_phenomenon", rng.random(n) < 0.96, 0.8), ("interstitial_lung_disease", ssc.lung, 0.85),
        ("digital_ulcer", rng.random(n) < 0.33, 0.6), ("pulmonary_arterial_hypertension", rng.random(n) < 0.09, 0.9),
        ("scleroderma_renal_crisis", ssc.diffuse & (rng.random(n) < 0.04), 0.9), ("sjogren_syndrome",
        rng.random(n) < 0.06, 0.9),
        ("myositis", rng.random(n) < 0.06, 0.7), ("heart_failure", rng.random(n) < 0.04, 0.9),
    ):  # fmt: skip
        keep = np.flatnonzero(holds & (rng.random(n) < coded))
        start = onset[keep] + (ssc.duration[keep] * rng.random(len(keep))).astype(np.int32)
        made.append(emit(name, person[keep], start, end=OPEN))
    return made


def skin_and_lungs(rng: np.random.Generator, ssc: Sclerosis) -> list[Events]:
    """mRSS as total at most visits and by site at the two latest; FVC and DLCO in litres and in % of predicted."""
    n, people = len(ssc), ssc.people
    size = (
        np.where(people.female, 3.15, 4.4) * (people.height / np.where(people.female, 162.5, 176)) ** 2
        - (people.age - 45) * 0.022
    )
    made = []
    for visit in range(VISITS):
        day, seen = ssc.days[visit], ssc.seen[visit]
        sites = ssc.skin[visit]
        scored = np.flatnonzero(seen & (rng.random(n) < np.array([0.35, 0.7, 0.96])[ssc.work]))
        made.append(emit("mrss", people.person[scored], day[scored], value=sites.sum(axis=1)[scored].astype(float)))
        listed = seen & (rng.random(n) < np.array([0.1, 0.35, 0.8])[ssc.work]) & (visit < 2)
        for i, site in enumerate(SITES):
            keep = np.flatnonzero(listed & (rng.random(n) < 0.985))
            made.append(emit(f"mrss_{site}", people.person[keep], day[keep], value=sites[keep, i].astype(float)))
        blown = seen & (rng.random(n) < np.array([0.3, 0.6, 0.93])[ssc.work])
        diffused = blown & (rng.random(n) < 0.88)
        made += [
            record("fvc_percent_predicted", people, day, ssc.fvc[visit], blown),
            record("fvc", people, day, ssc.fvc[visit] / 100 * size, blown & (rng.random(n) < 0.85)),
            record("dlco_percent_predicted", people, day, ssc.dlco[visit], diffused),
            record("dlco", people, day, ssc.dlco[visit] / 100 * 24, diffused & (rng.random(n) < 0.5)),
        ]
    return made


def criteria(rng: np.random.Generator, ssc: Sclerosis) -> list[Events]:
    """ACR/EULAR 2013: skin beyond the knuckles alone suffices (9); otherwise the best of each group adds up."""
    n, people = len(ssc), ssc.people
    items = {
        "skin_proximal_mcp": (ssc.diffuse | (rng.random(n) < 0.25), 9, 0), "puffy_fingers": (rng.random(n) < 0.45, 2,
        1),
        "sclerodactyly": (rng.random(n) < 0.85, 4, 1), "digital_tip_ulcers": (rng.random(n) < 0.33, 2, 2),
        "pitting_scars": (rng.random(n) < 0.38, 3, 2), "telangiectasia": (rng.random(n) < 0.62, 2, 3),
        "nailfold": (rng.random(n) < 0.85, 2, 4), "pah": (rng.random(n) < 0.09, 2, 5), "ild": (ssc.lung, 2, 5),
        "raynaud": (rng.random(n) < 0.96, 3, 6), "autoantibodies": (ssc.antibody > 0, 3, 7),
    }  # fmt: skip
    best = np.zeros((8, n))
    for holds, points, group in items.values():
        best[group] = np.maximum(best[group], holds * points)
    total = best.sum(axis=0)
    day = people.at - (ssc.duration * rng.uniform(0.3, 1, n)).astype(np.int32)
    charted = rng.random(n) < np.array([0.1, 0.35, 0.75])[ssc.work]
    said = np.flatnonzero(rng.random(n) < np.array([0.2, 0.5, 0.9])[ssc.work])
    summed = np.flatnonzero(charted & (rng.random(n) < 0.9))
    made = [
        emit(
            "acr_eular_2013_ssc_met", people.person[said], day[said], cats=np.where(total >= 9, PRESENT, ABSENT)[said]
        ),
        emit("acr_eular_2013_ssc_total", people.person[summed], day[summed], value=total[summed]),
    ]
    for name, (holds, _, _) in items.items():
        keep = np.flatnonzero(charted & (rng.random(n) < 0.95))
        made.append(
            emit(f"acr_eular_2013_{name}", people.person[keep], day[keep], cats=np.where(holds[keep], PRESENT, ABSENT))
        )
    return made


def laboratory(rng: np.random.Generator, ssc: Sclerosis) -> list[Events]:
    """Counts and chemistry at every visit, the screening panel at the latest, antibodies once or twice."""
    n, people = len(ssc), ssc.people
    made = []
    for visit in range(VISITS):
        values = blood_count(rng, people) | chemistry(rng, people)
        values |= {name: usual(rng, name, n) for name in _SCREEN if name not in values}
        values["hemoglobin"] = values["hemoglobin"] - 0.5
        values["creatinine"] = np.where(rng.random(n) < 0.05, values["creatinine"] * 1.8, values["creatinine"])
        values["lvef"] = np.where(rng.random(n) < 0.09, rng.uniform(38, 54, n), values["lvef"])
        values["nt_probnp"] = values["nt_probnp"] * np.where(rng.random(n) < 0.15, 6, 1.6)
        values |= far_out(rng, values, ("neutrophils", "hemoglobin", "platelets", "total_bilirubin"))
        values["neutrophils"] = np.minimum(values["neutrophils"], values["wbc"] - values["lymphocytes"])
        values["weight"], values["height"] = people.weight + rng.normal(0, 0.8, n), people.height
        for name in (*_VISIT, *(() if visit else _SCREEN)):
            share = np.array([0.5, 0.88, 0.98] if name in _VISIT else [0.06, 0.35, 0.97])[ssc.work]
            made.append(record(name, people, ssc.days[visit], values[name], ssc.seen[visit] & (rng.random(n) < share)))
    for code, name in ((1, "anti_scl70"), (3, "anti_rna_polymerase_iii")):
        level = np.where(ssc.antibody == code, 30 + rng.exponential(70, n), np.minimum(usual(rng, name, n), 19))
        cats = np.where(np.round(level) > LABS[name].high, bit(name, "positive"), bit(name, "negative"))
        made.append(
            record(name, people, ssc.days[0], level, rng.random(n) < np.array([0.3, 0.6, 0.9])[ssc.work], cats=cats)
        )
    for name, positive in (("anti_centromere", ssc.antibody == 2), ("ana", rng.random(n) < 0.95)):
        titre = np.where(positive, rng.choice(np.array([160.0, 320, 640, 1280]), n), 40.0)
        keep = np.flatnonzero(rng.random(n) < np.array([0.3, 0.6, 0.9])[ssc.work])
        cats = np.where(positive, bit(name, "positive"), bit(name, "negative"))
        made.append(emit(name, people.person[keep], ssc.days[0][keep], value=titre[keep], high=40.0, cats=cats[keep]))
    return made


def treatment(rng: np.random.Generator, ssc: Sclerosis) -> list[Events]:
    """Immunosuppressants more often in diffuse disease; low-dose glucocorticoid in a third."""
    n, people, at = len(ssc), ssc.people, ssc.people.at
    made: list[Events] = []
    for name, usual_share in _DRUGS:
        has = np.flatnonzero(rng.random(n) < usual_share * np.where(ssc.diffuse | ssc.lung, 1.35, 0.6))
        start = at - np.minimum(rng.lognormal(np.log(420), 0.8, len(has)), ssc.duration[has] + 30).astype(np.int32)
        over = rng.random(len(has)) < 0.4
        stop = np.where(over, start + ((at - start) * rng.uniform(0.3, 0.95, len(has))).astype(np.int32), OPEN)
        made += course(rng, name, people, has, start, stop, changed=rng.random(len(has)) < 0.12)
    rows = np.flatnonzero(rng.random(n) < 0.36)
    dose = rng.choice(np.array([5.0, 7.5, 10.0, 15.0, 20.0]), len(rows), p=(0.36, 0.2, 0.28, 0.12, 0.04))
    made += steroid(rng, people, rows, dose, at - rng.integers(20, 700, len(rows)), np.full(len(rows), OPEN), steps=2)
    failing = ssc.progressing | (rng.random(n) < 0.2)
    worked = ssc.work == FULL
    for name, yes, share in (
        ("treatment_non_response", failing, np.where(worked, 0.65, 0.15)),
        ("relapse_after_remission", failing & (rng.random(n) < 0.3), np.where(worked, 0.5, 0.1)),
        ("disease_activity", failing, np.where(worked, 0.6, 0.2)),
    ):
        keep = np.flatnonzero(rng.random(n) < share)
        made.append(emit(name, people.person[keep], ssc.days[0][keep], cats=np.where(yes[keep], PRESENT, ABSENT)))
    return made
