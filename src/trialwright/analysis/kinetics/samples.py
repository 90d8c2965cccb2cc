"""Samples as they were recorded: every row of the file is kept, with what it counts as and what is odd about it.

A concentration is a number, a code for "below the limit of quantification" (BLQ, BQL, BLOQ, <LLOQ, or "<50", which
states its own limit), a code for "not taken" (empty, NA, NR, .), or above the assay's range (">50000", ALQ).
These differ: BLQ is knowledge, a missing sample is not.
"""

import csv
import io
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from trialwright.analysis.kinetics.units import conversion_factor
from trialwright.errors import TrialwrightError


class Status(IntEnum):
    """What a sample counts as."""

    QUANTIFIED = 0
    BLQ = 1
    MISSING = 2
    UNUSABLE = 3
    ABOVE = 4


@dataclass(frozen=True, slots=True)
class Sample:
    """One row: `time` in the file's unit after the infusion, `value` and `limit` (LLOQ) in `unit`."""

    row: int
    subject: str
    time: float | None
    value: float | None
    status: Status
    limit: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd about the input that the analysis kept: where, what, and what was done about it."""

    row: int | None
    subject: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of one subject beside the samples; `infused` is False when no infusion is recorded."""

    id: str
    dose: float | None = None
    duration: float | None = None
    group: str | None = None
    infused: bool = True


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the file's columns; the optional ones are None when the file has none."""

    subject: str
    time: str
    concentration: str
    dose: str | None = None
    duration: str | None = None
    group: str | None = None
    unit: str | None = None
    lloq: str | None = None
    infusion: str | None = None


@dataclass(frozen=True, slots=True)
class Samples:
    """All rows of a file, the subjects in order of appearance, and the findings."""

    samples: tuple[Sample, ...]
    subjects: tuple[Subject, ...]
    findings: tuple[Finding, ...]


BLQ_CODES = {"blq", "bql", "bloq", "<blq", "<lloq", "<loq", "<bloq", "lloq", "<lod", "bdl"}
ABOVE_CODES = {"alq", "aloq", ">uloq", ">alq", "uloq"}
MISSING_CODES = {"", "na", "nan", ".", "nr", "null", "none", "missing", "not done"}


def read_samples(text: str, columns: Columns, lloq: float | None = None, unit: str | None = None) -> Samples:
    """The rows of a CSV file (header first); `lloq` is in `unit` (default: the first unit in the file).

    Raises TrialwrightError when a named column is not there or the file holds no sample.
    """
    reader = csv.DictReader(io.StringIO(text))
    header = [name.strip() for name in (reader.fieldnames or [])]
    if not header:
        raise TrialwrightError("the file is empty; it needs a header row with subject, time and concentration")
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise TrialwrightError(f'the header names "{twice[0]}" twice; give each column its own name')
    reader.fieldnames = header
    for option in Columns.__slots__:
        name = getattr(columns, option)
        if name is not None and name not in header:
            raise TrialwrightError(f'there is no column "{name}" for --{option}; the file has {", ".join(header)}')
    samples: list[Sample] = []
    findings: list[Finding] = []
    seen: dict[str, dict[str, str]] = {}
    for raw in reader:
        number = reader.line_num
        row = {k: (v or "").strip() for k, v in raw.items() if isinstance(k, str) and not isinstance(v, list)}
        if not any(row.values()):
            continue
        subject = row[columns.subject]
        if not subject:
            findings.append(Finding(number, None, "the row names no subject and belongs to no profile"))
            continue
        facts = seen.setdefault(subject, {})
        for kind in ("dose", "duration", "group", "infusion"):
            name = getattr(columns, kind)
            if name is not None:
                _note(facts, kind, row[name], number, subject, findings)
        written = row[columns.unit] if columns.unit else ""
        unit = unit or written or None
        samples.append(_sample(row, number, subject, columns, _limit(lloq, unit, written), findings))
    if not samples:
        raise TrialwrightError("the file has a header and no sample; nothing can be analysed")
    subjects = tuple(_subject(name, facts, columns, findings) for name, facts in seen.items())
    shifts = {name: _number(facts.get("infusion", "")) for name, facts in seen.items()}
    if columns.infusion is not None:
        samples = [_after_infusion(sample, shifts[sample.subject]) for sample in samples]
    return Samples(tuple(samples), subjects, tuple(findings))


def unit_column(text: str) -> str | None:
    """The column that plainly holds units (unit, units, PCSTRESU), so that mixed units are never overlooked."""
    header = next(csv.reader(io.StringIO(text)), [])
    return next((name.strip() for name in header if name.strip().lower() in {"unit", "units", "pcstresu"}), None)


