"""What a site's OMOP concept ids mean: through its CONCEPT table, and upwards through CONCEPT_ANCESTOR or, where that
is empty, through the relations of CONCEPT_RELATIONSHIP ("Is a", "RxNorm has ing", ...).

A descendant of a listed concept surely is one of it; what only descends from a broader code says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from trialwright.population.codebook import CodeBook, Targets
from trialwright.population.fhir import merged
from trialwright.population.omop_tables import Tables

_UPWARDS = (
    "Is a", "RxNorm has ing", "Has precise ing", "Tradename of", "Consists of", "Form of", "RxNorm is a",
    "Has ingredient", "Has brand name of", "Quantified form of", "Contains", "Maps to",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SiteConcept:
    """A row of the site's CONCEPT table."""

    id: str
    name: str
    vocabulary: str
    code: str


class SiteVocabulary:
    """Meanings of the concept ids that the site's records use."""

    def __init__(self, tables: Tables, book: CodeBook, used: Iterable[str]) -> None:
        self._book = book
        ids = sorted(set(used) - {"0"})
        con = tables.connection
        con.register("used_ids", pa.table({"id": pa.array(ids, pa.string())}))
        con.execute("CREATE OR REPLACE TABLE used AS SELECT id FROM used_ids")
        con.unregister("used_ids")
        self.concepts: dict[str, SiteConcept] = {}
        self._above: dict[str, list[tuple[str, str]]] = {}
        self.strengths: dict[str, dict[str, tuple[str | None, ...]]] = {}  # by product, then ingredient
        if not tables.has("concept"):
            return
        concept = tables.select("concept", ("concept_id", "concept_name", "vocabulary_id", "concept_code"))
        for row in tables.rows(f"SELECT * FROM ({concept}) WHERE concept_id IN (SELECT id FROM used)"):
            self.concepts[row[0]] = SiteConcept(*(value or "" for value in row))
        self._read_above(tables, concept)
        self._read_strengths(tables)

    def _read_above(self, tables: Tables, concept: str) -> None:
        if tables.has("concept_ancestor"):
            pairs = tables.select("concept_ancestor", ("descendant_concept_id", "ancestor_concept_id"))
            above = f"SELECT descendant_concept_id AS low, ancestor_concept_id AS high FROM ({pairs})"
        elif tables.has("concept_relationship"):
            names = ", ".join(f"'{name}'" for name in _UPWARDS)
            steps = tables.select(
                "concept_relationship", ("concept_id_1", "concept_id_2", "relationship_id", "invalid_reason")
            )
            above = f"""WITH RECURSIVE step AS (SELECT concept_id_1 AS a, concept_id_2 AS b FROM ({steps})
                WHERE relationship_id IN ({names}) AND invalid_reason IS NULL AND concept_id_1 <> concept_id_2),
              up(low, high, n) AS (SELECT id, id, 0 FROM used
                UNION SELECT up.low, step.b, up.n + 1 FROM up JOIN step ON step.a = up.high WHERE up.n < 8)
              SELECT DISTINCT low, high FROM up"""
        else:
            return
        found = tables.rows(
            f"""SELECT p.low, c.vocabulary_id, c.concept_code FROM ({above}) p
            JOIN ({concept}) c ON c.concept_id = p.high WHERE p.low IN (SELECT id FROM used) AND p.low <> p.high"""
        )
        for low, vocabulary, code in found:
            self._above.setdefault(low, []).append((vocabulary or "", code or ""))

    def _read_strengths(self, tables: Tables) -> None:
        if not tables.has("drug_strength"):
            return
        columns = (
            "drug_concept_id", "ingredient_concept_id", "amount_value", "amount_unit_concept_id", "numerator_value",
            "numerator_unit_concept_id", "denominator_value", "denominator_unit_concept_id",
        )  # fmt: skip
        query = (
            f"SELECT * FROM ({tables.select('drug_strength', columns)}) WHERE drug_concept_id IN (SELECT id FROM used)"
        )
        for drug, ingredient, *rest in tables.rows(query):
            self.strengths.setdefault(drug, {})[ingredient] = tuple(rest)
            if (known := self.concepts.get(ingredient)) is not None:
                self._above.setdefault(drug, []).append((known.vocabulary, known.code))

    def name(self, concept: str | None) -> str:
        """The name of a concept, blank when the site has none."""
        found = self.concepts.get(concept or "")
        return found.name if found else ""

    def code(self, concept: str | None) -> str:
        """The code of a concept, blank when the site has none."""
        found = self.concepts.get(concept or "")
        return found.code if found else ""

    def means(self, ids: Iterable[str | None], source_value: str | None, kind: str) -> tuple[Targets, bool]:
        """What a record with these concept ids and this local code says, and whether only its name looks like it."""
        book, found = self._book, []
        known = [self.concepts[i] for i in ids if i and i in self.concepts]
        for i in ids:
            if i and i != "0":
                found.append(book.find("OMOP", i, kind))
        for concept in known:
            found.append(book.find(concept.vocabulary, concept.code, kind))
            for vocabulary, code in self._above.get(concept.id, ()):
                found.append(tuple(t for t in book.find(vocabulary, code, kind) if t[1]))
        if source_value:
            found.append(book.find("source_value", source_value, kind))
        if targets := merged(found):
            return targets, False
        return merged(book.alike(c.name, kind, c.vocabulary) for c in known), True
