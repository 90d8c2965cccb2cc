"""How many facts: the lower bound counts what is sure, the upper what is possible, and silence may mean none."""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

from collections.abc import Sequence

from trialwright.language.nodes import Count
from trialwright.query import sql
from trialwright.query.defaults import minutes
from trialwright.query.found import Context, found, frame_number, give_windows, integers, is_moved
from trialwright.query.plan import Pick, Reading
from trialwright.query.sql import Tree, note, reason, template

INF = "CAST('Infinity' AS DOUBLE)"
BY_FACT, BY_CONCEPT, BY_DAY = 0, 1, 2
DAY_LO, DAY_HI = "CAST(FLOOR(t_lo / 1440e0) AS BIGINT)", "CAST(FLOOR(t_hi / 1440e0) AS BIGINT)"


def counts(context: Context, depth: int) -> Tree | None:
    """The numbers of all counts at this depth."""
    readings = [
        r for r in context.plan.readings.values() if r.depth == depth and r.pick is not None and r.pick.kind == "count"
    ]
    if not readings:
        return None
    name = context.name(f"count_{depth}")
    picks = [r.pick for r in readings if r.pick is not None]
    wanted = context.read(readings)
    _give(context, wanted, f"{name}_given")
    modes = [(p.id, _mode(p.node)) for p in picks if isinstance(p.node, Count)]
    context.engine.give(f"{name}_modes", integers(("pick", "mode"), modes))
    direct = [] if context.only else [p for p in picks if p.id in context.lanes.picks]
    if direct:
        give_windows(context, direct, f"{name}_windows_last")
        context.engine.keep(f"{name}_windows_hard", template("SELECT person, pick FROM open_picks"))
    rest = [p for p in picks if p not in direct]
    facts = found(context, rest, f"{name}_windows", older=False, hard=direct)
    by_day = {p.id: p.node.spacing_days for p in picks if isinstance(p.node, Count) and _mode(p.node) == BY_DAY}
    source = f"({facts.sql(dialect='duckdb')})"
    if by_day or context.only:
        context.engine.keep(f"{name}_found", facts)
        source = f"{name}_found"
    if not wanted:
        return None
    if by_day:
        _days(context, name, by_day)
    context.engine.keep(f"{name}_grouped", template(_grouped(source, name, bool(by_day))))
    still = [r.id for r in wanted if r.pick is not None and not is_moved(context, r.pick)]
    trees = []
    if still:
        trees.append(
            template(
                _final(f"""
            SELECT g.*, p.reading, p.listens, p.concepts, p.wnotes, 1 AS ok, 0 AS wreasons, p.unbounded,
                COALESCE(p.we_hi < (CAST(o.observed_to AS BIGINT) + 1) * 1440 AND (p.unbounded = 1
                    OR p.ws_lo >= CAST(o.observed_from AS BIGINT) * 1440), FALSE) AS observed
            FROM {name}_grouped AS g INNER JOIN {name}_given AS p ON p.pick = g.pick
            INNER JOIN persons AS o ON o.person = g.person WHERE p.moved = 0""")
            )
        )
    if len(still) < len(wanted):
        zeros = ", ".join(
            f"COALESCE(g.{c}, 0) AS {c}" for c in ("sure", "possible", "low", "high", "absent", "broad", "vague")
        )
        trees.append(
            template(
                _final(f"""
            SELECT fr.person, {zeros}, p.reading, p.listens, p.concepts, fr.notes AS wnotes, fr.ok, fr.reasons AS wreasons,
                fr.unbounded, COALESCE(fr.we_hi < (CAST(o.observed_to AS BIGINT) + 1) * 1440 AND (fr.unbounded = 1
                    OR fr.ws_lo >= CAST(o.observed_from AS BIGINT) * 1440), FALSE) AS observed
            FROM {context.name(f"frames_{depth}")} AS fr INNER JOIN {name}_given AS p ON p.frame = fr.frame AND p.moved = 1
            INNER JOIN persons AS o ON o.person = fr.person
            LEFT JOIN {name}_grouped AS g ON g.person = fr.person AND g.pick = p.pick""")
            )
        )
    return sql.union_all(*trees)


