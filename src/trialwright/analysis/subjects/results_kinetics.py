"""Results about the cells: kinetic parameters by dose level, depletion and recovery of B cells."""

from __future__ import annotations

from collections.abc import Mapping

from trialwright.analysis.pharmacodynamics.bcells import Depletion, recovery_curve, recovery_kaplan_meier
from trialwright.analysis.subjects.adpc import NAMES
from trialwright.analysis.subjects.adtte import depletion_of
from trialwright.analysis.subjects.results_rows import Group, Results, groups
from trialwright.analysis.subjects.shape import Dataset, by_subject
from trialwright.analysis.subjects.subject import Subject

FIRST = "0-28"
PARAMETERS = (
    ("CMAX", FIRST), ("TMAX", FIRST), ("AUCINT", FIRST), ("AUCLST", "0-inf"), ("AUCINT", "0-90"), ("TLST", "0-inf"),
    ("CLST", "0-inf"), ("LAMZHL", "0-inf"), ("CMAXD", FIRST), ("AUCINTD", FIRST),
)  # fmt: skip
"""Code and interval.  The first interval of a code is named by the code alone."""
TIMES = {"TMAX", "TLST", "LAMZHL"}


def kinetics(out: Results, subjects: tuple[Subject, ...], data: Mapping[str, Dataset]) -> None:
    """Parameters of everybody with a usable sample; B cells of everybody infused."""
    for group in groups(data["ADSL"], "pk", "PKFL"):
        _parameters(out, group, data["ADPP"])
    for group in groups(data["ADSL"], "pk", "PKFL"):
        _visits(out, group, data["ADPC"])
    samples = data["ADPC"]
    own = by_subject(samples)
    found = {s.id: depletion_of(s, own.get(s.id, [])) for s in subjects if s.infusion is not None}
    if not any(row["PARAMCD"] == "BCELL" for row in samples):
        return
    for group in groups(data["ADSL"], "safety", "SAFFL"):
        _b_cells(out, group, {id: one for id, one in found.items() if id in group.ids})


def _parameters(out: Results, group: Group, adpp: Dataset) -> None:
    seen: set[str] = set()
    for analyte in dict.fromkeys(row["PPCAT"] for row in adpp):
        seen.clear()
        for code, interval in PARAMETERS:
            rows = [
                row
                for row in adpp
                if (row["PPCAT"], row["PARAMCD"], row["PPINT"]) == (analyte, code, interval)
                and row["USUBJID"] in group.ids
            ]
            unit = next((row["AVALU"] for row in adpp if row["PPCAT"] == analyte and row["PARAMCD"] == code), "")
            name = f"kinetics {code} {NAMES[analyte]}" + (f" days {interval}" if code in seen else "")
            seen.add(code)
            out.summary(
                name, group, "", [row["AVAL"] for row in rows], unit=unit or "",
                reasons=[row["AVALREAS"] for row in rows], geometric=code not in TIMES,
            )  # fmt: skip


def _visits(out: Results, group: Group, adpc: Dataset) -> None:
    """At each visit of the protocol: how many samples, how many quantifiable, geometric mean of these."""
    rows = [r for r in adpc if r["ANL01FL"] == "Y" and r["NRRELTM"] is not None and r["PARAMCD"] != "BCELL"]
    for code, day in sorted({(r["PARAMCD"], r["NRRELTM"]) for r in rows}, key=lambda k: (k[0] != "TRANSGENE", k)):
        own = [r for r in rows if (r["PARAMCD"], r["NRRELTM"]) == (code, day) and r["USUBJID"] in group.ids]
        values = [r["AVAL"] for r in own if r["BLQFL"] == "N"]
        level = f"day {day:g}"
        out.count(f"{NAMES[code]} quantifiable", group, level, len(values), len(own))
        out.summary(
            f"{NAMES[code]} concentration", group, level, values, unit=own[0]["AVALU"] if own else "", geometric=True
        )


def _b_cells(out: Results, group: Group, found: Mapping[str, Depletion | None]) -> None:
    known = [d for d in found.values() if d is not None and d.depleted is not None]
    depleted = [d for d in known if d.depleted]
    out.count("b cells depleted", group, "", len(depleted), len(known), interval=True)
    nadirs = [d.nadir_time for d in known if d.nadir_time is not None]
    out.summary("b-cell nadir", group, "", nadirs, unit="days")
    longest = [d for d in depleted if d.recovery is not None]
    back = [d for d in longest if d.recovered]
    out.count("b cells recovered", group, "", len(back), len(longest), interval=True)
    estimand = "time to b-cell recovery"
    if not longest:
        out.unknown(
            estimand,
            group,
            "",
            ("median", f"lower {out.percent}", f"upper {out.percent}"),
            0,
            "no subject was depleted",
        )
        return
    late = "half of the depleted have not been seen to recover"
    turnbull = recovery_curve(longest).quantile(0.5)
    for side, value in zip(("after", "by"), turnbull, strict=True):
        out.add(
            estimand,
            group,
            "interval-censored",
            f"median {side}",
            value,
            n=len(longest),
            unit="days",
            method="Turnbull",
            reason=late,
        )
    curve = recovery_kaplan_meier(longest, out.level)
    median = curve.quantile(0.5)
    method = f"Kaplan-Meier, {curve.interval} interval, event at the visit that found it"
    for name, value in zip(("median", f"lower {out.percent}", f"upper {out.percent}"), median, strict=True):
        out.add(
            estimand,
            group,
            "",
            name,
            value,
            n=len(longest),
            unit="days",
            method=method,
            reason=late if name == "median" else "the limit of the curve does not reach one half",
        )
    out.add(estimand, group, "day 0", "survival", 1.0, n=len(longest), method=method)
    out.add(estimand, group, "day 0", "at risk", len(longest), n=len(longest))
    for step in curve.steps:
        level = f"day {step.time:g}"
        for name, number in (
            ("survival", step.survival),
            (f"lower {out.percent}", step.lower),
            (f"upper {out.percent}", step.upper),
        ):
            out.add(estimand, group, level, name, number, n=len(longest), method=method, reason=step.reason)
        for name, count in (("at risk", step.at_risk), ("events", step.events), ("censored", step.censored)):
            out.add(estimand, group, level, name, count, n=len(longest))
