"""Participants and their outcomes, read from the field's own notation or from a table of subjects."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from trialwright.dosefinding.checks import DoseInputError

LETTERS = "N no DLT, T DLT, P pending, X not evaluable, E response without DLT, B both"


@dataclass(frozen=True, slots=True)
class Participant:
    """One treated participant; `dlt` is None while the DLT window is open and nothing has happened.

    A DLT always counts; a participant without one who left the window early is not `evaluable` and is replaced, but
    stays in the listing.  `followup_days` of a DLT is the day on which it occurred.
    """

    subject: str
    dose: int
    dlt: bool | None
    response: bool | None = None
    followup_days: float | None = None
    evaluable: bool = True
    cohort: int = 0
    infused: float | None = None
    planned: int | None = None
    note: str = ""

    @property
    def assigned(self) -> int:
        """Dose that the design assigned; `dose` is the level that the outcome counts for, as infused."""
        return self.dose if self.planned is None else self.planned

    @property
    def pending(self) -> bool:
        return self.dlt is None and self.evaluable

    @property
    def counted(self) -> bool:
        return self.dlt is True or (self.evaluable and self.dlt is not None)


def parse_outcomes(text: str, doses: int | None = None) -> tuple[Participant, ...]:
    """Read cohorts such as "1NNN 2NNT 2NP": a dose number, then one letter per participant in order of infusion.

    Letters: N no DLT, T DLT, P pending, X not evaluable; with responses N neither, E response, T DLT, B both.
    Raises DoseInputError naming the cohort that cannot be read.
    """
    participants: list[Participant] = []
    for cohort, token in enumerate(text.split(), 1):
        match = re.fullmatch(r"(\d+)([A-Za-z]+)", token)
        if match is None:
            raise DoseInputError(
                f"cohort {cohort} is {token!r}; write the dose number and then one letter per participant ({LETTERS}),"
                " such as 2NNT."
            )
        dose, letters = int(match[1]), match[2].upper()
        _check_dose(dose, doses, f"cohort {cohort} ({token})")
        for letter in letters:
            if letter not in "NTPXEB":
                raise DoseInputError(f"cohort {cohort} ({token}) has the letter {letter!r}; use {LETTERS}.")
            participants.append(
                Participant(
                    str(len(participants) + 1),
                    dose,
                    {"N": False, "E": False, "T": True, "B": True, "P": None, "X": None}[letter],
                    response={"E": True, "B": True, "N": False, "T": False}.get(letter),
                    evaluable=letter != "X",
                    cohort=cohort,
                )
            )
    return tuple(participants)


def read_subjects(text: str, window_days: float | None, doses: int | None = None) -> tuple[Participant, ...]:
    """Read a CSV table with columns subject, dose, dlt, followup_days (and efficacy, evaluable, infused, cohort).

    A participant without a DLT is pending until `window_days`; without a window every outcome counts as complete.
    Rows stand in order of infusion.  Raises DoseInputError with the line at fault.
    """
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    columns = [(name or "").strip().lower() for name in reader.fieldnames or []]
    reader.fieldnames = columns
    for needed in ("subject", "dose", "dlt", "followup_days"):
        if needed not in columns:
            raise DoseInputError(
                f"the table of subjects has no column {needed!r}; it needs subject, dose, dlt and followup_days."
            )
    participants: list[Participant] = []
    seen: set[str] = set()
    for line, row in enumerate(reader, 2):
        cell = {
            key: (value or "").strip()
            for key, value in row.items()
            if isinstance(key, str) and not isinstance(value, list)
        }
        if not any(cell.values()):
            continue
        where = f"line {line}"
        if not cell["subject"] or cell["subject"] in seen:
            _fail(where, f"the subject {cell['subject']!r} is empty or stands there twice.")
        seen.add(cell["subject"])
        dose = int(read_number(cell["dose"], where, "dose", whole=True))
        _check_dose(dose, doses, where)
        toxic = read_flag(cell["dlt"], where, "dlt")
        days = read_number(cell["followup_days"], where, "followup_days") if cell["followup_days"] else None
        if days is not None and days < 0:
            _fail(where, f"followup_days is {days:g}; give days since infusion, 0 or more.")
        if days is None and window_days is not None:
            _fail(where, "followup_days is empty; without it nobody can tell whether the outcome is pending.")
        late = toxic and days is not None and window_days is not None and days > window_days
        evaluable = read_flag(cell["evaluable"], where, "evaluable") if cell.get("evaluable") else True
        pending = not toxic and window_days is not None and days is not None and days < window_days
        infused = read_number(cell["infused"], where, "infused") if cell.get("infused") else None
        if infused is not None and infused <= 0:
            _fail(where, f"infused is {infused:g}; give the cells given, above 0.")
        participants.append(
            Participant(
                cell["subject"],
                dose,
                True if toxic else None if pending or not evaluable else False,
                response=read_flag(cell["efficacy"], where, "efficacy") if cell.get("efficacy") else None,
                followup_days=days,
                evaluable=evaluable or toxic,
                cohort=int(read_number(cell["cohort"], where, "cohort", whole=True)) if cell.get("cohort") else 0,
                infused=infused,
                note=f"has a DLT with {days:g} days of follow-up, beyond the window; it is counted." if late else "",
            )
        )
    return tuple(participants)


def in_cohorts(participants: Sequence[Participant], sizes: Sequence[int]) -> list[list[Participant]]:
    """Split into cohorts: as marked, or else runs at one dose cut at the cohort size of that dose."""
    cohorts: list[list[Participant]] = []
    for person in participants:
        last = cohorts[-1] if cohorts else None
        size = sizes[0 if len(sizes) == 1 else min(person.assigned, len(sizes)) - 1]
        same = last is not None and last[-1].assigned == person.assigned and last[-1].cohort == person.cohort
        countable = sum(p.counted or p.pending for p in last) if last else 0
        if last is not None and same and (person.cohort or countable < size):
            last.append(person)
        else:
            cohorts.append([person])
    return cohorts


def counts(participants: Sequence[Participant], doses: int) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Evaluated participants and DLTs per dose; pending and not evaluable ones are left out."""
    n, y = np.zeros(doses, dtype=int), np.zeros(doses, dtype=int)
    for person in participants:
        if person.counted:
            n[person.dose - 1] += 1
            y[person.dose - 1] += person.dlt is True
    return n, y


