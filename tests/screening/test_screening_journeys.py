"""pair: each command of docs/journeys/screening-*.md and the output shown below it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from trialwright.cli.main import cli

JOURNEYS = sorted((Path(__file__).resolve().parents[2] / "docs" / "journeys").glob("screening-*.md"))


@pytest.mark.parametrize("page", JOURNEYS, ids=lambda p: p.stem)
def test_journey(page: Path, cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "demo-output"
    home.mkdir()
    for name, there in (("population.duckdb",) * 2, ("answers.csv",) * 2, ("screening", "run")):
        (home / name).symlink_to(cohort / there)
    monkeypatch.chdir(tmp_path)
    for block in re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, shown = part.partition("\n")
            words = shlex.split(command)
            if words[0] == "printf":
                Path(words[3]).write_text(words[1].replace("\\n", "\n"), encoding="utf-8")
                continue
            found = CliRunner().invoke(cli, words[1:])
            assert found.exit_code == 0, found.output
            pattern = r"[\s\S]*?".join(re.escape(piece.strip()) for piece in shown.strip().split("..."))
            assert re.fullmatch(pattern + r"[\s\S]*", found.stdout.strip()), f"{command}\n{found.stdout}"


def test_there_are_journeys() -> None:
    """law: the folder is where the test looks."""
    assert len(JOURNEYS) == 3
