"""Which facts lie in the windows of the picks: sure, possible, stated absent, or only older.

One statement for all picks whose window is the same for everybody and that have no `where`; one part each for the
others.  The rules are those of `language/selection.py`.
"""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from trialwright.language.nodes import Compare, Expression, In, Quantity, Select, ValueOf
from trialwright.query import rails, sql
from trialwright.query.defaults import Defaults, minutes
from trialwright.query.direct import LIMITS, Lanes, fact_test, lanes, member_mask
from trialwright.query.engines import Engine, Layout
from trialwright.query.limits import OPERATORS, fact_verdict
from trialwright.query.plan import Pick, Plan, Reading
from trialwright.query.rails import NumberRail, Rail, TruthRail
from trialwright.query.sql import Tree, template

RULES = ("latest", "earliest", "lowest", "highest", "nearest", "mean")
FACT = "concept, t_lo, t_hi, x_lo, x_hi, v_lo, v_hi, cats, r_lo, r_hi, lod, raw, unit, flags, problem, source"
ABSENT, UNCERTAIN, CONTESTED = 4, 8, 16


@dataclass(frozen=True)
class Context:
    """What every step of a run needs: the plan, the store's keys, the defaults, and where the trees run."""

    plan: Plan
    layout: Layout
    defaults: Defaults
    engine: Engine
    only: str = ""
    """A table of the people that are asked about; empty for everybody."""

    @functools.cached_property
    def lanes(self) -> Lanes:
        """The leaves that single facts decide.  They are read this way for everybody, never for a few people."""
        return lanes(self.plan, self.layout, self.defaults)

    def name(self, table: str) -> str:
        return f"{table}_of_{self.only}" if self.only else table

    def read(self, readings: Sequence[Reading]) -> list[Reading]:
        """Those whose numbers are wanted: of a few people only what windows and tests hang on, their facts are shown."""
        return [r for r in readings if not self.only or r.id in self.plan.shared]


def frame_key(pick: Pick) -> Any:
    return pick.window, pick.node.near if isinstance(pick.node, Select) else None


def found(context: Context, picks: Sequence[Pick], name: str, older: bool, hard: Sequence[Pick] = ()) -> Tree:
    """The facts of the picks that could lie in their windows (and, with `older`, those before them).

    Of the picks in `hard`, only those of the people and picks in the table `{name}_hard`.
    """
    fixed = [p for p in picks if not is_moved(context, p)]
    plain = [p for p in fixed if not p.facts.where]
    tested = [p for p in fixed if fact_test(p) is not None]
    parts = []
    if hard:
        hard_windows = f"(SELECT h.person, w.* FROM {name}_hard AS h INNER JOIN {name}_last AS w ON w.pick = h.pick)"
        joins = f"INNER JOIN {hard_windows} AS w ON w.person = f.person AND w.concept = f.concept"
        tests = OF_WINDOW if any(p.facts.where for p in hard) else ("", "")
        parts.append(_select("facts AS f", joins, "w.pick", context, older, tests=tests))
    if plain:
        give_windows(context, plain, name)
        parts.append(
            _select("facts AS f", f"INNER JOIN {name} AS w ON f.concept = w.concept", "w.pick", context, older)
        )
    if tested:
        give_windows(context, tested, f"{name}_tested")
        joins = f"INNER JOIN {name}_tested AS w ON f.concept = w.concept"
        parts.append(_select("facts AS f", joins, "w.pick", context, older, tests=OF_WINDOW))
    together = {p.id for p in (*plain, *tested)}
    parts += [_single(context, pick, older) for pick in picks if pick.id not in together]
    if not parts:
        return template(_nothing())
    result = parts[0]
    for part in parts[1:]:
        result = sql.union_all(result, part)
    return result


def _moved(context: Context, pick: Pick) -> bool:
    return isinstance(pick.node, Select) and pick.node.near is not None and context.plan.hangs(pick.node.near)


def is_moved(context: Context, pick: Pick) -> bool:
    """Whether the window or the instant to be near to differs from person to person."""
    return pick.frame is None or _moved(context, pick)


