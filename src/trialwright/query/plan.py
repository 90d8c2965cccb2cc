"""The plan of a run: which distinct leaves the criteria of all trials have, what each reads, and in which order.

A *pick* is a distinct selection, count or time line over the facts; a *reading* is a number taken from a pick (or the
time between two instants, or an answer); a *leaf* is the smallest truth that rests on readings.  Equal nodes are one.
Depth 0 hangs on instants that are the same for everybody; a pick whose window hangs on another pick comes one deeper.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal

from trialwright.errors import TrialwrightError
from trialwright.language.facts import Record
from trialwright.language.interpret import Interpreter, recorded_in_either_unit
from trialwright.language.nodes import (
    Anchor,
    Arithmetic,
    Ask,
    AtLeast,
    Compare,
    Count,
    Expression,
    Extent,
    Facts,
    FirstKnown,
    Grade,
    If,
    In,
    Instant,
    Not,
    Offset,
    Quantity,
    Score,
    Select,
    Spell,
    TimeOf,
    Unsupported,
    ValueOf,
    Window,
)
from trialwright.language.selection import ENDLESS, Frame, Moment
from trialwright.language.sorts import whole_days
from trialwright.query.study import Study

ELAPSED = ("years", "months", "days")
Key = tuple[str, Any]
"""A node, with the trial when an ask is inside (answers belong to a trial)."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A distinct selection, count or time line.  `window` is what its facts are looked for in.

    `frame` is the window where it is the same for everybody; `everyone` False then means that people without a fact
    have no row.
    """

    id: int
    kind: Literal["select", "count", "line"]
    node: Select | Count | Spell | Extent
    facts: Facts
    window: Window
    frame: Frame | None
    depth: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A number of each person; people without a row have its default."""

    id: int
    node: Any
    trial: str
    pick: Pick | None
    depth: int

    @property
    def constant(self) -> bool:
        return self.depth < 0


@dataclass(frozen=True, slots=True)
class Leaf:
    """A truth that is decided in one go; `readings` are what it rests on."""

    id: int
    node: Expression
    trial: str
    readings: tuple[Reading, ...]


@functools.cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


