"""How far two protocols of one trial agree about the same people: by verdict, and by criterion of the page.

A draft and a protocol written by hand put their questions in other words and may cut a criterion into other clauses, so
neither answers nor clauses can be compared one to one.  Criteria are compared as wholes, by their id (I4 with all that
stands below it), and questions are treated alike on both sides: left open; answered so that the person gets in, where
what the record says decides alone; answered so that the person is kept out, where only what excludes nobody passes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from trialwright.catalog import load_catalog, load_protocol
from trialwright.catalog.models.protocols import ProtocolModel
from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n
from trialwright.population.store import open_population
from trialwright.query.screening import Screening, run
from trialwright.query.study import Criterion, Trial, at_screening
from trialwright.screening.standing import Standing, judge, people, standing
from trialwright.screening.study import trial_of

Questions = Literal["open", "in", "out"]
QUESTIONS: tuple[Questions, ...] = ("open", "in", "out")
STATES = ("not met", "met", "unknown")

Table = tuple[tuple[int, ...], ...]
"""Counts of people: a row per verdict or state of the first protocol, a column per one of the second."""


@dataclass(frozen=True, slots=True)
class ItemAgreement:
    """One criterion of the page, with all below it, in both protocols; states in the order of `STATES`.

    `decides` counts the people whose verdicts differ, this criterion being one that bears on only one of the two.
    """

    id: str
    kind: str
    states: dict[Questions, Table]
    decides: dict[Questions, int]

    def share(self, questions: Questions) -> float:
        """People with the same state in both."""
        return share(self.states[questions])


@dataclass(frozen=True, slots=True)
class Difference:
    """A person whose verdicts differ, and the criteria that bear on only one of them."""

    person: str
    questions: Questions
    first: int
    second: int
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two protocols over one population; verdicts on the record, in the order ineligible, eligible, undetermined.

    `only_first` and `only_second` are criteria that the other protocol does not have.
    """

    first: str
    second: str
    persons: int
    verdicts: dict[Questions, Table]
    items: tuple[ItemAgreement, ...]
    differences: tuple[Difference, ...]
    only_first: tuple[str, ...] = ()
    only_second: tuple[str, ...] = ()

    def share(self, questions: Questions) -> float:
        """People with the same verdict in both."""
        return share(self.verdicts[questions])

    def open_to_either(self, questions: Questions) -> tuple[int, int]:
        """(people whom one of the two does not find ineligible, those among them with the same verdict)."""
        table = np.array(self.verdicts[questions])
        return int(table.sum() - table[0, 0]), int(np.trace(table) - table[0, 0])


def share(table: Table) -> float:
    """The share of people on the diagonal; 1 where there is nobody."""
    counts = np.array(table)
    return float(np.trace(counts) / counts.sum()) if counts.sum() else 1.0


def compare(
    first: str | Path,
    second: str | Path,
    population: Path,
    *,
    at: dt.date | None = None,
    catalog: Sequence[str | Path] = (),
    progress: bool = False,
) -> Agreement:
    """Screen a population for two protocols of one trial, ids of the catalog or files, and compare the outcomes."""
    known = load_catalog(*catalog)
    models = [load_protocol(name, *catalog) for name in (first, second)]
    trials = [trial_of(model, known) for model in models]
    with open_population(population) as store:
        day = at or store.extracted
    return agreement(run(at_screening(sides(*trials), day), population, progress=progress), *models)


def sides(first: Trial, second: Trial) -> tuple[Trial, ...]:
    """The trials that one run must hold for `agreement`: each protocol under each treatment of the questions."""
    return tuple(
        Trial(f"{side}:{how}", tuple(_answered(criterion, how) for criterion in trial.criteria), trial.checkpoint)
        for side, trial in (("first", first), ("second", second))
        for how in QUESTIONS
    )


