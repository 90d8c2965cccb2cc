"""Datasets as SAS transport files, version 5, by pyreadstat (the optional extra `submission`).

Version 5 takes names of 8 characters, labels of 40 and text of 200 bytes.  A longer name gets a short one and keeps its
own in the label; text beyond 200 bytes goes on in columns of its own (REASON, REASON1, ..).  Every such step is
reported.  Source: SAS, TS-140, The Record Layout of a Data Set in SAS Transport (XPORT) Format.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trialwright.analysis.subjects.shape import Dataset, Variable
from trialwright.errors import TrialwrightError

NAME, LABEL, TEXT = 8, 40, 200


@dataclass(frozen=True, slots=True)
class Changed:
    """Something that the transport format cannot hold as it is, and what stands in the file instead."""

    dataset: str
    item: str
    message: str


def check_xpt() -> None:
    """Raises TrialwrightError where pyreadstat or polars is not installed."""
    for module in ("pyreadstat", "polars"):
        if importlib.util.find_spec(module) is None:
            raise TrialwrightError(f"XPT needs {module}, which is not installed: pip install 'trialwright[submission]'")


def write_xpt(data: Dataset, path: Path) -> list[Changed]:
    """Write one dataset; what had to be shortened or split.  Dates are SAS dates, numbers IBM doubles.

    An absent text and an empty one are the same there.  Raises TrialwrightError where the library is missing.
    """
    check_xpt()
    import polars
    import pyreadstat

    changed: list[Changed] = []
    names = _short_names(data, changed)
    kinds = {"text": polars.String, "integer": polars.Float64, "number": polars.Float64, "date": polars.Date}
    columns: dict[str, Any] = {}
    labels: dict[str, str | None] = {}
    for variable in data.variables:
        name = names[variable.name]
        label = _label(data, variable, name, changed)
        values = data.column(variable.name)
        if variable.kind != "text":
            columns[name] = polars.Series(name, values, dtype=kinds[variable.kind], strict=False)
            labels[name] = label
            continue
        parts = [_parts(value or "") for value in values]
        count = max((len(part) for part in parts), default=1)
        taken = set(names.values()) | set(columns)
        for k in range(count):
            piece = name if k == 0 else _free(f"{name[: NAME - len(str(k))]}{k}", taken)
            taken.add(piece)
            columns[piece] = polars.Series(piece, [p[k] if k < len(p) else "" for p in parts], dtype=polars.String)
            labels[piece] = label if k == 0 else f"{label[: LABEL - 12]}, continued"
        if count > 1:
            pieces = ", ".join(list(columns)[-count:])
            changed.append(Changed(data.name, variable.name, f"text above {TEXT} bytes goes on in {pieces}"))
    _tell_letters(data, changed)
    pyreadstat.write_xport(
        polars.DataFrame(columns),
        str(path),
        file_label=data.label[:LABEL],
        column_labels=labels,
        table_name=data.name[:NAME].upper(),
        file_format_version=5,
    )
    return changed


def _short_names(data: Dataset, changed: list[Changed]) -> dict[str, str]:
    """Upper-case names of 8 letters, digits and underscores at most, all different."""
    names: dict[str, str] = {}
    for variable in data.variables:
        plain = re.sub(r"[^A-Z0-9_]", "_", variable.name.upper())
        plain = plain if plain[:1].isalpha() or plain.startswith("_") else f"_{plain}"
        short = _free(plain[:NAME], set(names.values()))
        if short != variable.name.upper():
            changed.append(Changed(data.name, variable.name, f"the name is {short} in the file"))
        names[variable.name] = short
    return names


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(new for k in range(1, 1000) if (new := f"{name[: NAME - len(str(k))]}{k}") not in taken)


def _label(data: Dataset, variable: Variable, name: str, changed: list[Changed]) -> str:
    label = variable.label or variable.name
    if name != variable.name.upper():
        label = f"{variable.name}: {label}" if label.lower() != variable.name.lower() else variable.name
    if len(label.encode()) > LABEL:
        changed.append(Changed(data.name, variable.name, f'the label "{label}" is cut to {LABEL} bytes'))
    return _parts(label, LABEL)[0]


def _parts(text: str, most: int = TEXT) -> list[str]:
    """Text in pieces of at most so many bytes, no letter broken."""
    parts, piece, size = [], "", 0
    for letter in text:
        width = len(letter.encode())
        if size + width > most:
            parts.append(piece)
            piece, size = "", 0
        piece, size = piece + letter, size + width
    return [*parts, piece]


def _tell_letters(data: Dataset, changed: list[Changed]) -> None:
    """Agencies ask for ASCII; other letters stay, as UTF-8, and are said: a guess would change what was recorded."""
    for variable in data.variables:
        values: Sequence[Any] = data.column(variable.name) if variable.kind == "text" else ()
        beyond = sorted({letter for value in values if value for letter in value if ord(letter) > 126})
        if beyond:
            changed.append(Changed(data.name, variable.name, f"letters beyond ASCII are UTF-8: {' '.join(beyond)}"))
