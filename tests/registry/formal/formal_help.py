"""The catalog once per run, and short ways to formalize a text of the tests' own wording."""

from __future__ import annotations

from functools import lru_cache

from trialwright.catalog.catalog import Catalog
from trialwright.catalog.load import load_catalog
from trialwright.registry.formal.formalize import Formal, formalize_criterion, formalize_text
from trialwright.registry.formal.here import Context
from trialwright.registry.formal.lexicon import lexicon_of
from trialwright.registry.formal.normalise import normalise
from trialwright.registry.formal.readings import Reading, find_readings
from trialwright.registry.formal.scan import scan
from trialwright.registry.records import Criterion


@lru_cache(maxsize=1)
def catalog() -> Catalog:
    return load_catalog()


def said(text: str, kind: str = "inclusion") -> Formal:
    return formalize_text(text, kind, catalog())


def tree(text: str, *below: str, kind: str = "inclusion") -> Formal:
    children = tuple(Criterion(f"I1.{place}", "inclusion", words) for place, words in enumerate(below, 1))
    return formalize_criterion(Criterion("I1", "inclusion", text, children), Context(kind, catalog()))


def readings(text: str) -> list[Reading]:
    plain = normalise(text)
    return find_readings(plain.text, scan(plain.text, lexicon_of(catalog())))
