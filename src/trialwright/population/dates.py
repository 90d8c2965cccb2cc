"""When something happened, as recorded: a partial date is the interval of what it could be, never an invented day.

Clock times are taken as written, without moving them to another time zone: the day of a blood draw is the day on the
wall of the ward.  A minute is exact, a day is 1440 minutes, a month or a year all of its days.
"""

from __future__ import annotations

import calendar
import datetime as dt

from trialwright.language.facts import DAY, FOREVER

Minutes = tuple[int, int]
"""Earliest and latest minute since 1970-01-01, both included."""

EPOCH = 719163
EXTRACTION = FOREVER - 1
"""Stands for the last minute of the extraction day until the whole load is read and that day is known."""
FIRST_YEAR, LAST_YEAR = 1850, 2200


class Dates:
    """Reads dates and remembers them: the same visit's date stands on many records."""

    __slots__ = ("_days", "_seen")

    def __init__(self) -> None:
        self._seen: dict[str, Minutes | None] = {}
        self._days: dict[str, int] = {}

    def read(self, text: str) -> Minutes | None:
        """The interval of a FHIR, OMOP or ISO 8601 date or date-time; None when it is not one."""
        try:
            return self._seen[text]
        except KeyError:
            if len(self._seen) > 200_000:
                self._seen.clear()
                self._days.clear()
            found = self._seen[text] = self._parse(text)
            return found

    def _parse(self, text: str) -> Minutes | None:
        try:
            if len(text) > 10 and text[10] in "T ":
                clock = text[11:].lstrip()
                minute = int(clock[:2]) * 60 + int(clock[3:5])
                if clock[2] != ":" or not 0 <= minute < DAY or not clock[:2].isdigit():
                    return None
                at = self._day(text[:10]) * DAY + minute
                return at, at
            if len(text) == 10:
                first = self._day(text) * DAY
                return first, first + DAY - 1
            return _partial(text)
        except (ValueError, IndexError):
            return None

    def _day(self, text: str) -> int:
        day = self._days.get(text)
        if day is None:
            if text[4] != "-" or text[7] != "-":
                raise ValueError(text)
            date = dt.date(int(text[:4]), int(text[5:7]), int(text[8:10]))
            if not FIRST_YEAR <= date.year <= LAST_YEAR:
                raise ValueError(text)
            day = self._days[text] = date.toordinal() - EPOCH
        return day


def _partial(text: str) -> Minutes | None:
    if not (text[:4].isdigit() and FIRST_YEAR <= int(text[:4]) <= LAST_YEAR):
        return None
    year = int(text[:4])
    if len(text) == 4:
        return days(dt.date(year, 1, 1), dt.date(year, 12, 31))
    if len(text) == 7 and text[4] == "-":
        month = int(text[5:7])
        return days(dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1]))
    return None


def days(first: dt.date, last: dt.date) -> Minutes:
    """From the first minute of one day to the last minute of another."""
    return (first.toordinal() - EPOCH) * DAY, (last.toordinal() - EPOCH) * DAY + DAY - 1


def date_text(minute: int) -> str:
    """The day of a minute as ISO 8601."""
    return dt.date.fromordinal(minute // DAY + EPOCH).isoformat()
