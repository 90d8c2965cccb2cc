"""SQL trees in few words: literals, three-valued pieces, bit masks, and the rounding rule, for every dialect alike.

Nothing here knows what a criterion is.  Constants fold at once, so that what cannot matter is never written.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import TypeAlias

import sqlglot
from sqlglot import exp

from trialwright.language import values
from trialwright.language.values import NOTES, REASONS

Tree: TypeAlias = exp.Expression

TRUE = exp.Boolean(this=True)
FALSE = exp.Boolean(this=False)
ZERO = exp.Literal.number(0)
WORD = 62
"""So many leaves or criteria share one signed word of 64 bits."""
REASONS_AT, NOTES_AT, NOT_APPLICABLE_AT = 2, 15, 20
"""Where a code of a truth holds what; its state (0 not met, 1 met, 2 unknown) comes first."""


def bit(index: int) -> int:
    """The bit of a leaf or criterion in its word."""
    return 1 << index % WORD


def template(text: str) -> Tree:
    """A statement or an expression written in the DuckDB dialect, as one opaque piece of a tree.

    It is not parsed: DuckDB reads it as it is, and `rendered` parses the whole statement once for every other engine.
    """
    return exp.Var(this=text)


def rendered(tree: Tree, dialect: str) -> str:
    """The text of a statement in the dialect of an engine."""
    text = str(tree.sql(dialect="duckdb", copy=False))
    return text if dialect == "duckdb" else sqlglot.transpile(text, read="duckdb", write=dialect)[0]


def select(columns: Sequence[Tree], source: Tree | str) -> Tree:
    """The columns of a query, or of what follows FROM in a text."""
    if isinstance(source, str):
        table = template(source)
    else:
        table = exp.Subquery(this=source, alias=exp.TableAlias(this=exp.Identifier(this="q")))
    return exp.Select(expressions=list(columns), from_=exp.From(this=table))


def union_all(*trees: Tree) -> Tree:
    """The rows of all of them."""
    return reduce(lambda a, b: exp.Union(this=a, expression=b, distinct=False), trees)


def named(tree: Tree, name: str) -> Tree:
    return exp.Alias(this=tree, alias=exp.Identifier(this=name))


def column(name: str, table: str | None = None) -> Tree:
    return exp.Column(this=exp.Identifier(this=name), table=exp.Identifier(this=table) if table else None)


def integer(value: int) -> Tree:
    return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))


def double(value: float) -> Tree:
    """A literal that every engine reads as an IEEE double, never as a decimal."""
    if math.isinf(value):
        infinite = exp.Cast(this=exp.Literal.string("Infinity"), to=exp.DataType.build("double"))
        return infinite if value > 0 else exp.Paren(this=exp.Neg(this=infinite))
    text = repr(float(abs(value)))
    literal = exp.Literal(this=text if "e" in text else f"{text}e0", is_string=False)
    return literal if value >= 0 else exp.Paren(this=exp.Neg(this=literal))


def is_zero(tree: Tree) -> bool:
    return isinstance(tree, exp.Literal) and tree.this == "0"


def _wrap(tree: Tree) -> Tree:
    atoms = exp.Column | exp.Literal | exp.Boolean | exp.Paren | exp.Func | exp.Case | exp.Cast
    return tree if isinstance(tree, atoms) and not isinstance(tree, exp.Connector) else exp.Paren(this=tree)


def _chain(kind: type[exp.Expression], parts: Sequence[Tree]) -> Tree:
    return reduce(lambda a, b: kind(this=a, expression=b), [_wrap(p) for p in parts])


def both(*parts: Tree) -> Tree:
    """All of them hold."""
    if any(p is FALSE for p in parts):
        return FALSE
    rest = [p for p in parts if p is not TRUE]
    return _chain(exp.And, rest) if len(rest) > 1 else rest[0] if rest else TRUE


def either(*parts: Tree) -> Tree:
    """One of them holds."""
    if any(p is TRUE for p in parts):
        return TRUE
    rest = [p for p in parts if p is not FALSE]
    return _chain(exp.Or, rest) if len(rest) > 1 else rest[0] if rest else FALSE


def negate(part: Tree) -> Tree:
    if part is TRUE:
        return FALSE
    if part is FALSE:
        return TRUE
    return exp.Not(this=_wrap(part))


def bits(*parts: Tree) -> Tree:
    """The union of masks."""
    rest = [p for p in parts if not is_zero(p)]
    return _chain(exp.BitwiseOr, rest) if len(rest) > 1 else rest[0] if rest else ZERO


def when(*branches: tuple[Tree, Tree], otherwise: Tree) -> Tree:
    """The value of the first branch whose condition holds."""
    kept: list[tuple[Tree, Tree]] = []
    for condition, value in branches:
        if condition is TRUE:
            otherwise = value
            break
        if condition is not FALSE:
            kept.append((condition, value))
    if not kept or all(value is otherwise for _, value in kept):
        return otherwise
    return exp.Case(ifs=[exp.If(this=c, true=v) for c, v in kept], default=otherwise)


def call(name: str, *arguments: Tree) -> Tree:
    return exp.func(name, *arguments, copy=False)


def operate(kind: type[exp.Expression], a: Tree, b: Tree) -> Tree:
    return kind(this=_wrap(a), expression=_wrap(b))


def add(*parts: Tree) -> Tree:
    return _chain(exp.Add, parts)


def minus(a: Tree, b: Tree) -> Tree:
    return operate(exp.Sub, a, b)


def lt(a: Tree, b: Tree) -> Tree:
    return operate(exp.LT, a, b)


def le(a: Tree, b: Tree) -> Tree:
    return operate(exp.LTE, a, b)


def eq(a: Tree, b: Tree) -> Tree:
    if a is b:
        return TRUE
    return operate(exp.EQ, a, b)


def has(word: Tree, mask: int) -> Tree:
    """Whether a word has any bit of the mask."""
    return exp.NEQ(this=exp.Paren(this=operate(exp.BitwiseAnd, word, integer(mask))), expression=ZERO)


def has_all(word: Tree, mask: int) -> Tree:
    """Whether a word has every bit of the mask."""
    if mask & (mask - 1) == 0:
        return has(word, mask)
    return exp.EQ(this=exp.Paren(this=operate(exp.BitwiseAnd, word, integer(mask))), expression=integer(mask))


def least(*parts: Tree) -> Tree:
    return parts[0] if len(parts) == 1 else call("LEAST", *parts)


def greatest(*parts: Tree) -> Tree:
    return parts[0] if len(parts) == 1 else call("GREATEST", *parts)


def literal(tree: Tree) -> float | None:
    """The number that a literal stands for; None for anything that is computed."""
    if isinstance(tree, exp.Paren):
        return literal(tree.this)
    if isinstance(tree, exp.Neg):
        inner = literal(tree.this)
        return None if inner is None else -inner
    return float(tree.this) if isinstance(tree, exp.Literal) and not tree.is_string else None


def round6(tree: Tree) -> Tree:
    """`values.round6` in SQL: half away from zero at the sixth decimal, values from 1e9 on as they are."""
    value = literal(tree)
    if value is not None:
        return double(values.round6(value))
    size = call("ABS", tree)
    scaled = exp.Mul(this=size, expression=double(1e6))
    rounded = exp.Div(this=call("FLOOR", add(scaled, double(0.5))), expression=double(1e6))
    signed = when((lt(tree, double(0.0)), exp.Neg(this=exp.Paren(this=rounded))), otherwise=rounded)
    return when((lt(size, double(1e9)), signed), otherwise=tree)


def reason(*names: str) -> int:
    """The mask of some reasons."""
    return sum(1 << REASONS.index(name) for name in set(names))


def note(*names: str) -> int:
    """The mask of some notes."""
    return sum(1 << NOTES.index(name) for name in set(names))


def reasons_of(mask: int) -> frozenset[str]:
    return frozenset(name for i, name in enumerate(REASONS) if mask >> i & 1)


def notes_of(mask: int) -> frozenset[str]:
    return frozenset(name for i, name in enumerate(NOTES) if mask >> i & 1)
