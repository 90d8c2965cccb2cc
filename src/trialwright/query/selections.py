"""Selected facts and the numbers read from them: values, limits, categories, instants.

Candidates are kept exactly as `language/selection.py` says: `k_must` of the sure facts sets the mark, every possible fact
whose `k_may` reaches it could be the one, and the reading is the hull of them.
"""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from trialwright.language.facts import FOREVER
from trialwright.language.nodes import Compare, In, Select, TimeOf, ValueOf
from trialwright.query import sql
from trialwright.query.direct import is_last, member_mask
from trialwright.query.found import (
    ABSENT,
    CONTESTED,
    UNCERTAIN,
    Context,
    found,
    frame_number,
    give_windows,
    integers,
    is_moved,
)
from trialwright.query.limits import INF, OPERATORS, ROUND6, verdict
from trialwright.query.plan import Reading
from trialwright.query.sql import Tree, note, reason, template

PARTS = ("value", "uln", "lln", "lod")
CATEGORY, ALTERNATIVE, INSTANT = 4, 5, 6


def give_readings(context: Context, readings: Sequence[Reading], name: str) -> None:
    """The parameters of the readings, one row per reading and concept."""
    rows, defaults, limits, second = [], [], [], []
    for reading in readings:
        pick, node = reading.pick, reading.node
        assert pick is not None
        assert isinstance(pick.node, Select)
        for concept in pick.facts.concepts:
            if concept not in context.layout.concepts:
                continue
            part, mask, operator, unit = PARTS.index("value"), 0, 0, -1
            default = limit = other = None
            match node:
                case In(members=members):
                    part, mask = CATEGORY, member_mask(context.layout, concept, members)
                case Compare(alternative=alternative, right=right, operator=sign) if alternative is not None:
                    part, operator = ALTERNATIVE, OPERATORS.index(sign)
                    unit = context.layout.units.get(alternative.unit, -1)
                    limit, other = float(right.value), float(alternative.value)  # type: ignore[union-attr]
                case TimeOf():
                    part = INSTANT
                case ValueOf():
                    part = PARTS.index(node.part)
                    default = None if node.default is None else float(node.default)
            notes = 0 if pick.frame is None else sql.note(*context.plan.interpreter.frame(pick.window)[1].notes)
            if isinstance(node, TimeOf):
                notes = 0
            averaged = int(pick.node.rule == "mean" and part == 0)
            rows.append(
                (reading.id, pick.id, context.layout.concepts[concept], part, mask, operator, unit, notes, averaged)
            )
            defaults.append(default)
            limits.append(limit)
            second.append(other)
    names = ("reading", "pick", "concept", "part", "mask", "operator", "alt_unit", "wnotes", "averaged")
    table = integers(names, rows)
    for column, values in (("dflt", defaults), ("threshold", limits), ("alt_limit", second)):
        table = table.append_column(column, pa.array(values, pa.float64()))
    context.engine.give(name, table)


def marked(windows: str) -> str:
    """Each fact in reach, with what its whole pick found."""
    return f"""
        SELECT f.*, CASE WHEN possible = 1 AND (n_sure = 0 OR k_may >= mark) THEN 1 ELSE 0 END AS chosen FROM (
            SELECT {windows}.*,
                SUM(sure) OVER (PARTITION BY person, pick) AS n_sure,
                MAX(CASE WHEN sure = 1 THEN k_must END) OVER (PARTITION BY person, pick) AS mark,
                MAX(older) OVER (PARTITION BY person, pick) AS any_older,
                MAX(CASE WHEN possible = 1 AND sure = 0 AND uncertain = 1 THEN 1 ELSE 0 END)
                    OVER (PARTITION BY person, pick) AS broad,
                MAX(CASE WHEN possible = 1 AND sure = 0 AND uncertain = 0 THEN 1 ELSE 0 END)
                    OVER (PARTITION BY person, pick) AS vague
            FROM {windows}
        ) AS f"""


