"""What somebody says about one person, as a record: plain names and values, read in the catalog's units.

    {"creatinine": {"value": 85, "unit": "umol/L"}, "age": 65, "sex": "female"}
    {"alt": {"value": 90, "high": 40}, "alt at baseline": {"value": 30, "high": 40}}
    {"prednisone": 7.5, "hemolytic_anemia": false, "hbv_dna": "<20", "ana": "1:160"}

`NAME at ANCHOR` is a value at another instant; a list gives several values, each with its `day` counted from the day
of scoring (0, -10) or its `date`.  null is not known.  Naming a drug, a condition or a procedure says that the list of
drugs is complete; conditions and procedures are only what is said of each.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from trialwright.catalog import Catalog
from trialwright.errors import TrialwrightError
from trialwright.language import units
from trialwright.language.check import ANCHORS, VISIT
from trialwright.language.facts import DAY, FOREVER, PROJECTED, Answer, Fact, Record, Span, day_number, day_span
from trialwright.language.vocabulary import Concept

TODAY = dt.date(2020, 1, 1)
"""The day of scoring where none is said: what is given has no dates of its own."""
BASELINE_DAYS = 400
"""How long before the day of scoring the baseline is put, where it is not said: outside of every look-back."""
_FIELDS = {"value", "unit", "low", "high", "date", "day", "route", "until"}
_NUMBER = re.compile(r"^\s*([<>]?=?)\s*(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*$", re.IGNORECASE)
_CLASS_SUFFIX = re.compile(r"[-\s]*(?:[SG]\b)?\s*\((?:A|C|A/C)\)|-[SG]\b")


def record_of(
    given: Mapping[str, Any],
    catalog: Catalog,
    at: dt.date = TODAY,
    asks: Mapping[str, str] | None = None,
) -> Record:
    """The record of a person described by names and values; `asks` are the questions that may be answered.

    Raises TrialwrightError saying which entry cannot be read.
    """
    spans = _anchors(given.get("anchors", {}), at)
    facts: dict[str, list[Fact]] = {}
    answers: dict[str, Answer] = {}
    observed: dict[str, tuple[int, int]] = {}
    first, last = day_number(dt.date(1900, 1, 1)), day_number(at) + 36500
    for key, value in given.items():
        name, _, anchor = (part.strip() for part in key.partition(" at "))
        if key == "anchors" or (value is None and name not in (asks or {})):
            continue
        concept = catalog.concept(name)
        if name == "age":
            facts["birth"] = [_birth(value, at)]
        elif concept is not None:
            day = _day_of(anchor, spans, at) if anchor else day_number(at)
            for fact in _facts(concept, value, day, at, catalog):
                facts.setdefault(fact.concept, []).append(fact)
            if concept.domain == "drug":
                observed["drug"] = (first, last)
        elif asks and name in asks:
            answers[name] = Answer(_answer(name, value, asks[name]))
        else:
            raise TrialwrightError(unknown_key(name, (*(asks or ()),), catalog))
    return Record(facts, spans, observed, answers, PROJECTED - set(given.get("anchors", {})))


def unknown_key(name: str, others: tuple[str, ...], catalog: Catalog) -> str:
    """One sentence that names the nearest known ids."""
    near = difflib.get_close_matches(name, others, n=3, cutoff=0.5)
    near += [n for n in catalog.suggestions(name) if n not in near]
    hint = f"did you mean {', '.join(near[:4])}?" if near else "give ids of items or of concepts"
    return f"'{name}' is neither an item of the instrument nor a concept; {hint}"


def check_anchor(name: str) -> None:
    """Raises TrialwrightError for a name that is no instant of a trial and no visit (day_90, week_4)."""
    if name not in ANCHORS and not VISIT.match(name):
        near = difflib.get_close_matches(name, ANCHORS, n=2)
        known = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(ANCHORS)}, day_N"
        raise TrialwrightError(f"'{name}' is no instant of a trial; {known}")


def _anchors(said: Any, at: dt.date) -> dict[str, Span | None]:
    if not isinstance(said, Mapping):
        raise TrialwrightError(f'anchors is {said!r}; write the days of instants: {{"infusion": -30}}')
    for name in said:
        check_anchor(name)
    today = day_span(at)
    spans: dict[str, Span | None] = dict.fromkeys(("screening", *PROJECTED), today)
    spans["baseline"] = day_span(at - dt.timedelta(days=BASELINE_DAYS))
    for name, when in said.items():
        spans[name] = None if when is None else _span(_date(when, at, name))
    return spans


def _date(when: Any, at: dt.date, name: str) -> int:
    """A day number: from whole days counted from the day of scoring, or from a date."""
    if isinstance(when, int) and not isinstance(when, bool):
        return day_number(at) + when
    try:
        return day_number(when if isinstance(when, dt.date) else dt.date.fromisoformat(str(when)))
    except ValueError:
        raise TrialwrightError(
            f"{name}: {when!r} is not a day; write YYYY-MM-DD, or days counted from the day of scoring (-10)"
        ) from None


def _span(day: int) -> Span:
    return Span(day * DAY, day * DAY + DAY - 1)


def _day_of(anchor: str, spans: Mapping[str, Span | None], at: dt.date) -> int:
    span = spans.get(anchor)
    if span is None:
        raise TrialwrightError(
            f'the instant \'{anchor}\' is not known; say when it was: {{"anchors": {{"{anchor}": -30}}}}'
        )
    return span.first_day


def _birth(age: Any, at: dt.date) -> Fact:
    if isinstance(age, bool) or not isinstance(age, int | float) or not 0 <= age < 130:
        raise TrialwrightError(f"age is {age!r}; give it in years")
    year, days = int(age), round((age - int(age)) * 365)
    born = at.replace(year=at.year - year) if (at.month, at.day) != (2, 29) else at - dt.timedelta(days=365.25 * year)
    return Fact("birth", day_span(born - dt.timedelta(days=days)))


def _answer(name: str, value: Any, gives: str) -> bool | float | None:
    wanted = isinstance(value, bool) if gives == "truth" else _is_number(value)
    if value is not None and not wanted:
        kind = "true, false or null" if gives == "truth" else "a number or null"
        raise TrialwrightError(f"{name} is {value!r}; answer with {kind}")
    answered: bool | float | None = value
    return answered


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _facts(concept: Concept, value: Any, day: int, at: dt.date, catalog: Catalog) -> Iterator[Fact]:
    if isinstance(value, list | tuple):
        for one in value:
            yield from _facts(concept, one, day, at, catalog)
        return
    if concept.members:
        if value is False or (_is_number(value) and value == 0):
            for member in (concept.id, *concept.members):
                if concept.domain != "drug":
                    yield from _facts(replace(concept, id=member, members=()), False, day, at, catalog)
            return
        yield from _facts(replace(concept, members=()), value, day, at, catalog)
        return
    said = dict(value) if isinstance(value, Mapping) else {"value": value}
    if strange := sorted(set(said) - _FIELDS):
        raise TrialwrightError(f"{concept.id}: '{strange[0]}' is not a field; known are {', '.join(sorted(_FIELDS))}")
    when = said.get("date", said.get("day"))
    if when is not None:
        day = _date(when, at, concept.id)
    if said.get("value") is None:
        return
    yield _fact(concept, said, _span(day), at)


def _fact(concept: Concept, said: Mapping[str, Any], start: Span, at: dt.date) -> Fact:
    value, lasting = said["value"], concept.domain in ("drug", "condition")
    dated = "date" in said or "day" in said
    end = None
    if lasting:
        start = start if dated else Span(-FOREVER // 2, -FOREVER // 2) if concept.domain == "drug" else start
        end = _span(_date(said["until"], at, concept.id)) if "until" in said else Span(FOREVER, FOREVER)
    fact = Fact(concept.id, start, end, source="given")
    if concept.domain == "drug":
        return _drug(concept, fact, said)
    if isinstance(value, bool):
        return _stated(concept, fact, value)
    if isinstance(value, str) and (match := re.fullmatch(r"1\s*:\s*(\d+)", value)):
        value = int(match[1])
    if isinstance(value, str) and not _NUMBER.match(value):
        return replace(fact, categories=_categories(concept, value))
    if concept.unit is None:
        kind = " or ".join(concept.categories) if concept.categories else "true or false"
        raise TrialwrightError(f"{concept.id} is {value!r}; give {kind}")
    return _measured(concept, fact, value, said)


def _stated(concept: Concept, fact: Fact, value: bool) -> Fact:
    for yes, no in (("present", "absent"), ("positive", "negative")):
        if yes in concept.categories:
            return replace(fact, categories=frozenset({yes if value else no}))
    if concept.categories or concept.unit:
        kind = f"one of {', '.join(concept.categories)}" if concept.categories else f"a number in {concept.unit}"
        raise TrialwrightError(f"{concept.id} is {str(value).lower()}; give {kind}")
    return replace(fact, present=value)


def _categories(concept: Concept, text: str) -> frozenset[str]:
    """One code or several (III+V); the 2003 labels of lupus nephritis (IV-G (A/C)) name their class."""
    if text in concept.categories:
        return frozenset({text})
    codes = frozenset(part.strip() for part in _CLASS_SUFFIX.sub("", text).split("+"))
    if strange := sorted(codes - set(concept.categories)):
        known = ", ".join(concept.categories) or "a number"
        raise TrialwrightError(f"{concept.id} is never '{strange[0]}'; give {known}")
    return codes


def _drug(concept: Concept, fact: Fact, said: Mapping[str, Any]) -> Fact:
    value, route = said["value"], said.get("route", "oral")
    fact = replace(fact, categories=_categories(concept, route))
    if value is True:
        return replace(fact, problem="no_data")
    if value is False:
        return replace(fact, lower=0.0, upper=0.0, recorded=0.0)
    return _measured(concept, fact, value, said)


def _measured(concept: Concept, fact: Fact, value: Any, said: Mapping[str, Any]) -> Fact:
    """The number in the canonical unit; a unit that is null or cannot be read leaves it unknown."""
    match = _NUMBER.match(str(value)) if not isinstance(value, Mapping | list) else None
    if match is None:
        raise TrialwrightError(f"{concept.id} is {value!r}; give a number, or one with < or >")
    assert concept.unit is not None
    given = concept.unit
    if "unit" in said:
        known = units.canonical(str(said["unit"])) if said["unit"] is not None else None
        if known is None:
            return replace(fact, problem="unit_mismatch", recorded=float(match[2]))
        given = known

    def convert(number: Any) -> float:
        return float(units.convert(Decimal(str(number)), given, concept.unit or "1", concept.molar_mass))

    try:
        number = convert(match[2])
        bounds: dict[str, Any] = {"lower": number, "upper": number}
        if match[1].startswith("<"):
            bounds = {"lower": 0.0, "upper": number, "upper_open": match[1] == "<"}
        elif match[1].startswith(">"):
            bounds = {"lower": number, "upper": float("inf"), "lower_open": match[1] == ">"}
        for part, name in (("low", "low_normal"), ("high", "high_normal")):
            if said.get(part) is not None:
                bounds[name] = convert(said[part])
    except units.UnitError:
        return replace(fact, problem="unit_mismatch", recorded=float(match[2]), unit=given)
    except InvalidOperation:
        raise TrialwrightError(f"{concept.id}: low and high are numbers") from None
    _possible(concept, number, str(value) + (f" {said['unit']}" if "unit" in said else ""))
    low, high = bounds.get("low_normal"), bounds.get("high_normal")
    if low is not None and high is not None and low > high:
        raise TrialwrightError(
            f"{concept.id}: the lower limit of normal {said['low']} is above the upper {said['high']}"
        )
    for limit in (low, high):
        if limit is not None and concept.least is not None and limit < concept.least:
            raise TrialwrightError(f"{concept.id}: a limit of normal is not below {concept.least:f} {concept.unit}")
    if "positive" in concept.categories and high is not None:
        bounds["categories"] = frozenset({"positive" if number > high else "negative"})
    return replace(fact, recorded=float(match[2]), unit=given, **bounds)


def _possible(concept: Concept, number: float, said: str) -> None:
    """Raises TrialwrightError for a number that the concept cannot have: a slip of typing or of its unit."""
    least, greatest = concept.least, concept.greatest
    if (least is None or number >= least) and (greatest is None or number <= greatest):
        return
    unit = "" if concept.unit is None or concept.unit.startswith("{") else f" {concept.unit}"
    low = None if least is None else f"{least:f}{unit}"
    within = f"from {low} to {greatest:f}{unit}" if greatest is not None else f"{low} or more"
    raise TrialwrightError(f"{concept.id} is {said}, which cannot be; give a number {within}, with its unit")
