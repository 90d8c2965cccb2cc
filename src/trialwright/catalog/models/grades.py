"""A grade is a ladder of expressions, highest rung first: CTCAE neutrophil count decreased."""

from __future__ import annotations

from pydantic import Field, model_validator

from trialwright.catalog.models.common import Expression, Header, Id, Model, Strings, Text, Version
from trialwright.catalog.models.definitions import Example


class Rung(Model):
    """One grade and when it is reached."""

    grade: int = Field(ge=0, le=5)
    when: Expression
    label: str = ""


class GradeModel(Model):
    """Rungs from highest to lowest; the first that is met is the grade, none is grade 0."""

    id: Id
    label: Text
    term: str = ""
    version: Version = ""
    parameters: dict[Id, Expression] = Field(default_factory=dict)
    rungs: tuple[Rung, ...] = Field(min_length=1)
    source: Text
    notes: Strings = ()
    traps: Strings = ()
    examples: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _descending(self) -> GradeModel:
        grades = [rung.grade for rung in self.rungs]
        if grades != sorted(set(grades), reverse=True):
            raise ValueError(f"rungs go from the highest grade to the lowest, each once; found {grades}")
        return self


class GradeFile(Header):
    """A file of grades."""

    grades: tuple[GradeModel, ...]
