"""What is true of a synthetic treated cohort: rates, kinetic parameters, times; each published, or said to be assumed.

Everything that an analysis could estimate is a number here, so that its coverage can be simulated.
"""

from __future__ import annotations

from dataclasses import dataclass

from trialwright.errors import TrialwrightError

SOURCES: dict[str, str] = {
    "kinetics": "Stein 2019 (tisagenlecleucel in B-ALL, n = 90; doi 10.1002/psp4.12388): foldx, Tmax, Cmax, alpha, FB, "
    "beta and the column of random effects, read as variances (not checked against the paper). No population model of "
    "an autoimmune disease is published. Assumed: the effect of the dose (Stein found none), the error of the assay.",
    "b_cells": "Müller 2024 (n = 15; doi 10.1056/NEJMoa2308917; abstract, not checked against the paper): B-cell "
    "aplasia of 112 +- 47 days. Assumed: the speed of depletion and of the return.",
    "crs_icans": "Müller 2024: CRS of grade 1 in 10 and of grade 2 in 1 of 15, ICANS of grade 1 in 1 of 15. Assumed: "
    "onset, duration, and that higher grades are dose-limiting.",
    "dose_limiting_toxicity": "Assumed: from 5 % at the lowest to 25 % at the highest level of the protocol.",
    "response_sle": "Assumed: 80 %, below the 8 of 8 in remission of Müller 2024, so that intervals have two ends; the "
    "baseline items are those of the synthetic cohort (Wang W 2024, doi 10.1136/ard-2024-225785).",
    "response_ssc": "Assumed: 60 % with a fall of the skin score by 5 points and 25 %.",
    "lymphodepletion": "Fludarabine 25 mg/m2 and cyclophosphamide 250 mg/m2 on days -5, -4 and -3: of the size that "
    "published CAR-T protocols use; no page of the four trials states doses.",
    "adverse_events": "Assumed, except CRS and ICANS; blood counts fall and return as after fludarabine and "
    "cyclophosphamide, and their grades are those of CTCAE 5.0.",
    "schedule": "Protocol visits with their windows; the days of kinetic samples are assumed (no page states them).",
}
"""Which pattern comes from which publication, and which is an assumption."""


@dataclass(frozen=True, slots=True)
class Kinetics:
    """Typical parameters of Stein 2019 and variances of their logarithms; `cmax` holds at `reference_dose` cells.

    Cmax rises with (dose / reference_dose)^dose_power.  `assay` is the SD of the log of a measurement: Stein's residual
    (0.56) holds error of the model too, and here the curve is the truth.  Units: days, copies/ug, cells/uL.
    """

    foldx: float = 3900.0
    tmax: float = 9.3
    cmax: float = 24_000.0
    alpha: float = 0.16
    fb: float = 0.0079
    beta: float = 0.0032
    variances: tuple[float, ...] = (2.4, 0.38, 0.65, 0.91, 0.80, 0.86)
    reference_dose: float = 50e6
    dose_power: float = 0.3
    assay: float = 0.15
    lloq: float = 50.0
    cells_per_copy: float = 0.005
    cells_per_copy_sd: float = 0.3
    cells_lloq: float = 1.0
    sample_days: tuple[int, ...] = (0, 1, 3, 5, 7, 9, 11, 14, 17, 21, 28, 42, 60, 90)


@dataclass(frozen=True, slots=True)
class BCells:
    """CD19+ cells per uL: before treatment, after lymphodepletion, how long they stay away, how fast they return."""

    before: float = 90.0
    before_sd: float = 0.5
    after_lymphodepletion: float = 0.3
    kill_per_day: float = 1.2
    aplasia_days: float = 112.0
    aplasia_sd: float = 47.0
    shortest_aplasia: float = 35.0
    doubling_days: float = 12.0
    doubling_sd: float = 0.25
    assay: float = 0.12
    lloq: float = 1.0


