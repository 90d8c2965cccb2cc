"""reference: the engine says what the interpreter says, of every criterion and every number, on random worlds.

Compared are states, bounds and whether they are open, reasons, notes, not applicable, and the masks against the codes.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.query.compare import differences
from tests.query.strategies import world


@pytest.mark.parametrize("seed", [3, 5, 11, 100, 109])
def test_engine_and_interpreter_agree(tmp_path: Path, seed: int) -> None:
    expressions, people = world(seed, 12, 20)
    assert differences(expressions, people, tmp_path / "store.duckdb") == []


# the same worlds in every quick run, new ones in every long run (tests/conftest.py)
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(1000, 10**6))
def test_engine_and_interpreter_agree_on_any_world(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    expressions, people = world(seed, 6, 15)
    assert differences(expressions, people, tmp_path_factory.mktemp("any") / "store.duckdb") == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20_000, 20_025))
def test_engine_and_interpreter_agree_at_length(tmp_path: Path, seed: int) -> None:
    """25 worlds of 40 expressions and 25 people are 25,000 comparisons."""
    expressions, people = world(seed, 40, 25)
    assert differences(expressions, people, tmp_path / "store.duckdb") == []
