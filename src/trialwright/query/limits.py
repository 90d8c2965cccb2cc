"""An interval against a fixed limit, in SQL text; the operator may be a column of codes."""

from __future__ import annotations

OPERATORS = ("<", "<=", ">", ">=", "=", "!=")
INF = "CAST('Infinity' AS DOUBLE)"
ROUND6 = "CASE WHEN ABS({0}) < 1e9 THEN SIGN({0}) * FLOOR(ABS({0}) * 1e6 + 5e-1) / 1e6 ELSE {0} END"
"""The rounding of `values.round6`, for text."""


def verdict(operator: str, lower: str, upper: str, lower_open: str, upper_open: str, limit: str) -> str:
    """1, 0 or NULL: an interval against a point, the operator being a column of codes."""
    above = f"({limit} < {lower} OR ({limit} = {lower} AND {lower_open}))"
    below = f"({upper} < {limit} OR ({upper} = {limit} AND {upper_open}))"
    point = f"{lower} = {upper}"
    equal = f"CASE WHEN {point} THEN CASE WHEN {lower} = {limit} THEN 1 ELSE 0 END WHEN {above} OR {below} THEN 0 END"
    return f"""CASE {operator}
        WHEN 0 THEN CASE WHEN {below} THEN 1 WHEN {limit} <= {lower} THEN 0 END
        WHEN 1 THEN CASE WHEN {upper} <= {limit} THEN 1 WHEN {above} THEN 0 END
        WHEN 2 THEN CASE WHEN {above} THEN 1 WHEN {upper} <= {limit} THEN 0 END
        WHEN 3 THEN CASE WHEN {limit} <= {lower} THEN 1 WHEN {below} THEN 0 END
        WHEN 4 THEN {equal} ELSE 1 - ({equal}) END"""


def fact_verdict(operator: str, limit: str) -> str:
    """The value of the fact `f` against a limit; an unreadable value may be anything."""
    known = "COALESCE(f.v_lo <> f.v_hi, FALSE)"
    return verdict(
        operator,
        f"COALESCE(f.v_lo, -{INF})",
        f"COALESCE(f.v_hi, {INF})",
        f"({known} AND (f.flags & 1) <> 0)",
        f"({known} AND (f.flags & 2) <> 0)",
        limit,
    )
