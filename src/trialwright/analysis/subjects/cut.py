"""The data cut: what was recorded by one day, as it stood on that day.

A fact that begins after the cut is not used.  A fact that goes on, or ends after the cut, is still open on it: its end
is not known, only that it is later.  The observed period ends with the cut.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from trialwright.language.facts import DAY, FOREVER, Fact, Record, Span, day_number, day_span


def at_cut(record: Record, cut: dt.date) -> Record:
    """The record without anything after the day `cut`; `cut` is the day in force (the anchor `screening`)."""
    last = day_number(cut)
    facts = {
        name: tuple(_open(fact, last) for fact in kept if fact.start.first_day <= last)
        for name, kept in record.facts.items()
    }
    observed = {domain: (a, min(b, last)) for domain, (a, b) in record.observed.items() if a <= last}
    anchors = {name: span for name, span in record.anchors.items() if span is not None and span.first_day <= last}
    return replace(
        record,
        facts={name: kept for name, kept in facts.items() if kept},
        observed=observed,
        anchors={**anchors, "screening": day_span(cut), "data_cut": day_span(cut)},
    )


def ongoing(fact: Fact, cut: dt.date) -> bool:
    """Whether a fact surely has not ended by the cut."""
    return fact.end is not None and fact.end.first_day > day_number(cut)


def _open(fact: Fact, last: int) -> Fact:
    """The fact as the cut knows it: an end that may lie after it is open from there on."""
    if fact.end is None or fact.end.last_day <= last:
        return fact
    return replace(fact, end=Span(min(fact.end.lower, (last + 1) * DAY), FOREVER))
