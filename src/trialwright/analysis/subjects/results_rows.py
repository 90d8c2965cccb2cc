"""The long table of results: one row per number, with its denominator, its method, and why it is missing if it is."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from trialwright.analysis.statistics.binomial import clopper_pearson, wilson
from trialwright.analysis.statistics.summaries import summarise
from trialwright.analysis.subjects.shape import Dataset, Variable, dataset

VARIABLES = (
    Variable("order", "order of the rows", "integer"),
    Variable("protocol", "trial"),
    Variable("cut", "data cut", "date"),
    Variable("estimand", "what is estimated"),
    Variable("population", "in whom"),
    Variable("group", "dose level, or all"),
    Variable("level", "category within the estimand"),
    Variable("statistic", "what the number is"),
    Variable("value", "the number", "number"),
    Variable("unit", "unit"),
    Variable("method", "method"),
    Variable("n", "number of subjects it rests on", "integer"),
    Variable("reason", "why there is no number"),
)
ALL = "all"
UNKNOWN = "dose level unknown"


@dataclass(frozen=True, slots=True)
class Group:
    """The subjects of one dose level, or all of them, within one population."""

    population: str
    name: str
    ids: frozenset[str]

    @property
    def n(self) -> int:
        return len(self.ids)


def groups(people: Dataset, population: str, flag: str) -> list[Group]:
    """The dose levels in rising order, those without one, and all; everybody whose flag is Y."""
    inside = [row for row in people if row[flag] == "Y"]
    levels = sorted({row["DOSELVL"] for row in people if row["DOSELVL"] is not None})
    found = [
        Group(population, f"dose level {k}", frozenset(row["USUBJID"] for row in inside if row["DOSELVL"] == k))
        for k in levels
    ]
    if unknown := frozenset(row["USUBJID"] for row in inside if row["DOSELVL"] is None):
        found.append(Group(population, UNKNOWN, unknown))
    return [*found, Group(population, ALL, frozenset(row["USUBJID"] for row in inside))]


@dataclass(slots=True)
class Results:
    """Rows as they are found; `table` gives them as one dataset."""

    protocol: str
    cut: dt.date
    level: float
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def percent(self) -> str:
        return f"{100 * self.level:g}"

    def add(
        self, estimand: str, group: Group, level: str, statistic: str, value: float | None, *, n: int,
        unit: str = "", method: str = "", reason: str | None = None,
    ) -> None:  # fmt: skip
        """One number.  `reason` is kept where there is none; of a number of missing values it says why they are."""
        self.rows.append({
            "order": len(self.rows) + 1, "protocol": self.protocol, "cut": self.cut, "estimand": estimand,
            "population": group.population, "group": group.name, "level": level, "statistic": statistic,
            "value": value, "unit": unit or None, "method": method or None, "n": n,
            "reason": reason or None if value is None or statistic == "missing" else None,
        })  # fmt: skip

    def count(self, estimand: str, group: Group, level: str, x: int, n: int, **more: Any) -> None:
        """x of n, and the percentage; with `interval` the exact and the score interval of the share."""
        none = nobody(group)
        self.add(estimand, group, level, "count", x, n=n)
        self.add(estimand, group, level, "percent", 100 * x / n if n else None, n=n, unit="%", reason=none)
        if more.get("interval"):
            self.interval(estimand, group, level, x, n)

    def interval(self, estimand: str, group: Group, level: str, x: int, n: int) -> None:
        """Clopper-Pearson and Wilson limits of x of n, in percent."""
        exact = clopper_pearson(x, n, self.level) if n else None
        score = wilson(x, n, self.level) if n else None
        for prefix, found, method in (("", exact, "Clopper-Pearson"), ("wilson ", score, "Wilson")):
            for side in ("lower", "upper"):
                value = None if found is None else 100 * getattr(found, side)
                name = f"{prefix}{side} {self.percent}"
                self.add(estimand, group, level, name, value, n=n, unit="%", method=method, reason=nobody(group))

    def unknown(self, estimand: str, group: Group, level: str, statistics: Sequence[str], n: int, reason: str) -> None:
        """Numbers that cannot be had, for one reason."""
        for statistic in statistics:
            self.add(estimand, group, level, statistic, None, n=n, reason=reason)

    def summary(
        self, estimand: str, group: Group, level: str, values: Sequence[float | None], *, unit: str = "",
        reasons: Iterable[str | None] = (), geometric: bool = False, interval: bool = False,
    ) -> None:  # fmt: skip
        """n, missing, mean, SD, median and range; with `geometric` the geometric mean and CV and its interval."""
        found = summarise(list(values), self.level)
        why = said(reasons) or (nobody(group) if not values else "no value is there")
        n = found.n
        few = found.reason if n else why

        def put(statistic: str, value: float | None, method: str = "") -> None:
            self.add(estimand, group, level, statistic, value, n=n, unit=unit, method=method, reason=few or why)

        put("n", n)
        self.add(estimand, group, level, "missing", found.missing, n=n, reason=said(reasons))
        if geometric:
            put("geometric mean", found.geometric_mean)
            self.add(estimand, group, level, "geometric cv", found.geometric_cv, n=n, unit="%", reason=few or why)
            put(f"geometric lower {self.percent}", found.geometric_lower, "Student's t on logarithms")
            put(f"geometric upper {self.percent}", found.geometric_upper, "Student's t on logarithms")
        put("mean", found.mean)
        put("sd", found.sd)
        if interval:
            put(f"lower {self.percent}", found.mean_lower, "Student's t")
            put(f"upper {self.percent}", found.mean_upper, "Student's t")
        for statistic, value in (("median", found.median), ("q1", found.q1), ("q3", found.q3)):
            put(statistic, value, "quantiles of type 2")
        put("min", found.minimum)
        put("max", found.maximum)

    def table(self) -> Dataset:
        return dataset("RESULTS", "Results, one number per row", VARIABLES, self.rows)


def nobody(group: Group) -> str:
    """Why there is nothing to describe: the group is empty, or nobody of it has what is described."""
    return "nobody of this group is concerned" if group.n else "nobody is in this group"


def said(reasons: Iterable[str | None]) -> str:
    """The reasons with how often each was given: "no assessment in the window (2)"."""
    counts = Counter(reason for reason in reasons if reason)
    return "; ".join(f"{reason} ({n})" for reason, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
