"""Blood and urine of people with lupus: they agree with the activity items of the same visit.

An item that a laboratory decides (leukopenia below 3.0, platelets below 100, C3 or C4 below its limit, anti-dsDNA above
it, protein above 0.5 g a day, more than 5 red or white cells) is present exactly when the value says so.
"""

from __future__ import annotations

import numpy as np

from trialwright.population.synthetic.events import Bools, Events, Floats, emit
from trialwright.population.synthetic.labs import LABS, blood_count, chemistry, ckd_epi, far_out, record, usual
from trialwright.population.synthetic.lupus_state import FULL, MODERATE, ORDINARY, VISITS, Lupus
from trialwright.population.synthetic.terms import bit

_CORE = (
    "wbc",
    "neutrophils",
    "lymphocytes",
    "platelets",
    "hemoglobin",
    "creatinine",
    "alt",
    "ast",
    "total_bilirubin",
    "albumin",
)
_ACTIVITY = ("c3", "c4", "anti_dsdna", "upcr", "urine_rbc", "urine_wbc")
_SCREEN = (
    "hematocrit", "reticulocytes", "inr", "pt", "aptt", "ldh", "ck", "crp", "esr", "ferritin", "egfr", "ch50", "iga",
    "igg", "igm",
    "protein_24h", "cd19_b_cells", "cd19_b_cells_percent", "cd3_t_cells", "cd4_t_cells", "troponin_i", "nt_probnp",
    "temperature",
    "systolic_blood_pressure", "diastolic_blood_pressure", "heart_rate", "spo2", "weight", "height", "lvef", "glucose",
    "potassium", "sodium", "calcium", "urea_nitrogen", "anti_c1q", "haptoglobin", "alp",
)  # fmt: skip
_SHARE = {"core": (0.55, 0.92, 0.98), "activity": (0.20, 0.70, 0.97), "screen": (0.06, 0.30, 0.96)}
_RARE = {"protein_24h": 0.93, "ch50": 0.5, "hematocrit": 0.5, "anti_c1q": 0.3, "troponin_i": 0.5, "ferritin": 0.4,
"alp": 0.5,
         "reticulocytes": 0.5, "haptoglobin": 0.3, "egfr": 0.5, "cd3_t_cells": 0.7, "cd4_t_cells": 0.6}  # fmt: skip


def laboratory(rng: np.random.Generator, lupus: Lupus) -> list[Events]:
    """Every visit has the core and activity panels; only the latest has what a trial's screening adds."""
    made = []
    for visit in range(VISITS):
        values = visit_values(rng, lupus, visit)
        day, n = lupus.days[visit], len(lupus)
        minute = np.where(rng.random(n) < 0.35, rng.integers(420, 900, n), -1)
        names = (*_CORE, *_ACTIVITY) if visit else (*_CORE, *_ACTIVITY, *_SCREEN)
        for name in names:
            panel = "core" if name in _CORE else "activity" if name in _ACTIVITY else "screen"
            share = np.array(_SHARE[panel])[lupus.work] * (0.85 if visit else 1.0) * _RARE.get(name, 1.0)
            keep = lupus.seen[visit] & (rng.random(n) < share)
            columns = {"cats": _sign(name, values[name])} if name == "anti_dsdna" else {}
            made.append(record(name, lupus.people, day, values[name], keep, minute, **columns))
        made += _strips(rng, lupus, visit, values)
    return made


