"""A protocol made ready for analysis: its instants, endpoints and measures as expressions, its windows and doses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from trialwright.analysis.subjects.assess import Question, question
from trialwright.analysis.subjects.rules import Rules
from trialwright.catalog.catalog import Catalog
from trialwright.catalog.expressions import read_expression
from trialwright.catalog.models.protocols import DoseLevel, ProtocolModel
from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n
from trialwright.language.check import names_of, walk
from trialwright.language.expand import expand
from trialwright.language.sorts import sort_of
from trialwright.screening.study import ProtocolVocabulary

EVENTS = frozenset({"adverse_event", "serious_adverse_event", "adverse_event_related", "dose_limiting_toxicity"})
"""Adverse events are asked for at every contact, so nothing recorded up to the last one means that there was none."""
ENROLLED = ("informed_consent", "dose_level", "car_t_dose_planned")
"""Concepts that say that somebody takes part, beside the instants of the protocol."""
DATA = Path(__file__).with_name("data")
DLT = "dose_limiting_toxicity"


@dataclass(frozen=True, slots=True)
class Measure:
    """Something followed from visit to visit.  `code` is the PARAMCD, `name` its word in the results.

    `applies` says for whom (asked at baseline); None: everybody.
    """

    code: str
    name: str
    label: str
    gives: str
    unit: str
    asked: Question
    applies: Question | None
    compares: bool


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint of the protocol; `visit` is the visit it is read at, `days` how far after the infusion it looks.

    `applies` as of a measure.  `harm`: it reads adverse events alone, which are observed over the whole follow-up;
    `toxic`: dose-limiting ones.
    """

    id: str
    code: str
    label: str
    type: str
    gives: str
    asked: Question
    applies: Question | None
    visit: str | None
    days: int | None
    compares: bool
    harm: bool
    toxic: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A protocol with the choices of its analysis.

    `grades` are the toxicity scales of the laboratory; `classes` and `interests` say of a term where it belongs.
    """

    protocol: ProtocolModel
    catalog: Catalog
    rules: Rules
    anchors: Mapping[str, n.Instant]
    measures: tuple[Measure, ...]
    endpoints: tuple[Endpoint, ...]
    grades: Mapping[str, Question]
    classes: Mapping[str, str]
    interests: Mapping[str, str]
    dlt_days: int
    dlt_source: str

    @property
    def enrolling(self) -> tuple[str, ...]:
        """Concepts any of which, recorded, makes a person a participant."""
        found = {
            name
            for instant in self.anchors.values()
            for node in walk(instant)
            if isinstance(node, n.Facts)
            for name in node.concepts
        }
        return (*ENROLLED, *sorted(found))

    def level(self, number: int | None) -> DoseLevel | None:
        """The dose level of that number, counted from 1 in the order of the protocol."""
        levels = self.protocol.dose_levels
        return levels[number - 1] if number is not None and 0 < number <= len(levels) else None


def plan_of(protocol: ProtocolModel, catalog: Catalog, rules: Rules) -> Plan:
    """Raises TrialwrightError for a protocol without an infusion, or an endpoint that cannot be read."""
    if "infusion" not in protocol.anchors:
        raise TrialwrightError(
            f"{protocol.id}: names no instant of infusion, so no day can be counted; add `infusion` to its anchors"
        )
    names = ProtocolVocabulary(catalog, protocol.defaults)
    anchors = {name: _instant(text, names) for name, text in protocol.anchors.items() if text != "screening"}
    endpoints = tuple(_endpoint(i, model, protocol, names) for i, model in enumerate(protocol.endpoints, start=1))
    stated = next((e.days for e in endpoints if e.days is not None and e.toxic), None)
    days = rules.dlt_days or stated or 28
    source = (
        "given" if rules.dlt_days else "the protocol's endpoint" if stated else "the usual, for want of a statement"
    )
    scales = {name for entry in laboratory().values() for side in ("low", "high") if (name := entry.get(side))}
    return Plan(
        protocol, catalog, rules, anchors, _measures(protocol, names), endpoints,
        {name: question(expand(n.Ref(name), names, want="number"), names) for name in sorted(scales)},
        _places(catalog, "classes"), _places(catalog, "special_interest"), days, source,
    )  # fmt: skip


def _instant(text: str, names: ProtocolVocabulary) -> n.Instant:
    elapsed = expand(read_expression(f"days from {text} to now"), names, want="number")
    assert isinstance(elapsed, n.Arithmetic)
    return elapsed.arguments[0]  # type: ignore[return-value]


def _endpoint(number: int, model: Any, protocol: ProtocolModel, names: ProtocolVocabulary) -> Endpoint:
    gives, tree = _read(model.text, names, n.Anchor(model.anchor), f"{protocol.id}, endpoint {model.id}")
    visits = {visit.id for visit in protocol.visits}
    named = [model.anchor, *(node.name for node in walk(tree) if isinstance(node, n.Anchor))]
    offsets = [
        node.amount
        for node in walk(tree)
        if isinstance(node, n.Offset)
        and node.instant == n.Anchor("infusion")
        and node.direction == "after"
        and node.unit == "days"
    ]
    visit = next((name for name in named if name in visits), None)
    days = int(max(offsets)) if offsets else None
    read = {name for node in walk(tree) if isinstance(node, n.Facts) for name in node.concepts}
    harm = bool(read) and read <= EVENTS
    asked = question(_observed(tree) if harm else tree, names)
    return Endpoint(
        model.id,
        f"EP{number:02d}",
        model.label,
        model.type,
        gives,
        asked,
        _for_whom(model.applies, names),
        visit,
        days,
        "baseline" in named,
        harm,
        read == {DLT},
    )


def _observed(tree: Any) -> Any:
    """The expression with adverse events as facts of a domain whose silence over an observed period means "none"."""
    if isinstance(tree, tuple):
        return tuple(_observed(part) for part in tree)
    if isinstance(tree, n.Facts):
        return replace(tree, domain=EVENT_DOMAIN)
    if is_dataclass(tree) and not isinstance(tree, type):
        return replace(tree, **{f.name: _observed(getattr(tree, f.name)) for f in fields(tree)})
    return tree


EVENT_DOMAIN: n.Domain = "condition"


def _read(text: str, names: ProtocolVocabulary, anchor: n.Instant, place: str) -> tuple[str, n.Expression]:
    """What the text gives (truth or number), and its tree."""
    tree = read_expression(text)
    problems = []
    for want in ("truth", "number"):
        try:
            found = expand(tree, names, anchor, want=want)
            if sort_of(found) == want:
                return want, found
            problems.append(f"it gives a {sort_of(found)}")
        except TrialwrightError as error:
            problems.append(str(error))
    raise TrialwrightError(f"{place}: {problems[0]}")


@lru_cache
def _file(name: str) -> Any:
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


def _places(catalog: Catalog, part: str) -> dict[str, str]:
    """Concept -> class or special interest; members of a class belong where it does."""
    places: dict[str, str] = {}
    for place, names in _file("events.yaml")[part].items():
        for name in names:
            concept = catalog.concept(name)
            for member in (name, *(concept.members if concept else ())):
                places.setdefault(member, place)
    return places


def laboratory() -> Mapping[str, Mapping[str, str]]:
    """Concept -> code and grades of the laboratory dataset."""
    found: Mapping[str, Mapping[str, str]] = _file("laboratory.yaml")
    return found


def _measures(protocol: ProtocolModel, names: ProtocolVocabulary) -> tuple[Measure, ...]:
    """Those of the diseases that an inclusion names; of every disease where none is named."""
    groups: dict[str, Any] = _file("measures.yaml")
    asked = {
        name for c in protocol.walk() if c.text and c.kind == "inclusion" for name in names_of(read_expression(c.text))
    }
    diseases = {g["for"] for g in groups.values() if "for" in g}
    chosen = {name for name in diseases if any(word.endswith(name) for word in asked)} or diseases
    listed = [m for g in groups.values() if "for" not in g or g["for"] in chosen for m in g["measures"]]
    return tuple(_measure(m, names) for m in listed)


def _measure(given: Mapping[str, str], names: ProtocolVocabulary) -> Measure:
    tree = expand(read_expression(given["text"]), names, want=given["gives"])
    compares = any(node == n.Anchor("baseline") for node in walk(tree))
    return Measure(
        given["code"],
        given["name"],
        given["label"],
        given["gives"],
        given.get("unit", ""),
        question(tree, names),
        _for_whom(given.get("applies"), names),
        compares,
    )


def _for_whom(text: str | None, names: ProtocolVocabulary) -> Question | None:
    return question(expand(read_expression(text), names, want="truth"), names) if text else None