class Plan:
    """Collects the distinct picks, readings and leaves of a study; made once, then only read."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.picks: dict[Any, Pick] = {}
        self.readings: dict[Key, Reading] = {}
        self.leaves: dict[Key, Leaf] = {}
        self.shared: set[int] = set()
        """Readings that windows, tests of facts, instants, scores or formulas need besides any leaf."""
        self._asks: dict[int, tuple[Any, bool]] = {}
        self.personal = frozenset(m.anchor for m in study.moved)
        anchors = {name: span for name, span in study.anchors.items() if name not in self.personal}
        self.fixed = Record(facts={}, anchors=anchors, projected=study.projected - self.personal)
        self.interpreter = Interpreter(self.fixed)
        for trial in study.trials:
            for criterion in trial.criteria:
                self._skeleton(criterion.expression, trial.id)
        ordered = sorted(self.leaves.items(), key=lambda item: _place(item[1]))
        self.leaves = {key: replace(leaf, id=i) for i, (key, leaf) in enumerate(ordered)}

    # --- instants

    def hangs(self, instant: Instant | Window | None) -> bool:
        """Whether an instant differs from person to person."""
        match instant:
            case None:
                return False
            case Window(start, end):
                return self.hangs(start) or self.hangs(end)
            case Anchor(name):
                return name in self.personal
            case Offset(inner):
                return self.hangs(inner)
            case TimeOf():
                return not self.reading(instant, "").constant
        raise TypeError(f"no rule for {type(instant).__name__}")

    def moment(self, instant: Instant) -> Moment:
        """An instant that is the same for everybody."""
        return self.interpreter.moment(instant, ENDLESS)

    def times_of(self, node: Instant | Window | None) -> list[TimeOf]:
        """The outermost selections whose time an instant or a window needs."""
        if node is None or isinstance(node, Anchor):
            return []
        if isinstance(node, TimeOf):
            return [node]
        if isinstance(node, Window):
            return [*self.times_of(node.start), *self.times_of(node.end)]
        return self.times_of(node.instant)

    # --- picks

    def _pick(self, kind: Literal["select", "count", "line"], node: Any, trial: str) -> Pick | None:
        """The pick of a node; None where its window does not exist for anybody."""
        line = isinstance(node, Spell | Extent)
        facts = node.timeline.facts if line else node.facts
        window = node.window if line else facts.window
        if line:
            whole_days(window)
        # what a time line is made of does not depend on how it is read
        key = (kind, node)
        if key in self.picks:
            return self.picks[key]
        needed = [self.reading(t, trial) for t in self.times_of(window)]
        frame = None
        depth = 0
        if self.hangs(window):
            depth = 1
        else:
            frame, _ = self.interpreter.frame(window)
            if frame is None:
                return None
        if isinstance(node, Select) and node.near is not None:
            needed += [self.reading(t, trial) for t in self.times_of(node.near)]
            if self.hangs(node.near):
                depth = 1
            elif self.moment(node.near).span is None and frame is not None:
                return None
        for expression in facts.where:
            needed += self.read_by(expression, trial)
        if isinstance(node, Spell) and node.threshold is not None:
            needed += self.read_by(node.threshold, trial)
        depth = max([depth, *(r.depth + 1 for r in needed if not r.constant)])
        self.shared.update(r.id for r in needed)
        self.picks[key] = Pick(len(self.picks), kind, node, facts, window, frame, depth)
        return self.picks[key]

    # --- readings

    def reading(self, node: Any, trial: str) -> Reading:
        """The reading of a value, a count, a time line, the time between instants, the time of a fact, or an ask."""
        trial = self.owner(node, trial)
        key = (trial, node)
        if key not in self.readings:
            pick, depth = self._source(node, trial)
            self.readings[key] = Reading(len(self.readings), node, trial, pick, depth)
        return self.readings[key]

    def _source(self, node: Any, trial: str) -> tuple[Pick | None, int]:
        match node:
            case ValueOf(selection=Select() as select) | TimeOf(select):
                pick = self._pick("select", select, trial)
            case (
                In(category=ValueOf(selection=Select() as select)) | Compare(left=ValueOf(selection=Select() as select))
            ):
                pick = self._pick("select", select, trial)
            case Count():
                pick = self._pick("count", node, trial)
            case Spell() | Extent():
                pick = self._pick("line", node, trial)
            case Arithmetic():
                needed = [self.reading(t, trial) for i in node.arguments for t in self.times_of(i)]  # type: ignore[arg-type]
                self.shared.update(r.id for r in needed)
                personal = any(self.hangs(i) for i in node.arguments)  # type: ignore[arg-type]
                return None, max([0 if personal else -1, *(r.depth for r in needed)])
            case Ask():
                return None, 0
            case _:
                raise TypeError(f"{type(node).__name__} is no reading")
        return pick, -1 if pick is None else pick.depth

    def read_by(self, node: Any, trial: str) -> list[Reading]:
        """The readings that an expression needs; the fact that a `where` looks at is none."""
        match node:
            case ValueOf(selection=None):
                return []
            case ValueOf() | Count() | Spell() | Extent():
                return [self.reading(node, trial)]
            case In(category=ValueOf(selection=None)):
                return []
            case In():
                return [self.reading(_checked(node), trial)]
            case Compare() if recorded_in_either_unit(node) is not None:
                return [self.reading(_alternative(node), trial)]
            case Arithmetic() if node.operator in ELAPSED:
                return [self.reading(node, trial)]
            case Ask():
                return [self.reading(node, trial)]
            case Quantity() | Unsupported():
                return []
        return [r for part in parts(node) for r in self.read_by(part, trial)]

    # --- leaves and what stands on them

    def _skeleton(self, node: Expression, trial: str) -> None:
        if is_leaf(node):
            self.leaf(node, trial)
        elif isinstance(node, ValueOf | Count | Spell | Extent) or is_elapsed(node) or isinstance(node, Ask):
            self.shared.add(self.reading(node, trial).id)
        else:
            for part in parts(node):
                self._skeleton(part, trial)

    def leaf(self, node: Expression, trial: str) -> Leaf:
        """The leaf of a truth that rests on readings alone."""
        trial = self.owner(node, trial)
        key = (trial, node)
        if key not in self.leaves:
            needed = {} if isinstance(node, Ask) else {r.id: r for r in self.read_by(node, trial)}
            self.leaves[key] = Leaf(len(self.leaves), node, trial, tuple(needed.values()))
        return self.leaves[key]

    def owner(self, node: Any, trial: str) -> str:
        """The trial of an expression with an ask inside, whose answers are that trial's own; else no trial."""
        return trial if self._asks_somebody(node) else ""

    def _asks_somebody(self, node: Any) -> bool:
        if isinstance(node, tuple):
            return any(self._asks_somebody(part) for part in node)
        if not is_dataclass(node):
            return False
        known = self._asks.get(id(node))
        if known is None or known[0] is not node:
            inside = any(self._asks_somebody(getattr(node, name)) for name in _names(node.__class__))
            known = self._asks[id(node)] = (node, isinstance(node, Ask) or inside)
        return known[1]

    def bare_readings(self, node: Any, trial: str) -> Iterator[Reading]:
        """The readings that scores and grades take as they are, outside of any leaf."""
        if self.find_leaf(node, trial) is not None:
            return
        reading = self.find_reading(node, trial)
        if reading is not None:
            if not reading.constant:
                yield reading
            return
        for part in parts(node):
            yield from self.bare_readings(part, trial)

    def find_leaf(self, node: Expression, trial: str) -> Leaf | None:
        return self.leaves.get((self.owner(node, trial), node))

    def find_reading(self, node: Any, trial: str) -> Reading | None:
        return self.readings.get((self.owner(node, trial), node))


