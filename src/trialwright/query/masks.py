"""Two bits per person and leaf: which leaves are met, which are not; criteria become tests of bits.

A third mask says which unknown leaves have a reason that the verdict on the record counts.  People without a row take
the defaults, so that the masks are complete.
"""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from trialwright.language.nodes import Ask, Expression
from trialwright.language.values import OUT_OF_RECORD
from trialwright.query import rails, sql
from trialwright.query.defaults import Silence, is_silent
from trialwright.query.found import Context
from trialwright.query.leaves import add_numbers
from trialwright.query.plan import Leaf, parts
from trialwright.query.rails import Rail, TruthRail
from trialwright.query.skeleton import Columns
from trialwright.query.sql import Tree, integer, negate, template

WORD = 62
OUT = sql.reason(*OUT_OF_RECORD)
COUNTED = sql.reason("no_data")
KINDS = ("t", "f", "o")
"""Met, not met, and unknown for a reason that counts."""


def bit(index: int) -> int:
    return 1 << index % WORD


def kinds_of(code: int) -> tuple[bool, bool, bool]:
    """Which of the three masks hold a leaf with this code."""
    return code & 3 == 1, code & 3 == 0, code & 3 == 2 and code >> 2 & 8191 & ~OUT != 0


def masks(context: Context) -> Tree:
    """One row per person: words t0.., f0.., o0.. over all leaves."""
    leaves = list(context.plan.leaves.values())
    words = range(-(-len(leaves) // WORD) or 1)
    state = {
        "t": "(code & 3) = 1",
        "f": "(code & 3) = 0",
        "o": f"(code & 3) = 2 AND ((code >> 2) & {8191 & ~OUT}) <> 0",
    }
    grouped = ", ".join(
        f"BIT_OR(CASE WHEN leaf BETWEEN {w * WORD} AND {w * WORD + WORD - 1} AND {test}"
        f" THEN CAST(1 AS BIGINT) << CAST(leaf - {w * WORD} AS INTEGER) ELSE CAST(0 AS BIGINT) END) AS {kind}{w}"
        for w in words
        for kind, test in [*state.items(), ("h", "TRUE")]
    )
    only = f"INNER JOIN {context.only} AS o ON o.person = persons.person" if context.only else ""
    tree = template(
        f"SELECT persons.person FROM persons {only} LEFT JOIN (SELECT person, {grouped}"
        f" FROM {context.name('leaf_rows')} GROUP BY person) AS g ON g.person = persons.person"
    )
    for w in words:
        own = leaves[w * WORD : w * WORD + WORD]
        for place, kind in enumerate(KINDS):
            default = _default(context, own, place)
            missing = sql.call("COALESCE", sql.column(f"h{w}", "g"), sql.ZERO)
            filled = sql.call("COALESCE", sql.column(f"{kind}{w}", "g"), sql.ZERO)
            rest = template("d & (~(h))").transform(_fill(default, missing))
            tree.append(
                "expressions", sql.named(filled if sql.is_zero(default) else sql.bits(filled, rest), f"{kind}{w}")
            )
    return tree


def _fill(default: Tree, missing: Tree) -> object:
    def put(node: Tree) -> Tree:
        if isinstance(node, exp.Column):
            return exp.Paren(this=default) if node.name == "d" else missing
        return node

    return put


def _default(context: Context, leaves: list[Leaf], place: int) -> Tree:
    """The mask of a person without rows; it depends on which windows the source observed."""
    always = 0
    by_period: dict[Silence, list[int]] = {}
    for leaf in leaves:
        default = context.defaults.leaf(leaf)
        if default is None:
            continue
        spoken, silent = kinds_of(default.spoken)[place], kinds_of(default.silent)[place]
        if default.silence is None:
            always |= bit(leaf.id) if spoken else 0
        else:
            pair = by_period.setdefault(default.silence, [0, 0])
            pair[0] |= bit(leaf.id) if silent else 0
            pair[1] |= bit(leaf.id) if spoken else 0
    parts = [integer(always)]
    for silence, (silent_mask, spoken_mask) in by_period.items():
        parts.append(sql.when((is_silent(silence), integer(silent_mask)), otherwise=integer(spoken_mask)))
    return sql.bits(*parts)


class Bits(Columns):
    """A source whose leaves are bits of a person's masks; reasons are only "counts" or "does not count"."""

    def _leaf(self, leaf: Leaf) -> TruthRail:
        if all(r.constant for r in leaf.readings) and not isinstance(leaf.node, Ask):
            return super()._leaf(leaf)
        self.used[leaf.id] = leaf
        word = leaf.id // WORD
        mask = integer(bit(leaf.id))
        met, not_met, counts = (
            sql.negate(sql.eq(sql.operate(exp.BitwiseAnd, sql.column(f"{kind}{word}"), mask), sql.ZERO))
            for kind in KINDS
        )
        counted = (counts, integer(COUNTED))
        if not may_be_left_out(self.context, leaf):
            return TruthRail(met, not_met, sql.when(counted, otherwise=sql.ZERO))
        unknown = negate(sql.either(met, not_met))
        return TruthRail(met, not_met, sql.when(counted, (unknown, integer(OUT)), otherwise=sql.ZERO))

    def keep(self, node: Expression, rail: Rail) -> Rail:
        """Notes and what is not applicable do not matter to a verdict."""
        if isinstance(rail, TruthRail):
            return super().keep(node, replace(rail, notes=sql.ZERO, not_applicable=sql.FALSE))
        return super().keep(node, replace(rail, notes=sql.ZERO))

    def leaf(self, node: Expression) -> Rail | None:
        found = super().leaf(node)
        return found if found is None else replace(found, notes=sql.ZERO)


def may_be_left_out(context: Context, leaf: Leaf) -> bool:
    """Whether a leaf can be unknown for reasons that the verdict on the record leaves out."""
    default = context.defaults.leaf(leaf)
    if default is None or isinstance(leaf.node, Ask) or any(r.depth != 0 for r in leaf.readings):
        return True
    return any(code >> 2 & OUT for code in (default.spoken, default.silent))


def leaves_of(context: Context, node: Expression, trial: str) -> Iterator[Leaf]:
    """The leaves below a node."""
    found = context.plan.find_leaf(node, trial)
    if found is not None:
        yield found
    elif context.plan.find_reading(node, trial) is None:
        for part in parts(node):
            yield from leaves_of(context, part, trial)


def outcome(context: Context, words: str) -> Tree:
    """One row per person; for trial i and word w of its criteria: met m{i}_{w}, not met n{i}_{w}, left out a{i}_{w}."""
    source = Bits(context)
    columns: list[Tree] = []
    for i, trial in enumerate(context.plan.study.trials):
        source.trial = trial.id
        found: dict[str, dict[int, list[Tree]]] = {"m": {}, "n": {}, "a": {}}
        for j, criterion in enumerate(trial.criteria):
            rail = rails.truth(criterion.expression, source)
            left_out = any(
                may_be_left_out(context, leaf) for leaf in leaves_of(context, criterion.expression, trial.id)
            )
            aside = _aside(rail, criterion.later) if left_out or criterion.later else sql.FALSE
            for kind, test in (("m", rail.met), ("n", rail.not_met), ("a", aside)):
                value = sql.when((test, integer(bit(j))), otherwise=sql.ZERO)
                found[kind].setdefault(j // WORD, []).append(value)
        for kind, by_word in found.items():
            for w in range(-(-len(trial.criteria) // WORD) or 1):
                value = sql.bits(*by_word.get(w, []))
                columns.append(sql.named(exp.Cast(this=value, to=exp.DataType.build("bigint")), f"{kind}{i}_{w}"))
    joins = " ".join(
        f"LEFT JOIN {context.name(f'numbers_{r.depth}')} AS n{r.id} ON n{r.id}.person = persons.person AND n{r.id}.reading = {r.id}"
        for r in source.joined.values()
    )
    inner = template(f"SELECT w.* FROM {words} AS w INNER JOIN persons ON persons.person = w.person {joins}")
    add_numbers(context, inner, source.joined.values())
    outer = template("SELECT person FROM q")
    for column in columns:
        outer.append("expressions", column)
    return sql.nest(outer, source.levels.over(inner))


def _aside(rail: TruthRail, later: bool) -> Tree:
    """Unknown for no other reasons than consent, willingness, intent and later checkpoints."""
    if later:
        return rail.unknown
    if sql.literal(rail.reasons) is not None and int(sql.literal(rail.reasons) or 0) & ~OUT:
        return sql.FALSE
    nothing = template("(x & y) = 0")
    test = nothing.transform(
        lambda n: (
            n
            if not isinstance(n, exp.Column)
            else exp.Paren(this=rail.reasons)
            if n.name == "x"
            else integer(8191 & ~OUT)
        )
    )
    return sql.both(rail.unknown, test)
