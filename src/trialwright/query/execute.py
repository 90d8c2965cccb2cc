"""The steps of a run, in order: readings depth by depth, leaves, criteria."""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa

from trialwright.language.nodes import Ask
from trialwright.query import sql
from trialwright.query.bits import give_bits
from trialwright.query.counts import counts
from trialwright.query.defaults import Defaults
from trialwright.query.engines import Engine, layout
from trialwright.query.found import Context
from trialwright.query.frames import elapsed, frames
from trialwright.query.leaves import leaf_rows
from trialwright.query.lines import lines
from trialwright.query.masks import give_outcome, masks
from trialwright.query.plan import Plan, is_elapsed
from trialwright.query.selections import selections
from trialwright.query.sql import Tree, template
from trialwright.query.study import Study
from trialwright.query.verdicts import judged

NOTHING = "SELECT person, 0 AS reading, 0e0 AS lower, 0e0 AS upper, 0 AS lower_open, 0 AS upper_open, 0 AS reasons, 0 AS notes FROM persons WHERE FALSE"
PASSING = {"selection": ("found", "grouped"), "count": ("found", "grouped"), "line": ("found", "stretches", "spans")}
"""Tables of a depth that nothing needs once its numbers are read."""
Progress = Callable[[str], None]


def prepare(study: Study, engine: Engine) -> Context:
    """The plan of the study over the store of an engine, with answers and personal anchors in place."""
    plan = Plan(study)
    store = layout(engine)
    context = Context(plan, store, Defaults(plan, store), engine)
    give_personal(context)
    return context


def give_personal(context: Context) -> None:
    """Tables of the anchors and answers of single people."""
    _give_moved(context)
    _give_asked(context)


def _give_moved(context: Context) -> None:
    moved = context.plan.study.moved
    if not moved:
        return
    table = pa.table(
        {
            "id": pa.array([m.person for m in moved], pa.string()),
            "anchor": pa.array([m.anchor for m in moved], pa.string()),
            "lower": pa.array([m.span.lower for m in moved], pa.int64()),
            "upper": pa.array([m.span.upper for m in moved], pa.int64()),
            "projected": pa.array([int(m.projected) for m in moved], pa.int64()),
        }
    )
    context.engine.give("moved_by_id", table)
    context.engine.keep(
        "moved",
        template(
            "SELECT persons.person, m.anchor, m.lower, m.upper, m.projected FROM moved_by_id AS m"
            " INNER JOIN persons ON persons.id = m.id"
        ),
    )


def _give_asked(context: Context) -> None:
    """The answers of people as rows of leaves and readings; "asked, not known" is no answer."""
    plan = context.plan
    rows: list[tuple[str, int, int, float]] = []
    for reply in plan.study.replies:
        if reply.value is None:
            continue
        for (trial, node), leaf in plan.leaves.items():
            if isinstance(node, Ask) and trial == reply.trial and node.id == reply.clause:
                rows.append((reply.person, leaf.id, -1, float(bool(reply.value))))
        for (trial, node), reading in plan.readings.items():
            if isinstance(node, Ask) and node.gives == "number" and trial == reply.trial and node.id == reply.clause:
                rows.append((reply.person, -1, reading.id, float(reply.value)))
    columns: Sequence[Sequence[object]] = list(zip(*rows, strict=True)) if rows else [[], [], [], []]
    kinds = (pa.string(), pa.int64(), pa.int64(), pa.float64())
    names = ("id", "leaf", "reading", "value")
    context.engine.give(
        "asked_by_id", pa.table({n: pa.array(c, k) for n, c, k in zip(names, columns, kinds, strict=True)})
    )
    context.engine.keep(
        "asked",
        template(
            "SELECT persons.person, a.leaf, a.reading, a.value FROM asked_by_id AS a"
            " INNER JOIN persons ON persons.id = a.id"
        ),
    )


def read_numbers(context: Context, progress: Progress) -> None:
    """Tables numbers_0, numbers_1, ...: every reading, what it hangs on first."""
    plan, engine = context.plan, context.engine
    depths = [r.depth for r in plan.readings.values()] + [p.depth for p in plan.picks.values()]
    if not context.only:
        progress("facts, at once")
        give_bits(context)
    for depth in range(max([0, *depths]) + 1):
        progress(f"facts, step {depth + 1}")
        windows = frames(context, depth) if depth else None
        if windows is not None:
            engine.keep(context.name(f"frames_{depth}"), windows)
        trees = [
            t for t in (selections(context, depth), counts(context, depth), lines(context, depth)) if t is not None
        ]
        engine.keep(context.name(f"picked_{depth}"), sql.union_all(*trees) if trees else template(NOTHING))
        if not context.only:  # what evidence shows of a few people is too much to hold of everybody
            engine.drop(*(f"{kind}_{depth}_{part}" for kind, parts in PASSING.items() for part in parts))
        more: list[Tree] = [template(f"SELECT * FROM {context.name(f'picked_{depth}')}")]
        more += elapsed(context, [r for r in plan.readings.values() if r.depth == depth and is_elapsed(r.node)])
        if depth == 0:
            more.append(template(_answers(context)))
        if len(more) > 1:
            engine.keep(context.name(f"added_{depth}"), sql.union_all(*more[1:]))
            more = [more[0], template(f"SELECT * FROM {context.name(f'added_{depth}')}")]
        engine.view(context.name(f"numbers_{depth}"), sql.union_all(*more))


def _answers(context: Context) -> str:
    only = f"INNER JOIN {context.only} AS o ON o.person = a.person" if context.only else ""
    return f"""
        SELECT a.person, a.reading, a.value AS lower, a.value AS upper, 0 AS lower_open, 0 AS upper_open, 0 AS reasons, 0 AS notes
        FROM asked AS a {only} WHERE a.reading >= 0"""


def decide(context: Context, progress: Progress) -> None:
    """Tables leaf_rows, leaf_masks and judged: codes of leaves, their masks, and criteria with verdicts."""
    read_numbers(context, progress)
    engine = context.engine
    progress("leaves")
    engine.keep(context.name("leaf_rows"), leaf_rows(context))
    engine.keep(context.name("leaf_masks"), masks(context))
    progress("criteria")
    give_outcome(context)
    engine.keep("judged", judged(context.plan.study, "outcome"))
