"""Calendar arithmetic on days: the one rule for months, years and ages.

A month later is the same day of the month, or the last day where the month is shorter; a person completes n years on
birth + n years.  2004-02-29 + 18 years is 2022-02-28.
"""

from __future__ import annotations

import calendar
import datetime as dt
from decimal import ROUND_CEILING, Decimal

from trialwright.language.facts import DAY, Span, date_of, day_number

MINUTES = {"minutes": 1, "hours": 60}
DAYS = {"days": 1, "weeks": 7}
MONTHS = {"months": 1, "years": 12}


def add_months(day: int, months: int) -> int:
    """The day `months` calendar months later (earlier when negative), clamped to the end of the month."""
    date = date_of(day)
    year, month0 = divmod(date.year * 12 + date.month - 1 + months, 12)
    last = calendar.monthrange(year, month0 + 1)[1]
    return day_number(dt.date(year, month0 + 1, min(date.day, last)))


def completed_months(start: int, end: int, step: int = 1) -> int:
    """How many whole periods of `step` months fit from `start` to `end`; negative when `end` comes first."""
    first, last = date_of(start), date_of(end)
    count = ((last.year - first.year) * 12 + last.month - first.month) // step
    while add_months(start, count * step) > end:
        count -= 1
    while add_months(start, (count + 1) * step) <= end:
        count += 1
    return count


def shift(span: Span, amount: Decimal, unit: str, sign: int) -> Span:
    """The span moved by a duration; fractions of a day are rounded up, away from the span.

    Raises ValueError for a fraction of a month.
    """
    if unit in MINUTES:
        minutes = sign * int((amount * MINUTES[unit]).to_integral_value(ROUND_CEILING))
        return Span(span.lower + minutes, span.upper + minutes)
    if unit in DAYS:
        minutes = sign * int((amount * DAYS[unit]).to_integral_value(ROUND_CEILING)) * DAY
        return Span(span.lower + minutes, span.upper + minutes)
    months = amount * MONTHS[unit]
    if months != int(months):
        raise ValueError(f"{amount} {unit} is not a whole number of months; say it in days or weeks")
    return Span(_move(span.lower, sign * int(months)), _move(span.upper, sign * int(months)))


def _move(minute: int, months: int) -> int:
    return add_months(minute // DAY, months) * DAY + minute % DAY
