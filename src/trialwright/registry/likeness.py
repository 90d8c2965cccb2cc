"""What two trials' criteria have in common: the same test of a person, or the same subject with another limit.

Criteria are compared as formalized, so that "PLT ≥ 75 x 10^9/L" and "platelet count of at least 75,000/uL" are one
test, while the same words under inclusion and exclusion are two.  Of a criterion that formalizing does not understand
only the concepts are known: it can share its subject with another, and is never called the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NamedTuple

from trialwright.catalog.catalog import Catalog
from trialwright.catalog.expressions import read_expression
from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n
from trialwright.language.expand import expand
from trialwright.registry.formal.formalize import Formal, formalize
from trialwright.registry.records import Record
from trialwright.registry.words import Names

_MOST = 80
_TEXTS = re.compile(r'"[^"]*"')
_ASK = re.compile(r'ask (?:\w+ )?""')
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_LIMIT = re.compile(
    r"(?:>=|<=|>|<|between) [\d.]+(?: and [\d.]+)?"
    r"(?: (?!and\b|or\b|within\b|then\b|else\b)[^\s,()]+)?(?:(?<= x) [UL]LN)?"
)
_SHORT = 60
_SIGNS = {">= ": "≥", "<= ": "≤", "> ": ">", "< ": "<"}


class Signature(NamedTuple):
    """One test of a criterion: its kind, the concepts it names, how it is said, and what it means.

    `meaning` is a fingerprint of the expanded expression, in canonical units and without the words of questions; ""
    where the criterion was not understood.
    """

    kind: str
    concepts: tuple[str, ...]
    said: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Overlap:
    """Criteria that two trials share: `equal` in meaning, `alike` on the same subject; `share` of the smaller set."""

    equal: tuple[Signature, ...]
    alike: tuple[Signature, ...]
    share: float


def signatures(record: Record, names: Names) -> list[Signature]:
    """The signatures of a record's criteria that name something the catalog knows."""
    found: dict[Signature, None] = {}
    for top in formalize(record, names.catalog):
        for formal in top.walk():
            found |= dict.fromkeys(_of_criterion(formal, names.catalog))
        if len(found) >= _MOST:
            break
    return list(found)[:_MOST]


def _of_criterion(formal: Formal, catalog: Catalog) -> Iterator[Signature]:
    for clause in formal.clauses:
        if clause.left:
            if clause.names:
                yield Signature(formal.kind, tuple(sorted(clause.names))[:6], "", "")
        elif (sign := _of_clause(formal.kind, clause.expression, catalog)) is not None:
            yield sign


_KNOWN: dict[tuple[str, str, str], Signature | None] = {}
"""Signatures by catalog, kind and expression, since registries say the same things again and again."""


def _of_clause(kind: str, expression: str, catalog: Catalog) -> Signature | None:
    key = (catalog.hash, kind, expression)
    if key not in _KNOWN:
        if len(_KNOWN) > 50_000:
            _KNOWN.clear()
        _KNOWN[key] = _read_clause(kind, expression, catalog)
    return _KNOWN[key]


def _read_clause(kind: str, expression: str, catalog: Catalog) -> Signature | None:
    bare = _ASK.sub('ask asked ""', _TEXTS.sub('""', expression)).replace('""', '"q"')
    known = (catalog.models, catalog.definition_models, catalog.instruments)
    concepts = sorted({word for word in _WORD.findall(bare) if any(word in models for models in known)})
    if not concepts:
        return None  # questions and ages alone: every trial asks for consent
    try:
        tree = expand(read_expression(bare), catalog)
    except TrialwrightError:
        return None
    digest = blake2b(repr(_plain(tree)).encode(), digest_size=6).hexdigest()
    limits = ", ".join(_LIMIT.findall(bare)[:3])
    for sign, shown in _SIGNS.items():
        limits = limits.replace(sign, shown)
    return Signature(kind, tuple(concepts)[:6], limits[:_SHORT], digest)


def _plain(tree: n.Expression) -> n.Expression:
    """Alternatives in one order, since "A or B" is "B or A"."""
    match tree:
        case n.AtLeast(count, parts):
            return n.AtLeast(count, tuple(sorted(map(_plain, parts), key=repr)))
        case n.Not(part):
            return n.Not(_plain(part))
        case _:
            return tree


def overlap(mine: Sequence[Any], theirs: Sequence[Any]) -> Overlap:
    """What the criteria of two trials share, and which share of the smaller set that is (alike counts half)."""
    left, right = ({_signature(item) for item in items} for items in (mine, theirs))
    if not left or not right:
        return Overlap((), (), 0.0)
    meanings = {(item.kind, item.meaning) for item in right if item.meaning}
    equal = {item for item in left if (item.kind, item.meaning) in meanings}
    same = {(item.kind, item.meaning) for item in equal}
    subjects = {(item.kind, item.concepts) for item in right if (item.kind, item.meaning) not in same}
    alike = {item for item in left - equal if (item.kind, item.concepts) in subjects}
    share = (len(equal) + 0.5 * len(alike)) / min(len(left), len(right))
    return Overlap(tuple(sorted(equal, key=_order)), tuple(sorted(alike, key=_order)), min(share, 1.0))


def _order(item: Signature) -> tuple[bool, bool, str, tuple[str, ...], str]:
    """Those with a limit first: they say most about a trial."""
    return (not item.said, item.kind != "inclusion", item.kind, item.concepts, item.said)


def say(signature: Signature, names: Names) -> str:
    """A signature in words: "SLEDAI-2K ≥8"."""
    subject = " and ".join(names.labels.get(concept, concept) for concept in signature.concepts[:3])
    words = f"{subject} {signature.said}".strip()
    return words if signature.kind == "inclusion" else f"not {words}"


def _signature(item: Any) -> Signature:
    kind, concepts, said, meaning = item
    return Signature(kind, tuple(concepts), said, meaning)
