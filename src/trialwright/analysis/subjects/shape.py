"""Datasets as plain tables: named columns with labels and kinds, rows as dictionaries, None where a value is missing.

Column names are those of CDISC ADaM in the datasets and lower case in the table of results.  Values are text, numbers,
dates (`datetime.date`) or None; a number that is missing has its reason in a column beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "integer", "number", "date"]
Row = Mapping[str, Any]
_TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "integer": (int,),
    "number": (int, float),
    "date": (dt.date,),
}


@dataclass(frozen=True, slots=True)
class Variable:
    """One column: its name (8 characters at most, as transport files want), a label of 40 at most, and its kind."""

    name: str
    label: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table: `name` ("ADSL"), `label`, `variables` in order, `rows` with exactly these keys."""

    name: str
    label: str
    variables: tuple[Variable, ...]
    rows: tuple[Row, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __getitem__(self, index: int) -> Row:
        return self.rows[index]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(variable.name for variable in self.variables)

    def column(self, name: str) -> list[Any]:
        """The values of one column in order of rows.  Raises KeyError for a column that is not there."""
        if name not in self.names:
            raise KeyError(name)
        return [row[name] for row in self.rows]

    def where(self, **wanted: Any) -> list[Row]:
        """The rows whose columns have these values."""
        return [row for row in self.rows if all(row[name] == value for name, value in wanted.items())]


def by_subject(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each subject, in their order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["USUBJID"], []).append(row)
    return found


def dataset(name: str, label: str, variables: Sequence[Variable], rows: Iterable[Row]) -> Dataset:
    """A dataset with every column in every row (None where a row does not give it).

    Raises ValueError for a column that the dataset does not have, or a value of another kind than its column's.
    """
    kinds = {variable.name: variable.kind for variable in variables}
    made: list[Row] = []
    for row in rows:
        for key, value in row.items():
            if key not in kinds:
                raise ValueError(f"{name} has no column {key}")
            if value is not None and (not isinstance(value, _TYPES[kinds[key]]) or isinstance(value, bool)):
                raise ValueError(f"{name}.{key} is {kinds[key]}, not {value!r}")
        made.append({key: _as(kind, row.get(key)) for key, kind in kinds.items()})
    return Dataset(name, label, tuple(variables), tuple(made))


def _as(kind: Kind, value: Any) -> Any:
    return float(value) if kind == "number" and value is not None else value
