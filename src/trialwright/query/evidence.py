"""The facts that each criterion rests on, for the people that are asked about; computed only when asked for."""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from trialwright.language.nodes import Arithmetic
from trialwright.query.found import FACT, Context
from trialwright.query.plan import Pick, Plan, is_elapsed, parts
from trialwright.query.selections import marked
from trialwright.query.sql import Tree, template


def picks_of(plan: Plan, node: Any, trial: str) -> Iterator[Pick]:
    """The picks whose facts a criterion shows: what its leaves read, and the facts that their windows hang on."""
    reading = plan.find_reading(node, trial)
    if reading is not None:
        if reading.pick is not None:
            yield reading.pick
        times = plan.times_of(reading.pick.window) if reading.pick is not None else []
        if is_elapsed(node):
            assert isinstance(node, Arithmetic)
            times = [t for i in node.arguments for t in plan.times_of(i)]  # type: ignore[arg-type]
        for time in times:
            other = plan.reading(time, "")
            if other.pick is not None:
                yield other.pick
        return
    leaf = plan.find_leaf(node, trial)
    if leaf is None or not leaf.readings:
        for part in parts(node):
            yield from picks_of(plan, part, trial)
        return
    for reading in leaf.readings:
        yield from picks_of(plan, reading.node, trial)


def evidence(context: Context) -> Tree:
    """Rows person, trial, criterion, concept, date, value, unit, source of the people in `context.only`.

    `read_numbers` has run for them.  A partial date is the interval of its days.
    """
    plan, engine = context.plan, context.engine
    wanted: dict[int, Pick] = {}
    rows: dict[str, list[Any]] = {"pick": [], "trial": [], "criterion": [], "place": []}
    for trial in plan.study.trials:
        for place, criterion in enumerate(trial.criteria):
            for pick in {p.id: p for p in picks_of(plan, criterion.expression, trial.id)}.values():
                wanted[pick.id] = pick
                for name, value in zip(rows, (pick.id, trial.id, criterion.id, place), strict=True):
                    rows[name].append(value)
    if not wanted:
        return template(
            "SELECT persons.id AS person, '' AS trial, '' AS criterion, '' AS concept, '' AS date, 0e0 AS value, '' AS unit,"
            " '' AS source, '' AS category FROM persons WHERE FALSE"
        )
    engine.give(context.name("shown"), pa.table(rows))
    sources = []
    for kind, depth in sorted({(p.kind, p.depth) for p in wanted.values()}):
        ids = ", ".join(str(p.id) for p in wanted.values() if (p.kind, p.depth) == (kind, depth))
        name = context.name({"select": f"selection_{depth}", "count": f"count_{depth}", "line": f"line_{depth}"}[kind])
        test = {"select": "chosen = 1", "count": "possible = 1 OR absent = 1", "line": "possible = 1"}[kind]
        table = f"({marked(f'{name}_found')}) AS f" if kind == "select" else f"{name}_found AS f"
        sources.append(f"SELECT person, pick, {FACT} FROM {table} WHERE pick IN ({ids}) AND ({test})")
    day = "CAST(CAST('1970-01-01' AS DATE) + CAST(FLOOR({0} / 1440e0) AS INTEGER) AS VARCHAR)"
    first, last = day.format("f.t_lo"), day.format("f.t_hi")
    facts = " UNION ALL ".join(sources)
    _give_categories(context, facts)
    return template(f"""
        SELECT p.id AS person, s.trial, s.criterion, c.id AS concept,
            CASE WHEN {first} = {last} THEN {first} ELSE {first} || '/' || {last} END AS date,
            COALESCE(f.raw, CASE WHEN f.v_lo = f.v_hi THEN f.v_lo END) AS value, u.text AS unit, r.reference AS source,
            k.text AS category
        FROM ({facts}) AS f
        INNER JOIN {context.name("shown")} AS s ON s.pick = f.pick INNER JOIN persons AS p ON p.person = f.person
        INNER JOIN concepts AS c ON c.concept = f.concept LEFT JOIN units AS u ON u.unit = f.unit
        LEFT JOIN sources AS r ON r.source = f.source
        LEFT JOIN {context.name("category_names")} AS k ON k.concept = f.concept AND k.cats = f.cats
        ORDER BY f.person, s.trial, s.place, c.id, f.t_lo, f.source""")


def _give_categories(context: Context, facts: str) -> None:
    """The sets of categories that occur, in words."""
    names = {context.layout.concepts[c]: names for c, names in context.layout.categories.items()}
    found = context.engine.fetch(template(f"SELECT DISTINCT concept, cats FROM ({facts}) AS f WHERE cats IS NOT NULL"))
    rows = found.to_pylist()
    texts = [" ".join(n for i, n in enumerate(names[r["concept"]]) if r["cats"] >> i & 1) for r in rows]
    context.engine.give(
        context.name("category_names"),
        pa.table(
            {
                "concept": pa.array([r["concept"] for r in rows], pa.int64()),
                "cats": pa.array([r["cats"] for r in rows], pa.int64()),
                "text": pa.array(texts, pa.string()),
            }
        ),
    )