def value_columns(fact: str = "f", given: str = "r") -> dict[str, str]:
    """The interval, reasons and notes that one fact gives to a reading."""
    f, r = fact, given
    limit = f"COALESCE(CASE {r}.part WHEN 1 THEN {f}.r_hi WHEN 2 THEN {f}.r_lo WHEN 3 THEN {f}.lod END, {r}.dflt)"
    stated = f"CASE {r}.part WHEN 1 THEN {f}.r_hi WHEN 2 THEN {f}.r_lo WHEN 3 THEN {f}.lod END"
    problem = f"CASE WHEN {f}.problem IS NULL THEN {{}} ELSE 1 << CAST({f}.problem AS INTEGER) END"
    silent = f"CASE WHEN {f}.v_lo IS NOT NULL THEN {reason('no_range')} ELSE {reason('no_data')} END"
    alternative_lower = (
        f"CASE WHEN {f}.v_lo IS NOT DISTINCT FROM {f}.v_hi OR {f}.v_hi = {INF} THEN {f}.raw ELSE 0e0 END"
    )
    alternative_upper = f"CASE WHEN {f}.v_hi = {INF} THEN {f}.v_hi ELSE {f}.raw END"
    lower, upper = f"COALESCE({f}.v_lo, -{INF})", f"COALESCE({f}.v_hi, {INF})"
    open_lower, open_upper = (
        f"({f}.flags & 1) <> 0 AND {f}.v_lo IS NOT NULL",
        f"({f}.flags & 2) <> 0 AND {f}.v_hi IS NOT NULL",
    )
    recorded = f"({r}.alt_unit = {f}.unit AND {f}.raw IS NOT NULL)"
    known = f"{f}.v_lo = {f}.v_hi"
    alt_open = f"{f}.v_lo IS DISTINCT FROM {f}.v_hi"
    alt = verdict(
        f"{r}.operator",
        alternative_lower,
        alternative_upper,
        f"({alt_open} AND {f}.v_hi = {INF} AND ({f}.flags & 1) <> 0)",
        f"({alt_open} AND {f}.v_hi <> {INF} AND ({f}.flags & 2) <> 0)",
        f"{r}.alt_limit",
    )
    closed = f"COALESCE({f}.v_lo <> {f}.v_hi, FALSE)"
    usual = verdict(
        f"{r}.operator", lower, upper, f"({closed} AND {open_lower})", f"({closed} AND {open_upper})", f"{r}.threshold"
    )
    return {
        "lower": f"CASE WHEN {r}.part IN (0, 5) THEN {lower} WHEN {r}.part = 6 THEN {f}.t_lo ELSE COALESCE({limit}, -{INF}) END",
        "upper": f"CASE WHEN {r}.part IN (0, 5) THEN {upper} WHEN {r}.part = 6 THEN {f}.t_hi ELSE COALESCE({limit}, {INF}) END",
        "lower_open": f"CASE WHEN {r}.part IN (0, 5) AND {open_lower} THEN 1 ELSE 0 END",
        "upper_open": f"CASE WHEN {r}.part IN (0, 5) AND {open_upper} THEN 1 ELSE 0 END",
        "reasons": f"""CASE WHEN {r}.part IN (0, 5) THEN CASE WHEN {f}.v_lo IS NULL OR {f}.v_hi IS NULL
                THEN {problem.format(reason("no_data"))} WHEN {known} THEN 0 ELSE {problem.format(reason("censored"))} END
            WHEN {r}.part = 4 THEN CASE WHEN {f}.cats IS NULL THEN {problem.format(silent)} ELSE 0 END
            WHEN {r}.part = 6 THEN 0 WHEN {limit} IS NULL THEN {reason("no_range")} ELSE 0 END""",
        "notes": f"CASE WHEN {r}.part IN (1, 2, 3) AND {stated} IS NULL AND {r}.dflt IS NOT NULL"
        f" THEN {note('default_range')} ELSE 0 END",
        "state": f"""CASE WHEN {r}.part = 4 THEN CASE WHEN {f}.cats IS NULL THEN NULL
                WHEN ({f}.cats & {r}.mask) <> 0 THEN 1 ELSE 0 END
            WHEN {r}.part = 5 THEN CASE WHEN {recorded} THEN {alt} ELSE {usual} END END""",
    }


