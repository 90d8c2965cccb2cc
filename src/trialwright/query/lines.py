"""Time lines: the stretches of days on which a person's dose, presence or measured value does not change.

Break points come from the records themselves; the records that cover a stretch are joined back to it, so that the two
bounds of the dose, what is sure and the reasons are sums over few rows.  Spells and extents then read the stretches.
"""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from trialwright.errors import TrialwrightError
from trialwright.language import timelines
from trialwright.language.facts import FOREVER
from trialwright.language.interpret import Interpreter
from trialwright.language.nodes import Extent, Spell
from trialwright.language.timelines import LONG_AGO
from trialwright.language.values import Number
from trialwright.query import sql
from trialwright.query.alone import alone
from trialwright.query.defaults import minutes
from trialwright.query.found import Context, found, frame_number, integers, is_moved
from trialwright.query.limits import OPERATORS, ROUND6, verdict
from trialwright.query.plan import Pick, Reading
from trialwright.query.sql import Tree, note, reason, template

INF = "CAST('Infinity' AS DOUBLE)"
LAST = FOREVER // 1440
MEASURES = ("longest", "total", "current")
EXTENTS = ("highest", "lowest", "range", "mean")


def lines(context: Context, depth: int) -> Tree | None:
    """The numbers of all spells and extents at this depth."""
    readings = [
        r for r in context.plan.readings.values() if r.depth == depth and r.pick is not None and r.pick.kind == "line"
    ]
    if not readings:
        return None
    engine, name = context.engine, context.name(f"line_{depth}")
    picks = [r.pick for r in readings if r.pick is not None]
    engine.keep(f"{name}_found", found(context, picks, f"{name}_windows", older=False))
    readings = context.read(readings)
    if not readings:
        return None
    picks = [r.pick for r in readings if r.pick is not None]
    _give(context, readings, name)
    windows = context.name(f"frames_{depth}")
    moved = any(is_moved(context, p) for p in picks)
    nobody = "SELECT person, 0 AS frame, 0 AS ok, 0 AS reasons, 0 AS notes FROM persons WHERE FALSE"
    engine.keep(
        f"{name}_frames", template(f"SELECT person, frame, ok, reasons, notes FROM {windows}" if moved else nobody)
    )
    _give_fixed(context, name, depth)
    engine.keep(f"{name}_alone", template(alone(name)))
    engine.keep(f"{name}_spans", template(_spans(context, name, depth)))
    parts = []
    if any(p.node.timeline.of != "value" for p in picks if isinstance(p.node, Spell | Extent)):
        parts += [_doses(name, ranged) for ranged in sorted({_is_range(p) for p in picks})]
    if any(p.node.timeline.of == "value" for p in picks if isinstance(p.node, Spell | Extent)):
        parts.append(_values(context, name, readings))
    engine.keep(f"{name}_stretches", template(" UNION ALL ".join(parts)))
    trees = [template(_notes(name, f"({text})")) for text in _outcomes(name, readings)]
    trees += [template(_missing(name))] if moved else []
    trees.append(
        template(
            "SELECT person, reading, lower, upper, 0 AS lower_open, 0 AS upper_open, CAST(reasons AS BIGINT) AS reasons,"
            f" notes FROM {name}_alone"
        )
    )
    return sql.union_all(*trees)


