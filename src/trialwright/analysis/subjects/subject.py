"""One participant as of the data cut: instants, doses, follow-up, and what of the record could not be used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from trialwright.analysis.subjects.cut import at_cut
from trialwright.analysis.subjects.plan import Plan
from trialwright.analysis.subjects.rules import Baseline
from trialwright.analysis.subjects.visits import Due, visits_of
from trialwright.catalog.models.protocols import DoseLevel
from trialwright.language.facts import DAY, Fact, Record, Span, date_of, day_number
from trialwright.language.interpret import Interpreter
from trialwright.language.selection import ENDLESS

WORDS = {"died": "death", "withdrew": "withdrawal by the subject", "lost_to_follow_up": "lost to follow-up"}
"""Reasons for leaving as the tables word them."""
SAME_DOSE = 0.10
"""A dose within this share of a level's is a dose of that level."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something odd that was kept: about whom, in which dataset, where in the record, and what was done about it."""

    subject: str
    dataset: str
    where: str
    message: str


@dataclass(frozen=True)
class Subject:
    """A participant.  `record` holds nothing after `cut`; its anchors are the instants of this person.

    `days` are the instants known to the day (day numbers).  `infusion` is the span of the infusion in minutes, None
    where there was none by the cut.
    """

    id: str
    site: str | None
    record: Record
    plan: Plan
    cut: dt.date
    days: Mapping[str, int]
    remarks: tuple[Remark, ...]

    @property
    def infusion(self) -> Span | None:
        return self.record.anchors.get("infusion")

    @property
    def cut_day(self) -> int:
        return day_number(self.cut)

    @cached_property
    def before(self) -> int | None:
        """The day before which a baseline lies; None for somebody who was neither depleted nor infused."""
        order = (
            ("lymphodepletion", "infusion") if self.plan.rules.baseline is Baseline.LYMPHODEPLETION else ("infusion",)
        )
        return next((self.days[name] for name in order if name in self.days), None)

    @cached_property
    def visits(self) -> tuple[Due, ...]:
        return visits_of(self.plan.protocol, self.days, self.plan.rules.windows)

    def facts(self, concept: str) -> Sequence[Fact]:
        return self.record.facts.get(concept, ())

    def latest(self, concept: str, before: int | None = None) -> Fact | None:
        """The last fact of a concept that states something, surely before a day (default: surely by the cut)."""
        last = self.cut_day if before is None else before - 1
        found = [f for f in self.facts(concept) if f.present and f.start.last_day <= last]
        return max(found, key=lambda f: (f.start.lower, f.start.upper), default=None)

    def number(self, concept: str, before: int | None = None) -> float | None:
        """Its value, where it is one number."""
        fact = self.latest(concept, before)
        return fact.lower if fact is not None and fact.lower == fact.upper else None

    @cached_property
    def dose(self) -> float | None:
        """Cells that were infused, of the first infusion where there are several; None where not recorded."""
        day = self.days.get("infusion")
        found = [
            f for f in self.facts("car_t_dose_infused") if f.present and f.lower is not None and f.lower == f.upper
        ]
        same = [f for f in found if f.start.first_day == day]
        amounts = {f.lower for f in same or found}
        return amounts.pop() if len(amounts) == 1 else None

    @cached_property
    def ended(self) -> tuple[int, str] | None:
        """The day on which the subject left the study or died, and why in words; None for somebody still in it."""
        left = self.latest("study_end")
        dead = self.latest("death")
        ends = []
        if left is not None:
            stated = [WORDS.get(how, how.replace("_", " ")) for how in sorted(left.categories or {"other"})]
            ends.append((left.start.last_day, " or ".join(stated)))
        if dead is not None:
            ends.append((dead.start.last_day, WORDS["died"]))
        return min(ends, key=lambda e: (e[0], e[1] != WORDS["died"]), default=None)

    @cached_property
    def contacts(self) -> tuple[int, ...]:
        """The days on which something was recorded that is made on a day, rising; a missed visit is none."""
        return tuple(
            sorted(
                {
                    fact.start.first_day
                    for name, facts in self.record.facts.items()
                    if self.dated(name)
                    for fact in facts
                    if fact.start.first_day == fact.start.last_day
                    and fact.present
                    and not (name == "study_visit" and "absent" in (fact.categories or ()))
                }
            )
        )

    @cached_property
    def last_contact(self) -> int | None:
        """The last day on which the subject was seen; for one who left, the day of the end of study at the latest."""
        ends = () if self.ended is None else (self.ended[0],)
        return max((day for day in (*self.contacts, *ends) if day <= self.cut_day), default=None)

    def dated(self, name: str) -> bool:
        concept = self.plan.catalog.concept(name)
        return concept is not None and concept.domain in ("measurement", "observation", "procedure")

    def followed(self, day: int) -> bool:
        """Whether the subject is known to have been in the study on a day."""
        return self.last_contact is not None and self.last_contact >= day

    @cached_property
    def level(self) -> int | None:
        """Number of the dose level: as recorded, else that whose dose the planned or infused one is."""
        recorded = self.number("dose_level")
        if recorded is not None:
            return int(recorded)
        for number, level in enumerate(self.plan.protocol.dose_levels, start=1):
            if any(is_dose(self.per(level, name), level) for name in ("car_t_dose_planned", "car_t_dose_infused")):
                return number
        return None

    def per(self, level: DoseLevel, name: str) -> float | None:
        """The planned or infused dose as the level counts it: cells, or cells per kg of body weight."""
        given = self.dose if name == "car_t_dose_infused" else self.number(name)
        weight = self.number("weight", self.before)
        if level.per is None or given is None:
            return given
        return given / weight if weight else None

    @property
    def treatment(self) -> str | None:
        """The dose level in words."""
        level = self.plan.level(self.level)
        if level is None:
            return None
        return level.label or f"{float(level.value):g} {level.unit}" + (f"/{level.per}" if level.per else "")

    @property
    def group(self) -> str:
        """The group of the results that the subject belongs to."""
        return f"dose level {self.level}" if self.level is not None else "dose level unknown"

    def relative(self, day: int) -> int | None:
        """Days from the infusion, which is day 0."""
        return day - self.days["infusion"] if "infusion" in self.days else None

    def study_day(self, day: int) -> int | None:
        """CDISC study day: the infusion is day 1, the day before it day -1; there is no day 0."""
        days = self.relative(day)
        return None if days is None else days + 1 if days >= 0 else days

    def days_exact(self, fact: Fact) -> float | None:
        """Days from the infusion by the clock where both have a time of the day, else in whole days."""
        at, day = self.infusion, self.relative(fact.start.first_day)
        if at is None or day is None or fact.start.first_day != fact.start.last_day:
            return None
        if at.lower == at.upper and fact.start.lower == fact.start.upper:
            return (fact.start.lower - at.lower) / DAY
        return float(day)


