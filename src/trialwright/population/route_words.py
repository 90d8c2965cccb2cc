"""The route that words tell: "20 MG Oral Tablet", "ophthalmic solution", "by mouth"."""

from __future__ import annotations

_ROUTE_WORDS = (
    ("oral", ("oral", "by mouth", "tablet", "capsule")),
    ("intravenous", ("intravenous", "infusion", "iv")),
    ("subcutaneous", ("subcutaneous", "subcut")),
    ("intramuscular", ("intramuscular",)),
    ("topical", ("topical", "cream", "ointment", "cutaneous")),
    ("inhaled", ("inhal", "inhalation")),
    ("nasal", ("nasal",)),
    ("ophthalmic", ("ophthalmic", "eye")),
    ("rectal", ("rectal",)),
    ("transdermal", ("transdermal", "patch")),
    ("intra_articular", ("intra-articular", "intraarticular")),
)


def route_of(text: str) -> str | None:
    """The route that a text names ("20 MG Oral Tablet"); None when it names none."""
    words = text.lower()
    tokens = set(words.replace(",", " ").split())
    for route, names in _ROUTE_WORDS:
        if any(n in tokens if len(n) < 4 else n in words for n in names):
            return route
    return None
