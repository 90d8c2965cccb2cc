"""pair: the journeys docs/journeys/analysis-*.md run as they are written, state what they state, and stay short."""

import re
from pathlib import Path

import pytest

JOURNEYS = sorted((Path(__file__).resolve().parents[2] / "docs" / "journeys").glob("analysis-*.md"))


@pytest.mark.parametrize("path", JOURNEYS, ids=lambda p: p.stem)
def test_journey(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    assert blocks
    scope = {}
    for block in blocks:
        exec(compile(block, str(path), "exec"), scope)


def test_there_are_journeys():
    """law: the folder is where the test looks."""
    assert len(JOURNEYS) == 1
