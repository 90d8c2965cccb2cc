"""Random expanded expressions and random people over a small world where ties and partial dates are frequent.

`world(seed)` gives both; `expressions()` and `records()` are Hypothesis strategies over the same generators.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from tests.query.store import Known

from trialwright.language.facts import DAY, FOREVER, Answer, Fact, Record, Span, day_number, day_span
from trialwright.language.nodes import (
    Anchor,
    Arithmetic,
    Ask,
    AtLeast,
    Compare,
    Count,
    Expression,
    Extent,
    Facts,
    FirstKnown,
    Grade,
    If,
    In,
    Item,
    Not,
    Offset,
    Quantity,
    Score,
    Select,
    Spell,
    Timeline,
    TimeOf,
    Unsupported,
    ValueOf,
    Window,
)

AT = dt.date(2025, 3, 31)
TODAY = day_number(AT)
CONCEPTS = (
    Known("creatinine", "measurement", ("negative", "positive")),
    Known("platelets", "measurement"),
    Known("biopsy", "procedure", ("i", "ii", "iii", "iv", "v")),
    Known("sle", "condition"),
    Known("nephritis", "condition"),
    Known("prednisone", "drug", ("oral", "iv")),
    Known("prednisolone", "drug", ("oral", "iv")),
    Known("rituximab", "drug", ("oral", "iv")),
    Known("sledai", "observation"),
    Known("birth", "demographic"),
    Known("sex", "demographic", ("female", "male")),
)
BY_DOMAIN = {d: [c for c in CONCEPTS if c.domain == d] for d in dict.fromkeys(c.domain for c in CONCEPTS)}
VALUES = (0.0, 0.1, 0.5, 0.6, 1.0, 1.5, 2.5, 5.0, 7.2, 7.5, 8.0, 12.0, 80.0)
OPERATORS = ("<", "<=", "=", "!=", ">=", ">")
EDGES = (0, 5, 14, 30, 60)
"""Days before screening on which windows often begin, and facts too."""
TASTES = (None, "count", "line", "score", "formula", "elapsed")
"""What a world asks most of, so that each kind of number meets people of every kind."""
ASKS = (
    ("agrees", "willingness"),
    ("consents", "consent"),
    ("severe", "judgement"),
    ("cause", "look_up"),
    ("intends", "intent"),
)


class Draw:
    """Draws parts of a world from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.mess = self.random.choice((0.0, 0.1, 0.4, 1.0))
        """How much of the record and of the protocol is in doubt; little of it, so that answers are known."""
        self.taste = self.random.choice(TASTES)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def one(self, options: Any) -> Any:
        return self.random.choice(list(options))

    # --- people

    def start(self, spread: int = 70) -> Span:
        """An exact day, an exact minute, a month, or several years."""
        day = TODAY + self.random.randint(-spread, 8)
        if self.chance(0.3):
            day = TODAY - self.one(EDGES) + self.one((-1, 0, 0, 1))
        kind = self.random.random() * (1 if self.chance(self.mess) else 0.6)
        if kind < 0.6:
            return Span(day * DAY, day * DAY + DAY - 1)
        if kind < 0.75:
            minute = day * DAY + self.one((0, 30, 600, 1439))
            return Span(minute, minute)
        if kind < 0.95:
            first = day - day % 30
            return Span(first * DAY, (first + 29) * DAY + DAY - 1)
        return Span((TODAY - 900) * DAY, (TODAY + 3) * DAY + DAY - 1)

    def fact(self, known: Known) -> Fact:
        start = self.start()
        end = None
        if known.domain in ("condition", "drug") and self.chance(0.8):
            last = start.lower // DAY + self.random.randint(0, 40)
            kind = self.random.random()
            if start.lower == start.upper and self.chance(0.3):
                end = Span(minute := start.upper + self.one((0, 60, 2 * DAY, 14 * DAY)), minute)
            elif kind < 0.5:
                end = Span(max(last * DAY, start.lower), max(last * DAY + DAY - 1, start.upper))
            elif kind < 0.75:
                end = Span(start.lower, FOREVER)
            else:
                end = Span(last * DAY, (last + 20) * DAY + DAY - 1)
                end = Span(max(end.lower, start.lower), max(end.upper, start.upper))
        lower = upper = recorded = None
        lower_open = upper_open = False
        problem = None
        kind = self.random.random() * (1 if self.chance(self.mess) else 0.7)
        valued = known.domain in ("measurement", "observation", "drug") or self.chance(0.2)
        if valued and kind < 0.7:
            lower = upper = recorded = self.one(VALUES)
        elif valued and kind < 0.8:
            lower, upper, lower_open, recorded = (v := self.one(VALUES)), math.inf, self.chance(0.7), v
        elif valued and kind < 0.9:
            upper = recorded = self.one(VALUES[1:])
            lower, upper_open = 0.0, self.chance(0.7)
        elif self.chance(0.6):
            problem = self.one(("no_data", "unit_mismatch", "ambiguous_text", "conflict"))
            recorded = self.one((None, 3.0))
        categories = None
        if known.categories and self.chance(0.8):
            categories = frozenset(self.random.sample(known.categories, self.one((1, 1, 1, 2))))
        return Fact(
            known.id,
            start,
            end,
            lower,
            upper,
            lower_open,
            upper_open,
            categories,
            low_normal=self.one((None, 0.5)),
            high_normal=self.one((None, 1.0, 2.5)),
            detection_limit=self.one((None, None, 0.1)),
            recorded=recorded,
            unit=self.one((None, "mg/dL", "umol/L")) if recorded is not None else None,
            problem=problem,
            present=self.chance(1 - 0.1 * self.mess),
            certain=self.chance(1 - 0.15 * self.mess),
            source=f"s{self.random.randint(0, 10**9)}",
        )

    def record(self, observed: list[str], trial_asks: bool = True) -> Record:
        facts: dict[str, list[Fact]] = {}
        for known in CONCEPTS:
            if known.id == "birth":
                if self.chance(0.9):
                    year = self.random.randint(1950, 2010)
                    day = day_number(dt.date(year, self.random.randint(1, 12), self.random.randint(1, 28)))
                    if self.chance(0.3):
                        day = day_number(self.one((dt.date(2004, 2, 29), dt.date(year, 3, 31), dt.date(year, 4, 1))))
                    start = Span(day * DAY, day * DAY + DAY - 1)
                    if self.chance(0.3):
                        first = day_number(dt.date(year, 1, 1))
                        start = Span(first * DAY, (first + 364) * DAY + DAY - 1)
                    facts["birth"] = [Fact("birth", start, source="birth")]
            elif self.chance(0.7):
                facts[known.id] = [self.fact(known) for _ in range(self.one((1, 1, 2, 3, 5)))]
        screening = day_span(AT)
        anchors: dict[str, Span | None] = {"screening": screening, "consent": screening, "enrollment": screening}
        if self.chance(0.5):
            anchors["infusion"] = self.start(30)
        period = (TODAY - self.one((10, 40, 90, 2000)), TODAY + self.one((-5, 0, 0, 0)))
        if self.chance(0.6 * (1 - self.mess)):
            period = (TODAY - 2000, TODAY + 300)
        answers = {}
        if trial_asks:
            for name, _ in ASKS:
                if self.chance(0.4):
                    answers[name] = Answer(self.one((True, False, None)))
            if self.chance(0.4):
                answers["weight"] = Answer(self.one((70.0, 55.5, None)))
        return Record(
            facts,
            anchors,
            dict.fromkeys(observed, period) if observed and self.chance(0.85) else {},
            answers,
            frozenset(
                {"consent", "enrollment"} | ({"infusion"} if "infusion" in anchors and self.chance(0.2) else set())
            ),
        )

    # --- instants and windows

    def instant(self, depth: int, days: bool = False) -> Any:
        kind = self.random.random()
        if kind < 0.6 or self.chance(0.5 * (1 - self.mess)):
            usual = ("screening", "screening", "consent", "enrollment")
            return Anchor(self.one((*usual, "infusion", "day_90") if self.chance(self.mess) else usual))
        if kind < 0.88 or depth <= 0:
            usual = ("days", "days", "weeks", "months", "years")
            unit = self.one(usual if days else (*usual, "hours", "hours", "minutes"))
            amounts = ("1", "2", "3", "7") if unit in ("months", "years") else ("1", "1.5", "2", "3", "7")
            way = self.one(("before", "before", "after"))
            return Offset(self.instant(depth, days), Decimal(self.one(amounts)), unit, way)
        return TimeOf(self.select(depth - 1))

    def window(self, depth: int, days: bool = False, closed: bool = False) -> Window:
        if self.chance(0.6 * (1 - self.mess)):
            screening = Anchor("screening")
            return Window(Offset(screening, Decimal(self.one(EDGES)), "days", "before"), screening)
        end = self.instant(depth, days) if closed or self.chance(0.85) else None
        start = None
        if closed or self.chance(0.65):
            unit = self.one(("days", "days", "days", "months", "hours")) if not days else self.one(("days", "weeks"))
            base = end if end is not None and self.chance(0.8) else self.instant(depth, days)
            amount = (
                Decimal(2)
                if unit in ("months", "weeks")
                else self.one((Decimal(5), Decimal(14), Decimal(30), Decimal(60)))
            )
            start = Offset(base, amount, unit, "before")
        return Window(start, end, self.chance(0.15) and start is not None, self.chance(0.15) and end is not None)

    def facts(self, depth: int, domain: str | None = None, days: bool = False, several: bool = True) -> Facts:
        domain = domain or self.one(BY_DOMAIN)
        names = [c.id for c in BY_DOMAIN[domain] if c.id != "birth"]
        chosen = tuple(self.random.sample(names, self.random.randint(1, len(names)) if several else 1))
        where: tuple[Expression, ...] = ()
        if self.chance(0.2):
            where = (self.test(domain, depth),)
        return Facts(chosen, domain, self.window(depth, days), where)

    def test(self, domain: str, depth: int) -> Expression:
        """A test of the fact itself."""
        if self.chance(0.15):
            return AtLeast(self.one((1, 1, 2)), (self.test(domain, depth), self.test(domain, 0)))
        kinds = [c for c in BY_DOMAIN[domain] if c.categories]
        if kinds and self.chance(0.4):
            members = self.one(kinds).categories
            return In(ValueOf(None, "category"), tuple(self.random.sample(members, 1)))
        right: Expression = Quantity(Decimal(str(self.one(VALUES))))
        if self.chance(0.3):
            right = Arithmetic("*", (Quantity(Decimal("1.5")), ValueOf(None, "uln", self.one((None, Decimal(1))))))
        elif depth > 0 and self.chance(0.3):
            right = ValueOf(self.select(depth - 1))
        part = Compare(ValueOf(None), self.one(OPERATORS), right)
        return Not(part) if self.chance(0.2) else part

    def select(self, depth: int) -> Select:
        rule = self.one(("latest", "latest", "latest", "earliest", "lowest", "highest", "mean", "nearest"))
        near = self.instant(min(depth, 1) if depth > 0 else 0) if rule == "nearest" else None
        return Select(self.facts(depth), rule, near)

    # --- numbers

    def leaf_number(self, depth: int) -> Expression:
        kind = self.random.random()
        if self.taste in ("count", "line", "elapsed") and self.chance(0.6):
            kind = {"count": 0.5, "line": self.one((0.7, 0.8)), "elapsed": 0.9}[self.taste]
        if kind < 0.45:
            part = self.one(("value", "value", "value", "uln", "lln", "lod"))
            default = self.one((None, Decimal("1.2"))) if part != "value" else None
            return ValueOf(self.select(depth), part, default)
        if kind < 0.65:
            return Count(self.facts(depth), self.one(("fact", "day", "concept")), self.one((0, 0, 0, 1, 5)))
        if kind < 0.75:
            return self.spell(depth)
        if kind < 0.85:
            return Extent(
                self.timeline(depth), self.window(depth, True, True), self.one(("highest", "lowest", "range", "mean"))
            )
        if kind < 0.95:
            first = TimeOf(Select(Facts(("birth",), "demographic"))) if self.chance(0.6) else self.instant(depth)
            return Arithmetic(self.one(("years", "months", "days")), (first, self.instant(depth)))
        return Ask("weight", "weight in kg", "look_up", "number")

    def timeline(self, depth: int) -> Timeline:
        kind = self.one(("presence", "dose", "dose", "value"))
        domain = {"presence": self.one(("condition", "drug")), "dose": "drug", "value": "measurement"}[kind]
        facts = self.facts(depth, domain)
        facts = Facts(facts.concepts, facts.domain, Window(), facts.where)
        factors: tuple[tuple[str, Decimal | None], ...] = ()
        if kind == "dose" and self.chance(0.6):
            factors = tuple((c, self.one((Decimal(1), Decimal("6.67"), None))) for c in facts.concepts)
        return Timeline(facts, kind, factors, self.one((0, 0, 7)) if kind == "value" else 0)

    def spell(self, depth: int) -> Spell:
        timeline = self.timeline(depth)
        operator, threshold = None, None
        if timeline.of != "presence":
            operator, threshold = self.one(OPERATORS), Quantity(Decimal(str(self.one(VALUES))))
        measure = self.one(("longest", "total", "current"))
        return Spell(timeline, self.window(depth, True, True), measure, operator, threshold, self.one((0, 0, 3)))

    def number(self, depth: int) -> Expression:
        kind = self.random.random()
        if self.taste in ("formula", "score") and depth >= 0 and self.chance(0.5):
            kind = {"formula": 0.6, "score": self.one((0.8, 0.85))}[self.taste]
        elif depth <= 0 or kind < 0.5:
            return self.leaf_number(depth)
        return self.compound(depth, kind)

    def compound(self, depth: int, kind: float) -> Expression:
        """A number made of others; `kind` says which."""
        if kind < 0.75:
            return self.formula(depth - 1)
        if kind < 0.82:
            items = tuple(
                Item(
                    f"i{i}",
                    Quantity(Decimal(self.one((1, 2, 4)))) if self.chance(0.85) else self.number(depth - 1),
                    self.truth(depth - 1),
                    self.one(("", "renal", "skin")),
                )
                for i in range(self.one((2, 3, 5)))
            )
            recorded = ValueOf(Select(Facts(("sledai",), "observation"))) if self.chance(0.4) else None
            subset = ("i0", "i1") if recorded is not None and self.chance(0.5) else ()
            return Score(items, self.one(((), ("renal",))), recorded, subset)
        if kind < 0.88:
            return Grade(tuple((g, self.truth(depth - 1)) for g in self.one(((3, 2, 1), (4, 1), (1, 2)))))
        if kind < 0.94:
            return If(self.truth(depth - 1), self.number(depth - 1), self.number(depth - 1))
        return FirstKnown(tuple(self.number(depth - 1) for _ in range(self.one((2, 3)))))

    def formula(self, depth: int) -> Expression:
        operator = self.one(("+", "-", "*", "/", "^", "min", "max", "exp", "ln", "abs", "round", "*", "/", "-"))
        constant = Quantity(Decimal(str(self.one((0.1, 0.5, 1.5, 2, 3, 12)))))

        def part() -> Expression:
            return (
                constant
                if self.chance(0.3)
                else self.formula(depth - 1)
                if depth > 0 and self.chance(0.3)
                else self.number(min(depth, 0))
            )

        if operator in ("exp", "ln", "abs"):
            return Arithmetic(operator, (self.number(min(depth, 0)),))
        if operator == "round":
            return Arithmetic("round", (part(), Quantity(Decimal(self.one((0, 1))))))
        if operator == "^":
            return Arithmetic("^", (self.number(min(depth, 0)), Quantity(Decimal(str(self.one((2, 3, 0.5, 0, -1)))))))
        more = [part()] if operator in ("+", "*", "min") and self.chance(0.2) else []
        return Arithmetic(operator, (self.number(min(depth, 0)), part(), *more))

    # --- truths

    def compare(self, depth: int) -> Expression:
        limit = Quantity(Decimal(str(self.one(VALUES))))
        kind = self.random.random()
        operator = self.one(OPERATORS)
        if kind < 0.15:
            return Compare(ValueOf(self.select(depth)), operator, limit, Quantity(Decimal(self.one((3, 80))), "umol/L"))
        if kind < 0.35:
            select = self.select(depth)
            bound = ValueOf(select, self.one(("uln", "uln", "lln")), self.one((None, Decimal("1.2"))))
            return Compare(ValueOf(select), operator, Arithmetic("*", (Quantity(Decimal("1.5")), bound)))
        if kind < 0.4:
            return Compare(limit, operator, self.number(depth))
        right = limit if self.chance(0.8) else self.number(depth - 1)
        return Compare(self.number(depth), operator, right)

    def truth(self, depth: int) -> Expression:
        kind = self.random.random()
        if depth <= 0 or kind < 0.4:
            if self.chance(0.12):
                name, sort = self.one(ASKS)
                return Ask(name, name, sort)
            if self.chance(0.04):
                return Unsupported("active disease")
            if self.chance(0.2):
                known = self.one([c for c in CONCEPTS if c.categories])
                facts = self.facts(depth, known.domain)
                members = tuple(self.random.sample(known.categories, self.one((1, 1, 2))))
                rule = self.one(("latest", "latest", "earliest", "highest"))
                return In(ValueOf(Select(facts, rule), "category"), members)
            return self.compare(depth)
        if kind < 0.7:
            parts = tuple(self.truth(depth - 1) for _ in range(self.one((0, 2, 2, 3, 4))))
            return AtLeast(self.random.randint(0, max(1, len(parts))), parts)
        if kind < 0.8:
            return Not(self.truth(depth - 1))
        if kind < 0.95:
            other = self.truth(depth - 1) if self.chance(0.5) else None
            return If(self.truth(depth - 1), self.truth(depth - 1), other)
        return FirstKnown((self.truth(depth - 1), self.truth(depth - 1)))


def world(seed: int, expressions: int, people: int) -> tuple[list[Expression], dict[str, Record]]:
    """Some truths, and some people whose source observes the same domains."""
    draw = Draw(seed)
    domains = [d for d in ("condition", "drug", "procedure") if draw.chance(0.7)]
    return (
        [draw.truth(draw.one((0, 0, 1, 1, 2))) for _ in range(expressions)],
        {f"p{i}": draw.record(domains) for i in range(people)},
    )


def expressions(depth: int = 2) -> st.SearchStrategy[Expression]:
    """Random truths, expanded, over CONCEPTS."""
    return st.integers(0, 2**32).map(lambda seed: Draw(seed).truth(depth))


def records() -> st.SearchStrategy[Record]:
    """Random people over CONCEPTS."""
    return st.integers(0, 2**32).map(lambda seed: Draw(seed).record(["condition", "drug", "procedure"]))
