"""reference: verdicts, relations, evidence and funnel of a screening against the interpreter, person by person."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tests.query.compare import COMMON, TRIAL, study_of
from tests.query.store import resolved, write_store
from tests.query.strategies import CONCEPTS, Draw, world

from trialwright.errors import TrialwrightError
from trialwright.language.facts import DAY, Fact, Record, date_of
from trialwright.language.interpret import decide
from trialwright.language.nodes import Expression
from trialwright.language.values import OUT_OF_RECORD
from trialwright.query.carried import from_json, to_json
from trialwright.query.screening import Screening, open_run, run
from trialwright.query.study import Criterion, Study, Trial


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> tuple[Screening, Study, dict[str, Record], Path]:
    folder = tmp_path_factory.mktemp("screening")
    expressions, people = world(7, 14, 40)
    people = {name: resolved(r, CONCEPTS) for name, r in people.items()}
    write_store(folder / "store.duckdb", people, CONCEPTS)
    study = study_of(expressions, people)
    criteria = tuple(
        Criterion(c.id, "exclusion" if i % 3 == 0 else "inclusion", c.expression)
        for i, c in enumerate(study.trials[0].criteria)
    )
    easy = Trial("EASY", (criteria[1],))
    study = Study((Trial(TRIAL, criteria), easy), study.anchors, study.projected, study.moved, study.replies)
    return run(study, folder / "store.duckdb", threads=1, progress=False), study, people, folder


def expected_verdict(trial: Trial, record: Record, strict: bool) -> str:
    """Written from rule 8 of docs/design.md."""
    open_ = False
    for criterion in trial.criteria:
        truth = decide(criterion.expression, answered(record, trial.id))
        if truth.state is None:
            open_ = open_ or strict or bool(truth.reasons - OUT_OF_RECORD)
        elif truth.state is (criterion.kind == "exclusion"):
            return "ineligible"
    return "undetermined" if open_ else "eligible"


def answered(record: Record, trial: str) -> Record:
    """Answers belong to the trial that they were given for."""
    return record if trial == TRIAL else Record(record.facts, record.anchors, record.observed, {}, record.projected)


def test_verdicts(case: tuple[Screening, Study, dict[str, Record], Path]) -> None:
    screening, study, people, _ = case
    rows = screening.verdicts().to_pylist()
    assert [(r["person"], r["trial"]) for r in rows] == [(p, t.id) for p in people for t in study.trials]
    by_id = {t.id: t for t in study.trials}
    for row in rows:
        trial, record = by_id[row["trial"]], people[row["person"]]
        assert row["verdict"] == expected_verdict(trial, record, False), row
        assert row["strict_verdict"] == expected_verdict(trial, record, True), row
    counts = Counter((r["trial"], r["verdict"]) for r in rows)
    for summary in screening.trials:
        assert summary.persons == len(people)
        assert {v: counts[summary.trial, v] for v in summary.record} == summary.record


def test_criteria_rows(case: tuple[Screening, Study, dict[str, Record], Path]) -> None:
    screening, study, people, _ = case
    rows = {(r["person"], r["trial"], r["criterion"]): r for r in screening.criteria().to_pylist()}
    assert len(rows) == len(people) * sum(len(t.criteria) for t in study.trials)
    states = {True: "met", False: "not met", None: "unknown"}
    for trial in study.trials:
        for name, record in people.items():
            for criterion in trial.criteria:
                truth = decide(criterion.expression, answered(record, trial.id))
                row = rows[name, trial.id, criterion.id]
                assert row["state"] == states[truth.state], (name, criterion)
                seen = {"needs_person" if r == "needs_agreement" else r for r in truth.reasons}
                assert set(row["reasons"]) == seen, (name, criterion)
                assert set(row["notes"]) == truth.notes, (name, criterion)
                assert row["not_applicable"] is truth.not_applicable


def test_funnel_counts_whom_a_criterion_alone_holds_back(
    case: tuple[Screening, Study, dict[str, Record], Path],
) -> None:
    screening, study, people, _ = case
    for trial, summary in zip(study.trials, screening.trials, strict=True):
        alone: Counter[str] = Counter()
        met: Counter[str] = Counter()
        for record in people.values():
            against = []
            for c in trial.criteria:
                truth = decide(c.expression, answered(record, trial.id))
                met[c.id] += truth.state is True
                wanted = c.kind == "inclusion"
                if truth.state is not wanted and not (truth.state is None and truth.reasons <= OUT_OF_RECORD):
                    against.append(c.id)
            alone.update(against if len(against) == 1 else [])
        assert {s.criterion: s.only_reason for s in summary.funnel} == {c.id: alone[c.id] for c in trial.criteria}
        assert {s.criterion: s.met for s in summary.funnel} == {c.id: met[c.id] for c in trial.criteria}


def shown(fact: Fact) -> tuple[object, ...]:
    first, last = (str(date_of(m // DAY)) for m in (fact.start.lower, fact.start.upper))
    value = fact.recorded if fact.recorded is not None else fact.lower if fact.lower == fact.upper else None
    return fact.concept, first if first == last else f"{first}/{last}", value, fact.unit, fact.source


def expected_evidence(expression: Expression, record: Record) -> set[tuple[object, ...]]:
    return {shown(f) for f in decide(expression, record).facts}


@pytest.mark.parametrize("seed", [7, 21, 22, 23])
def test_evidence_is_what_the_leaves_used(tmp_path: Path, seed: int) -> None:
    expressions, people = world(seed, 20, 25)
    people = {name: resolved(r, CONCEPTS) for name, r in people.items()}
    write_store(tmp_path / "store.duckdb", people, CONCEPTS)
    study = study_of(expressions, people)
    screening = run(study, tmp_path / "store.duckdb", threads=1, progress=False)
    some = [p for i, p in enumerate(people) if i % 2]
    found: dict[tuple[str, str], set[tuple[object, ...]]] = {}
    for row in screening.evidence(some).to_pylist():
        fact = row["concept"], row["date"], row["value"], row["unit"], row["source"]
        found.setdefault((row["person"], row["criterion"]), set()).add(fact)
    for name in some:
        for criterion in study.trials[0].criteria:
            expected = expected_evidence(criterion.expression, people[name])
            assert found.get((name, criterion.id), set()) == expected, criterion
    assert not {p for p, _ in found} - set(some)


def test_a_written_run_opens_again(case: tuple[Screening, Study, dict[str, Record], Path]) -> None:
    screening, study, people, folder = case
    screening.write(folder / "out")
    again = open_run(folder / "out")
    assert again.study == study
    assert again.trials == screening.trials
    assert again.criteria().equals(screening.criteria())
    assert again.evidence().equals(screening.evidence())
    assert (
        (folder / "out" / "funnel.csv").read_text().startswith("trial,criterion,kind,met,not_met,unknown,only_reason")
    )
    some = list(people)[3:5]
    rows = [r for r in screening.criteria().to_pylist() if r["person"] in some]
    assert again.criteria(some).to_pylist() == rows


def test_an_unknown_person_is_named(case: tuple[Screening, Study, dict[str, Record], Path]) -> None:
    with pytest.raises(TrialwrightError, match="no person 'nobody'"):
        case[0].criteria(["nobody"])


def test_a_store_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.duckdb").write_text("no store")
    with pytest.raises(TrialwrightError, match="not a population"):
        run(Study(()), tmp_path / "x.duckdb", progress=False)


@pytest.mark.parametrize("seed", range(20))
def test_expressions_survive_json(seed: int) -> None:
    expression = Draw(seed).truth(3)
    assert from_json(to_json(expression)) == expression
    assert COMMON[0] == "screening"
