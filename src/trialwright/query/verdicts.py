"""Verdicts and funnels from the masks of the criteria.

*Strict* counts every criterion.  *On the record* leaves out those that are unknown for no other reasons than consent,
willingness, intent and later checkpoints.  An exclusion is negated here, nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

from trialwright.query.engines import Engine
from trialwright.query.sql import WORD, Tree, bit, template
from trialwright.query.study import Study, Trial

VERDICTS = ("ineligible", "eligible", "undetermined")


@dataclass(frozen=True, slots=True)
class Step:
    """One criterion in a funnel; `only_reason` counts the people whom it alone excludes or holds back on the record."""

    criterion: str
    kind: str
    met: int
    not_met: int
    unknown: int
    only_reason: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of one trial: verdicts on the record and strict, and the funnel."""

    trial: str
    checkpoint: str
    persons: int
    record: dict[str, int]
    strict: dict[str, int]
    funnel: tuple[Step, ...]


def words(trial: Trial) -> range:
    return range(-(-len(trial.criteria) // WORD) or 1)


def _sides(trial: Trial, word: int) -> tuple[int, int]:
    """The masks of inclusions and of exclusions in a word."""
    own = list(enumerate(trial.criteria))[word * WORD : (word + 1) * WORD]
    return (
        sum(bit(j) for j, c in own if c.kind == "inclusion"),
        sum(bit(j) for j, c in own if c.kind == "exclusion"),
    )


def _tests(number: int, trial: Trial) -> tuple[str, str, str]:
    """Ineligible; eligible on the record; eligible strictly."""
    out, record, strict = [], [], []
    for w in words(trial):
        inside, outside = _sides(trial, w)
        m, n, a = (f"{kind}{number}_{w}" for kind in "mna")
        if inside:
            out.append(f"({n} & {inside}) <> 0")
            record.append(f"(({m} | {a}) & {inside}) = {inside}")
            strict.append(f"({m} & {inside}) = {inside}")
        if outside:
            out.append(f"({m} & {outside}) <> 0")
            record.append(f"(({n} | {a}) & {outside}) = {outside}")
            strict.append(f"({n} & {outside}) = {outside}")
    return " OR ".join(out) or "FALSE", " AND ".join(record) or "TRUE", " AND ".join(strict) or "TRUE"


def judged(study: Study, outcome: str) -> Tree:
    """The outcome with v{i} and s{i}: 0 ineligible, 1 eligible, 2 undetermined, on the record and strictly."""
    columns = []
    for i, trial in enumerate(study.trials):
        out, record, strict = _tests(i, trial)
        columns.append(f"CASE WHEN {out} THEN 0 WHEN {record} THEN 1 ELSE 2 END AS v{i}")
        columns.append(f"CASE WHEN {out} THEN 0 WHEN {strict} THEN 1 ELSE 2 END AS s{i}")
    return template(f"SELECT q.*, {', '.join(columns)} FROM {outcome} AS q")


def summary(engine: Engine, study: Study, number: int, judged_table: str) -> Summary:
    """The counts of one trial; people with equal masks are counted together first."""
    trial = study.trials[number]
    masks = [f"{kind}{number}_{w}" for w in words(trial) for kind in "mna"]
    keys = ", ".join([*masks, f"v{number}", f"s{number}"])
    grouped = f"SELECT {keys}, COUNT(*) AS people FROM {judged_table} GROUP BY {keys}"
    blocked = {}
    for w in words(trial):
        inside, outside = _sides(trial, w)
        m, n, a = (f"{kind}{number}_{w}" for kind in "mna")
        blocked[w] = f"(({inside | outside}) & (~(({m} & {inside}) | ({n} & {outside}) | {a})))"
    counts = ["SUM(people) AS people"]
    for kind, column in (("v", f"v{number}"), ("s", f"s{number}")):
        counts += [f"SUM(CASE WHEN {column} = {i} THEN people ELSE 0 END) AS {kind}_{i}" for i in range(3)]
    for j in range(len(trial.criteria)):
        w, mask = j // WORD, bit(j)
        m, n = f"{'m'}{number}_{w}", f"{'n'}{number}_{w}"
        alone = " AND ".join(f"{blocked[o]} = {mask if o == w else 0}" for o in words(trial))
        counts.append(f"SUM(CASE WHEN ({m} & {mask}) <> 0 THEN people ELSE 0 END) AS m_{j}")
        counts.append(f"SUM(CASE WHEN ({n} & {mask}) <> 0 THEN people ELSE 0 END) AS n_{j}")
        counts.append(f"SUM(CASE WHEN {alone} THEN people ELSE 0 END) AS o_{j}")
    row = engine.fetch(template(f"SELECT {', '.join(counts)} FROM ({grouped}) AS g")).to_pylist()[0]
    row = {name: int(value or 0) for name, value in row.items()}
    people = row["people"]
    return Summary(
        trial.id,
        trial.checkpoint,
        people,
        {name: row[f"v_{i}"] for i, name in enumerate(VERDICTS)},
        {name: row[f"s_{i}"] for i, name in enumerate(VERDICTS)},
        tuple(
            Step(c.id, c.kind, row[f"m_{j}"], row[f"n_{j}"], people - row[f"m_{j}"] - row[f"n_{j}"], row[f"o_{j}"])
            for j, c in enumerate(trial.criteria)
        ),
    )
