"""Laboratory values with limits and how they move together; the disease models shift what is usual here.

Centres and limits are those of adult reference intervals in common use (NHANES laboratory tables, hospital handbooks),
rounded; laboratories differ, which is why every record carries its own limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trialwright.population.synthetic.events import BELOW, NONE, Events, Floats, Ints, emit
from trialwright.population.synthetic.people import People


@dataclass(frozen=True, slots=True)
class Lab:
    """Centre and spread (of the logarithm where `log`), decimals, limits of normal, limit of detection."""

    center: float
    spread: float
    log: bool = False
    decimals: int = 0
    low: float = np.nan
    high: float = np.nan
    lod: float = np.nan


LABS: dict[str, Lab] = {
    "wbc": Lab(6.8, 0.24, True, 1, 4.0, 11.0),
    "neutrophils": Lab(4.0, 0.3, True, 2, 1.5, 7.5),
    "lymphocytes": Lab(2.0, 0.28, True, 2, 1.0, 4.0),
    "platelets": Lab(250, 56, False, 0, 150, 400),
    "hemoglobin": Lab(13.6, 1.1, False, 1, 12.0, 16.0),
    "hematocrit": Lab(41, 3.3, False, 1, 36, 48),
    "reticulocytes": Lab(60, 0.35, True, 0, 25, 100),
    "inr": Lab(1.0, 0.07, False, 2, 0.8, 1.2),
    "pt": Lab(12.1, 0.8, False, 1, 11, 13.5),
    "aptt": Lab(29.5, 3.2, False, 1, 25, 37),
    "fibrinogen": Lab(310, 65, False, 0, 200, 400),
    "haptoglobin": Lab(130, 0.35, True, 0, 30, 200),
    "creatinine": Lab(0.75, 0.17, True, 2, 0.5, 1.1),
    "egfr": Lab(95, 14, False, 0, 60),
    "alt": Lab(21, 0.40, True, 0, 7, 40),
    "ast": Lab(22, 0.28, True, 0, 8, 35),
    "alp": Lab(72, 0.27, True, 0, 35, 105),
    "total_bilirubin": Lab(0.55, 0.36, True, 2, 0.1, 1.2),
    "albumin": Lab(4.2, 0.3, False, 1, 3.5, 5.2),
    "ldh": Lab(178, 0.17, True, 0, 120, 246),
    "ck": Lab(92, 0.48, True, 0, 26, 192),
    "crp": Lab(1.5, 1.0, True, 1, np.nan, 5.0, 0.5),
    "esr": Lab(12, 0.6, True, 0, np.nan, 20),
    "ferritin": Lab(75, 0.75, True, 0, 12, 300),
    "troponin_i": Lab(4.5, 0.7, True, 1, np.nan, 34, 2.5),
    "nt_probnp": Lab(58, 0.7, True, 0, np.nan, 125, 10),
    "glucose": Lab(95, 0.15, True, 0, 70, 99),
    "potassium": Lab(4.2, 0.33, False, 1, 3.5, 5.1),
    "sodium": Lab(140, 2.2, False, 0, 136, 145),
    "calcium": Lab(9.4, 0.38, False, 1, 8.6, 10.2),
    "urea_nitrogen": Lab(13.5, 0.28, True, 0, 6, 20),
    "uric_acid": Lab(5.1, 0.24, True, 1, 2.6, 7.0),
    "c3": Lab(120, 18, False, 0, 90, 180),
    "c4": Lab(26, 6, False, 0, 10, 40),
    "ch50": Lab(55, 8, False, 0, 30, 75),
    "iga": Lab(205, 0.42, True, 0, 70, 400, 5),
    "igg": Lab(1090, 0.21, True, 0, 700, 1600),
    "igm": Lab(105, 0.45, True, 0, 40, 230, 10),
    "anti_dsdna": Lab(9, 0.5, True, 0, np.nan, 30, 4),
    "anti_smith": Lab(3, 0.6, True, 0, np.nan, 20, 2),
    "anti_rnp": Lab(3, 0.6, True, 0, np.nan, 20, 2),
    "anti_ssa": Lab(3, 0.6, True, 0, np.nan, 20, 2),
    "anti_ssb": Lab(3, 0.6, True, 0, np.nan, 20, 2),
    "anti_scl70": Lab(3, 0.6, True, 0, np.nan, 20, 2),
    "anti_rna_polymerase_iii": Lab(3, 0.6, True, 0, np.nan, 20, 2),
    "anticardiolipin_igg": Lab(6, 0.6, True, 0, np.nan, 20, 2),
    "anticardiolipin_igm": Lab(6, 0.6, True, 0, np.nan, 20, 2),
    "anti_beta2gp1_igg": Lab(5, 0.6, True, 0, np.nan, 20, 2),
    "anti_c1q": Lab(8, 0.5, True, 0, np.nan, 20, 2),
    "cd19_b_cells": Lab(190, 0.55, True, 0, 90, 500, 1),
    "cd19_b_cells_percent": Lab(11, 0.45, True, 1, 5, 20, 0.1),
    "cd3_t_cells": Lab(1250, 0.32, True, 0, 700, 2100),
    "cd4_t_cells": Lab(750, 0.35, True, 0, 400, 1400),
    "upcr": Lab(0.08, 0.45, True, 2, np.nan, 0.2, 0.04),
    "protein_24h": Lab(0.09, 0.35, True, 2, np.nan, 0.15, 0.04),
    "urine_rbc": Lab(1.2, 0.5, True, 0, np.nan, 3),
    "urine_wbc": Lab(1.4, 0.5, True, 0, np.nan, 5),
    "temperature": Lab(36.7, 0.25, False, 1),
    "systolic_blood_pressure": Lab(121, 11, False, 0),
    "diastolic_blood_pressure": Lab(76, 8, False, 0),
    "heart_rate": Lab(74, 10, False, 0),
    "spo2": Lab(98, 0.9, False, 0),
    "weight": Lab(70, 10, False, 1),
    "height": Lab(165, 8, False, 1),
    "lvef": Lab(62, 4.2, False, 0, 52, 74),
    "fvc": Lab(3.4, 0.6, False, 2),
    "fvc_percent_predicted": Lab(98, 11, False, 0, 80),
    "dlco": Lab(22, 4, False, 1),
    "dlco_percent_predicted": Lab(92, 12, False, 0, 75),
    "qtc": Lab(418, 18, False, 0, np.nan, 460),
    "hbv_dna": Lab(5, 1.0, True, 0, np.nan, np.nan, 20),
    "hcv_rna": Lab(5, 1.0, True, 0, np.nan, np.nan, 15),
    "hiv_rna": Lab(5, 1.0, True, 0, np.nan, np.nan, 20),
    "cmv_dna": Lab(5, 1.0, True, 0, np.nan, np.nan, 35),
    "anti_hbs": Lab(2, 1.5, True, 0, 10, np.nan, 2),
    "hcg_blood": Lab(0.8, 0.5, True, 1, np.nan, 5, 2),
}


def usual(rng: np.random.Generator, name: str, n: int, z: Floats | float = 0.0, rho: float = 0.0) -> Floats:
    """Values of `n` healthy adults; `z` is a standard normal factor that the values share with weight `rho`."""
    lab = LABS[name]
    e = rho * np.asarray(z) + np.sqrt(1 - rho * rho) * rng.standard_normal(n)
    return np.asarray(lab.center * np.exp(lab.spread * e) if lab.log else lab.center + lab.spread * e)


def record(
    name: str, people: People, day: Ints, values: Floats, keep: Any = None, minute: Ints | int = -1, **columns: Any
) -> Events:
    """Values as a laboratory writes them: rounded, with its limits, and "<" below what it can detect."""
    lab = LABS[name]
    rows = np.arange(len(people)) if keep is None else np.flatnonzero(keep)
    value = np.round(np.maximum(values[rows], 0), lab.decimals)
    hidden = value < lab.lod
    low, high = _limits(name, lab, people.female[rows])
    given = {k: v[rows] if isinstance(v, np.ndarray) else v for k, v in columns.items()}
    return emit(
        name, people.person[rows], day[rows], value=np.where(hidden, lab.lod, value), low=low, high=high,
        comparator=np.where(hidden, BELOW, NONE), minute=minute[rows] if isinstance(minute, np.ndarray) else minute,
        **given,
    )  # fmt: skip


def _limits(name: str, lab: Lab, female: Any) -> tuple[Any, Any]:
    """Limits of normal; hemoglobin, creatinine and uric acid have their own for men."""
    match name:
        case "hemoglobin":
            return np.where(female, 12.0, 13.5), np.where(female, 16.0, 17.5)
        case "hematocrit":
            return np.where(female, 36.0, 40.0), np.where(female, 48.0, 52.0)
        case "creatinine":
            return np.where(female, 0.5, 0.7), np.where(female, 1.1, 1.3)
        case _:
            return lab.low, lab.high


def blood_count(rng: np.random.Generator, people: People) -> dict[str, Floats]:
    """White cells and their parts add up, hematocrit follows hemoglobin."""
    n = len(people)
    wbc = usual(rng, "wbc", n)
    share = np.clip(rng.normal(0.59, 0.07, n), 0.3, 0.85)
    hemoglobin = np.where(people.female, 13.5, 15.0) + rng.normal(0, 1.0, n) - np.clip(people.age - 70, 0, 30) * 0.03
    return {
        "wbc": wbc,
        "neutrophils": wbc * share,
        "lymphocytes": wbc * np.clip(0.93 - share, 0.05, 0.6) * rng.uniform(0.85, 1.0, n),
        "platelets": np.maximum(usual(rng, "platelets", n), 60),
        "hemoglobin": hemoglobin,
        "hematocrit": hemoglobin * rng.normal(3.0, 0.06, n),
    }


def chemistry(rng: np.random.Generator, people: People) -> dict[str, Floats]:
    """Creatinine by sex, age and size; the two transaminases move together, as do urea and creatinine."""
    n = len(people)
    liver, kidney = rng.standard_normal(n), rng.standard_normal(n)
    base = np.where(people.female, 0.75, 0.95) * (1 + np.clip(people.age - 60, 0, 35) * 0.006)
    base = base * np.clip(people.age / 18, 0.35, 1)
    creatinine = base * np.exp(0.16 * kidney)
    return {
        "creatinine": creatinine,
        "egfr": ckd_epi(creatinine, people),
        "alt": usual(rng, "alt", n, liver, 0.75),
        "ast": usual(rng, "ast", n, liver, 0.75),
        "total_bilirubin": usual(rng, "total_bilirubin", n, liver, 0.2),
        "albumin": usual(rng, "albumin", n),
        "urea_nitrogen": usual(rng, "urea_nitrogen", n, kidney, 0.6),
        "glucose": usual(rng, "glucose", n) * np.where(rng.random(n) < 0.09, 1.55, 1.0),
        "potassium": usual(rng, "potassium", n, kidney, 0.2),
        "sodium": usual(rng, "sodium", n),
    }


def ckd_epi(creatinine: Floats, people: People) -> Floats:
    """eGFR by CKD-EPI 2021 (Inker 2021, doi 10.1056/NEJMoa2102953), mL/min/1.73 m2."""
    kappa, alpha = np.where(people.female, 0.7, 0.9), np.where(people.female, -0.241, -0.302)
    ratio = creatinine / kappa
    value = 142 * np.minimum(ratio, 1) ** alpha * np.maximum(ratio, 1) ** -1.2 * 0.9938**people.age
    return np.asarray(np.where(people.female, value * 1.012, value))


RARE = {
    "neutrophils": (0.008, 0.1, 0.95),
    "hemoglobin": (0.012, 5.2, 8.8),
    "platelets": (0.010, 15, 74),
    "total_bilirubin": (0.012, 1.5, 4.5),
}
"""Share of people with a value far out, and between which values."""


def far_out(rng: np.random.Generator, values: dict[str, Floats], names: tuple[str, ...]) -> dict[str, Floats]:
    """The few whose counts keep them out of a trial; one in forty takes an anticoagulant (INR and PT together)."""
    made = {}
    for name in names:
        share, low, high = RARE[name]
        n = len(values[name])
        made[name] = np.where(rng.random(n) < share, rng.uniform(low, high, n), values[name])
    n = len(values["inr"])
    thinned, inr = rng.random(n) < 0.025, rng.uniform(1.7, 3.3, n)
    made["inr"] = np.where(thinned, inr, values["inr"])
    made["pt"] = np.where(thinned, inr * 11.8, values["pt"])
    return made
