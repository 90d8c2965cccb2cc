"""Formalizing again keeps what a person edited: three versions of a draft, merged criterion by criterion.

`base` is what was generated last time, `mine` what a person made of it, `theirs` what is generated now.  A criterion
that only one side changed takes that side's; one that both changed keeps the person's, and is named as a conflict.
A criterion is known by its words: where the registry put one in or took one out, the numbers behind it move, and the
edits move with their words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

Entry = Mapping[str, Any]

_ALIKE = 0.6
"""Words of two versions of one criterion have at least so much in common (difflib's ratio, on words)."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged protocol; a sentence per conflict; a sentence per criterion that came, went, moved or is renewed."""

    protocol: dict[str, Any]
    conflicts: tuple[str, ...]
    news: tuple[str, ...] = ()


def merge_drafts(base: Entry, mine: Entry, theirs: Entry) -> Merged:
    """The three versions as one.  Nothing that a person wrote and nothing that the registry says is lost."""
    conflicts: list[str] = []
    news: list[str] = []
    merged: dict[str, Any] = {}
    for key in dict.fromkeys([*mine, *theirs]):
        if key == "criteria":
            continue
        was, is_, new = base.get(key), mine.get(key), theirs.get(key)
        if is_ != was and new not in (was, is_):
            conflicts.append(f"{key} was changed by hand and is generated anew as {new!r}; yours stays")
        value = new if is_ == was else is_
        if value is not None:
            merged[key] = value
    merged["criteria"] = _criteria(base, mine, theirs, conflicts, news)
    return Merged(merged, tuple(conflicts), tuple(news))


def _criteria(base: Entry, mine: Entry, theirs: Entry, conflicts: list[str], news: list[str]) -> list[Any]:
    was, is_, new = (_by_id(version) for version in (base, mine, theirs))
    now = paired(was, new)
    before = {to: id for id, to in now.items()}
    merged: dict[str, Any] = {}
    for id, entry in new.items():
        old = before.get(id)
        if old is None:
            merged[id] = entry
            news.append(f"criterion {id} is new")
            continue
        kept = is_.get(old)
        same = _moved(was[old], old, id) == entry
        if kept is None and same:
            continue  # taken out by hand
        if kept is None:
            merged[id] = entry
            conflicts.append(f"criterion {id} was taken out by hand and has changed since; look at it")
        elif kept == was[old]:
            merged[id] = entry
            if not same:
                news.append(f"criterion {id} is renewed")
        else:
            merged[id] = _moved(kept, old, id)
            if not same and _moved(kept, old, id) != entry:
                conflicts.append(
                    f"criterion {id} was changed by hand and the registry's text or its reading changed too; look at it"
                )
        if old != id:
            news.append(f"criterion {old} is now {id}")
    for id, entry in is_.items():
        if id in now or (id in was and entry == was[id]):
            if id in was and id not in now:
                news.append(f"criterion {id} is gone from the registry")
            continue
        place = _free(id, {*merged, *new})
        merged[place] = _moved(entry, id, place)
        if id in was:
            conflicts.append(f"criterion {id} was changed by hand and is gone from the registry; it stays as {place}")
        elif place != id:
            news.append(f"criterion {id}, which you added, is now {place}")
    return sorted(merged.values(), key=_order)


def paired(was: Mapping[str, Entry], new: Mapping[str, Entry]) -> dict[str, str]:
    """Which criterion of an earlier version is which one now: by equal words, then by words much alike."""
    pairs: dict[str, str] = {}
    left, right = dict(was), dict(new)
    for old, entry in was.items():
        for id in (old, *right):
            if id in right and _words(right[id]) == _words(entry):
                pairs[old] = id
                del left[old], right[id]
                break
    alike = sorted(
        (
            (SequenceMatcher(None, a[1], b[1]).ratio(), old == id, old, id)
            for old, a in ((old, _words(entry)) for old, entry in left.items())
            for id, b in ((id, _words(entry)) for id, entry in right.items())
            if a[0] == b[0]
        ),
        reverse=True,
    )
    for ratio, _, old, id in alike:
        if ratio >= _ALIKE and old in left and id in right:
            pairs[old] = id
            del left[old], right[id]
    return pairs


def _words(entry: Entry) -> tuple[str, tuple[str, ...]]:
    said = entry.get("label") or entry.get("text") or ""
    return str(entry.get("kind") or str(entry.get("id", ""))[:1]), tuple(re.findall(r"\w+|[^\w\s]", str(said).lower()))


def _moved(entry: Entry, old: str, new: str) -> dict[str, Any]:
    """The criterion and those below it under another number."""
    moved = dict(entry)
    id = str(entry.get("id", ""))
    if id.startswith(old):
        moved["id"] = new + id[len(old) :]
    children = entry.get("children")
    if isinstance(children, list | tuple):
        moved["children"] = [_moved(c, old, new) if isinstance(c, Mapping) else c for c in children]
    return moved


def _free(id: str, taken: set[str]) -> str:
    letter, digits = id[:1], re.match(r"\d+", id[1:])
    if id not in taken or digits is None:
        return id
    number = max(int(other[1:]) for other in taken if other[:1] == letter and other[1:].isdigit())
    return f"{letter}{number + 1}"


def _by_id(version: Entry) -> dict[str, Any]:
    return {str(entry.get("id")): entry for entry in version.get("criteria") or () if isinstance(entry, Mapping)}


def _order(entry: Any) -> tuple[int, int]:
    id = str(entry.get("id", ""))
    digits = re.match(r"\d+", id[1:])
    return (0 if id.startswith("I") else 1, int(digits[0][:6]) if digits else 0)
