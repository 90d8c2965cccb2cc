"""The worked examples of data files, run: what comes out must be what the file says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trialwright.catalog import Catalog
from trialwright.catalog.models.definitions import Example
from trialwright.scoring.instrument import score_one
from trialwright.scoring.outcome import Score


def examples_of(catalog: Catalog) -> Iterator[tuple[str, int, Example]]:
    """Every worked example of the catalog: name, place in its file, example."""
    for shelf in (catalog.instruments, catalog.grades, catalog.definition_models):
        for name, model in shelf.items():
            for number, example in enumerate(model.examples):
                yield name, number, example


def run_example(name: str, example: Example, catalog: Catalog) -> Score:
    """The example scored.  Raises TrialwrightError where what it gives cannot be read."""
    return score_one(name, example.given, parameters=example.parameters, catalog=catalog)


def differences(found: Score, example: Example) -> list[str]:
    """Where the outcome is not what the example says; nothing where it is."""
    wrong = []

    def expect(what: str, have: Any, want: Any) -> None:
        if have != want:
            wrong.append(f"{what} is {have}, the example says {want}")

    if "met" in example.model_fields_set:
        expect("met", found.met, example.met)
    if example.score is not None:
        expect("score", found.score, float(example.score))
    if example.grade is not None:
        expect("grade", found.grade, int(example.grade))
    for part, points in example.subscores.items():
        expect(part, found.subscores.get(part), float(points))
    if example.lower is not None and example.upper is not None:
        low, high = float(example.lower), float(example.upper)
        if found.score is not None and (found.grade is None or low == high):
            if not low <= found.score <= high:
                wrong.append(f"score is {found.score}, the example says between {low} and {high}")
        else:
            expect("bounds", (found.lower, found.upper), (low, high))
    if "expect" in example.model_fields_set:
        want = example.expect
        if isinstance(want, bool):
            expect("met", found.met, want)
        elif want is None:
            expect("score and met", (found.score, found.met), (None, None))
        else:
            expect("score", found.score, float(want))
    return wrong
