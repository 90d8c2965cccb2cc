"""One call makes a treated cohort in any form, with its truth, what people consented to, and the manifest beside it."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import orjson

from trialwright.catalog.models.protocols import ProtocolModel
from trialwright.language.facts import date_of
from trialwright.population.synthetic.cohort import AT
from trialwright.population.synthetic.columns import person_id
from trialwright.population.synthetic.treated_cohort import TreatedCohort, generate_treated
from trialwright.population.synthetic.treated_mess import disordered
from trialwright.population.synthetic.treated_settings import SETTINGS, Settings
from trialwright.population.synthetic.treated_truth import truth_of
from trialwright.population.synthetic.write import Form, write_blocks


@dataclass(frozen=True, slots=True)
class Treated:
    """Where it lies: `path` is the folder that `trialwright load` takes, or the store; the rest lies beside it."""

    path: Path
    truth: Path
    answers: Path
    cohort: TreatedCohort


def write_treated(
    out_dir: str | Path,
    protocol: str | ProtocolModel,
    n: int = 12,
    seed: int = 1,
    form: Form = "fhir",
    at: dt.date = AT,
    *,
    mess: bool = False,
    settings: Settings = SETTINGS,
) -> Treated:
    """Write `n` treated participants of a protocol under `out_dir`, the records in its folder `cohort`.

    The same arguments give the same bytes.  `mess` leaves one of two or more without an infusion and disorders the
    records (`treated_mess`); truth.json lists what was done.  Raises TrialwrightError for a protocol that cannot treat
    anybody, ValueError for an unknown form.
    """
    rng = np.random.default_rng([seed, 13])
    missed = int(rng.integers(n)) if mess and n > 1 else None
    cohort = generate_treated(protocol, n, seed=seed, at=at, settings=settings, not_infused=missed)
    truth = truth_of(cohort)
    block = cohort.block
    if mess:
        events, done = disordered(cohort, rng)
        block = replace(block, events=events)
        if missed is not None:
            done.append({"what": "no infusion", "person": person_id(int(cohort.subjects.person[missed])), "date": None})
        truth["mess"] = done
    out = Path(out_dir)
    out.mkdir(parents=True, exist_ok=True)
    path = write_blocks([block], out if form == "facts" else out / "cohort", form, at, n, seed)
    place = out / "truth.json"
    place.write_bytes(orjson.dumps(truth, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY) + b"\n")
    return Treated(path, place, _consents(out / "answers.csv", cohort), cohort)


def _consents(path: Path, cohort: TreatedCohort) -> Path:
    """What the participants answered to the protocol's ask of consent, on the day on which they did."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("person", "trial", "clause", "answer", "who", "when"))
        for person, day in zip(cohort.subjects.person.tolist(), cohort.subjects.consent.tolist(), strict=True):
            for ask in cohort.plan.consent:
                when = date_of(day).isoformat()
                out.writerow((person_id(person), cohort.plan.protocol, ask, "yes", "synthetic participant", when))
    return path