def _give(context: Context, readings: Sequence[Reading], name: str) -> None:
    """`given`: one row per reading; `factors`: the equivalents of each concept."""
    rows, limits, factors, doses = [], [], [], []
    for reading in readings:
        pick, node = reading.pick, reading.node
        assert pick is not None
        moved = is_moved(context, pick)
        notes = 0 if pick.frame is None else sql.note(*context.plan.interpreter.frame(pick.window)[1].notes)
        limit, operator = None, -1
        if isinstance(node, Spell) and node.operator is not None and node.threshold is not None:
            operator, limit = OPERATORS.index(node.operator), _constant(context, node)
        spell = isinstance(node, Spell)
        measure = MEASURES.index(node.measure) if spell else EXTENTS.index(node.which)
        bridge = node.bridge_days if spell else 0
        listens = int(pick.facts.domain in context.layout.observed)
        measured = int(node.timeline.of == "value")
        number = frame_number(context, pick) if moved else -1
        rows.append(
            (
                pick.id,
                reading.id,
                int(spell),
                measure,
                bridge,
                operator,
                listens,
                measured,
                notes,
                int(moved),
                number,
                node.timeline.interpolate_days,
            )
        )
        limits.append(limit)
        known = dict(node.timeline.factors)
        for concept in dict.fromkeys(pick.facts.concepts):
            if concept in context.layout.concepts:
                factor = known.get(concept) if known else 1
                factors.append((pick.id, context.layout.concepts[concept]))
                doses.append(None if factor is None else float(factor))
    names = (
        "pick",
        "reading",
        "spell",
        "measure",
        "bridge",
        "operator",
        "listens",
        "measured",
        "wnotes",
        "moved",
        "frame",
        "fill",
    )
    table = integers(names, rows).append_column("threshold", pa.array(limits, pa.float64()))
    context.engine.give(f"{name}_given", table)
    table = integers(("pick", "concept"), factors).append_column("factor", pa.array(doses, pa.float64()))
    context.engine.give(f"{name}_factors", table)


def _constant(context: Context, node: Spell) -> float:
    assert node.threshold is not None
    if context.plan.read_by(node.threshold, ""):
        raise TrialwrightError("the threshold of a spell is the same for everybody; compare with a plain number")
    value = Interpreter(context.plan.fixed).value(node.threshold)
    if not isinstance(value, Number) or not value.is_point:
        raise TrialwrightError("the threshold of a spell is one number")
    return value.lower


def _give_fixed(context: Context, name: str, depth: int) -> None:
    """`fixed`: the days of each window that is the same for everybody."""
    rows = []
    for pick in context.plan.picks.values():
        if pick.kind == "line" and pick.depth == depth and pick.frame is not None:
            lo, _, _, hi = minutes(pick.frame)
            rest = (lo, hi, int(pick.frame.unbounded), int(not pick.frame.vague))
            windows = timelines.windows(pick.frame, _each_end(pick))
            for line, days in enumerate(dict.fromkeys([*windows.narrow, *windows.wide])):
                held = (int(days in windows.narrow), int(days in windows.wide))
                rows.append((pick.id, line, *days, *rest, *held))
    names = ("pick", "line", "first", "last", "ws_lo", "we_hi", "unbounded", "same", "narrow", "wide")
    context.engine.give(f"{name}_fixed", integers(names, rows))


