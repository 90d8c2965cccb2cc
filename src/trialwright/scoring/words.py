"""Why a score is what it is, in one sentence: what decided, or what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trialwright.scoring.outcome import ItemState

REASONS = {
    "no_data": "nothing is recorded",
    "stale": "the last record is too old",
    "unit_mismatch": "the unit is missing or cannot be read",
    "no_range": "the record has no limit of normal",
    "censored": "the value is known only as above or below a limit",
    "partial_date": "a date is known only in part",
    "conflict": "records contradict each other",
    "needs_person": "a person has to judge it",
    "needs_agreement": "a person has to agree",
    "not_yet": "it has not happened yet",
    "ambiguous_text": "the record is ambiguous",
    "unsupported": "it is given as unknown, or not defined precisely enough",
    "broader_only": "only a broader code is recorded",
}


def because(reasons: Iterable[str]) -> str:
    """The reasons in plain words, joined by `and`."""
    return " and ".join(REASONS.get(reason, reason) for reason in sorted(reasons)) or "it is not known"


def listed(names: Sequence[str], most: int = 6) -> str:
    """a, b and 3 more"""
    shown = [name.replace("_", " ") for name in names[:most]]
    if len(names) > most:
        shown.append(f"{len(names) - most} more")
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + f" and {shown[-1]}"


def plain(number: float | None) -> str:
    return "without bound" if number is None else f"{number:g}"


def of_score(score: float | None, lower: float | None, upper: float | None, items: Sequence[ItemState]) -> str:
    """What a sum of items rests on."""
    open_ = [item for item in items if item.state == "unknown"]
    scored = [f"{item.id.replace('_', ' ')} {plain(item.points)}" for item in items if item.points]
    found = f"scored: {', '.join(scored)}" if scored else "no item scores"
    if score is not None and not open_:
        return f"{plain(score)}; {found}"
    if score is not None:
        return f"{plain(score)}, whatever the items are that nothing is known about; {found}"
    why = because({reason for item in open_ for reason in item.reasons})
    names = listed([item.id for item in open_]) if open_ else "the recorded total"
    return f"between {plain(lower)} and {plain(upper)}, because of {names}: {why}; {found}"


def of_grade(grade: int | None, lower: float | None, upper: float | None, items: Sequence[ItemState]) -> str:
    """Which rung decided, or why the grade stays open."""
    if grade is not None:
        rung = next((item for item in items if item.points == grade and item.state == "met"), None)
        return f"grade {grade}: {rung.label}" if rung is not None else "grade 0: no rung is reached"
    why = because({reason for item in items if item.state == "unknown" for reason in item.reasons})
    return f"cannot grade (between {plain(lower)} and {plain(upper)}): {why}"


def of_response(met: bool | None, items: Sequence[ItemState]) -> str:
    """Which component decided."""
    failed = [item.id for item in items if item.state == "not met"]
    open_ = [item for item in items if item.state == "unknown"]
    if met:
        return "met: " + ("every component holds" if not failed + open_ else "enough components hold")
    if met is False:
        return f"not met because of {listed(failed)}" if failed else "not met"
    why = because({reason for item in open_ for reason in item.reasons})
    return f"open because of {listed([item.id for item in open_])}: {why}" if open_ else f"open: {why}"


def of_formula(outcome: str | None, unknown: Sequence[str], reasons: Iterable[str]) -> str:
    """The outcome of a formula, or what it lacks."""
    if outcome is not None:
        return f"{outcome}, from the values given"
    return f"cannot be computed without {listed(unknown)}: {because(reasons)}" if unknown else because(reasons)
