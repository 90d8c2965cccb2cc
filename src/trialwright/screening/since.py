"""Who changed verdict between two runs, and because of which criteria, facts or changes of the protocol.

A criterion is a cause when it blocks a person in one of the two runs and not in the other.  It changed either because
the protocol did (its expression differs), or because the facts or the screening date did: then the facts that it rests
on now and did not before are named where there are few people to name them for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trialwright.query.screening import Screening
from trialwright.query.verdicts import VERDICTS
from trialwright.screening.standing import Standing, people, standing

NAMED = 200
"""For so many people at most the new and gone facts are looked up."""
ABSENT = "not in the run"


@dataclass(frozen=True, slots=True)
class Change:
    """A person whose verdict on the record changed; `because` names each criterion with what changed about it."""

    person: str
    trial: str
    before: str
    after: str
    criteria: tuple[str, ...]
    because: tuple[str, ...]
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """All changes between two runs: counts by trial, from and to; criteria of each protocol that changed; people."""

    counts: tuple[tuple[str, str, str, int], ...]
    protocols: Mapping[str, tuple[str, ...]]
    people: tuple[Change, ...]


def changed_since(earlier: Screening, now: Screening) -> Changes:
    """Who changed verdict from an earlier run to this one, trial by trial, for the trials that both have."""
    before_ids, now_ids = ([str(i) for i in people(s, ["id"]).column("id").to_pylist()] for s in (earlier, now))
    rows_before = {name: i for i, name in enumerate(before_ids)}
    rows_now = {name: i for i, name in enumerate(now_ids)}
    everybody = sorted({*rows_before, *rows_now})
    known = {trial.id: trial for trial in earlier.study.trials}
    found: list[Change] = []
    protocols: dict[str, tuple[str, ...]] = {}
    for trial in now.study.trials:
        if trial.id not in known:
            continue
        was = {c.id: c for c in known[trial.id].criteria}
        new = {c.id: c for c in trial.criteria}
        edited = tuple(name for name in dict.fromkeys((*was, *new)) if was.get(name) != new.get(name))
        if edited:
            protocols[trial.id] = edited
        found += _of_trial(
            standing(earlier, trial.id), standing(now, trial.id), rows_before, rows_now, everybody, set(edited)
        )
    tally = Counter((c.trial, c.before, c.after) for c in found)
    counts = tuple((*key, n) for key, n in sorted(tally.items()))
    return Changes(counts, protocols, _with_facts(earlier, now, found))


def _of_trial(
    was: Standing,
    now: Standing,
    rows_was: Mapping[str, int],
    rows_now: Mapping[str, int],
    everybody: Sequence[str],
    edited: set[str],
) -> list[Change]:
    a = np.array([rows_was.get(p, -1) for p in everybody])
    b = np.array([rows_now.get(p, -1) for p in everybody])
    verdict_a = np.where(a < 0, -1, np.append(was.verdict, -1)[a])
    verdict_b = np.where(b < 0, -1, np.append(now.verdict, -1)[b])
    out = []
    for i in np.flatnonzero(verdict_a != verdict_b).tolist():
        x, y = int(a[i]), int(b[i])
        names = [VERDICTS[v] if v >= 0 else ABSENT for v in (verdict_a[i], verdict_b[i])]
        if x < 0 or y < 0:
            out.append(Change(everybody[i], now.trial.id, names[0], names[1], (), ("the person is in one run only",)))
            continue
        old, new = _states(was, x), _states(now, y)
        causes = tuple(c for c in dict.fromkeys((*old, *new)) if old.get(c, "passed") != new.get(c, "passed"))
        why = tuple(
            f"{c}: {old.get(c, 'passed')} -> {new.get(c, 'passed')}{', protocol changed' if c in edited else ''}"
            for c in causes
        )
        out.append(Change(everybody[i], now.trial.id, names[0], names[1], causes, why))
    return out


def _states(at: Standing, row: int) -> dict[str, str]:
    """What each criterion that blocks a person does."""
    return {
        c.id: "excludes" if at.excludes[row, j] else "unknown"
        for j, c in enumerate(at.trial.criteria)
        if at.blocks[row, j]
    }


def _with_facts(earlier: Screening, now: Screening, found: Sequence[Change]) -> tuple[Change, ...]:
    """With the facts that the causes rest on in one run only, while both stores are there and people are few."""
    names = sorted({c.person for c in found if ABSENT not in (c.before, c.after)})
    if not names or len(names) > NAMED or not earlier.population.exists() or not now.population.exists():
        return tuple(found)
    if _same(earlier, now):
        return tuple(found)
    was, new = (_facts(screening, names) for screening in (earlier, now))
    out = []
    for change in found:
        keys = [(change.person, change.trial, c) for c in change.criteria]
        added = sorted({f"+ {f}" for k in keys for f in new.get(k, set()) - was.get(k, set())})
        gone = sorted({f"- {f}" for k in keys for f in was.get(k, set()) - new.get(k, set())})
        out.append(replace(change, facts=(*added, *gone)))
    return tuple(out)


def _same(earlier: Screening, now: Screening) -> bool:
    return earlier.population.resolve() == now.population.resolve()


def _facts(screening: Screening, names: Sequence[str]) -> dict[tuple[str, str, str], set[str]]:
    found: dict[tuple[str, str, str], set[str]] = {}
    for row in screening.evidence(names).to_pylist():
        parts = (row["date"], row["concept"], row["value"], row["unit"], row["source"])
        text = " ".join(str(part) for part in parts if part not in (None, "", "1"))
        found.setdefault((row["person"], row["trial"], row["criterion"]), set()).add(text)
    return found
