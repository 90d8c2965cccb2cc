"""What a table of the analysis is: data that say which estimands stand in it and how their statistics are written.

The definitions lie in `data/tables.yaml`.  A template names statistics in braces; `{N}` is the denominator of the row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from trialwright.errors import TrialwrightError

STATISTIC = re.compile(r"\{([^{}]+)\}")
OPTIONAL = re.compile(r"<([^<>]+)>")
SHARED = ("n", "N", "missing", "lower", "upper", "events")
"""Statistics that stand in several kinds of layout and so do not decide which one an estimand has."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Section(_Strict):
    """Rows for every estimand that fits: one per level (`cells`) or one per template (`lines`)."""

    estimand: str
    level: str | None = None
    cells: str | None = None
    lines: str | None = None
    heading: str | None = None
    tree: bool = False
    zeros: bool = True

    @model_validator(mode="after")
    def _one_layout(self) -> Section:
        if (self.cells is None) == (self.lines is None):
            raise ValueError(f'section "{self.estimand}" needs either cells or lines')
        return self

    def fits(self, estimand: str) -> bool:
        return fnmatchcase(estimand, self.estimand)

    def takes(self, level: str) -> bool:
        return self.level is None or fnmatchcase(level, self.level)


class Definition(_Strict):
    """One table: its number by ICH E3 (14.1 demographics, 14.2 efficacy and kinetics, 14.3 safety) and its sections."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    number: str
    title: str
    note: str | None = None
    supplement: bool = False
    sections: tuple[Section, ...]


class Definitions(_Strict):
    """All tables in order, with the templates that they use by name."""

    words: dict[str, str]
    cells: dict[str, str]
    lines: dict[str, dict[str, str]]
    tables: tuple[Definition, ...]

    @model_validator(mode="after")
    def _templates_exist(self) -> Definitions:
        for table in self.tables:
            for section in table.sections:
                if section.cells is not None and section.cells not in self.cells:
                    raise ValueError(f'table "{table.id}" uses the cells "{section.cells}", which are not defined')
                if section.lines is not None and section.lines not in self.lines:
                    raise ValueError(f'table "{table.id}" uses the lines "{section.lines}", which are not defined')
        return self

    def heading(self, section: Section, estimand: str) -> str:
        """The heading of an estimand: the section's, else its name as a sentence."""
        if section.heading not in (None, "*"):
            return section.heading or ""
        rest = estimand.removeprefix(section.estimand.split("*")[0]) if section.heading == "*" else estimand
        return self.sentence(rest)

    def sentence(self, name: str) -> str:
        """The name of an estimand as people write it, abbreviations included."""
        text = name[:1].upper() + name[1:]
        for word, written in self.words.items():
            text = re.sub(rf"(?i)(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", written, text)
        return text.replace("_", " ")

    def templates(self, section: Section) -> dict[str, str]:
        """The templates of a section by row label; the label is empty where a row is a level."""
        return {"": self.cells[section.cells]} if section.cells is not None else self.lines[section.lines or ""]


def statistics(template: str) -> tuple[str, ...]:
    """The statistics that a template names, in order."""
    return tuple(STATISTIC.findall(template))


def key(template: str) -> str:
    """The statistic that a template is about: without it there is nothing to write."""
    return statistics(template)[0]


def deciding(templates: Iterable[str]) -> set[str]:
    """The statistics of which an estimand has one where the templates are its layout."""
    return {key(template) for template in templates} - set(SHARED)


def read_definitions(text: str) -> Definitions:
    """Definitions from YAML; raises TrialwrightError that says what is wrong."""
    try:
        return Definitions.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValueError) as error:
        raise TrialwrightError(f"the definitions of tables cannot be read: {error}") from error


@cache
def definitions() -> Definitions:
    """The tables of a day-90 interim."""
    return read_definitions(files("trialwright.analysis.tables").joinpath("data/tables.yaml").read_text("utf-8"))