def _place(leaf: Leaf) -> tuple[int, str, int]:
    """Leaves that the same facts decide are numbered together, so that few words hold what one fact says."""
    picks = {r.pick.id: r.pick for r in leaf.readings if r.pick is not None}
    if len(picks) != 1 or leaf.readings[0].depth:
        return 3, "", 0
    (pick,) = picks.values()
    return ("select", "count", "line").index(pick.kind), pick.facts.concepts[0], pick.id


def is_elapsed(node: Any) -> bool:
    return isinstance(node, Arithmetic) and node.operator in ELAPSED


def is_leaf(node: Expression) -> bool:
    """A truth without truths inside: it is decided from readings in one go."""
    if isinstance(node, In):
        return True
    if isinstance(node, Ask):
        return node.gives == "truth"
    return isinstance(node, Compare) and not any(_holds_truth(n) for n in _numbers(node))


def _holds_truth(node: Any) -> bool:
    """Whether a number rests on truths that are leaves themselves, or on what people say."""
    return isinstance(node, Score | Grade) or (isinstance(node, Ask) and node.gives == "truth")


def _numbers(node: Any) -> Iterator[Any]:
    """The number nodes of a comparison, not what lies inside selections."""
    yield node
    if not isinstance(node, ValueOf | Count | Spell | Extent) and not is_elapsed(node):
        for part in parts(node):
            yield from _numbers(part)


def parts(node: Any) -> tuple[Any, ...]:
    """The expressions that an inner node is made of."""
    match node:
        case AtLeast() | FirstKnown():
            return node.parts
        case Not():
            return (node.part,)
        case If():
            return (node.condition, node.then, *(() if node.otherwise is None else (node.otherwise,)))
        case Compare():
            return node.left, node.right
        case Arithmetic():
            return node.arguments
        case Score():
            inner = [p for item in node.items for p in (item.condition, item.points)]
            return (*inner, *(() if node.recorded is None else (node.recorded,)))
        case Grade():
            return tuple(condition for _, condition in node.rungs)
        case Quantity() | Unsupported() | Ask() | ValueOf() | Count() | Spell() | Extent() | In():
            return ()
    raise TypeError(f"no rule for {type(node).__name__}; expand the expression first")


def _checked(node: In) -> In:
    if not isinstance(node.category, ValueOf):
        raise TrialwrightError("`in` takes the category of one selected fact; name it directly")
    return node


def _alternative(node: Compare) -> Compare:
    if not isinstance(node.right, Quantity):
        raise TrialwrightError("a threshold said in two units is a plain number; write it without a formula")
    return node
