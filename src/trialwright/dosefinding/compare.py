"""Designs next to each other on the same truths: exact where possible, on the calendar where time matters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from trialwright.dosefinding.boin12 import Boin12
from trialwright.dosefinding.calendar import Timeline
from trialwright.dosefinding.checks import DoseInputError
from trialwright.dosefinding.design import Design
from trialwright.dosefinding.exact import OperatingCharacteristics, exact
from trialwright.dosefinding.rollingsix import RollingSix
from trialwright.dosefinding.summary import summarise_batch
from trialwright.dosefinding.timed import simulate_timed
from trialwright.dosefinding.tite import TiteBoin, TiteCrm


@dataclass(frozen=True, slots=True)
class Comparison:
    """One design under one truth; `exact` is None where time matters, `timed` where no calendar was asked for."""

    design: str
    scenario: str
    truth: tuple[float, ...]
    exact: OperatingCharacteristics | None
    timed: OperatingCharacteristics | None

    @property
    def best(self) -> OperatingCharacteristics:
        """Exact figures where there are any."""
        found = self.exact or self.timed
        assert found is not None
        return found


def compare(
    designs: Mapping[str, Design],
    truths: Mapping[str, Sequence[float]],
    line: Timeline | None = None,
    trials: int = 10_000,
    seed: int = 1,
    target: float | None = None,
    tick: Callable[[], None] | None = None,
) -> list[Comparison]:
    """Operating characteristics of each design under each truth.

    With a `line` every design is also simulated on that calendar, for its duration; without one only the designs that
    depend on time are, on the default calendar.
    """
    found = []
    for scenario, truth in truths.items():
        for name, design in designs.items():
            if isinstance(design.rule, Boin12):
                raise DoseInputError("boin12 seeks another dose (by response too); simulate it by itself.")
            needs_time = isinstance(design.rule, TiteBoin | TiteCrm | RollingSix)
            certain = None if needs_time else exact(design, truth, target)
            timed = None
            if line is not None or needs_time:
                batch = simulate_timed(design, truth, line or Timeline(), trials, seed)
                timed = summarise_batch(batch, design, truth, target)
            found.append(Comparison(name, scenario, tuple(truth), certain, timed))
            if tick is not None:
                tick()
    return found
