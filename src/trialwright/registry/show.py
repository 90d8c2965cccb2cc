"""A record and its changes as text for people: what a coordinator reads before trusting a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import fill, indent
from typing import Any

from trialwright.registry.criteria import walk
from trialwright.registry.diff import Change
from trialwright.registry.records import Record

_WIDTH = 110


def show_record(record: Record) -> str:
    """One record as a page of text, findings last."""
    return "\n".join(_lines(record))


def show_changes(changes: Sequence[Change]) -> str:
    """Changes as text, one trial after the other."""
    if not changes:
        return "No change."
    lines: list[str] = []
    trial = None
    for change in changes:
        if change.trial != trial:
            trial = change.trial
            lines.append(f"{trial}")
        before, after = (_short(value) for value in (change.before, change.after))
        if change.before in (None, [], ""):
            lines.append(f"  {change.field}: added {after}")
        elif change.after in (None, [], ""):
            lines.append(f"  {change.field}: removed {before}")
        else:
            lines.append(f"  {change.field}: {before} -> {after}")
    return "\n".join(lines)


def _lines(record: Record) -> Iterator[str]:
    yield " ".join(part for part in (record.nct_id, record.title) if part) or "A trial without a number and a title"
    phases = ", ".join(record.phases)
    design = (record.allocation, record.intervention_model, record.masking, record.primary_purpose)
    facts = [
        ("status", record.status),
        ("type", " ".join(part for part in (record.study_type, phases) if part)),
        ("people", _people(record)),
        ("dates", " to ".join(str(date) for date in (record.start_date, record.completion_date) if date)),
        ("last update", str(record.last_update or "")),
        ("conditions", ", ".join(record.conditions)),
        ("design", ", ".join(part for part in design if part)),
        ("escalation", record.dose_design),
        ("doses", ", ".join(f"{d.value:.4g}{'/' + d.per if d.per else ''} ({d.role})" for d in record.dose_levels)),
        ("arms", "; ".join(arm.label for arm in record.arms)),
        ("interventions", "; ".join(item.name for item in record.interventions)),
        ("sponsors", "; ".join(sponsor.name for sponsor in record.sponsors)),
        ("investigators", "; ".join(person.name for person in record.investigators)),
        ("sites", f"{len(record.locations)} in {', '.join(record.countries)}" if record.locations else ""),
        ("other ids", ", ".join(number.id for number in record.other_ids)),
        ("sources", ", ".join(f"{source.name} ({source.reader})" for source in record.sources)),
    ]  # fmt: skip
    for label, value in facts:
        if value:
            yield fill(f"{label:>13}  {value}", _WIDTH, subsequent_indent=" " * 15)
    for kind in ("inclusion", "exclusion"):
        criteria = [criterion for criterion in record.criteria if criterion.kind == kind]
        if criteria:
            yield f"\n{kind}"
            for criterion in walk(criteria):
                depth = 2 + 2 * criterion.id.count(".")
                yield fill(f"{criterion.id} {criterion.text}", _WIDTH, initial_indent=" " * depth,
                           subsequent_indent=" " * (depth + 3))  # fmt: skip
    if record.findings:
        yield "\nfindings"
        for finding in record.findings:
            yield indent(fill(f"{finding.severity}: {finding.where}: {finding.message}", _WIDTH), "  ")


def _people(record: Record) -> str:
    ages = " to ".join(str(age) if age else "no limit" for age in (record.minimum_age, record.maximum_age))
    parts = [str(record.enrollment) if record.enrollment is not None else None, record.sex]
    if record.minimum_age or record.maximum_age:
        parts.append(ages)
    return ", ".join(part for part in parts if part)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 240 else text[:237] + "..."
