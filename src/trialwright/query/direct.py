"""Which leaves single facts decide, and with what parameters: most of what trials ask of most people.

Two lanes.  *Last*: the latest fact of one concept against fixed limits, the limits of its own range, or categories; the
store's `next` finds it without grouping.  *Exists*: at least one fact in a fixed window.  A lane says only what is
beyond doubt; whatever it leaves open takes the general road of readings, person by person.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from trialwright.language.interpret import recorded_in_either_unit
from trialwright.language.nodes import Arithmetic, Compare, Count, In, Quantity, Select, ValueOf
from trialwright.query import sql
from trialwright.query.defaults import UNKNOWN, Defaults, minutes
from trialwright.query.engines import Layout
from trialwright.query.plan import Leaf, Pick, Plan

MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
LIMITS = {"uln": "r_hi", "lln": "r_lo", "lod": "lod"}
POINTS = ("measurement", "observation", "demographic")


@dataclass(frozen=True, slots=True)
class Between:
    """A known value in a closed interval."""

    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Member:
    """A category of the fact among some, as a mask."""

    mask: int


@dataclass(frozen=True, slots=True)
class Range:
    """A known value against a limit of its own range, times a factor (None: the limit as it stands)."""

    operator: str
    factor: float | None
    column: str


@dataclass(frozen=True, slots=True)
class Present:
    """A fact in the window, whose category or value passes a test where there is one."""

    members: tuple[str, ...] | None = None
    value: Between | None = None


Test = Between | Member | Range | Present


@dataclass(frozen=True, slots=True)
class Direct:
    """A leaf of a lane: its one pick, what is asked of the fact, and the notes on its window."""

    leaf: Leaf
    pick: Pick
    test: Test
    notes: int

    @property
    def window(self) -> tuple[int, int, int, int]:
        """Earliest and latest first minute, earliest and latest last minute."""
        assert self.pick.frame is not None
        return minutes(self.pick.frame)


@dataclass(frozen=True, slots=True)
class Lanes:
    """The leaves that single facts decide, by lane, and the readings that nothing else needs."""

    last: tuple[Direct, ...] = ()
    exists: tuple[Direct, ...] = ()
    readings: frozenset[int] = field(default_factory=frozenset)

    @property
    def picks(self) -> dict[int, Pick]:
        """The picks whose readings are wanted only of the people whom a lane leaves open."""
        return {d.pick.id: d.pick for d in (*self.last, *self.exists)}


def lanes(plan: Plan, layout: Layout, defaults: Defaults) -> Lanes:
    """The lanes of a plan over a store; a reading that anything but a lane needs keeps its leaves out."""
    found = {d.leaf.id: d for d in _candidates(plan, layout, defaults)}
    while True:
        others = {r.id for leaf in plan.leaves.values() if leaf.id not in found for r in leaf.readings} | plan.shared
        # a pick goes one way as a whole, so that its facts are read once
        kept = {r.pick.id for r in plan.readings.values() if r.pick is not None and r.id in others}
        out = [i for i, d in found.items() if d.pick.id in kept]
        if not out:
            break
        for i in out:
            del found[i]
    chosen = list(found.values())
    return Lanes(
        tuple(d for d in chosen if not isinstance(d.test, Present)),
        tuple(d for d in chosen if isinstance(d.test, Present)),
        frozenset(r.id for d in chosen for r in d.leaf.readings),
    )


def member_mask(layout: Layout, concept: str, members: Sequence[str]) -> int:
    """The bits that stand for some categories of a concept."""
    return sum(1 << i for i, c in enumerate(layout.categories.get(concept, ())) if c in members)


def is_last(pick: Pick, layout: Layout) -> bool:
    """Whether the store's `next` column finds the latest fact: one concept of points in time in one fixed window."""
    if "next" not in layout.facts or pick.frame is None or pick.facts.where:
        return False
    select = pick.node
    start, _, _, end = minutes(pick.frame)
    latest = isinstance(select, Select) and select.rule == "latest"
    return latest and pick.facts.domain in POINTS and len(pick.facts.concepts) == 1 and start <= end


