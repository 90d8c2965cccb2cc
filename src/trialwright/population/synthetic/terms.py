"""How the synthetic record names things: one code per concept, what that code states, and the vaguer code beside it.

A code can state several concepts (autoimmune hemolytic anemia is also an anemia), so the facts that are written
directly carry them all, as the readers of FHIR and OMOP would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from trialwright.catalog import OWN_SYSTEM, SYSTEM_URIS, Catalog, load_catalog
from trialwright.catalog.models.concepts import ROUTES
from trialwright.language.vocabulary import Concept
from trialwright.population.codebook import CodeBook, codebook_of

OWN = "trialwright"
URIS = {**SYSTEM_URIS, OWN: OWN_SYSTEM}
KINDS = {
    "condition": "condition",
    "drug": "drug",
    "procedure": "procedure",
    "measurement": "measurement",
    "observation": "measurement",
}
"""The kind of record, as the readers name it, that states a concept of a domain."""
_ORDER = ("SNOMED", "LOINC", "RxNorm", "ATC", "ICD10CM")
_PREFERRED = {
    "systemic_lupus_erythematosus": ("SNOMED", "55464009"),
    "systemic_sclerosis": ("SNOMED", "89155008"),
    "lupus_nephritis": ("SNOMED", "68815009"),
    "ana": ("LOINC", "5048-4"),
    "upcr": ("LOINC", "2890-2"),
    "creatinine": ("LOINC", "2160-0"),
    "alt": ("LOINC", "1742-6"),
    "malignancy": ("SNOMED", "363346000"),
    "tocilizumab": ("ATC", "L04AC07"),
}


@dataclass(frozen=True, slots=True)
class Code:
    """A code as written and the concepts that it states, by number, each surely or not."""

    system: str
    code: str
    display: str
    means: tuple[tuple[int, bool], ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A concept with its code; `vague` is a broader code, which leaves the concept open."""

    concept: Concept
    code: Code
    vague: Code | None

    @property
    def id(self) -> str:
        return self.concept.id

    @property
    def domain(self) -> str:
        return self.concept.domain

    @property
    def unit(self) -> str | None:
        return self.concept.unit


@cache
def catalog() -> Catalog:
    """The shipped catalog; a synthetic cohort does not depend on a site's own additions."""
    return load_catalog()


@cache
def book() -> CodeBook:
    """What codes mean to the readers: the concepts are numbered by their place in it."""
    return codebook_of(catalog())


@cache
def terms() -> Mapping[str, Term]:
    """Every concept that a record can state, by id, in the order of the concepts' numbers."""
    return {concept.id: _term(concept) for concept in book().concepts}


@cache
def names() -> tuple[str, ...]:
    """Concept ids in the order of their numbers."""
    return tuple(terms())


@cache
def numbers() -> Mapping[str, int]:
    """The number of each concept."""
    return {name: i for i, name in enumerate(names())}


def bit(concept: str, category: str) -> int:
    """A category of a concept as a bit."""
    return 1 << terms()[concept].concept.categories.index(category)


def _term(concept: Concept) -> Term:
    model, kind = catalog().models[concept.id], KINDS.get(concept.domain)

    def best(listed: Mapping[Any, Mapping[str, str]], wanted: tuple[str, str] | None) -> Code | None:
        choices = [
            (len(means), _ORDER.index(system), len(text), Code(system, code, text, means))
            for system, codes in listed.items()
            if system in _ORDER
            for code, text in codes.items()
            if kind and (means := book().find(system, code, kind))
        ]
        if found := [c[-1] for c in choices if (c[-1].system, c[-1].code) == wanted]:
            return found[0]
        return min(choices, key=lambda c: c[:3])[-1] if choices else None

    own = Code(OWN, concept.id, concept.label, ((book().index(concept.id) or 0, True),))
    return Term(concept, best(model.codes, _PREFERRED.get(concept.id)) or own, best(model.broader, None))


__all__ = ["KINDS", "ROUTES", "URIS", "Code", "Term", "bit", "book", "catalog", "names", "numbers", "terms"]
