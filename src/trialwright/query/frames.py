"""Windows that are each person's own, and the time between two instants.

An instant hangs on a person through the time of a selected fact or through an anchor of the person's own trial.
"""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from trialwright.language.calendar import DAYS, MINUTES, MONTHS, shift
from trialwright.language.facts import FOREVER, Span
from trialwright.language.nodes import Anchor, Arithmetic, Instant, Offset, Select, TimeOf, Window
from trialwright.language.selection import ENDLESS, UNBOUNDED
from trialwright.query.found import Context, frame_key, is_moved
from trialwright.query.plan import Pick, Reading
from trialwright.query.sql import Tree, note, reason, template, union_all

EPOCH = "CAST('1970-01-01' AS DATE)"


@dataclass(frozen=True, slots=True)
class When:
    """An instant in SQL text: whether it exists, its first and last minute, why not, and notes."""

    exists: str
    lower: str
    upper: str
    reasons: str = "0"
    notes: str = "0"
    clock: bool = False


def day(minute: str) -> str:
    return f"CAST(FLOOR(({minute}) / 1440e0) AS BIGINT)"


def date(days: str) -> str:
    return f"({EPOCH} + CAST({days} AS INTEGER))"


class Moments:
    """Instants in SQL over the joined readings and anchors of a person; the first person column is `p.person`."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.readings: dict[int, str] = {}
        self.anchors: dict[str, str] = {}

    def when(self, instant: Instant | None, unbounded: Span) -> When:
        """The instant; None is the unbounded one."""
        plan = self.context.plan
        if instant is None:
            return When("TRUE", str(unbounded.lower), str(unbounded.upper))
        if not plan.hangs(instant):
            moment = plan.interpreter.moment(instant, unbounded)
            if moment.span is None:
                return When("FALSE", "0", "0", str(reason(*moment.reasons)), str(note(*moment.notes)), moment.clock)
            lower, upper = str(moment.span.lower), str(moment.span.upper)
            return When("TRUE", lower, upper, str(reason(*moment.reasons)), str(note(*moment.notes)), moment.clock)
        match instant:
            case Anchor(name):
                alias = self.anchors.setdefault(name, f"a{len(self.anchors)}")
                return When(
                    f"({alias}.person IS NOT NULL)",
                    f"{alias}.lower",
                    f"{alias}.upper",
                    f"CASE WHEN {alias}.person IS NULL THEN {reason('not_yet')} ELSE 0 END",
                    f"CASE WHEN {alias}.projected = 1 THEN {note('projected')} ELSE 0 END",
                )
            case Offset(inner, amount, unit, direction):
                base = self.when(inner, unbounded)
                sign = -1 if direction == "before" else 1
                clock = base.clock or unit in MINUTES
                if unit in MINUTES or unit in DAYS:
                    moved = shift(Span(0, 0), amount, unit, sign).lower
                    return replace(
                        base, lower=f"({base.lower} + {moved})", upper=f"({base.upper} + {moved})", clock=clock
                    )
                shift(Span(0, 0), amount, unit, sign)
                months = sign * int(amount * MONTHS[unit])
                return replace(base, lower=_months(base.lower, months), upper=_months(base.upper, months), clock=clock)
            case TimeOf():
                reading = plan.reading(instant, "")
                if reading.constant:
                    default = self.context.defaults.reading(reading).spoken
                    return When("FALSE", "0", "0", str(reason(*default.reasons)))
                alias = self.readings.setdefault(reading.id, f"t{reading.id}")
                default = self.context.defaults.reading(reading).spoken
                minute = "CAST(CASE WHEN {0}.lower > -CAST('Infinity' AS DOUBLE) THEN {0}.{1} ELSE 0 END AS BIGINT)"
                return When(
                    f"COALESCE({alias}.lower > -CAST('Infinity' AS DOUBLE), FALSE)",
                    minute.format(alias, "lower"),
                    minute.format(alias, "upper"),
                    f"COALESCE({alias}.reasons, {reason(*default.reasons)})",
                )
        raise TypeError(f"no rule for {type(instant).__name__}")

    def people(self) -> str:
        """The people who have one of the instants, joined to them."""
        context = self.context
        tables = {r.id: context.name(f"picked_{r.depth}") for r in context.plan.readings.values()}
        sources = [f"SELECT person FROM {tables[r]} WHERE reading = {r}" for r in self.readings]
        sources += [f"SELECT person FROM moved WHERE anchor = '{name}'" for name in self.anchors]
        if context.only and self.anchors:
            sources = [
                f"SELECT s.person FROM ({s}) AS s INNER JOIN {context.only} AS o ON o.person = s.person"
                for s in sources
            ]
        joins = [
            f"LEFT JOIN {tables[r]} AS {a} ON {a}.person = p.person AND {a}.reading = {r}"
            for r, a in self.readings.items()
        ]
        joins += [
            f"LEFT JOIN moved AS {a} ON {a}.person = p.person AND {a}.anchor = '{name}'"
            for name, a in self.anchors.items()
        ]
        return f"({' UNION '.join(sources)}) AS p {' '.join(joins)}"


def _months(minute: str, months: int) -> str:
    moved = f"CAST({date(day(minute))} + INTERVAL {months} MONTH AS DATE)"
    if months < 0:
        moved = f"CAST({date(day(minute))} - INTERVAL {-months} MONTH AS DATE)"
    return f"(DATE_DIFF('day', {EPOCH}, {moved}) * 1440 + ({minute}) - {day(minute)} * 1440)"


def frames(context: Context, depth: int) -> Tree | None:
    """The windows of this depth that are each person's own, in minutes."""
    picks: dict[Any, Pick] = {}
    for pick in context.plan.picks.values():
        if pick.depth == depth and is_moved(context, pick):
            picks.setdefault(frame_key(pick), pick)
    trees = [_frame(context, pick) for pick in picks.values()]
    return union_all(*trees) if trees else None


