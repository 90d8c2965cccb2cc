"""Runs the engine and the interpreter over the same world and says where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tests.query.store import resolved, write_store
from tests.query.strategies import CONCEPTS

from trialwright.language.facts import Record
from trialwright.language.interpret import Interpreter
from trialwright.language.nodes import Expression, TimeOf
from trialwright.language.selection import ENDLESS
from trialwright.language.values import OUT_OF_RECORD, Number, Truth
from trialwright.query import sql
from trialwright.query.engines import Engine, duckdb_engine
from trialwright.query.execute import decide, prepare
from trialwright.query.found import Context
from trialwright.query.skeleton import criteria_codes
from trialwright.query.sql import template
from trialwright.query.study import Criterion, Moved, Reply, Study, Trial

TRIAL = "T"
COMMON = ("screening", "consent", "enrollment")


def study_of(expressions: Sequence[Expression], people: Mapping[str, Record]) -> Study:
    """One trial with all expressions; anchors that differ from person to person are given for each of them."""
    criteria = tuple(Criterion(f"I{i}", "inclusion", e) for i, e in enumerate(expressions))
    first = next(iter(people.values()))
    moved = tuple(
        Moved(name, anchor, span, anchor in record.projected)
        for name, record in people.items()
        for anchor, span in record.anchors.items()
        if anchor not in COMMON and span is not None
    )
    replies = tuple(Reply(n, TRIAL, c, a.value) for n, r in people.items() for c, a in r.answers.items())
    anchors = {name: first.anchors[name] for name in COMMON}
    return Study((Trial(TRIAL, criteria),), anchors, frozenset({"consent", "enrollment"}), moved, replies)  # type: ignore[arg-type]


def differences(expressions: Sequence[Expression], people: Mapping[str, Record], store: Path) -> list[str]:
    """Every criterion or reading on which the two do not say the same."""
    settled = {name: resolved(r, CONCEPTS) for name, r in people.items()}
    write_store(store, settled, CONCEPTS)
    with duckdb_engine(store, threads=1) as engine:
        return compared(engine, expressions, settled)


def compared(engine: Engine, expressions: Sequence[Expression], people: Mapping[str, Record]) -> list[str]:
    context = prepare(study_of(expressions, people), engine)
    decide(context, lambda step: None)
    engine.keep("criteria_codes", criteria_codes(context))
    wrong = _readings(context, people)
    codes = {row["person"]: row for row in engine.fetch(template("SELECT * FROM criteria_codes")).to_pylist()}
    outcomes = {row["person"]: row for row in engine.fetch(template("SELECT * FROM judged")).to_pylist()}
    for number, (name, record) in enumerate(people.items()):
        for i, expression in enumerate(expressions):
            wrong += _masked(outcomes[number], i, codes[number][f"k{i}"], expression)
            expected = Interpreter(record).truth(expression)
            got = truth_of(codes[number][f"k{i}"])
            if got != replace(expected, facts=frozenset()):
                wrong.append(f"{name} criterion {i}: engine {got}, interpreter {expected}\n    {expression}")
    return wrong


def _masked(outcome: Mapping[str, int], i: int, code: int, expression: Expression) -> list[str]:
    """The masks of a person say the same as the codes."""
    word, bit = divmod(i, 62)
    met, not_met, aside = (bool(outcome[f"{kind}0_{word}"] >> bit & 1) for kind in "mna")
    out = code & 3 == 2 and not sql.reasons_of(code >> 2 & 8191) - OUT_OF_RECORD
    expected = (code & 3 == 1, code & 3 == 0, out)
    if (met, not_met, aside) == expected:
        return []
    return [f"criterion {i}: masks {(met, not_met, aside)}, code {expected}\n    {expression}"]


def truth_of(code: int) -> Truth:
    state = {0: False, 1: True, 2: None}[code & 3]
    reasons, notes = sql.reasons_of(code >> 2 & 8191), sql.notes_of(code >> 15 & 31)
    return Truth(state, reasons, notes, not_applicable=bool(code >> 20 & 1))


def _readings(context: Context, people: Mapping[str, Record]) -> list[str]:
    wrong = []
    for reading in context.plan.readings.values():
        if (
            reading.constant or reading.id in context.lanes.readings
        ):  # read only of the people whom the lanes leave open
            continue
        rail = context.defaults.rail(reading, "n")
        names = ("lower", "upper", "lower_open", "upper_open", "reasons", "notes")
        tree = sql.select(
            [template("persons.person"), *(sql.named(getattr(rail, name), f"r_{name}") for name in names)],
            f"persons LEFT JOIN numbers_{reading.depth} AS n ON n.person = persons.person AND n.reading = {reading.id}",
        )
        rows = context.engine.fetch(tree).to_pylist()
        if len(rows) != len(people):
            wrong.append(f"reading {reading.id} has {len(rows)} rows: {reading.node}")
        by_person = {row["person"]: row for row in rows}
        for number, (name, record) in enumerate(people.items()):
            row = by_person[number]
            got = Number(
                row["r_lower"],
                row["r_upper"],
                bool(row["r_lower_open"]),
                bool(row["r_upper_open"]),
                sql.reasons_of(row["r_reasons"]),
                sql.notes_of(row["r_notes"]),
            )
            expected = _expected(reading.node, record)
            if got != expected:
                wrong.append(f"{name} reading: engine {got}, interpreter {expected}\n    {reading.node}")
    return wrong


def _expected(node: object, record: Record) -> Number:
    interpreter = Interpreter(record)
    if isinstance(node, TimeOf):
        moment = interpreter.moment(node, ENDLESS)
        if moment.span is None:
            return Number(float("-inf"), float("inf"), reasons=moment.reasons)
        return Number(float(moment.span.lower), float(moment.span.upper), reasons=moment.reasons)
    value = interpreter.value(node)  # type: ignore[arg-type]
    if isinstance(value, Truth):
        bounds = (0.0, 1.0) if value.state is None else (float(value.state),) * 2
        return Number(*bounds, reasons=value.reasons, notes=value.notes)
    assert isinstance(value, Number)
    return replace(value, lower=float(value.lower), upper=float(value.upper), facts=frozenset())