def pending_per_dose(participants: Sequence[Participant], doses: int) -> NDArray[np.int_]:
    result = np.zeros(doses, dtype=int)
    for person in participants:
        result[person.dose - 1] += person.pending
    return result


def resolved(participants: Sequence[Participant], extra: Sequence[int]) -> tuple[Participant, ...]:
    """The same participants with pending outcomes filled in: `extra` DLTs per dose, the first pending ones first."""
    left = list(extra)
    result = []
    for person in participants:
        if person.pending:
            toxic = left[person.dose - 1] > 0
            left[person.dose - 1] -= toxic
            person = replace(person, dlt=toxic)
        result.append(person)
    return tuple(result)


def _check_dose(dose: int, doses: int | None, where: str) -> None:
    if dose < 1 or (doses is not None and dose > doses):
        limit = "at least 1" if doses is None else f"between 1 and {doses}"
        raise DoseInputError(f"{where} names dose {dose}; doses are numbered from 1, here {limit}.")


def _fail(where: str, what: str) -> NoReturn:
    raise DoseInputError(f"{where} of the table of subjects: {what}")


def read_number(text: str, where: str, column: str, whole: bool = False) -> float:
    try:
        value = float(text)
    except ValueError:
        _fail(where, f"{column} is {text!r}; give a number.")
    if not np.isfinite(value) or (whole and value != int(value)):
        _fail(where, f"{column} is {text!r}; give a {'whole ' if whole else ''}number.")
    return value


def read_flag(text: str, where: str, column: str) -> bool:
    known = {"1": True, "yes": True, "true": True, "y": True, "0": False, "no": False, "false": False, "n": False}
    if text.lower() not in known:
        _fail(where, f"{column} is {text!r}; give 1 or 0.")
    return known[text.lower()]
