"""SQL trees in few words: literals, three-valued pieces, bit masks, and the rounding rule, for every dialect alike.

Nothing here knows what a criterion is.  Constants fold at once, so that what cannot matter is never written.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
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
    rest = _merged([p for p in parts if p is not TRUE], every=True)
    return _chain(exp.And, rest) if len(rest) > 1 else rest[0] if rest else TRUE


def either(*parts: Tree) -> Tree:
    """One of them holds."""
    if any(p is TRUE for p in parts):
        return TRUE
    rest = _merged([p for p in parts if p is not FALSE], every=False)
    return _chain(exp.Or, rest) if len(rest) > 1 else rest[0] if rest else FALSE


def _merged(parts: Sequence[Tree], every: bool) -> list[Tree]:
    """Tests of bits of one word become one test: of all bits, or of any."""
    words: dict[str, tuple[Tree, int]] = {}
    rest = []
    for part in parts:
        bits_of = part.meta.get(TESTED)
        if bits_of is None or not (bits_of.mask & (bits_of.mask - 1) == 0 or bits_of.every == every):
            rest.append(part)
        else:
            word, mask = words.get(bits_of.key, (bits_of.word, 0))
            words[bits_of.key] = word, mask | bits_of.mask
    return [*rest, *((has_all if every else has)(word, mask) for word, mask in words.values())]


def negate(part: Tree) -> Tree:
    if part is TRUE:
        return FALSE
    if part is FALSE:
        return TRUE
    return exp.Not(this=_wrap(part))


def bits(*parts: Tree) -> Tree:
    """The union of masks; what stands under several conditions is written once, under any of them."""
    rest: list[Tree] = []
    under: dict[str, list[Tree]] = {}
    for part in parts:
        branch = _one_branch(part)
        if branch is not None and is_zero(part.args["default"]):
            under.setdefault(branch.args["true"].this, []).append(branch.this)
        elif not is_zero(part):
            rest.append(part)
    rest += [flag(either(*conditions), int(value)) for value, conditions in under.items()]
    return _chain(exp.BitwiseOr, rest) if len(rest) > 1 else rest[0] if rest else ZERO


def flag(condition: Tree, value: int) -> Tree:
    """The value where the condition holds, else 0; engines multiply faster than they branch."""
    if condition is TRUE or condition is FALSE:
        return integer(value) if condition is TRUE else ZERO
    held = exp.Cast(this=condition, to=exp.DataType.build("bigint"))
    return held if value == 1 else exp.Mul(this=held, expression=integer(value))


def when(*branches: tuple[Tree, Tree], otherwise: Tree) -> Tree:
    """The value of the first branch whose condition holds."""
    kept: list[tuple[Tree, Tree]] = []
    for condition, value in branches:
        if condition is TRUE:
            otherwise = value
            break
        if condition is not FALSE:
            kept.append((condition, value))
    while kept and kept[-1][1] is not otherwise and _same_number(kept[-1][1], otherwise):
        kept.pop()
    if not kept or all(value is otherwise for _, value in kept):
        return otherwise
    return exp.Case(ifs=[exp.If(this=c, true=v) for c, v in kept], default=otherwise)


def _same_number(a: Tree, b: Tree) -> bool:
    value = literal(a)
    return value is not None and value == literal(b) and isinstance(a, exp.Literal) and isinstance(b, exp.Literal)


def call(name: str, *arguments: Tree) -> Tree:
    return exp.func(name, *arguments, copy=False)


def operate(kind: type[exp.Expression], a: Tree, b: Tree) -> Tree:
    return kind(this=_wrap(a), expression=_wrap(b))


def add(*parts: Tree) -> Tree:
    """The sum; whole numbers that hang on bits of one word are counted together."""
    base, counted = 0.0, dict[tuple[str, float], tuple[Tree, int]]()
    rest: list[Tree] = []
    for part in parts:
        branch = _one_branch(part)
        test = None if branch is None else branch.this.meta.get(TESTED)
        yes, no = (None, None) if branch is None else (literal(branch.args["true"]), literal(part.args["default"]))
        whole = yes is not None and no is not None and yes == int(yes) and no == int(no)
        if test is None or test.mask & (test.mask - 1) or not whole:
            rest.append(part)
            continue
        assert yes is not None
        assert no is not None
        base += no
        word, mask = counted.get((test.key, yes - no), (test.word, 0))
        if mask & test.mask:
            base -= no
            rest.append(part)
        else:
            counted[test.key, yes - no] = word, mask | test.mask
    if base:
        rest.append(double(base))
    for (_, weight), (word, mask) in counted.items():
        count = call("BIT_COUNT", operate(exp.BitwiseAnd, word, integer(mask)))
        rest.append(exp.Mul(this=exp.Cast(this=count, to=exp.DataType.build("double")), expression=double(weight)))
    return _chain(exp.Add, rest) if len(rest) > 1 else rest[0] if rest else double(0.0)


def _one_branch(tree: Tree) -> exp.If | None:
    """The only branch of a case between two numbers."""
    if not isinstance(tree, exp.Case) or len(tree.args["ifs"]) != 1 or tree.args.get("this") is not None:
        return None
    branch = tree.args["ifs"][0]
    number = isinstance(branch.args["true"], exp.Literal) and isinstance(tree.args["default"], exp.Literal)
    return branch if number else None


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


TESTED = "tested bits"


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test of bits looks at, kept beside it so that tests of one word can be put together."""

    key: str
    word: Tree
    mask: int
    every: bool


def _key(word: Tree) -> str:
    return f"{word.table}.{word.name}" if isinstance(word, exp.Column) else word.sql()


def has(word: Tree, mask: int) -> Tree:
    """Whether a word has any bit of the mask."""
    test = exp.NEQ(this=exp.Paren(this=operate(exp.BitwiseAnd, word, integer(mask))), expression=ZERO)
    test.meta[TESTED] = Tested(_key(word), word, mask, False)
    return test


def has_all(word: Tree, mask: int) -> Tree:
    """Whether a word has every bit of the mask."""
    if mask & (mask - 1) == 0:
        return has(word, mask)
    test = exp.EQ(this=exp.Paren(this=operate(exp.BitwiseAnd, word, integer(mask))), expression=integer(mask))
    test.meta[TESTED] = Tested(_key(word), word, mask, True)
    return test


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
