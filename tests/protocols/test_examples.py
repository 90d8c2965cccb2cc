"""pair: the worked examples that each definition and instrument file carries (published where the file says so)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.protocols.people import AS_OF, fact, person

from trialwright.catalog import Catalog, load_catalog
from trialwright.catalog.expressions import definitions_of_instrument
from trialwright.language.expand import expand
from trialwright.language.interpret import interpret
from trialwright.language.nodes import Ref
from trialwright.language.values import Number, Truth
from trialwright.language.vocabulary import Definition

GIVEN_ITEM = {True: 'no restriction "given"', False: 'not (no restriction "given")', None: 'unsupported "given"'}


@dataclass(frozen=True)
class WithItems:
    """The catalog with some items of one instrument set by hand."""

    catalog: Catalog
    known: dict[str, Definition]

    def concept(self, name: str) -> Any:
        return self.catalog.concept(name)

    def definition(self, name: str) -> Definition | None:
        return self.known.get(name) or self.catalog.definition(name)

    def suggestions(self, name: str) -> Any:
        return self.catalog.suggestions(name)


def lines(given: dict[str, Any], catalog: Catalog) -> Iterator[str]:
    """What an example gives, in the notation of people."""
    for name, value in given.items():
        concept = catalog.concept(name)
        if name == "age":
            yield f"birth: {AS_OF.replace(year=AS_OF.year - value)}"
        elif isinstance(value, bool) and concept is None:
            yield f"answer {name}: {'yes' if value else 'no'}"
        elif isinstance(value, bool) and concept.categories:
            yield f"{name}: {'present' if value else 'absent'}"
        elif isinstance(value, bool):
            yield f"{name}:" if value else f"{name}: absent"
        elif isinstance(value, dict):
            limits = f" normal {value.get('low', 0)} to {value['high']}" if "high" in value else ""
            yield f"{name}: {value['value']} {value.get('unit', concept.unit)}{limits}"
        else:
            yield f"{name}: {value}"


def cases() -> Iterator[Any]:
    catalog = load_catalog()
    for id, model in (*catalog.definition_models.items(), *catalog.instruments.items()):
        for number, example in enumerate(model.examples):
            yield pytest.param(id, example, id=f"{id}-{number}")


@pytest.mark.parametrize(("name", "example"), list(cases()))
def test_a_worked_example_comes_out_as_its_file_says(name: str, example: Any) -> None:
    """pair: what is given and what must come of it stand side by side in the data file."""
    catalog = load_catalog()
    instrument = catalog.instruments.get(name)
    given = dict(example.given)
    known: dict[str, Definition] = {}
    if instrument is not None:
        ids = {item.id for item in instrument.items}
        set_by_hand = {key: given.pop(key) for key in list(given) if key in ids}
        items = tuple(
            item.model_copy(update={"when": GIVEN_ITEM[set_by_hand[item.id]]}) if item.id in set_by_hand else item
            for item in instrument.items
        )
        known = definitions_of_instrument(instrument.model_copy(update={"items": items}))
    record = person(list(lines(given, catalog)), catalog)
    vocabulary = WithItems(catalog, known)

    def value(of: str, want: str) -> Any:
        return interpret(expand(Ref(of), vocabulary, want=want), record)  # type: ignore[arg-type]

    if instrument is None:
        check(value(name, "number" if catalog.definition_models[name].unit else "truth"), example)
        return
    if example.score is not None or example.lower is not None:
        check(value(name, "number"), example)
    for part, points in example.subscores.items():
        found = value(f"{name}.{part}", "number")
        assert (found.lower, found.upper) == (points, points)
    if example.met is not None:
        assert value(f"{name}.met", "truth").state is example.met


def check(found: Any, example: Any) -> None:
    if isinstance(found, Truth):
        assert found.state is example.expect
        return
    assert isinstance(found, Number)
    wanted = example.score if example.score is not None else example.expect
    if wanted is not None:
        assert (found.lower, found.upper) == (float(wanted), float(wanted))
    elif example.lower is not None and example.score is None and found.lower == found.upper:
        assert float(example.lower) <= found.lower <= float(example.upper)
    elif example.lower is not None:
        assert (found.lower, found.upper) == (float(example.lower), float(example.upper))
    else:
        assert found.lower < found.upper


def test_the_notation_reads_a_comparator_as_an_interval() -> None:
    """law: a value with a comparator is an interval."""
    found = fact("hbv_dna", "<20 [IU]/mL lod 20 @ -3d", load_catalog())
    assert (found.lower, found.upper, found.upper_open, found.detection_limit) == (0, 20, True, 20)
