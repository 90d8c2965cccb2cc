"""What may happen next: the tree of outcomes of the coming cohorts, with the dose each leads to."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

from trialwright.dosefinding.checks import DoseInputError, check_truth
from trialwright.dosefinding.design import Design
from trialwright.dosefinding.outcomes import Participant
from trialwright.dosefinding.recommend import decide

MAX_PATHS = 100_000


@dataclass(frozen=True, slots=True)
class Path:
    """One course of the next cohorts: (dose, participants, DLTs) of each, the dose after them and why.

    `probability` is None without true DLT rates; the order of DLTs within a cohort does not matter.
    """

    cohorts: tuple[tuple[int, int, int], ...]
    dose: int | None
    move: str
    reason: str
    probability: float | None

    @property
    def text(self) -> str:
        """The path in the notation of outcomes, such as "1NNN 2NTT"."""
        return " ".join(f"{dose}{'N' * (size - dlts)}{'T' * dlts}" for dose, size, dlts in self.cohorts)


def pathways(
    design: Design,
    cohorts: int,
    participants: Sequence[Participant] = (),
    truth: Sequence[float] | None = None,
) -> list[Path]:
    """All courses of the next `cohorts` cohorts from the outcomes so far (dose-transition pathways).

    Source: Yap, Billingham, Cheung, Craddock and O'Quigley 2017, Clin Cancer Res 23:7440.  Raises DoseInputError
    where outcomes are pending or there are more than 100,000 paths.
    """
    if truth is not None:
        check_truth(truth, design.doses)
    if any(person.pending for person in participants):
        raise DoseInputError("some outcomes are pending; pathways start from complete outcomes.")
    if cohorts < 1:
        raise DoseInputError(f"the number of cohorts ahead is {cohorts}; give 1 or more.")
    if 1 + max(design.cohort_sizes) > MAX_PATHS ** (1 / cohorts):
        raise DoseInputError(
            f"{cohorts} cohorts of {max(design.cohort_sizes)} have more than {MAX_PATHS:,} paths; look fewer"
            " cohorts ahead,"
            " or use `dose exact` for the whole trial."
        )
    found: list[Path] = []
    _grow(design, cohorts, tuple(participants), (), None if truth is None else 1.0, truth, found)
    return found


def _grow(
    design: Design,
    left: int,
    people: tuple[Participant, ...],
    done: tuple[tuple[int, int, int], ...],
    probability: float | None,
    truth: Sequence[float] | None,
    found: list[Path],
) -> None:
    decision = decide(design, people)
    if left == 0 or decision.dose is None:
        found.append(Path(done, decision.dose, decision.move, decision.message, probability))
        return
    dose, size = decision.dose, decision.cohort or design.cohort_at(decision.dose)
    marker = max((person.cohort for person in people), default=0) + 1
    for toxic in range(size + 1):
        chance = probability
        if truth is not None and probability is not None:
            p = truth[dose - 1]
            chance = probability * comb(size, toxic) * p**toxic * (1 - p) ** (size - toxic)
        new = tuple(Participant(f"{marker}.{k}", dose, k >= size - toxic, cohort=marker) for k in range(size))
        _grow(design, left - 1, people + new, (*done, (dose, size, toxic)), chance, truth, found)