def give_windows(context: Context, picks: Sequence[Pick], name: str) -> None:
    """The table of fixed windows, one row per pick and concept, with what is asked of the facts."""
    rows: list[tuple[int | None, ...]] = []
    limits: list[float | None] = []
    for pick in picks:
        assert pick.frame is not None
        rule, near_lo, near_hi = _rule(context, pick)
        bounds = minutes(pick.frame)
        test = fact_test(pick)
        sign = OPERATORS.index(test.operator) if isinstance(test, Compare) else None
        limit = float(test.right.value) if isinstance(test, Compare) and isinstance(test.right, Quantity) else None
        for concept in dict.fromkeys(pick.facts.concepts):
            if concept in context.layout.concepts:
                mask = member_mask(context.layout, concept, test.members) if isinstance(test, In) else None
                key = context.layout.concepts[concept]
                rows.append((pick.id, key, *bounds, rule, near_lo, near_hi, mask, sign))
                limits.append(limit)
    names = ("pick", "concept", "ws_lo", "ws_hi", "we_lo", "we_hi", "rule", "near_lo", "near_hi", "members", "sign")
    table = integers(names, rows).append_column("threshold", pa.array(limits, pa.float64()))
    context.engine.give(name, table)


def integers(names: Sequence[str], rows: Sequence[Sequence[int | None]]) -> pa.Table:
    """A table of whole numbers."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pa.table({n: pa.array(c, pa.int64()) for n, c in zip(names, columns, strict=True)})


def _rule(context: Context, pick: Pick) -> tuple[int, int, int]:
    if not isinstance(pick.node, Select):
        return 0, 0, 0
    near_lo = near_hi = 0
    if pick.node.near is not None and not _moved(context, pick):
        span = context.plan.moment(pick.node.near).span
        if span is not None:
            near_lo, near_hi = span.first_day, span.last_day
    return RULES.index(pick.node.rule), near_lo, near_hi


OF_FACT = ("f.fails = 0 AND ", "f.passes = 1 AND ")
_STATE = f"""(CASE WHEN w.members IS NOT NULL THEN CASE WHEN (f.cats & w.members) <> 0 THEN 1 WHEN f.cats IS NOT NULL THEN 0 END
    WHEN w.sign IS NULL THEN 1 ELSE {fact_verdict("w.sign", "w.threshold")} END)"""
OF_WINDOW = (f"COALESCE({_STATE}, 1) = 1 AND ", f"COALESCE({_STATE}, 0) = 1 AND ")
"""Whether a fact may pass the tests of a pick, and must; as columns of the fact, or from the table of windows."""


def _select(
    tables: str,
    joins: str,
    pick: str,
    context: Context,
    older: bool,
    where: str = "TRUE",
    tests: tuple[str, str] = ("", ""),
) -> Tree:
    """`sure`, `possible`, `absent`, `older` (0 or 1) of each fact in reach; the mark of a rule as k_must and k_may."""
    only = f"INNER JOIN {context.only} AS o ON o.person = f.person" if context.only else ""
    end = "COALESCE(f.e_hi, f.t_hi)"
    may, must = tests
    reach = "f.t_lo <= GREATEST(w.we_hi, w.ws_lo)" if older else f"f.t_lo <= w.we_hi AND {end} >= w.ws_lo"
    return template(f"""
        SELECT person, pick, rule, {FACT}, possible, absent, older,
            CASE WHEN possible = 1 AND must = 1 AND uncertain = 0 THEN 1 ELSE 0 END AS sure, uncertain,
            CASE rule WHEN 0 THEN t_lo WHEN 1 THEN -t_hi WHEN 2 THEN -COALESCE(v_hi, CAST('Infinity' AS DOUBLE))
                WHEN 3 THEN COALESCE(v_lo, -CAST('Infinity' AS DOUBLE))
                WHEN 4 THEN -GREATEST(ABS(d_hi - near_lo), ABS(near_hi - d_lo)) ELSE 0 END AS k_must,
            CASE rule WHEN 0 THEN t_hi WHEN 1 THEN -t_lo WHEN 2 THEN -COALESCE(v_lo, -CAST('Infinity' AS DOUBLE))
                WHEN 3 THEN COALESCE(v_hi, CAST('Infinity' AS DOUBLE))
                WHEN 4 THEN -GREATEST(0, d_lo - near_hi, near_lo - d_hi) ELSE 0 END AS k_may
        FROM (
            SELECT f.person, {pick} AS pick, w.rule, w.near_lo, w.near_hi, f.concept, f.t_lo, f.t_hi,
                COALESCE(f.e_lo, f.t_lo) AS x_lo, COALESCE(f.e_hi, f.t_hi) AS x_hi, f.v_lo, f.v_hi, f.cats, f.r_lo,
                f.r_hi, f.lod, f.raw, f.unit, f.flags, f.problem, f.source,
                CAST(FLOOR(f.t_lo / 1440e0) AS BIGINT) AS d_lo, CAST(FLOOR(f.t_hi / 1440e0) AS BIGINT) AS d_hi,
                CASE WHEN {may}(f.flags & {ABSENT}) = 0 AND f.t_lo <= w.we_hi AND COALESCE(f.e_hi, f.t_hi) >= w.ws_lo THEN 1 ELSE 0 END AS possible,
                CASE WHEN {must}f.t_hi <= w.we_lo AND COALESCE(f.e_lo, f.t_lo) >= w.ws_hi THEN 1 ELSE 0 END AS must,
                CASE WHEN (f.flags & {UNCERTAIN}) = 0 THEN 0 ELSE 1 END AS uncertain,
                CASE WHEN (f.flags & {ABSENT}) <> 0 AND (f.flags & {UNCERTAIN}) = 0 AND f.t_hi <= w.we_lo
                    AND COALESCE(f.e_lo, f.t_lo) >= w.ws_hi THEN 1 ELSE 0 END AS absent,
                CASE WHEN COALESCE(f.e_hi, f.t_hi) < w.ws_lo THEN 1 ELSE 0 END AS older
            FROM {tables} {joins} {only}
            WHERE {reach} AND {where}
        ) AS reached""")


def _nothing() -> str:
    fact = FACT.replace("x_lo, x_hi", "e_lo AS x_lo, e_hi AS x_hi")
    flags = ", ".join(f"0 AS {n}" for n in ("possible", "absent", "older", "sure", "uncertain", "k_must", "k_may"))
    return f"SELECT person, 0 AS pick, 0 AS rule, {fact}, {flags} FROM facts WHERE FALSE"


def _single(context: Context, pick: Pick, older: bool) -> Tree:
    """The facts of one pick that has tests, or a window of each person's own."""
    concepts = ", ".join(map(str, context.layout.keys(pick.facts.concepts))) or "-1"
    rule, near_lo, near_hi = _rule(context, pick)
    if is_moved(context, pick):
        near = "w.near_lo, w.near_hi"
        frames = context.name(f"frames_{pick.depth}")
        number = frame_number(context, pick)
        window = (
            f"INNER JOIN (SELECT person, ws_lo, ws_hi, we_lo, we_hi, {rule} AS rule, {near} FROM {frames} AS w"
            f" WHERE frame = {number} AND ok = 1) AS w ON w.person = f.person"
        )
    else:
        assert pick.frame is not None
        bounds = [f"{b} AS {n}" for b, n in zip(minutes(pick.frame), ("ws_lo", "ws_hi", "we_lo", "we_hi"), strict=True)]
        window = (
            f"CROSS JOIN (SELECT {', '.join(bounds)}, {rule} AS rule, {near_lo} AS near_lo, {near_hi} AS near_hi) AS w"
        )
    if not pick.facts.where:
        return _select("facts AS f", window, str(pick.id), context, older, f"f.concept IN ({concepts})")
    source = FactSource(context, pick)
    tests = [rails.truth(expression, source) for expression in pick.facts.where]
    yes, no = sql.both(*(t.met for t in tests)), sql.either(*(t.not_met for t in tests))
    passes, fails = (t.sql(dialect="duckdb") for t in (yes, no))
    tested = (
        f"(SELECT f.*, CASE WHEN {passes} THEN 1 ELSE 0 END AS passes, CASE WHEN {fails} THEN 1 ELSE 0 END AS fails"
        f" FROM facts AS f {source.joins()} WHERE f.concept IN ({concepts})) AS f"
    )
    return _select(tested, window, str(pick.id), context, older, tests=OF_FACT)