def _grouped(facts: str, readings: str) -> str:
    """One row per person and reading: the hull of the candidates, and what it took to choose them."""
    columns = ", ".join(f"{text} AS {'y_' + name}" for name, text in value_columns().items())
    exact = "CAST(FLOOR(f.t_lo / 1440e0) AS BIGINT) = CAST(FLOOR(f.t_hi / 1440e0) AS BIGINT)"
    return f"""
        SELECT person, reading, MAX(part) AS part, MAX(wnotes) AS wnotes, MAX(averaged) AS averaged, SUM(chosen) AS n,
            MAX(n_sure) AS n_sure, MAX(any_older) AS any_older, MAX(broad) AS broad, MAX(vague) AS vague,
            MAX(CASE WHEN chosen = 1 AND NOT exact THEN 1 ELSE 0 END) AS inexact,
            MIN(CASE WHEN chosen = 1 THEN y_lower END) AS low, MAX(CASE WHEN chosen = 1 THEN y_upper END) AS high,
            MIN(CASE WHEN chosen = 1 AND y_lower_open = 0 THEN y_lower END) AS low_closed,
            MAX(CASE WHEN chosen = 1 AND y_upper_open = 0 THEN y_upper END) AS high_closed,
            BIT_OR(CASE WHEN chosen = 1 THEN y_reasons ELSE 0 END) AS why,
            BIT_OR(CASE WHEN chosen = 1 THEN y_notes ELSE 0 END) AS noted,
            SUM(CASE WHEN chosen = 1 AND y_state = 1 THEN 1 ELSE 0 END) AS n_true,
            SUM(CASE WHEN chosen = 1 AND y_state = 0 THEN 1 ELSE 0 END) AS n_false,
            SUM(CASE WHEN chosen = 1 AND averaged = 1 THEN v_lo END) AS sum_low,
            SUM(CASE WHEN chosen = 1 AND averaged = 1 THEN v_hi END) AS sum_high,
            SUM(CASE WHEN chosen = 1 AND v_lo IS NULL THEN 1 ELSE 0 END) AS n_null
        FROM (
            SELECT f.person, r.reading, r.part, r.wnotes, r.averaged, f.chosen, f.n_sure, f.any_older, f.broad, f.vague,
                f.v_lo, f.v_hi, {exact} AND f.sure = 1 AS exact, {columns}
            FROM ({facts}) AS f INNER JOIN {readings} AS r ON r.pick = f.pick AND r.concept = f.concept
        ) AS rows_of
        GROUP BY person, reading"""


def _final(grouped: str) -> str:
    """The readings, from the groups; `ok` 0 means that the window does not exist for the person."""
    both = reason("conflict")
    low, high = ROUND6.format("(sum_low / n)"), ROUND6.format("(sum_high / n)")
    hull = "CASE WHEN low = high THEN 0 ELSE why | (CASE WHEN n > 1 THEN doubt ELSE 0 END) END"
    return f"""
        SELECT person, reading,
            CASE WHEN part IN (4, 5) THEN CASE WHEN state = 1 THEN 1e0 ELSE 0e0 END WHEN unsure THEN -{INF}
                WHEN mean THEN {low} ELSE low END AS lower,
            CASE WHEN part IN (4, 5) THEN CASE WHEN state = 0 THEN 0e0 ELSE 1e0 END WHEN unsure THEN {INF}
                WHEN mean THEN {high} ELSE high END AS upper,
            CASE WHEN part > 3 OR unsure OR low = high OR low_closed = low THEN 0 ELSE 1 END AS lower_open,
            CASE WHEN part > 3 OR unsure OR low = high OR high_closed = high THEN 0 ELSE 1 END AS upper_open,
            CAST(CASE WHEN part IN (4, 5) THEN CASE WHEN state IS NOT NULL THEN 0 WHEN because = 0 THEN {both} ELSE because END
                WHEN part = 6 THEN doubt | (CASE WHEN unsure AND ok = 1 THEN found_doubt ELSE 0 END)
                WHEN unsure THEN doubt | why
                WHEN mean THEN CASE WHEN {low} = {high} THEN 0 ELSE {reason("censored")} END ELSE {hull} END AS BIGINT) AS reasons,
            CAST(wnotes | (CASE WHEN unsure THEN 0 ELSE noted END) AS BIGINT) AS notes
        FROM (
            SELECT *,
                CASE WHEN part NOT IN (4, 5) OR unsure THEN NULL WHEN n_true = n THEN 1 WHEN n_false = n THEN 0 END AS state,
                CASE WHEN unsure OR part = 4 THEN doubt | why ELSE {hull} END AS because,
                averaged = 1 AND NOT unsure AND (doubt & ~{both}) = 0 AND n_null = 0 AS mean
            FROM (
                SELECT *, CASE WHEN ok = 0 THEN wreasons
                    WHEN unsure AND n = 0 THEN CASE WHEN any_older = 1 THEN {reason("stale")} ELSE {reason("no_data")} END
                    WHEN unsure THEN found_doubt
                    WHEN n > 1 THEN CASE WHEN inexact = 0 THEN {both} ELSE found_doubt | {reason("partial_date")} END
                    ELSE 0 END AS doubt
                FROM (
                    SELECT *, n_sure = 0 AS unsure,
                        broad * {reason("broader_only")} | vague * {reason("partial_date")} AS found_doubt
                    FROM ({grouped}) AS g
                ) AS g
            ) AS g
        ) AS g"""