def fact_test(pick: Pick) -> In | Compare | None:
    """The one test that a pick makes of its facts, where it is of their category or value against a fixed limit."""
    if len(pick.facts.where) != 1:
        return None
    match pick.facts.where[0]:
        case In(category=ValueOf(selection=None)) as test:
            return test
        case Compare(left=ValueOf(selection=None, part="value"), right=Quantity(), alternative=None) as test:
            return test
    return None


def _candidates(plan: Plan, layout: Layout, defaults: Defaults) -> Iterator[Direct]:
    for leaf in plan.leaves.values():
        picks = {r.pick.id: r.pick for r in leaf.readings if r.pick is not None}
        if len(picks) != 1 or any(r.pick is None or r.constant for r in leaf.readings):
            continue
        pick = next(iter(picks.values()))
        if pick.frame is None or pick.depth != 0 or (pick.facts.where and pick.kind != "count"):
            continue
        notes = sql.note(*plan.interpreter.frame(pick.window)[1].notes)
        test = _test(leaf, pick, layout)
        if test is not None and (isinstance(test, Present) or _as_expected(leaf, notes, defaults)):
            yield Direct(leaf, pick, test, notes)


def _as_expected(leaf: Leaf, notes: int, defaults: Defaults) -> bool:
    """Whether people without a fact are unknown for want of data, with the same notes as those with one."""
    default = defaults.leaf(leaf)
    code = UNKNOWN | sql.reason("no_data") << 2 | notes << 15
    return default is not None and default.silence is None and default.spoken == code


def _test(leaf: Leaf, pick: Pick, layout: Layout) -> Test | None:
    match leaf.node:
        case In(category=ValueOf(selection=select), members=members) if select == pick.node and is_last(pick, layout):
            (concept,) = pick.facts.concepts
            return Member(member_mask(layout, concept, members))
        case Compare(left=Count() as count, operator=">=", right=Quantity() as right) if count == pick.node:
            return _present(pick) if right.value == 1 else None
        case Compare() as node if is_last(pick, layout) and recorded_in_either_unit(node) is None:
            assert isinstance(pick.node, Select)
            value = ValueOf(pick.node)
            if node.left == value:
                return _limit(node.operator, node.right, pick)
            if node.right == value:
                return _limit(MIRRORED[node.operator], node.left, pick)
    return None


def _present(pick: Pick) -> Present | None:
    test = fact_test(pick)
    if not pick.facts.where:
        return Present()
    if isinstance(test, In):
        return Present(members=tuple(test.members))
    if isinstance(test, Compare) and isinstance(between := _limit(test.operator, test.right, pick), Between):
        return Present(value=between)
    return None


def _limit(operator: str, other: object, pick: Pick) -> Test | None:
    if isinstance(other, Quantity):
        limit = float(other.value)
        below, above = math.nextafter(limit, -math.inf), math.nextafter(limit, math.inf)
        bounds = {
            "<": (-math.inf, below),
            "<=": (-math.inf, limit),
            ">": (above, math.inf),
            ">=": (limit, math.inf),
            "=": (limit, limit),
        }
        return Between(*bounds[operator]) if operator in bounds else None
    if operator in ("=", "!="):
        return None
    if (column := _limit_of(other, pick)) is not None:
        return Range(operator, None, column)
    if isinstance(other, Arithmetic) and other.operator == "*" and len(other.arguments) == 2:
        for factor, limit_of in (other.arguments, other.arguments[::-1]):
            column = _limit_of(limit_of, pick)
            if isinstance(factor, Quantity) and column is not None:
                return Range(operator, float(factor.value), column)
    return None


def _limit_of(node: object, pick: Pick) -> str | None:
    """The column of a limit of the range of the very fact that the pick selects."""
    return LIMITS.get(node.part) if isinstance(node, ValueOf) and node.selection == pick.node else None
