"""The criteria on top of their leaves: one row per person, one code per criterion.

Scores, grades and definitions that several criteria share get a column of their own in an inner query, so that no
expression is written twice; what a leaf is comes from its code or, without a row, from its default.
"""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from typing import Any

from sqlglot import exp

from trialwright.language.nodes import Ask, Expression, FirstKnown, Grade, If, Quantity, Score
from trialwright.query import rails, sql
from trialwright.query.bits import direct_code
from trialwright.query.defaults import Default, is_silent
from trialwright.query.found import Context, as_truth
from trialwright.query.leaves import encoded, joined, numbers_of
from trialwright.query.levels import Levels
from trialwright.query.plan import Leaf, Reading, parts
from trialwright.query.rails import NumberRail, Rail, TruthRail
from trialwright.query.sql import Tree, template


class Columns:
    """A source over a wide row per person: codes of leaves, joined readings, and kept inner nodes."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.trial = ""
        self.used: dict[int, Leaf] = {}
        self.joined: dict[int, Reading] = {}
        self.levels = Levels()
        self._memo: dict[Any, Rail] = {}
        self._shared = shared(context)
        self.direct = {d.leaf.id: d for d in (*context.lanes.last, *context.lanes.exists)}

    def leaf(self, node: Expression) -> Rail | None:
        plan = self.context.plan
        key = (plan.owner(node, self.trial), node)
        if key in self._memo:
            return self._memo[key]
        if isinstance(node, Ask) and node.gives == "truth":
            found = plan.find_leaf(node, self.trial)
            assert found is not None
            return self._leaf(found)
        found = plan.find_leaf(node, self.trial)
        if found is not None:
            return self._leaf(found)
        reading = plan.find_reading(node, self.trial)
        if reading is not None:
            if reading.constant:
                return as_truth(node, self.context.defaults.rail(reading, None))
            self.joined[reading.id] = reading
            return as_truth(node, joined(reading))
        return None

    def name(self, tree: Tree) -> Tree:
        return self.levels.name(tree)

    def keep(self, node: Expression, rail: Rail) -> Rail:
        trial = self.context.plan.owner(node, self.trial)
        costly = isinstance(node, Score | Grade) or (isinstance(node, If | FirstKnown) and isinstance(rail, NumberRail))
        if (costly or self._shared[trial, node] > 1) and not isinstance(node, Quantity):
            rail = type(rail)(**{f.name: self.name(getattr(rail, f.name)) for f in fields(rail)})
        elif isinstance(rail, TruthRail):
            rail = replace(rail, met=self.name(rail.met), not_met=self.name(rail.not_met))
        self._memo[trial, node] = rail
        return rail

    def _leaf(self, leaf: Leaf) -> TruthRail:
        """A leaf from its code; one that is the same for everybody is written as it is."""
        default = self.context.defaults.leaf(leaf)
        if all(r.constant for r in leaf.readings) and not isinstance(leaf.node, Ask):
            assert default is not None
            fixed = default.spoken
            truth = (sql.TRUE if fixed & 3 == 1 else sql.FALSE, sql.TRUE if fixed & 3 == 0 else sql.FALSE)
            return TruthRail(*truth, sql.integer(fixed >> 2 & 8191), sql.integer(fixed >> 15))
        self.used[leaf.id] = leaf
        code = sql.column(f"c{leaf.id}")
        state = sql.operate(exp.BitwiseAnd, code, sql.integer(3))
        reasons = exp.BitwiseRightShift(this=code, expression=sql.integer(2))
        return TruthRail(
            sql.eq(state, sql.integer(1)),
            sql.eq(state, sql.ZERO),
            exp.Paren(this=sql.operate(exp.BitwiseAnd, reasons, sql.integer(8191))),
            exp.Paren(this=exp.BitwiseRightShift(this=code, expression=sql.integer(15))),
        )

    def without(self, leaf: Leaf) -> Tree:
        """The code of a leaf for people who have no row."""
        default = default_code(self.context.defaults.leaf(leaf))
        return direct_code(self.direct[leaf.id], "b", default) if leaf.id in self.direct else default


def shared(context: Context) -> Counter[Any]:
    """How often each inner node stands in the criteria."""
    counts: Counter[Any] = Counter()

    def visit(node: Expression, trial: str) -> None:
        mark = context.plan.owner(node, trial)
        counts[mark, node] += 1
        known = context.plan.find_leaf(node, trial) or context.plan.find_reading(node, trial)
        if counts[mark, node] == 1 and known is None:
            for part in parts(node):
                visit(part, trial)

    for trial in context.plan.study.trials:
        for criterion in trial.criteria:
            visit(criterion.expression, trial.id)
    return counts


def criteria_codes(context: Context, source: Columns | None = None) -> Tree:
    """Columns person, k0, k1, ...: the code of each criterion, in the order of the study."""
    source = source or Columns(context)
    codes: list[Tree] = []
    for trial in context.plan.study.trials:
        source.trial = trial.id
        for criterion in trial.criteria:
            codes.append(sql.named(encoded(rails.truth(criterion.expression, source), True), f"k{len(codes)}"))
    return sql.select([sql.column("person"), *codes], source.levels.over(wide(context, source)))


def wide(context: Context, source: Columns) -> Tree:
    """One row per person: codes of the leaves in use, and the readings that scores and formulas need."""
    only = f"INNER JOIN {context.only} AS o ON o.person = persons.person" if context.only else ""
    joins = []
    if any(i in source.direct for i in source.used):
        joins.append("INNER JOIN leaf_masks AS b ON b.person = persons.person")
    if source.used:
        pivot = ", ".join(f"MAX(CASE WHEN leaf = {i} THEN code END) AS c{i}" for i in source.used)
        ids = ", ".join(map(str, source.used))
        joins.append(
            f"LEFT JOIN (SELECT person, {pivot} FROM {context.name('leaf_rows')} WHERE leaf IN ({ids}) GROUP BY person) AS c"
            " ON c.person = persons.person"
        )
    for reading in source.joined.values():
        joins.append(
            f"LEFT JOIN {context.name(f'numbers_{reading.depth}')} AS n{reading.id} ON n{reading.id}.person = persons.person"
            f" AND n{reading.id}.reading = {reading.id}"
        )
    codes = [
        sql.named(sql.call("COALESCE", sql.column(f"c{leaf.id}", "c"), source.without(leaf)), f"c{leaf.id}")
        for leaf in source.used.values()
    ]
    columns = [template("persons.person"), *codes, *numbers_of(context, source.joined.values())]
    return sql.select(columns, f"persons {only} {' '.join(joins)}")


def default_code(default: Default | None) -> Tree:
    """The code of a leaf for people without a row; everybody has one where several observed periods decide."""
    if default is None:
        return sql.integer(2)
    if default.silence is None:
        return sql.integer(default.spoken)
    return sql.when((is_silent(default.silence), sql.integer(default.silent)), otherwise=sql.integer(default.spoken))
