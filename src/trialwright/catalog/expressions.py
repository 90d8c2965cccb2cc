"""The one place where texts of data files become expressions, and where they are checked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from trialwright.catalog.models.grades import GradeModel
from trialwright.catalog.models.instruments import InstrumentModel
from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n
from trialwright.language.vocabulary import Definition


@lru_cache(maxsize=4096)
def read_expression(text: str) -> Any:
    """The tree of a text (imported on use, since a grammar takes longer to build than the catalog to load)."""
    from trialwright.language.parse import parse

    return parse(text)


def parameters_of(texts: Mapping[str, str]) -> dict[str, Any]:
    return {name: read_expression(text) for name, text in texts.items()}


def definitions_of_instrument(instrument: InstrumentModel) -> dict[str, Definition]:
    """`<id>` the score, `<id>.<subscore>` its parts, `<id>.entry` and `<id>.met` the classification."""
    parameters = parameters_of(instrument.parameters)
    items = tuple(
        n.Item(item.id, read_expression(item.points), read_expression(item.when), item.domain)
        for item in instrument.items
    )
    recorded = n.Ref(instrument.total) if instrument.total else None
    score = n.Score(items, instrument.maxima, recorded)
    found = {
        instrument.id: Definition(instrument.id, instrument.label, score, parameters, instrument.unit or "{score}")
    }
    for name, part in instrument.subscores.items():
        body: Any = n.Score(items, instrument.maxima, recorded, part.items)
        if part.recorded is not None:
            body = n.FirstKnown((n.Ref(part.recorded), body))
        key, label = f"{instrument.id}.{name}", part.label or f"{instrument.label}: {name.replace('_', ' ')}"
        found[key] = Definition(key, label, body, parameters, instrument.unit or "{score}")
    entry = read_expression(instrument.entry) if instrument.entry else None
    if entry is not None:
        key = f"{instrument.id}.entry"
        found[key] = Definition(key, f"{instrument.label}: entry criterion", entry, parameters)
    if instrument.classification is not None:
        met = read_expression(instrument.classification)
        key = f"{instrument.id}.met"
        body = met if entry is None else n.all_of(entry, met)
        found[key] = Definition(key, f"{instrument.label}: classified", body, parameters)
    return found


def definition_of_grade(grade: GradeModel) -> Definition:
    """The ladder as a definition, so that expressions can call it by name."""
    rungs = tuple((rung.grade, read_expression(rung.when)) for rung in grade.rungs)
    return Definition(grade.id, grade.label, n.Grade(rungs), parameters_of(grade.parameters), "{score}")


def problems_of(
    text: str, vocabulary: Any, parameters: Mapping[str, str] | None = None
) -> list[tuple[str, str, str, int]]:
    """What is wrong with a text: severity, message, remedy, column (0 where not known).

    Names of `parameters` are known inside it.
    """
    try:
        tree = read_expression(text)
    except TrialwrightError as error:
        return [("error", str(error), "", getattr(error, "column", 0))]
    try:
        from trialwright.language.check import check
    except ImportError:
        return []
    known = _With(vocabulary, parameters) if parameters else vocabulary
    return [(f.severity, f.message, f.remedy, f.column) for f in check(tree, known)]


class _With:
    """A vocabulary to which the parameters of a definition have been added."""

    def __init__(self, vocabulary: Any, parameters: Mapping[str, str]) -> None:
        self._vocabulary = vocabulary
        self._parameters = parameters

    def concept(self, name: str) -> Any:
        return self._vocabulary.concept(name)

    def definition(self, name: str) -> Definition | None:
        if name in self._parameters:
            return Definition(name, name, read_expression(self._parameters[name]))
        found: Definition | None = self._vocabulary.definition(name)
        return found

    def suggestions(self, name: str) -> Any:
        return self._vocabulary.suggestions(name)
