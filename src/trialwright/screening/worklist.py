"""The next question: the fewest unknowns that would decide the undetermined, per person and ranked over the population.

A person's needs are, for each criterion that holds them back, the smallest set of questions after which it could be
passed; together they are what has to come out well for the person to be eligible on the record.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from trialwright.language import nodes as n
from trialwright.language.check import walk
from trialwright.language.facts import DAY, date_of
from trialwright.language.vocabulary import Vocabulary
from trialwright.population.store import open_population
from trialwright.query.plan import Plan, parts
from trialwright.query.screening import Screening
from trialwright.screening.needs import About, about, leaves, needs
from trialwright.screening.place import write_whole
from trialwright.screening.standing import Bools, leaf_states, patterns, people, standing

KINDS = {"ask": "ask a person", "measure": "measure", "look_up": "look up", "protocol": "clear up the protocol"}


@dataclass(frozen=True, slots=True)
class Need:
    """A person undetermined for a trial: the questions that would decide, and the criteria that they belong to.

    `only_people` says that every question is one to a person, none to a record.
    """

    person: str
    trial: str
    questions: tuple[str, ...]
    criteria: tuple[str, ...]
    only_people: bool


@dataclass(frozen=True, slots=True)
class Task:
    """A question over the population: whom it concerns, and for how many it is the only one left."""

    question: str
    kind: str
    text: str
    people: int
    decides_alone: int
    criteria: tuple[str, ...]


@dataclass(frozen=True)
class Worklist:
    """What to find out for one trial: `tasks` ranked by whom each decides alone, `needs` person by person."""

    trial: str
    undetermined: int
    only_people: int
    tasks: tuple[Task, ...]
    needs: tuple[Need, ...] = field(repr=False, default=())


def worklist(screening: Screening, trial: str | None = None, vocabulary: Vocabulary | None = None) -> Worklist:
    """The next questions for everybody who is undetermined on the record in a trial of a kept run.

    Nobody is asked about people whose death is recorded by the screening date; no criterion of a page holds them back.
    """
    at = standing(screening, trial)
    ids = np.array(people(screening, ["id"]).column("id").to_pylist(), dtype=object)
    rows = (at.verdict == 2) & ~np.isin(ids, _dead(screening))
    plan = Plan(screening.study)
    met, not_met = leaf_states(screening, len(plan.leaves), rows)
    holds = at.holds[rows]
    wanted: list[list[tuple[str, frozenset[str]]]] = [[] for _ in range(len(holds))]
    known: dict[str, About] = {}
    for j, criterion in enumerate(at.trial.criteria):
        mine = np.flatnonzero(holds[:, j])
        if not len(mine):
            continue
        found, abouts = _of_criterion(
            plan, criterion.expression, at.trial.id, criterion.kind == "inclusion", met[mine], not_met[mine]
        )
        known |= abouts
        for row, questions in zip(mine, found, strict=True):
            wanted[row].append((criterion.id, questions))
    return _gathered(at.trial.id, ids[rows], wanted, known, vocabulary)


def _dead(screening: Screening) -> list[str]:
    with open_population(screening.population) as population:
        return population.dead(date_of(screening.study.anchors["screening"].lower // DAY))


def _of_criterion(
    plan: Plan, expression: n.Expression, trial: str, want: bool, met: Bools, not_met: Bools
) -> tuple[list[frozenset[str]], dict[str, About]]:
    """The questions of each row, decided once for each distinct state of the criterion's leaves."""

    def is_leaf(node: n.Expression) -> bool:
        return plan.find_leaf(node, trial) is not None

    places = {node: plan.find_leaf(node, trial) for node in leaves(expression, is_leaf)}
    columns = {node: leaf.id for node, leaf in places.items() if leaf is not None}
    order = list(columns.values())
    distinct, which, _ = patterns(np.hstack([met[:, order], not_met[:, order]]))
    column = {node: k for k, node in enumerate(columns)}
    answers = []
    for row in distinct:

        def state(node: n.Expression, row: Bools = row) -> bool | None:
            k = column[node]
            return True if row[k] else False if row[k + len(order)] else None

        answers.append(needs(expression, want, state, is_leaf) or frozenset({about(expression).key}))
    abouts = {a.key: a for a in map(about, [*columns, expression, *_others(expression)])}
    return [answers[k] for k in which], abouts


def _others(node: n.Expression) -> list[n.Expression]:
    """What a question may also be about: totals of scores, and what the protocol leaves open."""
    totals = [s.recorded for s in walk(node) if isinstance(s, n.Score) and s.recorded is not None]
    open_ = [u for u in walk(node) if isinstance(u, n.Unsupported)]
    return [*totals, *open_, *(p for p in parts(node) if isinstance(p, n.Compare))]


def _gathered(
    trial: str,
    ids: Sequence[str],
    wanted: Sequence[Sequence[tuple[str, frozenset[str]]]],
    known: Mapping[str, About],
    vocabulary: Vocabulary | None,
) -> Worklist:
    found, concerned, alone = [], Counter[str](), Counter[str]()
    criteria: dict[str, dict[str, None]] = {}
    for person, asked in zip(ids, wanted, strict=True):
        questions = frozenset().union(*(q for _, q in asked))
        for criterion, mine in asked:
            for question in mine:
                criteria.setdefault(question, {})[criterion] = None
        concerned.update(questions)
        if len(questions) == 1:
            alone.update(questions)
        only = all(known[q].kind == "ask" for q in questions)
        found.append(Need(person, trial, tuple(sorted(questions)), tuple(c for c, _ in asked), only))
    ranked = sorted(concerned, key=lambda q: (-alone[q], -concerned[q], q))
    tasks = tuple(
        Task(q, known[q].kind, label(known[q], vocabulary), concerned[q], alone[q], tuple(criteria[q])) for q in ranked
    )
    found.sort(key=lambda need: len(need.questions))
    return Worklist(trial, len(found), sum(need.only_people for need in found), tasks, tuple(found))


def label(question: About, vocabulary: Vocabulary | None) -> str:
    """A question in the words of the catalog."""
    if question.text or not question.concepts:
        return question.text or question.key
    names = []
    for name in question.concepts:
        concept = vocabulary.concept(name) if vocabulary else None
        names.append(concept.label if concept else name.replace("_", " "))
    return ", ".join(names)


def write_worklist(found: Sequence[Worklist], file: Path) -> None:
    """A CSV of person, trial, number of questions, questions, criteria, only_people; fewest questions first."""
    stream = io.StringIO(newline="")
    out = csv.writer(stream)
    out.writerow(["person", "trial", "questions", "needs", "criteria", "only_people"])
    for one in found:
        texts = {task.question: task.text for task in one.tasks}
        for need in one.needs:
            row = [need.person, need.trial, len(need.questions), "; ".join(texts[q] for q in need.questions)]
            out.writerow([*row, " ".join(need.criteria), "yes" if need.only_people else "no"])
    write_whole(file, stream.getvalue())
