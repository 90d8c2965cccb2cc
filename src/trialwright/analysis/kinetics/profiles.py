"""Samples as padded arrays, one row per subject, times rising: the shape in which everything is computed.

Nothing is dropped in silence: each row that cannot be used leaves a finding, each profile that cannot be analysed
a reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trialwright.analysis.kinetics.reasons import Codes, Floats, Reason
from trialwright.analysis.kinetics.samples import Finding, Sample, Samples, Status, Subject
from trialwright.analysis.kinetics.settings import Ties
from trialwright.analysis.kinetics.units import conversion_factor


@dataclass(frozen=True, slots=True)
class Profiles:
    """`time`, `value`, `limit` (profiles x samples, NaN padded), `status` (Status codes, MISSING padded).

    `value` is what the assay said (NaN for BLQ codes); `limit` the LLOQ (NaN when unknown); `dose` and `duration` NaN
    when not given; `bar` the reason why a whole profile cannot be analysed (0 when it can).
    """

    subjects: tuple[Subject, ...]
    time: Floats
    value: Floats
    limit: Floats
    status: Codes
    dose: Floats
    duration: Floats
    bar: Codes

    def __len__(self) -> int:
        return len(self.subjects)


def from_arrays(
    time: Floats,
    value: Floats,
    lloq: float | None = None,
    dose: float | Floats | None = None,
    subjects: Sequence[str] | None = None,
) -> Profiles:
    """Profiles from two arrays of shape profiles x samples, times rising in each row, NaN where no sample was taken.

    Values below `lloq`, and zeros, are BLQ.  Raises ValueError for falling times or negative values.
    """
    time = np.array(np.broadcast_to(time, value.shape), dtype=float)
    value = np.array(value, dtype=float)
    taken = np.isfinite(value)
    if np.any(np.diff(time, axis=1) <= 0) or np.any(value[taken] < 0):
        raise ValueError("from_arrays needs rising times and no negative value; read_samples takes the rest")
    blq = taken & ((value == 0) | (value < (0.0 if lloq is None else lloq)))
    status = np.where(~taken, Status.MISSING, np.where(blq, Status.BLQ, Status.QUANTIFIED)).astype(np.int8)
    n = len(value)
    names = tuple(str(i + 1) for i in range(n)) if subjects is None else tuple(subjects)
    doses = np.array(np.broadcast_to(np.nan if dose is None else dose, (n,)), dtype=float)
    return Profiles(
        tuple(Subject(name, None if np.isnan(d) else float(d)) for name, d in zip(names, doses)),
        time,
        value,
        np.full(value.shape, np.nan if lloq is None else lloq),
        status,
        doses,
        np.full(n, np.nan),
        np.zeros(n, dtype=np.int8),
    )


def build_profiles(
    samples: Samples, ties: Ties = Ties.REFUSE, unit: str | None = None
) -> tuple[Profiles, tuple[Finding, ...]]:
    """Sort, convert to one unit and settle duplicates; every such step is a finding.

    `unit` is the concentration unit of the analysis (default: the first unit written in the file).
    """
    findings: list[Finding] = list(samples.findings)
    unit = unit or next((s.unit for s in samples.samples if s.unit), None)
    by_subject: dict[str, list[Sample]] = {subject.id: [] for subject in samples.subjects}
    for sample in samples.samples:
        by_subject[sample.subject].append(sample)
    rows: list[list[Sample]] = []
    bars: list[Reason] = []
    for subject in samples.subjects:
        given = by_subject[subject.id]
        kept, bar = _in_one_unit(given, unit, findings)
        kept, tied = _in_order(kept, ties, findings)
        bar = bar or tied
        if any(sample.status == Status.ABOVE for sample in kept):
            bar = bar or Reason.ABOVE_RANGE
        if not subject.infused:
            bar = Reason.NO_INFUSION
        for sample in kept:
            if sample.time is not None and sample.time < 0 and subject.infused:
                what = " and is quantifiable" if sample.status == Status.QUANTIFIED else ""
                findings.append(
                    Finding(
                        sample.row,
                        subject.id,
                        f"the sample at {sample.time:g} was taken before the infusion{what}; it is in no interval",
                    )
                )
        rows.append(kept)
        bars.append(bar)
    return _arrays(samples.subjects, rows, bars), tuple(findings)


def _in_one_unit(given: list[Sample], unit: str | None, findings: list[Finding]) -> tuple[list[Sample], Reason]:
    kept: list[Sample] = []
    bar = Reason.NONE
    for sample in given:
        if sample.unit is None or unit is None or sample.unit == unit:
            if unit is not None and sample.unit is None and any(s.unit for s in given):
                findings.append(Finding(sample.row, sample.subject, f"the row has no unit; it is read as {unit}"))
            kept.append(sample)
            continue
        factor = conversion_factor(sample.unit, unit)
        if factor is None:
            findings.append(Finding(sample.row, sample.subject, f"{sample.unit} cannot be converted to {unit}"))
            bar = Reason.MIXED_UNITS
            kept.append(sample)
            continue
        findings.append(Finding(sample.row, sample.subject, f"converted from {sample.unit} to {unit} (x {factor:.6g})"))
        kept.append(
            replace(
                sample,
                value=None if sample.value is None else sample.value * factor,
                limit=None if sample.limit is None else sample.limit * factor,
                unit=unit,
            )
        )
    return kept, bar


def _in_order(given: list[Sample], ties: Ties, findings: list[Finding]) -> tuple[list[Sample], Reason]:
    timed = [sample for sample in given if sample.time is not None]
    times = [sample.time or 0.0 for sample in timed]
    for before, sample in zip(times, timed[1:]):
        if (sample.time or 0.0) < before:
            findings.append(
                Finding(
                    sample.row,
                    sample.subject,
                    f"time {sample.time:g} comes after {before:g} in the file; the samples are sorted",
                )
            )
    by_time: dict[float, list[Sample]] = {}
    for sample in sorted(timed, key=lambda sample: sample.time or 0.0):
        by_time.setdefault(sample.time or 0.0, []).append(sample)
    kept: list[Sample] = []
    bar = Reason.NONE
    for time, group in by_time.items():
        usable = [sample for sample in group if sample.status in (Status.QUANTIFIED, Status.BLQ)] or group
        chosen = usable[0]
        if len(group) > 1:
            same = len({(sample.status, sample.value) for sample in usable}) == 1
            rows = ", ".join(str(sample.row) for sample in group)
            if same:
                done = "they agree and count once" if len(usable) == len(group) else "the usable one counts"
            elif ties is Ties.REFUSE or (ties is Ties.MEAN and len({s.status for s in usable}) > 1):
                done, bar = "they disagree, so the profile is not analysed", Reason.CONFLICTING_TIMES
            else:
                chosen, done = _settled(usable, ties), f"they disagree; by the rule the {ties} counts"
            findings.append(Finding(group[1].row, chosen.subject, f"rows {rows} are all at time {time:g}; {done}"))
        kept.append(chosen)
    return kept, bar


def _settled(group: list[Sample], ties: Ties) -> Sample:
    if ties is Ties.FIRST:
        return group[0]
    if ties is Ties.LAST:
        return group[-1]
    values = [0.0 if s.status == Status.BLQ or s.value is None else s.value for s in group]
    if ties is Ties.MAX:
        return group[int(np.argmax(values))]
    mean = float(np.mean(values))
    limit = max((s.limit for s in group if s.limit is not None), default=None)
    blq = mean == 0 or (limit is not None and mean < limit)
    return replace(group[0], value=mean, status=Status.BLQ if blq else Status.QUANTIFIED, limit=limit)


def _arrays(subjects: tuple[Subject, ...], rows: list[list[Sample]], bars: list[Reason]) -> Profiles:
    shape = (len(rows), max(1, max(len(row) for row in rows)))
    time, value, limit = (np.full(shape, np.nan) for _ in range(3))
    status = np.full(shape, Status.MISSING, dtype=np.int8)
    for i, row in enumerate(rows):
        for j, sample in enumerate(row):
            time[i, j] = np.nan if sample.time is None else sample.time
            status[i, j] = sample.status
            if sample.value is not None:
                value[i, j] = sample.value
            if sample.limit is not None:
                limit[i, j] = sample.limit
    return Profiles(
        subjects,
        time,
        value,
        limit,
        status,
        np.array([np.nan if s.dose is None else s.dose for s in subjects]),
        np.array([np.nan if s.duration is None else s.duration for s in subjects]),
        np.array(bars, dtype=np.int8),
    )
