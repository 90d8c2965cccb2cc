"""reference: a moved threshold against screening again with the changed protocol, person by person, in all four trials.

The oracle is the engine over the facts of everybody: it plans the changed protocol anew and knows nothing of the run.
"""

from __future__ import annotations

import random
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from trialwright.catalog import load_catalog
from trialwright.language import nodes as n
from trialwright.language.check import walk
from trialwright.population.synthetic import AT
from trialwright.query.screening import Screening, run
from trialwright.query.study import Criterion, Trial
from trialwright.screening import screen
from trialwright.screening.again import by_engine, decide_again
from trialwright.screening.curves import moved_truths, thresholds, values, with_value
from trialwright.screening.judge import Judge, outcome
from trialwright.screening.standing import judge as verdict_of
from trialwright.screening.standing import standing
from trialwright.screening.whatif import changed, expression

FOUR = ("nct05765006", "relma-cel-ssc", "im19-sle", "universal-cd19-bcma-sle")


@pytest.fixture(scope="module")
def four(cohort: Path) -> Screening:
    """All four trials on the cohort, in one run."""
    return screen(FOUR, cohort / "population.duckdb", at=AT, answers=cohort / "answers.csv")


@pytest.mark.parametrize("trial", FOUR)
def test_every_threshold(four: Screening, trial: str) -> None:
    at = standing(four, trial)
    everybody = np.ones(at.size, bool)
    chosen = [(c, t) for c in at.trial.criteria for t in thresholds(c)]
    assert len(chosen) >= 5
    rng = random.Random(trial)
    judge = Judge(four, at, everybody)
    judge.read([criterion.expression for criterion in at.trial.criteria])
    variants, found = [], []
    for criterion, threshold, points, truths in moved_truths(four, judge, trial, chosen):
        some = {0, rng.randrange(len(points)), len(points) - 1}
        for k, (value, moved) in enumerate(zip(points, truths, strict=True)):
            if k in some:
                tree = with_value(criterion.expression, threshold, value)
                variants.append(replace(criterion, id=f"c{len(variants)}", expression=tree))
                found.append(outcome(criterion, moved))
    expected = by_engine(four, at.trial, variants, at, everybody)
    for k, (excludes, holds, unknown) in enumerate(found):
        assert (excludes == expected.excludes[:, k]).all(), variants[k]
        assert (holds == expected.holds[:, k]).all(), variants[k]
        assert (unknown == expected.unknown[:, k]).all(), variants[k]


@pytest.mark.parametrize("seed", range(3))
def test_screened_again(four: Screening, seed: int) -> None:
    """A threshold drawn at random, tightened or relaxed: verdicts, on the record and strict, of a new screening."""
    rng = random.Random(seed)
    trial = rng.choice(FOUR)
    at = standing(four, trial)
    criterion, threshold = rng.choice([(c, t) for c in at.trial.criteria for t in thresholds(c)])
    value = rng.choice([v for v in values(threshold.value) if v != threshold.value])
    new = replace(criterion, expression=with_value(criterion.expression, threshold, value))
    excludes, holds, unknown = changed(four, at, (), {criterion.id: new})
    criteria = tuple(new if c.id == criterion.id else c for c in at.trial.criteria)
    trials = tuple(replace(t, criteria=criteria) if t.id == trial else t for t in four.study.trials)
    again = standing(run(replace(four.study, trials=trials), four.population, progress=False), trial)
    assert (verdict_of(excludes, holds) == again.verdict).all()
    assert (verdict_of(excludes, unknown) == again.strict).all()


def inside(criterion: Criterion) -> list[n.Compare]:
    """Comparisons with a number inside the scores of a criterion."""
    scores = [s for s in walk(criterion.expression) if isinstance(s, n.Score)]
    found = [c for s in scores for item in s.items for c in walk(item.condition) if isinstance(c, n.Compare)]
    return [c for c in dict.fromkeys(found) if isinstance(c.right, n.Quantity)]


def swapped(node: object, old: n.Compare, new: n.Compare) -> object:
    """The tree with one comparison in another's place, wherever it stands."""
    if node == old:
        return new
    if isinstance(node, tuple):
        return tuple(swapped(part, old, new) for part in node)
    if is_dataclass(node) and not isinstance(node, type):
        return type(node)(**{f.name: swapped(getattr(node, f.name), old, new) for f in fields(node)})
    return node


def test_a_threshold_inside_a_score(four: Screening) -> None:
    """The run holds no such score, so that the engine decides; unchanged scores are added up from the run."""
    at = standing(four, "nct05765006")
    everybody = np.ones(at.size, bool)
    criterion = next(c for c in at.trial.criteria if inside(c))
    old = inside(criterion)[0]
    assert isinstance(old.right, n.Quantity)
    new = replace(old, right=n.Quantity(old.right.value * Decimal("0.5"), old.right.unit))
    tree = swapped(criterion.expression, old, new)
    judge = Judge(four, at, everybody)
    assert judge.sees(criterion.expression)
    assert not judge.sees(tree)  # type: ignore[arg-type]
    variant = Criterion("x", criterion.kind, tree)  # type: ignore[arg-type]
    found = decide_again(four, Trial(at.trial.id, ()), [variant, criterion], at, everybody)
    assert (found.excludes[:, 1] == at.excludes[:, at.place(criterion.id)]).all()
    assert (found.holds[:, 1] == at.holds[:, at.place(criterion.id)]).all()


@pytest.mark.parametrize(
    "text",
    [
        "lvef >= 50 % within 2 years before screening",
        "lvef >= 50 % within 2 years before screening or not (ast <= 2 x ULN within 90 days before screening)",
        "egfr >= 3 x LLN within 30 days before screening",
        "no pregnancy within 1 year before screening and age >= 40 years",
        "sex is female or hbsag is negative within 1 year before screening",
    ],
)
def test_new_text(four: Screening, text: str) -> None:
    """Leaves that no trial has, windows of their own: read from the facts, equal to the engine."""
    tree = expression(text, load_catalog(), "x")
    at = standing(four, "relma-cel-ssc")
    everybody = np.ones(at.size, bool)
    variant = [Criterion("x", "inclusion", tree)]
    assert Judge(four, at, everybody).sees(tree)
    found, expected = (decide(four, at.trial, variant, at, everybody) for decide in (decide_again, by_engine))
    assert (found.excludes == expected.excludes).all()
    assert (found.holds == expected.holds).all()
    assert (found.unknown == expected.unknown).all()