def frame_number(context: Context, pick: Pick) -> int:
    """Windows that are each person's own are numbered by the first pick that has them."""
    return next(p.id for p in context.plan.picks.values() if frame_key(p) == frame_key(pick) and p.depth == pick.depth)


class FactSource:
    """The leaves of a `where`: the columns of the fact `f`, and readings of the same person."""

    def __init__(self, context: Context, pick: Pick) -> None:
        self.context = context
        self.pick = pick
        self.aliases: dict[int, str] = {}

    def joins(self) -> str:
        tables = [
            f"LEFT JOIN {numbers_table(self.context, r)} AS {a} ON {a}.person = f.person AND {a}.reading = {r}"
            for r, a in self.aliases.items()
        ]
        return " ".join([*tables, "LEFT JOIN persons ON persons.person = f.person"] if tables else [])

    def keep(self, node: Expression, rail: Rail) -> Rail:
        return rail

    def name(self, tree: Tree) -> Tree:
        return tree

    def leaf(self, node: Expression) -> Rail | None:
        match node:
            case ValueOf(selection=None):
                return fact_number(node)
            case In(category=ValueOf(selection=None), members=members):
                mask = self.members(members)
                hit = template(f"COALESCE((f.cats & {mask}) <> 0, FALSE)")
                miss = template(f"COALESCE((f.cats & {mask}) = 0, FALSE)")
                return TruthRail(hit, miss)
        reading = self.context.plan.find_reading(node, "")
        if reading is None:
            return None
        alias = None
        if not reading.constant:
            alias = self.aliases.setdefault(reading.id, f"r{reading.id}")
        return as_truth(node, self.context.defaults.rail(reading, alias))

    def members(self, members: Sequence[str]) -> str:
        masks = {c: member_mask(self.context.layout, c, members) for c in self.pick.facts.concepts}
        branches = " ".join(
            f"WHEN {self.context.layout.concepts[c]} THEN {m}"
            for c, m in masks.items()
            if c in self.context.layout.concepts
        )
        return f"(CASE f.concept {branches} ELSE 0 END)" if branches else "0"


