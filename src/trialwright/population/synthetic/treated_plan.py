"""What of a protocol decides the course of its participants: dose levels, visits, disease, apheresis, product."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from trialwright.catalog.models.protocols import ProtocolModel
from trialwright.errors import TrialwrightError
from trialwright.population.synthetic.events import Floats, Ints
from trialwright.population.synthetic.people import LUPUS, SCLEROSIS
from trialwright.population.synthetic.treated_settings import Toxicity

_CONSENT = re.compile(r"\bask (\w+) \"[^\"]*\" \(consent\)")
_LUPUS, _SCLEROSIS = re.compile(r"lupus|\bsle|sledai|nephritis"), re.compile(r"scler|\bssc|mrss")


@dataclass(frozen=True, slots=True)
class Plan:
    """Levels in the protocol's order (level 1 first): cells, or cells per kg where `per_kg`; `start` is the place of
    the first level that is given (0-based).  `plasma_cells` tells that the product takes them too (BCMA).  Visits are
    days and windows from their anchor; `consent` are the protocol's asks of it."""

    protocol: str
    disease: int
    dose: Floats
    per_kg: tuple[bool, ...]
    labels: tuple[str, ...]
    start: int
    cohort_size: int | None
    apheresis: bool
    plasma_cells: bool
    visit_ids: tuple[str, ...]
    visit_anchor: tuple[str, ...]
    visit_day: Ints
    visit_window: Ints
    consent: tuple[str, ...]

    @property
    def levels(self) -> int:
        return len(self.dose)

    @property
    def last_visit(self) -> int:
        """The place of the protocol's last visit after infusion."""
        after = np.where(np.array(self.visit_anchor) == "infusion", self.visit_day, -1)
        return int(np.argmax(after))


def plan_of(protocol: ProtocolModel) -> Plan:
    """The plan of a protocol.  Raises TrialwrightError where it names no dose level or no visit after infusion."""
    levels = protocol.dose_levels
    if not levels:
        raise TrialwrightError(
            f"The protocol {protocol.id} has no dose_levels, so nobody can be treated by it; add them to its file"
        )
    visits = [v for v in protocol.visits if v.anchor in ("infusion", "lymphodepletion")]
    if not any(v.anchor == "infusion" and v.day > 0 for v in visits):
        raise TrialwrightError(
            f"The protocol {protocol.id} has no visit after infusion, so nobody is followed; add visits to its file"
        )
    wrong = [x for x in levels if x.unit != "cells"]
    if wrong:
        raise TrialwrightError(
            f"The protocol {protocol.id} doses in {wrong[0].unit}; a treated cohort is made for doses in cells"
        )
    roles = [x.role for x in levels]
    start = roles.index("start") if "start" in roles else next((i for i, r in enumerate(roles) if r != "backup"), 0)
    products = (protocol.title, *(i for arm in protocol.arms for i in arm.interventions))
    size = protocol.escalation.cohort_size if protocol.escalation else None
    asks = dict.fromkeys(found for c in protocol.walk() for found in _CONSENT.findall(c.text or ""))
    return Plan(
        protocol=protocol.id,
        disease=disease_of(protocol),
        dose=np.array([float(x.value) for x in levels]),
        per_kg=tuple(x.per == "kg" for x in levels),
        labels=tuple(x.label for x in levels),
        start=start,
        cohort_size=size,
        apheresis="leukapheresis" in protocol.anchors,
        plasma_cells="bcma" in " ".join(products).lower(),
        visit_ids=tuple(v.id for v in visits),
        visit_anchor=tuple(v.anchor for v in visits),
        visit_day=np.array([v.day for v in visits]),
        visit_window=np.array([v.window for v in visits]).reshape(-1, 2),
        consent=tuple(asks),
    )


def disease_of(protocol: ProtocolModel) -> int:
    """Lupus or systemic sclerosis, by what the title and the inclusion criteria speak of more."""
    texts = [protocol.title, *(c.text or "" for c in protocol.walk() if c.kind == "inclusion")]
    said = " ".join(texts).lower()
    lupus, sclerosis = len(_LUPUS.findall(said)), len(_SCLEROSIS.findall(said))
    if lupus == sclerosis == 0:
        raise TrialwrightError(
            f"The inclusion criteria of {protocol.id} speak neither of lupus nor of systemic sclerosis; "
            "a treated cohort is made for these two"
        )
    return LUPUS if lupus >= sclerosis else SCLEROSIS


def assigned(plan: Plan, n: int, cohort_size: int) -> Ints:
    """Level (0-based) of each of `n` participants: cohorts from the start level up, then again from the start.

    No design is run: true rates by level must not depend on what was seen before.
    """
    given = np.arange(plan.start, plan.levels)
    return np.asarray(given[(np.arange(n) // (plan.cohort_size or cohort_size)) % len(given)])


def dlt_chances(plan: Plan, toxicity: Toxicity) -> Floats:
    """True chance of a dose-limiting toxicity at each level.

    Raises TrialwrightError where the settings name another number of levels.
    """
    if toxicity.dlt is None:
        return np.round(np.linspace(toxicity.lowest_dlt, toxicity.highest_dlt, plan.levels), 3)
    if len(toxicity.dlt) != plan.levels:
        raise TrialwrightError(
            f"{plan.protocol} has {plan.levels} dose levels; give a chance of dose-limiting toxicity for each"
        )
    return np.array(toxicity.dlt)
