"""The states of every criterion for every person, by the reference interpreter alone: nothing of the engine is used."""

from __future__ import annotations

from trialwright.language.facts import Answer
from trialwright.language.interpret import decide
from trialwright.language.values import OUT_OF_RECORD
from trialwright.population.store import open_population
from trialwright.query.screening import Screening

Row = dict[str, tuple[bool | None, bool]]
"""Per criterion: whether it is passed (None unknown), and whether an unknown is left out on the record."""


def outcomes(screening: Screening, number: int) -> dict[str, Row]:
    """Person -> criterion -> outcome."""
    trial = screening.study.trials[number]
    answers: dict[str, dict[str, Answer]] = {}
    for reply in screening.study.replies:
        if reply.trial == trial.id:
            answers.setdefault(reply.person, {})[reply.clause] = Answer(reply.value, reply.who, reply.at)
    found: dict[str, Row] = {}
    with open_population(screening.population) as store:
        for person in store.persons():
            record = store.record(person, answers=answers.get(person), trial=trial.id)
            row: Row = {}
            for criterion in trial.criteria:
                truth = decide(criterion.expression, record)
                passed = truth.state if truth.state is None or criterion.kind == "inclusion" else not truth.state
                aside = truth.state is None and (criterion.later or truth.reasons <= OUT_OF_RECORD)
                row[criterion.id] = (passed, aside)
            found[person] = row
    return found


def blockers(row: Row) -> list[str]:
    """Criteria that exclude a person or hold them back on the record."""
    return [name for name, (passed, aside) in row.items() if passed is False or (passed is None and not aside)]


def verdict(row: Row) -> str:
    states = [passed for passed, aside in row.values() if not aside]
    return "ineligible" if False in states else "undetermined" if None in states else "eligible"
