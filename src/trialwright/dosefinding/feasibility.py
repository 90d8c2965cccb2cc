"""Planned and infused dose: which level each participant informs, and the maximum tolerated and feasible dose.

In cell therapy the product may hold fewer cells than planned, or none.  Everybody infused stays in the safety data,
at the level actually received; what could not be made informs feasibility.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import betainc

from trialwright.dosefinding.checks import DoseInputError
from trialwright.dosefinding.interval import Boin
from trialwright.dosefinding.outcomes import Participant, read_flag, read_number
from trialwright.dosefinding.selection import estimates, isotonic, select_interval


@dataclass(frozen=True, slots=True)
class Infusion:
    """What was planned for a participant and what was given; `infused` is None where no product could be given.

    Amounts are in the unit of the levels (cells, or cells per kg where the levels are by weight).
    """

    subject: str
    planned: int
    infused: float | None
    dlt: bool | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Attribution:
    """The level that an infusion informs, 0 where nothing was infused, and why it differs from the plan."""

    subject: str
    planned: int
    level: int
    note: str


@dataclass(frozen=True, slots=True)
class FeasibleDose:
    """Feasibility and toxicity of one level; `feasible` of `attempted` could be given at least this level."""

    dose: int
    attempted: int
    feasible: int
    rate: float | None
    probability_below_minimum: float | None
    n: int
    dlts: int
    dlt_rate: float | None
    admissible: bool


@dataclass(frozen=True, slots=True)
class FeasibilityResult:
    """Levels, the level that each participant informs, the MTD by toxicity alone and the MTFD, with the reason."""

    levels: tuple[FeasibleDose, ...]
    attributions: tuple[Attribution, ...]
    mtd: int | None
    mtfd: int | None
    reason: str


def planned_cells(level: float, per: str | None, weight_kg: float | None, cap: float | None = None) -> float:
    """Cells planned for a participant: flat, or by weight up to a cap on the total.

    Raises DoseInputError for a level by weight without a weight.
    """
    if per is None:
        return level if cap is None else min(level, cap)
    if weight_kg is None or not weight_kg > 0:
        raise DoseInputError("the level is by body weight; give the participant's weight in kg, above 0.")
    return level * weight_kg if cap is None else min(level * weight_kg, cap)


def attribute(infused: float | None, planned: int, levels: Sequence[float], tolerance: float = 0.2) -> tuple[int, str]:
    """Highest level of which at least 1 - tolerance was infused; the lowest level where even that was not reached.

    Counting a lower dose at its own level keeps its safety data without crediting the higher one
    (Devlin, Iasonos and O'Quigley 2021, PMC9400039; Bagley and Wages 2021, PMC8703230).
    """
    if infused is None:
        return 0, "not infused: informs feasibility, not toxicity"
    reached = [index for index, value in enumerate(levels, 1) if infused >= (1 - tolerance) * value]
    if not reached:
        return 1, "infused below the lowest level: counted there, kept in the safety data"
    level = reached[-1]
    if infused > (1 + tolerance) * levels[-1]:
        return len(levels), "infused above the highest level: counted there, kept in the safety data"
    if level < planned:
        return level, f"infused below plan: planned level {planned}, counted at level {level}"
    if level > planned:
        return level, f"infused above plan: planned level {planned}, counted at level {level}"
    return level, ""


def assess(
    infusions: Sequence[Infusion],
    levels: Sequence[float],
    target: float,
    minimum: float = 0.8,
    cutoff: float = 0.9,
    tolerance: float = 0.2,
) -> FeasibilityResult:
    """Toxicity as infused together with feasibility: the highest dose that is both tolerated and feasible (MTFD).

    Everybody planned at or above level k informs its feasibility, a success where at least level k was infused.
    Level k is not admissible where P(feasible rate < minimum) > cutoff under a uniform prior.  The MTFD is the
    highest admissible level up to the MTD.  Idea: Thall, Sung and Choudhury 2001, Biometrics 57:914; Wages and Fadul
    2020, Clin Trials 17:157; the rule here is our own and stated in the report.
    """
    if not 0 < minimum < 1 or not 0 < cutoff < 1 or not 0 <= tolerance < 1:
        raise DoseInputError("the minimum feasible rate, its cutoff and the tolerance lie between 0 and 1.")
    doses = len(levels)
    found = []
    n, y = np.zeros(doses, dtype=int), np.zeros(doses, dtype=int)
    attempted, feasible = np.zeros(doses, dtype=int), np.zeros(doses, dtype=int)
    pending = []
    for item in infusions:
        if not 1 <= item.planned <= doses:
            raise DoseInputError(
                f"subject {item.subject} was planned at level {item.planned}; levels are 1 to {doses}."
            )
        level, note = attribute(item.infused, item.planned, levels, tolerance)
        found.append(Attribution(item.subject, item.planned, level, note))
        attempted[: item.planned] += 1
        short = item.infused is None or item.infused < (1 - tolerance) * levels[0]
        if not short:
            feasible[: min(level, item.planned)] += 1
        if level and item.dlt is None:
            pending.append(item.subject)
        elif level:
            n[level - 1] += 1
            y[level - 1] += bool(item.dlt)
    below = betainc(feasible + 1, attempted - feasible + 1, minimum)
    ok = (attempted == 0) | (below <= cutoff)
    weights = attempted.astype(float)
    rate = isotonic((1 - feasible / np.maximum(attempted, 1))[None, :], weights[None, :])[0]
    toxicity = estimates(target, n, y)
    rows = tuple(
        FeasibleDose(
            j + 1,
            int(attempted[j]),
            int(feasible[j]),
            float(1 - rate[j]) if attempted[j] else None,
            float(below[j]) if attempted[j] else None,
            int(n[j]),
            int(y[j]),
            toxicity[j].rate,
            bool(ok[j]),
        )
        for j in range(doses)
    )
    if pending:
        reason = f"subjects {', '.join(pending)} are still followed: the MTD and MTFD wait for them."
        return FeasibilityResult(rows, tuple(found), None, None, reason)
    mtd = int(select_interval(Boin(target), n[None], y[None])[0]) or None
    candidates = [j for j in range(1, (mtd or 0) + 1) if ok[j - 1] and attempted[j - 1]]
    mtfd = max(candidates, default=None)
    if mtd is None:
        reason = "no dose is tolerated, so none is tolerated and feasible."
    elif mtfd == mtd:
        reason = f"level {mtd} is the MTD and could be made often enough: it is the MTFD."
    else:
        where = f"level {mtfd} is the highest that is both" if mtfd else "no level is both"
        reason = (
            f"level {mtd} is the MTD, but P(feasible rate < {minimum:g}) = {below[mtd - 1]:.3f} there is above"
            f" {cutoff:g};"
            f" {where}."
        )
    return FeasibilityResult(rows, tuple(found), mtd, mtfd, reason)


def as_infused(
    participants: Sequence[Participant], levels: Sequence[float], tolerance: float = 0.2
) -> tuple[Participant, ...]:
    """The same participants, each counted where the outcome informs, for those whose infused amount is given.

    Without a DLT: at the level received.  With a DLT, or still followed, after less than planned: at the planned
    level, since more cells would not have spared the DLT; so a cohort with a DLT is never read as free of DLTs.
    """
    result = []
    for person in participants:
        if person.infused is not None:
            level, note = attribute(person.infused, person.dose, levels, tolerance)
            if level < person.dose and person.dlt is not False:
                kind = "the DLT" if person.dlt else "the open outcome"
                note = f"infused below plan (level {level}); {kind} counts for the planned level {person.dose}"
                level = person.dose
            note = f"was {note}." if note else person.note
            person = replace(person, dose=level, planned=person.dose, note=note)
        result.append(person)
    return tuple(result)


def read_infusions(text: str, levels: Sequence[Mapping[str, object]]) -> tuple[Infusion, ...]:
    """Read CSV with subject, planned_level, infused_cells, dlt (and weight_kg where levels are by weight).

    An empty infused_cells means that nothing was infused; an empty dlt that the window is open.
    """
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    columns = [(name or "").strip().lower() for name in reader.fieldnames or []]
    reader.fieldnames = columns
    by_weight = any(level.get("per") for level in levels)
    for needed in ("subject", "planned_level", "infused_cells", "dlt", *(("weight_kg",) if by_weight else ())):
        if needed not in columns:
            raise DoseInputError(f"the table of infusions has no column {needed!r}.")
    result = []
    for line, row in enumerate(reader, 2):
        where = f"line {line}"
        cell = {key: (value or "").strip() for key, value in row.items() if isinstance(value, str | None)}
        cells = read_number(cell["infused_cells"], where, "infused_cells") if cell["infused_cells"] else None
        if cells is not None and cells <= 0:
            raise DoseInputError(f"{where}: infused_cells is {cells:g}; leave it empty where nothing was infused.")
        if cells is not None and by_weight:
            weight = read_number(cell["weight_kg"], where, "weight_kg") if cell["weight_kg"] else 0.0
            if not weight > 0:
                raise DoseInputError(f"{where}: the levels are by weight; give weight_kg above 0.")
            cells /= weight
        planned = int(read_number(cell["planned_level"], where, "planned_level", whole=True))
        dlt = read_flag(cell["dlt"], where, "dlt") if cell["dlt"] else None
        result.append(Infusion(cell["subject"], planned, cells, dlt))
    return tuple(result)
