"""People made by hand, with dates as a record writes them: 2024, 2024-05, 2024-05-07, 2024-05-07 14:30."""

import calendar
import datetime as dt
import math

from small_catalog import CATALOG

from trialwright.language.expand import expand
from trialwright.language.facts import DAY, FOREVER, Answer, Fact, Record, Span, day_number, day_span
from trialwright.language.interpret import interpret
from trialwright.language.parse import parse

SCREENING = "2025-01-31"
OBSERVED = ("condition", "drug", "procedure")


def when(text):
    """The span of a date as written; a day is never invented."""
    if " " in text:
        minute = int((dt.datetime.fromisoformat(text) - dt.datetime(1970, 1, 1)).total_seconds() // 60)
        return Span(minute, minute)
    parts = [int(p) for p in text.split("-")]
    if len(parts) == 3:
        return day_span(dt.date(*parts))
    year, month = parts[0], parts[1] if len(parts) == 2 else None
    last = dt.date(year, month or 12, calendar.monthrange(year, month or 12)[1])
    return Span(day_span(dt.date(year, month or 1, 1)).lower, day_span(last).upper)


def fact(concept, start, end=None, **rest):
    """`end` "" is an end that nobody recorded."""
    last = None if end is None else Span(when(start).lower, FOREVER) if end == "" else when(end)
    return Fact(concept, when(start), last, **rest)


def lab(concept, start, value=None, **rest):
    """A measured value; "<20" and ">90" are censored, None cannot be read."""
    if isinstance(value, str):
        bound, limit = value[0], float(value[1:])
        low, high = (0.0, limit) if bound == "<" else (limit, math.inf)
        ends = {"upper_open": True} if bound == "<" else {"lower_open": True}
        return fact(concept, start, lower=low, upper=high, recorded=limit, problem="censored", **ends, **rest)
    given = {"problem": "unit_mismatch"} if value is None else {"lower": float(value), "upper": float(value)}
    return fact(concept, start, recorded=value, **given | rest)


def drug(concept, start, end, dose=None, route="oral", **rest):
    """A record of a drug with its daily dose in mg; None is a dose that nobody recorded."""
    given = {"problem": "no_data"} if dose is None else {"lower": float(dose), "upper": float(dose)}
    return fact(concept, start, end, categories=frozenset({route}), **given | rest)


def code(concept, start, *codes, **rest):
    return fact(concept, start, categories=frozenset(codes), **rest)


def person(*facts, screening=SCREENING, observed=OBSERVED, since="2015-01-01", answers=None, projected=(), **anchors):
    """A record; other anchors by name: `infusion="2025-02-20"`, `leukapheresis=None`."""
    table = {}
    for one in facts:
        table.setdefault(one.concept, []).append(one)
    spans = {name: when(text) if text else None for name, text in ({"screening": screening} | anchors).items()}
    first, last = when(since).first_day, day_number(dt.date(2026, 12, 31))
    return Record(
        table,
        spans,
        dict.fromkeys(observed, (first, last)),
        {key: Answer(value) for key, value in (answers or {}).items()},
        frozenset(projected),
    )


def node(text):
    return expand(parse(text), CATALOG)


def result(text, who):
    """The value of a text for a person."""
    return interpret(node(text), who)


def said(text, who):
    """The state of a truth, with its reasons when it is unknown: True, False, or the sorted reasons."""
    truth = result(text, who)
    return truth.state if truth.state is not None else " ".join(sorted(truth.reasons))


def number(text, who):
    """The bounds of a number."""
    found = result(text, who)
    return found.lower, found.upper


MINUTES_OF_A_DAY = DAY
