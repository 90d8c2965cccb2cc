"""What changed between two versions of a record, in words: a protocol built from a record must know that it moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from typing import Any

from trialwright.registry.criteria import walk
from trialwright.registry.document import plain_value
from trialwright.registry.records import Record

_LISTS = {
    "arms": "label",
    "interventions": "name",
    "locations": "facility",
    "sponsors": "name",
    "investigators": "name",
    "contacts": "name",
    "outcomes": "measure",
    "references": "citation",
    "other_ids": "id",
}
_LEFT_OUT = {"findings", "sources", "criteria", "criteria_text", "sections", "dose_levels"}


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one trial: the field, what stood there, and what stands there now (None is "nothing")."""

    trial: str
    field: str
    before: Any
    after: Any


def diff_records(before: Sequence[Record], after: Sequence[Record]) -> list[Change]:
    """The changes from one reading to another, trial by trial; trials are paired by number, else by title.

    A single trial on either side is compared whatever it is called.
    """
    if len(before) == 1 and len(after) == 1:
        return diff_record(before[0], after[0])
    old = {_key(record): record for record in before}
    new = {_key(record): record for record in after}
    changes: list[Change] = []
    for key in dict.fromkeys((*old, *new)):
        if key not in new:
            changes.append(Change(key, "trial", old[key].title, None))
        elif key not in old:
            changes.append(Change(key, "trial", None, new[key].title))
        else:
            changes += diff_record(old[key], new[key])
    return changes


def diff_record(before: Record, after: Record) -> list[Change]:
    """The changes of one trial's record, in the order of its fields; criteria are compared by their words."""
    name = after.name
    changes: list[Change] = []
    for field in fields(Record):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if field.name in _LEFT_OUT or old == new:
            continue
        if field.name in _LISTS:
            changes += _items(name, field.name, old, new)
        elif isinstance(old, tuple) and isinstance(new, tuple) and field.name != "phases":
            gone, come = [item for item in old if item not in new], [item for item in new if item not in old]
            changes += [Change(name, field.name, item, None) for item in gone]
            changes += [Change(name, field.name, None, item) for item in come]
        else:
            changes.append(Change(name, field.name, plain_value(old), plain_value(new)))
    doses = [
        {(level.value, level.unit, level.per, level.role) for level in record.dose_levels} for record in (before, after)
    ]
    changes += [Change(name, "dose_levels", _dose(dose), None) for dose in sorted(doses[0] - doses[1], key=str)]
    changes += [Change(name, "dose_levels", None, _dose(dose)) for dose in sorted(doses[1] - doses[0], key=str)]
    return changes + _criteria(name, before, after)


def _items(name: str, field: str, old: Any, new: Any) -> list[Change]:
    key = _LISTS[field]
    left, right = ({getattr(item, key): item for item in items} for items in (old, new))
    changes = []
    for label in dict.fromkeys((*left, *right)):
        mine, theirs = left.get(label), right.get(label)
        if mine is None or theirs is None:
            changes.append(Change(name, field, plain_value(mine), plain_value(theirs)))
            continue
        for part in fields(mine):
            values = getattr(mine, part.name), getattr(theirs, part.name)
            if values[0] != values[1]:
                place = f"{field} {label!r} {part.name.rstrip('_')}"
                changes.append(Change(name, place, *(plain_value(value) for value in values)))
    return changes


def _criteria(name: str, before: Record, after: Record) -> list[Change]:
    changes: list[Change] = []
    for kind in ("inclusion", "exclusion"):
        old, new = ([item for item in walk(record.criteria) if item.kind == kind] for record in (before, after))
        matcher = SequenceMatcher(None, [item.text for item in old], [item.text for item in new], autojunk=False)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            if tag == "equal":
                continue
            gone, come = old[i1:i2], new[j1:j2]
            for place in range(max(len(gone), len(come))):
                first = gone[place] if place < len(gone) else None
                second = come[place] if place < len(come) else None
                either = second or first
                label = f"{kind} {either.id if either else ''}"
                changes.append(Change(name, label, first.text if first else None, second.text if second else None))
    return changes


def _dose(dose: tuple[float, str, str | None, str]) -> str:
    value, unit, per, role = dose
    return f"{value:.4g} {unit}{'/' + per if per else ''} ({role})"


def _key(record: Record) -> str:
    return record.nct_id or record.title or record.name
