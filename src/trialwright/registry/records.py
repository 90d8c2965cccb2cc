"""What one registered trial says, whatever document it was read from: one frozen record with its findings.

Field names are those of `trialwright read --json` (docs/registry.md); enumerations are ClinicalTrials.gov v2's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trialwright.registry.typed import Age, PartialDate

Kind = Literal["inclusion", "exclusion"]
Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` up to `end` of a text of the record; for criteria that text is `Record.criteria_text`."""

    start: int
    end: int
    field: str = "criteria_text"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion as registered, with those printed below it; `text` has the list marker and escapes taken off.

    `span` covers the words of this criterion and of its children in `Record.criteria_text`, and `own` covers the
    pieces that `text` is made of: more than one where a later paragraph belongs to the same criterion.
    """

    id: str
    kind: Kind
    text: str
    children: tuple[Criterion, ...] = ()
    span: Span = Span(0, 0)
    own: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a reader must know before relying on a value: `where` names the file and the place in it."""

    severity: Severity
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Arm:
    label: str
    type: str | None = None
    description: str | None = None
    interventions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Intervention:
    name: str
    type: str | None = None
    description: str | None = None
    other_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DoseLevel:
    """One dose of cells that the text names; `alternative` is true where the text offers it instead of the one before.

    `per` is None for a flat dose and "kg" for a dose by weight; `role` is backup, start or level.
    """

    value: float
    unit: str = "cells"
    per: str | None = None
    role: str = "level"
    alternative: bool = False
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Sponsor:
    name: str
    class_: str | None = None
    role: str = "lead"


@dataclass(frozen=True, slots=True)
class Investigator:
    name: str
    role: str | None = None
    affiliation: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    name: str | None
    phone: str | None = None
    email: str | None = None
    role: str | None = None
    facility: str | None = None


@dataclass(frozen=True, slots=True)
class Location:
    facility: str | None
    city: str | None = None
    country: str | None = None
    status: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    type: str | None
    pmid: str | None = None
    doi: str | None = None
    citation: str | None = None


@dataclass(frozen=True, slots=True)
class OtherId:
    id: str
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """An endpoint as registered; `rank` is primary, secondary or other."""

    rank: str
    measure: str
    description: str | None = None
    time_frame: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the document that has no field here: kept as it stands."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record was read from: the file's name, the reader, and the document's SHA-256."""

    name: str
    reader: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Record:
    """One registered trial.  None is "the document does not say"; an empty tuple is "it names none"."""

    nct_id: str | None = None
    title: str | None = None
    official_title: str | None = None
    acronym: str | None = None
    brief_summary: str | None = None
    detailed_description: str | None = None
    study_type: str | None = None
    status: str | None = None
    why_stopped: str | None = None
    phases: tuple[str, ...] = ()
    enrollment: int | None = None
    enrollment_minimum: int | None = None
    enrollment_type: str | None = None
    start_date: PartialDate | None = None
    completion_date: PartialDate | None = None
    last_update: PartialDate | None = None
    conditions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    sex: str | None = None
    minimum_age: Age | None = None
    maximum_age: Age | None = None
    healthy_volunteers: bool | None = None
    allocation: str | None = None
    intervention_model: str | None = None
    masking: str | None = None
    primary_purpose: str | None = None
    arms: tuple[Arm, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    dose_levels: tuple[DoseLevel, ...] = ()
    dose_design: str | None = None
    outcomes: tuple[Outcome, ...] = ()
    sponsors: tuple[Sponsor, ...] = ()
    investigators: tuple[Investigator, ...] = ()
    locations: tuple[Location, ...] = ()
    countries: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    references: tuple[Reference, ...] = ()
    other_ids: tuple[OtherId, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    criteria_text: str = ""
    sections: tuple[Section, ...] = ()
    sources: tuple[Source, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def name(self) -> str:
        """What to call the trial in a message."""
        return self.nct_id or self.title or (self.sources[0].name if self.sources else "a trial without a name")
