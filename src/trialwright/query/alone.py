"""Time lines with one record: their spells and extents in closed form, without stretches.

Most people who take a drug have one record of it in a window.  Its days are covered from `b` to `c` for sure, from `a`
to `d` perhaps; every number that a spell or an extent can be follows from the lengths of the two.
"""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

from trialwright.query.limits import INF, ROUND6
from trialwright.query.sql import reason

ABOVE, AT_LEAST = 2, 3
"""The operators `>` and `>=` in the order of `limits.OPERATORS`."""


def alone(name: str) -> str:
    """Rows person, reading, lower, upper, reasons, notes of those whose one record decides; the others are left open.

    For windows of whole days that are the same for everybody and that the source observed.
    """
    day = "CAST(FLOOR({0} / 1440e0) AS BIGINT)"
    problem = "(CASE WHEN problem IS NULL THEN {0} ELSE 1 << CAST(problem AS INTEGER) END)"
    records = f"""
        SELECT f.person, f.pick, MIN(f.concept) AS concept, MIN({day.format("f.t_lo")}) AS a, MIN({day.format("f.t_hi")}) AS b,
            MIN({day.format("f.x_lo")}) AS c, MIN({day.format("f.x_hi")}) AS d, MIN(f.uncertain) AS uncertain,
            MIN(f.v_lo) AS v_lo, MIN(f.v_hi) AS v_hi, MIN(f.problem) AS problem
        FROM {name}_found AS f WHERE f.possible = 1 GROUP BY f.person, f.pick HAVING COUNT(*) = 1"""
    lines = f"""
        SELECT pick, MIN(first) AS first, MIN(last) AS last, MIN(ws_lo) AS ws_lo, MIN(we_hi) AS we_hi,
            MIN(unbounded) AS unbounded FROM {name}_fixed GROUP BY pick
        HAVING COUNT(*) = 1 AND MIN(same) = 1 AND MIN(first) <= MIN(last)"""
    known = "(v_lo IS NOT NULL AND v_hi IS NOT NULL AND factor IS NOT NULL)"
    days = f"""
        SELECT r.person, p.reading, p.spell, p.measure, p.operator, p.threshold, p.wnotes, r.uncertain, r.problem,
            x.last - x.first + 1 AS whole, GREATEST(r.a, x.first) AS p1, LEAST(r.d, x.last) AS p2, x.last,
            GREATEST(r.b, x.first) AS s1, LEAST(r.c, x.last) AS s2, {known} AS known, v_lo <> v_hi AS vague,
            CASE WHEN {known} THEN {ROUND6.format("(factor * v_lo)")} ELSE 0e0 END AS low,
            CASE WHEN {known} THEN {ROUND6.format("(factor * v_hi)")} ELSE {INF} END AS high
        FROM ({records}) AS r INNER JOIN {name}_given AS p ON p.pick = r.pick AND p.measured = 0 AND p.moved = 0
        INNER JOIN ({lines}) AS x ON x.pick = r.pick
        INNER JOIN {name}_factors AS k ON k.pick = r.pick AND k.concept = r.concept
        INNER JOIN persons AS o ON o.person = r.person
        WHERE p.listens = 1 AND x.we_hi < (CAST(o.observed_to AS BIGINT) + 1) * 1440
            AND (x.unbounded = 1 OR x.ws_lo >= CAST(o.observed_from AS BIGINT) * 1440)
            AND COALESCE(v_lo >= 0e0, TRUE) AND (p.operator < 0 OR (p.operator = {AT_LEAST} AND p.threshold > 0e0)
                OR (p.operator = {ABOVE} AND p.threshold >= 0e0))"""
    lengths = f"""
        SELECT *, CASE WHEN uncertain = 0 AND s1 <= s2 THEN s2 - s1 + 1 ELSE 0 END AS sure, p2 - p1 + 1 AS maybe,
            CASE WHEN NOT known THEN {problem.format(reason("no_data"))} WHEN vague THEN {problem.format(reason("censored"))} ELSE 0 END AS base,
            CASE WHEN uncertain = 0 THEN {reason("partial_date")} ELSE {problem.format(reason("broader_only"))} END AS extra,
            CASE operator WHEN {ABOVE} THEN low > threshold WHEN {AT_LEAST} THEN low >= threshold ELSE TRUE END AS low_holds,
            CASE operator WHEN {ABOVE} THEN high > threshold WHEN {AT_LEAST} THEN high >= threshold ELSE TRUE END AS high_holds
        FROM ({days}) AS d"""
    return f"""
        SELECT person, reading, lower, upper, CASE WHEN lower < upper THEN why ELSE 0 END AS reasons, wnotes AS notes
        FROM (
            SELECT person, reading, wnotes,
                CAST(CASE WHEN spell = 1 THEN CASE WHEN low_holds AND (measure <> 2 OR s2 = last) THEN sure ELSE 0 END
                    WHEN measure = 0 THEN CASE WHEN sure > 0 THEN low ELSE 0e0 END
                    WHEN measure = 1 THEN CASE WHEN sure = whole THEN low ELSE 0e0 END
                    ELSE CASE WHEN sure = whole THEN 0e0 ELSE low END END AS DOUBLE) AS lower,
                CAST(CASE WHEN spell = 1 THEN CASE WHEN high_holds AND (measure <> 2 OR p2 = last) THEN maybe ELSE 0 END
                    WHEN measure = 0 THEN high WHEN measure = 1 THEN CASE WHEN maybe = whole THEN high ELSE 0e0 END
                    ELSE CASE WHEN sure = whole THEN 0e0 ELSE low END END AS DOUBLE) AS upper,
                CASE WHEN spell = 1 THEN (CASE WHEN high_holds AND NOT low_holds AND sure > 0 THEN base ELSE 0 END)
                        | (CASE WHEN high_holds AND maybe > sure THEN base | extra ELSE 0 END)
                    ELSE COALESCE(NULLIF((CASE WHEN sure > 0 THEN base ELSE 0 END) | (CASE WHEN maybe > sure THEN base | extra
                        ELSE 0 END), 0), {reason("no_data")}) END AS why
            FROM ({lengths}) AS n
            WHERE maybe > 0 AND maybe >= sure
                AND (spell = 1 OR measure < 2 OR (measure = 2 AND (sure = whole OR (base = 0 AND sure = maybe))))
        ) AS n"""
