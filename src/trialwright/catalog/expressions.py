"""The one place where texts of data files become expressions, and where they are checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from trialwright.catalog.models.grades import GradeModel
from trialwright.catalog.models.instruments import InstrumentModel
from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n
from trialwright.language.vocabulary import Definition, Vocabulary

if TYPE_CHECKING:
    from trialwright.language.check import Finding


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
    own = {instrument.id, *(f"{instrument.id}.{part}" for part in instrument.subscores)}
    entry = _with_own(read_expression(instrument.entry), own, parameters) if instrument.entry else None
    if entry is not None:
        key = f"{instrument.id}.entry"
        found[key] = Definition(key, f"{instrument.label}: entry criterion", entry, parameters)
    if instrument.classification is not None:
        met = _with_own(read_expression(instrument.classification), own, parameters)
        key = f"{instrument.id}.met"
        body = met if entry is None else n.all_of(entry, met)
        found[key] = Definition(key, f"{instrument.label}: classified", body, parameters)
    return found


def _with_own(tree: Any, own: Collection[str], parameters: Mapping[str, Any]) -> Any:
    """The tree in which the instrument's own score takes the parameters that its classification was given."""
    if not parameters:
        return tree
    if isinstance(tree, n.Ref) and tree.name in own and not tree.parameters:
        return dataclasses.replace(tree, parameters=tuple((name, n.Ref(name)) for name in parameters))
    if isinstance(tree, tuple):
        return tuple(_with_own(part, own, parameters) for part in tree)
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        changed = {f.name: _with_own(getattr(tree, f.name), own, parameters) for f in dataclasses.fields(tree)}
        return dataclasses.replace(tree, **changed)
    return tree


def definition_of_grade(grade: GradeModel) -> Definition:
    """The ladder as a definition, so that expressions can call it by name; without its limit a record has no grade."""
    rungs = tuple((rung.grade, read_expression(rung.when)) for rung in grade.rungs)
    body = n.Grade(rungs)
    return Definition(grade.id, grade.label, body, parameters_of(grade.parameters), "{score}", own_limits=True)


def findings_of(
    text: str,
    vocabulary: Vocabulary,
    wants: Sequence[str] = ("truth",),
    anchors: Sequence[str] = (),
    parameters: Mapping[str, str] | None = None,
) -> list[Finding]:
    """What is wrong with a text that should give one of `wants`; the reading with the fewest errors counts."""
    from trialwright.language.check import check

    try:
        known = parameters_of(parameters or {})
    except TrialwrightError:
        known = {}  # each parameter has its own finding
    found = [check(text, vocabulary, anchors, known, want) for want in wants]
    return min(found, key=lambda findings: sum(finding.severity == "error" for finding in findings))
