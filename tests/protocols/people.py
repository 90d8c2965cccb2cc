"""Hand-made people in a notation that a clinician can read, made into records of the language.

creatinine: 2.6 mg/dL @ -10d              a value, ten days before the screening date (none said: that day)
alt: 90 U/L normal 0 to 40                with the limits of normal of its own record
hbv_dna: <20 [IU]/mL lod 20 @ -3d         with a comparator and a limit of detection
ana: positive   lupus_nephritis_class: III+V @ -90d
prednisone: 20 mg/day oral from -100d     a course; `to DATE` ends it, a dose may be missing
stroke: from 2019-05   stroke: absent   stroke: unsure from 2019
birth: 1980-05-01                         partial dates stay partial
anchor leukapheresis: 2026-11-20          an instant of the trial (`2026-11-20T08:00` with its hour)
answer contraception: yes                 what a person said
unobserved: drug                          the source does not record this domain
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from decimal import Decimal

from trialwright.catalog import Catalog
from trialwright.language import units
from trialwright.language.facts import DAY, FOREVER, Answer, Fact, Record, Span, day_number, day_span

AS_OF = dt.date(2026, 11, 1)
OBSERVED_FROM = dt.date(2000, 1, 1)
PROJECTED = frozenset({"consent", "enrollment"})
WORDS = {"d": "days", "w": "weeks", "mo": "months", "y": "years"}
TAIL = (
    r"(?:@ (?P<at>\S+))|(?:from (?P<start>\S+)(?: to (?P<stop>\S+))?)"
    r"|(?:normal (?P<low>\S+) to (?P<high>\S+))|(?:lod (?P<lod>\S+))"
)
DAY_DOMAINS = ("condition", "drug", "procedure")


def person(facts: list[str], catalog: Catalog, as_of: dt.date = AS_OF) -> Record:
    """The record of a person described line by line."""
    recorded: dict[str, list[Fact]] = {}
    anchors: dict[str, Span | None] = dict.fromkeys(("screening", *PROJECTED), day_span(as_of))
    answers: dict[str, Answer] = {}
    projected = set(PROJECTED)
    observed = dict.fromkeys(DAY_DOMAINS, (day_number(OBSERVED_FROM), day_number(as_of)))
    for line in facts:
        name, _, rest = (part.strip() for part in line.partition(":"))
        word, _, second = name.partition(" ")
        if word == "anchor":
            anchors[second] = moment(rest, as_of)
            projected.discard(second)
        elif word == "answer":
            answers[second] = Answer({"yes": True, "no": False, "unknown": None}.get(rest, rest))  # type: ignore[arg-type]
        elif word == "unobserved":
            observed.pop(rest)
        else:
            recorded.setdefault(name, []).append(fact(name, rest, catalog, as_of))
    later = [span.upper // DAY for span in anchors.values() if span is not None]
    observed = {domain: (first, max(last, *later)) for domain, (first, last) in observed.items()}
    return Record(recorded, anchors, observed, answers, frozenset(projected))


def moment(text: str, as_of: dt.date) -> Span:
    """`-10d`, `-3mo`, `2026-11-20T08:00`, `2019-05-01`, `2019-05`, `2019`."""
    if match := re.fullmatch(r"([+-]\d+)(d|w|mo|y)", text):
        count, step = int(match[1]), match[2]
        if step in ("d", "w"):
            return day_span(as_of + dt.timedelta(days=count * (7 if step == "w" else 1)))
        months = as_of.year * 12 + as_of.month - 1 + count * (12 if step == "y" else 1)
        year, month = divmod(months, 12)
        return day_span(dt.date(year, month + 1, min(as_of.day, calendar.monthrange(year, month + 1)[1])))
    if "T" in text:
        at = dt.datetime.fromisoformat(text)
        minute = day_number(at.date()) * DAY + at.hour * 60 + at.minute
        return Span(minute, minute)
    parts = [int(part) for part in text.split("-")]
    first = dt.date(*[*parts, 1, 1][:3])
    if len(parts) == 3:
        return day_span(first)
    last = dt.date(first.year, 12, 31)
    if len(parts) == 2:
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return Span(day_span(first).lower, day_span(last).upper)


def fact(name: str, text: str, catalog: Catalog, as_of: dt.date = AS_OF) -> Fact:
    """One line as one fact.  Raises KeyError for a concept that the catalog lacks."""
    concept = catalog.concepts[name]
    if name in ("birth", "death"):
        return Fact(name, moment(text, as_of))
    said: dict[str, str] = {}
    for match in re.finditer(TAIL, text):
        said |= {key: value for key, value in match.groupdict().items() if value is not None}
    head = re.sub(TAIL, "", text).split()
    start = moment(said.get("at") or said.get("start") or "-0d", as_of)
    end = None
    if "start" in said or (concept.domain in ("condition", "drug") and "at" not in said):
        end = moment(said["stop"], as_of) if "stop" in said else Span(start.lower, FOREVER)
        if "stop" not in said and concept.domain in ("condition", "drug"):
            end = Span(FOREVER, FOREVER)
    mass = concept.molar_mass
    fields: dict[str, object] = {
        "certain": "unsure" not in head,
        "present": "absent" not in head or concept.categories != (),
    }
    head = [word for word in head if word not in ("unsure", *(() if concept.categories else ("absent",)))]
    if concept.domain == "drug":
        routes = [word for word in head if word in concept.categories]
        fields["categories"] = frozenset(routes) or None
        head = [word for word in head if word not in routes]
        fields["present"] = True
    if head and re.fullmatch(r"[<>]?=?[\d.e+-]+", head[0]) and concept.unit:
        given = units.canonical(head[1]) if len(head) > 1 else concept.unit
        assert given is not None, f"{head[1]} is not a unit"
        fields |= _value(head[0], given, concept.unit, mass)
        for key, word in (("low_normal", "low"), ("high_normal", "high"), ("detection_limit", "lod")):
            if word in said:
                fields[key] = float(units.convert(Decimal(said[word]), given, concept.unit, mass))
        high, value = fields.get("high_normal"), fields["lower"]
        if "positive" in concept.categories and high is not None:
            fields["categories"] = frozenset({"positive" if value > high else "negative"})  # type: ignore[operator]
    elif head == ["none"]:
        fields["problem"] = "no_data"
    elif head:
        codes = frozenset(head[0].split("+"))
        assert codes <= set(concept.categories), f"{name} is never {head[0]}"
        fields["categories"] = codes
    elif concept.domain == "drug":
        fields["problem"] = "no_data"
    return Fact(name, start, end, source=text, **fields)  # type: ignore[arg-type]


def _value(text: str, given: str, unit: str, mass: Decimal | None) -> dict[str, object]:
    sign, number = re.fullmatch(r"([<>]?=?)(.+)", text).groups()  # type: ignore[union-attr]
    value = float(units.convert(Decimal(number), given, unit, mass))
    bounds: dict[str, object] = {"lower": value, "upper": value}
    if sign.startswith("<"):
        bounds = {"lower": 0.0, "upper": value, "upper_open": sign == "<"}
    elif sign.startswith(">"):
        bounds = {"lower": value, "upper": float("inf"), "lower_open": sign == ">"}
    return {**bounds, "recorded": float(number), "unit": given}
