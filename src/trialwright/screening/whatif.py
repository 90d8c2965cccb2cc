"""What if: the same people with criteria dropped or replaced, and how many verdicts change.

Dropping needs nothing but the masks of the kept run.  A replaced criterion is decided again, for those people alone
whom no other criterion excludes: everybody else stays ineligible whatever it says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from trialwright.catalog import load_catalog, load_protocol
from trialwright.catalog.expressions import findings_of, read_expression
from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n
from trialwright.language.expand import expand
from trialwright.language.vocabulary import Vocabulary
from trialwright.query.screening import Screening
from trialwright.query.study import Criterion
from trialwright.query.verdicts import VERDICTS
from trialwright.screening.again import decide_again
from trialwright.screening.standing import Bools, Standing, counts, judge, number_of, people, standing
from trialwright.screening.study import ProtocolVocabulary


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Verdicts before and after; `moved` counts people by (before, after) where the verdict on the record changes."""

    trial: str
    dropped: tuple[str, ...]
    replaced: Mapping[str, str]
    persons: int
    before: dict[str, int]
    after: dict[str, int]
    strict_before: dict[str, int]
    strict_after: dict[str, int]
    moved: dict[tuple[str, str], int]
    gained: tuple[str, ...]


def what_if(
    screening: Screening,
    trial: str | None = None,
    *,
    drop: Collection[str] = (),
    set: Mapping[str, str | n.Expression] = {},
    protocol: str | Path | None = None,
    catalog: Sequence[str | Path] = (),
) -> WhatIf:
    """The counts of a kept run with criteria dropped or replaced; a replacement is text of the language.

    `protocol` is the file of a trial that is not in the catalog.  Raises TrialwrightError naming what is wrong.
    """
    at = standing(screening, trial)
    texts = {name: text if isinstance(text, str) else "" for name, text in set.items()}
    vocabulary = _vocabulary(at.trial.id, protocol, catalog) if any(texts.values()) else None
    new = {}
    for name, given in set.items():
        kind = at.trial.criteria[at.place(name)].kind
        if isinstance(given, str):
            assert vocabulary is not None
            new[name] = Criterion(name, kind, expression(given, vocabulary, name))
        else:
            new[name] = Criterion(name, kind, given)
    if both := sorted({*drop} & {*new}):
        raise TrialwrightError(f"{both[0]} is both dropped and replaced; choose one")
    excludes, holds, unknown = changed(screening, at, drop, new)
    before, after = at.verdict, judge(excludes, holds)
    moved = {
        (VERDICTS[a], VERDICTS[b]): count
        for a in range(3)
        for b in range(3)
        if a != b and (count := int(((before == a) & (after == b)).sum()))
    }
    ids = people(screening, ["id"]).column("id").filter(pa.array((before != 1) & (after == 1)))
    return WhatIf(
        at.trial.id,
        tuple(sorted(drop)),
        texts,
        at.size,
        counts(before),
        counts(after),
        counts(at.strict),
        counts(judge(excludes, unknown)),
        moved,
        tuple(ids.to_pylist()),
    )


def changed(
    screening: Screening, at: Standing, drop: Collection[str], new: Mapping[str, Criterion]
) -> tuple[Bools, Bools, Bools]:
    """Excluding, holding and unknown criteria of everybody after the change, for verdicts alone."""
    excludes, holds, unknown = at.excludes.copy(), at.holds.copy(), at.unknown.copy()
    places = {name: at.place(name) for name in (*drop, *new)}
    for place in places.values():
        excludes[:, place] = holds[:, place] = unknown[:, place] = False
    rows: Bools = np.logical_not(excludes.any(axis=1))
    if new and rows.any():
        number = number_of(screening, at.trial.id)
        later = {c.id: c.later for c in at.trial.criteria}
        criteria = [replace(c, later=later[c.id]) for c in new.values()]
        found = decide_again(screening, screening.study.trials[number], criteria, at, rows)
        for k, name in enumerate(new):
            for matrix, column in ((excludes, found.excludes), (holds, found.holds), (unknown, found.unknown)):
                matrix[rows, places[name]] = column[:, k]
    return excludes, holds, unknown


def expression(text: str, vocabulary: Vocabulary, name: str) -> n.Expression:
    """The text as an expanded criterion.  Raises TrialwrightError saying what to mend."""
    errors = [f for f in findings_of(text, vocabulary) if f.severity == "error"]
    if errors:
        raise TrialwrightError(f"{name}={text!r}: {errors[0]}")
    try:
        return expand(read_expression(text), vocabulary)
    except TrialwrightError as error:
        raise TrialwrightError(f"{name}={text!r}: {error}") from None


def _vocabulary(trial: str, protocol: str | Path | None, catalog: Sequence[str | Path]) -> Vocabulary:
    known = load_catalog(*catalog)
    return ProtocolVocabulary(known, load_protocol(protocol or trial, *catalog).defaults)
