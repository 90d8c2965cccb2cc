"""law: the notation of hand-made people; worked examples of data files run in `tests/instruments/test_examples.py`."""

from __future__ import annotations

from tests.protocols.people import fact

from trialwright.catalog import load_catalog


def test_the_notation_reads_a_comparator_as_an_interval() -> None:
    """law: a value with a comparator is an interval."""
    found = fact("hbv_dna", "<20 [IU]/mL lod 20 @ -3d", load_catalog())
    assert (found.lower, found.upper, found.upper_open, found.detection_limit) == (0, 20, True, 20)