def _spans(context: Context, name: str, depth: int) -> str:
    """The days to look at, per person and pick: line 0 is the narrow reading of the window, line 1 the wide one.

    People without a record have no row here unless their window is their own: they take the default.
    """
    observed = (
        "COALESCE({0}.we_hi < (CAST(o.observed_to AS BIGINT) + 1) * 1440 AND ({0}.unbounded = 1"
        " OR {0}.ws_lo >= CAST(o.observed_from AS BIGINT) * 1440), FALSE) AND p.listens = 1"
    )
    texts = [
        f"""
        SELECT DISTINCT f.person, x.pick, x.line, x.first, x.last, {observed.format("x")} AS silent, x.unbounded, x.same,
            x.narrow, x.wide
        FROM {name}_found AS f INNER JOIN {name}_fixed AS x ON x.pick = f.pick
        INNER JOIN {name}_given AS p ON p.pick = f.pick INNER JOIN persons AS o ON o.person = f.person
        LEFT JOIN {name}_alone AS l ON l.person = f.person AND l.reading = p.reading
        WHERE f.possible = 1 AND l.person IS NULL"""
    ]
    if any(is_moved(context, p) for p in context.plan.picks.values() if p.kind == "line" and p.depth == depth):
        day = "CAST(FLOOR({0} / 1440e0) AS BIGINT)"
        first = f"CASE WHEN {{0}} <= {-FOREVER} THEN {LONG_AGO} ELSE {day} END"
        last = f"CASE WHEN {{0}} >= {FOREVER - 1} THEN {LAST} ELSE LEAST({day}, {LAST}) END"
        same = "fr.ws_lo = fr.ws_hi AND fr.we_lo = fr.we_hi"
        current = MEASURES.index("current")
        each = f"p.spell = 1 AND p.measure = {current}"
        shared = f"""{observed.format("fr")} AS silent, fr.unbounded, CASE WHEN {same} THEN 1 ELSE 0 END AS same"""
        tables = (
            f"FROM {context.name(f'frames_{depth}')} AS fr INNER JOIN {name}_given AS p ON p.frame = fr.frame"
            " AND p.moved = 1 INNER JOIN persons AS o ON o.person = fr.person WHERE fr.ok = 1"
        )
        narrow, wide = first.format("fr.ws_hi"), first.format("fr.ws_lo")
        shortest, longest = last.format("fr.we_lo"), last.format("fr.we_hi")
        both, two = f"({same})", f"NOT ({same})"
        texts.append(f"""
            SELECT fr.person, p.pick, 0 AS line, {narrow} AS first, {shortest} AS last, {shared}, 1 AS narrow,
                CASE WHEN {both} THEN 1 ELSE 0 END AS wide {tables} AND NOT ({each})""")
        texts.append(f"""
            SELECT fr.person, p.pick, 1 AS line, {wide} AS first, {longest} AS last, {shared}, 0 AS narrow, 1 AS wide
            {tables} AND {two} AND NOT ({each})""")
        starts = "fr.ws_lo = fr.ws_hi"
        each_day = f"UNNEST(GENERATE_SERIES({shortest}, {longest}))"
        texts.append(f"""
            SELECT person, pick, 2 * last AS line, first, last, silent, unbounded, same, 1 AS narrow, one AS wide
            FROM (SELECT fr.person, p.pick, {narrow} AS first, {each_day} AS last, {shared},
                CASE WHEN {starts} THEN 1 ELSE 0 END AS one {tables} AND {each}) AS d""")
        texts.append(f"""
            SELECT person, pick, 2 * last + 1 AS line, first, last, silent, unbounded, same, 0 AS narrow, 1 AS wide
            FROM (SELECT fr.person, p.pick, {wide} AS first, {each_day} AS last, {shared} {tables} AND {each}
                AND NOT ({starts})) AS d""")
    return " UNION ALL ".join(texts)


def _each_end(pick: Pick) -> bool:
    return isinstance(pick.node, Spell) and pick.node.measure == "current"


def _is_range(pick: Pick) -> bool:
    return isinstance(pick.node, Extent) and pick.node.which == "range"


