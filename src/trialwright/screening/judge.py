"""Criteria judged again for some people of a kept run, over arrays: only what is new is read from the facts.

A leaf that the run has decided is three bits of its masks; a score is added up from them.  A new leaf is read once from
the facts of its concepts.  Where an expression holds what neither can give (a question nobody was asked, a score with
items of its own), `sees` says so and the engine has to decide.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
import pyarrow.parquet as pq

from trialwright.language import nodes as n
from trialwright.query.masks import kinds_of
from trialwright.query.plan import Leaf, is_leaf, parts
from trialwright.query.screening import FILES, Screening
from trialwright.query.sql import WORD, reason
from trialwright.query.study import Criterion
from trialwright.screening.logic import (
    OUT,
    Bools,
    Intervals,
    Truths,
    always,
    at_least,
    choose,
    compare,
    first_known,
    negated,
)
from trialwright.screening.readings import FromRun, from_facts
from trialwright.screening.standing import Keys, Standing

Moved = Mapping[int, Truths]
"""Truths that stand in for nodes, by the identity of the node."""
NONE: Moved = {}


class Judge:
    """Decides expressions for the chosen people of a run."""

    def __init__(self, screening: Screening, at: Standing, rows: Bools) -> None:
        self.persons: Keys = at.persons[rows]
        self.size = len(self.persons)
        self.run = FromRun(screening, at.trial.id, self.persons)
        self._screening, self._trial, self._rows = screening, at.trial.id, rows
        self._words: dict[str, Keys] = {}
        self.sides: dict[n.Compare, tuple[Intervals, Intervals]] = {}
        """What comparisons of scores compare, once `read`."""
        self._given: dict[n.Expression, Truths] = {}
        self._memo: dict[int, Truths] = {}
        self._root: n.Expression | None = None

    def sees(self, expression: n.Expression) -> bool:
        """Whether the kept run and the facts say enough to decide the expression without the engine."""
        return all(
            isinstance(node, n.Unsupported)
            or (isinstance(node, n.Compare | n.In) and (is_leaf(node) or self.run.holds(node)))
            or (isinstance(node, n.Ask) and self.run.leaf(node) is not None)
            for node in atoms(expression)
        )

    def read(self, expressions: Sequence[n.Expression]) -> None:
        """Read what is new in the expressions, so that `truth` can decide them."""
        found = [node for expression in expressions for node in atoms(expression)]
        new = list(dict.fromkeys(a for a in found if is_leaf(a) and self.run.leaf(a) is None))
        above = list(dict.fromkeys(a for a in found if isinstance(a, n.Compare) and not is_leaf(a)))
        sides = self.run.numbers([side for node in above for side in (node.left, node.right)])
        for i, node in enumerate(above):
            left, right = self.sides[node] = sides[2 * i], sides[2 * i + 1]
            self._given[node] = compare(left, node.operator, right)
        if new:
            with from_facts(self._screening, self._trial, new, self.persons) as facts:
                self._given |= {node: facts.truth(node) for node in new}

    def truth(self, node: n.Expression, moved: Moved = NONE) -> Truths:
        """The truth of an expression; with `moved`, some nodes below it stand as given."""
        if node is not self._root:
            self._root, self._memo = node, {}
        return self._truth(node, moved, above(node, moved))

    def _truth(self, node: n.Expression, moved: Moved, path: Collection[int]) -> Truths:
        if id(node) in moved:
            return moved[id(node)]
        if id(node) in path:
            return self._inner(node, moved, path)
        if id(node) not in self._memo:
            self._memo[id(node)] = self._inner(node, NONE, ())
        return self._memo[id(node)]

    def _inner(self, node: n.Expression, moved: Moved, path: Collection[int]) -> Truths:
        def of(part: n.Expression) -> Truths:
            return self._truth(part, moved, path)

        match node:
            case n.AtLeast():
                return at_least(node.count, [of(part) for part in node.parts], self.size)
            case n.Not():
                return negated(of(node.part))
            case n.If():
                other = always(True, self.size) if node.otherwise is None else of(node.otherwise)
                return choose(of(node.condition), of(node.then), other)
            case n.FirstKnown():
                return first_known([of(part) for part in node.parts])
            case n.Unsupported():
                return always(None, self.size, counted=reason("unsupported") & ~OUT != 0)
        leaf = self.run.leaf(node) if is_leaf(node) else None
        return self._given[node] if leaf is None else self._kept(leaf)

    def _kept(self, leaf: Leaf) -> Truths:
        """A leaf as the run has it; one that is the same for everybody is said by its default."""
        if all(r.constant for r in leaf.readings) and not isinstance(leaf.node, n.Ask):
            default = self.run.defaults.leaf(leaf)
            assert default is not None
            met, not_met, counted = kinds_of(default.spoken)
            return always(met if met or not_met else None, self.size, counted)
        return Truths(*(self._word(f"{kind}{leaf.id // WORD}") >> (leaf.id % WORD) & 1 == 1 for kind in "tfo"))

    def _word(self, name: str) -> Keys:
        if name not in self._words:
            table = pq.read_table(self._screening.folder / FILES[0], columns=[name])
            self._words[name] = np.asarray(table.column(name).to_numpy(), np.int64)[self._rows]
        return self._words[name]


def atoms(node: n.Expression) -> Iterator[n.Expression]:
    """The truths without truths beside or below them that count as their own: leaves and comparisons of scores."""
    if isinstance(node, n.AtLeast | n.Not | n.If | n.FirstKnown):
        for part in parts(node):
            yield from atoms(part)
    else:
        yield node


def above(node: n.Expression, chosen: Collection[int]) -> set[int]:
    """The identities of the nodes that have one of the chosen below them."""
    if not isinstance(node, n.AtLeast | n.Not | n.If | n.FirstKnown):
        return set()
    found: set[int] = set()
    for part in parts(node):
        found |= above(part, chosen)
        if id(part) in chosen or id(part) in found:
            found.add(id(node))
    return found


def outcome(criterion: Criterion, truths: Truths) -> tuple[Bools, Bools, Bools]:
    """Whether a criterion with this truth excludes, whether it holds back on the record, and whether it is unknown."""
    unknown = truths.unknown
    holds = np.zeros(len(unknown), bool) if criterion.later else unknown & truths.counted
    return truths.not_met if criterion.kind == "inclusion" else truths.met, holds, unknown
