"""When something happened, as recorded: a partial date is the interval of what it could be, never an invented day.

Clock times are taken as written, without moving them to another time zone: the day of a blood draw is the day on the
wall of the ward.  A minute is exact, a day is 1440 minutes, a month or a year all of its days.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from trialwright.language.facts import DAY, FOREVER

Minutes = tuple[int, int]
"""Earliest and latest minute since 1970-01-01, both included."""

EPOCH = 719163
EXTRACTION = FOREVER - 1
"""Stands for the last minute of the extraction day until the whole load is read and that day is known."""
FIRST_YEAR, LAST_YEAR = 1850, 2200


@dataclass(frozen=True, slots=True)
class Spans:
    """Many dates: earliest and latest minutes, and whether there is a date; one more at the end, which is none."""

    lo: np.ndarray[Any, np.dtype[np.int64]]
    hi: np.ndarray[Any, np.dtype[np.int64]]
    there: np.ndarray[Any, np.dtype[np.bool_]]

    def __getitem__(self, i: int) -> Minutes | None:
        return (int(self.lo[i]), int(self.hi[i])) if self.there[i] else None


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

    def read_all(self, texts: pa.StringArray) -> Spans:
        """Many dates at once: days and date-times of the usual form by their digits, others one by one."""
        n = len(texts)
        spans = Spans(np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64), np.zeros(n + 1, np.bool_))
        offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + n + 1] if n else np.zeros(1)
        lengths, letters = np.diff(offsets), np.frombuffer((n and texts.buffers()[2]) or b"", np.uint8)
        for width in (10, 16):
            rows = np.flatnonzero(lengths == width if width == 10 else lengths >= width)
            if len(rows):
                found = np.lib.stride_tricks.sliding_window_view(letters, width)[offsets[rows]]
                minute, usual = _by_digits(found)
                rows, minute = rows[usual], minute[usual]
                spans.lo[rows], spans.there[rows] = minute, True
                spans.hi[rows] = minute + (DAY - 1 if width == 10 else 0)
        for i in np.flatnonzero(~spans.there[:n]).tolist():
            if one := self.read(texts[i].as_py()):
                spans.lo[i], spans.hi[i], spans.there[i] = *one, True
        return spans

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


def _by_digits(texts: Any) -> tuple[Any, Any]:
    """Minutes of "2026-03-01" or "2026-03-01T08:30" as rows of bytes, and which rows have that form and are dates."""
    width = texts.shape[1]
    digits = texts.astype(np.int64) - ord("0")
    usual = (texts[:, 4] == ord("-")) & (texts[:, 7] == ord("-"))
    if width == 16:
        usual &= (texts[:, 10] == ord("T")) & (texts[:, 13] == ord(":"))
    places = [i for i in range(width) if i not in (4, 7, 10, 13)]
    usual &= ((digits[:, places] >= 0) & (digits[:, places] <= 9)).all(axis=1)
    year = digits[:, 0] * 1000 + digits[:, 1] * 100 + digits[:, 2] * 10 + digits[:, 3]
    month, day = digits[:, 5] * 10 + digits[:, 6], digits[:, 8] * 10 + digits[:, 9]
    usual &= (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1)
    year, month = np.where(usual, year, 2000), np.where(usual, month, 1)
    months = (year - 1970) * 12 + month - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    following = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    usual &= first + day <= following
    minute = (first + day - 1) * DAY
    if width == 16:
        clock = (digits[:, 11] * 10 + digits[:, 12]) * 60 + digits[:, 14] * 10 + digits[:, 15]
        usual &= clock < DAY
        minute = minute + clock
    return minute, usual


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