def _doses(name: str, ranged: bool) -> str:
    """Stretches of doses and presence; a range must also know which records make each of them."""
    kind = "p.measured = 0 AND " + ("p.spell = 0 AND p.measure = 2" if ranged else "(p.spell = 1 OR p.measure <> 2)")
    day = "CAST(FLOOR({0} / 1440e0) AS BIGINT)"
    records = f"""
        SELECT f.person, f.pick, f.concept, {day.format("f.t_lo")} AS a, {day.format("f.t_hi")} AS b,
            {day.format("f.x_lo")} AS c, {day.format("f.x_hi")} AS d, f.uncertain, x.factor, f.v_lo, f.v_hi, f.problem,
            f.t_lo, f.t_hi, f.x_lo, f.x_hi, f.source
        FROM {name}_found AS f INNER JOIN {name}_factors AS x ON x.pick = f.pick AND x.concept = f.concept
        INNER JOIN {name}_given AS p ON p.pick = f.pick
        WHERE f.possible = 1 AND {kind}"""
    edges = " UNION ".join(
        [
            f"SELECT s.person, s.pick, s.line, s.first AS day FROM {name}_spans AS s INNER JOIN {name}_given AS p"
            f" ON p.pick = s.pick AND {kind} WHERE s.first <= s.last"
        ]
        + [
            f"SELECT s.person, s.pick, s.line, {end} AS day FROM {name}_spans AS s INNER JOIN ({records}) AS r"
            f" ON r.person = s.person AND r.pick = s.pick WHERE {end} > s.first AND {end} <= s.last"
            for end in ("r.a", "r.b", "r.c + 1", "r.d + 1")
        ]
    )
    cut = f"""
        SELECT e.person, e.pick, e.line, e.day AS first,
            COALESCE(LEAD(e.day) OVER (PARTITION BY e.person, e.pick, e.line ORDER BY e.day) - 1, s.last) AS last,
            s.silent, s.same
        FROM ({edges}) AS e INNER JOIN {name}_spans AS s ON s.person = e.person AND s.pick = e.pick AND s.line = e.line"""
    problem = "CASE WHEN r.problem IS NULL THEN {0} ELSE 1 << CAST(r.problem AS INTEGER) END"
    known = "r.v_lo IS NOT NULL AND r.v_hi IS NOT NULL AND r.factor IS NOT NULL"
    sure = "r.uncertain = 0 AND r.b <= c.first AND c.last <= r.c"
    rounded = ROUND6.format("(r.factor * {0})")
    doubts = f"""(CASE WHEN NOT ({known}) THEN {problem.format(reason("no_data"))}
            WHEN r.v_lo <> r.v_hi THEN {problem.format(reason("censored"))} ELSE 0 END)
        | (CASE WHEN {sure} THEN 0 WHEN r.uncertain = 0 THEN {reason("partial_date")}
            ELSE {problem.format(reason("broader_only"))} END)"""
    text = (
        "CAST(r.concept AS VARCHAR) || ':' || CAST(r.t_lo AS VARCHAR) || ':' || CAST(r.t_hi AS VARCHAR) || ':'"
        " || CAST(r.x_lo AS VARCHAR) || ':' || CAST(r.x_hi AS VARCHAR) || ':' || CAST(r.source AS VARCHAR)"
    )
    order = "r.concept, r.t_lo, r.t_hi, r.x_lo, r.x_hi, r.source"
    identity = f"COALESCE(STRING_AGG({text}, ',' ORDER BY {order}), '')" if ranged else "CAST(NULL AS VARCHAR)"
    return f"""
        SELECT person, pick, line, first, last, same, {ROUND6.format("low")} AS lower,
            CASE WHEN silent THEN {ROUND6.format("high")} ELSE {INF} END AS upper, sure, covered > 0 OR NOT silent AS possible,
            why | (CASE WHEN silent THEN 0 ELSE {reason("no_data")} END) AS reasons,
            CASE WHEN steady = 1 AND silent THEN records END AS identity
        FROM (
            SELECT c.person, c.pick, c.line, c.first, c.last, c.same, c.silent, COUNT(r.person) AS covered,
                COALESCE(SUM(CASE WHEN {sure} AND {known} THEN {rounded.format("r.v_lo")} ELSE 0e0 END), 0e0) AS low,
                COALESCE(SUM(CASE WHEN r.person IS NULL THEN 0e0 WHEN {known} THEN {rounded.format("r.v_hi")} ELSE {INF} END), 0e0) AS high,
                MAX(CASE WHEN r.person IS NOT NULL AND {sure} THEN 1 ELSE 0 END) AS sure,
                BIT_OR(CASE WHEN r.person IS NULL THEN 0 ELSE {doubts} END) AS why,
                MIN(CASE WHEN r.person IS NULL OR ({sure}) THEN 1 ELSE 0 END) AS steady,
                {identity} AS records
            FROM ({cut}) AS c LEFT JOIN ({records}) AS r ON r.person = c.person AND r.pick = c.pick
                AND r.a <= c.first AND r.d >= c.last
            GROUP BY c.person, c.pick, c.line, c.first, c.last, c.same, c.silent
        ) AS q"""