def from_values(
    subjects: Iterable[str], times: Iterable[float], values: Iterable[float], lloq: float | None = None
) -> Samples:
    """Samples from three columns of numbers; NaN is a missing sample, values below `lloq` and zeros are BLQ."""
    samples = []
    for row, (subject, time, value) in enumerate(zip(subjects, times, values, strict=True), start=1):
        status, kept, limit = classify("" if math.isnan(value) else repr(float(value)), lloq)
        samples.append(Sample(row, str(subject), float(time), kept, status, limit))
    names = dict.fromkeys(sample.subject for sample in samples)
    return Samples(tuple(samples), tuple(Subject(name) for name in names), ())


def classify(text: str, lloq: float | None) -> tuple[Status, float | None, float | None]:
    """(status, value, limit) of one concentration as written.

    0 without a known limit is BLQ with the limit unknown; a negative number or an unknown word is unusable.
    """
    code = text.strip().lower()
    if code in MISSING_CODES:
        return Status.MISSING, None, lloq
    if code in BLQ_CODES:
        return Status.BLQ, None, lloq
    if code in ABOVE_CODES or re.match(r"^>=?\s*[\d.]", code):
        return Status.ABOVE, _number(code.lstrip(">= ")), lloq
    if re.match(r"^<=?\s*[\d.]", code):
        limit = _number(code.lstrip("<= "))
        return (Status.UNUSABLE, None, lloq) if limit is None else (Status.BLQ, None, limit)
    value = _number(code)
    if value is None or value < 0:
        return Status.UNUSABLE, value, lloq
    if value == 0 or (lloq is not None and value < lloq):
        return Status.BLQ, value, lloq
    return Status.QUANTIFIED, value, lloq


def _sample(
    row: dict[str, str],
    number: int,
    subject: str,
    columns: Columns,
    lloq: float | None,
    findings: list[Finding],
) -> Sample:
    if columns.lloq is not None and row[columns.lloq]:
        lloq = _number(row[columns.lloq])
        if lloq is None or lloq < 0:
            findings.append(Finding(number, subject, f'the LLOQ "{row[columns.lloq]}" is no number and is not used'))
            lloq = None
    text = row[columns.concentration]
    status, value, limit = classify(text, lloq)
    if status == Status.UNUSABLE:
        what = "is negative" if value is not None and value < 0 else "is no concentration and no known code"
        if re.fullmatch(r"\d+,\d+", text):
            what = "has a decimal comma; write a point"
        findings.append(Finding(number, subject, f'"{text}" {what}; the sample is kept and not used'))
    if status == Status.ABOVE:
        findings.append(Finding(number, subject, f'"{text}" is above the range of the assay'))
    time = _number(row[columns.time])
    if time is None:
        findings.append(
            Finding(number, subject, f'the time "{row[columns.time]}" is no number; the sample is not used')
        )
        status = Status.UNUSABLE
    return Sample(number, subject, time, value, status, limit, row[columns.unit] or None if columns.unit else None)


def _limit(lloq: float | None, unit: str | None, written: str) -> float | None:
    """The LLOQ in the unit of this row."""
    if lloq is None or unit is None or not written or written == unit:
        return lloq
    factor = conversion_factor(unit, written)
    return lloq if factor is None else lloq * factor


def _note(facts: dict[str, str], kind: str, text: str, row: int, subject: str, findings: list[Finding]) -> None:
    if text.lower() in MISSING_CODES:
        return
    if facts.setdefault(kind, text) != text:
        message = f'{kind} "{text}" differs from "{facts[kind]}" of an earlier row, which is used'
        if not any(f.subject == subject and f.message == message for f in findings):
            findings.append(Finding(row, subject, message))


def _subject(name: str, facts: dict[str, str], columns: Columns, findings: list[Finding]) -> Subject:
    numbers: dict[str, float | None] = {}
    for kind in ("dose", "duration", "infusion"):
        numbers[kind] = _number(facts.get(kind, ""))
        if kind in facts and numbers[kind] is None:
            findings.append(Finding(None, name, f'the {kind} "{facts[kind]}" is no number and is not used'))
        elif getattr(columns, kind) is not None and kind not in facts:
            findings.append(Finding(None, name, f"no {kind} is recorded"))
    dose = numbers["dose"]
    if dose is not None and dose <= 0:
        findings.append(Finding(None, name, f"the dose {dose:g} is not above 0 and is not used"))
        dose = None
    infused = columns.infusion is None or numbers["infusion"] is not None
    return Subject(name, dose, numbers["duration"], facts.get("group"), infused)


def _after_infusion(sample: Sample, infusion: float | None) -> Sample:
    if sample.time is None or infusion is None:
        return sample
    return Sample(
        sample.row,
        sample.subject,
        sample.time - infusion,
        sample.value,
        sample.status,
        sample.limit,
        sample.unit,
    )


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
