"""The truth of each leaf for each person who has anything to say about it, as one integer.

A code holds the state (0 not met, 1 met, 2 unknown), the reasons from bit 2 and the notes from bit 15.  A number against
a fixed limit is decided for all leaves in one statement; a formula over several readings takes one of its own.
"""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
from sqlglot import exp

from trialwright.language.interpret import Interpreter, recorded_in_either_unit
from trialwright.language.nodes import Ask, Compare, Expression, In
from trialwright.language.values import Number
from trialwright.query import rails, sql
from trialwright.query.bits import unsure_rows
from trialwright.query.direct import MIRRORED
from trialwright.query.found import Context, as_truth, integers
from trialwright.query.levels import Levels
from trialwright.query.limits import OPERATORS, verdict
from trialwright.query.plan import Leaf, Reading
from trialwright.query.rails import NumberRail, Rail, TruthRail
from trialwright.query.sql import NOT_APPLICABLE_AT, NOTES_AT, REASONS_AT, Tree, reason, template

NOTHING = "SELECT person, 0 AS leaf, 0 AS code FROM persons WHERE FALSE"


def encoded(rail: TruthRail, not_applicable: bool = False) -> Tree:
    """The code of a truth."""
    state = sql.when((rail.met, sql.integer(1)), (rail.not_met, sql.integer(0)), otherwise=sql.integer(2))
    parts = [state]
    if not sql.is_zero(rail.reasons):
        parts.append(sql.operate(exp.Mul, rail.reasons, sql.integer(1 << REASONS_AT)))
    if not sql.is_zero(rail.notes):
        parts.append(sql.operate(exp.Mul, rail.notes, sql.integer(1 << NOTES_AT)))
    if not_applicable and rail.not_applicable is not sql.FALSE:
        parts.append(sql.when((rail.not_applicable, sql.integer(1 << NOT_APPLICABLE_AT)), otherwise=sql.ZERO))
    return sql.bits(*parts)


def leaf_rows(context: Context) -> Tree:
    """Rows (person, leaf, code) of everybody who has a row in what the leaf reads."""
    simple: list[tuple[Leaf, Reading, str, float]] = []
    truths: list[tuple[Leaf, Reading]] = []
    trees: list[Tree] = []
    for leaf in context.plan.leaves.values():
        if all(r.constant for r in leaf.readings) and not isinstance(leaf.node, Ask):
            continue
        if isinstance(leaf.node, Ask):
            continue
        node = leaf.node
        if isinstance(node, In) or (isinstance(node, Compare) and recorded_in_either_unit(node) is not None):
            truths.append((leaf, leaf.readings[0]))
        elif isinstance(node, Compare) and (plain := plain_comparison(context, node, leaf.trial)) is not None:
            simple.append((leaf, *plain))
        else:
            trees.append(_formula(context, leaf))
    depths = {r.depth for r in context.plan.readings.values() if not r.constant}
    if simple:
        _give_limits(context, simple)
        present = {r.depth for _, r, _, _ in simple}
        trees += [template(_simple(context, d)) for d in sorted(depths & present)]
    if truths:
        rows = [(leaf.id, reading.id) for leaf, reading in truths]
        context.engine.give(context.name("leaf_truths"), integers(("leaf", "reading"), rows))
        trees += [template(_truths(context, d)) for d in sorted({r.depth for _, r in truths})]
    if any(isinstance(leaf.node, Ask) for leaf in context.plan.leaves.values()):
        trees.append(template(_asked(context)))
    if not context.only and (unsure := unsure_rows(context)) is not None:
        trees.append(template(unsure))
    return sql.union_all(*trees) if trees else template(NOTHING)


def plain_comparison(context: Context, node: Compare, trial: str) -> tuple[Reading, str, float] | None:
    """A reading, an operator and a fixed limit, whichever side the limit stands on."""
    for one, other, operator in (
        (node.left, node.right, node.operator),
        (node.right, node.left, MIRRORED[node.operator]),
    ):
        reading = context.plan.find_reading(one, trial)
        if reading is None or reading.constant:
            continue
        if any(not r.constant for r in context.plan.read_by(other, trial)):
            continue
        limit = Interpreter(context.plan.fixed).value(other)
        if isinstance(limit, Number) and limit.is_point and not limit.notes:
            return reading, operator, limit.lower
    return None


def _give_limits(context: Context, simple: Sequence[tuple[Leaf, Reading, str, float]]) -> None:
    rows = [(leaf.id, reading.id, OPERATORS.index(operator)) for leaf, reading, operator, _ in simple]
    table = integers(("leaf", "reading", "operator"), rows)
    limits = pa.array([limit for _, _, _, limit in simple], pa.float64())
    context.engine.give(context.name("leaf_limits"), table.append_column("threshold", limits))


