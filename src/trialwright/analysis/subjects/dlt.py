"""Who counts for dose-limiting toxicity: those with one inside its window, and those followed to its end without one.

Somebody who left, or whose window is not over at the cut, without a toxicity says nothing about the dose; the reason
stands beside the flag.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from trialwright.analysis.subjects.shape import Row
from trialwright.analysis.subjects.subject import Subject
from trialwright.language.facts import date_of


@dataclass(frozen=True, slots=True)
class Toxicity:
    """Whether a subject counts, whether there was a dose-limiting toxicity, and why not where not."""

    evaluable: bool
    event: bool
    reason: str | None


def toxicity(subject: Subject, events: Sequence[Row]) -> Toxicity:
    """From the events of the subject (rows of ADAE): a toxicity from day 0 to the last day of the window."""
    if subject.infusion is None:
        return Toxicity(False, False, "not infused by the cut")
    if "infusion" not in subject.days:
        return Toxicity(False, False, "the day of the infusion is not known")
    days = subject.plan.dlt_days
    end = subject.days["infusion"] + days
    onsets = [_onset(row) for row in events if row["DLTFL"] == "Y"]
    start = date_of(subject.days["infusion"])
    if any(start <= first and last <= date_of(end) for first, last in onsets):
        return Toxicity(True, True, None)
    if any(start <= last and first <= date_of(end) for first, last in onsets):
        return Toxicity(False, False, "the day of a dose-limiting toxicity is only known in part")
    if subject.ended is not None and subject.ended[0] < end:
        return Toxicity(False, False, f"{subject.ended[1]} on day {subject.relative(subject.ended[0])} without one")
    if subject.cut_day < end:
        return Toxicity(False, False, f"the window of {days} days is not over at the cut")
    if not subject.followed(end):
        last = subject.last_contact
        where = "never" if last is None else f"last on day {subject.relative(last)}"
        return Toxicity(False, False, f"not seen to the end of the window ({where})")
    return Toxicity(True, False, None)


def _onset(row: Row) -> tuple[dt.date, dt.date]:
    """The first and the last day that the onset can have been on."""
    if row["ASTDT"] is not None:
        return row["ASTDT"], row["ASTDT"]
    first, _, last = row["ASTDTX"].partition("/")
    return dt.date.fromisoformat(first), dt.date.fromisoformat(last)
