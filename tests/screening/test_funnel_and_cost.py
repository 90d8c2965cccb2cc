"""reference: funnels, groups, shares, pairs and needs of 300 people, counted one by one from the interpreter."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from tests.screening.brute import Row, blockers, verdict

from trialwright.catalog import load_catalog
from trialwright.language.facts import date_of
from trialwright.population.store import open_population
from trialwright.query.screening import Screening
from trialwright.screening.funnel import funnels
from trialwright.screening.groups import age_group, day_of
from trialwright.screening.overlap import fits, overlaps
from trialwright.screening.shapley import cost, shares
from trialwright.screening.worklist import worklist, write_worklist

TRIAL = "relma-cel-ssc"


def test_everybody(screening: Screening, rows: dict[str, Row]) -> None:
    whole = funnels(screening, TRIAL)[0]
    verdicts = [verdict(row) for row in rows.values()]
    assert whole.record == {v: verdicts.count(v) for v in ("ineligible", "eligible", "undetermined")}
    left = sure = list(rows.values())
    for step, criterion in zip(whole.steps, screening.study.trials[1].criteria, strict=True):
        states = [row[criterion.id] for row in rows.values()]
        assert step.excluded == sum(passed is False for passed, _ in states)
        assert step.unknown == sum(passed is None for passed, _ in states)
        assert step.held == sum(passed is None and not aside for passed, aside in states)
        assert step.met + step.not_met + step.unknown == len(rows)
        assert step.only_reason == sum(blockers(row) == [criterion.id] for row in rows.values())
        before = len(left)
        left = [row for row in left if row[criterion.id][0] is not False]
        sure = [row for row in sure if criterion.id not in blockers(row)]
        assert (step.lost, step.left, step.sure) == (before - len(left), len(left), len(sure))


def test_groups(screening: Screening, rows: dict[str, Row]) -> None:
    """The groups of each kind add up to everybody, and each counts the people whose record says so."""
    found = funnels(screening, TRIAL)
    day = day_of(screening)
    labels: dict[str, dict[str, str]] = {"sex": {}, "age": {}, "site": {}}
    with open_population(screening.population) as store:
        for person in rows:
            record = store.record(person, ["sex", "birth"])
            codes = {c for fact in record.facts.get("sex", ()) for c in fact.categories or ()}
            labels["sex"][person] = codes.pop() if len(codes) == 1 else "not recorded"
            births = record.facts.get("birth", ())
            bounds = [date_of(t // 1440) for b in births for t in (b.start.lower, b.start.upper)]
            years = {day.year - b.year - ((day.month, day.day) < (b.month, b.day)) for b in bounds}
            ages = {age_group(y) for y in years}
            labels["age"][person] = ages.pop() if len(ages) == 1 else "not recorded"
            labels["site"][person] = store.person(person)[1] or "not recorded"
    for kind, by_person in labels.items():
        mine = [f for f in found if f.by == kind]
        assert {f.group for f in mine} == set(by_person.values())
        for funnel in mine:
            people = [row for person, row in rows.items() if by_person[person] == funnel.group]
            assert funnel.persons == len(people)
            verdicts = [verdict(row) for row in people]
            assert funnel.record == {v: verdicts.count(v) for v in ("ineligible", "eligible", "undetermined")}
            for step in funnel.steps:
                assert step.only_reason == sum(blockers(row) == [step.criterion] for row in people)
    assert next(f.group for f in found if f.by == "age") == "under 18"


def test_shares(screening: Screening, rows: dict[str, Row]) -> None:
    found = cost(screening, TRIAL)
    for share in found.shares:
        mine = [blockers(row) for row in rows.values()]
        assert share.not_eligible == pytest.approx(sum(1 / len(b) for b in mine if share.criterion in b))
    assert sum(s.not_eligible for s in found.shares) == pytest.approx(found.not_eligible)
    assert sum(s.excluded for s in found.shares) == pytest.approx(found.excluded)
    for pair in found.pairs:
        both = {pair.first, pair.second}
        assert pair.together == sum(set(blockers(row)) == both for row in rows.values())
        assert pair.gained == sum(bool(b) and set(b) <= both for b in map(blockers, rows.values()))


def test_shares_by_definition() -> None:
    """law: the closed form is the average of what each criterion adds, over all orders in which they may enter."""
    blocks = np.random.default_rng(3).random((40, 6)) < 0.3
    expected = np.zeros(6)
    for order in permutations(range(6)):
        lost = np.zeros(40, bool)
        for j in order:
            expected[j] += (blocks[:, j] & ~lost).sum()
            lost |= blocks[:, j]
    assert shares(blocks) == pytest.approx(expected / 720)


def test_verdicts_and_overlap(screening: Screening) -> None:
    """pair: overlaps and fits against the relation of verdicts."""
    by_trial: dict[str, dict[str, str]] = {}
    for row in screening.verdicts().to_pylist():
        by_trial.setdefault(row["trial"], {})[row["person"]] = row["verdict"]
    for overlap in overlaps(screening):
        a, b = by_trial[overlap.trial], by_trial[overlap.other]
        assert overlap.candidates == sum(v != "ineligible" for v in a.values())
        assert overlap.shared == sum(v != "ineligible" and b[p] != "ineligible" for p, v in a.items())
        assert overlap.eligible_in_both == sum(v == b[p] == "eligible" for p, v in a.items())
    found = fits(screening)
    assert all(by_trial[f.trial][f.person] == f.verdict for f in found)
    assert len(found) == 2 * 300
    rank = {"eligible": 0, "undetermined": 1, "ineligible": 2}
    for first, second in zip(found[::2], found[1::2], strict=True):
        assert first.person == second.person
        assert rank[first.verdict] <= rank[second.verdict]


def test_worklist(screening: Screening, rows: dict[str, Row], tmp_path: Path) -> None:
    found = worklist(screening, TRIAL, load_catalog())
    open_ = {p: blockers(row) for p, row in rows.items() if verdict(row) == "undetermined"}
    assert {need.person: list(need.criteria) for need in found.needs} == open_
    assert [len(n.questions) for n in found.needs] == sorted(len(n.questions) for n in found.needs)
    for task in found.tasks:
        assert task.people == sum(task.question in n.questions for n in found.needs)
        assert task.decides_alone == sum(n.questions == (task.question,) for n in found.needs)
    write_worklist([found], tmp_path / "worklist.csv")
    assert len((tmp_path / "worklist.csv").read_text().splitlines()) == 1 + len(open_)