def _simple(context: Context, depth: int) -> str:
    state = verdict("l.operator", "n.lower", "n.upper", "n.lower_open = 1", "n.upper_open = 1", "l.threshold")
    return f"""
        SELECT person, leaf, CASE WHEN state IS NOT NULL THEN state WHEN reasons = 0 THEN {2 | reason("conflict") << 2}
            ELSE 2 | (reasons * 4) END | (notes * 32768) AS code
        FROM (
            SELECT n.person, l.leaf, n.reasons, n.notes, {state} AS state
            FROM {context.name(f"numbers_{depth}")} AS n INNER JOIN {context.name("leaf_limits")} AS l ON l.reading = n.reading
        ) AS s"""


def _truths(context: Context, depth: int) -> str:
    return f"""
        SELECT n.person, l.leaf, CASE WHEN n.lower > 5e-1 THEN 1 WHEN n.upper < 5e-1 THEN 0
            ELSE 2 | (n.reasons * 4) END | (n.notes * 32768) AS code
        FROM {context.name(f"numbers_{depth}")} AS n INNER JOIN {context.name("leaf_truths")} AS l ON l.reading = n.reading"""


def _asked(context: Context) -> str:
    only = f"INNER JOIN {context.only} AS o ON o.person = a.person" if context.only else ""
    return f"SELECT a.person, a.leaf, CASE WHEN a.value <> 0 THEN 1 ELSE 0 END AS code FROM asked AS a {only} WHERE a.leaf >= 0"


class Readings:
    """A source whose leaves are readings, each joined under an alias of its own."""

    def __init__(self, context: Context, trial: str) -> None:
        self.context = context
        self.trial = trial
        self.joined: dict[int, Reading] = {}
        self.levels = Levels()
        self._memo: dict[Expression, Rail] = {}

    def keep(self, node: Expression, rail: Rail) -> Rail:
        self._memo[node] = rail
        return rail

    def name(self, tree: Tree) -> Tree:
        return self.levels.name(tree)

    def leaf(self, node: Expression) -> Rail | None:
        if node in self._memo:
            return self._memo[node]
        reading = self.context.plan.find_reading(node, self.trial)
        if reading is None:
            return None
        if reading.constant:
            return as_truth(node, self.context.defaults.rail(reading, None))
        self.joined[reading.id] = reading
        return as_truth(node, joined(reading))

    def joins(self, person: str) -> str:
        return " ".join(
            f"LEFT JOIN {self.context.name(f'numbers_{r.depth}')} AS n{r.id} ON n{r.id}.person = {person}.person"
            f" AND n{r.id}.reading = {r.id}"
            for r in self.joined.values()
        )


def _formula(context: Context, leaf: Leaf) -> Tree:
    """One leaf over several readings, for the people who have a row in any of them."""
    source = Readings(context, leaf.trial)
    rail = rails.truth(leaf.node, source)
    code = encoded(rail)
    only = f"INNER JOIN {context.only} AS o ON o.person = persons.person" if context.only else ""
    if context.defaults.leaf(leaf) is None:
        people = f"persons {only}"
    else:
        some = " UNION ".join(
            f"SELECT person FROM {context.name(f'numbers_{r.depth}')} WHERE reading = {r.id}"
            for r in source.joined.values()
        )
        people = f"({some}) AS b INNER JOIN persons ON persons.person = b.person"
    columns = [template("persons.person"), *numbers_of(context, source.joined.values())]
    inner = sql.select(columns, f"{people} {source.joins('persons')}")
    shown = [sql.column("person"), sql.named(sql.integer(leaf.id), "leaf"), sql.named(code, "code")]
    return sql.select(shown, source.levels.over(inner))


NUMBER = ("lower", "upper", "lower_open", "upper_open", "reasons", "notes")


def joined(reading: Reading) -> NumberRail:
    """The rail of a reading whose columns `numbers_of` has put into an inner query."""
    return NumberRail(**{name: sql.column(f"n{reading.id}_{name}") for name in NUMBER})


def numbers_of(context: Context, readings: Iterable[Reading]) -> list[Tree]:
    """Columns of the joined readings, with their defaults for people without a row."""
    rails_of = [(r.id, context.defaults.rail(r, f"n{r.id}")) for r in readings]
    return [sql.named(getattr(rail, name), f"n{number}_{name}") for number, rail in rails_of for name in NUMBER]
