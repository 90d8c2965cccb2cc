"""Results about the participants: disposition, sets, baseline, exposure, dose-limiting toxicity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from trialwright.analysis.subjects.plan import Plan
from trialwright.analysis.subjects.results_rows import Results, groups
from trialwright.analysis.subjects.shape import Dataset
from trialwright.analysis.subjects.subject import Subject

SETS = (("safety", "SAFFL"), ("efficacy", "EFFFL"), ("dlt-evaluable", "DLTEVLFL"), ("pk", "PKFL"))
STEPS = (("consented", "RFICDT"), ("leukapheresis", "LEUKDT"), ("lymphodepletion", "LDSDT"), ("infused", "TRTSDT"))
SEXES = {"F": "female", "M": "male"}


def people(out: Results, plan: Plan, subjects: tuple[Subject, ...], data: Mapping[str, Dataset]) -> None:
    """Disposition, analysis sets, baseline and exposure, then dose-limiting toxicity."""
    _disposition(out, plan, subjects, data["ADSL"])
    _baseline(out, data)
    _exposure(out, data["ADSL"])
    _toxicity(out, data)


def _disposition(out: Results, plan: Plan, subjects: tuple[Subject, ...], adsl: Dataset) -> None:
    rows = {row["USUBJID"]: row for row in adsl}
    made = {s.id: {v.day for v in s.visits if v.day > 0 and any(map(v.holds, s.contacts))} for s in subjects}
    days = sorted({visit.day for visit in plan.protocol.visits if visit.day > 0})
    reasons = sorted({row["DCSREAS"] for row in adsl if row["DCSREAS"]})
    for group in groups(adsl, "enrolled", "ENRLFL"):
        inside = [rows[id] for id in sorted(group.ids)]
        steps = [(name, sum(row[column] is not None for row in inside)) for name, column in STEPS]
        infused = sum(row["SAFFL"] == "Y" for row in inside)
        steps[-1] = ("infused", infused)
        steps += [(f"day {day} visit", sum(day in made[id] for id in group.ids)) for day in days]
        steps += [
            (status.lower(), sum(row["EOSSTT"] == status for row in inside))
            for status in ("ONGOING", "COMPLETED", "DISCONTINUED")
        ]
        steps += [(f"discontinued | {why}", sum(row["DCSREAS"] == why for row in inside)) for why in reasons]
        out.count("disposition", group, "enrolled", group.n, group.n)
        for name, x in steps:
            out.count("disposition", group, name, x, group.n)
        for name, flag in SETS:
            out.count("analysis set", group, name, sum(row[flag] == "Y" for row in inside), group.n)
        for why, x in sorted(_counted(row["DLTEVLX"] for row in inside).items()):
            out.count("analysis set", group, f"not dlt-evaluable | {why}", x, group.n)


def _counted(reasons: Iterable[str | None]) -> Counter[str]:
    """Reasons without the day, which the dataset has."""
    return Counter(reason.split(" on day ")[0].split(" (")[0] for reason in reasons if reason)


def _baseline(out: Results, data: Mapping[str, Dataset]) -> None:
    adsl = data["ADSL"]
    rows = {row["USUBJID"]: row for row in adsl}
    starts = [row for row in data["ADEFF"] if row["ABLFL"] == "Y" and row["PARTYPE"] == "number"]
    measures = dict.fromkeys((row["PARCAT1"], row["PARNAME"], row["AVALU"]) for row in starts)
    for group in groups(adsl, "safety", "SAFFL"):
        inside = [rows[id] for id in sorted(group.ids)]
        for name, column, unit in (
            ("age", "AGE", "years"),
            ("weight", "WEIGHTBL", "kg"),
            ("disease duration", "DISDUR", "years"),
        ):
            out.summary(
                name,
                group,
                "",
                [row[column] for row in inside],
                unit=unit,
                reasons=[None if row[column] is not None else "not recorded" for row in inside],
            )
        for code, word in (*SEXES.items(), (None, "unknown")):
            x = sum(row["SEX"] == code for row in inside)
            if x or code is not None:
                out.count("sex", group, word, x, group.n)
        for disease in sorted({row["COHORT"] or "not recorded" for row in adsl}):
            out.count(
                "disease", group, disease, sum((row["COHORT"] or "not recorded") == disease for row in inside), group.n
            )
        for _, name, unit in measures:
            own = {row["USUBJID"]: row for row in starts if row["PARNAME"] == name and row["USUBJID"] in group.ids}
            out.summary(
                f"{name} at baseline",
                group,
                "",
                [r["AVAL"] for r in own.values()],
                unit=unit or "",
                reasons=[r["REASON"] or "not known" if r["AVAL"] is None else None for r in own.values()],
            )


def _exposure(out: Results, adsl: Dataset) -> None:
    rows = {row["USUBJID"]: row for row in adsl}
    for group in groups(adsl, "safety", "SAFFL"):
        inside = [rows[id] for id in sorted(group.ids)]
        out.summary(
            "dose given",
            group,
            "",
            [row["DOSEA"] for row in inside],
            unit="cells",
            reasons=[row["DOSEX"] for row in inside],
        )
        shares = [100 * row["DOSEA"] / row["DOSEP"] if row["DOSEA"] and row["DOSEP"] else None for row in inside]
        out.summary(
            "share of the planned dose",
            group,
            "",
            shares,
            unit="%",
            reasons=["dose not recorded" if s is None else None for s in shares],
        )
        for name, column in (
            ("vein to vein days", "VEINDY"),
            ("lymphodepletion to infusion days", "LDINFDY"),
            ("follow-up days", "LSTVDY"),
        ):
            out.summary(
                name,
                group,
                "",
                [row[column] for row in inside],
                unit="days",
                reasons=["a date is not recorded" if row[column] is None else None for row in inside],
            )


def _toxicity(out: Results, data: Mapping[str, Dataset]) -> None:
    adsl = data["ADSL"]
    rows = {row["USUBJID"]: row for row in adsl}
    counted = {row["USUBJID"] for row in adsl if row["DLTEVLFL"] == "Y" and row["DLTFL"] == "Y"}
    events = [row for row in data["ADAE"] if row["DLTFL"] == "Y" and row["USUBJID"] in counted]
    terms = sorted({row["AEDECOD"] for row in events})
    for group in groups(adsl, "dlt-evaluable", "DLTEVLFL"):
        toxic = {id for id in group.ids if rows[id]["DLTFL"] == "Y"}
        out.add("dose-limiting toxicity", group, "", "n", group.n, n=group.n)
        out.count("dose-limiting toxicity", group, "", len(toxic), group.n, interval=True)
        for term in terms:
            having = {row["USUBJID"] for row in events if row["AEDECOD"] == term} & toxic
            out.count("dose-limiting toxicity", group, term, len(having), group.n)
