"""What the figures show: parameter codes and their words, as data (`data/figures.yaml`)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict


class Measure(BaseModel):
    """A measure of disease activity in words, and the unit of its change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: str
    unit: str = ""


class Plan(BaseModel):
    """`responses` are marked on the swimmer, `activity` has a spider and a waterfall at `day`, `cells` are profiles."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    responses: dict[str, str]
    activity: dict[str, Measure]
    cells: dict[str, str]
    b_cells: str
    day: int


@cache
def plan() -> Plan:
    """The figures of a day-90 interim."""
    text = files("trialwright.analysis.tables").joinpath("data/figures.yaml").read_text("utf-8")
    return Plan.model_validate(yaml.safe_load(text))
