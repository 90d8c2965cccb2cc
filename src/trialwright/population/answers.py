"""What people answered to the questions of a trial: a CSV with person, trial, clause, answer, perhaps who and when."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from trialwright.errors import TrialwrightError
from trialwright.language.facts import Answer

_YES = {"yes", "true", "y", "met", "1.0"}
_NO = {"no", "false", "n", "not met"}
_OPEN = {"", "unknown", "not known", "?", "null", "none"}


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One answer: about which person, trial and clause, by whom and when."""

    person: str
    trial: str
    clause: str
    answer: Answer
    text: str


def value_of(text: str) -> bool | float | None:
    """yes, no, a number, or None for "asked, not known".  Raises ValueError for anything else."""
    plain = text.strip().lower()
    if plain in _YES:
        return True
    if plain in _NO:
        return False
    return None if plain in _OPEN else float(plain)


def read_answers(path: str | Path) -> tuple[GivenAnswer, ...]:
    """The answers of a CSV file, in its order.

    Raises TrialwrightError for a missing column, another encoding, or an answer that cannot be read.
    """
    place = Path(path)
    try:
        with place.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            names = [name.strip().lower() for name in rows.fieldnames or ()]
            if missing := [n for n in ("person", "trial", "clause", "answer") if n not in names]:
                raise TrialwrightError(
                    f"{place}: line 1: the column {missing[0]!r} is missing; answers need person, trial, clause, answer"
                )
            rows.fieldnames = names
            found = []
            for row in rows:
                text = (row["answer"] or "").strip()
                try:
                    value = value_of(text)
                except ValueError as error:
                    raise TrialwrightError(
                        f"{place}: line {rows.line_num}: the answer {text!r} is none of yes, no, unknown or a number"
                    ) from error
                about = [(row[name] or "").strip() for name in ("person", "trial", "clause")]
                if None in row or not all(about):
                    raise TrialwrightError(
                        f"{place}: line {rows.line_num}: has not one cell for each column; every answer needs "
                        "person, trial, clause, answer"
                    )
                when = (row.get("when") or row.get("at") or "").strip()
                answer = Answer(value, (row.get("who") or "").strip(), when)
                found.append(GivenAnswer(about[0], about[1], about[2], answer, text))
            return tuple(found)
    except UnicodeDecodeError as error:
        raise TrialwrightError(f"{place}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except FileNotFoundError as error:
        raise TrialwrightError(f"{place} is not there; name a CSV file of answers") from error
    except OSError as error:
        raise TrialwrightError(f"{place} cannot be read ({error.strerror}); name a CSV file of answers") from error
    except csv.Error as error:
        raise TrialwrightError(f"{place}: is no CSV ({error}); is a quotation mark left open?") from error
