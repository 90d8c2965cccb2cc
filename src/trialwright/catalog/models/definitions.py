"""A definition is a named expression with parameters: Cockcroft-Gault, severe lupus nephritis."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from trialwright.catalog.models.common import Expression, Header, Id, Model, Strings, Text, Version


class Example(Model):
    """A worked example: what is recorded (or answered), and what must come of it.

    `given` maps concepts (in instruments also items) to true, false, null, a number or
    `{value, unit, low, high, date}`; `expect` is a number, true, false or null for unknown.
    """

    given: dict[str, Any] = Field(default_factory=dict)
    parameters: dict[str, Any] = Field(default_factory=dict)
    expect: Any = None
    lower: Any = None
    upper: Any = None
    score: Any = None
    grade: Any = None
    met: bool | None = None
    subscores: dict[str, Any] = Field(default_factory=dict)
    source: str = ""
    note: str = ""


class DefinitionModel(Model):
    """One definition; `parameters` are texts of the language that a protocol may replace."""

    id: Id
    label: Text
    unit: str | None = None
    parameters: dict[Id, Expression] = Field(default_factory=dict)
    body: Expression
    source: Text
    version: Version = ""
    notes: Strings = ()
    traps: Strings = ()
    examples: tuple[Example, ...] = ()


class DefinitionFile(Header):
    """A file of definitions."""

    definitions: tuple[DefinitionModel, ...]
