"""pair: a run compared with an earlier one: answers and criteria that changed, and the verdicts that they changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from trialwright.query.screening import Screening, run
from trialwright.query.study import Study, Trial
from trialwright.screening.since import changed_since
from trialwright.screening.standing import standing

TRIAL = "relma-cel-ssc"


def only(screening: Screening, *names: str) -> Study:
    """The study with some criteria of one trial."""
    trial = screening.study.trials[1]
    chosen = tuple(c for c in trial.criteria if c.id in names)
    return replace(screening.study, trials=(Trial(trial.id, chosen),), replies=())


def test_the_same_run_changes_nothing(screening: Screening) -> None:
    found = changed_since(screening, screening)
    assert (found.counts, found.people, found.protocols) == ((), (), {})


def test_a_changed_protocol(screening: Screening, cohort: Path) -> None:
    store = cohort / "population.duckdb"
    before, now = only(screening, "I2", "I7m"), only(screening, "I2", "I7b", "I7m")
    changed = tuple(
        replace(c, expression=now.trials[0].criteria[1].expression) if c.id == "I7m" else c
        for c in now.trials[0].criteria
    )
    now = replace(now, trials=(Trial(TRIAL, changed),))
    a, b = run(before, store, progress=False), run(now, store, progress=False)
    found = changed_since(a, b)
    assert set(found.protocols[TRIAL]) == {"I7b", "I7m"}
    first, second = standing(a, TRIAL), standing(b, TRIAL)
    differ = int((first.verdict != second.verdict).sum())
    assert len(found.people) == differ == sum(n for *_, n in found.counts)
    assert differ > 0
    for change in found.people:
        assert set(change.criteria) <= {"I7b", "I7m"}
        assert all("protocol changed" in why for why in change.because)
        assert change.before != change.after
