"""Formalizing again keeps what a person edited: three versions of a draft, merged criterion by criterion.

`base` is what was generated last time, `mine` what a person made of it, `theirs` what is generated now.  A criterion
that only one side changed takes that side's; one that both changed keeps the person's, and is named as a conflict.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Entry = Mapping[str, Any]


def merge_drafts(base: Entry, mine: Entry, theirs: Entry) -> tuple[dict[str, Any], list[str]]:
    """(the merged protocol, one sentence per conflict)."""
    conflicts: list[str] = []
    merged: dict[str, Any] = {}
    for key in dict.fromkeys([*mine, *theirs]):
        if key == "criteria":
            continue
        was, is_, new = base.get(key), mine.get(key), theirs.get(key)
        value = new if is_ == was else is_
        if value is not None:
            merged[key] = value
    merged["criteria"] = _criteria(base, mine, theirs, conflicts)
    return merged, conflicts


def _criteria(base: Entry, mine: Entry, theirs: Entry, conflicts: list[str]) -> list[Any]:
    was, is_, new = (_by_id(version) for version in (base, mine, theirs))
    merged: list[Any] = []
    for id in dict.fromkeys([*is_, *new]):
        a, b, c = was.get(id), is_.get(id), new.get(id)
        if b == a:  # untouched by the person: what is generated now, which may be nothing
            chosen = c
        elif c == a or b == c:  # only the person changed it, perhaps by taking it out
            chosen = b
        else:
            chosen = b if b is not None else c
            done = "changed" if b is not None else "taken out"
            conflicts.append(
                f"criterion {id} was {done} by hand and the registry's text or its reading changed too; look at it"
            )
        if chosen is not None:
            merged.append(chosen)
    return sorted(merged, key=_order)


def _by_id(version: Entry) -> dict[str, Any]:
    return {str(entry.get("id")): entry for entry in version.get("criteria") or () if isinstance(entry, Mapping)}


def _order(entry: Any) -> tuple[int, int]:
    id = str(entry.get("id", ""))
    digits = "".join(char for char in id[1:] if char.isdigit()) or "0"
    return (0 if id.startswith("I") else 1, int(digits[:6]))
