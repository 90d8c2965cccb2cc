"""Trialwright: a registered clinical trial, made computable and run.

    import trialwright as tw

    tw.load(["fhir-export/"], into="people.duckdb")
    screening = tw.screen(["nct05765006"], "people.duckdb", at=date(2026, 6, 1), out="run")
    tw.why("person-17", "nct05765006", "people.duckdb")

Names are imported when they are first used, so that `import trialwright` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PLACES = {
    "analyse_trial": "trialwright.analysis.subjects",
    "check": "trialwright.language.check",
    "cost": "trialwright.screening.shapley",
    "curves": "trialwright.screening.curves",
    "decide": "trialwright.language.interpret",
    "expand": "trialwright.language.expand",
    "funnels": "trialwright.screening.funnel",
    "interpret": "trialwright.language.interpret",
    "load": "trialwright.population.load",
    "load_catalog": "trialwright.catalog",
    "load_protocol": "trialwright.catalog",
    "open_population": "trialwright.population",
    "open_run": "trialwright.query",
    "parse": "trialwright.language.parse",
    "score": "trialwright.scoring",
    "screen": "trialwright.screening",
    "what_if": "trialwright.screening.whatif",
    "why": "trialwright.screening",
    "worklist": "trialwright.screening.worklist",
    "write_cohort": "trialwright.population.synthetic",
}
__all__ = ["__version__", *_PLACES]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'trialwright' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
