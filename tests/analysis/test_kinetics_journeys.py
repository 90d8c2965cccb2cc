"""The journeys in docs/journeys run as they are written and stay under 60 lines."""

import re
from pathlib import Path

import pytest

JOURNEYS = sorted((Path(__file__).resolve().parents[2] / "docs" / "journeys").glob("kinetics-*.md"))


@pytest.mark.parametrize("path", JOURNEYS, ids=lambda p: p.stem)
def test_journey(path):
    """pair: the code of the page and the answers it states."""
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    assert blocks
    scope = {}
    for block in blocks:
        exec(compile(block, str(path), "exec"), scope)


def test_there_are_journeys():
    """law: the folder is where the test looks."""
    assert len(JOURNEYS) >= 2