def subject_of(id: str, site: str | None, record: Record, plan: Plan, cut: dt.date) -> Subject:
    """The participant as of the cut: instants found by the protocol's own expressions."""
    kept = at_cut(record, cut)
    run = Interpreter(kept)
    spans = {name: run.moment(instant, ENDLESS).span for name, instant in plan.anchors.items()}
    days = {
        name: span.first_day for name, span in spans.items() if span is not None and span.first_day == span.last_day
    }
    anchors = dict(kept.anchors) | {name: span for name, span in spans.items() if span is not None}
    start = days.get("lymphodepletion", days.get("infusion"))
    if plan.rules.baseline is Baseline.INFUSION:
        start = days.get("infusion")
    if start is not None:
        anchors["baseline"] = _day(start - 1)
    for visit in plan.protocol.visits:
        if visit.anchor in days:
            anchors[visit.id] = _day(days[visit.anchor] + visit.day)
    whole = replace(kept, anchors=anchors)
    return Subject(id, site, whole, plan, cut, days, tuple(_remarks(id, whole, plan, spans)))


def _day(day: int) -> Span:
    return Span(day * DAY, day * DAY + DAY - 1)


def is_dose(given: float | None, level: DoseLevel) -> bool:
    """Whether a dose is that of the level, or an alternative of it, within a tenth."""
    doses = (float(level.value), *(float(other) for other in level.alternatives))
    return given is not None and any(abs(given - dose) <= SAME_DOSE * dose for dose in doses)


def _remarks(id: str, record: Record, plan: Plan, spans: Mapping[str, Span | None]) -> Iterator[Remark]:
    for name, span in spans.items():
        if span is not None and span.first_day != span.last_day:
            between = f"{date_of(span.first_day)} and {date_of(span.last_day)}"
            yield Remark(
                id, "ADSL", name, f"the day of {name} is only known to lie between {between}; no day is counted from it"
            )
    if spans.get("infusion") is None:
        yield Remark(
            id, "ADSL", "infusion", "no infusion is recorded by the cut: kept among the enrolled, in no other set"
        )
    cut = record.anchors["data_cut"]
    assert cut is not None
    for name in ("death", "study_end", "car_t_infusion", "adverse_event"):
        vague = [f for f in record.facts.get(name, ()) if f.start.last_day > cut.first_day]
        if vague:
            yield Remark(id, "ADSL", name, "its date is known only in part and may lie after the cut")
    infusions = [f for f in record.facts.get("car_t_infusion", ()) if f.present]
    if len(infusions) > 1:
        yield Remark(id, "ADSL", "infusion", f"{len(infusions)} infusions are recorded; days count from the first")
    start, infusion = spans.get("lymphodepletion"), spans.get("infusion")
    if infusion is not None and start is None:
        yield Remark(
            id, "ADSL", "lymphodepletion", "no lymphodepletion is recorded; the baseline lies before the infusion"
        )
    if infusion is not None and start is not None and start.lower > infusion.upper:
        yield Remark(id, "ADSL", "lymphodepletion", "lymphodepletion is recorded after the infusion; check both dates")
