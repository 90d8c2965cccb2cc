"""ADPP: kinetic parameters of every infused subject, by the non-compartmental analysis of `analysis.kinetics`.

Days 0 to 28, days 0 to 90, and the whole profile; extravascular logic, for cells expand after the infusion.  Every
parameter that is missing has its reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trialwright.analysis.kinetics.nca import analyse, parse_intervals
from trialwright.analysis.kinetics.profiles import build_profiles
from trialwright.analysis.kinetics.samples import Sample, Samples, Status
from trialwright.analysis.kinetics.samples import Subject as Profiled
from trialwright.analysis.kinetics.settings import Settings
from trialwright.analysis.kinetics.units import Units, parse
from trialwright.analysis.subjects.shape import Dataset, Row, Variable, dataset
from trialwright.analysis.subjects.subject import Remark, Subject
from trialwright.errors import TrialwrightError

OPTION = re.compile(r"; [^;]*--[^;]*$")
KINETIC = ("TRANSGENE", "CARPOS")
INTERVALS = "0-28,0-90,0-inf"
UNITS = {"TRANSGENE": "copies/ug", "CARPOS": "cells/uL"}
VARIABLES = (
    Variable("STUDYID", "Study Identifier"),
    Variable("USUBJID", "Unique Subject Identifier"),
    Variable("DOSELVL", "Dose Level", "integer"),
    Variable("PPCAT", "Analyte"),
    Variable("PARAMCD", "Parameter Code"),
    Variable("PARAM", "Parameter and Interval"),
    Variable("AVAL", "Analysis Value", "number"),
    Variable("AVALU", "Analysis Value Unit"),
    Variable("AVALREAS", "Why There Is No Analysis Value"),
    Variable("AVALFLG", "Why to Doubt the Value"),
    Variable("PPINT", "Interval in Days from Infusion"),
    Variable("PPSTINT", "Start of the Interval"),
    Variable("PPENINT", "End of the Interval"),
    Variable("DOSEA", "Actual Dose", "number"),
)


@dataclass(frozen=True, slots=True)
class Exposure:
    """The dataset, who has a usable sample of the transgene after the infusion, and what the analysis found odd."""

    data: Dataset
    sampled: frozenset[str]
    remarks: list[Remark]


def adpp(subjects: Sequence[Subject], samples: Dataset, settings: Settings | None = None) -> Exposure:
    """Parameters by subject, analyte and interval from the samples of ADPC."""
    rows: list[dict[str, Any]] = []
    remarks: list[Remark] = []
    for code in KINETIC:
        given = [row for row in samples if row["PARAMCD"] == code]
        if not given:
            continue
        found, said = _analysed(subjects, given, code, settings or Settings())
        rows += found
        remarks += said
    usable = frozenset(
        row["USUBJID"]
        for row in samples
        if row["PARAMCD"] == "TRANSGENE" and row["ANL01FL"] == "Y" and (row["ARRELTM"] or 0) > 0
    )
    order = {subject.id: i for i, subject in enumerate(subjects)}
    rows.sort(key=lambda row: order[row["USUBJID"]])
    return Exposure(dataset("ADPP", "Kinetic Parameters Analysis Dataset", VARIABLES, rows), usable, remarks)


def _analysed(
    subjects: Sequence[Subject], given: Sequence[Row], code: str, settings: Settings
) -> tuple[list[dict[str, Any]], list[Remark]]:
    of = {subject.id: subject for subject in subjects}
    made = tuple(_sample(i, row, code) for i, row in enumerate(given, start=1))
    seen = {sample.subject for sample in made}
    # a subject without a sample is there too: every parameter is missing, and says why
    people = tuple(
        Profiled(s.id, _dose(s), None, s.group, s.infusion is not None)
        for s in subjects
        if s.id in seen or s.infusion is not None
    )
    profiles, findings = build_profiles(Samples(made, people, ()), settings.ties, UNITS[code])
    kinetics = analyse(profiles, settings, parse_intervals(INTERVALS), Units("d", UNITS[code], "cells"))
    rows = []
    for row in kinetics.rows():
        subject = of[row["subject"]]
        start, _, end = row["interval"].partition("-")
        rows.append({
            "STUDYID": subject.plan.protocol.id,
            "USUBJID": subject.id,
            "DOSELVL": subject.level,
            "PPCAT": code,
            "PARAMCD": row["parameter"],
            "PARAM": f"{row['parameter']} days {row['interval']}",
            "AVAL": row["value"],
            "AVALU": row["unit"],
            "AVALREAS": _plain(row["reason"]),
            "AVALFLG": row["flag"],
            "PPINT": row["interval"],
            "PPSTINT": f"P{start}D",
            "PPENINT": None if end == "inf" else f"P{end}D",
            "DOSEA": _dose(subject),
        })  # fmt: skip
    said = []
    for finding in findings:
        source = given[finding.row - 1]["SRCREF"] if finding.row else None
        if finding.subject is not None and "before the infusion" not in finding.message:
            said.append(Remark(finding.subject, "ADPP", source or code, finding.message))
    return rows, said


def _plain(reason: str | None) -> str | None:
    """The reason without its last clause where that names an option, which belongs to the command `kinetics`."""
    return None if reason is None else OPTION.sub("", reason)


def _dose(subject: Subject) -> float | None:
    dose = subject.dose
    return dose if dose is not None and dose > 0 else None


def _sample(number: int, row: Row, code: str) -> Sample:
    """One sample as the analysis of kinetics reads it: BLQ, above range and unreadable are kept apart."""
    value, limit, time = row["AVAL"], row["LLOQ"], row["ARRELTM"]
    unit: str | None = UNITS[code]
    if row["BLQFL"] == "Y":
        status = Status.BLQ
    elif value is not None:
        status = Status.QUANTIFIED if value > 0 else Status.UNUSABLE
    elif row["AVALX"] == "above the range of the assay":
        status = Status.ABOVE
    elif row["RECVAL"] is not None and row["RECUNIT"] and "cannot be converted" in (row["AVALX"] or ""):
        unit = row["RECUNIT"] if _is_unit(row["RECUNIT"]) else None
        status, value = (Status.QUANTIFIED if unit else Status.UNUSABLE), row["RECVAL"]
    else:
        status = Status.MISSING if row["RECVAL"] is None else Status.UNUSABLE
    if time is None:
        status = Status.UNUSABLE
    return Sample(number, row["USUBJID"], time, value, status, limit, unit)


def _is_unit(text: str) -> bool:
    try:
        parse(text)
    except TrialwrightError:
        return False
    return True
