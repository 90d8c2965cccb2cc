"""ADSL: one row per participant: dates, doses, analysis sets, end of study.

Sets: safety and efficacy are everybody infused by the cut; evaluable for dose-limiting toxicity as `dlt.py` says;
kinetics are those infused with a usable sample of the transgene after the infusion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trialwright.analysis.subjects.dlt import Toxicity
from trialwright.analysis.subjects.shape import Dataset, Variable, dataset
from trialwright.analysis.subjects.subject import Remark, Subject, is_dose
from trialwright.language.facts import DAY, date_of

DISEASES = {"systemic_lupus_erythematosus": "SLE", "diffuse_systemic_sclerosis": "SSc", "systemic_sclerosis": "SSc"}
VARIABLES = (
    Variable("STUDYID", "Study Identifier"),
    Variable("USUBJID", "Unique Subject Identifier"),
    Variable("SUBJID", "Subject Identifier for the Study"),
    Variable("SITEID", "Study Site Identifier"),
    Variable("AGE", "Age at Consent or Start of Treatment", "integer"),
    Variable("AGEU", "Age Units"),
    Variable("SEX", "Sex"),
    Variable("ARM", "Description of Planned Arm"),
    Variable("ARMCD", "Planned Arm Code"),
    Variable("TRT01P", "Planned Treatment"),
    Variable("TRT01A", "Actual Treatment"),
    Variable("COHORT", "Disease"),
    Variable("DOSELVL", "Dose Level", "integer"),
    Variable("DOSEP", "Planned Dose", "number"),
    Variable("DOSEA", "Actual Dose", "number"),
    Variable("DOSEU", "Dose Units"),
    Variable("DOSEX", "Why There Is No Actual Dose"),
    Variable("RFICDT", "Date of Informed Consent", "date"),
    Variable("LEUKDT", "Date of Leukapheresis", "date"),
    Variable("LDSDT", "Start of Lymphodepletion", "date"),
    Variable("TRTSDT", "Date of Infusion", "date"),
    Variable("TRTSTM", "Time of Infusion"),
    Variable("VEINDY", "Days from Leukapheresis to Infusion", "integer"),
    Variable("LDINFDY", "Days from Lymphodepletion to Infusion", "integer"),
    Variable("DCUTDT", "Date of Data Cut", "date"),
    Variable("LSTVDT", "Date of Last Contact", "date"),
    Variable("LSTVDY", "Day of Last Contact after Infusion", "integer"),
    Variable("EOSSTT", "End of Study Status"),
    Variable("EOSDT", "End of Study Date", "date"),
    Variable("DCSREAS", "Reason for Discontinuation"),
    Variable("DTHDT", "Date of Death", "date"),
    Variable("WEIGHTBL", "Weight at Baseline (kg)", "number"),
    Variable("DISDUR", "Disease Duration at Baseline (years)", "number"),
    Variable("ENRLFL", "Enrolled Population Flag"),
    Variable("SAFFL", "Safety Population Flag"),
    Variable("EFFFL", "Efficacy Population Flag"),
    Variable("DLTEVLFL", "Evaluable for Dose-Limiting Toxicity"),
    Variable("DLTEVLX", "Why Not Evaluable"),
    Variable("DLTFL", "Dose-Limiting Toxicity in the Window"),
    Variable("PKFL", "Kinetics Population Flag"),
)


def adsl(
    subjects: Sequence[Subject], toxic: Mapping[str, Toxicity], sampled: frozenset[str]
) -> tuple[Dataset, list[Remark]]:
    """The participants in order of their ids; `sampled` are those with a usable transgene sample after infusion."""
    remarks: list[Remark] = [remark for subject in subjects for remark in subject.remarks]
    rows = [_row(subject, toxic[subject.id], subject.id in sampled, remarks) for subject in subjects]
    return dataset("ADSL", "Subject-Level Analysis Dataset", VARIABLES, rows), remarks


def _row(subject: Subject, tox: Toxicity, sampled: bool, remarks: list[Remark]) -> dict[str, Any]:
    plan, infused = subject.plan, subject.infusion is not None
    label = subject.treatment
    start = _start(subject)
    actual, why = _dose(subject, remarks)
    remarks += _level(subject)
    infusion = subject.infusion
    timed = infusion is not None and infusion.lower == infusion.upper
    status, reason, ended = _status(subject)
    code = None if subject.level is None else f"DL{subject.level}"
    return {
        "STUDYID": plan.protocol.id,
        "USUBJID": subject.id,
        "SUBJID": subject.id,
        "SITEID": subject.site,
        "AGE": _age(subject, start),
        "AGEU": "YEARS",
        "SEX": _sex(subject),
        "ARM": label,
        "ARMCD": code,
        "TRT01P": label,
        "TRT01A": label if infused else None,
        "COHORT": _disease(subject),
        "DOSELVL": subject.level,
        "DOSEP": subject.number("car_t_dose_planned"),
        "DOSEA": actual,
        "DOSEU": "cells",
        "DOSEX": why,
        "RFICDT": _date(_consent(subject)),
        "LEUKDT": _date(subject.days.get("leukapheresis")),
        "LDSDT": _date(subject.days.get("lymphodepletion")),
        "TRTSDT": _date(subject.days.get("infusion")),
        "TRTSTM": _clock(infusion.lower) if timed and infusion is not None else None,
        "VEINDY": _between(subject, "leukapheresis"),
        "LDINFDY": _between(subject, "lymphodepletion"),
        "DCUTDT": subject.cut,
        "LSTVDT": _date(subject.last_contact),
        "LSTVDY": None if subject.last_contact is None else subject.relative(subject.last_contact),
        "EOSSTT": status,
        "EOSDT": _date(ended),
        "DCSREAS": reason,
        "DTHDT": _date(_death(subject)),
        "WEIGHTBL": subject.number("weight", subject.before),
        "DISDUR": _duration(subject, start),
        "ENRLFL": "Y",
        "SAFFL": "Y" if infused else "N",
        "EFFFL": "Y" if infused else "N",
        "DLTEVLFL": "Y" if tox.evaluable else "N",
        "DLTEVLX": tox.reason,
        "DLTFL": ("Y" if tox.event else "N") if tox.evaluable else None,
        "PKFL": "Y" if infused and sampled else "N",
    }


def _date(day: int | None) -> Any:
    return None if day is None else date_of(day)


def _clock(minute: int) -> str:
    return f"{minute % DAY // 60:02d}:{minute % 60:02d}"


def _consent(subject: Subject) -> int | None:
    """The day of the consent under which treatment began: the last one up to its first instant, else the first.

    A consent to an amendment, signed later, moves neither the date nor the age.
    """
    given = [f for f in subject.facts("informed_consent") if f.present and "absent" not in (f.categories or ())]
    start = min(subject.days.values(), default=None)
    before = [f for f in given if start is not None and f.start.last_day <= start]
    fact = before[-1] if before else given[0] if given else None
    return fact.start.first_day if fact is not None and fact.start.first_day == fact.start.last_day else None


def _start(subject: Subject) -> int | None:
    """The day to which age and duration of the disease are counted: consent, else the first instant of treatment."""
    return next((d for d in (_consent(subject), *sorted(subject.days.values())) if d is not None), None)


def _age(subject: Subject, day: int | None) -> int | None:
    births = subject.facts("birth")
    if day is None or len(births) != 1:
        return None
    ages = {_years(edge, day) for edge in (births[0].start.first_day, births[0].start.last_day)}
    return ages.pop() if len(ages) == 1 else None


def _years(born: int, day: int) -> int:
    a, b = date_of(born), date_of(day)
    return b.year - a.year - ((b.month, b.day) < (a.month, a.day))


def _sex(subject: Subject) -> str | None:
    stated = {c for fact in subject.facts("sex") for c in (fact.categories or ())}
    return {"female": "F", "male": "M"}.get(stated.pop()) if len(stated) == 1 else None


def _dose(subject: Subject, remarks: list[Remark]) -> tuple[float | None, str | None]:
    if subject.infusion is None:
        return None, "not infused"
    given, planned = subject.dose, subject.number("car_t_dose_planned")
    if given is None:
        why = "the dose that was infused is not recorded"
        remarks.append(Remark(subject.id, "ADSL", "car_t_dose_infused", why))
        return None, why
    if planned is not None and abs(given - planned) > 0.10 * planned:
        share = 100 * given / planned
        remarks.append(
            Remark(subject.id, "ADSL", "car_t_dose_infused", f"{share:.0f} % of the planned dose was infused")
        )
    return given, None


def _level(subject: Subject) -> Iterator[Remark]:
    """What speaks against the recorded dose level: the protocol has none of that number, or the dose is another."""
    number, levels = subject.level, subject.plan.protocol.dose_levels
    if number is None or not levels:
        return
    level = subject.plan.level(number)
    if level is None:
        said = f"dose level {number} is recorded, of which the protocol has {len(levels)}; kept as a group of its own"
        yield Remark(subject.id, "ADSL", "dose_level", f"{said}, check the level and the trial")
        return
    doses = (subject.per(level, name) for name in ("car_t_dose_planned", "car_t_dose_infused"))
    given = next((dose for dose in doses if dose is not None), None)
    if given is not None and not is_dose(given, level):
        unit = level.unit + (f" per {level.per}" if level.per else "")
        said = f"the dose is {given:.3g} {unit}, not that of dose level {number} ({float(level.value):.3g})"
        yield Remark(subject.id, "ADSL", "dose_level", f"{said}; check the level, the dose and the trial")


def _status(subject: Subject) -> tuple[str, str | None, int | None]:
    if subject.ended is None:
        return "ONGOING", None, None
    day, how = subject.ended
    return ("COMPLETED", None, day) if how == "completed" else ("DISCONTINUED", how, day)


def _death(subject: Subject) -> int | None:
    fact = subject.latest("death")
    return fact.start.first_day if fact is not None and fact.start.first_day == fact.start.last_day else None


def _between(subject: Subject, name: str) -> int | None:
    days = subject.days
    return days["infusion"] - days[name] if name in days and "infusion" in days else None


def _disease(subject: Subject) -> str | None:
    """The diseases that are surely recorded; a refuted or a look-alike diagnosis is none of them."""
    found = {
        short: None for name, short in DISEASES.items() if any(f.present and f.certain for f in subject.facts(name))
    }
    return " and ".join(found) or None


def _duration(subject: Subject, day: int | None) -> float | None:
    """Years since the diagnosis, to one decimal; None where its date is known only in part beyond a year."""
    starts = [f.start for name in DISEASES for f in subject.facts(name) if f.present and f.certain]
    if not starts or day is None:
        return None
    first = min(starts, key=lambda s: s.lower)
    if first.last_day - first.first_day > 366:
        return None
    return round((day - (first.first_day + first.last_day) / 2) / 365.25, 1)
