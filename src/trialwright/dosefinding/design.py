"""A dose-escalation design: a rule, the doses it moves over, and modifiers that bind it.

design = Design(Boin(0.30), doses=4) | start_at(2) | stop_at_n(24) | no_skipping()
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from trialwright.dosefinding.boin12 import Boin12
from trialwright.dosefinding.checks import DoseInputError
from trialwright.dosefinding.crm import Crm
from trialwright.dosefinding.interval import Boin, I3Plus3, IntervalRule, Keyboard, Mtpi2, OwnTable
from trialwright.dosefinding.rollingsix import RollingSix
from trialwright.dosefinding.threeplusthree import ThreePlusThree
from trialwright.dosefinding.tite import TiteBoin, TiteCrm

FiniteRule = Boin | Keyboard | Mtpi2 | I3Plus3 | OwnTable | ThreePlusThree | Crm
Rule = FiniteRule | RollingSix | TiteBoin | TiteCrm | Boin12

RULE_NAMES: dict[type, str] = {
    ThreePlusThree: "3+3",
    RollingSix: "rolling-six",
    I3Plus3: "i3+3",
    Boin: "boin",
    Keyboard: "keyboard",
    Mtpi2: "mtpi2",
    Crm: "crm",
    TiteCrm: "tite-crm",
    TiteBoin: "tite-boin",
    Boin12: "boin12",
    OwnTable: "own-table",
}


MOST = 600  # participants; tables of moves grow with the square


@dataclass(frozen=True, slots=True)
class Design:
    """A rule over `doses` dose levels, numbered from 1, with the limits that a protocol sets.

    `max_n` bounds the trial, `max_n_per_dose` a dose; at `settle_n` participants on a dose the trial ends if the
    rule would stay there.  `cap` is the highest dose that may be given.  `titrate` gives single participants until
    the first DLT.  `sentinel_days` and `stagger_days` are per dose: from the first participant of a cohort to the
    second, and between the others.
    """

    rule: Rule
    doses: int
    start: int = 1
    cohort_sizes: tuple[int, ...] = (3,)
    max_n: int | None = None
    max_n_per_dose: int | None = None
    settle_n: int | None = None
    cap: int | None = None
    skip: bool = True
    coherent: bool = False
    titrate: bool = False
    stop_above: float | None = None
    backfill_per_dose: int | None = None
    replace_unevaluable: bool = True
    sentinel_days: tuple[float, ...] = (0.0,)
    stagger_days: tuple[float, ...] = (0.0,)

    def __post_init__(self) -> None:
        if self.doses < 1:
            raise DoseInputError(f"a design needs at least one dose, not {self.doses}.")
        if not 1 <= self.start <= self.top:
            raise DoseInputError(f"the start level is {self.start}; it must be one of the doses 1 to {self.top}.")
        if self.cap is not None and not 1 <= self.cap <= self.doses:
            raise DoseInputError(f"the dose cap is {self.cap}; it must be one of the doses 1 to {self.doses}.")
        for name, values in (
            ("cohort size", self.cohort_sizes),
            ("sentinel interval", self.sentinel_days),
            ("stagger interval", self.stagger_days),
        ):
            if len(values) not in (1, self.doses):
                raise DoseInputError(f"give one {name} or one per dose ({self.doses}), not {len(values)}.")
        if max(self.max_n or 1, *self.cohort_sizes, self.doses) > MOST:
            raise DoseInputError(
                f"a dose escalation with more than {MOST:,} participants or doses is out of reach here."
            )
        if min(self.cohort_sizes) < 1:
            raise DoseInputError("a cohort has at least one participant; give a cohort size of 1 or more.")
        if not all(0 <= days < 10_000 for days in (*self.sentinel_days, *self.stagger_days)):
            raise DoseInputError("sentinel and stagger intervals are days, 0 or more.")
        for what, limit in (
            ("participants in total", self.max_n),
            ("participants per dose", self.max_n_per_dose),
            ("participants at which a dose settles", self.settle_n),
            ("backfilled participants per dose", self.backfill_per_dose),
        ):
            if limit is not None and limit < 1:
                raise DoseInputError(f"the number of {what} is {limit}; give 1 or more.")
        if isinstance(self.rule, ThreePlusThree) and set(self.cohort_sizes) != {3}:
            raise DoseInputError("3+3 treats cohorts of 3; leave the cohort size at 3.")
        skeleton = skeleton_of(self.rule)
        if skeleton is not None and len(skeleton) != self.doses:
            raise DoseInputError(f"the skeleton has {len(skeleton)} rates for {self.doses} doses.")

    def __or__(self, modifier: "Modifier") -> "Design":
        known = {item.name for item in fields(self)}
        assert set(modifier.changes) <= known, modifier
        return replace(self, **modifier.changes)  # type: ignore[arg-type]

    @property
    def top(self) -> int:
        return self.doses if self.cap is None else self.cap

    @property
    def name(self) -> str:
        return RULE_NAMES[type(self.rule)]

    def cohort_at(self, dose: int) -> int:
        return self.cohort_sizes[0 if len(self.cohort_sizes) == 1 else dose - 1]

    @property
    def limit(self) -> int:
        """Most participants that the trial can treat; without `max_n` 3+3 has its own limit, six per dose."""
        if self.max_n is not None:
            return self.max_n
        if isinstance(self.rule, ThreePlusThree | RollingSix):
            return 6 * self.doses
        return 10 * max(self.cohort_sizes)


@dataclass(frozen=True, slots=True)
class Modifier:
    """One change of a design; made by the functions below and applied with `|`, the later one winning."""

    changes: Mapping[str, object] = field(default_factory=dict)


def start_at(level: int) -> Modifier:
    """Give the first cohort `level`; levels below it are back-up levels, used only by de-escalation."""
    return Modifier({"start": level})


def stop_at_n(n: int) -> Modifier:
    """Treat at most `n` participants; the last cohort is shortened to fit."""
    return Modifier({"max_n": n})


def stop_at_n_per_dose(n: int) -> Modifier:
    """End the trial when the next cohort would go to a dose that has `n` participants already."""
    return Modifier({"max_n_per_dose": n})


def settle_at_n(n: int) -> Modifier:
    """End the trial when a dose has `n` participants and the rule would stay there.  BOIN 2.7.2, `n.earlystop`."""
    return Modifier({"settle_n": n})


def cohorts_of(*sizes: int) -> Modifier:
    """Treat cohorts of one size, or of one size per dose level."""
    return Modifier({"cohort_sizes": sizes})


def cap_at(level: int) -> Modifier:
    """Never give a dose above `level`."""
    return Modifier({"cap": level})


def no_skipping() -> Modifier:
    """Rise at most one level above the highest dose tried so far."""
    return Modifier({"skip": False})


def coherent() -> Modifier:
    """Do not escalate after a cohort whose observed DLT rate reaches the target.  Cheung 2005, Biometrics 61:863."""
    return Modifier({"coherent": True})


def titrate() -> Modifier:
    """Single participants until the first DLT or the top dose, then that dose's cohort is completed.

    Source: BOIN user guide, accelerated titration.
    """
    return Modifier({"titrate": True})


def stop_if_lowest_above(probability: float) -> Modifier:
    """End the trial where P(DLT rate of the lowest dose > target) under a uniform prior exceeds `probability`."""
    return Modifier({"stop_above": probability})


def stagger(between: float | tuple[float, ...], sentinel: float | tuple[float, ...] | None = None) -> Modifier:
    """Days between infusions within a cohort; `sentinel` from its first participant to the second."""
    days = between if isinstance(between, tuple) else (float(between),)
    first = days if sentinel is None else sentinel if isinstance(sentinel, tuple) else (float(sentinel),)
    return Modifier({"stagger_days": days, "sentinel_days": first})


def backfill(per_dose: int) -> Modifier:
    """Treat up to `per_dose` participants in all at tolerated doses below the current one while it is observed."""
    return Modifier({"backfill_per_dose": per_dose})


def skeleton_of(rule: Rule) -> tuple[float, ...] | None:
    match rule:
        case Crm():
            return rule.skeleton
        case TiteCrm():
            return rule.crm.skeleton
    return None


def target_of(rule: Rule) -> float | None:
    """Target DLT rate of a rule; None for 3+3 and rolling six, which have none."""
    match rule:
        case ThreePlusThree() | RollingSix():
            return None
        case TiteCrm():
            return rule.crm.target
        case TiteBoin():
            return rule.boin.target
    return rule.target


def interval_rule_of(rule: Rule) -> IntervalRule | None:
    """The interval rule that a design rests on once all follow-up is complete, if it is one."""
    match rule:
        case Boin() | Keyboard() | Mtpi2() | I3Plus3() | OwnTable():
            return rule
        case TiteBoin():
            return rule.boin
    return None
