"""The rules of assembly: a pattern over the line of tags, and the builder that turns its match into clauses.

They stand in data/rules.yaml.  A rule reads all of a sentence or none of it.  In patterns `{K}` is a list of
conditions, `{D}` of drugs, `{P}` of procedures, `{M}` of measurements, each with its adjectives and joined by commas,
and, or, /; `{R}` is one comparison, `{T}` a period, `{A}` an instant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import ModuleType
from typing import Any

import yaml

from trialwright.registry.formal import rules_drugs, rules_records, rules_refractory, rules_special, rules_values
from trialwright.registry.formal.here import Builder

_BUILDERS: Mapping[str, ModuleType] = {
    "values": rules_values,
    "records": rules_records,
    "drugs": rules_drugs,
    "refractory": rules_refractory,
    "special": rules_special,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A named pattern; `needs` are the letters of tags without which it cannot match."""

    name: str
    pattern: re.Pattern[str]
    build: Builder
    needs: frozenset[str]


_SEP = r"(?:(?: ,)?(?: and / or| and| or| /| plus)| ,)"


def _list(kinds: str) -> str:
    one = rf"(?:(?:m\d+ |other |any |oral |conventional |known )*[{kinds}]\d+)"
    return rf"{one}(?:{_SEP} {one})*"


_PERIOD = (
    r"(?:(?: within| in)? (?P<t>T\d+)(?: (?:before|of|to|from|preceding|at|after) (?P<a>A\d+)| before study(?: \w+)?)?"
    r"| (?:before|at|during|on) (?P<a2>A\d+))?"
)
_MACROS = {
    "{K}": _list("K"),
    "{D}": _list("D"),
    "{P}": _list("P"),
    "{KP}": _list("KP"),
    "{M}": _list("MB"),
    "{B}": _list("BM"),
    "{R}": r"R\d+",
    "{T}": r"T\d+",
    "{A}": r"A\d+",
    "{m}": r"(?:m\d+ )*",
    "{within}": _PERIOD,
    "{end}": r"(?: (?:at|during|on|before) A\d+)?",
    "{note}": r"(?: \( (?:refer to|see) [^()]* \))?",
}


def _rule(entry: Mapping[str, Any]) -> Rule:
    pattern = entry["pattern"]
    for macro, text in _MACROS.items():
        pattern = pattern.replace(macro, text)
    module, _, name = entry["build"].partition(".")
    build: Builder = getattr(_BUILDERS[module], name)
    return Rule(entry["name"], re.compile(pattern), build, frozenset(entry.get("needs", "")))


@lru_cache(maxsize=1)
def load_rules() -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """(rules of one sentence, rules of several), in the order in which they are tried."""
    text = files("trialwright.registry.formal").joinpath("data/rules.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return tuple(map(_rule, data["rules"])), tuple(map(_rule, data["whole"]))


@lru_cache(maxsize=4096)
def candidates(letters: frozenset[str], whole: bool = False) -> tuple[Rule, ...]:
    """The rules that a sentence with these letters can match."""
    return tuple(rule for rule in load_rules()[whole] if rule.needs <= letters)