def _mode(node: Count) -> int:
    if node.by == "concept":
        return BY_CONCEPT
    return BY_FACT if node.by == "fact" and not node.spacing_days else BY_DAY


def _give(context: Context, readings: Sequence[Reading], name: str) -> None:
    rows = []
    for reading in readings:
        pick: Pick | None = reading.pick
        assert pick is not None
        listens = int(
            pick.facts.domain not in ("measurement", "observation") and pick.facts.domain in context.layout.observed
        )
        moved = is_moved(context, pick)
        bounds: tuple[int, ...] = (0, 0, 0)
        notes = 0
        if pick.frame is not None:
            start, _, _, end = minutes(pick.frame)
            bounds = (start, end, int(pick.frame.unbounded))
            notes = sql.note(*context.plan.interpreter.frame(pick.window)[1].notes)
        number = frame_number(context, pick) if moved else -1
        concepts = len(set(pick.facts.concepts))
        rows.append((pick.id, reading.id, listens, concepts, *bounds, notes, int(moved), number))
    names = ("pick", "reading", "listens", "concepts", "ws_lo", "we_hi", "unbounded", "wnotes", "moved", "frame")
    context.engine.give(name, integers(names, rows))


def _grouped(source: str, name: str, by_day: bool) -> str:
    """What was found per person and count, tallied the way that the count asks for."""
    days = f"LEFT JOIN {name}_days AS d ON d.person = g.person AND d.pick = g.pick" if by_day else ""
    low = "CASE WHEN mode = 1 THEN concepts_sure ELSE sure END"
    high = "CASE WHEN mode = 1 THEN concepts_possible ELSE possible END"
    if by_day:
        low = f"CASE WHEN mode = 2 THEN COALESCE(NULLIF(d.low, 0), CASE WHEN unclear_sure > 0 THEN 1 ELSE 0 END) ELSE {low} END"
        high = f"CASE WHEN mode = 2 THEN COALESCE(d.high, 0) + unclear ELSE {high} END"
    exact = f"{DAY_LO} = {DAY_HI}"
    return f"""
        SELECT g.person, g.pick, g.sure, g.possible, g.absent, g.broad, g.vague, {low} AS low, {high} AS high
        FROM (
            SELECT person, pick, MAX(mode) AS mode, SUM(sure) AS sure, SUM(possible) AS possible, SUM(absent) AS absent,
                MAX(broad) AS broad, MAX(vague) AS vague, SUM(CASE WHEN sure > 0 THEN 1 ELSE 0 END) AS concepts_sure,
                SUM(CASE WHEN possible > 0 THEN 1 ELSE 0 END) AS concepts_possible, SUM(unclear_sure) AS unclear_sure,
                SUM(unclear) AS unclear
            FROM (
                SELECT f.person, f.pick, f.concept, MAX(m.mode) AS mode, SUM(sure) AS sure, SUM(possible) AS possible,
                    MAX(absent) AS absent,
                    MAX(CASE WHEN possible = 1 AND sure = 0 AND uncertain = 1 THEN 1 ELSE 0 END) AS broad,
                    MAX(CASE WHEN possible = 1 AND sure = 0 AND uncertain = 0 THEN 1 ELSE 0 END) AS vague,
                    SUM(CASE WHEN sure = 1 AND NOT ({exact}) THEN 1 ELSE 0 END) AS unclear_sure,
                    SUM(CASE WHEN possible = 1 AND NOT ({exact}) THEN 1 ELSE 0 END) AS unclear
                FROM {source} AS f INNER JOIN {name}_modes AS m ON m.pick = f.pick
                WHERE possible = 1 OR absent = 1
                GROUP BY f.person, f.pick, f.concept
            ) AS c GROUP BY person, pick
        ) AS g {days}"""


