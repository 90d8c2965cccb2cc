"""People with systemic sclerosis: subtype, skin, lungs and antibodies over time, criteria of 2013, and their treatment.

Rounded from EUSTAR (Walker 2007, doi 10.1136/ard.2006.062422): diffuse in two fifths, Raynaud in 96 %, anti-Scl-70 in
37 % (60 % of the diffuse), anticentromere in 32 %, lung fibrosis in half of the diffuse and a fifth to a third of the
limited, pulmonary arterial hypertension in a tenth, digital ulcers in a third.  Skin scores of diffuse disease are
those of early-disease trials (mean near 18 to 20).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialwright.population.synthetic.events import Bools, Floats, Ints
from trialwright.population.synthetic.lupus_state import FULL, SPARSE, WORK_SHARES
from trialwright.population.synthetic.people import People

VISITS = 4
SITES = (
    "face", "anterior_chest", "abdomen", "right_fingers", "left_fingers", "right_hand_dorsum", "left_hand_dorsum",
    "right_forearm",
    "left_forearm", "right_upper_arm", "left_upper_arm", "right_thigh", "left_thigh", "right_leg", "left_leg",
    "right_foot_dorsum", "left_foot_dorsum",
)  # fmt: skip
_SITE_PULL = np.array([0.6, 0.2, -0.2, 1.8, 1.8, 1.4, 1.4, 0.9, 0.9, 0.1, 0.1, -0.1, -0.1, 0.4, 0.4, 0.3, 0.3])


@dataclass(frozen=True, slots=True)
class Sclerosis:
    """People with SSc: subtype, work-up, days with the disease, progressing, visit days, sites of the skin score
    (visits x people x 17, 0 to 3), lung values (visits x people) and what the criteria count."""

    people: People
    diffuse: Bools
    work: Ints
    duration: Ints
    progressing: Bools
    days: Ints
    seen: Bools
    skin: Ints
    fvc: Floats
    dlco: Floats
    lung: Bools
    antibody: Ints

    def __len__(self) -> int:
        return len(self.people)


def draw_sclerosis(rng: np.random.Generator, people: People) -> Sclerosis:
    """Subtype first; early diffuse disease progresses in 45 %, the rest seldom."""
    n = len(people)
    diffuse = rng.random(n) < 0.42
    work = rng.choice(3, n, p=WORK_SHARES)
    duration = np.minimum(rng.lognormal(np.log(np.where(diffuse, 4.0, 8.0)), 0.8, n), people.age - 12)
    progressing = rng.random(n) < np.where(diffuse & (duration < 6), 0.45, 0.08)
    newest = np.select(
        [work == FULL, work == SPARSE], [rng.integers(1, 29, n), rng.integers(40, 800, n)], rng.integers(2, 160, n)
    )
    gaps = np.vstack([newest, rng.integers(80, 165, (VISITS - 1, n))])
    days = (people.at - np.cumsum(gaps, axis=0)).astype(np.int32)
    seen = rng.random((VISITS, n)) < np.where(work == SPARSE, 0.4, 0.8)[None, :]
    seen[0] = True
    seen[1] |= work == FULL
    lung = rng.random(n) < np.where(diffuse, 0.53, 0.28)
    antibody = _antibody(rng, diffuse)
    fvc, dlco = _lungs(rng, lung, progressing)
    return Sclerosis(
        people, diffuse, work, (duration * 365.25).astype(np.int32), progressing, days,
        seen & (days > people.since[None, :]),
        _skin(rng, diffuse, progressing), fvc, dlco, lung, antibody,
    )  # fmt: skip


def _antibody(rng: np.random.Generator, diffuse: Bools) -> Ints:
    """0 none of the three, 1 anti-Scl-70, 2 anticentromere, 3 anti-RNA polymerase III."""
    u = rng.random(len(diffuse))
    one, two, three = np.where(diffuse, 0.60, 0.22), np.where(diffuse, 0.06, 0.47), np.where(diffuse, 0.17, 0.04)
    return np.asarray(np.select([u < one, u < one + two, u < one + two + three], [1, 2, 3], 0))


def _skin(rng: np.random.Generator, diffuse: Bools, progressing: Bools) -> Ints:
    """Sites share the person's severity; a progressing skin was softer at the earlier visits."""
    n = len(diffuse)
    severity = np.where(diffuse, rng.normal(0.55, 0.7, n), rng.normal(-1.6, 0.7, n))
    noise = rng.normal(0, 0.45, (n, len(SITES)))
    proximal = np.array([s.split("_")[-1] not in {"fingers", "face", "dorsum"} for s in SITES])
    made = np.empty((VISITS, n, len(SITES)), np.int64)
    for visit in range(VISITS):
        shift = visit * np.where(progressing, 0.28, rng.normal(0, 0.06, n))
        latent = severity[:, None] + _SITE_PULL[None, :] + noise + rng.normal(0, 0.16, (n, len(SITES))) - shift[:, None]
        score = np.clip(np.round(latent), 0, 3)
        made[visit] = np.where(proximal[None, :] & ~diffuse[:, None], 0, score)
    return made


def _lungs(rng: np.random.Generator, lung: Bools, progressing: Bools) -> tuple[Floats, Floats]:
    """FVC and DLCO in % of predicted; those who progress with lung disease lose 5 to 18 % within half a year."""
    n = len(lung)
    fvc = np.where(lung, rng.normal(79, 14, n), rng.normal(98, 12, n))
    dlco = np.clip(fvc * np.where(lung, 0.72, 0.86) + rng.normal(0, 9, n), 22, 125)
    falls = np.where(progressing & lung, rng.uniform(0.05, 0.18, n), np.where(progressing, rng.uniform(0, 0.05, n), 0))
    steps = np.arange(VISITS)[:, None]
    back = 1 + falls[None, :] * np.minimum(steps, 2) * 0.75
    wobble = rng.normal(1, 0.012, (2, VISITS, n))
    return np.clip(fvc * back * wobble[0], 30, 135), np.clip(dlco * (1 + (back - 1) * 1.4) * wobble[1], 15, 130)
