"""FHIR R4 resources as facts: what every resource shares (subject, codes, dates, quantities) and which reader it has.

A resource is a plain dict as JSON gives it.  A reader appends rows, or says why the record gives none.  Whatever is
malformed is set aside under its own reason, and takes nothing else with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from trialwright.population.codebook import CodeBook, Targets
from trialwright.population.dates import Dates, Minutes
from trialwright.population.gather import Code, Gather
from trialwright.population.measure import Measures

Json = dict[str, Any]
MALFORMED = (AttributeError, TypeError, ValueError, KeyError, IndexError, OverflowError)
_UNUSED = """
Account Appointment Basic Binary CarePlan CareTeam Claim ClaimResponse Communication Composition Consent Coverage Device
DeviceUseStatement DocumentReference Endpoint EpisodeOfCare ExplanationOfBenefit FamilyMemberHistory Goal Group Flag
HealthcareService ImagingStudy Invoice List Location Media MedicationDispense MolecularSequence NutritionOrder
OperationOutcome Organization OrganizationAffiliation Parameters Person Practitioner PractitionerRole Provenance
Questionnaire QuestionnaireResponse RelatedPerson RequestGroup ResearchStudy ResearchSubject RiskAssessment Schedule
ServiceRequest Slot Specimen SupplyDelivery Task VisionPrescription"""
KNOWN_UNUSED = frozenset(_UNUSED.split())
"""Resources of FHIR R4 that hold no facts that are used."""
Alike = tuple[str, str] | None
"""How a code that is known only by its text is reported."""


class BadDate(ValueError):
    """A date that is none."""


class OtherVersion(ValueError):
    """A resource that has a form of another FHIR version."""


class Reader:
    """What the readers of resources share: the code book, remembered dates and units, and where the rows go."""

    __slots__ = ("_found", "_people", "aliases", "book", "dates", "measures", "medications", "out", "resolve_later")

    def __init__(self, book: CodeBook, measures: Measures, now: int) -> None:
        self.book = book
        self.measures = measures
        self.dates = Dates()
        self.out = Gather(now)
        self.aliases: dict[str, str] = {}
        self.medications: dict[str, object] = {}
        self.resolve_later = True
        self._found: dict[Any, tuple[Targets, Alike]] = {}
        self._people: dict[str, str] = {}

    def person(self, reference: Any) -> str | None:
        """The id of the patient that a reference names; None when it names none."""
        text = reference.get("reference") if reference else None
        if not text:
            return None
        known = self._people.get(text)
        if known is not None and not self.aliases:
            return known
        if alias := self.aliases.get(text):
            return alias
        kind, _, name = text.rpartition("/")
        if text.startswith("urn:uuid:"):
            name = text[9:]
        elif kind != "Patient" and not kind.endswith("/Patient"):
            name = ""
        if name:
            if len(self._people) > 100_000:
                self._people.clear()
            self._people[text] = str(name)
            return str(name)
        if "/_history/" in text:
            return self.person({"reference": text.partition("/_history/")[0]})
        return None

    def targets(self, concept: Any, kind: str) -> Targets:
        """What the codings of a CodeableConcept mean, and whether surely."""
        codings: Any = concept.get("coding") or ()
        if len(codings) == 1:
            coding = codings[0]
            key = (coding.get("system"), coding.get("code"), concept.get("text") or coding.get("display"), kind)
            known = self._found.get(key)
            found, alike = known if known is not None else self._remember(key, concept, codings, kind)
        else:
            found, alike = self._find(concept, codings, kind)
        if alike is not None:
            self.out.note(*alike)
        return found

    def meaning(self, concept: Any, kind: str) -> tuple[Targets, Alike]:
        """What a code means, and how a look-alike is reported."""
        return self._find(concept, concept.get("coding") or (), kind)

    def _remember(self, key: Any, concept: Json, codings: Any, kind: str) -> tuple[Targets, Alike]:
        if len(self._found) > 100_000:
            self._found.clear()
        found = self._found[key] = self._find(concept, codings, kind)
        return found

    def _find(self, concept: Json, codings: Any, kind: str) -> tuple[Targets, Alike]:
        found = merged(self.book.find(c.get("system") or "", c.get("code") or "", kind) for c in codings)
        if found:
            return found, None
        texts = {(concept.get("text") or "", next((str(c.get("system") or "") for c in codings), "")): None}
        texts |= {(c.get("display") or "", c.get("system") or ""): None for c in codings}
        alike = merged(self.book.alike(text, kind, system) for text, system in texts)
        if not alike:
            return (), None
        name = self.book.concepts[alike[0][0]].id
        return alike, ("product by its name" if alike[0][1] else "look-alike", f"{code_text(concept)} -> {name}")

    def unmapped(self, concept: Any) -> None:
        """Count a record whose code means no concept."""
        self.out.unmapped[self.code_of(concept or {})] += 1

    def code_of(self, concept: Json) -> Code:
        """A code as it is counted: system, code, text."""
        codings = concept.get("coding") or ()
        if not codings:
            return "", "", str(concept.get("text") or "(no code)")
        c = codings[0]
        text = c.get("display") or concept.get("text") or ""
        return str(c.get("system") or ""), str(c.get("code") or ""), str(text)

    def date(self, text: Any) -> Minutes | None:
        """The interval of a date; None when none is given.  Raises BadDate when it is not one."""
        if text is None:
            return None
        found = self.dates.read(text)
        if found is None:
            raise BadDate(str(text))
        return found

    def period(self, period: Any) -> tuple[Minutes | None, Minutes | None]:
        """Start and end of a Period."""
        return self.date(period.get("start")), self.date(period.get("end"))


def merged(found: Iterable[Targets]) -> Targets:
    """Several codes of one statement: each concept once, sure when any code is."""
    together: dict[int, bool] = {}
    for targets in found:
        for index, certain in targets:
            together[index] = together.get(index, False) or certain
    return tuple(together.items())


def codes_of(concept: Any) -> set[str]:
    """The codes of a CodeableConcept, or of a plain code as other versions write it."""
    if isinstance(concept, str):
        raise OtherVersion("STU3")
    return {c.get("code") for c in (concept or {}).get("coding") or ()}


def code_text(concept: Json) -> str:
    """A code as a reader of the report sees it: system|code (text)."""
    first: Json = next(iter(concept.get("coding") or ()), {})
    text = concept.get("text") or first.get("display") or ""
    return f"{first.get('system') or ''}|{first.get('code') or ''} ({text})"


def words_of(concept: Any) -> str:
    """The text of a CodeableConcept."""
    return concept.get("text") or next((c["display"] for c in concept.get("coding") or () if c.get("display")), "")


Handler = Callable[[Json, Reader], None]
