"""Harm after the infusion: dose-limiting toxicity, CRS, ICANS, infections and the rest, each event with its parts.

Chances are those of the settings; a dose-limiting toxicity is drawn first, and makes the CRS or ICANS of grade 3 or the
pneumonia of grade 4 that it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np

from trialwright.population.synthetic.events import GIVEN, LOST, OPEN, Bools, Events, Floats, Ints, emit
from trialwright.population.synthetic.terms import bit
from trialwright.population.synthetic.treated_plan import Plan, dlt_chances
from trialwright.population.synthetic.treated_settings import Toxicity
from trialwright.population.synthetic.treated_subjects import Subjects
from trialwright.population.synthetic.treatment import VEIN

CRS, ICANS, PNEUMONIA = range(3)
PRESENT, ABSENT = 1, 2
DLT_WINDOW = 28


@dataclass(frozen=True, slots=True)
class Harm:
    """Adverse events, one row each: whose (row of the subjects), term, first and last day, CTCAE grade (0: not
    graded), and whether serious, related to the cells, dose-limiting."""

    row: Ints
    term: Ints
    start: Ints
    end: Ints
    grade: Ints
    serious: Bools
    related: Bools
    limiting: Bools

    def __len__(self) -> int:
        return len(self.row)

    def take(self, keep: Ints | Bools) -> Harm:
        """Some of the events."""
        return Harm(**{f.name: getattr(self, f.name)[keep] for f in fields(self)})


@dataclass(frozen=True, slots=True)
class Syndromes:
    """ASTCT grades (0: none), first day after infusion and length in days; `limited` had a dose-limiting toxicity."""

    limited: Bools
    kind: Ints
    crs: Ints
    crs_from: Ints
    crs_days: Ints
    icans: Ints
    icans_from: Ints
    icans_days: Ints


TERMS: tuple[tuple[str, float, tuple[float, ...], tuple[int, int], tuple[int, int], float, float], ...] = (
    ("nausea", 0.30, (0.8, 0.2), (-5, 1), (1, 6), 0.0, 0.0),
    ("vomiting", 0.15, (0.8, 0.2), (-5, 1), (1, 3), 0.0, 0.0),
    ("fatigue", 0.35, (0.7, 0.3), (-3, 20), (5, 30), 0.5, 0.0),
    ("headache", 0.25, (0.8, 0.2), (0, 30), (1, 5), 0.5, 0.0),
    ("diarrhea", 0.15, (0.8, 0.2), (-3, 40), (2, 7), 0.2, 0.0),
    ("rash", 0.10, (0.8, 0.2), (3, 60), (4, 20), 0.4, 0.0),
    ("alt_increased", 0.12, (0.6, 0.3, 0.1), (3, 40), (7, 28), 0.5, 0.0),
    ("upper_respiratory_infection", 0.35, (0.25, 0.70, 0.05), (20, 170), (5, 14), 0.3, 0.05),
    ("urinary_tract_infection", 0.15, (0.0, 0.9, 0.1), (15, 170), (5, 12), 0.3, 0.10),
    ("herpes_zoster", 0.07, (0.0, 0.9, 0.1), (30, 170), (10, 25), 0.5, 0.05),
    ("covid_19", 0.12, (0.5, 0.4, 0.1), (10, 170), (6, 15), 0.1, 0.10),
    ("pneumonia", 0.05, (0.0, 0.3, 0.7), (29, 170), (10, 30), 0.5, 0.60),
)
"""Term, chance, chances of grades 1, 2, 3, days of onset and of length, related, serious below grade 3 (3: always)."""
LISTED = (
    "cytokine_release_syndrome", "icans", *(t[0] for t in TERMS), "sepsis", "acquired_hypogammaglobulinemia",
    "neutropenia", "thrombocytopenia", "anemia", "lymphopenia",
)  # fmt: skip
NUMBER = {name: i for i, name in enumerate(LISTED)}


def draw_syndromes(rng: np.random.Generator, plan: Plan, subjects: Subjects, law: Toxicity) -> Syndromes:
    """Dose-limiting toxicity by level; CRS and ICANS of grade 1 or 2 in the others, or of grade 3 where they limit."""
    n = len(subjects)
    limited = rng.random(n) < dlt_chances(plan, law)[subjects.level]
    kind = np.where(limited, rng.choice(3, n, p=law.dlt_kinds), -1)
    u, v = rng.random(n), rng.random(n)
    crs = np.where(u < law.crs[0], 1, np.where(u < sum(law.crs), 2, 0))
    icans = np.where(v < law.icans[0], 1, np.where(v < sum(law.icans), 2, 0))
    crs_from = 1 + rng.binomial(9, 0.3, n)
    crs_days = rng.integers(2, 9, n)
    icans_from, icans_days = crs_from + rng.integers(1, 5, n), rng.integers(1, 7, n)
    crs, icans = np.where(kind == CRS, 3, crs), np.where(kind == ICANS, 3, icans)
    return Syndromes(limited, kind, crs, crs_from, crs_days, icans, icans_from, icans_days)


def draw_harm(rng: np.random.Generator, subjects: Subjects, found: Syndromes) -> list[Harm]:
    """The syndromes and everything else but blood counts; in those who were treated."""
    n = len(subjects)
    made = [
        _syndrome("cytokine_release_syndrome", subjects, found.crs, found.crs_from, found.crs_days, found.kind == CRS),
        _syndrome("icans", subjects, found.icans, found.icans_from, found.icans_days, found.kind == ICANS),
    ]
    limiting = np.flatnonzero((found.kind == PNEUMONIA) & subjects.treated)
    made.append(
        events(
            "pneumonia",
            limiting,
            subjects.infusion[limiting] + rng.integers(5, 26, n)[limiting],
            rng.integers(14, 40, n)[limiting],
            np.full(len(limiting), 4),
            True,
            True,
            True,
        )
    )
    for term, chance, grades, onset, length, related, serious in TERMS:
        rows = np.flatnonzero((rng.random(n) < chance) & subjects.treated)
        grade = 1 + np.searchsorted(np.cumsum(grades)[:-1], rng.random(n), side="right")[rows]
        start = subjects.infusion[rows] + rng.integers(*onset, n)[rows]
        grave = (grade >= 3) | (rng.random(n)[rows] < serious)
        cells = (rng.random(n)[rows] < related) & (start >= subjects.infusion[rows])
        made.append(events(term, rows, start, rng.integers(*length, n)[rows], grade, grave, cells, False))
    rows = np.flatnonzero(subjects.died)
    last = np.minimum(np.full(len(rows), 6), subjects.left[rows] - subjects.infusion[rows])
    return [*made, events("sepsis", rows, subjects.left[rows] - last, last, np.full(len(rows), 5), True, False, False)]


def events(
    term: str, row: Ints, start: Ints, days: Ints, grade: Ints, serious: Bools | bool, related: Bools | bool,
    limiting: Bools | bool,
) -> Harm:  # fmt: skip
    """Events of one term; `days` is their length, or NEVER_ENDS where they go on."""

    def whole(value: Bools | bool) -> Bools:
        return np.broadcast_to(np.asarray(value, bool), len(row)).copy()

    return Harm(
        row, np.full(len(row), NUMBER[term]), start, np.where(days >= NEVER_ENDS, OPEN, start + days), grade,
        whole(serious), whole(related), whole(limiting),
    )  # fmt: skip


NEVER_ENDS = 100_000


def _syndrome(term: str, subjects: Subjects, grade: Ints, since: Ints, days: Ints, limiting: Bools) -> Harm:
    rows = np.flatnonzero((grade > 0) & subjects.treated)
    start = subjects.infusion[rows] + since[rows]
    return events(term, rows, start, days[rows], grade[rows], grade[rows] >= 2, True, limiting[rows])


def gather(listed: Iterable[Harm], subjects: Subjects) -> Harm:
    """All events while their person was observed, by person and onset."""
    parts = list(listed)
    whole = Harm(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Harm)})
    whole = whole.take((whole.start <= subjects.until[whole.row]) & (whole.start <= subjects.people.at))
    return whole.take(np.lexsort((whole.term, whole.start, whole.row)))


def harm_records(harm: Harm, subjects: Subjects) -> list[Events]:
    """Each event as its parts: the event and its term with their extent, grade and judgements at the onset.

    What goes on at the extraction is open; what went on when the observation ended has an end that nobody knows.
    """
    first = np.searchsorted(harm.row, harm.row)
    part = np.arange(len(harm)) - first + 1
    person, until = subjects.person[harm.row], subjects.until[harm.row]
    open_ = harm.end > subjects.people.at
    unknown = (until <= subjects.people.at) & (harm.end > until)
    extent = {"end": np.where(open_ | unknown, OPEN, harm.end), "status": np.where(unknown, LOST, 0), "part": part}
    made = [emit("adverse_event", person, harm.start, cats=PRESENT, **extent)]
    for number, term in enumerate(LISTED):
        of = harm.term == number
        made.append(emit(term, person[of], harm.start[of], **{k: v[of] for k, v in extent.items()}))
    grade = np.where(harm.grade > 0, harm.grade, np.nan)
    made.append(emit("adverse_event_grade", person, harm.start, value=grade, unit=-1, part=part))
    for term, concept in (("cytokine_release_syndrome", "crs_grade"), ("icans", "icans_grade")):
        of = harm.term == NUMBER[term]
        made.append(emit(concept, person[of], harm.start[of], value=grade[of], unit=-1, part=part[of]))
    asked = harm.limiting | (
        (harm.grade >= 3)
        & (harm.start >= subjects.infusion[harm.row])
        & (harm.start <= subjects.infusion[harm.row] + DLT_WINDOW)
    )
    everyone = np.ones(len(harm), bool)
    for concept, yes, keep in (
        ("serious_adverse_event", harm.serious, everyone),
        ("adverse_event_related", harm.related, everyone),
        ("dose_limiting_toxicity", harm.limiting, asked),
    ):
        cats = np.where(yes[keep], bit(concept, "present"), bit(concept, "absent"))
        made.append(emit(concept, person[keep], harm.start[keep], cats=cats, part=part[keep]))
    return made


def rescue(subjects: Subjects, found: Syndromes) -> list[Events]:
    """Tocilizumab 8 mg/kg (at most 800 mg) on the second day of a CRS of grade 2 or more, dexamethasone 10 mg on three
    days of an ICANS of grade 2 or more."""
    weight = subjects.people.weight
    rows = np.flatnonzero((found.crs >= 2) & subjects.treated)
    day = (subjects.infusion + found.crs_from + 1)[rows]
    made = [_given("tocilizumab", subjects, rows, day, np.minimum(np.round(weight * 8, -1), 800)[rows])]
    rows = np.flatnonzero((found.icans >= 2) & subjects.treated)
    for i in range(3):
        day = (subjects.infusion + found.icans_from + i)[rows]
        made.append(_given("dexamethasone", subjects, rows, day, np.full(len(rows), 10.0)))
    return made


def _given(name: str, subjects: Subjects, rows: Ints, day: Ints, dose: Floats) -> Events:
    return emit(name, subjects.person[rows], day, end=day, value=dose, pattern=GIVEN, route=VEIN)
