"""reference: leaves that single facts decide, against the interpreter, on random people; and which leaves those are."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest
from tests.query.compare import compared, study_of
from tests.query.store import resolved, write_store
from tests.query.strategies import CONCEPTS, world

from trialwright.language.nodes import (
    Anchor,
    Arithmetic,
    Compare,
    Count,
    Expression,
    Extent,
    Facts,
    In,
    Offset,
    Quantity,
    Select,
    Spell,
    Timeline,
    ValueOf,
    Window,
)
from trialwright.query.engines import duckdb_engine
from trialwright.query.execute import prepare

NOW = Anchor("screening")
POINTS = [c for c in CONCEPTS if c.domain in ("measurement", "observation", "demographic")]


def window(draw: random.Random) -> Window:
    end = draw.choice((NOW, Anchor("enrollment"), Offset(NOW, Decimal(7), "days", "before")))
    start = draw.choice((None, Offset(NOW, Decimal(draw.choice((14, 30, 60))), "days", "before")))
    return Window(start, end)


def latest(draw: random.Random) -> Expression:
    concept = draw.choice(POINTS)
    select = Select(Facts((concept.id,), concept.domain, window(draw)))  # type: ignore[arg-type]
    value, limit = ValueOf(select), Quantity(Decimal(draw.choice(("0.5", "1", "2.5", "8"))))
    operator = draw.choice(("<", "<=", ">", ">=", "="))
    if concept.categories and draw.random() < 0.5:
        return In(ValueOf(select, "category"), tuple(draw.sample(concept.categories, 1)))
    kind = draw.random()
    if kind < 0.5:
        return Compare(value, operator, limit) if kind < 0.35 else Compare(limit, operator, value)
    bound = ValueOf(select, draw.choice(("uln", "lln", "lod")), draw.choice((None, Decimal("1.2"))))
    operator = draw.choice(("<", "<=", ">", ">="))
    return Compare(value, operator, bound if kind < 0.65 else Arithmetic("*", (Quantity(Decimal("1.5")), bound)))


def where(draw: random.Random) -> tuple[Expression, ...]:
    """No test of the facts, one of their category, or one of their value."""
    kind = draw.random()
    if kind < 0.4:
        return ()
    if kind < 0.7:
        names = sorted({name for c in CONCEPTS for name in c.categories})
        return (In(ValueOf(None, "category"), tuple(draw.sample(names, 2))),)
    return (
        Compare(ValueOf(None), draw.choice(("<", "<=", ">", ">=", "=")), Quantity(Decimal(draw.choice(("0.5", "5"))))),
    )


def course(draw: random.Random) -> Expression:
    """A spell or an extent of one or two drugs."""
    drugs = tuple(draw.sample([c.id for c in CONCEPTS if c.domain == "drug"], draw.choice((1, 1, 2))))
    factors = tuple((d, Decimal(draw.choice(("1", "1.25", "0.2")))) for d in drugs)
    kind = draw.choice(("dose", "presence"))
    line = Timeline(Facts(drugs, "drug", where=where(draw)), kind, factors if kind == "dose" else ())  # type: ignore[arg-type]
    days = Quantity(Decimal(draw.choice(("1", "14", "30"))))
    if kind == "dose" and draw.random() < 0.6:
        which = draw.choice(("highest", "lowest", "range", "mean"))
        return Compare(Extent(line, window(draw), which), draw.choice(("<=", ">=", "=")), Quantity(Decimal("7.5")))  # type: ignore[arg-type]
    held = (
        (draw.choice((">", ">=", "<", "=")), Quantity(Decimal(draw.choice(("0", "5")))))
        if kind == "dose"
        else (None, None)
    )
    measure = draw.choice(("longest", "total", "current"))
    return Compare(Spell(line, window(draw), measure, *held), ">=", days)  # type: ignore[arg-type]


def exists(draw: random.Random) -> Expression:
    domain = draw.choice([c.domain for c in CONCEPTS])
    concepts = [c.id for c in CONCEPTS if c.domain == domain]
    chosen = tuple(draw.sample(concepts, draw.randint(1, len(concepts))))
    facts = Facts(chosen, domain, window(draw), where(draw))  # type: ignore[arg-type]
    return Compare(Count(facts, draw.choice(("fact", "day", "concept"))), ">=", Quantity(Decimal(1)))


@pytest.mark.parametrize("seed", range(8))
def test_lanes_agree_with_the_interpreter(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    expressions = [draw.choice((latest, exists))(draw) for _ in range(40)]
    people = {name: resolved(r, CONCEPTS) for name, r in world(seed, 1, 25)[1].items()}
    write_store(tmp_path / "store.duckdb", people, CONCEPTS)
    with duckdb_engine(tmp_path / "store.duckdb", threads=1) as engine:
        context = prepare(study_of(expressions, people), engine)
        lanes = {d.leaf.node for d in (*context.lanes.last, *context.lanes.exists)}
        assert set(expressions) - lanes == set()
    with duckdb_engine(tmp_path / "store.duckdb", threads=1) as engine:
        assert compared(engine, expressions, people) == []


@pytest.mark.parametrize("seed", [1, 2, 4, 6])  # worlds whose source observes drugs
def test_courses_of_one_record_agree_with_the_interpreter(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    expressions = [course(draw) for _ in range(30)]
    people = {name: resolved(r, CONCEPTS) for name, r in world(100 + seed, 1, 25)[1].items()}
    write_store(tmp_path / "store.duckdb", people, CONCEPTS)
    with duckdb_engine(tmp_path / "store.duckdb", threads=1) as engine:
        assert compared(engine, expressions, people) == []
        (alone,) = engine.connection.sql("SELECT count(*) FROM line_0_alone").fetchall()
        assert alone[0] > 50


def test_a_reading_that_a_formula_needs_is_read_for_everybody(tmp_path: Path) -> None:
    select = Select(Facts(("creatinine",), "measurement", Window(None, NOW)))
    plain = Compare(ValueOf(select), ">", Quantity(Decimal(1)))
    twice = Compare(Arithmetic("*", (ValueOf(select), ValueOf(select))), ">", Quantity(Decimal(4)))
    people = {name: resolved(r, CONCEPTS) for name, r in world(1, 1, 5)[1].items()}
    write_store(tmp_path / "store.duckdb", people, CONCEPTS)
    with duckdb_engine(tmp_path / "store.duckdb", threads=1) as engine:
        assert [d.leaf.node for d in prepare(study_of([plain], people), engine).lanes.last] == [plain]
    with duckdb_engine(tmp_path / "store.duckdb", threads=1) as engine:
        assert prepare(study_of([plain, twice], people), engine).lanes.last == ()
