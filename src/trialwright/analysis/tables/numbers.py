"""How a number of the results is written: counts whole, percentages to one decimal, the rest to about three digits.

Rounding is half to even on the decimal digits of the double; the results keep every digit.
"""

from __future__ import annotations

import math

LARGE = 1e7
"""From here on, as doses of cells are, a number is written in millions and so on (66.2e6)."""
WHOLE = ("n", "count", "missing", "events", "at risk", "censored")
MEASURED = ("mean", "sd", "geometric mean", "survival")
"""Written with decimals even where they are zeros."""
ABSENT = "–"


def written(value: float | None, statistic: str = "", unit: str | None = None) -> str:
    """One number for a reader; an absent one is a dash."""
    if value is None:
        return ABSENT
    if statistic in WHOLE and value == int(value):
        return f"{int(value):,}"
    if abs(value) >= LARGE and statistic not in WHOLE:
        power = 3 * (math.floor(math.log10(abs(value))) // 3)
        return f"{value / 10**power:.1f}e{power}"
    if statistic in ("percent", "geometric cv") or unit in ("%", "percent"):
        return f"{value:.1f}"
    if value == int(value) and abs(value) < 1e15 and statistic not in MEASURED:
        return f"{int(value):,}"
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 1 or size == 0:
        return f"{value:.{1 if size >= 10 else 2}f}"
    if size >= 0.001:
        return f"{value:.{2 - math.floor(math.log10(size))}f}"
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{mantissa}e{int(exponent)}"
