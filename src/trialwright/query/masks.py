"""Two bits per person and leaf: which leaves are met, which are not; criteria become tests of bits.

A third mask says which unknown leaves have a reason that the verdict on the record counts.  People without a row take
the defaults, so that the masks are complete.
"""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from trialwright.language.nodes import Ask, AtLeast, Expression, Not
from trialwright.language.values import OUT_OF_RECORD
from trialwright.query import rails, sql
from trialwright.query.defaults import Silence, is_silent
from trialwright.query.found import Context
from trialwright.query.leaves import numbers_of
from trialwright.query.patterns import give_patterns, of_everybody
from trialwright.query.plan import Leaf, parts
from trialwright.query.rails import Rail, TruthRail
from trialwright.query.skeleton import Columns
from trialwright.query.sql import WORD, Tree, bit, integer, negate, template

OUT = sql.reason(*OUT_OF_RECORD)
COUNTED = sql.reason("no_data")
KINDS = ("t", "f", "o")
"""Met, not met, and unknown for a reason that counts."""


def kinds_of(code: int) -> tuple[bool, bool, bool]:
    """Which of the three masks hold a leaf with this code."""
    return code & 3 == 1, code & 3 == 0, code & 3 == 2 and code >> 2 & 8191 & ~OUT != 0


def masks(context: Context) -> Tree:
    """One row per person: words t0.., f0.., o0.. over all leaves, and p0.. of those whose last fact is past its window."""
    leaves = list(context.plan.leaves.values())
    words = range(-(-len(leaves) // WORD) or 1)
    context.engine.keep(context.name("said"), template(_said(context)))
    columns = [template("persons.person")]
    joins = [f"INNER JOIN {context.only} AS o ON o.person = persons.person"] if context.only else []
    for w in words:
        own = leaves[w * WORD : w * WORD + WORD]
        alias = f"g{w}"
        joins.append(
            f"LEFT JOIN {context.name('said')} AS {alias} ON {alias}.person = persons.person AND {alias}.word = {w}"
        )
        missing = sql.call("COALESCE", sql.column("h", alias), sql.ZERO)
        for place, kind in enumerate(KINDS):
            default = _default(context, own, place)
            filled = sql.call("COALESCE", sql.column(kind, alias), sql.ZERO)
            rest = sql.operate(exp.BitwiseAnd, default, exp.BitwiseNot(this=exp.Paren(this=missing)))
            columns.append(sql.named(filled if sql.is_zero(default) else sql.bits(filled, rest), f"{kind}{w}"))
        columns.append(sql.named(sql.call("COALESCE", sql.column("p", alias), sql.ZERO), f"p{w}"))
    return sql.select(columns, f"persons {' '.join(joins)}")


def _said(context: Context) -> str:
    """Rows person, word: what lanes and rows of leaves say (t, f, o), of which leaves (h), and which are stale (s)."""
    word, own = f"CAST(FLOOR(leaf / {WORD}e0) AS BIGINT)", f"(CAST(1 AS BIGINT) << CAST(leaf % {WORD} AS INTEGER))"
    state = {
        "t": "(code & 3) = 1",
        "f": "(code & 3) = 0",
        "o": f"(code & 3) = 2 AND ((code >> 2) & {8191 & ~OUT}) <> 0",
    }
    zero = "CAST(0 AS BIGINT)"
    cases = ", ".join(f"CASE WHEN {test} THEN own ELSE {zero} END AS {kind}" for kind, test in state.items())
    texts = [
        f"SELECT person, word, {cases}, own AS h, {zero} AS p"
        f" FROM (SELECT person, {word} AS word, {own} AS own, code FROM {context.name('leaf_rows')}) AS r"
    ]
    if not context.only:
        texts.append(
            f"SELECT person, word, t & (~x) AS t, f & (~x) AS f, {zero} AS o, (t | f) & (~x) AS h, p & (~x) AS p FROM last_bits"
        )
        texts.append(
            f"SELECT person, word, t & (~x) AS t, {zero} AS f, {zero} AS o, t & (~x) AS h, {zero} AS p FROM exists_bits"
        )
    words = ", ".join(f"BIT_OR({kind}) AS {kind}" for kind in (*KINDS, "h", "p"))
    return f"SELECT person, word, {words} FROM ({' UNION ALL '.join(texts)}) AS u GROUP BY person, word"


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
        met, not_met, counts = (sql.has(sql.column(f"{kind}{word}"), bit(leaf.id)) for kind in KINDS)
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
        if found is None and isinstance(node, AtLeast):
            found = self._together(node)
        return found if found is None else replace(found, notes=sql.ZERO)

    def _together(self, node: AtLeast) -> Rail | None:
        """All, any or some of several leaves at once, as masks of words; None where fewer than two are leaves."""
        some = 1 < node.count < len(node.parts)
        met: dict[tuple[str, int], int] = {}
        not_met: dict[tuple[str, int], int] = {}
        counted: dict[int, int] = {}
        left_out: dict[int, int] = {}
        rest: list[Expression] = []
        for part in node.parts:
            inner, sides = (part.part, ("f", "t")) if isinstance(part, Not) else (part, ("t", "f"))
            leaf = self.context.plan.find_leaf(inner, self.trial)
            if leaf is None or (all(r.constant for r in leaf.readings) and not isinstance(leaf.node, Ask)):
                rest.append(part)
                continue
            word, own = leaf.id // WORD, bit(leaf.id)
            if some and met.get((sides[0], word), 0) & own:
                rest.append(part)
                continue
            for masks, side in ((met, sides[0]), (not_met, sides[1])):
                masks[side, word] = masks.get((side, word), 0) | own
            counted[word] = counted.get(word, 0) | own
            if may_be_left_out(self.context, leaf):
                left_out[word] = left_out.get(word, 0) | own
        if len(node.parts) - len(rest) < 2:
            return None
        others = [rails.truth(part, self) for part in rest]
        masks_met = [(sql.column(f"{kind}{w}"), mask) for (kind, w), mask in met.items()]
        masks_not = [(sql.column(f"{kind}{w}"), mask) for (kind, w), mask in not_met.items()]
        if node.count == len(node.parts):
            holds = sql.both(*(sql.has_all(*m) for m in masks_met), *(o.met for o in others))
            fails = sql.either(*(sql.has(*m) for m in masks_not), *(o.not_met for o in others))
        elif node.count == 1:
            holds = sql.either(*(sql.has(*m) for m in masks_met), *(o.met for o in others))
            fails = sql.both(*(sql.has_all(*m) for m in masks_not), *(o.not_met for o in others))
        elif some:
            holds = sql.le(integer(node.count), _number_of(masks_met, [o.met for o in others]))
            fails = sql.lt(integer(len(node.parts) - node.count), _number_of(masks_not, [o.not_met for o in others]))
        else:
            return None
        why = [
            sql.when((sql.has(sql.column(f"o{w}"), m), integer(COUNTED)), otherwise=sql.ZERO)
            for w, m in counted.items()
        ]
        for w, mask in left_out.items():
            known = exp.Paren(this=sql.bits(*(sql.column(f"{kind}{w}") for kind in KINDS)))
            why.append(sql.when((sql.has_all(known, mask), sql.ZERO), otherwise=integer(OUT)))
        result = TruthRail(holds, fails)
        reasons = sql.when((result.unknown, sql.bits(*why, *(o.reasons for o in others))), otherwise=sql.ZERO)
        return self.keep(node, replace(result, reasons=reasons))


def _number_of(masks: Sequence[tuple[Tree, int]], states: Sequence[Tree]) -> Tree:
    """How many bits of the masks are set, and how many of the states hold."""
    counts = [sql.call("BIT_COUNT", sql.operate(exp.BitwiseAnd, word, integer(mask))) for word, mask in masks]
    wide: list[Tree] = [exp.Cast(this=c, to=exp.DataType.build("bigint")) for c in counts]
    return sql.add(*wide, *(sql.when((s, integer(1)), otherwise=sql.ZERO) for s in states))


def may_be_left_out(context: Context, leaf: Leaf) -> bool:
    """Whether a leaf can be unknown for reasons that the verdict on the record leaves out."""
    default = context.defaults.leaf(leaf)
    if default is None or isinstance(leaf.node, Ask) or any(r.depth != 0 for r in leaf.readings):
        return True
    return any(code >> 2 & OUT for code in (default.spoken, default.silent))


def any_left_out(context: Context, node: Expression, trial: str) -> bool:
    """Whether anything below a node can be unknown for reasons that the verdict on the record leaves out."""
    leaf = context.plan.find_leaf(node, trial)
    if leaf is not None:
        return may_be_left_out(context, leaf)
    reading = context.plan.find_reading(node, trial)
    if reading is not None:
        default = context.defaults.reading(reading)
        return reading.depth != 0 or bool((default.spoken.reasons | default.silent.reasons) & OUT_OF_RECORD)
    return any(any_left_out(context, part, trial) for part in parts(node))


def give_outcome(context: Context) -> None:
    """Table `outcome`, one row per person; for trial i and word w of its criteria: met m{i}_{w}, not met n{i}_{w}, left
    out a{i}_{w}."""
    source = Bits(context)
    columns = _criteria(context, source)
    words = range(-(-len(context.plan.leaves) // WORD) or 1)
    give_patterns(context, [f"{kind}{w}" for w in words for kind in KINDS], list(source.joined.values()))
    joins = " ".join(
        f"LEFT JOIN {context.name(f'numbers_{r.depth}')} AS n{r.id} ON n{r.id}.person = persons.person AND n{r.id}.reading = {r.id}"
        for r in source.joined.values()
    )
    inner = sql.select(
        [template("w.*"), *numbers_of(context, source.joined.values())],
        f"patterns AS w INNER JOIN persons ON persons.person = w.person {joins}",
    )
    judged = sql.select([sql.column("person"), *columns], source.levels.over(inner))
    context.engine.keep("outcome_of_patterns", judged)
    context.engine.keep("outcome", of_everybody("outcome_of_patterns"))


def _criteria(context: Context, source: Bits) -> list[Tree]:
    """The columns of the outcome, as tests of bits."""
    columns: list[Tree] = []
    for i, trial in enumerate(context.plan.study.trials):
        source.trial = trial.id
        found: dict[str, dict[int, list[Tree]]] = {"m": {}, "n": {}, "a": {}}
        for j, criterion in enumerate(trial.criteria):
            rail = rails.truth(criterion.expression, source)
            left_out = any_left_out(context, criterion.expression, trial.id)
            aside = _aside(rail, criterion.later) if left_out or criterion.later else sql.FALSE
            for kind, test in (("m", rail.met), ("n", rail.not_met), ("a", aside)):
                value = sql.flag(test, bit(j))
                found[kind].setdefault(j // WORD, []).append(value)
        for kind, by_word in found.items():
            for w in range(-(-len(trial.criteria) // WORD) or 1):
                value = sql.bits(*by_word.get(w, []))
                columns.append(sql.named(exp.Cast(this=value, to=exp.DataType.build("bigint")), f"{kind}{i}_{w}"))
    return columns


def _aside(rail: TruthRail, later: bool) -> Tree:
    """Unknown for no other reasons than consent, willingness, intent and later checkpoints."""
    if later:
        return rail.unknown
    if sql.literal(rail.reasons) is not None and int(sql.literal(rail.reasons) or 0) & ~OUT:
        return sql.FALSE
    counted = sql.operate(exp.BitwiseAnd, rail.reasons, integer(8191 & ~OUT))
    return sql.both(rail.unknown, sql.eq(counted, sql.ZERO))
