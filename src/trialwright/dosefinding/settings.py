"""A design from plain named settings, as a command line, a protocol file or a notebook gives them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trialwright.dosefinding.boin12 import Boin12
from trialwright.dosefinding.checks import DoseInputError, check_target
from trialwright.dosefinding.crm import PRIOR_SD, Crm
from trialwright.dosefinding.design import Design, Rule
from trialwright.dosefinding.interval import Boin, I3Plus3, Keyboard, Mtpi2, OwnTable
from trialwright.dosefinding.rollingsix import RollingSix
from trialwright.dosefinding.skeleton import indifference_skeleton
from trialwright.dosefinding.threeplusthree import ThreePlusThree
from trialwright.dosefinding.tite import TiteBoin, TiteCrm
from trialwright.dosefinding.verdicts import Boundary

NAMES = ("3+3", "rolling-six", "i3+3", "boin", "keyboard", "mtpi2", "crm", "tite-crm", "tite-boin", "boin12")
WITHOUT_TARGET = ("3+3", "rolling-six")


@dataclass(frozen=True, slots=True)
class DesignSettings:
    """Everything that a design may be told; None stands for the default of the rule concerned.

    `cohorts` times the cohort size is the maximum n where `max_n` is not given.
    """

    name: str = "boin"
    target: float | None = None
    doses: int | None = None
    start: int = 1
    cohort_size: int | Sequence[int] | None = None
    cohorts: int | None = None
    max_n: int | None = None
    max_per_dose: int | None = None
    settle_n: int | None = None
    cap: int | None = None
    no_skipping: bool | None = None
    coherent: bool | None = None
    titration: bool = False
    stop_above: float | None = None
    backfill: int | None = None
    sentinel_days: float | Sequence[float] | None = None
    stagger_days: float | Sequence[float] | None = None
    window: float = 28.0
    weights: str = "linear"
    tite_rule: str = "stft"
    max_pending: float = 0.5
    skeleton: Sequence[float] | None = None
    halfwidth: float = 0.05
    prior_mtd: int | None = None
    model: str = "empiric"
    intercept: float = 3.0
    scale: float | None = None
    method: str = "bayes"
    p_saf: float | None = None
    p_tox: float | None = None
    cutoff: float = 0.95
    offset: float = 0.05
    extra_safe: bool = False
    bound_mtd: bool = False
    left: float = 0.05
    right: float = 0.05
    deescalate_to_fill_6: bool = True
    confirm_top_6: bool = True
    response: float = 0.25
    utility_neither: float = 40.0
    utility_both: float = 60.0
    table: Sequence[Boundary] = field(default_factory=tuple)


def settings_from(values: Mapping[str, Any]) -> DesignSettings:
    """Settings from a plain mapping; hyphens and underscores are the same.  Unknown names raise DoseInputError."""
    known = DesignSettings.__dataclass_fields__
    clean = {key.replace("-", "_"): value for key, value in values.items()}
    unknown = sorted(set(clean) - set(known))
    if unknown:
        raise DoseInputError(f"the design has unknown settings {', '.join(unknown)}; known are {', '.join(known)}.")
    for key, value in clean.items():
        kind = str(known[key].type)
        items = value if isinstance(value, list | tuple) else [value]
        if key != "table" and ("int" in kind or "float" in kind):
            if any(isinstance(item, bool) or not isinstance(item, int | float | None) for item in items):
                raise DoseInputError(f"the design's {key} is {value!r}; give a number.")
            if "float" not in kind and any(item is not None and item != int(item) for item in items):
                raise DoseInputError(f"the design's {key} is {value!r}; give a whole number.")
        elif "bool" in kind and not isinstance(value, bool | None):
            raise DoseInputError(f"the design's {key} is {value!r}; give true or false.")
    return DesignSettings(**clean)


def make_design(settings: DesignSettings) -> Design:
    """The design that the settings describe.  Raises DoseInputError with what is missing or out of range."""
    if settings.name not in NAMES and settings.name != "own-table":
        raise DoseInputError(f"there is no design {settings.name!r}; choose one of {', '.join(NAMES)}.")
    if settings.target is None and settings.name not in WITHOUT_TARGET:
        raise DoseInputError(f"{settings.name} needs a target DLT rate; give --target, such as 0.30.")
    doses = settings.doses or (len(settings.skeleton) if settings.skeleton else 0)
    if doses < 1:
        raise DoseInputError("the number of doses is unknown; give --doses, --truth, --skeleton or --protocol.")
    if settings.target is not None:
        check_target(settings.target)
    rule = make_rule(settings, doses)
    is_crm = settings.name in ("crm", "tite-crm")
    sizes = _sequence(settings.cohort_size, 1 if settings.name == "rolling-six" else 3)
    if settings.cohorts is not None and settings.cohorts < 1:
        raise DoseInputError(f"the number of cohorts is {settings.cohorts}; give 1 or more.")
    if any(not isinstance(size, int) or size < 1 for size in sizes):
        raise DoseInputError("a cohort has at least one participant; give a cohort size of 1 or more.")
    max_n = settings.max_n
    if max_n is None and settings.cohorts is not None:
        max_n = settings.cohorts * int(max(sizes))
    return Design(
        rule,
        doses,
        start=settings.start,
        cohort_sizes=(1,) if settings.name == "rolling-six" else tuple(int(size) for size in sizes),
        max_n=max_n,
        max_n_per_dose=settings.max_per_dose,
        settle_n=settings.settle_n,
        cap=settings.cap,
        skip=not (settings.no_skipping if settings.no_skipping is not None else is_crm),
        coherent=settings.coherent if settings.coherent is not None else is_crm,
        titrate=settings.titration,
        stop_above=settings.stop_above,
        backfill_per_dose=settings.backfill,
        sentinel_days=tuple(map(float, _sequence(settings.sentinel_days, 0.0))),
        stagger_days=tuple(map(float, _sequence(settings.stagger_days, 0.0))),
    )


def make_rule(settings: DesignSettings, doses: int) -> Rule:
    """The rule alone, for `doses` dose levels."""
    target = 0.0 if settings.target is None else settings.target
    match settings.name:
        case "3+3":
            return ThreePlusThree(settings.deescalate_to_fill_6, settings.confirm_top_6)
        case "rolling-six":
            return RollingSix(settings.window)
        case "i3+3":
            return I3Plus3(target, settings.left, settings.right, settings.cutoff)
        case "boin":
            return _boin(settings, target)
        case "keyboard":
            return Keyboard(target, settings.left, settings.right, settings.cutoff)
        case "mtpi2":
            return Mtpi2(target, settings.left, settings.right, settings.cutoff)
        case "crm":
            return _crm(settings, target, doses)
        case "tite-crm":
            return TiteCrm(_crm(settings, target, doses), settings.window, settings.weights)
        case "tite-boin":
            return TiteBoin(_boin(settings, target), settings.window, settings.tite_rule, settings.max_pending)
        case "boin12":
            return Boin12(target, settings.response, settings.utility_neither, settings.utility_both, settings.cutoff)
        case "own-table":
            return OwnTable(target, tuple(settings.table))
    raise TypeError(f"no rule for {settings.name!r}")


def skeleton_for(settings: DesignSettings, doses: int) -> tuple[float, ...]:
    """The skeleton given, or by indifference intervals around the prior MTD (the middle dose unless given)."""
    if settings.skeleton is not None:
        return tuple(float(p) for p in settings.skeleton)
    assert settings.target is not None
    return indifference_skeleton(
        settings.target,
        doses,
        settings.prior_mtd or (doses + 1) // 2,
        settings.halfwidth,
        settings.model,
        settings.intercept,
    )


def _boin(settings: DesignSettings, target: float) -> Boin:
    return Boin(
        target,
        settings.p_saf,
        settings.p_tox,
        settings.cutoff,
        settings.extra_safe,
        settings.offset,
        settings.bound_mtd,
    )


def _crm(settings: DesignSettings, target: float, doses: int) -> Crm:
    scale = PRIOR_SD if settings.scale is None else settings.scale
    skeleton = skeleton_for(settings, doses)
    return Crm(target, skeleton, settings.model, settings.intercept, scale, settings.method)


def _sequence(value: Any, default: Any) -> tuple[Any, ...]:
    if value is None:
        return (default,)
    if isinstance(value, int | float):
        return (value,)
    return tuple(value)
