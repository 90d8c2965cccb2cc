"""Ages, dates and counts of a registry as values: a month without a day stays a month, "N/A" stays absent."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

_UNITS = {"year": "Years", "month": "Months", "week": "Weeks", "day": "Days", "hour": "Hours", "minute": "Minutes"}
_DAYS = {"Years": 365.25, "Months": 30.4375, "Weeks": 7.0, "Days": 1.0, "Hours": 1 / 24, "Minutes": 1 / 1440}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ABSENT = {"", "-", "--", "n/a", "na", "none", "no limit", "not specified", "not provided", "unknown", "null"}


@dataclass(frozen=True, slots=True)
class Age:
    """An age limit as registered, such as 18 Years; printed the way ClinicalTrials.gov prints it."""

    amount: int
    unit: str = "Years"

    def __str__(self) -> str:
        return f"{self.amount} {self.unit[:-1] if self.amount == 1 else self.unit}"

    @property
    def days(self) -> float:
        """Length in days, to order ages of different units."""
        return self.amount * _DAYS[self.unit]


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date known to the year, the month or the day; printed as ISO 8601 to that precision."""

    year: int
    month: int | None = None
    day: int | None = None

    def __str__(self) -> str:
        parts = [f"{self.year:04d}"]
        if self.month is not None:
            parts.append(f"{self.month:02d}")
        if self.day is not None:
            parts.append(f"{self.day:02d}")
        return "-".join(parts)

    def agrees(self, other: PartialDate) -> bool:
        """True when one is the other with less precision."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(mine is None or theirs is None or mine == theirs for mine, theirs in pairs)


def is_absent(text: object) -> bool:
    """Whether a value printed on a page means "not given"."""
    return text is None or str(text).strip().lower() in _ABSENT


def read_age(text: object) -> Age | None:
    """An age such as "18 Years", "6 months", "18" (years).  None when the text is not one."""
    found = re.fullmatch(r"\s*(\d{1,6})\s*([a-zA-Z]*?)s?\.?(?:\s+old)?\s*", str(text))
    if not found:
        return None
    unit = _UNITS.get({"yr": "year", "y": "year", "": "year", "mo": "month"}.get(found[2].lower(), found[2].lower()))
    return Age(int(found[1]), unit) if unit else None


def read_date(text: object) -> PartialDate | None:
    """A date such as 2024-07, 2024-07-15, "July 2001", "July 15, 2001", "15 July 2001", 2024/7/15.  None otherwise."""
    value = str(text).strip()
    if found := re.fullmatch(
        r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?月?)?(?:[T ]\d{2}:\d{2}.*)?年?", value
    ):
        return _date(found[1], found[2], found[3])
    if found := re.fullmatch(r"([A-Za-z]{3,9})\.?\s+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(\d{4})", value):
        return _date(found[3], _month(found[1]), found[2])
    if found := re.fullmatch(r"(\d{1,2})\s+([A-Za-z]{3,9})\.?,?\s+(\d{4})", value):
        return _date(found[3], _month(found[2]), found[1])
    return None


def read_count(text: object) -> int | None:
    """A number of people such as 24, "24 participants", "1,200".  None when the text is not one."""
    if isinstance(text, bool) or text is None:
        return None
    if isinstance(text, int):
        return text if text >= 0 else None
    pattern = r"\s*(\d{1,3}(?:[,\u00a0]\d{3})+|\d{1,9})(?:\.0)?\s*(?:\((?:actual|estimated|anticipated)\))?"
    people = r"\s*(?:participants?|patients?|subjects?|people|volunteers?|estimated|actual)?"
    found = re.fullmatch(pattern + people + r"\s*", str(text), re.IGNORECASE)
    return int(re.sub(r"\D", "", found[1])) if found else None


def _month(name: str) -> str | None:
    number = _MONTHS.index(name[:3].lower()) + 1 if name[:3].lower() in _MONTHS else 13
    return str(number)


def _date(year: str, month: str | None, day: str | None) -> PartialDate | None:
    try:
        dt.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return PartialDate(int(year), int(month) if month else None, int(day) if day else None)
