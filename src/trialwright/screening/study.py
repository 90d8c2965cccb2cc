"""Protocols of the catalog, made ready to run: each criterion with text becomes one expanded expression.

The look-backs and parameters that a protocol sets take the place of the catalog's own.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from trialwright.catalog.catalog import Catalog
from trialwright.catalog.expressions import parameters_of, read_expression
from trialwright.catalog.models.protocols import Defaults, ProtocolModel
from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n
from trialwright.language.check import walk
from trialwright.language.expand import expand
from trialwright.language.facts import PROJECTED
from trialwright.language.vocabulary import Concept, Definition
from trialwright.population.answers import GivenAnswer
from trialwright.query.study import Criterion, Reply, Trial

NOW = {"screening"} | PROJECTED
"""Checkpoints that screening stands for; an open criterion of any other is left out of the verdict on the record."""


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
        criteria.append(Criterion(model.id, model.kind, expression, later=model.checkpoint not in NOW))
    return Trial(protocol.id, tuple(criteria))


def asks_of(trial: Trial) -> Mapping[str, tuple[n.Ask, ...]]:
    """The questions to people, by criterion, each once."""
    return {
        criterion.id: tuple(dict.fromkeys(node for node in walk(criterion.expression) if isinstance(node, n.Ask)))
        for criterion in trial.criteria
    }


def replies_of(given: Iterable[GivenAnswer], trials: Sequence[Trial], where: str) -> tuple[Reply, ...]:
    """Answers of people, addressed to the asks of the trials; the last answer to an ask counts.

    A clause is the id of an ask, or of a criterion that asks one thing only.  Raises TrialwrightError naming the
    answer.
    """
    asks = {trial.id: asks_of(trial) for trial in trials}
    replies = {}
    for one in given:
        place = f"{where}: the answer of {one.person} to {one.trial} {one.clause}"
        if one.trial not in asks:
            continue
        ask = _addressed(one.clause, asks[one.trial], one.trial, place)
        value = one.answer.value
        if isinstance(value, bool) != (ask.gives == "truth") and value is not None:
            wanted = "yes, no or unknown" if ask.gives == "truth" else "a number"
            raise TrialwrightError(f"{place} is {one.text!r}; {ask.id} takes {wanted}")
        replies[one.person, one.trial, ask.id] = Reply(
            one.person, one.trial, ask.id, value, one.answer.who, one.answer.when
        )
    return tuple(replies.values())


def _addressed(clause: str, asks: Mapping[str, tuple[n.Ask, ...]], trial: str, place: str) -> n.Ask:
    by_id = {ask.id: ask for found in asks.values() for ask in found}
    if clause in by_id:
        return by_id[clause]
    found = asks.get(clause)
    if found is None:
        near = difflib.get_close_matches(clause, [*asks, *by_id], 3)
        hint = f"did you mean {', '.join(near)}?" if near else f"`trialwright show {trial}` lists its asks"
        raise TrialwrightError(f"{place}: {trial} asks nothing of that name; {hint}")
    if len(found) != 1:
        ids = ", ".join(ask.id for ask in found) or "none"
        raise TrialwrightError(f"{place}: {clause} asks {len(found)} questions ({ids}); answer them by their ids")
    return found[0]
