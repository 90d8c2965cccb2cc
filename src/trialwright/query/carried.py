"""Expressions and studies as plain JSON, so that a run can be opened again without the files that it came from."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

from trialwright.language import facts, nodes
from trialwright.query import study as asked

KNOWN = {
    name: kind
    for module in (nodes, facts, asked)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and dataclasses.is_dataclass(kind)
}


def to_json(value: Any) -> Any:
    """A frozen value as JSON: dataclasses as {"is": name, field: ...}, decimals as {"decimal": text}."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        given = {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value) if not _usual(f, value)}
        return {"is": type(value).__name__, **given}
    match value:
        case Decimal():
            return {"decimal": str(value)}
        case tuple() | list():
            return [to_json(v) for v in value]
        case frozenset():
            return {"set": sorted(value)}
        case dict():
            return {"map": {k: to_json(v) for k, v in sorted(value.items())}}
    return value


def _usual(field: dataclasses.Field[Any], value: Any) -> bool:
    return field.default is not dataclasses.MISSING and bool(getattr(value, field.name) == field.default)


def from_json(value: Any) -> Any:
    """The value that `to_json` wrote.  Raises KeyError for a kind that this version does not have."""
    match value:
        case {"is": name, **given}:
            fields = {str(k): from_json(v) for k, v in given.items()}
            return KNOWN[str(name)](**fields)
        case {"decimal": text}:
            return Decimal(text)
        case {"set": members}:
            return frozenset(members)
        case {"map": members}:
            return {k: from_json(v) for k, v in members.items()}
        case list():
            return tuple(from_json(v) for v in value)
    return value
