"""A treated cohort: participants of one protocol from consent to follow-up, with everything that is true of them.

One stream of random numbers for each part, so that a change of one leaves the others as they are.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from trialwright.catalog.models.protocols import ProtocolModel
from trialwright.errors import TrialwrightError
from trialwright.language.facts import day_number
from trialwright.population.synthetic import treated_blood as blood
from trialwright.population.synthetic import treated_toxicity as toxicity
from trialwright.population.synthetic.cohort import AT, Block
from trialwright.population.synthetic.events import OPEN, Bools, Events, Floats, Ints, join, tidy
from trialwright.population.synthetic.labs import record
from trialwright.population.synthetic.lupus_state import AT as ITEM
from trialwright.population.synthetic.people import LUPUS
from trialwright.population.synthetic.terms import catalog
from trialwright.population.synthetic.treated_conduct import (
    Taper,
    background,
    conduct_records,
    draw_taper,
    taper_records,
)
from trialwright.population.synthetic.treated_kinetics import Cells, Samples, cell_records, draw_cells, draw_samples
from trialwright.population.synthetic.treated_lupus import Course, draw_course, lupus_records
from trialwright.population.synthetic.treated_plan import Plan, plan_of
from trialwright.population.synthetic.treated_sclerosis import SkinCourse, draw_skin, sclerosis_records
from trialwright.population.synthetic.treated_settings import SETTINGS, Settings, check
from trialwright.population.synthetic.treated_subjects import Subjects, draw_subjects, without_infusion

_SUBJECTS, _CELLS, _SAMPLES, _ASSAYS, _HARM, _COUNTS, _DISEASE, _LABS, _PROTEINS, _TAPER, _BACKGROUND = range(11)


@dataclass(frozen=True, slots=True)
class TreatedCohort:
    """What is on record (`block`) and what is true: plan, participants, cells, toxicity, events, disease, taper."""

    plan: Plan
    settings: Settings
    seed: int
    block: Block
    subjects: Subjects
    cells: Cells
    samples: Samples
    syndromes: toxicity.Syndromes
    harm: toxicity.Harm
    disease: Course | SkinCourse
    taper: Taper


def generate_treated(
    protocol: str | ProtocolModel,
    n: int = 12,
    *,
    seed: int = 1,
    at: dt.date = AT,
    settings: Settings = SETTINGS,
    not_infused: int | None = None,
) -> TreatedCohort:
    """`n` participants of a protocol (its id in the catalog, or the protocol), extracted on `at`.

    `not_infused` is the place (from 0) of one who leaves before lymphodepletion.  The same arguments, catalog and
    version of numpy give the same cohort.  Raises TrialwrightError for a protocol that cannot treat anybody, and for
    sizes or chances that cannot be.
    """
    if n < 1:
        raise TrialwrightError(f"a treated cohort has at least one participant, not {n}")
    if not 1950 <= at.year < 2200:
        raise TrialwrightError(f"a treated cohort is extracted between 1950 and 2199, not on {at}")
    check(settings)
    plan = plan_of(catalog().protocol(protocol) if isinstance(protocol, str) else protocol)

    def stream(part: int) -> np.random.Generator:
        return np.random.default_rng([seed, 7, part])

    subjects = draw_subjects(stream(_SUBJECTS), plan, n, day_number(at), settings.conduct)
    if not_infused is not None:
        subjects = without_infusion(subjects, not_infused)
    cells = draw_cells(stream(_CELLS), subjects, settings)
    samples = draw_samples(stream(_SAMPLES), plan, subjects, settings.kinetics, settings.conduct.missed_sample)
    harmed = stream(_HARM)
    found = toxicity.draw_syndromes(harmed, plan, subjects, settings.toxicity)
    days, made = assessments(plan, subjects)
    time = (days - subjects.infusion).astype(float)
    ill, assays = stream(_DISEASE), stream(_LABS)
    disease: Course | SkinCourse
    if plan.disease == LUPUS:
        disease = draw_course(ill, subjects, settings.response)
        taper = draw_taper(stream(_TAPER), subjects, disease.responder, disease.remission)
        records = lupus_records(assays, subjects, disease, days, made, taper.at(time))
    else:
        disease = draw_skin(ill, subjects, settings.response)
        taper = draw_taper(stream(_TAPER), subjects, disease.responder, np.zeros(n, bool))
        records = sclerosis_records(assays, subjects, disease, days, made)
    counted = stream(_COUNTS)
    counts = blood.draw_counts(counted, subjects, samples, *_low_by_lupus(disease, samples, n))
    proteins = blood.draw_immunoglobulins(stream(_PROTEINS), subjects, cells, time, plan.plasma_cells)
    low_protein, given = blood.low_immunoglobulin(subjects, days, made & (time > 0), proteins["igg"])
    harm = toxicity.gather(
        [
            *toxicity.draw_harm(harmed, subjects, found),
            *blood.low_counts(subjects, samples, counts),
            *low_protein,
        ],
        subjects,
    )
    records += conduct_records(plan, subjects) + taper_records(subjects, taper)
    records += background(stream(_BACKGROUND), plan, subjects)
    records += cell_records(stream(_ASSAYS), subjects, cells, samples, settings)
    records += blood.count_records(subjects, samples, counts) + given
    records += blood.inflammation(counted, subjects, samples, found) + toxicity.rescue(subjects, found)
    for name, values in proteins.items():
        records += [record(name, subjects.people, days[i], values[i], made[i]) for i in range(len(days))]
    block = Block(
        subjects.people, tidy(_until_left(join([*records, *toxicity.harm_records(harm, subjects)]), subjects))
    )
    return TreatedCohort(plan, settings, seed, block, subjects, cells, samples, found, harm, disease, taper)


def assessments(plan: Plan, subjects: Subjects) -> tuple[Ints, Bools]:
    """Days of assessment (visits x people) and which took place: screening, baseline, protocol visits from day 28."""
    later = np.flatnonzero((np.array(plan.visit_anchor) == "infusion") & (plan.visit_day >= 28))
    days = np.vstack([subjects.screened, subjects.baseline, subjects.visits[later]])
    always = np.ones((2, len(subjects)), bool)
    return days, np.vstack([always, subjects.made[later] & subjects.treated])


def _low_by_lupus(disease: Course | SkinCourse, samples: Samples, n: int) -> tuple[Bools, Bools]:
    """At screening, baseline and every sample: whether lupus keeps leukocytes, and platelets, low."""
    time: Floats = np.vstack([np.full((2, n), -20.0), samples.time])
    if isinstance(disease, SkinCourse):
        none = np.zeros(time.shape, bool)
        return none, none
    items = disease.present(time)
    return items[..., ITEM["leukopenia"]], items[..., ITEM["thrombocytopenia"]]


def _until_left(events: Events, subjects: Subjects) -> Events:
    """Nothing after the extraction or the last day of observation; a course that goes on at the extraction is open."""
    row = events.person - subjects.person[0]
    at = subjects.people.at
    events = events.take((events.day <= at) & (events.day <= subjects.until[row]))
    over = (events.end > at) & (events.end < OPEN)
    return events.having(end=np.where(over, OPEN, events.end).astype(np.int32))
