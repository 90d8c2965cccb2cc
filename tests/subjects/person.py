"""People written by hand, day by day from the infusion (day 0 is 2026-01-30), as facts."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from trialwright.analysis.subjects.derive import Derived, derive
from trialwright.analysis.subjects.plan import Plan, plan_of
from trialwright.analysis.subjects.rules import Rules
from trialwright.catalog import load_catalog, load_protocol
from trialwright.language.facts import DAY, FOREVER, PROJECTED, Fact, Record, Span, day_number, day_span

INFUSION = dt.date(2026, 1, 30)
ZERO = day_number(INFUSION)
CATALOG = load_catalog()
ITEMS = tuple(item.id for item in CATALOG.instruments["sledai_2k"].items)


def day(n: int) -> dt.date:
    """The date of a day counted from the infusion."""
    return INFUSION + dt.timedelta(days=n)


def span(n: int) -> Span:
    return day_span(day(n))


def at(concept: str, n: int, value: float | None = None, *, cats: str = "", source: str = "", **more: object) -> Fact:
    """One fact on day n: a number, a category, or neither."""
    given: dict[str, object] = {"lower": value, "upper": value, "recorded": value} if value is not None else {}
    if cats:
        given["categories"] = frozenset({cats})
    return Fact(concept, span(n), source=source or f"{concept} {n}", **(given | more))  # type: ignore[arg-type]


def below(concept: str, n: int, limit: float) -> Fact:
    """Under the limit of quantification: "<50"."""
    return Fact(
        concept, span(n), lower=0.0, upper=limit, upper_open=True, detection_limit=limit, recorded=limit,
        source=f"{concept} {n}",
    )  # fmt: skip


def lasting(concept: str, first: int, last: int | None, value: float | None = None, *, source: str = "") -> Fact:
    """A course or an event from day to day; None: it goes on, its end is not known."""
    end = Span(FOREVER, FOREVER) if last is None else span(last)
    numbers = {} if value is None else {"lower": value, "upper": value, "recorded": value}
    route = None if value is None else frozenset({"oral"})
    return Fact(concept, span(first), end, source=source or f"{concept} {first}", categories=route, **numbers)


def event(n: int, last: int | None, term: str | None, grade: float | None, source: str, **said: bool) -> list[Fact]:
    """An adverse event as its facts: `serious`, `related`, `dlt`, `crs` say what else is recorded of it."""
    end = Span(FOREVER, FOREVER) if last is None else span(last)
    facts = [Fact("adverse_event", span(n), end, categories=frozenset({"present"}), source=source)]
    if term:
        facts.append(Fact(term, span(n), end, source=source))
    if grade is not None:
        facts.append(at("crs_grade" if said.pop("crs", False) else "adverse_event_grade", n, grade, source=source))
    names = {"serious": "serious_adverse_event", "related": "adverse_event_related", "dlt": "dose_limiting_toxicity"}
    facts += [at(names[key], n, cats="present" if yes else "absent", source=source) for key, yes in said.items()]
    return facts


def sledai(n: int, *present: str) -> list[Fact]:
    """All 24 items of a form filled in on day n."""
    return [at(f"sledai_2k_{item}", n, cats="present" if item in present else "absent") for item in ITEMS]


def treated(level: int = 2, infused: bool = True) -> list[Fact]:
    """A woman of 35 with lupus, treated at a dose level of nct05765006."""
    facts = [
        Fact("birth", day_span(dt.date(1990, 5, 1))),
        Fact("sex", day_span(dt.date(1990, 5, 1)), categories=frozenset({"female"})),
        Fact("systemic_lupus_erythematosus", day_span(dt.date(2016, 1, 1)), Span(FOREVER, FOREVER)),
        at("informed_consent", -50, cats="present"),
        at("dose_level", -45, float(level)),
        at("car_t_dose_planned", -45, 25e6),
        at("leukapheresis", -40),
        *[at("lymphodepletion", n) for n in (-5, -4, -3)],
    ]
    return [*facts, at("car_t_infusion", 0), at("car_t_dose_infused", 0, 25e6)] if infused else facts


def record(facts: list[Fact], first: int = -2000, last: int = 400) -> Record:
    """The facts as a record of a source that observes conditions, drugs and procedures all the time."""
    by_name: dict[str, list[Fact]] = {}
    for fact in facts:
        by_name.setdefault(fact.concept, []).append(fact)
    observed = dict.fromkeys(("condition", "drug", "procedure"), (ZERO + first, ZERO + last))
    return Record(
        {k: tuple(v) for k, v in by_name.items()}, dict.fromkeys(("screening", *PROJECTED), span(last)), observed
    )


@lru_cache
def plan(protocol: str = "nct05765006", rules: Rules | None = None) -> Plan:
    return plan_of(load_protocol(protocol), CATALOG, rules or Rules())


def derived(
    people: dict[str, list[Fact]], cut: int, protocol: str = "nct05765006", rules: Rules | None = None
) -> Derived:
    """The datasets of these people with a cut on a day counted from the infusion."""
    given = [(name, "site 1", record(facts)) for name, facts in people.items()]
    return derive(plan(protocol, rules), given, day(cut))


def minute(n: int, hour: int, minutes: int = 0) -> Span:
    """One minute of a day."""
    moment = (ZERO + n) * DAY + hour * 60 + minutes
    return Span(moment, moment)


def one(rows: list, **wanted: object) -> dict:
    """The only row with these values."""
    found = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    assert len(found) == 1, found
    return dict(found[0])