def as_truth(node: Any, rail: NumberRail) -> Rail:
    """A truth that is read as a number: 1 met, 0 not met, [0, 1] unknown."""
    if not isinstance(node, In | Compare):
        return rail
    half = sql.double(0.5)
    return TruthRail(sql.lt(half, rail.lower), sql.lt(rail.upper, half), rail.reasons, rail.notes)


def numbers_table(context: Context, reading: int) -> str:
    depth = next(r.depth for r in context.plan.readings.values() if r.id == reading)
    return context.name(f"numbers_{depth}")


def fact_number(node: ValueOf) -> NumberRail:
    """A part of the fact `f` itself."""
    if node.part == "value":
        low = template("COALESCE(f.v_lo, -CAST('Infinity' AS DOUBLE))")
        high = template("COALESCE(f.v_hi, CAST('Infinity' AS DOUBLE))")
        point = "COALESCE(f.v_lo = f.v_hi, TRUE)"
        return NumberRail(
            low,
            high,
            template(f"(f.flags & 1) <> 0 AND NOT {point}"),
            template(f"(f.flags & 2) <> 0 AND NOT {point}"),
            template(f"CASE WHEN {point} AND f.v_lo IS NOT NULL THEN 0 ELSE 1 END"),
        )
    name = LIMITS[node.part]
    if node.default is not None:
        limit = sql.call("COALESCE", sql.column(name, "f"), sql.double(float(node.default)))
        return NumberRail(limit, limit)
    low, high = (template(f"COALESCE(f.{name}, {sign}CAST('Infinity' AS DOUBLE))") for sign in ("-", ""))
    return NumberRail(low, high)