def _values(context: Context, name: str, readings: Sequence[Reading]) -> str:
    """Stretches of a measured value: one per measured or interpolated day, and the gaps between them."""
    engine = context.engine
    day = "CAST(FLOOR({0} / 1440e0) AS BIGINT)"
    longest = max((r.node.timeline.interpolate_days for r in readings), default=0)
    engine.give(f"{name}_steps", integers(("step",), [(i,) for i in range(1, longest)]))
    measured = f"""
        SELECT f.person, f.pick, MAX(p.fill) AS fill, {day.format("f.t_lo")} AS day, MIN(f.v_lo) AS low, MIN(f.v_hi) AS high
        FROM {name}_found AS f INNER JOIN {name}_given AS p ON p.pick = f.pick AND p.measured = 1
        WHERE f.sure = 1 AND f.v_lo IS NOT NULL AND {day.format("f.t_lo")} = {day.format("f.t_hi")}
        GROUP BY f.person, f.pick, {day.format("f.t_lo")}"""
    pairs = f"""
        SELECT m.*, LEAD(day) OVER (PARTITION BY person, pick ORDER BY day) AS next_day,
            LEAD(low) OVER (PARTITION BY person, pick ORDER BY day) AS next_low,
            LEAD(high) OVER (PARTITION BY person, pick ORDER BY day) AS next_high
        FROM ({measured}) AS m"""
    engine.keep(f"{name}_measured", template(pairs))
    share = "(CAST(s.step AS DOUBLE) / CAST(next_day - day AS DOUBLE))"
    low = ROUND6.format(f"(low + (next_low - low) * {share})")
    high = ROUND6.format(f"(high + (next_high - high) * {share})")
    engine.keep(
        f"{name}_joined",
        template(f"""
        SELECT person, pick, day, low, high FROM {name}_measured
        UNION ALL
        SELECT person, pick, day + s.step AS day, {low} AS low, {high} AS high
        FROM {name}_measured INNER JOIN {name}_steps AS s ON s.step < next_day - day
        WHERE next_day - day <= fill"""),
    )
    problem = "CASE WHEN f.problem IS NULL THEN {0} ELSE 1 << CAST(f.problem AS INTEGER) END"
    exact = f"f.sure = 1 AND {day.format('f.t_lo')} = {day.format('f.t_hi')}"
    doubts = f"""(CASE WHEN f.v_lo IS NULL THEN {problem.format(reason("no_data"))}
            WHEN f.v_lo <> f.v_hi THEN {problem.format(reason("censored"))} ELSE 0 END)
        | (CASE WHEN {exact} THEN 0 WHEN f.uncertain = 0 THEN {reason("partial_date")}
            ELSE {problem.format(reason("broader_only"))} END)"""
    engine.keep(
        f"{name}_filled",
        template(f"""
        SELECT d.person, d.pick, d.day, LEAST(d.low, COALESCE(v.lowest, d.low)) AS low, d.high, COALESCE(v.why, 0) AS why
        FROM {name}_joined AS d LEFT JOIN (
            SELECT d.person, d.pick, d.day, MIN(COALESCE(f.v_lo, -{INF})) AS lowest, BIT_OR({doubts}) AS why
            FROM {name}_joined AS d INNER JOIN {name}_found AS f ON f.person = d.person AND f.pick = d.pick
                AND f.possible = 1 AND NOT ({exact} AND f.v_lo IS NOT NULL)
                AND d.day BETWEEN {day.format("f.t_lo")} AND {day.format("f.t_hi")} AND COALESCE(f.v_lo, -{INF}) < d.low
            GROUP BY d.person, d.pick, d.day
        ) AS v ON v.person = d.person AND v.pick = d.pick AND v.day = d.day"""),
    )
    inside = f"""
        SELECT s.person, s.pick, s.line, s.first, s.last, s.same, d.day, d.low, d.high, d.why
        FROM {name}_spans AS s INNER JOIN {name}_given AS p ON p.pick = s.pick AND p.measured = 1
        LEFT JOIN {name}_filled AS d ON d.person = s.person AND d.pick = s.pick AND d.day BETWEEN s.first AND s.last
        WHERE s.first <= s.last"""
    no_data = reason("no_data")
    unknown = f"-{INF} AS lower, {INF} AS upper, 0 AS sure, TRUE AS possible, {no_data} AS reasons, CAST(NULL AS VARCHAR) AS identity"
    return f"""
        SELECT person, pick, line, day AS first, day AS last, same, low AS lower, high AS upper, 1 AS sure, TRUE AS possible,
            CASE WHEN low = high THEN 0 WHEN why <> 0 THEN why ELSE {reason("censored")} END AS reasons, CAST(NULL AS VARCHAR) AS identity
        FROM ({inside}) AS i WHERE day IS NOT NULL
        UNION ALL
        SELECT person, pick, line, before + 1 AS first, day - 1 AS last, same, {unknown}
        FROM (
            SELECT person, pick, line, day, same, COALESCE(LAG(day) OVER (PARTITION BY person, pick, line ORDER BY day),
                first - 1) AS before FROM ({inside}) AS i WHERE day IS NOT NULL
        ) AS g WHERE day - before > 1
        UNION ALL
        SELECT person, pick, line, COALESCE(MAX(day) + 1, MIN(first)) AS first, MAX(last) AS last, MAX(same) AS same, {unknown}
        FROM ({inside}) AS i GROUP BY person, pick, line HAVING COALESCE(MAX(day), MIN(first) - 1) < MAX(last)"""


