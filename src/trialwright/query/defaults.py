"""What a person has who has no row: the reference interpreter over an empty record says it, once, when planning.

Where absence counts as "no", the answer depends on whether the source observed the person over the window, so there are
two defaults and a test of the observed period (`Silence`).
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

from trialwright.language.facts import FOREVER, Record
from trialwright.language.interpret import Interpreter
from trialwright.language.nodes import TimeOf
from trialwright.language.selection import ENDLESS, Frame
from trialwright.language.values import Number, Truth
from trialwright.query import sql
from trialwright.query.engines import Layout
from trialwright.query.plan import Leaf, Pick, Plan, Reading
from trialwright.query.rails import NumberRail
from trialwright.query.sql import Tree, template

ALWAYS = (-(10**10), 10**10)
UNKNOWN = 2


@dataclass(frozen=True, slots=True, order=True)
class Silence:
    """Minutes over which the source must observe a person for absence to count; `start` None: since it observes."""

    start: int | None
    end: int


@dataclass(frozen=True, slots=True)
class Default:
    """The value without a row, where the source observes (`silent`) and where it does not (`spoken`)."""

    silent: Any
    spoken: Any
    silence: Silence | None


def minutes(frame: Frame) -> tuple[int, int, int, int]:
    """Earliest and latest first minute, earliest and latest last minute of a window."""

    def first(unit: int) -> int:
        return unit if frame.clock or abs(unit) >= FOREVER - 1 else unit * 1440

    def last(unit: int) -> int:
        return unit if frame.clock or abs(unit) >= FOREVER - 1 else unit * 1440 + 1439

    return first(frame.start.lower), first(frame.start.upper), last(frame.end.lower), last(frame.end.upper)


def silence_of(pick: Pick, layout: Layout) -> Silence | None:
    """When nothing recorded means "no" for this pick; None where it never does."""
    listens = pick.kind == "line" or (pick.kind == "count" and pick.facts.domain not in ("measurement", "observation"))
    if not listens or pick.frame is None or pick.facts.domain not in layout.observed:
        return None
    start, _, _, end = minutes(pick.frame)
    return Silence(None if pick.frame.unbounded else start, end)


@functools.cache
def is_silent(silence: Silence, table: str = "persons") -> Tree:
    """The test of a person's observed period."""
    start = "" if silence.start is None else f"AND CAST({table}.observed_from AS BIGINT) * 1440 <= {silence.start}"
    return template(
        f"COALESCE({silence.end} < (CAST({table}.observed_to AS BIGINT) + 1) * 1440 {start}"
        f" AND {table}.observed_from IS NOT NULL, FALSE)"
    )


class Defaults:
    """The defaults of a plan's readings and leaves over one store."""

    def __init__(self, plan: Plan, layout: Layout) -> None:
        self.plan = plan
        self.layout = layout
        fixed = plan.fixed
        observed = dict.fromkeys(layout.observed, ALWAYS)
        self._silent = Interpreter(Record({}, fixed.anchors, observed, {}, fixed.projected))
        self._spoken = Interpreter(Record({}, fixed.anchors, {}, {}, fixed.projected))
        self._numbers: dict[int, Default] = {}
        self._leaves: dict[int, Default | None] = {}

    def reading(self, reading: Reading) -> Default:
        if reading.id not in self._numbers:
            silence = silence_of(reading.pick, self.layout) if reading.pick else None
            silent, spoken = _number(self._silent, reading.node), _number(self._spoken, reading.node)
            self._numbers[reading.id] = Default(silent, spoken, silence if silent != spoken else None)
        return self._numbers[reading.id]

    def leaf(self, leaf: Leaf) -> Default | None:
        """The code without a row; None where several periods decide, and everybody needs a row."""
        if leaf.id not in self._leaves:
            self._leaves[leaf.id] = self._leaf(leaf)
        return self._leaves[leaf.id]

    def _leaf(self, leaf: Leaf) -> Default | None:
        periods = {s for r in leaf.readings if (s := self.reading(r).silence) is not None}
        if len(periods) > 1:
            return None
        silent, spoken = (encode(i.truth(leaf.node)) for i in (self._silent, self._spoken))
        return Default(silent, spoken, periods.pop() if periods and silent != spoken else None)

    def rail(self, reading: Reading, alias: str | None, table: str = "persons") -> NumberRail:
        """The rail of a reading: its column in the joined `alias`, else its default."""
        default = self.reading(reading)
        parts = {}
        names = ("lower", "upper", "lower_open", "upper_open", "reasons", "notes")
        for name in names:
            without = _part(default, name, table)
            if alias is None:
                parts[name] = without
            elif name.endswith("open"):
                column = sql.call("COALESCE", sql.column(name, alias), sql.integer(0))
                parts[name] = sql.eq(column, sql.integer(1))
            else:
                parts[name] = sql.call("COALESCE", sql.column(name, alias), without)
        return NumberRail(**parts)


def _part(default: Default, name: str, table: str) -> Tree:
    silent, spoken = (_literal(getattr(d, name), name) for d in (default.silent, default.spoken))
    if default.silence is None:
        return spoken
    return sql.when((is_silent(default.silence, table), silent), otherwise=spoken)


def _literal(value: Any, name: str) -> Tree:
    if name.endswith("open"):
        return sql.TRUE if value else sql.FALSE
    if name == "reasons":
        return sql.integer(sql.reason(*value))
    return sql.integer(sql.note(*value)) if name == "notes" else sql.double(value)


def _number(interpreter: Interpreter, node: Any) -> Number:
    """The reading as a number: instants in minutes, truths as 0 and 1."""
    if isinstance(node, TimeOf):
        moment = interpreter.moment(node, ENDLESS)
        return Number(-math.inf, math.inf, reasons=moment.reasons, notes=moment.notes)
    value = interpreter.value(node)
    if isinstance(value, Truth):
        lower, upper = (0.0, 1.0) if value.state is None else (float(value.state), float(value.state))
        return Number(lower, upper, reasons=value.reasons, notes=value.notes)
    assert isinstance(value, Number)
    return value


def encode(truth: Truth) -> int:
    """A truth as one integer: state (0 not met, 1 met, 2 unknown), reasons from bit 2, notes from bit 15."""
    state = UNKNOWN if truth.state is None else int(truth.state)
    return state | sql.reason(*truth.reasons) << 2 | sql.note(*truth.notes) << 15
