"""Where one record contradicts itself: ages of the field against the text, numbers of people, lost comparators."""

from __future__ import annotations

import re

from trialwright.registry.criteria import walk
from trialwright.registry.prose import age_ranges, people
from trialwright.registry.records import Finding, Record

_LOST = re.compile(r"(?:\b|\s)(?<![<>≤≥=!])=\s?\d[\d.,]*")
_WORDS = {
    "Turkish": {
        "ve", "bir", "için", "olan", "veya", "hasta", "ile", "hastalar", "olması", "yaş", "üzeri", "üstü", "kriterleri",
        "dahil", "hariç", "gebelik", "onam", "tedavi", "tedavisi", "çalışma", "çalışması", "değil", "olmak", "tanısı",
    },
    "German": {"und", "der", "die", "mit", "oder", "bei", "nicht", "eine", "jahre", "einwilligung", "schwangerschaft"},
    "French": {"et", "les", "des", "une", "ou", "avec", "dans", "patients", "ans", "grossesse", "consentement"},
    "Spanish": {"los", "las", "con", "para", "una", "que", "pacientes", "años", "embarazo", "consentimiento"},
    "English": {"the", "of", "and", "with", "or", "to", "in", "for"},
}  # fmt: skip


def contradictions(record: Record) -> list[Finding]:
    """The findings of one record about itself.  Nothing is changed: the field stays as registered."""
    where = record.sources[0].name if record.sources else record.name
    return [*_ages(record, where), *_people(record, where), *_lost_signs(record, where), *_language(record, where)]


def _ages(record: Record, where: str) -> list[Finding]:
    findings = []
    for ages in age_ranges(record.criteria):
        for field, stated in (("minimum_age", ages.minimum), ("maximum_age", ages.maximum)):
            registered = getattr(record, field)
            if registered is not None and stated is not None and registered.days != stated.days:
                message = f"the field says {registered} and criterion {ages.criterion} says {stated}; the field is kept"
                findings.append(Finding("warning", f"{where}: {field}", message))
    if record.minimum_age and record.maximum_age and record.minimum_age.days > record.maximum_age.days:
        message = f"the lowest age {record.minimum_age} lies above the highest, {record.maximum_age}"
        findings.append(Finding("warning", f"{where}: minimum_age", message))
    return findings


def _people(record: Record, where: str) -> list[Finding]:
    prose = "\n".join(text for text in (record.brief_summary, record.detailed_description) if text)
    _, number, said = people(prose)
    if number is None or record.enrollment is None or number == record.enrollment:
        return []
    message = f"the field says {record.enrollment} and the text says {said!r}; the field is kept"
    return [Finding("warning", f"{where}: enrollment", message)]


def _lost_signs(record: Record, where: str) -> list[Finding]:
    """A site that prints both >= and <= as "=" leaves the direction open: never an equality."""
    findings = []
    for criterion in walk(record.criteria):
        signs = [found[0].strip() for found in _LOST.finditer(criterion.text)]
        if signs:
            message = f"{', '.join(signs[:5])}: the sign may stand for a lost at-least or at-most; ambiguous"
            findings.append(Finding("warning", f"{where}: criterion {criterion.id}", message))
    return findings


def _language(record: Record, where: str) -> list[Finding]:
    text = " ".join(part for part in (record.title, record.brief_summary, record.criteria_text[:20000]) if part)
    letters = re.findall(r"[^\W\d_]+", text.lower())
    if len(letters) < 8:
        return []
    counts = {language: sum(word in words for word in letters) for language, words in _WORDS.items()}
    best = max(counts, key=lambda language: counts[language])
    if best == "English" or counts[best] < 3 or counts[best] <= 2 * counts["English"]:
        return []
    message = f"the text seems to be {best}; it is kept as it stands, and its words are not understood"
    return [Finding("warning", where, message)]