def visit_values(rng: np.random.Generator, lupus: Lupus, visit: int) -> dict[str, Floats]:
    """All values of one visit, whether they are on record or not."""
    n, people = len(lupus), lupus.people
    values = blood_count(rng, people) | chemistry(rng, people)
    values |= {name: usual(rng, name, n) for name in (*_SCREEN, *_ACTIVITY) if name not in values and name in LABS}

    def has(item: str) -> Bools:
        return lupus.item(item, visit)

    active = (lupus.state >= MODERATE).astype(float)
    values["wbc"] = np.where(has("leukopenia"), rng.uniform(1.6, 2.94, n), np.maximum(values["wbc"] * 0.86, 3.0))
    share = np.clip(rng.normal(0.66, 0.09, n), 0.3, 0.9)
    values["neutrophils"] = values["wbc"] * share
    values["lymphocytes"] = values["wbc"] * np.clip(0.90 - share, 0.03, 0.5)
    platelets = np.maximum(values["platelets"] * 0.93, 100)
    values["platelets"] = np.where(has("thrombocytopenia"), rng.triangular(12, 80, 99, n), platelets)
    values["hemoglobin"] = np.clip(values["hemoglobin"] - 0.7 - active * np.abs(rng.normal(0, 1.2, n)), 5.4, 18)
    values["hematocrit"] = values["hemoglobin"] * 3
    values |= _serum(rng, lupus, visit)
    values |= _urine(rng, lupus, visit)
    hurt = lupus.active_nephritis
    worse = np.where(
        hurt,
        np.exp(np.abs(rng.normal(0, 0.45, n))),
        np.where(lupus.nephritis, np.exp(np.abs(rng.normal(0, 0.18, n))), 1),
    )
    values["creatinine"] = values["creatinine"] * worse
    values["egfr"] = ckd_epi(values["creatinine"], people)
    values["urea_nitrogen"] = values["urea_nitrogen"] * worse**0.8
    values["albumin"] = np.clip(values["albumin"] - 0.22 * np.minimum(values["protein_24h"], 7), 1.4, 5)
    for name, by in (("alt", 1.15), ("ast", 1.12), ("ldh", 1.1), ("esr", 2.0), ("crp", 1.6), ("ferritin", 1.4)):
        values[name] = values[name] * np.where(active > 0, by, (1 + by) / 2)
    liver = rng.random(n) < 0.02
    for name in ("alt", "ast"):
        values[name] = np.where(liver, values[name] * rng.uniform(2.5, 7, n), values[name])
    values["total_bilirubin"] = np.where(rng.random(n) < 0.015, rng.uniform(1.4, 4.5, n), values["total_bilirubin"])
    values["ck"] = np.where(has("myositis"), rng.uniform(400, 4000, n), values["ck"])
    values["temperature"] = np.where(has("fever"), rng.uniform(38.1, 39.6, n), values["temperature"])
    values["igg"] = values["igg"] * np.where(active > 0, 1.22, 1.05) * np.where(hurt, 0.82, 1)
    values["iga"] = np.where(rng.random(n) < 0.012, rng.uniform(1, 9, n), values["iga"] * 1.1)
    values["cd19_b_cells"] = values["cd19_b_cells"] * np.where(rng.random(n) < 0.06, 0.004, 0.62)
    values["cd19_b_cells_percent"] = np.clip(
        values["cd19_b_cells"] / np.maximum(values["lymphocytes"], 0.05) / 10, 0.02, 40
    )
    for name in ("cd3_t_cells", "cd4_t_cells"):
        values[name] = values[name] * 0.7
    values["lvef"] = np.where(rng.random(n) < 0.02, rng.uniform(32, 50, n), values["lvef"])
    values |= far_out(rng, values, ("neutrophils", "hemoglobin"))
    values["neutrophils"] = np.minimum(values["neutrophils"], values["wbc"] - values["lymphocytes"])
    values["weight"], values["height"] = people.weight + rng.normal(0, 0.8, n), people.height
    return values


