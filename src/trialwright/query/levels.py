"""Intermediate columns: an expression that is used more than once is computed in an inner query and named.

Each level of queries adds the columns that rest only on the levels below it.
"""

from __future__ import annotations

from sqlglot import exp

from trialwright.query import sql
from trialwright.query.sql import Tree


class Levels:
    """Names expressions and keeps them in the order in which they can be computed."""

    def __init__(self) -> None:
        self._levels: list[list[Tree]] = []
        self._level_of: dict[str, int] = {}

    def name(self, tree: Tree) -> Tree:
        """A column that stands for the expression; what is short already stays as it is."""
        if isinstance(tree, exp.Literal | exp.Boolean | exp.Column) or sql.literal(tree) is not None:
            return tree
        level = 1 + max((self._level_of.get(c.name, -1) for c in tree.find_all(exp.Column)), default=-1)
        name = f"x{len(self._level_of)}"
        self._level_of[name] = level
        while len(self._levels) <= level:
            self._levels.append([])
        self._levels[level].append(sql.named(tree, name))
        return sql.column(name)

    def over(self, inner: Tree) -> Tree:
        """The inner query with all named columns on top."""
        for level in self._levels:
            inner = sql.select([exp.Star(), *level], inner)
        return inner