def _days(context: Context, name: str, spacing: dict[int, int]) -> None:
    """Distinct exact days at least so far apart, taken greedily from the first: `low` of sure, `high` of possible facts."""
    engine = context.engine
    engine.give(f"{name}_spacing", integers(("pick", "spacing"), [(p, max(s, 1)) for p, s in spacing.items()]))
    exact = f"{DAY_LO} = {DAY_HI}"
    engine.keep(
        f"{name}_dated",
        template(f"""
        SELECT DISTINCT f.person, f.pick, r.rail, {DAY_LO} AS day, s.spacing
        FROM {name}_found AS f INNER JOIN {name}_spacing AS s ON s.pick = f.pick
        INNER JOIN (SELECT 0 AS rail UNION ALL SELECT 1 AS rail) AS r ON (r.rail = 0 AND f.sure = 1) OR (r.rail = 1 AND f.possible = 1)
        WHERE {exact}"""),
    )
    apart = max(spacing.values()) > 1
    number = "COUNT(*)" if not apart else "SUM(CASE WHEN spacing = 1 THEN 1 ELSE 0 END)"
    steps = [f"SELECT person, pick, rail, {number} AS n FROM {name}_dated GROUP BY person, pick, rail"]
    if apart:
        step = f"{name}_step_0"
        engine.keep(
            step,
            template(f"""
            SELECT person, pick, rail, MIN(day) AS day, 1 AS n FROM {name}_dated WHERE spacing > 1
            GROUP BY person, pick, rail"""),
        )
        count = 0
        while engine.fetch(template(f"SELECT COUNT(*) AS n FROM {step}")).to_pylist()[0]["n"]:
            steps.append(f"SELECT person, pick, rail, n FROM {step}")
            count += 1
            following = f"{name}_step_{count}"
            engine.keep(
                following,
                template(f"""
                SELECT d.person, d.pick, d.rail, MIN(d.day) AS day, MAX(s.n) + 1 AS n
                FROM {name}_dated AS d INNER JOIN {step} AS s ON s.person = d.person AND s.pick = d.pick AND s.rail = d.rail
                WHERE d.day >= s.day + d.spacing GROUP BY d.person, d.pick, d.rail"""),
            )
            step = following
    engine.keep(
        f"{name}_days",
        template(f"""
        SELECT person, pick, MAX(CASE WHEN rail = 0 THEN n ELSE 0 END) AS low, MAX(CASE WHEN rail = 1 THEN n ELSE 0 END) AS high
        FROM ({" UNION ALL ".join(steps)}) AS s GROUP BY person, pick"""),
    )


def _final(source: str) -> str:
    """Bounds, reasons and notes, as `language/selection.count` has them."""
    return f"""
        SELECT person, reading, CAST(lower AS DOUBLE) AS lower, upper, 0 AS lower_open, 0 AS upper_open,
            CAST(CASE WHEN lower < upper THEN why | (broad * {reason("broader_only")}) | (vague * {reason("partial_date")})
                ELSE 0 END AS BIGINT) AS reasons,
            CAST(noted | wnotes AS BIGINT) AS notes
        FROM (
            SELECT *, CASE WHEN ok = 0 OR (absent > 0 AND sure > 0) THEN 0 ELSE low END AS lower,
                CASE WHEN ok = 0 OR endless THEN {INF} ELSE CAST(high AS DOUBLE) END AS upper,
                CASE WHEN ok = 0 THEN wreasons ELSE (CASE WHEN absent > 0 AND sure > 0 THEN {reason("conflict")} ELSE 0 END)
                    | (CASE WHEN endless THEN {reason("no_data")} ELSE 0 END) END AS why,
                CASE WHEN ok = 1 AND silent AND possible = 0 THEN {note("absence")} | (unbounded * {note("ever")})
                    ELSE 0 END AS noted
            FROM (
                SELECT *, listens = 1 AND observed AS silent,
                    NOT (listens = 1 AND observed) AND (possible > 0 OR absent < concepts) AS endless
                FROM ({source}) AS c
            ) AS c
        ) AS c"""
