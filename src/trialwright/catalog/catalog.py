"""The catalog answers what a name means: concept, definition, instrument, grade or protocol."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from trialwright.catalog.expressions import (
    definition_of_grade,
    definitions_of_instrument,
    parameters_of,
    read_expression,
)
from trialwright.catalog.models.concepts import UNSPECIFIED, ConceptModel
from trialwright.catalog.models.definitions import DefinitionModel
from trialwright.catalog.models.grades import GradeModel
from trialwright.catalog.models.instruments import InstrumentModel
from trialwright.catalog.models.protocols import ProtocolModel
from trialwright.errors import TrialwrightError
from trialwright.language.vocabulary import Concept, Definition

OWN_SYSTEM = "https://trialwright.org/concepts"
"""The project's own code system: its codes are the ids of the concepts."""

SYSTEM_URIS: Mapping[str, str] = {
    "SNOMED": "http://snomed.info/sct",
    "ICD10CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD10PCS": "http://www.cms.gov/Medicare/Coding/ICD10",
    "LOINC": "http://loinc.org",
    "RxNorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "ATC": "http://www.whocc.no/atc",
    "trialwright": OWN_SYSTEM,
}
"""FHIR addresses; the keys are those of OMOP's vocabularies."""

Targets = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Catalog:
    """Everything that the data files say, by id.  `hash` changes when any of them does.

    Implements `trialwright.language.vocabulary.Vocabulary`.
    """

    models: Mapping[str, ConceptModel]
    definition_models: Mapping[str, DefinitionModel]
    instruments: Mapping[str, InstrumentModel]
    grades: Mapping[str, GradeModel]
    protocols: Mapping[str, ProtocolModel]
    hash: str = ""
    _parsed: dict[str, Definition | None] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def concepts(self) -> Mapping[str, Concept]:
        """Every concept and class by id."""
        return {id: model.concept() for id, model in self.models.items()}

    @property
    def recordable(self) -> tuple[Concept, ...]:
        """The concepts that a record can state: all but classes."""
        return tuple(concept for concept in self.concepts.values() if not concept.members)

    @cached_property
    def definitions(self) -> Mapping[str, Definition]:
        """Every definition by name: those of definition files, of instruments with their parts, of grades."""
        return {name: found for name in self._names_of_definitions if (found := self.definition(name)) is not None}

    @cached_property
    def synonyms(self) -> Mapping[str, tuple[str, ...]]:
        """Words by which pages and records name a concept, by its id."""
        return {id: model.synonyms for id, model in self.models.items() if model.synonyms}

    @cached_property
    def other_units(self) -> Mapping[str, tuple[str, ...]]:
        """Units that mean the canonical one for a concept, by its id (mL/min for an eGFR)."""
        return {id: model.other_units for id, model in self.models.items() if model.other_units}

    def concept(self, name: str) -> Concept | None:
        return self.concepts.get(name)

    def definition(self, name: str) -> Definition | None:
        if name not in self._parsed:
            self._parsed[name] = self._definition(name)
        return self._parsed[name]

    def _definition(self, name: str) -> Definition | None:
        if (model := self.definition_models.get(name)) is not None:
            body = read_expression(model.body)
            return Definition(model.id, model.label, body, parameters_of(model.parameters), model.unit)
        if (grade := self.grades.get(name)) is not None:
            return definition_of_grade(grade)
        instrument = self.instruments.get(name.partition(".")[0])
        if instrument is None or name not in self._names_of_definitions:
            return None
        found = definitions_of_instrument(instrument)
        self._parsed.update(found)
        return found.get(name)

    @cached_property
    def _names_of_definitions(self) -> tuple[str, ...]:
        names = [*self.definition_models, *self.grades]
        for id, instrument in self.instruments.items():
            names += [id, *(f"{id}.{part}" for part in instrument.subscores)]
            names += [f"{id}.entry"] if instrument.entry else []
            names += [f"{id}.met"] if instrument.classification else []
        return tuple(names)

    def suggestions(self, name: str) -> Sequence[str]:
        """The nearest known names, best first: a synonym's own concept, then like-spelled ids."""
        plain = name.replace("_", " ").lower()
        by_words = [
            id
            for id, model in self.models.items()
            if plain in {word.lower() for word in (model.label, *model.synonyms)}
        ]
        ids = [*self.models, *self._names_of_definitions]
        close = difflib.get_close_matches(name.lower(), ids, n=4, cutoff=0.6)
        return tuple(dict.fromkeys([*by_words, *close]))[:4]

    def code_map(self) -> Mapping[tuple[str, str], Targets]:
        """(system, code) to the concepts that it means; False where the code is broader than the concept.

        ICD-10-CM codes stand with everything that a shorter listed code says (M32.14 is lupus nephritis and, by
        M32.1, lupus); an ATC code says only what its longest listed beginning says.  Classes are not in it:
        their own code means the member `<class>_unspecified`.
        """
        return self._code_map

    @cached_property
    def _code_map(self) -> Mapping[tuple[str, str], Targets]:
        listed: dict[tuple[str, str], dict[str, bool]] = {}
        for id, model in self.models.items():
            for certain, systems in ((False, model.broader), (True, model.codes)):
                for system, codes in systems.items():
                    for code in codes:
                        listed.setdefault((system, code), {})[id] = certain
        for scheme, code in [key for key in listed if key[0] == "ICD10CM"]:
            for end in range(3, len(code)):
                for id, certain in listed.get((scheme, code[:end]), {}).items():
                    listed[(scheme, code)].setdefault(id, certain)
        for id, model in self.models.items():
            target = f"{id}{UNSPECIFIED}" if model.members else id
            if target in self.models:
                listed[("trialwright", id)] = {target: True}
        return {key: tuple(targets.items()) for key, targets in listed.items()}

    def protocol(self, id: str) -> ProtocolModel:
        """The protocol of that id.  Raises TrialwrightError naming the nearest ids."""
        if (found := self.protocols.get(id)) is not None:
            return found
        near = difflib.get_close_matches(id.lower(), self.protocols, n=3, cutoff=0.4) or sorted(self.protocols)
        known = f"did you mean {', '.join(near)}?" if near else "the catalog holds no protocols"
        raise TrialwrightError(f"There is no protocol '{id}'; {known}")