@dataclass(frozen=True, slots=True)
class Toxicity:
    """Chances of harm.  `dlt` by dose level (the first is level 1), or None for 0.05 rising evenly to 0.25.

    `crs` and `icans` are chances of grade 1 and grade 2 in those without a dose-limiting one; a dose-limiting toxicity
    is CRS of grade 3, ICANS of grade 3 or a pneumonia of grade 4, by `dlt_kinds`.
    """

    dlt: tuple[float, ...] | None = None
    dlt_kinds: tuple[float, float, float] = (0.5, 0.2, 0.3)
    crs: tuple[float, float] = (10 / 15, 1 / 15)
    icans: tuple[float, float] = (1 / 15, 0.0)
    lowest_dlt: float = 0.05
    highest_dlt: float = 0.25


@dataclass(frozen=True, slots=True)
class Response:
    """Chance of response, and of remission among responders; all who respond have done so by `by_day`."""

    sle: float = 0.80
    remission: float = 0.60
    ssc: float = 0.60
    by_day: int = 80


@dataclass(frozen=True, slots=True)
class Conduct:
    """How the trial runs: gaps between participants, missed visits and samples, those who leave within a year; of these
    the shares that died and, of the rest, that were lost to follow-up."""

    cohort_size: int = 3
    days_between: float = 14.0
    at_most_days: float = 720.0
    after_last_infusion: int = 100
    missed_visit: float = 0.05
    missed_sample: float = 0.04
    leave_within_a_year: float = 0.12
    lost_share: float = 0.4
    died_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Settings:
    """All that is true of the cohort."""

    kinetics: Kinetics = Kinetics()
    b_cells: BCells = BCells()
    toxicity: Toxicity = Toxicity()
    response: Response = Response()
    conduct: Conduct = Conduct()


SETTINGS = Settings()


def check(settings: Settings) -> None:
    """Raises TrialwrightError, naming the setting, where a chance lies outside 0 to 1 or a size that must be positive
    is not."""
    toxicity, response, conduct = settings.toxicity, settings.response, settings.conduct
    chances = {
        "Toxicity.dlt": toxicity.dlt or (),
        "Toxicity.lowest_dlt": (toxicity.lowest_dlt,),
        "Toxicity.highest_dlt": (toxicity.highest_dlt,),
        "Toxicity.dlt_kinds": (*toxicity.dlt_kinds, sum(toxicity.dlt_kinds)),
        "Toxicity.crs": (*toxicity.crs, sum(toxicity.crs)),
        "Toxicity.icans": (*toxicity.icans, sum(toxicity.icans)),
        "Response.sle": (response.sle,),
        "Response.remission": (response.remission,),
        "Response.ssc": (response.ssc,),
        "Conduct.missed_visit": (conduct.missed_visit,),
        "Conduct.missed_sample": (conduct.missed_sample,),
        "Conduct.leave_within_a_year": (conduct.leave_within_a_year,),
        "Conduct.lost_share": (conduct.lost_share,),
        "Conduct.died_share": (conduct.died_share,),
    }
    for name, values in chances.items():
        if any(not 0 <= value <= 1 + 1e-9 for value in values):
            raise TrialwrightError(f"{name} holds chances, which lie between 0 and 1 together, not {values}")
    if abs(sum(toxicity.dlt_kinds) - 1) > 1e-9:
        raise TrialwrightError(f"Toxicity.dlt_kinds are shares of one whole, not {toxicity.dlt_kinds}")
    k, b = settings.kinetics, settings.b_cells
    sizes = {
        f"Kinetics.{name}": getattr(k, name)
        for name in ("foldx", "tmax", "cmax", "alpha", "fb", "beta", "reference_dose", "lloq", "cells_per_copy")
    }
    sizes |= {f"BCells.{name}": getattr(b, name) for name in ("before", "lloq", "kill_per_day", "doubling_days")}
    sizes |= {"Conduct.cohort_size": conduct.cohort_size, "Conduct.days_between": conduct.days_between}
    for name, size in sizes.items():
        if not 0 < size < float("inf"):
            raise TrialwrightError(f"{name} must be above 0, not {size}")
    if len(k.variances) != 6 or min(k.variances) < 0:
        raise TrialwrightError(f"Kinetics.variances are six numbers of at least 0, not {k.variances}")
