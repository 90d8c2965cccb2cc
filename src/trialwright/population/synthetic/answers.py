"""What investigators answered about the synthetic people whom they saw: the asks of trials that no record decides.

Without answers nobody can be eligible where a protocol asks for a judgement.  Nine in ten of those with a full
work-up were seen; one in a hundred of their questions were left open ("unknown").
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np

from trialwright.population.synthetic.awkward import RATES, Rates
from trialwright.population.synthetic.cohort import AT, LUPUS_SHARE, SSC_SHARE, Block, generate
from trialwright.population.synthetic.columns import person_id
from trialwright.population.synthetic.events import Bools, Floats
from trialwright.population.synthetic.people import LUPUS, SCLEROSIS
from trialwright.population.synthetic.terms import bit, numbers

SEEN, OPEN_QUESTION = 0.90, 0.01
CHANCES: dict[str, tuple[float, float]] = {
    "sufficient_glucocorticoid": (0.90, 0.60),
    "active_after_treatment": (0.90, 0.05),
    "active_on_treatment": (0.90, 0.05),
    "conventional_ineffective": (0.80, 0.05),
    "relapse": (0.45, 0.10),
    "ssc_non_response": (0.80, 0.10),
    "ssc_relapse": (0.30, 0.05),
    "new_proteinuria": (0.70, 0.20),
    "lupus_hematuria": (0.90, 0.50),
    "lupus_pyuria": (0.85, 0.40),
    "lupus_fever": (0.80, 0.20),
    "thrombocytopenia_not_drug": (0.92, 0.85),
    "leukopenia_not_drug": (0.90, 0.80),
    "biopsy_class_iii_iv": (0.60, 0.20),
    "vascular_access": (0.95, 0.95),
    "low_dose_glucocorticoid": (0.50, 0.40),
    "acute_fall_from_disease": (0.40, 0.10),
    "active_cns_lupus": (0.40, 0.05),
    "severe_hemolytic_anemia": (0.50, 0.20),
    "severe_purpura": (0.50, 0.20),
    "severe_agranulocytosis": (0.60, 0.40),
    "severe_myocardial_damage": (0.50, 0.30),
    "severe_lupus_pneumonia": (0.50, 0.30),
    "lupus_pulmonary_hemorrhage": (0.70, 0.50),
    "severe_lupus_hepatitis": (0.40, 0.20),
    "severe_vasculitis": (0.35, 0.10),
    "other_lupus_crisis": (0.04, 0.01),
    "cns_disease_not_lupus": (0.50, 0.50),
    "severe_brain_injury": (0.30, 0.30),
    "other_cns_disease": (0.02, 0.02),
    "autoimmune_systemic_treatment": (0.30, 0.30),
    "systemic_active_infection": (0.05, 0.05),
    "severe_drug_allergy": (0.15, 0.15),
    "allergic_tendency": (0.03, 0.03),
    "infection_uncontrolled": (0.15, 0.10),
    "infection_suspected": (0.03, 0.02),
    "cardiac_insufficiency": (0.02, 0.02),
    "iga_deficiency_congenital": (0.60, 0.60),
    "psychiatric_disorder_now": (0.30, 0.30),
    "dementia_severe": (0.50, 0.50),
    "other_trial": (0.04, 0.04),
    "pregnant_now": (0.01, 0.01),
    "lactating_now": (0.01, 0.01),
    "investigator_objection": (0.05, 0.05),
    "cyclophosphamide_pulses": (0.70, 0.30),
    "treatment_by_pulses": (0.60, 0.40),
    "chronicity_increased": (0.70, 0.50),
    "unlisted_autoimmune_disease": (0.02, 0.02),
    "unlisted_infection": (0.03, 0.02),
    "hbsag_alone": (0.50, 0.50),
    "unnamed_immunosuppressant": (0.30, 0.30),
    "other_biologic_effect": (0.05, 0.05),
}
"""Id of an ask, and how often the answer is yes where the disease is active and where it is not."""
CHILDBEARING = "childbearing_potential"
FERTILE_TO, FERTILE, LATE = 50.0, 0.90, 0.03
"""Below this age nine women in ten could become pregnant, after it three in a hundred."""


def write_answers(
    path: str | Path,
    asks: Mapping[str, Collection[str]],
    people: int,
    seed: int = 1,
    at: dt.date = AT,
    *,
    lupus: float = LUPUS_SHARE,
    ssc: float = SSC_SHARE,
    rates: Rates = RATES,
) -> int:
    """Write answers (person, trial, clause, answer, who, when) for the cohort of the same arguments; give their number.

    `asks` maps a trial to the ids of its asks; what is not in `CHANCES` is left unanswered.  A trial with an ask whose
    id begins with "ssc_" is asked about people with systemic sclerosis, any other about those with lupus.
    """
    count = 0
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("person", "trial", "clause", "answer", "who", "when"))
        for i, block in enumerate(generate(people, seed=seed, lupus=lupus, ssc=ssc, at=at, rates=rates)):
            rng = np.random.default_rng([seed, i, 1])
            for trial in sorted(asks):
                rows = _answers(rng, block, trial, asks[trial], at)
                out.writerows(rows)
                count += len(rows)
    return count


def _answers(
    rng: np.random.Generator, block: Block, trial: str, asked: Collection[str], at: dt.date
) -> list[tuple[str, str, str, str, str, str]]:
    group = SCLEROSIS if any(a.startswith("ssc_") for a in asked) else LUPUS
    worked_up = _with(block, "trial_participation") | _with(block, "vascular_access")
    seen = np.flatnonzero((block.people.group == group) & worked_up & (rng.random(len(block.people)) < SEEN))
    active = _with(block, "disease_activity", bit("disease_activity", "present"))
    rows = []
    for ask in sorted(set(asked) & {*CHANCES, CHILDBEARING}):
        yes = rng.random(len(seen)) < _chance(ask, block, active)[seen]
        open_ = rng.random(len(seen)) < OPEN_QUESTION
        for person, said, unsaid in zip(block.people.person[seen].tolist(), yes.tolist(), open_.tolist(), strict=True):
            answer = "unknown" if unsaid else "yes" if said else "no"
            rows.append((person_id(person), trial, ask, answer, "synthetic investigator", at.isoformat()))
    return rows


def _chance(ask: str, block: Block, active: Bools) -> Floats:
    """How often each person's answer is yes."""
    if ask != CHILDBEARING:
        return np.where(active, *CHANCES[ask])
    people = block.people
    return np.where(people.female, np.where(people.age < FERTILE_TO, FERTILE, LATE), 0.0)


def _with(block: Block, concept: str, cats: int = 0) -> Bools:
    """Who has a record of a concept (with one of the categories)."""
    events = block.events
    rows = events.concept == numbers()[concept]
    if cats:
        rows &= (events.cats & cats) > 0
    return np.asarray(np.isin(block.people.person, events.person[rows]))
