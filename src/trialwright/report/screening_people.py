"""The rows of the table of people: verdicts, criteria with their reasons, and evidence, in a form that stays small.

Up to `MOST` people everybody is in the table.  Of more, only those who are a candidate of some trial: the eligible
first, then the undetermined by fewest questions, and the table ends at `MOST` of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from trialwright.query.screening import Screening
from trialwright.screening.standing import people, standing
from trialwright.screening.worklist import Worklist

MOST = 10_000
"""So many people are in the table at most."""
WITH_EVIDENCE = 1_500
"""So many of them, the best first, with the facts that their criteria rest on."""
FACTS = 6
"""Facts of one criterion that are shown."""
LETTERS = [chr(c) for c in range(35, 127) if chr(c) not in "\\<&'\""] + [chr(c) for c in range(0x3B1, 0x2000)]


def rows(screening: Screening, worklists: Sequence[Worklist], tables: Path | None = None) -> dict[str, Any]:
    """The people of the table: ids, verdicts per trial, one letter per criterion, questions, evidence, and the rule."""
    ids = people(screening, ["id"]).column("id").to_pylist()
    verdicts = np.stack([standing(screening, t.id).verdict for t in screening.study.trials], axis=1)
    questions = {need.person: len(need.questions) for found in reversed(worklists) for need in found.needs}
    chosen = _order(ids, verdicts, questions)
    names = [ids[i] for i in chosen]
    letters, legend = _letters(screening, names, tables) if names else ([], {})
    open_ = [i for i in chosen[:WITH_EVIDENCE] if (verdicts[i] != 0).any()] if len(ids) > MOST else chosen
    evidence = _evidence(screening, [ids[i] for i in open_[:WITH_EVIDENCE]], tables)
    needs: dict[str, dict[str, Any]] = {}
    for found in worklists:
        texts = {task.question: task.text for task in found.tasks}
        for need in found.needs:
            needs.setdefault(need.person, {})[found.trial] = [texts[q] for q in need.questions]
    return {
        "ids": names,
        "verdicts": ["".join(map(str, verdicts[i])) for i in chosen],
        "codes": letters,
        "legend": legend,
        "needs": [needs.get(name) for name in names],
        "facts": evidence,
        "everybody": len(chosen) == len(ids),
        "with_evidence": len(open_[:WITH_EVIDENCE]),
    }


def _order(ids: Sequence[str], verdicts: Any, questions: Mapping[str, int]) -> list[int]:
    """Eligible for some trial, then undetermined by fewest questions, then the others while there is room."""

    def rank(i: int) -> tuple[int, int, str]:
        row = verdicts[i]
        return (0 if (row == 1).any() else 1 if (row == 2).any() else 2, questions.get(ids[i], 0), ids[i])

    candidates = range(len(ids)) if len(ids) <= MOST else np.flatnonzero((verdicts != 0).any(axis=1)).tolist()
    return sorted(candidates, key=rank)[:MOST]


def _letters(screening: Screening, names: Sequence[str], tables: Path | None) -> tuple[list[str], dict[str, Any]]:
    """Per person one letter per criterion of all trials ("." where the relation has no row), and what letters mean."""
    table = relation(screening, "criteria", names, tables)
    lists = [pc.binary_join(table.column(name), ",") for name in ("reasons", "notes")]
    flag = pc.cast(table.column("not_applicable"), pa.string())
    keys = pc.binary_join_element_wise(table.column("state"), *lists, flag, "|").combine_chunks().dictionary_encode()
    legend: dict[str, Any] = {".": ["ineligible", [], [], False]}
    for letter, key in zip(LETTERS, keys.dictionary.to_pylist(), strict=False):
        state, reasons, notes, applies_not = key.split("|")
        legend[letter] = [state, _words(reasons), _words(notes), applies_not == "true"]
    columns = [f"{t.id}\n{c.id}" for t in screening.study.trials for c in t.criteria]
    named = pc.binary_join_element_wise(table.column("trial"), table.column("criterion"), "\n")
    place = np.asarray(pc.index_in(named, value_set=pa.array(columns)).to_numpy(), np.int64)
    person = np.asarray(pc.index_in(table.column("person"), value_set=pa.array(names)).to_numpy(), np.int64)
    grid = np.full((len(names), len(columns)), ".")
    grid[person, place] = np.array(LETTERS)[np.asarray(keys.indices.to_numpy(zero_copy_only=False))]
    return ["".join(row) for row in grid], legend


def relation(screening: Screening, name: str, people: Sequence[str], tables: Path | None) -> pa.Table:
    """Rows of `criteria` or `evidence` of some people: from the written tables where they lie, else computed."""
    if tables is not None and (tables / f"{name}.parquet").exists():
        return pq.read_table(tables / f"{name}.parquet", filters=[("person", "in", list(people))])
    return screening.criteria(people) if name == "criteria" else screening.evidence(people)


def _words(joined: str) -> list[str]:
    return [word.replace("_", " ") for word in joined.split(",") if word]


def _evidence(screening: Screening, names: Sequence[str], tables: Path | None) -> dict[str, Any]:
    """Per person, trial and criterion the newest facts: concept, date, value, unit, source."""
    if not names:
        return {}
    found: dict[str, dict[str, dict[str, list[Any]]]] = {}
    for row in relation(screening, "evidence", names, tables).to_pylist():
        facts = found.setdefault(row["person"], {}).setdefault(row["trial"], {}).setdefault(row["criterion"], [])
        value = row["value"] if row["value"] is not None else row.get("category")
        facts.append([row["concept"], str(row["date"]), value, row["unit"], row["source"]])
    for trials in found.values():
        for criteria in trials.values():
            for criterion, facts in criteria.items():
                facts.sort(key=lambda fact: str(fact[1]), reverse=True)
                more = len(facts) - FACTS
                criteria[criterion] = [
                    *facts[:FACTS],
                    *([[f"and {more} more", "", None, None, ""]] if more > 0 else []),
                ]
    return found