def _serum(rng: np.random.Generator, lupus: Lupus, visit: int) -> dict[str, Floats]:
    """C3 and C4 fall together, one or both below the limit where the item is present; anti-dsDNA rises with them."""
    n = len(lupus)
    low, dna = lupus.item("low_complement", visit), lupus.item("increased_dna_binding", visit)
    which = rng.random(n)  # both, only C3, only C4
    kidney = lupus.active_nephritis
    c3_low = low & (which < np.where(kidney, 0.93, 0.75))
    c4_low = low & ((which < 0.55) | (which >= np.where(kidney, 0.93, 0.75)))
    titre = 38 * np.exp(0.9 + 0.55 * lupus.serum + 0.35 * np.abs(rng.standard_normal(n)) + np.where(kidney, 0.5, 0))
    return {
        "c3": np.where(
            c3_low,
            np.clip(rng.normal(np.where(kidney, 58, 69), 13, n), 18, 89),
            np.clip(rng.normal(108, 14, n), 90, 175),
        ),
        "c4": np.where(c4_low, np.clip(rng.normal(6, 2, n), 1, 9), np.clip(rng.normal(19, 5, n), 10, 40)),
        "ch50": np.where(low, np.clip(rng.normal(23, 6, n), 5, 29), np.clip(rng.normal(50, 8, n), 30, 75)),
        "anti_dsdna": np.where(dna, np.clip(titre, 31, 1200), np.clip(usual(rng, "anti_dsdna", n) * 1.4, 1, 30)),
        "anti_c1q": np.where(kidney, 45 * np.exp(rng.normal(0, 0.6, n)), usual(rng, "anti_c1q", n) * 1.3),
    }


def _urine(rng: np.random.Generator, lupus: Lupus, visit: int) -> dict[str, Floats]:
    """Protein of 24 hours is lognormal around 2.3 g in active nephritis; the ratio follows it."""
    n = len(lupus)
    leaking = lupus.item("proteinuria", visit)
    protein = np.where(leaking, np.clip(np.exp(rng.normal(np.log(2.3), 0.75, n)), 0.53, 14), 0)
    protein = np.where(leaking, protein, np.clip(np.exp(rng.normal(np.log(0.13), 0.5, n)), 0.04, 0.49))
    red = np.where(lupus.item("hematuria", visit), 6 + rng.exponential(18, n), rng.integers(0, 5, n))
    white = np.where(lupus.item("pyuria", visit), 6 + rng.exponential(12, n), rng.integers(0, 5, n))
    return {
        "protein_24h": protein,
        "upcr": protein * np.exp(rng.normal(-0.08, 0.16, n)),
        "urine_rbc": red,
        "urine_wbc": white,
    }


def _sign(name: str, values: Floats) -> np.ndarray:
    return np.where(np.round(values) > LABS[name].high, bit(name, "positive"), bit(name, "negative"))


def _strips(rng: np.random.Generator, lupus: Lupus, visit: int, values: dict[str, Floats]) -> list[Events]:
    """Test strips and casts; strips alone stand in clinics that do not quantify protein."""
    n, person, day = len(lupus), lupus.people.person, lupus.days[visit]
    protein = values["protein_24h"]
    grade = np.select(
        [protein < 0.2, protein < 0.5, protein < 1.2, protein < 3.5], ["negative", "trace", "1+", "2+"], "3+"
    )
    cats = np.select(
        [grade == g for g in np.unique(grade)], [bit("urine_protein_dipstick", str(g)) for g in np.unique(grade)]
    )
    keep = np.flatnonzero(lupus.seen[visit] & (rng.random(n) < np.where(lupus.work >= ORDINARY, 0.45, 0.2)))
    casts = np.where(
        lupus.item("urinary_casts", visit), bit("urine_rbc_casts", "positive"), bit("urine_rbc_casts", "negative")
    )
    cast_share = np.where(lupus.work == FULL, 0.85, 0.25) * (1.0 if visit == 0 else 0.4)
    rows = np.flatnonzero(lupus.seen[visit] & (rng.random(n) < cast_share))
    return [
        emit("urine_protein_dipstick", person[keep], day[keep], cats=cats[keep]),
        emit("urine_rbc_casts", person[rows], day[rows], cats=casts[rows]),
    ]
