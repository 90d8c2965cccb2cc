"""A protocol is a registered trial made computable: criteria, doses, visits, endpoints, each with its page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from trialwright.catalog.models.common import Expression, Id, Model, Number, Strings, Text, Version

_CRITERION = r"^[IE]\d+(\.\d+[a-z]?|[a-z])*$"


ProtocolId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=80)]
"""Lower-case words joined by hyphens or underscores; expressions never name a protocol."""


class Page(Model):
    """A registry document that the protocol was read from."""

    id: Id
    file: str = Field("", description="name of the file")
    kind: str = ""
    url: str = ""


class Registry(Model):
    """Where the trial is registered."""

    nct_id: str | None = None
    pages: tuple[Page, ...] = ()
    other_ids: Strings = ()


class PlaceOnPage(Model):
    """The page and the number there, as the page prints it."""

    page: Id
    number: str = ""


class Reading(Model):
    """One way to read a sentence that has two, whether it was taken, and why."""

    text: Text
    chosen: bool
    why: Text


class CriterionModel(Model):
    """One clause.  An exclusion is stated as registered; the verdict negates it.

    A criterion with `children` and no `text` holds when all of them do (an exclusion: when any does).
    """

    id: str = Field(pattern=_CRITERION)
    kind: Literal["inclusion", "exclusion"]
    label: Text
    source: tuple[PlaceOnPage, ...] = ()
    text: Expression | None = None
    readings: tuple[Reading, ...] = ()
    notes: Strings = ()
    checkpoint: str = "screening"
    children: tuple[CriterionModel, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _one_place(cls, value: Any) -> Any:
        if isinstance(value, dict):
            value = dict(value)
            if isinstance(value.get("source"), dict):
                value["source"] = [value["source"]]
            kind = value.get("kind")
            children = value.get("children") or ()
            value["children"] = [{"kind": kind} | c if isinstance(c, dict) else c for c in children]
        return value

    @model_validator(mode="after")
    def _says_something(self) -> CriterionModel:
        if self.text is None and not self.children:
            raise ValueError(f"criterion {self.id} has neither text nor children; no clause may be empty")
        return self

    def walk(self) -> Iterator[CriterionModel]:
        """This criterion and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


class Arm(Model):
    """A study arm (USDM StudyArm)."""

    id: Id
    label: Text
    type: str = ""
    description: str = ""
    interventions: Strings = ()


class DoseLevel(Model):
    """One dose: `value` in `unit`, per participant or per kg; a back-up level lies below the start."""

    value: Number = Field(gt=0)
    unit: Text = "cells"
    per: Literal["kg"] | None = None
    role: Literal["backup", "start", "level"] = "level"
    label: str = ""
    alternatives: tuple[Number, ...] = ()


class Escalation(Model):
    """The dose-escalation design by name with its parameters; `levels` are the protocol's dose levels."""

    design: Text
    max_n: int | None = Field(None, gt=0)
    cohort_size: int | None = Field(None, gt=0)
    target: Number | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    levels: tuple[DoseLevel, ...] = ()
    stated: bool = Field(True, description="false where the page does not name the design and one is assumed")
    notes: Strings = ()


class Epoch(Model):
    """A phase of the study (USDM StudyEpoch)."""

    id: Id
    label: Text
    description: str = ""


class Visit(Model):
    """An encounter on a day counted from an anchor (day 0), `window` days before and after it."""

    id: Id
    label: str = ""
    epoch: Id | None = None
    anchor: Id
    day: int
    window: tuple[int, int] = (0, 0)
    notes: Strings = ()

    @model_validator(mode="before")
    @classmethod
    def _symmetric(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("window"), int):
            value = value | {"window": (-abs(value["window"]), abs(value["window"]))}
        return value


class EndpointModel(Model):
    """What is measured, when, and how it is computed; `applies`: for whom, as known at baseline (else everybody)."""

    id: Id
    label: Text
    type: Literal["primary", "secondary", "exploratory"] = "secondary"
    anchor: str = "infusion"
    text: Expression
    applies: Expression | None = None
    source: PlaceOnPage | None = None
    notes: Strings = ()


class Unsupported(Model):
    """What the page does not say precisely enough, and why that matters."""

    text: Text
    why: Text


class Defaults(Model):
    """What this protocol sets where the catalog has a default: look-backs by concept, parameters of definitions."""

    look_back_days: dict[Id, int] = Field(default_factory=dict)
    parameters: dict[str, dict[Id, Expression]] = Field(default_factory=dict)


class ProtocolModel(Model):
    """One trial.  `anchors` map names to expressions that find the instant in the record ("first car_t_infusion")."""

    id: ProtocolId
    title: Text
    version: Version = "1"
    licence: str = ""
    source: str = ""
    phase: str = ""
    enrollment: int | None = Field(None, gt=0)
    registry: Registry = Registry()
    anchors: dict[Id, Expression] = Field(default_factory=dict)
    defaults: Defaults = Defaults()
    criteria: tuple[CriterionModel, ...] = Field(min_length=1)
    arms: tuple[Arm, ...] = ()
    dose_levels: tuple[DoseLevel, ...] = ()
    escalation: Escalation | None = None
    epochs: tuple[Epoch, ...] = ()
    visits: tuple[Visit, ...] = ()
    endpoints: tuple[EndpointModel, ...] = ()
    unsupported: tuple[Unsupported, ...] = ()
    notes: Strings = ()

    @model_validator(mode="after")
    def _levels_of_escalation(self) -> ProtocolModel:
        if self.escalation is not None and not self.escalation.levels:
            filled = self.escalation.model_copy(update={"levels": self.dose_levels})
            object.__setattr__(self, "escalation", filled)
        return self

    @model_validator(mode="after")
    def _coherent(self) -> ProtocolModel:
        ids = [criterion.id for criterion in self.walk()]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"the criterion {twice[0]} stands twice; each id may stand once")
        pages = {page.id for page in self.registry.pages}
        for criterion in self.walk():
            letter = "I" if criterion.kind == "inclusion" else "E"
            if not criterion.id.startswith(letter):
                raise ValueError(f"criterion {criterion.id} is an {criterion.kind}, so its id begins with {letter}")
            if pages and (wrong := [place.page for place in criterion.source if place.page not in pages]):
                raise ValueError(f"criterion {criterion.id} names the page {wrong[0]}, which registry.pages lacks")
        epochs = {epoch.id for epoch in self.epochs}
        for visit in self.visits:
            if visit.epoch is not None and visit.epoch not in epochs:
                raise ValueError(f"the visit {visit.id} names the epoch {visit.epoch}, which epochs lacks")
        return self

    def walk(self) -> Iterator[CriterionModel]:
        """Every criterion and sub-criterion in the order of the page."""
        for criterion in self.criteria:
            yield from criterion.walk()
