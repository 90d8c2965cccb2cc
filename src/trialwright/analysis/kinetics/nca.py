"""Non-compartmental analysis of many profiles: the register applied to every interval, with reasons and flags."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialwright.analysis.kinetics.disposition import DISPOSITION
from trialwright.analysis.kinetics.exposure import EXPOSURE
from trialwright.analysis.kinetics.parameters import Parameter
from trialwright.analysis.kinetics.profiles import Profiles
from trialwright.analysis.kinetics.reasons import TEXT, Column, Mask, Reason, first_reason, reason_where
from trialwright.analysis.kinetics.settings import EndRule, Settings, Unaccepted
from trialwright.analysis.kinetics.terminal import Terminal, fit_terminal
from trialwright.analysis.kinetics.terminal_parameters import TERMINAL, span
from trialwright.analysis.kinetics.units import Units, derived_unit
from trialwright.analysis.kinetics.windows import Interval, Window, build_window
from trialwright.errors import TrialwrightError

PARAMETERS: tuple[Parameter, ...] = EXPOSURE + TERMINAL + DISPOSITION


def parse_intervals(text: str) -> tuple[Interval, ...]:
    """Intervals written as "0-28,0-inf".  Raises TrialwrightError for one that does not run forward from 0 or later."""
    found = []
    for part in text.split(","):
        label = part.strip()
        start, _, end = label.partition("-")
        try:
            bounds = float(start), float(end)
        except ValueError:
            bounds = (math.nan, math.nan)
        if not (0 <= bounds[0] < bounds[1]) or math.isinf(bounds[0]):
            raise TrialwrightError(f'"{label}" is not an interval; write START-END such as 0-28 or 0-inf')
        found.append(Interval(*bounds, label))
    return tuple(found)


WHOLE = (Interval(0.0, math.inf, "0-inf"),)


@dataclass(frozen=True, slots=True)
class Result:
    """All parameters of one interval: a column for each code, and the terminal fits behind them."""

    window: Window
    terminal: Terminal
    columns: Mapping[str, Column]
    poor_fit: Mask
    far_extrapolated: Mask


@dataclass(frozen=True, slots=True)
class Kinetics:
    """The outcome for all profiles and intervals; `rows` gives it in the shape of an ADPP dataset."""

    profiles: Profiles
    units: Units
    results: tuple[Result, ...]

    def rows(self) -> Iterator[dict[str, Any]]:
        """subject, interval, parameter, value, unit, reason (why there is no value), flag (why to doubt it)."""
        prepared = [_Prepared(result, self.units) for result in self.results]
        for i, subject in enumerate(self.profiles.subjects):
            for one in prepared:
                yield from one.rows(i, subject.id)

    def values(self, code: str, interval: int = 0) -> Column:
        """One parameter for all profiles.  Raises KeyError when the route or interval does not have it."""
        return self.results[interval].columns[code]


def analyse(
    profiles: Profiles,
    settings: Settings | None = None,
    intervals: Sequence[Interval] = WHOLE,
    units: Units | None = None,
) -> Kinetics:
    """Every parameter of the register that belongs to the route and the interval, for every profile."""
    settings = Settings() if settings is None else settings
    results = tuple(_analyse_one(profiles, settings, interval) for interval in intervals)
    return Kinetics(profiles, Units() if units is None else units, results)


def _analyse_one(profiles: Profiles, settings: Settings, interval: Interval) -> Result:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        window = build_window(profiles, interval, settings)
        terminal = fit_terminal(window)
        columns = {p.code: p.compute(window, terminal) for p in register(settings, interval)}
        accepted = settings.acceptance
        fitted = terminal.why == 0
        poor = fitted & ((terminal.r2adj < accepted.min_r2adj) | (span(terminal) < accepted.min_span))
        far = np.zeros(len(profiles), dtype=bool)
        if "AUCPEO" in columns:
            far = np.asarray(columns["AUCPEO"].value > accepted.max_extrapolated)
    if accepted.unaccepted is Unaccepted.EXCLUDE:
        for p in register(settings, interval):
            withheld = _questioned(p, poor, far)
            if withheld is not None:
                old = columns[p.code]
                why = first_reason(old.why, reason_where(withheld, Reason.NOT_ACCEPTED))
                columns[p.code] = Column(np.where(why == 0, old.value, np.nan), why)
    return Result(window, terminal, columns, poor, far)


def register(settings: Settings, interval: Interval) -> list[Parameter]:
    """The parameters that belong to this route and kind of interval, in the order of the register."""
    return [
        p for p in PARAMETERS if settings.route in p.routes and (p.bounded is None or p.bounded == interval.bounded)
    ]


def _questioned(p: Parameter, poor: Mask, far: Mask) -> Mask | None:
    match p.rests_on:
        case "samples":
            return None
        case "fit":
            return poor
        case "extrapolation":
            return poor | far
    raise TypeError(f"no rule for {p.rests_on!r}")


REMARKED = frozenset({"TLST", "AUCLST", "AUMCLST", "AUCINT", "AUCINTD", "CAVG"})


class _Prepared:
    """One interval's columns as lists, so that writing many rows stays fast."""

    def __init__(self, result: Result, units: Units) -> None:
        self.result = result
        self.settings = result.window.settings
        self.units = units
        self.columns = []
        for p in register(self.settings, result.window.interval):
            unit, factor = derived_unit(p.unit, units)
            column = result.columns[p.code]
            doubt = _questioned(p, result.poor_fit, result.far_extrapolated)
            questioned = None if doubt is None else doubt.tolist()
            self.columns.append((p, unit, (column.value * factor).tolist(), column.why.tolist(), questioned))

    def rows(self, i: int, subject: str) -> Iterator[dict[str, Any]]:
        label = self.result.window.interval.label
        doubted = bool(self.result.window.zero[i] or self.result.window.unusable[i])
        for p, unit, value, why, questioned in self.columns:
            reason = flag = None
            if why[i]:
                reason = self.text(Reason(why[i]), i)
            elif questioned is not None and questioned[i]:
                flag = self.failed(i)
            elif doubted or p.code in REMARKED:
                flag = self.remark(p, i)
            yield {
                "subject": subject,
                "interval": label,
                "parameter": p.code,
                "value": None if reason else value[i],
                "unit": unit,
                "reason": reason,
                "flag": flag,
            }

    def text(self, reason: Reason, i: int) -> str:
        w, z = self.result.window, self.result.terminal
        return TEXT[reason].format(
            last=self.time(w.sampled_to[i]),
            end=self.time(w.interval.end),
            points=int(z.candidates[i]),
            min_points=self.settings.min_points,
            failed=self.failed(i) if reason is Reason.NOT_ACCEPTED else "",
        )

    def time(self, value: float) -> str:
        return f"{value:g}" + (f" {self.units.time}" if self.units.time else "")

    def failed(self, i: int) -> str:
        accepted, z = self.settings.acceptance, self.result.terminal
        found = []
        if z.r2adj[i] < accepted.min_r2adj:
            found.append(f"adjusted R2 {z.r2adj[i]:.3f} is below {accepted.min_r2adj:g}")
        if span(z)[i] < accepted.min_span:
            found.append(f"the window spans {span(z)[i]:.2f} half-lives, fewer than {accepted.min_span:g}")
        if self.result.far_extrapolated[i]:
            share = self.result.columns["AUCPEO"].value[i]
            found.append(f"{share:.1f} % of the area is extrapolated, more than {accepted.max_extrapolated:g} %")
        return "; ".join(found)

    def remark(self, p: Parameter, i: int) -> str | None:
        w = self.result.window
        if w.zero[i]:
            return "every sample was recorded as 0"
        if w.unusable[i]:
            return f"{int(w.unusable[i])} of the samples in the interval could not be used (see findings)"
        if p.code == "TLST" and not math.isfinite(w.first_blq[i]):
            return "quantifiable at the last sample: persistence is at least this long"
        if p.code in {"AUCLST", "AUMCLST"} and w.last[i] > w.last_quantified[i]:
            return f"ends at {self.time(w.t[i, w.last[i]])}, where the BLQ rule puts a value for a BLQ sample"
        if p.code in {"AUCINT", "CAVG", "AUCINTD"} and w.sampled_to[i] < w.interval.end:
            how = "extrapolated with lambda z" if self.settings.end_rule is EndRule.EXTRAPOLATE else "counted as 0"
            return f"sampled to {self.time(w.sampled_to[i])} only; the rest is {how}"
        return None
