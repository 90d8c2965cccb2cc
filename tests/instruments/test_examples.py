"""pair: the worked examples that every definition, instrument and grade carries in its data file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from trialwright.catalog import load_catalog
from trialwright.scoring.examples import differences, examples_of, run_example


def cases() -> Iterator[Any]:
    for name, number, example in examples_of(load_catalog()):
        yield pytest.param(name, example, id=f"{name}-{number}")


@pytest.mark.parametrize(("name", "example"), list(cases()))
def test_a_worked_example_comes_out_as_its_file_says(name: str, example: Any) -> None:
    """pair: what is given and what must come of it stand side by side in the data file."""
    assert differences(run_example(name, example, load_catalog()), example) == []


def test_what_scores_carries_a_worked_example_a_version_and_a_source() -> None:
    """law: no instrument and no grade without provenance and without a case that proves it."""
    catalog = load_catalog()
    for name, instrument in catalog.instruments.items():
        assert instrument.examples, name
        assert instrument.citation, name
        assert instrument.version, name
    for name, grade in catalog.grades.items():
        assert grade.version, name
        assert grade.source, name
        assert grade.examples, name
