"""Who there is: records of any form as a store of facts, and the store opened for questions.

Loading is `trialwright.population.load.load`, also `trialwright.load`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trialwright.population.answers import GivenAnswer, read_answers
    from trialwright.population.report import LoadReport
    from trialwright.population.store import Population, open_population
    from trialwright.population.write import write_facts, write_records

__all__ = [
    "GivenAnswer",
    "LoadReport",
    "Population",
    "open_population",
    "read_answers",
    "write_facts",
    "write_records",
]

_HOME = {
    "GivenAnswer": "answers",
    "LoadReport": "report",
    "Population": "store",
    "open_population": "store",
    "read_answers": "answers",
    "write_facts": "write",
    "write_records": "write",
}


def __getattr__(name: str) -> Any:
    """Modules are imported when a name is asked for, so that a command which loads nothing starts fast."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
