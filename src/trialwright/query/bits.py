"""From facts to words of bits in one step, for the leaves that single facts decide.

`last_bits` holds, per person and word: t met, f not met, p past its window, x left open.  `exists_bits` holds t a sure fact, v only
facts of vague time, b only facts of a broader code, x left open.  `open_picks` names the people and picks that go on to
readings.  The leaves of one concept and window stand in the slots of one row of parameters, so that each fact is
joined once and compared with constants.
"""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

import pyarrow as pa

from trialwright.language.facts import FOREVER
from trialwright.query import sql
from trialwright.query.direct import Between, Direct, Member, Present, Range, member_mask
from trialwright.query.engines import Layout
from trialwright.query.found import ABSENT, CONTESTED, UNCERTAIN, Context, integers
from trialwright.query.limits import ROUND6
from trialwright.query.sql import NOTES_AT, REASONS_AT, WORD, bit, reason, template

SLOTS, BANDS = 4, 2
"""Leaves and windows per row of parameters; what has more takes several rows."""
COLUMNS = {"r_hi": 0, "r_lo": 1, "lod": 2}
OPERATORS = ("<", "<=", ">", ">=")
Row = dict[str, float | int | None]


def give_bits(context: Context) -> None:
    """Tables `last_bits`, `exists_bits` and `open_picks`."""
    engine, lanes = context.engine, context.lanes
    texts = [_last(context, kind, rows) for kind, rows in _last_rows(context).items()]
    nothing = "SELECT person, 0 AS word, 0 AS t, 0 AS f, 0 AS p, 0 AS x FROM persons WHERE FALSE"
    engine.keep("last_bits", template(_ored(texts or [nothing], "tfpx")))
    rows = _exists_rows(context)
    nothing = "SELECT person, 0 AS word, 0 AS t, 0 AS v, 0 AS b, 0 AS x FROM persons WHERE FALSE"
    engine.keep("exists_bits", template(_ored([_exists(context, rows)] if rows else [nothing], "tvbx")))
    names = ("leaf", "word", "mask", "pick")
    for name, own in (("last", lanes.last), ("exists", lanes.exists)):
        places = [(d.leaf.id, d.leaf.id // WORD, bit(d.leaf.id), d.pick.id) for d in own]
        engine.give(f"{name}_leaves", integers(names, places))
    left = " UNION ALL ".join(
        f"SELECT DISTINCT b.person, l.pick FROM {lane}_bits AS b INNER JOIN {lane}_leaves AS l ON l.word = b.word"
        " WHERE b.x <> 0 AND (b.x & l.mask) <> 0"
        for lane in ("last", "exists")
    )
    engine.keep("open_picks", template(f"SELECT DISTINCT person, pick FROM ({left}) AS o"))


def _ored(texts: Sequence[str], names: str) -> str:
    words = ", ".join(f"BIT_OR({n}) AS {n}" for n in names)
    return f"SELECT person, word, {words} FROM ({' UNION ALL '.join(texts)}) AS b GROUP BY person, word"


def _given(context: Context, name: str, rows: Sequence[Row]) -> None:
    """Rows of parameters as a table; slots that a row does not need have no bits."""
    names = list(dict.fromkeys(n for row in rows for n in row))
    columns = {n: [row.get(n, 0 if n.startswith(("bit", "band")) else None) for row in rows] for n in names}
    kinds = {n: pa.float64() if any(isinstance(v, float) for v in c) else pa.int64() for n, c in columns.items()}
    context.engine.give(name, pa.table({n: pa.array(c, kinds[n]) for n, c in columns.items()}))


def _slots(rows: Sequence[Row], name: str) -> range:
    return range(sum(any(f"{name}{k}" in row for row in rows) for k in range(SLOTS)))


# --- the latest fact of a concept


def _last_rows(context: Context) -> dict[type, list[Row]]:
    """Rows of parameters, by what is asked of the fact."""
    keys = context.layout.concepts
    placed = [(keys[d.pick.facts.concepts[0]], d) for d in context.lanes.last if d.pick.facts.concepts[0] in keys]

    def together(item: tuple[int, Direct]) -> tuple[str, int, tuple[int, int], int]:
        concept, d = item
        return type(d.test).__name__, concept, d.window[2:], d.leaf.id // WORD

    found: dict[type, list[Row]] = {}
    for (_, concept, (we_lo, we_hi), word), group in groupby(sorted(placed, key=together), together):
        own = sorted((d for _, d in group), key=lambda d: (d.window, d.leaf.id))
        for part in _parts(own):
            row: Row = {"concept": concept, "word": word, "we_lo": we_lo, "we_hi": we_hi}
            row["every"] = sum(bit(d.leaf.id) for d in part)
            for k, (window, inside) in enumerate(groupby(part, lambda d: d.window)):
                held = sum(bit(d.leaf.id) for d in inside)
                row |= {f"before{k}": window[0], f"from{k}": window[1], f"band{k}": held}
            for k, d in enumerate(part):
                row |= {f"bit{k}": bit(d.leaf.id), **_slot(d, k)}
            found.setdefault(type(part[0].test), []).append(row)
    return found


def _parts(own: Iterable[Direct]) -> list[list[Direct]]:
    parts: list[list[Direct]] = []
    for d in own:
        last = parts[-1] if parts else []
        if not last or len(last) == SLOTS or len({o.window for o in [*last, d]}) > BANDS:
            parts.append([d])
        else:
            last.append(d)
    return parts


def _slot(d: Direct, k: int) -> Row:
    match d.test:
        case Between(lower, upper):
            return {f"least{k}": lower, f"most{k}": upper}
        case Member(mask):
            return {f"members{k}": mask}
        case Range(operator, factor, column):
            return {f"operator{k}": OPERATORS.index(operator), f"factor{k}": factor, f"limit{k}": COLUMNS[column]}
    raise TypeError(f"no slot for {d.test}")


def _last(context: Context, kind: type, rows: Sequence[Row]) -> str:
    """Rows person, word, t, f, p, x: one per fact that is the last of its concept, and row of parameters.

    No other fact of the concept overlaps one that is not contested, so all others are earlier or begin too late.
    """
    name = f"last_{kind.__name__.lower()}"
    _given(context, name, rows)
    slots = _slots(rows, "bit")
    if kind is Between:
        test, known_at = "f.v_lo BETWEEN w.least{0} AND w.most{0}", "f.v_lo = f.v_hi"
    elif kind is Member:
        test, known_at = "(f.cats & w.members{0}) <> 0", "f.cats IS NOT NULL"
    else:
        limit = "(CASE w.limit{0} WHEN 0 THEN f.r_hi WHEN 1 THEN f.r_lo ELSE f.lod END)"
        times = f"({ROUND6.format(f'(w.factor{{0}} * {limit})')})"
        against = f"(CASE WHEN w.factor{{0}} IS NULL THEN {limit} ELSE {times} END)"
        signs = " ".join(f"WHEN {i} THEN f.v_lo {sign} {against}" for i, sign in enumerate(OPERATORS))
        test, known_at = f"CASE w.operator{{0}} {signs} END", f"f.v_lo = f.v_hi AND {limit} IS NOT NULL"
    met = " | ".join(f"(CASE WHEN {test.format(k)} THEN w.bit{k} ELSE 0 END)" for k in slots)
    sure = " | ".join(f"(CASE WHEN {known_at.format(k)} THEN w.bit{k} ELSE 0 END)" for k in slots)
    if kind is not Range:
        sure = f"(CASE WHEN {known_at} THEN w.every ELSE 0 END)"
    bands = _slots(rows, "band")
    inside = " | ".join(f"(CASE WHEN f.t_lo >= w.from{k} THEN w.band{k} ELSE 0 END)" for k in bands)
    older = " | ".join(f"(CASE WHEN f.t_hi < w.before{k} THEN w.band{k} ELSE 0 END)" for k in bands)
    return f"""
        SELECT person, word, CASE WHEN clear THEN inside & sure & met ELSE 0 END AS t,
            CASE WHEN clear THEN inside & sure & (~met) ELSE 0 END AS f, CASE WHEN clear THEN older ELSE 0 END AS p,
            CASE WHEN clear THEN every & (~older) & (~(inside & sure)) ELSE every END AS x
        FROM (
            SELECT f.person, w.word, w.every, ({inside}) AS inside, ({older}) AS older, ({sure}) AS sure, ({met}) AS met,
                (f.flags & {ABSENT | UNCERTAIN | CONTESTED}) = 0 AND f.e_hi IS NULL AND f.t_hi <= w.we_lo AS clear
            FROM facts AS f INNER JOIN {name} AS w ON w.concept = f.concept
            WHERE f.t_lo <= w.we_hi AND (f.next > w.we_hi OR f.next >= {FOREVER})
        ) AS f"""


# --- at least one fact in a window


def _exists_rows(context: Context) -> list[Row]:
    """Rows of parameters: the windows of one concept, word and test."""
    layout = context.layout
    placed: list[tuple[tuple[int, int, tuple[tuple[str, float], ...]], Direct]] = []
    for d in context.lanes.exists:
        for concept in dict.fromkeys(d.pick.facts.concepts):
            if concept in layout.concepts:
                test = tuple(_asked(d, layout, concept).items())
                placed.append(((layout.concepts[concept], d.leaf.id // WORD, test), d))
    placed.sort(key=lambda item: (item[0], item[1].window))
    rows = []
    for (concept, word, test), group in groupby(placed, key=lambda item: item[0]):
        windows = [(w, sum(bit(d.leaf.id) for _, d in own)) for w, own in groupby(group, lambda item: item[1].window)]
        for i in range(0, len(windows), SLOTS):
            part = windows[i : i + SLOTS]
            row: Row = {"concept": concept, "word": word, "members": None, "least": None, "most": None, **dict(test)}
            row |= {"reach_lo": min(w[0] for w, _ in part), "reach_hi": max(w[3] for w, _ in part)}
            for k, (window, held) in enumerate(part):
                row |= {f"{n}{k}": v for n, v in zip(("ws_lo", "ws_hi", "we_lo", "we_hi"), window, strict=True)}
                row[f"bit{k}"] = held
            rows.append(row)
    return rows


def _asked(d: Direct, layout: Layout, concept: str) -> dict[str, float]:
    """What is asked of a fact of the concept, beside its window."""
    assert isinstance(d.test, Present)
    if d.test.members is not None:
        return {"members": member_mask(layout, concept, d.test.members)}
    return {} if d.test.value is None else {"least": d.test.value.lower, "most": d.test.value.upper}


def _exists(context: Context, rows: Sequence[Row]) -> str:
    """Rows person, word, t, v, b, x: one per fact in reach of any of the windows, and row of parameters.

    `passed`: 2 the fact passes, 1 it may (its category is not recorded), 0 it does not, -1 its value is left open.
    """
    _given(context, "exists_windows", rows)
    slots = _slots(rows, "bit")
    end, start = "COALESCE(f.e_hi, f.t_hi)", "COALESCE(f.e_lo, f.t_lo)"
    may = " | ".join(
        f"(CASE WHEN f.t_lo <= w.we_hi{k} AND {end} >= w.ws_lo{k} THEN w.bit{k} ELSE 0 END)" for k in slots
    )
    must = " | ".join(
        f"(CASE WHEN f.t_hi <= w.we_lo{k} AND {start} >= w.ws_hi{k} THEN w.bit{k} ELSE 0 END)" for k in slots
    )
    passed = """CASE WHEN w.members IS NOT NULL THEN CASE WHEN (f.cats & w.members) <> 0 THEN 2 WHEN f.cats IS NULL THEN 1 ELSE 0 END
        WHEN w.least IS NULL THEN 2 WHEN f.v_lo = f.v_hi THEN CASE WHEN f.v_lo BETWEEN w.least AND w.most THEN 2 ELSE 0 END ELSE -1 END"""
    doubt = f"(flags & {ABSENT | UNCERTAIN})"
    return f"""
        SELECT person, word, CASE WHEN {doubt} = 0 AND passed = 2 THEN may & must ELSE 0 END AS t,
            CASE WHEN {doubt} = 0 AND passed = 2 THEN may & (~must) WHEN {doubt} = 0 AND passed = 1 THEN may ELSE 0 END AS v,
            CASE WHEN {doubt} = {UNCERTAIN} AND passed > 0 THEN may ELSE 0 END AS b,
            CASE WHEN {doubt} = {ABSENT} THEN may & must WHEN passed < 0 AND (flags & {ABSENT}) = 0 THEN may ELSE 0 END AS x
        FROM (
            SELECT f.person, w.word, f.flags, {passed} AS passed, ({may}) AS may, ({must}) AS must
            FROM facts AS f INNER JOIN exists_windows AS w ON w.concept = f.concept
            WHERE f.t_lo <= w.reach_hi AND {end} >= w.reach_lo
        ) AS f"""


def unsure_rows(context: Context) -> str | None:
    """Rows (person, leaf, code): there may be a fact in the window, none is sure."""
    lanes = context.lanes
    if not lanes.exists:
        return None
    rows: list[tuple[int, ...]] = []
    for d in lanes.exists:
        listens = (
            d.pick.facts.domain not in ("measurement", "observation") and d.pick.facts.domain in context.layout.observed
        )
        assert d.pick.frame is not None
        rows.append((d.leaf.id, d.window[0], d.window[3], int(d.pick.frame.unbounded), int(listens), d.notes))
    names = ("leaf", "ws_lo", "we_hi", "unbounded", "listens", "notes")
    context.engine.give("exists_given", integers(names, rows))
    silent = (
        "g.listens = 1 AND COALESCE(g.we_hi < (CAST(o.observed_to AS BIGINT) + 1) * 1440 AND (g.unbounded = 1"
        " OR g.ws_lo >= CAST(o.observed_from AS BIGINT) * 1440), FALSE)"
    )
    why = f"""(CASE WHEN (v & mask) <> 0 THEN {reason("partial_date")} ELSE 0 END)
        | (CASE WHEN (b & mask) <> 0 THEN {reason("broader_only")} ELSE 0 END) | (CASE WHEN {silent} THEN 0 ELSE {reason("no_data")} END)"""
    return f"""
        SELECT u.person, u.leaf, 2 | (({why}) * {1 << REASONS_AT}) | (g.notes * {1 << NOTES_AT}) AS code
        FROM (
            SELECT b.person, l.leaf, b.v, b.b, l.mask
            FROM (SELECT person, word, v, b, (v | b) & (~t) & (~x) AS unsure FROM exists_bits) AS b
            INNER JOIN exists_leaves AS l ON l.word = b.word WHERE b.unsure <> 0 AND (b.unsure & l.mask) <> 0
        ) AS u INNER JOIN exists_given AS g ON g.leaf = u.leaf INNER JOIN persons AS o ON o.person = u.person"""


def direct_code(d: Direct, table: str, otherwise: sql.Tree) -> sql.Tree:
    """The code of a leaf from the words of a person: what the lanes say without a row of its own."""
    word, own = d.leaf.id // WORD, bit(d.leaf.id)

    def said(kind: str) -> sql.Tree:
        return sql.has(sql.column(f"{kind}{word}", table), own)

    notes = d.notes << NOTES_AT
    met = (said("t"), sql.integer(1 | notes))
    if isinstance(d.test, Present):
        return sql.when(met, otherwise=otherwise)
    stale = 2 | reason("stale") << REASONS_AT | notes
    return sql.when(met, (said("f"), sql.integer(notes)), (said("p"), sql.integer(stale)), otherwise=otherwise)
