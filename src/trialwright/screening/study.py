"""Protocols of the catalog, made ready to run: each criterion with text becomes one expanded expression.

The look-backs and parameters that a protocol sets take the place of the catalog's own.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from trialwright.catalog.catalog import Catalog
from trialwright.catalog.expressions import parameters_of, read_expression
from trialwright.catalog.models.protocols import Defaults, ProtocolModel
from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n
from trialwright.language.check import walk
from trialwright.language.expand import expand
from trialwright.language.vocabulary import Concept, Definition
from trialwright.query.study import Criterion, Reply, Trial

YES = {"yes": True, "true": True, "y": True, "1": True, "met": True}
NO = {"no": False, "false": False, "n": False, "0": False, "not met": False}
UNSURE = {"", "unknown", "not known", "null", "none"}


@dataclass(frozen=True)
class ProtocolVocabulary:
    """The catalog with the look-backs and parameters of one protocol."""

    catalog: Catalog
    defaults: Defaults

    def concept(self, name: str) -> Concept | None:
        found = self.catalog.concept(name)
        days = self.defaults.look_back_days.get(name)
        return found if found is None or days is None else replace(found, look_back_days=days)

    def definition(self, name: str) -> Definition | None:
        found = self.catalog.definition(name)
        texts = self.defaults.parameters.get(name) or self.defaults.parameters.get(name.partition(".")[0])
        if found is None or not texts:
            return found
        return replace(found, parameters={**found.parameters, **parameters_of(texts)})

    def suggestions(self, name: str) -> Sequence[str]:
        return self.catalog.suggestions(name)


def trial_of(protocol: ProtocolModel, catalog: Catalog) -> Trial:
    """The protocol's criteria, expanded.  Raises TrialwrightError naming the criterion that cannot be."""
    vocabulary = ProtocolVocabulary(catalog, protocol.defaults)
    criteria = []
    for model in protocol.walk():
        if model.text is None:
            continue
        try:
            expression = expand(read_expression(model.text), vocabulary)
        except TrialwrightError as error:
            raise TrialwrightError(f"{protocol.id}, criterion {model.id}: {error}") from None
        criteria.append(Criterion(model.id, model.kind, expression))
    return Trial(protocol.id, tuple(criteria))


def asks_of(trial: Trial) -> Mapping[str, tuple[n.Ask, ...]]:
    """The questions to people, by criterion, each once."""
    return {
        criterion.id: tuple(dict.fromkeys(node for node in walk(criterion.expression) if isinstance(node, n.Ask)))
        for criterion in trial.criteria
    }


def read_replies(path: Path, trials: Sequence[Trial]) -> tuple[Reply, ...]:
    """Answers from a CSV with the columns person, trial, clause, answer (and who, when, if they are there).

    A clause is the id of an ask, or of a criterion that asks one thing only.  Raises TrialwrightError naming the line.
    """
    asks = {trial.id: asks_of(trial) for trial in trials}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [c for c in ("person", "trial", "clause", "answer") if c not in (reader.fieldnames or ())]
            if missing:
                raise TrialwrightError(f"{path}, line 1: the column {missing[0]} is missing")
            return tuple(_reply(row, f"{path}, line {reader.line_num}", asks) for row in reader)
    except UnicodeDecodeError:
        raise TrialwrightError(f"{path} is not UTF-8 text; save the answers as CSV in UTF-8") from None


def _reply(row: Mapping[str, str], place: str, asks: Mapping[str, Mapping[str, tuple[n.Ask, ...]]]) -> Reply:
    trial, clause = (row["trial"] or "").strip(), (row["clause"] or "").strip()
    if trial not in asks:
        raise TrialwrightError(f"{place}: the trial {trial!r} is not screened; it is one of {', '.join(asks)}")
    by_id = {ask.id: ask for found in asks[trial].values() for ask in found}
    if clause in asks[trial]:
        found = asks[trial][clause]
        if len(found) != 1:
            ids = ", ".join(ask.id for ask in found) or "none"
            raise TrialwrightError(f"{place}: {clause} asks {len(found)} questions ({ids}); answer them by their ids")
        clause = found[0].id
    elif clause not in by_id:
        raise TrialwrightError(
            f"{place}: {trial} asks nothing named {clause!r}; `trialwright show {trial}` lists its asks"
        )
    value = _value((row["answer"] or "").strip(), by_id[clause], place)
    return Reply((row["person"] or "").strip(), trial, clause, value, row.get("who") or "", row.get("when") or "")


def _value(text: str, ask: n.Ask, place: str) -> bool | float | None:
    word = text.lower()
    if word in UNSURE:
        return None
    if ask.gives == "truth" and word in YES | NO:
        return (YES | NO)[word]
    if ask.gives == "number":
        try:
            return float(text)
        except ValueError:
            pass
    kind = "yes, no or unknown" if ask.gives == "truth" else "a number"
    raise TrialwrightError(f"{place}: {text!r} does not answer {ask.id}; give {kind}")
