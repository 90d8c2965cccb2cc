"""Which concepts a code means: the catalog's codes, a site's own mapping, and look-alikes by name.

A code that the catalog lists is certain (or listed as broader, then not).  A code that is not listed, but whose text
holds the name of a concept as whole words, may mean it: it is kept as not certain, so that the answer is "unknown",
not "no".
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from trialwright.catalog import OWN_SYSTEM as OWN_SYSTEM
from trialwright.catalog import Catalog
from trialwright.catalog.models.concepts import ROUTES
from trialwright.errors import TrialwrightError
from trialwright.language.vocabulary import Concept

Targets = tuple[tuple[int, bool], ...]
"""Indices of concepts and whether the code surely means them."""

_SYSTEMS = {
    "http://snomed.info/sct": "SNOMED",
    "2.16.840.1.113883.6.96": "SNOMED",
    "http://loinc.org": "LOINC",
    "2.16.840.1.113883.6.1": "LOINC",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
    "2.16.840.1.113883.6.88": "RxNorm",
    "rxnorm extension": "RxNorm",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD10CM",
    "2.16.840.1.113883.6.90": "ICD10CM",
    "icd-10-cm": "ICD10CM",
    "http://www.cms.gov/Medicare/Coding/ICD10": "ICD10PCS",
    "2.16.840.1.113883.6.4": "ICD10PCS",
    "icd-10-pcs": "ICD10PCS",
    "http://hl7.org/fhir/sid/icd-10": "ICD10",
    "http://www.whocc.no/atc": "ATC",
    "2.16.840.1.113883.6.73": "ATC",
    "http://hl7.org/fhir/sid/cvx": "CVX",
    "2.16.840.1.113883.12.292": "CVX",
    OWN_SYSTEM: "trialwright",
}
_SHORT = {
    name.lower(): name
    for name in ("SNOMED", "LOINC", "RxNorm", "ICD10CM", "ICD10PCS", "ICD10", "ATC", "CVX", "OMOP", "trialwright")
}
_NESTED = {"ICD10CM", "ICD10", "ATC"}
_DOMAINS: dict[str, frozenset[str]] = {
    "condition": frozenset({"condition", "observation", "procedure"}),
    "drug": frozenset({"drug"}),
    "procedure": frozenset({"procedure"}),
    "measurement": frozenset({"measurement", "observation", "condition", "procedure"}),
    "immunization": frozenset({"drug", "procedure"}),
    "allergy": frozenset({"condition", "observation"}),
    "report": frozenset({"procedure", "observation", "measurement", "condition"}),
    "any": frozenset({"condition", "drug", "procedure", "measurement", "observation", "demographic"}),
}
"""Which concepts a kind of record may state: an allergy to prednisone is no exposure to prednisone."""
_ALIKE = frozenset({"condition", "drug", "procedure"})
_PRODUCT = re.compile(
    r"^(?:\{?\d+ \(?)?(?:[\d.]+ (?:ML|HR|ACTUAT|MG) )*([A-Za-z][A-Za-z,' -]*?)(?:-[a-z]{4})? "
    r"[\d.,]+ (?:MG|MCG|G|UNT|MEQ|MMOL|%)\b",
    re.I,
)
_SALT_NAMES = """
sodium potassium calcium magnesium hydrochloride phosphate acetate succinate sulfate tartrate maleate citrate besylate
mesylate bromide chloride fumarate disodium monohydrate hemihydrate anhydrous free base"""
_SALTS = frozenset(_SALT_NAMES.split())
_DENIED = re.compile(
    r"\b(no|denies|negative(?= for\b|$)|absence|family history|fh|screening|vaccine|vaccination|immunization|"
    r"exposure to|risk|allergy|allergic|intolerance|suspected exposure|test|measurement|level|education|contact with)\b"
)

_LIMITED = {"not", "without"}
_BIOSIMILAR = re.compile(r"(?<=[a-z]{4})-[a-z]{4}\b", re.I)


def short_system(system: str) -> str:
    """One name per code system: FHIR addresses, OIDs and OMOP vocabulary ids alike."""
    plain = system.strip().removeprefix("urn:oid:").rstrip("/")
    known = _SYSTEMS.get(plain) or _SYSTEMS.get(plain.lower()) or _SHORT.get(plain.lower())
    if known is None and plain.startswith("http://snomed.info/sct"):
        return "SNOMED"
    return known or plain


@dataclass(frozen=True, slots=True)
class CodeBook:
    """Concepts by index and what codes and names mean them; `products` are the names of listed drug codes."""

    concepts: tuple[Concept, ...]
    codes: Mapping[tuple[str, str], Targets]
    names: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    products: Mapping[tuple[str, str], str] = field(default_factory=dict)
    _memo: dict[tuple[str, str, str], Targets] = field(default_factory=dict, compare=False, repr=False)

    def find(self, system: str, code: str, kind: str) -> Targets:
        """What a code says in a record of this kind; empty when it says nothing that is known."""
        key = (system, code, kind)
        found = self._memo.get(key)
        if found is None:
            allowed = _DOMAINS[kind]
            found = tuple(t for t in self._look_up(short_system(system), code) if self.concepts[t[0]].domain in allowed)
            self._memo[key] = found
        return found

    def alike(self, text: str, kind: str, system: str = "") -> Targets:
        """What a text names where its code means nothing.

        RxNorm products surely mean their ingredients; conditions, drugs and procedures whose name stands in the text as
        whole words are not sure (longer names win).  "Not" and "without" deny what comes after them only: an infarction
        "without residual deficits" is one.
        """
        if not text or kind not in _ALIKE:
            return ()
        if kind == "drug" and short_system(system) == "RxNorm" and (found := self._ingredients(text)):
            return found
        words = _words(_BIOSIMILAR.sub("", text) if kind == "drug" else text)
        if not words or _DENIED.search(" ".join(words)):
            return ()
        words = words[: next((i for i, word in enumerate(words) if word in _LIMITED), len(words))]
        named: dict[int, None] = {}
        i = 0
        while i < len(words):
            step = 1
            for n in range(min(8, len(words) - i), 0, -1):
                index = self.names.get(tuple(words[i : i + n]))
                if index is not None and self.concepts[index].domain == kind:
                    named[index] = None
                    step = n
                    break
            i += step
        return tuple((index, False) for index in named)

    def _ingredients(self, text: str) -> Targets:
        """Ingredients of an RxNorm name, "prednisone 20 MG Oral Tablet": a name, perhaps a salt, a strength.

        The name alone is the ingredient itself; four letters behind a hyphen tell the makers of one biologic apart.
        """
        alone = self.names.get(tuple(_words(_BIOSIMILAR.sub("", text))))
        if alone is not None and self.concepts[alone].domain == "drug":
            return ((alone, True),)
        named: dict[int, None] = {}
        for part in text.split(" / "):
            if not (found := _PRODUCT.match(part)):
                continue
            words = _words(found[1])
            while words and (index := self.names.get(tuple(words))) is None and words[-1] in _SALTS:
                words = words[:-1]
            index = self.names.get(tuple(words))
            if index is not None and self.concepts[index].domain == "drug":
                named[index] = None
        return tuple((index, True) for index in named)

    def index(self, concept: str) -> int | None:
        """The index of a concept by its id."""
        found = self.codes.get(("trialwright", concept))
        return found[0][0] if found else None

    def _look_up(self, system: str, code: str) -> Targets:
        code = code.strip()
        if system in _NESTED:
            return self._nested(system, code.replace(".", "").upper())
        return self.codes.get((system, code), ())

    def _nested(self, system: str, code: str) -> Targets:
        for n in range(len(code), 2, -1):
            if found := self.codes.get((system, code[:n])):
                return found
        if len(code) < 3:
            return ()
        below = {i for (s, c), targets in self.codes.items() if s == system and c.startswith(code) for i, _ in targets}
        return tuple((i, False) for i in sorted(below))


def make_codebook(
    concepts: Iterable[Concept],
    code_map: Mapping[tuple[str, str], Sequence[tuple[str, bool]]],
    synonyms: Mapping[str, Sequence[str]] | None = None,
    local: Iterable[tuple[str, str, str, bool]] = (),
    products: Mapping[tuple[str, str], str] | None = None,
) -> CodeBook:
    """A code book from the catalog's concepts and codes and a site's own mapping, which comes first.

    Raises TrialwrightError for a mapping to a concept that the catalog does not have.
    """
    listed = tuple(
        replace(c, categories=ROUTES) if c.domain == "drug" and not c.categories else c
        for c in sorted(concepts, key=lambda c: c.id)
    )
    index = {concept.id: i for i, concept in enumerate(listed)}
    codes: dict[tuple[str, str], Targets] = {
        _key(system, code): tuple((index[name], certain) for name, certain in targets if name in index)
        for (system, code), targets in code_map.items()
    }
    codes |= {("trialwright", concept.id): ((i, True),) for i, concept in enumerate(listed)}
    index |= {code: targets[0][0] for (system, code), targets in codes.items() if system == "trialwright" and targets}
    mine: dict[tuple[str, str], list[tuple[int, bool]]] = {}
    for system, code, name, certain in local:
        if name not in index:
            raise TrialwrightError(
                f"the mapping of {system} {code} names the concept {name!r}, which the catalog lacks"
            )
        mine.setdefault(_key(system, code), []).append((index[name], certain))
    codes |= {key: tuple(targets) for key, targets in mine.items()}
    names: dict[tuple[str, ...], int] = {}
    for i, concept in enumerate(listed):
        if concept.domain not in _ALIKE:
            continue
        for name in (concept.label, concept.id.replace("_", " "), *(synonyms or {}).get(concept.id, ())):
            words = tuple(_words(name))
            if words and len("".join(words)) >= 3:
                names.setdefault(words, i)
    return CodeBook(listed, codes, names, products or {})


def codebook_of(catalog: Catalog, local: Iterable[tuple[str, str, str, bool]] = ()) -> CodeBook:
    """The code book of a catalog and a site's own mapping."""
    products: dict[tuple[str, str], str] = {
        (system, code): name
        for model in catalog.models.values()
        if model.local_forms
        for system, codes in model.codes.items()
        for code, name in codes.items()
    }
    return make_codebook(catalog.recordable, catalog.code_map(), catalog.synonyms, local, products)


def read_mapping(path: Path) -> list[tuple[str, str, str, bool]]:
    """A site's own codes: CSV with columns system, code, concept and, if wanted, certain (yes or no)."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            names = [name.strip().lower() for name in rows.fieldnames or ()]
            if missing := {"system", "code", "concept"} - set(names):
                raise TrialwrightError(f"{path}: line 1: the mapping lacks the column {sorted(missing)[0]!r}")
            rows.fieldnames = names
            return [
                (
                    row["system"].strip(),
                    row["code"].strip(),
                    row["concept"].strip(),
                    (row.get("certain") or "yes").strip().lower() not in {"no", "false", "0", "n"},
                )
                for row in rows
                if (row.get("code") or "").strip()
            ]
    except UnicodeDecodeError as error:
        raise TrialwrightError(f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise TrialwrightError(
            f"{path} cannot be read ({error.strerror}); name a CSV file with the columns system, code, concept"
        ) from error


def _key(system: str, code: str) -> tuple[str, str]:
    short = short_system(system)
    return short, code.replace(".", "").upper() if short in _NESTED else code


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+(?:['-][a-z0-9]+)*", text.lower())
