"""What is true of a treated cohort, written beside it: rates by level, every participant's parameters, expected values.

An analysis of the records can be held against it: the share of intervals that hold the truth is their coverage.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from trialwright.catalog.models.protocols import ProtocolModel
from trialwright.language.facts import date_of
from trialwright.population.synthetic.columns import person_id
from trialwright.population.synthetic.events import Bools, Ints
from trialwright.population.synthetic.people import LUPUS
from trialwright.population.synthetic.terms import catalog
from trialwright.population.synthetic.treated_cohort import TreatedCohort
from trialwright.population.synthetic.treated_kinetics import draw_cells
from trialwright.population.synthetic.treated_lupus import Course, draw_course
from trialwright.population.synthetic.treated_plan import Plan, dlt_chances, plan_of
from trialwright.population.synthetic.treated_sclerosis import draw_skin
from trialwright.population.synthetic.treated_settings import SETTINGS, SOURCES, Settings, check
from trialwright.population.synthetic.treated_subjects import NEVER, Subjects, draw_subjects
from trialwright.population.synthetic.treated_toxicity import CRS, DLT_WINDOW, ICANS

NOTE = "Synthetic: nobody here exists, and nothing here is a finding about a product."
RESPONSE = {
    True: "SLEDAI-2K 4 points or more below baseline at every assessment from day 90 on; a non-responder never is",
    False: "mRSS 5 points and 25 % or more below baseline at every assessment from day 90 on; a non-responder never is",
}
Json = dict[str, Any]


def truth_of(cohort: TreatedCohort) -> Json:
    """Everything that is true of a cohort, as JSON can hold it."""
    plan, settings = cohort.plan, cohort.settings
    lupus = plan.disease == LUPUS
    return {
        "synthetic": True,
        "note": NOTE,
        "protocol": plan.protocol,
        "participants": len(cohort.subjects),
        "seed": cohort.seed,
        "extracted": date_of(cohort.subjects.people.at).isoformat(),
        "levels": levels(plan, settings, cohort.subjects),
        "response": {
            "definition": RESPONSE[lupus],
            "probability": settings.response.sle if lupus else settings.response.ssc,
            "remission_among_responders": settings.response.remission if lupus else None,
        },
        "settings": asdict(settings),
        "sources": SOURCES,
        "subjects": _subjects(cohort),
    }


def levels(plan: Plan, settings: Settings, subjects: Subjects) -> list[Json]:
    """True chances and the median of true Cmax at each dose level; Cmax at the doses planned, where there are any."""
    law, made = settings.toxicity, []
    for i, dlt in enumerate(dlt_chances(plan, law).tolist()):
        here = subjects.level == i
        dose = float(np.exp(np.log(subjects.planned[here]).mean())) if here.any() else None
        k = settings.kinetics
        made.append(
            {
                "level": i + 1,
                "label": plan.labels[i],
                "dose": float(plan.dose[i]),
                "unit": "cells/kg" if plan.per_kg[i] else "cells",
                "participants": int(here.sum()),
                "treated": int((here & subjects.treated).sum()),
                "dlt_probability": dlt,
                "crs_probability": _by_grade(dlt * law.dlt_kinds[CRS], law.crs),
                "icans_probability": _by_grade(dlt * law.dlt_kinds[ICANS], law.icans),
                "cmax_geometric_mean": k.cmax * (dose / k.reference_dose) ** k.dose_power if dose else None,
            }
        )
    return made


def _by_grade(limiting: float, others: tuple[float, float]) -> dict[str, float]:
    """Chances of grades 1, 2 and 3: a dose-limiting one is of grade 3, and takes the place of what would have been."""
    return {"1": (1 - limiting) * others[0], "2": (1 - limiting) * others[1], "3": limiting}


def _subjects(cohort: TreatedCohort) -> list[Json]:
    subjects, cells, found = cohort.subjects, cohort.cells, cohort.syndromes
    samples, at = cohort.samples, cohort.subjects.people.at
    reached = samples.taken & (samples.time >= 0) & (samples.day <= at) & (samples.day <= subjects.until)
    seen = np.where(reached, cells.copies(samples.time), 0).max(axis=0)
    made = []
    for i in range(len(subjects)):
        left = int(subjects.left[i] - subjects.infusion[i]) if subjects.left[i] < NEVER else None
        row: Json = {
            "person": person_id(int(subjects.person[i])),
            "level": int(subjects.level[i]) + 1,
            "treated": bool(subjects.treated[i]),
            "infusion": date_of(int(subjects.infusion[i])).isoformat() if subjects.treated[i] else None,
            "left_on_day": left,
            "dose_planned": float(subjects.planned[i]),
            "dose_infused": float(subjects.infused[i]) if subjects.treated[i] else None,
        }
        if subjects.treated[i]:
            row |= {name: float(getattr(cells, name)[i]) for name in ("foldx", "tmax", "cmax", "alpha", "fb", "beta")}
            row |= {
                "cmax_at_samples": float(seen[i]),
                "auc_0_28": float(cells.area(28.0)[i]),
                "b_cells_before": float(cells.before[i]),
                "b_cells_back_on_day": float(cells.back[i]),
                "b_cells_doubling_days": float(cells.doubling[i]),
                "dlt": bool(found.limited[i]),
                "crs_grade": int(found.crs[i]),
                "icans_grade": int(found.icans[i]),
                "responder": bool(cohort.disease.responder[i]),
            }
        made.append(row | _disease(cohort, i))
    return made


def _disease(cohort: TreatedCohort, i: int) -> Json:
    """The true score at baseline and at each visit of the protocol after infusion."""
    plan, subjects = cohort.plan, cohort.subjects
    later = [j for j, day in enumerate(plan.visit_day.tolist()) if day >= 28 and plan.visit_anchor[j] == "infusion"]
    time = (subjects.visits[later] - subjects.infusion).astype(float)
    before = np.full((1, len(subjects)), -7.0)
    if isinstance(cohort.disease, Course):
        values, name = np.vstack([cohort.disease.total(before), cohort.disease.total(time)]), "sledai_2k"
    else:
        values, name = np.vstack([cohort.disease.score(before), cohort.disease.score(time)]), "mrss"
    ids = ["baseline", *(plan.visit_ids[j] for j in later if subjects.treated[i])]
    return {name: {visit: float(values[j, i]) for j, visit in enumerate(ids)}}


def expected(
    protocol: str | ProtocolModel, settings: Settings = SETTINGS, participants: int = 20_000, seed: int = 0
) -> Json:
    """Means of what has no closed form, by drawing so many participants without their records.

    By level the geometric mean of Cmax and of AUC from 0 to 28 days with the standard error of its logarithm; the mean
    change of the disease score at each visit on its target day, with its standard error.
    """
    check(settings)
    plan = plan_of(catalog().protocol(protocol) if isinstance(protocol, str) else protocol)
    rng = np.random.default_rng([seed, 11])
    subjects = draw_subjects(rng, plan, participants, 0, settings.conduct)
    cells = draw_cells(rng, subjects, settings)
    by_level = []
    for i in range(plan.levels):
        here = subjects.level == i
        if not here.any():
            continue
        row: Json = {"level": i + 1}
        for name, values in (("cmax", cells.cmax[here]), ("auc_0_28", cells.area(28.0)[here])):
            logs = np.log(values)
            row[f"{name}_geometric_mean"] = float(np.exp(logs.mean()))
            row[f"{name}_log_se"] = float(logs.std(ddof=1) / np.sqrt(len(logs)))
        by_level.append(row)
    return {"levels": by_level, "change": _changes(rng, plan, subjects, settings)}


def _changes(rng: np.random.Generator, plan: Plan, subjects: Subjects, settings: Settings) -> Json:
    made: Json = {}
    n = len(subjects)
    course = draw_course(rng, subjects, settings.response) if plan.disease == LUPUS else None
    skin = None if course else draw_skin(rng, subjects, settings.response)
    for i, day in enumerate(plan.visit_day.tolist()):
        if day < 28 or plan.visit_anchor[i] != "infusion":
            continue
        at = np.vstack([np.full(n, -7.0), np.full(n, float(day))])
        values = np.asarray(course.total(at) if course else skin.score(at) if skin else at, float)
        change = values[1] - values[0]
        made[plan.visit_ids[i]] = {
            "mean": float(change.mean()),
            "se": float(change.std(ddof=1) / np.sqrt(n)),
        }
    return made


def evaluable(cohort: TreatedCohort) -> tuple[Ints, Bools]:
    """Who can be judged for dose-limiting toxicity (rows), and which of them had one on record.

    Evaluable is who was infused and either had one or was followed through the window of 28 days by the extraction.
    """
    subjects = cohort.subjects
    stop = np.minimum(subjects.until, subjects.people.at + 1)
    had = np.zeros(len(subjects), bool)
    had[cohort.harm.row[cohort.harm.limiting]] = True
    rows = np.flatnonzero(subjects.treated & (had | (stop > subjects.infusion + DLT_WINDOW)))
    return rows, had[rows]
