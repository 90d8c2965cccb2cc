"""Oracle: law (the command writes what the Python function writes; bad use ends in one sentence and exit code 2)."""

import json
from pathlib import Path

import pytest

from trialwright.cli.main import main
from trialwright.population.synthetic import write_treated


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        main(list(arguments))
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_treated_cohort_as_the_function_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = str(tmp_path / "cli")
    code, out, _ = run(
        capsys, "cohort", "--treated", "im19-sle", "--n", "5", "--seed", "3", "--mess", "--out", place, "--json"
    )
    assert code == 0
    made = write_treated(tmp_path / "python", "im19-sle", 5, seed=3, mess=True)
    told = json.loads(out)
    assert told | {"path": "", "truth": "", "answers": ""} == {
        "path": "", "truth": "", "answers": "", "protocol": "im19-sle", "participants": 5, "infused": 4, "seed": 3,
    }  # fmt: skip
    assert Path(told["truth"]).read_bytes() == made.truth.read_bytes()
    assert Path(told["answers"]).read_bytes() == made.answers.read_bytes()
    for path in made.path.iterdir():
        assert (Path(told["path"]) / path.name).read_bytes() == path.read_bytes()


def test_a_site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "cohort", "--people", "60", "--out", str(tmp_path / "site"))
    assert code == 0
    assert "60 synthetic people (nobody of them exists)" in out
    assert (tmp_path / "site" / "Patient.ndjson").read_bytes().count(b"\n") == 60


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--mess"], "--mess needs --treated PROTOCOL"),
        (["--treated", "nct0576"], "did you mean nct05765006"),
        (["--treated", "nct05765006", "--n", "0"], "0 is not in the range"),
        (["--treated", "nct05765006", "--at", "0005-01-01"], "between 1950 and 2199"),
        (["--form", "xml"], "'xml' is not one of"),
    ],
    ids=str,
)
def test_bad_use(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str) -> None:
    code, out, err = run(capsys, "cohort", "--out", str(tmp_path / "no"), *arguments)
    assert (code, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err