def agreement(screening: Screening, first: ProtocolModel, second: ProtocolModel) -> Agreement:
    """Compare the two protocols in a run of their `sides`.  Raises TrialwrightError where no criterion is in both."""
    tops = [{top.id: top.kind for top in model.criteria} for model in (first, second)]
    shared = [id for id in tops[0] if tops[1].get(id) == tops[0][id]]
    if not shared:
        raise TrialwrightError(
            f"{first.id} and {second.id} have no criterion of one id and kind; compare two protocols of one page"
        )
    ids = [str(i) for i in people(screening, ["id"]).column("id").to_pylist()]
    verdicts: dict[Questions, Table] = {}
    states: dict[str, dict[Questions, Table]] = {id: {} for id in shared}
    decides: dict[str, dict[Questions, int]] = {id: {} for id in shared}
    differences: list[Difference] = []
    for how in QUESTIONS:
        left = _Side(standing(screening, f"first:{how}"), first)
        right = _Side(standing(screening, f"second:{how}"), second)
        verdicts[how] = _table(left.verdict, right.verdict)
        differ = left.verdict != right.verdict
        bears = {id: left.bearing(id) != right.bearing(id) for id in dict.fromkeys((*tops[0], *tops[1]))}
        for id in shared:
            states[id][how] = _table(left.state(id), right.state(id))
            decides[id][how] = int((bears[id] & differ).sum())
        for row in np.flatnonzero(differ) if how != "out" else ():
            names = tuple(id for id, column in bears.items() if column[row])
            differences.append(Difference(ids[row], how, int(left.verdict[row]), int(right.verdict[row]), names))
    return Agreement(
        first.id,
        second.id,
        len(ids),
        verdicts,
        tuple(ItemAgreement(id, tops[0][id], states[id], decides[id]) for id in shared),
        tuple(differences),
        tuple(id for id in tops[0] if id not in shared),
        tuple(id for id in tops[1] if id not in shared),
    )


class _Side:
    """One protocol under one treatment of the questions, criterion of the page by criterion."""

    def __init__(self, at: Standing, model: ProtocolModel) -> None:
        self.at = at
        self.kinds = {top.id: top.kind for top in model.criteria}
        places = {criterion.id: place for place, criterion in enumerate(at.trial.criteria)}
        self.columns = {
            top.id: [places[below.id] for below in top.walk() if below.id in places] for top in model.criteria
        }
        self.verdict = judge(at.excludes, at.holds)

    def state(self, id: str) -> npt.NDArray[np.int8]:
        """0 not met, 1 met, 2 unknown: an inclusion holds when all below it hold, an exclusion when any does."""
        columns = self.columns[id]
        met, not_met = self.at.met[:, columns], self.at.not_met[:, columns]
        if self.kinds[id] == "inclusion":
            state = np.where(not_met.any(axis=1), 0, np.where(met.all(axis=1), 1, 2))
        else:
            state = np.where(met.any(axis=1), 1, np.where(not_met.all(axis=1), 0, 2))
        return state.astype(np.int8)

    def bearing(self, id: str) -> npt.NDArray[np.int8]:
        """0 no hindrance, 1 holds the person back, 2 excludes; 0 where the criterion is not there."""
        columns = self.columns.get(id, [])
        excludes, holds = self.at.excludes[:, columns], self.at.holds[:, columns]
        return np.where(excludes.any(axis=1), 2, np.where(holds.any(axis=1), 1, 0)).astype(np.int8)


def _table(first: npt.NDArray[np.int8], second: npt.NDArray[np.int8]) -> Table:
    counts = np.bincount(first.astype(np.int64) * 3 + second, minlength=9).reshape(3, 3)
    return tuple(tuple(int(count) for count in row) for row in counts)


def _answered(criterion: Criterion, how: Questions) -> Criterion:
    if how == "open":
        return criterion
    wanted = (criterion.kind == "inclusion") == (how == "in")
    return replace(criterion, expression=answered(criterion.expression, wanted))


def answered(node: n.Expression, wanted: bool) -> n.Expression:
    """The expression with each question answered so that it helps the whole to be `wanted`.

    A question that steers a choice between two branches, or gives a number, helps neither way and stays open.
    """
    match node:
        case n.Ask(gives="truth"):
            return n.ALWAYS if wanted else n.Not(n.ALWAYS)
        case n.AtLeast(count, parts):
            return n.AtLeast(count, tuple(answered(part, wanted) for part in parts))
        case n.FirstKnown(parts):
            return n.FirstKnown(tuple(answered(part, wanted) for part in parts))
        case n.Not(part):
            return n.Not(answered(part, not wanted))
        case n.If(condition, then, None):
            return n.If(answered(condition, not wanted), answered(then, wanted))
        case n.If(condition, then, otherwise):
            return n.If(condition, answered(then, wanted), otherwise and answered(otherwise, wanted))
        case _:
            return node


__all__ = ["QUESTIONS", "STATES", "Agreement", "Difference", "ItemAgreement", "agreement", "answered", "share", "sides"]
