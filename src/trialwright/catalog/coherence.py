"""What no single file can see: members that are missing, names used twice, words that mean two things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trialwright.catalog.catalog import Catalog
from trialwright.catalog.findings import DataFinding
from trialwright.catalog.models.concepts import ConceptModel
from trialwright.catalog.read import DataFile

Places = Mapping[tuple[str, str], tuple[DataFile, int]]

_ONE_NAMESPACE = ("models", "definition_models", "instruments", "grades")


def findings_between(catalog: Catalog, places: Places) -> list[DataFinding]:
    """Findings about names across files, in the order of the files."""
    return [
        *_names_used_twice(places),
        *_members(catalog, places),
        *_synonyms(catalog, places),
        *_instruments(catalog, places),
        *_protocols(catalog, places),
    ]


def _names_used_twice(places: Places) -> Iterator[DataFinding]:
    first: dict[str, str] = {}
    for shelf, id in places:
        if shelf not in _ONE_NAMESPACE:
            continue
        if id in first:
            file, line = places[(shelf, id)]
            other = places[(first[id], id)][0].path
            yield file.finding(line, f"{id!r} is also a name in {other}", "a name means one thing; rename one of them")
        first[id] = shelf


def _near(catalog: Catalog, id: str) -> str:
    near = catalog.suggestions(id)
    return f"did you mean {' or '.join(near)}?" if near else "add the concept"


def _members(catalog: Catalog, places: Places) -> Iterator[DataFinding]:
    for id, model in catalog.models.items():
        file, line = places[("models", id)]
        for member in model.members:
            found = catalog.models.get(member)
            if found is None:
                yield file.finding(line, f"{id} has the member {member!r}, which is not there", _near(catalog, member))
            elif found.members:
                yield file.finding(line, f"{id} has the class {member!r} as a member", "list the members of that class")
            elif found.domain != model.domain:
                message = f"{id} ({model.domain}) has the member {member!r} of the domain {found.domain}"
                yield file.finding(line, message, "a class has one domain")
        for drug in model.equivalents:
            if drug not in catalog.models:
                yield file.finding(
                    line, f"{id} has an equivalent in {drug!r}, which is not there", _near(catalog, drug)
                )


def _synonyms(catalog: Catalog, places: Places) -> Iterator[DataFinding]:
    owner: dict[tuple[str, str], str] = {}
    for id, model in catalog.models.items():
        for word in {word.lower() for word in (model.label, *model.synonyms)}:
            other = owner.setdefault((model.domain, word), id)
            if other != id and not _one_of_the_other(catalog.models[other], model):
                file, line = places[("models", id)]
                message = f"{word!r} names both {other} and {id}"
                yield file.finding(line, message, "take it from one of them", "warning")


def _one_of_the_other(a: ConceptModel, b: ConceptModel) -> bool:
    return a.id in b.members or b.id in a.members


def _instruments(catalog: Catalog, places: Places) -> Iterator[DataFinding]:
    for id, instrument in catalog.instruments.items():
        file, line = places[("instruments", id)]
        recorded: list[Any] = [instrument.total, *(part.recorded for part in instrument.subscores.values())]
        for concept in recorded:
            if concept is not None and concept not in catalog.models:
                yield file.finding(line, f"{id} has the total {concept!r}, which is not there", _near(catalog, concept))


def _protocols(catalog: Catalog, places: Places) -> Iterator[DataFinding]:
    for id, protocol in catalog.protocols.items():
        file, line = places[("protocols", id)]
        for concept in protocol.defaults.look_back_days:
            if concept not in catalog.models:
                yield file.finding(
                    line, f"{id} sets a look-back of {concept!r}, which is not there", _near(catalog, concept)
                )
        for name in protocol.defaults.parameters:
            if name not in catalog._names_of_definitions:
                message = f"{id} sets parameters of {name!r}, which is not there"
                yield file.finding(line, message, _near(catalog, name))