def _outcomes(name: str, readings: Sequence[Reading]) -> list[str]:
    """Bounds and reasons of each spell and extent."""
    texts = []
    if any(isinstance(r.node, Spell) for r in readings):
        texts.append(_spells(name))
    if any(isinstance(r.node, Extent) for r in readings):
        texts.append(_extents(name))
    return texts


def _spells(name: str) -> str:
    held = verdict("p.operator", "s.lower", "s.upper", "FALSE", "FALSE", "p.threshold")
    state = f"CASE WHEN p.operator < 0 THEN CASE WHEN s.sure = 1 THEN 1 WHEN NOT s.possible THEN 0 END ELSE {held} END"
    base = f"""
        SELECT s.*, {state} AS held, p.measure, p.bridge FROM {name}_stretches AS s
        INNER JOIN {name}_given AS p ON p.pick = s.pick WHERE p.spell = 1"""
    railed = f"""
        SELECT b.*, r.rail FROM ({base}) AS b
        INNER JOIN (SELECT 0 AS rail UNION ALL SELECT 1 AS rail) AS r ON (r.rail = 0 AND b.held = 1)
            OR (r.rail = 1 AND (b.held IS NULL OR b.held = 1))"""
    group = "PARTITION BY person, pick, line, rail ORDER BY first"
    broken = f"""
        SELECT *, CASE WHEN first - LAG(last) OVER ({group}) - 1 <= bridge THEN 0 ELSE 1 END AS starts FROM ({railed}) AS h"""
    runs = f"""
        SELECT person, pick, line, rail, run, MAX(measure) AS measure, MIN(first) AS first, MAX(last) AS last,
            SUM(last - first + 1) AS days
        FROM (SELECT *, SUM(starts) OVER ({group}) AS run FROM ({broken}) AS h) AS h
        GROUP BY person, pick, line, rail, run"""
    totals = f"""
        SELECT r.person, r.pick, r.line, r.rail,
            MAX(CASE WHEN r.measure = 0 THEN r.last - r.first + 1 WHEN r.measure = 2 AND r.last = s.last
                THEN r.last - r.first + 1 ELSE 0 END) AS longest, SUM(r.days) AS total, MAX(r.measure) AS measure
        FROM ({runs}) AS r INNER JOIN {name}_spans AS s ON s.person = r.person AND s.pick = r.pick AND s.line = r.line
        GROUP BY r.person, r.pick, r.line, r.rail"""
    days = "CASE WHEN t.measure = 1 THEN t.total ELSE t.longest END"
    bounds = f"""
        SELECT s.person, s.pick, MIN(s.same) AS same,
            MIN(CASE WHEN s.narrow = 1 THEN COALESCE(CASE WHEN t.rail = 0 THEN {days} END, 0) END) AS lower,
            MAX(CASE WHEN s.wide = 1 THEN COALESCE(CASE WHEN u.rail = 1 THEN {days.replace("t.", "u.")} END, 0) END) AS upper
        FROM {name}_spans AS s INNER JOIN {name}_given AS p ON p.pick = s.pick AND p.spell = 1
        LEFT JOIN ({totals}) AS t ON t.person = s.person AND t.pick = s.pick AND t.line = s.line AND t.rail = 0
        LEFT JOIN ({totals}) AS u ON u.person = s.person AND u.pick = s.pick AND u.line = s.line AND u.rail = 1
        GROUP BY s.person, s.pick"""
    return f"""
        SELECT s.person, s.pick, s.lower, s.upper,
            COALESCE(w.why, 0) | (CASE WHEN s.same = 1 THEN 0 ELSE {reason("partial_date")} END) AS reasons
        FROM ({bounds}) AS s
        LEFT JOIN (SELECT person, pick, BIT_OR(reasons) AS why FROM ({base}) AS b WHERE held IS NULL
            GROUP BY person, pick) AS w ON w.person = s.person AND w.pick = s.pick"""