def _frame(context: Context, pick: Pick) -> Tree:
    moments = Moments(context)
    window: Window = pick.window
    start, end = moments.when(window.start, UNBOUNDED), moments.when(window.end, ENDLESS)
    near = None
    if isinstance(pick.node, Select) and pick.node.near is not None:
        near = moments.when(pick.node.near, ENDLESS)
    exists = f"({start.exists} AND {end.exists})"
    reasons = f"({start.reasons} | {end.reasons})"
    ok, why, near_days = exists, f"CASE WHEN {exists} THEN 0 ELSE {reasons} END", ("0", "0")
    if near is not None:
        ok = f"({exists} AND {near.exists})"
        why = f"CASE WHEN NOT {exists} THEN {reasons} WHEN NOT {near.exists} THEN {near.reasons} ELSE 0 END"
        near_days = (day(near.lower), day(near.upper))
    clock = start.clock or end.clock
    first, last = (f"{b}" for b in (int(window.start_open), int(window.end_open)))
    columns = [
        _bound(start.lower, clock, f"+ {first}", 0),
        _bound(start.upper, clock, f"+ {first}", 0),
        _bound(end.lower, clock, f"- {last}", 1439),
        _bound(end.upper, clock, f"- {last}", 1439),
    ]
    names = ("ws_lo", "ws_hi", "we_lo", "we_hi")
    bounds = ", ".join(f"{c} AS {n}" for c, n in zip(columns, names, strict=True))
    return template(f"""
        SELECT p.person, {pick.id} AS frame, CASE WHEN {ok} THEN 1 ELSE 0 END AS ok, {bounds},
            {near_days[0]} AS near_lo, {near_days[1]} AS near_hi, CAST({why} AS BIGINT) AS reasons,
            CAST({start.notes} | {end.notes} AS BIGINT) AS notes, {int(window.start is None)} AS unbounded,
            CAST({reasons} AS BIGINT) AS edge_reasons
        FROM {moments.people()}""")


def _bound(minute: str, clock: bool, opened: str, rest: int) -> str:
    """A bound of a window in minutes: days reach from their first to their last minute."""
    if minute in (str(-FOREVER), str(FOREVER)):
        return f"CAST({minute} {opened} AS BIGINT)"
    if clock:
        return f"CAST({minute} {opened} AS BIGINT)"
    return f"(({day(minute)} {opened}) * 1440 + {rest})"


def elapsed(context: Context, readings: Sequence[Reading]) -> list[Tree]:
    """The time between instants as numbers: completed years or months, or whole days."""
    return [_elapsed(context, reading) for reading in readings]


def _elapsed(context: Context, reading: Reading) -> Tree:
    node: Arithmetic = reading.node
    moments = Moments(context)
    first, last = (moments.when(i, ENDLESS) for i in node.arguments)  # type: ignore[arg-type]
    step = 12 if node.operator == "years" else 1 if node.operator == "months" else 0
    low = _between(first.upper, last.lower, step)
    high = _between(first.lower, last.upper, step)
    exists = f"({first.exists} AND {last.exists})"
    infinity = "CAST('Infinity' AS DOUBLE)"
    return template(f"""
        SELECT person, {reading.id} AS reading, CASE WHEN known THEN low ELSE -{infinity} END AS lower,
            CASE WHEN known THEN high ELSE {infinity} END AS upper, 0 AS lower_open, 0 AS upper_open,
            CAST(CASE WHEN NOT known THEN why WHEN low < high THEN why | {reason("partial_date")} ELSE 0 END AS BIGINT) AS reasons,
            CAST(notes AS BIGINT) AS notes
        FROM (
            SELECT p.person, {exists} AS known, CAST(CASE WHEN {exists} THEN {low} END AS DOUBLE) AS low,
                CAST(CASE WHEN {exists} THEN {high} END AS DOUBLE) AS high, {first.reasons} | {last.reasons} AS why,
                {first.notes} | {last.notes} AS notes
            FROM {moments.people()}
        ) AS e""")


def _between(first: str, last: str, step: int) -> str:
    """Completed periods of `step` months, or days when 0; a month is complete on the same day or the month's last."""
    a, b = day(first), day(last)
    if step == 0:
        return f"({b} - {a})"
    start, end = date(a), date(b)
    months = f"((YEAR({end}) - YEAR({start})) * 12 + MONTH({end}) - MONTH({start}))"
    short = f"(CASE WHEN DAY({start}) <= DAY({end}) OR DAY({end} + 1) = 1 THEN 0 ELSE 1 END)"
    whole = f"({months} - {short})"
    return whole if step == 1 else f"CAST(FLOOR({whole} / 12e0) AS BIGINT)"