def selections(context: Context, depth: int) -> Tree | None:
    """The numbers of all readings of selections at this depth."""
    readings = [
        r for r in context.plan.readings.values() if r.depth == depth and r.pick is not None and r.pick.kind == "select"
    ]
    if not readings:
        return None
    engine = context.engine
    name = context.name(f"selection_{depth}")
    picks = list({r.pick.id: r.pick for r in readings if r.pick is not None}.values())
    wanted = context.read(readings)
    give_readings(context, wanted, f"{name}_readings")
    quick = [] if context.only else [p for p in picks if is_last(p, context.layout)]
    rest = [p for p in picks if p not in quick]
    trees = []
    if quick:
        give_windows(context, quick, f"{name}_windows_last")
        left = []
        for kind, own, reach in (
            ("each", [p for p in quick if p.id not in context.lanes.picks], "f.concept = w.concept"),
            (
                "open",
                [p for p in quick if p.id in context.lanes.picks],
                "f.person = w.person AND f.concept = w.concept",
            ),
        ):
            if own:
                windows = f"{name}_windows_{kind}"
                give_windows(context, own, windows)
                reached = REACHED.format(windows if kind == "each" else OPEN.format(windows), reach)
                left.append(f"SELECT f.person, w.pick {reached} AND NOT ({CLEAR})")
                trees.append(template(last(reached, f"{name}_readings")))
        engine.keep(f"{name}_windows_hard", template(" UNION ALL ".join(left)))
    engine.keep(f"{name}_found", found(context, rest, f"{name}_windows", older=True, hard=quick))
    if not wanted:
        return None
    grouped = _grouped(marked(f"{name}_found"), f"{name}_readings")
    engine.keep(f"{name}_grouped", template(grouped))
    return sql.union_all(*trees, finish(context, wanted, name, depth))


OPEN = "(SELECT o.person, w.* FROM open_picks AS o INNER JOIN {0} AS w ON w.pick = o.pick)"
REACHED = "FROM facts AS f INNER JOIN {0} AS w ON {1} WHERE f.t_lo <= w.we_hi"
REACHED += f" AND (f.next > w.we_hi OR f.next >= {FOREVER})"
CLEAR = f"""(f.flags & {ABSENT | UNCERTAIN | CONTESTED}) = 0 AND f.e_hi IS NULL
    AND ((f.t_hi <= w.we_lo AND f.t_lo >= w.ws_hi) OR f.t_hi < w.ws_lo)"""
"""The last fact that begins by the end of the window is the one, when nothing about it is in doubt: no other fact of
the concept overlaps it, so all others are earlier or begin too late; before the window, all are."""