def _extents(name: str) -> str:
    days = "(last - first + 1)"
    low_mean, high_mean = (ROUND6.format(f"(SUM({b} * {days}) / SUM({days}))") for b in ("lower", "upper"))
    base = f"""
        SELECT s.*, p.measure, p.measured, x.wide FROM {name}_stretches AS s INNER JOIN {name}_given AS p ON p.pick = s.pick
        INNER JOIN {name}_spans AS x ON x.person = s.person AND x.pick = s.pick AND x.line = s.line
        WHERE p.spell = 0"""
    numbered = f"""
        SELECT b.*, COALESCE(identity, CAST(first AS VARCHAR)) AS entry,
            CASE WHEN identity IS NULL THEN 1 ELSE 0 END AS loose
        FROM ({base}) AS b WHERE measure = 2 AND (measured = 0 OR sure = 1)"""
    ranges = f"""
        SELECT x.person, x.pick, x.line, MAX(x.lower) - MIN(y.upper) AS low,
            MAX(CASE WHEN x.loose = 1 OR x.entry <> y.entry OR x.loose <> y.loose THEN x.upper - y.lower ELSE 0e0 END) AS high
        FROM ({numbered}) AS x INNER JOIN ({numbered}) AS y ON x.person = y.person AND x.pick = y.pick AND x.line = y.line
        GROUP BY x.person, x.pick, x.line"""
    bounds = f"""
        SELECT person, pick, line, MAX(measure) AS measure,
            CASE MAX(measure) WHEN 0 THEN MAX(lower) WHEN 1 THEN MIN(lower) WHEN 3 THEN
                CASE WHEN MAX(same) = 1 THEN {low_mean} ELSE MIN(lower) END END AS lower,
            CASE MAX(measure) WHEN 0 THEN MAX(upper) WHEN 1 THEN MIN(upper) WHEN 3 THEN
                CASE WHEN MAX(same) = 1 THEN {high_mean} ELSE MAX(upper) END END AS upper
        FROM ({base}) AS b WHERE (measured = 0 OR sure = 1) AND (measure <> 3 OR wide = 1) GROUP BY person, pick, line"""
    range_low = f"CASE WHEN ISNAN(r.low) OR r.low < 0e0 THEN 0e0 ELSE {ROUND6.format('r.low')} END"
    range_high = f"CASE WHEN ISNAN(r.high) THEN {INF} ELSE {ROUND6.format('r.high')} END"
    return f"""
        SELECT s.person, s.pick, MIN(COALESCE(CASE WHEN b.measure = 2 THEN {range_low} ELSE b.lower END, -{INF})) AS lower,
            MAX(COALESCE(CASE WHEN b.measure = 2 THEN {range_high} ELSE b.upper END, {INF})) AS upper,
            COALESCE(NULLIF(MAX(COALESCE(w.why, 0)) | MAX(CASE WHEN s.same = 1 THEN 0 ELSE {reason("partial_date")} END), 0),
                {reason("no_data")}) AS reasons
        FROM {name}_spans AS s INNER JOIN {name}_given AS p ON p.pick = s.pick AND p.spell = 0
        LEFT JOIN ({bounds}) AS b ON b.person = s.person AND b.pick = s.pick AND b.line = s.line
        LEFT JOIN ({ranges}) AS r ON r.person = s.person AND r.pick = s.pick AND r.line = s.line
        LEFT JOIN (SELECT person, pick, BIT_OR(reasons) AS why FROM ({base}) AS b GROUP BY person, pick) AS w
            ON w.person = s.person AND w.pick = s.pick
        WHERE p.measure <> 3 OR s.wide = 1 GROUP BY s.person, s.pick"""


