"""Listings by participant: chosen rows and columns of a dataset, as the dataset has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from trialwright.analysis.subjects.shape import Dataset, Row
from trialwright.analysis.tables.table import Cell, Line, Table


class Listing(BaseModel):
    """Which dataset, which rows, which columns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    number: str
    title: str
    dataset: str
    columns: tuple[str, ...]
    where: dict[str, Literal["present"] | tuple[Any, ...]] = {}

    def keeps(self, row: Row) -> bool:
        return all(
            row.get(name) not in (None, "") if wanted == "present" else row.get(name) in wanted
            for name, wanted in self.where.items()
        )


@cache
def listing_definitions() -> tuple[Listing, ...]:
    """The listings of a day-90 interim."""
    text = files("trialwright.analysis.tables").joinpath("data/listings.yaml").read_text("utf-8")
    return tuple(Listing.model_validate(one) for one in yaml.safe_load(text)["listings"])


def listings(datasets: Mapping[str, Dataset]) -> list[Table]:
    """Every listing whose dataset is there; one without rows says so."""
    return [_listing(one, datasets[one.dataset]) for one in listing_definitions() if one.dataset in datasets]


def _listing(defined: Listing, data: Dataset) -> Table:
    known = {variable.name: variable for variable in data.variables}
    names = [name for name in defined.columns if name in known]
    kept = [row for row in data if defined.keeps(row)]
    lines = tuple(Line(shown(row[names[0]]), tuple(Cell(shown(row[name])) for name in names[1:])) for row in kept)
    columns = tuple(known[name].label or name for name in names)
    notes = () if kept else (("", f"No row of {data.name} belongs here."),)
    return Table(defined.id, defined.number, defined.title, columns, lines, notes, words=len(columns))


def shown(value: Any) -> str:
    """A value of a dataset for a reader."""
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return value.isoformat()
    return f"{value:.10g}" if isinstance(value, float) else str(value)