def last(reached: str, readings: str) -> str:
    """The readings of people whose last fact is the one, without any grouping."""
    columns = ", ".join(f"{text} AS {'y_' + name}" for name, text in value_columns().items())
    conflict = reason("conflict")
    return f"""
        SELECT person, reading,
            CAST(CASE WHEN part IN (4, 5) THEN CASE WHEN y_state = 1 AND older = 0 THEN 1e0 ELSE 0e0 END
                WHEN older = 1 THEN -{INF} ELSE y_lower END AS DOUBLE) AS lower,
            CAST(CASE WHEN part IN (4, 5) THEN CASE WHEN y_state = 0 AND older = 0 THEN 0e0 ELSE 1e0 END
                WHEN older = 1 THEN {INF} ELSE y_upper END AS DOUBLE) AS upper,
            CASE WHEN part > 3 OR older = 1 OR y_lower = y_upper THEN 0 ELSE y_lower_open END AS lower_open,
            CASE WHEN part > 3 OR older = 1 OR y_lower = y_upper THEN 0 ELSE y_upper_open END AS upper_open,
            CAST(CASE WHEN older = 1 THEN {reason("stale")} WHEN part IN (4, 5) AND y_state IS NOT NULL THEN 0
                WHEN part = 5 AND y_lower = y_upper THEN {conflict} WHEN part IN (4, 5) AND y_reasons = 0 THEN {conflict}
                WHEN part IN (4, 5) THEN y_reasons WHEN y_lower = y_upper THEN 0 ELSE CASE WHEN part = 6 THEN 0
                ELSE y_reasons END END AS BIGINT) AS reasons,
            CAST(wnotes | (CASE WHEN older = 1 THEN 0 ELSE y_notes END) AS BIGINT) AS notes
        FROM (
            SELECT f.person, r.reading, r.part, r.wnotes, f.older, {columns}
            FROM (SELECT f.*, w.pick, CASE WHEN f.t_hi < w.ws_lo THEN 1 ELSE 0 END AS older
                {reached} AND {CLEAR}) AS f
            INNER JOIN {readings} AS r ON r.pick = f.pick AND r.concept = f.concept
        ) AS y"""


def finish(context: Context, readings: Sequence[Reading], name: str, depth: int) -> Tree:
    """From groups to numbers; people with a window of their own have a row even where nothing was found."""
    still = [r.id for r in readings if r.pick is not None and not is_moved(context, r.pick)]
    trees = []
    if still:
        given = f"SELECT *, 1 AS ok, 0 AS wreasons FROM {name}_grouped WHERE reading IN ({', '.join(map(str, still))})"
        trees.append(template(_final(given)))
    moved = [r for r in readings if r.pick is not None and is_moved(context, r.pick)]
    if moved:
        rows = []
        for r in moved:
            assert r.pick is not None
            part = {In: CATEGORY, Compare: ALTERNATIVE, TimeOf: INSTANT}.get(type(r.node), 0)
            averaged = (
                int(
                    part == 0
                    and r.node.part == "value"
                    and isinstance(r.pick.node, Select)
                    and r.pick.node.rule == "mean"
                )
                if part == 0
                else 0
            )
            rows.append((r.id, frame_number(context, r.pick), part, averaged))
        context.engine.give(f"{name}_moved", integers(("reading", "frame", "part", "averaged"), rows))
        zeros = ", ".join(
            f"COALESCE(g.{c}, 0) AS {c}"
            for c in (
                "n",
                "n_sure",
                "any_older",
                "broad",
                "vague",
                "inexact",
                "why",
                "noted",
                "n_true",
                "n_false",
                "n_null",
            )
        )
        given = f"""
            SELECT fr.person, m.reading, m.part, m.averaged, fr.ok, fr.reasons AS wreasons,
                CASE WHEN m.part = 6 THEN 0 ELSE fr.notes END AS wnotes, {zeros}, g.low, g.high, g.low_closed,
                g.high_closed, g.sum_low, g.sum_high
            FROM {context.name(f"frames_{depth}")} AS fr INNER JOIN {name}_moved AS m ON m.frame = fr.frame
            LEFT JOIN {name}_grouped AS g ON g.person = fr.person AND g.reading = m.reading"""
        trees.append(template(_final(given)))
    return sql.union_all(*trees)
