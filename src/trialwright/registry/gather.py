"""Reads single values for every reader: what is not of the expected kind is kept or left out, always with a finding."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from trialwright.registry.enums import canonical, read_phases
from trialwright.registry.records import Finding, Severity
from trialwright.registry.typed import Age, PartialDate, is_absent, read_age, read_count, read_date

T = TypeVar("T")
_NCT = re.compile(r"NCT\d{8}")
_EU = re.compile(r"\d{4}-\d{6}-\d{2}(?:-\d{2})?")
_DOI = re.compile(r"\bdoi:?\s*(?:https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/[^\s;,\"<>]+)", re.IGNORECASE)
_YES = {
    "yes": True,
    "true": True,
    "y": True,
    "accepts healthy volunteers": True,
    "no": False,
    "false": False,
    "n": False,
}


@dataclass(frozen=True, slots=True)
class Gather:
    """Where values are read from, and the findings so far."""

    name: str
    findings: list[Finding]

    def note(self, severity: Severity, where: str, message: str) -> None:
        finding = Finding(severity, f"{self.name}: {where}" if where else self.name, message)
        if finding not in self.findings[-50:]:
            self.findings.append(finding)

    def text(self, value: Any, where: str) -> str | None:
        """A text, None when absent; anything else is kept as text with a finding."""
        if value is None:
            return None
        if not isinstance(value, str):
            self.note("warning", where, f"a text was expected, and {type(value).__name__} {value!s:.60} stands there")
            value = str(value)
        return value.strip() or None

    def enum(self, kind: str, value: Any, where: str) -> str | None:
        """A member of a closed set; an unknown one is kept as written, with a finding."""
        written = self.text(value, where)
        if written is None:
            return None
        member, known = canonical(kind, written)
        if not known and written not in ("-", "--"):
            label = kind.replace("_", " ")
            self.note("warning", where, f"{written!r} is no {label} of ClinicalTrials.gov v2; it is kept as written")
        return None if written in ("-", "--") and not known else member

    def phases(self, value: Any, where: str) -> tuple[str, ...]:
        found: list[str] = []
        for part in value if isinstance(value, list | tuple) else [value]:
            written = self.text(part, where)
            if written is None or written in ("-", "--"):
                continue
            phases, known = read_phases(written)
            if not known:
                self.note("warning", where, f"{written!r} is no phase of ClinicalTrials.gov v2; it is kept as written")
            found += phases
        return tuple(dict.fromkeys(found))

    def age(self, value: Any, where: str) -> Age | None:
        return self._typed(value, where, read_age, "an age such as 18 Years")

    def date(self, value: Any, where: str) -> PartialDate | None:
        return self._typed(value, where, read_date, "a date such as 2024-07 or 2024-07-15")

    def count(self, value: Any, where: str) -> int | None:
        return self._typed(value, where, read_count, "a number of people")

    def truth(self, value: Any, where: str) -> bool | None:
        """True or false, also of "Yes", "No" and the page's own words."""
        if isinstance(value, bool) or value is None:
            return value
        key = str(value).strip().lower()
        if key in _YES:
            return _YES[key]
        if not is_absent(value):
            self.note("warning", where, f"{value!s:.60} is neither yes nor no; left out")
        return None

    def nct_id(self, value: Any, where: str) -> str | None:
        """A registry number of ClinicalTrials.gov: NCT and eight digits.  Another form is kept, with an error."""
        written = self.text(value, where)
        if written is None:
            return None
        if not _NCT.fullmatch(written.upper()):
            self.note(
                "error", where, f"{written!r} is not a ClinicalTrials.gov number (NCT and eight digits); check it"
            )
            return written
        if written.upper() == "NCT00000000":
            self.note("error", where, "NCT00000000 is no trial's number; check it")
        return written.upper()

    def other_id(self, kind: str | None, number: str, where: str) -> str | None:
        """The kind of another number; an EU number of the wrong form gives a finding (its check is not published)."""
        if kind in ("EUDRACT_NUMBER", "CTIS") and not _EU.fullmatch(number.strip()):
            self.note("warning", where, f"{number!r} has not the form of an EU trial number (2024-123456-12); check it")
        return kind

    def _typed(self, value: Any, where: str, read: Callable[[object], T | None], kind: str) -> T | None:
        if is_absent(value):
            return None
        found = read(value)
        if found is None:
            self.note("warning", where, f"{str(value)[:60]!r} is not {kind}; left out")
        return found


def read_doi(citation: str | None) -> str | None:
    """The DOI that a citation states, without a closing full stop."""
    found = _DOI.search(citation or "")
    return found[1].rstrip(".)]") if found else None
