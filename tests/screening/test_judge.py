"""reference: criteria judged again over a kept run say what the interpreter says, person by person, on random worlds.

Held to it are what the run has decided already, expressions that it has never seen, and every threshold at
values below, at and above the registered one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.query.compare import study_of
from tests.query.store import resolved, write_store
from tests.query.strategies import CONCEPTS, world

from trialwright.language import nodes as n
from trialwright.language.facts import Record
from trialwright.language.interpret import Interpreter
from trialwright.language.values import OUT_OF_RECORD
from trialwright.query.screening import Screening, run
from trialwright.screening.curves import moved_truths, thresholds, values, with_value
from trialwright.screening.judge import Judge
from trialwright.screening.logic import Truths
from trialwright.screening.standing import standing


def kept(seed: int, folder: Path, size: int = 12) -> tuple[Screening, dict[str, Record]]:
    """A run of random expressions over random people."""
    expressions, people = world(seed, size, 20)
    people = {name: resolved(record, CONCEPTS) for name, record in people.items()}
    write_store(folder / "store.duckdb", people, CONCEPTS)
    return run(study_of(expressions, people), folder / "store.duckdb", progress=False, threads=1), people


def wrong(expression: n.Expression, found: Truths, people: Mapping[str, Record]) -> list[str]:
    """The people of whom the interpreter says something else."""
    out = []
    for i, (name, record) in enumerate(people.items()):
        truth = Interpreter(record).truth(expression)
        counted = truth.state is None and not truth.reasons <= OUT_OF_RECORD
        expected = (truth.state is True, truth.state is False, counted)
        got = tuple(bool(column[i]) for column in (found.met, found.not_met, found.counted))
        if got != expected:
            out.append(f"{name}: {got}, interpreter {expected}\n    {expression}")
    return out


def check(seed: int, folder: Path) -> tuple[int, int]:
    """Holds one world to the interpreter; how many new expressions and how many thresholds there were."""
    screening, people = kept(seed, folder)
    at = standing(screening)
    judge = Judge(screening, at, np.ones(at.size, bool))
    own = [criterion.expression for criterion in at.trial.criteria]
    assert all(judge.sees(expression) for expression in own)
    judge.read(own)
    for j, expression in enumerate(own):
        found = judge.truth(expression)
        assert wrong(expression, found, people) == []
        assert (found.met == at.met[:, j]).all()
        assert (found.not_met == at.not_met[:, j]).all()
        assert (found.counted == at.holds[:, j]).all()
    new = new_ones(seed, judge)
    judge.read(new)
    for expression in new:
        assert wrong(expression, judge.truth(expression), people) == []
    chosen = [(c, t) for c in at.trial.criteria for t in thresholds(c)]
    for criterion, threshold, points, truths in moved_truths(screening, judge, at.trial.id, chosen):
        assert points == values(threshold.value)
        for value, found in zip(points, truths, strict=True):
            assert wrong(with_value(criterion.expression, threshold, value), found, people) == []
    return len(new), len(chosen)


def new_ones(seed: int, judge: Judge) -> Sequence[n.Expression]:
    expressions, _ = world(seed + 1_000_000, 12, 1)
    return [expression for expression in expressions if judge.sees(expression)]


@pytest.mark.parametrize("seed", [3, 5, 11, 100])
def test_random_worlds(tmp_path: Path, seed: int) -> None:
    new, _ = check(seed, tmp_path)
    assert new


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(1000, 10**6))
def test_any_world(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    check(seed, tmp_path_factory.mktemp("any"))


def test_the_worlds_have_thresholds(tmp_path: Path) -> None:
    """law: what is held to the interpreter is there to be held."""
    screenings = [kept(seed, tmp_path / str(seed)) for seed in (3, 5) if (tmp_path / str(seed)).mkdir() is None]
    assert sum(len(thresholds(c)) for s, _ in screenings for c in s.study.trials[0].criteria) > 5


@pytest.mark.long
@pytest.mark.parametrize("seed", range(30_000, 30_040))
def test_random_worlds_at_length(tmp_path: Path, seed: int) -> None:
    check(seed, tmp_path)
