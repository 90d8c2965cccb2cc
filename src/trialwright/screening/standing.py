"""Where everybody stands in one trial: which criteria exclude a person, which hold them back, which are left open.

A criterion *excludes* when it fails (an inclusion not met, an exclusion met), *holds* when it is unknown for a reason
that the verdict on the record counts, and is *aside* when it is unknown for consent, willingness, intent or a later
checkpoint alone.  Read from the masks of a kept run; no fact is read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from trialwright.errors import TrialwrightError
from trialwright.query.screening import FILES, Screening
from trialwright.query.sql import WORD
from trialwright.query.study import Trial
from trialwright.query.verdicts import VERDICTS

Bools = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Standing:
    """One column per criterion of `trial`, one row per person, in the order of the run."""

    trial: Trial
    persons: Keys
    met: Bools
    not_met: Bools
    aside: Bools

    @cached_property
    def unknown(self) -> Bools:
        return ~(self.met | self.not_met)

    @cached_property
    def excludes(self) -> Bools:
        inclusion = np.array([c.kind == "inclusion" for c in self.trial.criteria], bool)
        return np.where(inclusion, self.not_met, self.met)

    @cached_property
    def holds(self) -> Bools:
        return self.unknown & ~self.aside

    @cached_property
    def blocks(self) -> Bools:
        return self.excludes | self.holds

    @cached_property
    def verdict(self) -> npt.NDArray[np.int8]:
        """0 ineligible, 1 eligible, 2 undetermined, on the record."""
        return judge(self.excludes, self.holds)

    @cached_property
    def strict(self) -> npt.NDArray[np.int8]:
        return judge(self.excludes, self.unknown)

    @property
    def size(self) -> int:
        return len(self.persons)

    def place(self, criterion: str) -> int:
        """The column of a criterion.  Raises TrialwrightError naming those that there are."""
        ids = [c.id for c in self.trial.criteria]
        if criterion not in ids:
            raise TrialwrightError(f"{self.trial.id} has no criterion {criterion!r}; it has {', '.join(ids)}")
        return ids.index(criterion)


def judge(excludes: Bools, holds: Bools) -> npt.NDArray[np.int8]:
    """Ineligible where a criterion excludes, undetermined where one holds back, else eligible."""
    out: npt.NDArray[np.int8] = np.where(excludes.any(axis=1), 0, np.where(holds.any(axis=1), 2, 1)).astype(np.int8)
    return out


def counts(verdict: npt.NDArray[np.int8]) -> dict[str, int]:
    """How many people have each verdict."""
    found = np.bincount(verdict, minlength=3)
    return {name: int(found[i]) for i, name in enumerate(VERDICTS)}


def number_of(screening: Screening, trial: str | None) -> int:
    """The place of a trial in the run; of the only one when none is named.  Raises TrialwrightError."""
    ids = [t.id for t in screening.study.trials]
    if trial is None and len(ids) == 1:
        return 0
    if trial not in ids:
        raise TrialwrightError(f"name one of the trials of this run: {', '.join(ids)}")
    return ids.index(trial)


def standing(screening: Screening, trial: str | None = None) -> Standing:
    """Where everybody stands in a trial of a kept run."""
    number = number_of(screening, trial)
    asked = screening.study.trials[number]
    words = range(-(-len(asked.criteria) // WORD) or 1)
    names = [f"{kind}{number}_{w}" for kind in "mna" for w in words]
    table = people(screening, ["person", *names])
    masks = {kind: _bits([_ints(table, f"{kind}{number}_{w}") for w in words], len(asked.criteria)) for kind in "mna"}
    return Standing(asked, _ints(table, "person"), masks["m"], masks["n"], masks["a"])


def people(screening: Screening, columns: list[str]) -> pa.Table:
    """Columns of the run's row per person, in the order of the population."""
    return pq.read_table(screening.folder / FILES[0], columns=columns)


def leaf_states(screening: Screening, leaves: int, rows: Bools) -> tuple[Bools, Bools]:
    """Which leaves are met and which are not, for the chosen rows."""
    words = range(-(-leaves // WORD) or 1)
    table = people(screening, [f"{kind}{w}" for kind in "tf" for w in words])
    met, not_met = (_bits([_ints(table, f"{kind}{w}")[rows] for w in words], leaves) for kind in "tf")
    return met, not_met


def _ints(table: pa.Table, name: str) -> Keys:
    return np.asarray(table.column(name).to_numpy(), np.int64)


def _bits(words: list[Keys], count: int) -> Bools:
    out = np.zeros((len(words[0]), count), bool, order="F")
    for j in range(count):
        out[:, j] = words[j // WORD] >> (j % WORD) & 1 == 1
    return out


def patterns(matrix: Bools) -> tuple[Bools, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The distinct rows, for each row which one it is, and how often each stands there."""
    if not len(matrix):
        return matrix, np.zeros(0, np.int64), np.zeros(0, np.int64)
    packed = np.packbits(matrix, axis=1)
    keys = np.ascontiguousarray(packed).view(np.dtype((np.void, max(packed.shape[1], 1)))).ravel()
    column = (
        pa.array([])
        if not packed.shape[1]
        else pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(packed.shape[1]), len(keys), [None, pa.py_buffer(keys.tobytes())]
        )
    )
    if not packed.shape[1]:
        return matrix[:1], np.zeros(len(matrix), np.int64), np.array([len(matrix)], np.int64)
    indices = np.asarray(column.dictionary_encode().indices.to_numpy(zero_copy_only=False), np.int64)
    _, first, count = np.unique(indices, return_index=True, return_counts=True)
    return matrix[first], indices, count.astype(np.int64)
