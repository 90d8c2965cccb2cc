"""A draft protocol of a record: YAML that `trialwright check` accepts, `show` explains and a person edits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import yaml

from trialwright.catalog.catalog import Catalog
from trialwright.registry.formal.formalize import Formal, combine, formalize
from trialwright.registry.formal.here import quoted, unsupported
from trialwright.registry.formal.registered import ID, registered
from trialwright.registry.records import Record

_LATER = (
    ("screening_end", "screening_end"),
    ("lymphodepletion", "lymphodepletion"),
    ("leukapheresis", "leukapheresis"),
)


def draft(record: Record, catalog: Catalog) -> dict[str, Any]:
    """The data of a draft protocol; every criterion of the record is in it, understood or not."""
    found = formalize(record, catalog)
    criteria = [_criterion(formal) for formal in found] or [
        {
            "id": "I1",
            "kind": "inclusion",
            "label": "No criteria",
            "text": unsupported("criteria", "the document has none"),
        }
    ]
    if fields := registered(record, found):
        criteria.insert(0, _registered(fields))
    data: dict[str, Any] = {
        "id": protocol_id(record),
        "title": quoted(record.title or record.name),
        "version": "1",
        "source": "drafted by `trialwright formalize`; read it against the registry before use",
    }
    if record.nct_id:
        data["registry"] = {"nct_id": record.nct_id}
    if record.enrollment:
        data["enrollment"] = record.enrollment
    data["anchors"] = {
        "leukapheresis": "first leukapheresis",
        "lymphodepletion": "first lymphodepletion",
        "infusion": "first car_t_infusion",
        "baseline": "screening",
    }
    data["criteria"] = criteria
    return data


def protocol_id(record: Record) -> str:
    """NCT number in lower case, else the title in short."""
    if record.nct_id:
        return record.nct_id.lower()
    name = record.title or re.sub(r"\.\w{2,5}$", "", record.name)
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    short = "-".join(words.split("-")[:8])[:60].strip("-")
    return short if short[:1].isalpha() else f"trial-{short}".strip("-")


def draft_yaml(data: dict[str, Any]) -> str:
    """The draft as YAML text."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return text


class _Dumper(yaml.SafeDumper):
    """Plain YAML with lists indented under their keys."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _registered(fields: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Ages and sex that the record holds as fields and no criterion says."""
    entry: dict[str, Any] = {"id": ID, "kind": "inclusion", "label": "Fields of the record that no criterion says"}
    entry["children"] = [
        {"id": f"{ID}{letter}", "kind": "inclusion", "label": said, "text": text}
        for letter, (said, text) in zip("abc", fields, strict=False)
    ]
    return entry


def _criterion(formal: Formal) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": formal.id, "kind": formal.kind, "label": quoted(formal.text)[:200] or formal.id}
    alone = (formal.join == "any" and formal.kind == "inclusion") or isinstance(formal.join, int)
    if formal.children and (alone or (formal.expression and formal.kind == "inclusion" and len(formal.children) > 40)):
        entry["text"] = formal.whole
    elif formal.children:
        children = [*_own(formal), *(_criterion(child) for child in formal.children)]
        entry["children"] = children
    else:
        _say(entry, [clause.expression for clause in formal.clauses], formal)
    notes = [f"Not understood: {quoted(words)}" for words in formal.left_over]
    if notes:
        entry["notes"] = notes
    return entry


def _own(formal: Formal) -> list[dict[str, Any]]:
    """The clauses that a criterion with parts below it states itself."""
    return _clauses(formal, [clause.expression for clause in formal.clauses])


def _say(entry: dict[str, Any], texts: Sequence[str], formal: Formal) -> None:
    parts = list(dict.fromkeys(texts))
    if len(parts) > 1:
        entry["children"] = _clauses(formal, parts)
    else:
        entry["text"] = combine(parts, formal.kind) or unsupported(formal.text or "no words", "nothing was understood")
        _checkpoint(entry)


def _clauses(formal: Formal, texts: Sequence[str]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for place, text in enumerate(dict.fromkeys(texts)):
        letter = chr(ord("a") + place) if place < 26 else f"z{place}"
        entry = {"id": f"{formal.id}{letter}", "kind": formal.kind, "label": quoted(formal.text)[:80], "text": text}
        _checkpoint(entry)
        entries.append(entry)
    return entries


def _checkpoint(entry: dict[str, Any]) -> None:
    decides = re.sub(
        r'"[^"]*"', '""', entry["text"]
    )  # an instant that only a question names is no instant of the record
    for word, checkpoint in _LATER:
        if re.search(rf"\b{word}\b", decides):
            entry["checkpoint"] = checkpoint
            return
    if re.fullmatch(r'ask "[^"]*" \(consent\)', entry["text"]):
        entry["checkpoint"] = "consent"