def _notes(name: str, outcome: str) -> str:
    """The number of each person, with the notes on what rests on silence."""
    spans = f"SELECT person, pick, MAX(CASE WHEN silent THEN 1 ELSE 0 END) AS silent, MAX(unbounded) AS unbounded FROM {name}_spans GROUP BY person, pick"
    seen = f"SELECT DISTINCT person, pick FROM {name}_found WHERE possible = 1"
    return f"""
        SELECT q.person, p.reading, CAST(q.lower AS DOUBLE) AS lower, CAST(q.upper AS DOUBLE) AS upper, 0 AS lower_open,
            0 AS upper_open, CAST(CASE WHEN q.lower < q.upper THEN q.reasons ELSE 0 END AS BIGINT) AS reasons,
            CAST((CASE WHEN p.moved = 1 THEN fr.notes ELSE p.wnotes END) | (CASE WHEN f.person IS NULL AND s.silent = 1
                THEN {note("absence")} | (s.unbounded * {note("ever")}) ELSE 0 END) AS BIGINT) AS notes
        FROM {outcome} AS q INNER JOIN {name}_given AS p ON p.pick = q.pick
        INNER JOIN ({spans}) AS s ON s.person = q.person AND s.pick = q.pick
        LEFT JOIN ({seen}) AS f ON f.person = q.person AND f.pick = q.pick
        LEFT JOIN {name}_frames AS fr ON fr.person = q.person AND fr.frame = p.frame"""


def _missing(name: str) -> str:
    """People whose window does not exist: nothing is known."""
    return f"""
        SELECT fr.person, p.reading, CASE WHEN p.spell = 1 THEN 0e0 ELSE -{INF} END AS lower, {INF} AS upper, 0 AS lower_open,
            0 AS upper_open, fr.reasons, fr.notes
        FROM {name}_frames AS fr INNER JOIN {name}_given AS p ON p.frame = fr.frame AND p.moved = 1 WHERE fr.ok = 0"""
