"""The journeys docs/journeys/dose-*.md run as they are written and stay under 60 lines."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from trialwright.cli.main import cli

JOURNEYS = sorted((Path(__file__).resolve().parents[2] / "docs" / "journeys").glob("dose-*.md"))


def steps(text):
    """Commands of the page with the output shown below each."""
    for block in re.findall(r"```console\n(.*?)```", text, re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, shown = part.partition("\n")
            yield command, shown


def matches(shown, output):
    """Whether the output reads as shown; "..." stands for anything, spaces at line ends do not matter."""
    pattern = r"[\s\S]*?".join(re.escape(piece) for piece in shown.strip().split("..."))
    return re.fullmatch(pattern + r"[\s\S]*" * shown.strip().endswith("..."), output.strip()) is not None


@pytest.mark.parametrize("path", JOURNEYS, ids=lambda p: p.stem)
def test_journey(path, tmp_path, monkeypatch):
    """pair: each command of the page and the output shown below it."""
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    if "--out " in text:
        pytest.importorskip("matplotlib", reason="the figures need the extra `report`")
    monkeypatch.chdir(tmp_path)
    for command, shown in steps(text):
        words = shlex.split(command)
        if words[0] == "printf":
            (tmp_path / words[3]).write_text(words[1].replace("\\n", "\n"), encoding="utf-8")
            continue
        assert words[0] == "trialwright"
        found = CliRunner().invoke(cli, words[1:])
        assert found.exit_code == 0, found.output
        assert matches(shown, found.stdout), f"{command}\n{found.stdout}"


def test_there_are_journeys():
    """law: the folder is where the test looks."""
    assert len(JOURNEYS) == 3
