"""What a trial's screening adds for people with lupus or sclerosis: performance, access, B-cell markers, transfusions.

Also the rare history that excludes: transplants, dialysis, another trial, an earlier CAR-T treatment.
"""

from __future__ import annotations

import numpy as np

from trialwright.population.synthetic.events import GIVEN, OPEN, Bools, Events, Ints, emit
from trialwright.population.synthetic.people import People
from trialwright.population.synthetic.terms import ROUTES, bit
from trialwright.population.synthetic.women import tests_before_a_trial

_PAST = (
    ("kidney_transplant", 0.010), ("liver_transplant", 0.001), ("heart_transplant", 0.0005), ("lung_transplant",
    0.0015),
    ("hematopoietic_stem_cell_transplant", 0.006), ("splenectomy", 0.006), ("plasma_exchange", 0.012),
    ("hemodialysis", 0.012),
    ("car_t_infusion", 0.002),
)  # fmt: skip


def workup(rng: np.random.Generator, people: People, day: Ints, full: Bools) -> list[Events]:
    """Records of the screening visit on `day`; `full` marks those who were worked up for a trial."""
    n, person = len(people), people.person
    ecog = rng.choice(np.array([0.0, 1.0, 2.0, 3.0]), n, p=(0.36, 0.50, 0.11, 0.03))
    rows = np.flatnonzero(rng.random(n) < np.where(full, 0.9, 0.12))
    made = [emit("ecog", person[rows], day[rows], value=ecog[rows])]
    for name, yes, no, holds, share in (
        ("vascular_access", "adequate", "inadequate", rng.random(n) < 0.95, np.where(full, 0.85, 0.02)),
        ("cd19_on_b_cells", "positive", "negative", rng.random(n) < 0.96, np.where(full, 0.88, 0.03)),
        ("bcma_on_b_cells", "positive", "negative", rng.random(n) < 0.8, np.where(full, 0.4, 0.01)),
        ("trial_participation", "present", "absent", rng.random(n) < 0.05, np.where(full, 0.85, 0.05)),
    ):
        rows = np.flatnonzero(rng.random(n) < share)
        cats = np.where(holds, bit(name, yes), bit(name, no))
        made.append(emit(name, person[rows], day[rows], cats=cats[rows]))
    return (
        made
        + _support(rng, people, day)
        + _past(rng, people)
        + tests_before_a_trial(rng, people, day, np.where(full, 0.93, 0.08))
    )


def _support(rng: np.random.Generator, people: People, day: Ints) -> list[Events]:
    """Transfusions and growth factors, some of them in the very week of the blood count."""
    n, person = len(people), people.person
    made = []
    for name, share in (
        ("red_cell_transfusion", 0.03),
        ("platelet_transfusion", 0.012),
        ("blood_transfusion_unspecified", 0.006),
    ):
        rows = np.flatnonzero(rng.random(n) < share)
        back = np.where(rng.random(len(rows)) < 0.25, rng.integers(0, 8, len(rows)), rng.integers(8, 700, len(rows)))
        made.append(emit(name, person[rows], day[rows] - back))
    for name, share, dose in (("filgrastim", 0.008, 0.3), ("epoetin", 0.01, 0.03), ("eltrombopag", 0.006, 50.0)):
        rows = np.flatnonzero(rng.random(n) < share)
        first = day[rows] - rng.integers(0, 60, len(rows))
        made.append(
            emit(
                name,
                person[rows],
                first,
                end=first + rng.integers(0, 6, len(rows)),
                value=dose,
                route=ROUTES.index("subcutaneous"),
            )
        )
    rows = np.flatnonzero(rng.random(n) < 0.004)
    made.append(emit("hemodialysis", person[rows], day[rows] - rng.integers(0, 20, len(rows))))
    rows = np.flatnonzero(rng.random(n) < 0.02)
    first = day[rows] - rng.integers(5, 700, len(rows))
    given = emit(
        "intravenous_immunoglobulin",
        person[rows],
        first,
        end=first,
        value=30000.0,
        pattern=GIVEN,
        route=ROUTES.index("intravenous"),
    )
    return [*made, given]


def _past(rng: np.random.Generator, people: People) -> list[Events]:
    n, person = len(people), people.person
    made = []
    for name, share in _PAST:
        rows = np.flatnonzero(rng.random(n) < share)
        made.append(emit(name, person[rows], people.at - rng.integers(100, 4000, len(rows))))
    rows = np.flatnonzero(rng.random(n) < 0.008)
    made.append(emit("end_stage_renal_disease", person[rows], people.at - rng.integers(50, 2500, len(rows)), end=OPEN))
    return made
