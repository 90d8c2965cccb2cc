"""A facts store, opened for reading: who is in it, what is observed, and any one person's record.

The connection is DuckDB's own, so that screening runs on the tables as they lie (docs/design.md, section 4).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from trialwright.errors import TrialwrightError
from trialwright.language.facts import PROJECTED, Answer, Fact, Record, Span, day_span
from trialwright.language.values import REASONS
from trialwright.population.answers import GivenAnswer, value_of
from trialwright.population.append import connect
from trialwright.population.rows import ABSENT, LOWER_OPEN, UNCERTAIN, UPPER_OPEN


@dataclass(frozen=True, slots=True)
class StoredConcept:
    """A concept as the store holds it; `number` is its key in the facts."""

    number: int
    id: str
    domain: str
    unit: str | None
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Population:
    """A store that is open; close it, or use it in a `with` statement."""

    path: Path
    connection: duckdb.DuckDBPyConnection
    concepts: Mapping[str, StoredConcept]
    meta: Mapping[str, str]
    observed_domains: tuple[str, ...]
    _names: Mapping[int, StoredConcept] = field(repr=False, default_factory=dict)

    def __enter__(self) -> Population:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    @property
    def fingerprint(self) -> str:
        """A mark of the content: the same facts about the same people have the same one."""
        return self.meta["fingerprint"]

    @property
    def extracted(self) -> dt.date:
        """The day on which the sources were extracted."""
        return dt.date.fromisoformat(self.meta["extracted"])

    @cached_property
    def size(self) -> int:
        """How many people are in it."""
        return int(self._rows("SELECT count(*) FROM persons")[0][0])

    @cached_property
    def facts(self) -> int:
        """How many facts are in it."""
        return int(self._rows("SELECT count(*) FROM facts")[0][0])

    def persons(self) -> list[str]:
        """Everyone's id, sorted.  A million of them are 100 MB; the table `persons` holds them as well."""
        return [str(row[0]) for row in self._rows("SELECT id FROM persons ORDER BY person")]

    def person(self, person_id: str) -> tuple[int, str | None, int | None, int | None]:
        """A person's key, site, first and last observed day.  Raises TrialwrightError for an unknown id."""
        found = self._rows("SELECT person, site, observed_from, observed_to FROM persons WHERE id = ?", [person_id])
        if not found:
            near = self._rows("SELECT id FROM persons ORDER BY levenshtein(id, ?), id LIMIT 3", [person_id])
            names = ", ".join(str(row[0]) for row in near)
            raise TrialwrightError(f"{self.path}: holds no person {person_id!r}; the nearest ids are {names}")
        key, site, first, last = found[0]
        return int(key), site, first, last

    def absent(self, person_ids: Collection[str]) -> list[str]:
        """Which of these ids the store does not hold, sorted."""
        query = "SELECT unnest(?::VARCHAR[]) AS id EXCEPT SELECT id FROM persons ORDER BY id"
        return [str(row[0]) for row in self._rows(query, [list(person_ids)])]

    def having(self, concepts: Collection[str]) -> list[str]:
        """Ids of the people with a fact of any of these concepts, sorted."""
        numbers = [self.concepts[name].number for name in concepts if name in self.concepts]
        query = """SELECT id FROM persons WHERE person IN (SELECT DISTINCT person FROM facts
          WHERE concept IN (SELECT unnest(?::INTEGER[]))) ORDER BY id"""
        return [str(row[0]) for row in self._rows(query, [numbers])]

    def dead(self, at: dt.date) -> list[str]:
        """Ids of the people whose recorded death was surely by the end of this day, sorted."""
        if "death" not in self.concepts:
            return []
        query = """SELECT DISTINCT p.id FROM facts f JOIN persons p USING (person)
          WHERE f.concept = ? AND f.t_hi <= ? AND f.flags & ? = 0 ORDER BY p.id"""
        return [str(row[0]) for row in self._rows(query, [self.concepts["death"].number, day_span(at).upper, ABSENT])]

    def record(
        self,
        person_id: str,
        concepts: Collection[str] | None = None,
        at: dt.date | None = None,
        anchors: Mapping[str, Span | None] | None = None,
        trial: str | None = None,
        answers: Mapping[str, Answer] | None = None,
    ) -> Record:
        """Everything known about a person, or what is known of `concepts`, seen from a screening on the day `at`.

        `at` is the extraction day unless given.  Consent and enrollment stand on it unless `anchors` names them.
        """
        key, _, first, last = self.person(person_id)
        day = at or self.extracted
        screening = day_span(day)
        given = dict(anchors or {})
        projected = frozenset(name for name in PROJECTED if given.get(name) is None)
        here: dict[str, Span | None] = dict.fromkeys(("screening", *PROJECTED), screening)
        observed = dict.fromkeys(self.observed_domains, (first, last)) if first is not None and last is not None else {}
        return Record(
            facts=self.facts_of(key, concepts),
            anchors=here | {name: span for name, span in given.items() if span is not None},
            observed=observed,
            answers=self.answers(person_id, trial) | dict(answers or {}) if trial else dict(answers or {}),
            projected=projected,
        )

    def facts_of(self, key: int, concepts: Collection[str] | None = None) -> dict[str, tuple[Fact, ...]]:
        """The facts of a person by concept, in order of time."""
        wanted, extra = "", []
        if concepts is not None:
            numbers = [self.concepts[name].number for name in concepts if name in self.concepts]
            wanted, extra = "AND concept IN (SELECT unnest(?::INTEGER[]))", [numbers]
        rows = self._rows(
            f"""SELECT f.concept, t_lo, t_hi, e_lo, e_hi, v_lo, v_hi, cats, r_lo, r_hi, lod, raw, u.text, flags,
              problem, s.reference FROM (SELECT * FROM facts WHERE person = ? {wanted}) f
            LEFT JOIN units u ON u.unit = f.unit LEFT JOIN sources s ON s.source = f.source
            ORDER BY f.concept, t_lo, t_hi, f.source""",
            [key, *extra],
        )
        made: dict[str, list[Fact]] = {}
        for row in rows:
            concept = self._names[row[0]]
            made.setdefault(concept.id, []).append(_fact(concept, row))
        return {name: tuple(facts) for name, facts in made.items()}

    def answers(self, person_id: str, trial: str) -> dict[str, Answer]:
        """What was answered about a person for a trial, by clause."""
        rows = self._rows(
            "SELECT clause, answer, who, day FROM answers WHERE person = ? AND trial = ? ORDER BY day",
            [person_id, trial],
        )
        return {clause: Answer(value_of(answer), who or "", day or "") for clause, answer, who, day in rows}

    def all_answers(self) -> tuple[GivenAnswer, ...]:
        """Every answer that the store holds, oldest first."""
        rows = self._rows(
            "SELECT person, trial, clause, answer, who, day FROM answers ORDER BY day, person, trial, clause"
        )
        return tuple(
            GivenAnswer(person, trial, clause, Answer(value_of(answer), who or "", day or ""), answer)
            for person, trial, clause, answer, who, day in rows
        )

    def _rows(self, query: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.connection.execute(query, list(values)).fetchall()
        return found


def open_population(path: str | Path) -> Population:
    """A store for reading.  Raises TrialwrightError when it is not there, no store, or open for writing elsewhere."""
    place = Path(path)
    connection = connect(place)
    stored = [
        StoredConcept(number, name, domain, unit, tuple(categories or ()))
        for number, name, domain, unit, categories in connection.execute("SELECT * FROM concepts").fetchall()
    ]
    meta = {str(key): str(value) for key, value in connection.execute("SELECT key, value FROM meta").fetchall()}
    domains = tuple(str(row[0]) for row in connection.execute("SELECT domain FROM observed ORDER BY domain").fetchall())
    return Population(place, connection, {c.id: c for c in stored}, meta, domains, {c.number: c for c in stored})


def _fact(concept: StoredConcept, row: tuple[Any, ...]) -> Fact:
    _, t_lo, t_hi, e_lo, e_hi, v_lo, v_hi, cats, r_lo, r_hi, lod, raw, unit, flags, problem, reference = row
    return Fact(
        concept=concept.id,
        start=Span(t_lo, t_hi),
        end=None if e_hi is None else Span(e_lo, e_hi),
        lower=v_lo,
        upper=v_hi,
        lower_open=bool(flags & LOWER_OPEN),
        upper_open=bool(flags & UPPER_OPEN),
        categories=None if cats is None else frozenset(c for i, c in enumerate(concept.categories) if cats >> i & 1),
        low_normal=r_lo,
        high_normal=r_hi,
        detection_limit=lod,
        recorded=raw,
        unit=unit,
        problem=None if problem is None else REASONS[problem],
        present=not flags & ABSENT,
        certain=not flags & UNCERTAIN,
        source=reference or "",
    )
