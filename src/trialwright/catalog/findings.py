"""What is wrong with a data file, where, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from trialwright.errors import TrialwrightError

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class DataFinding:
    """One finding; `column` is 0 where only the line is known, `field` the path inside the file (`concepts.3.unit`)."""

    file: Path
    line: int
    severity: Severity
    message: str
    remedy: str = ""
    field: str = ""
    column: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" + (f":{self.column}" if self.column else "")
        return f"{place}: {self.severity}: {self.message}" + (f"; {self.remedy}" if self.remedy else "")


class CatalogError(TrialwrightError):
    """Data files that cannot be used; `findings` holds everything that is wrong with them."""

    def __init__(self, findings: Iterable[DataFinding]) -> None:
        self.findings = tuple(findings)
        errors = [finding for finding in self.findings if finding.severity == "error"]
        more = f" ({len(errors) - 1} more; `trialwright check` lists them)" if len(errors) > 1 else ""
        super().__init__(f"{errors[0]}{more}" if errors else "the catalog has findings")
