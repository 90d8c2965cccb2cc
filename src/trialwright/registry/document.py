"""The JSON that `trialwright read --json` prints for a record: names and shapes that people script against."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from trialwright.registry.records import Criterion, Record, Span, Sponsor
from trialwright.registry.typed import Age, PartialDate


def record_document(record: Record) -> dict[str, Any]:
    """One record as plain JSON values; absent is null, ages and dates are text as registered."""
    return {field.name: plain_value(getattr(record, field.name)) for field in fields(record)}


def plain_value(value: Any) -> Any:
    """A value of a record as JSON holds it."""
    if isinstance(value, Age | PartialDate):
        return str(value)
    if isinstance(value, Span):
        return [value.start, value.end] if value.field == "criteria_text" else [value.start, value.end, value.field]
    if isinstance(value, Sponsor):
        return {"name": value.name, "class": value.class_, "role": value.role}
    if isinstance(value, Criterion):
        return {
            "id": value.id,
            "kind": value.kind,
            "text": value.text,
            "children": [plain_value(child) for child in value.children],
            "span": plain_value(value.span),
        }
    if isinstance(value, tuple | list):
        return [plain_value(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain_value(getattr(value, field.name)) for field in fields(value)}
    return value
