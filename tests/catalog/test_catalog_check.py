"""Oracle: snapshot of what `trialwright check` says, and its exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from trialwright.catalog.schemas import json_schemas
from trialwright.cli.check import command
from trialwright.errors import TrialwrightError

PROTOCOL = """id: toy
title: Toy trial
registry: {nct_id: NCT00000000, pages: [{id: full, file: page.txt, kind: web}]}
anchors: {infusion: first car_t_infusion}
criteria:
  - id: I1
    kind: inclusion
    label: Weight
    source: {page: full, number: "3"}
    text: weight >= 40 kg
  - id: E1
    kind: exclusion
    label: Two of them
    children:
      - {id: E1.1, label: nephritis, text: has lupus_nephritis}
      - {id: E1.2, label: creatinine, text: "creatinine > 2.5 mg/dL (221 umol/L)"}
dose_levels:
  - {value: 25e6, role: start}
  - {value: 50e6}
  - {value: 100e6, alternatives: [150e6]}
escalation: {design: boin, max_n: 24, target: 0.3}
epochs: [{id: follow_up, label: Follow-up}]
visits: [{id: day_90, anchor: infusion, day: 90, window: 7, epoch: follow_up}]
endpoints: [{id: weight_90, label: Weight at day 90, type: primary, anchor: day_90, text: weight}]
"""


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(command, [str(argument) for argument in arguments])
    if isinstance(result.exception, TrialwrightError):
        raise result.exception
    return result.exit_code, result.stdout


def test_a_good_protocol_has_no_findings(tmp_path: Path) -> None:
    path = tmp_path / "toy.yaml"
    path.write_text(PROTOCOL)
    assert run(path) == (0, "")


def test_for_whom_an_endpoint_is_must_be_a_truth(tmp_path: Path) -> None:
    path = tmp_path / "toy.yaml"
    for text, code in (("has lupus_nephritis", 0), ("creatinine", 1), ("has lupus_nefritis", 1)):
        path.write_text(PROTOCOL.replace("text: weight}]", f"text: weight, applies: {text}}}]"))
        assert run(path)[0] == code, text


def test_findings_point_at_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "toy.yaml"
    path.write_text(
        PROTOCOL.replace("text: weight >= 40 kg", "text: wieght >= 40 kg").replace("has lupus_", "hass lupus_")
    )
    code, out = run(path)
    lines = out.splitlines()
    assert code == 1
    assert len(lines) == 2
    assert lines[0].startswith(f"{path}:10:11: error: wieght is not in the catalog")
    assert "weight" in lines[0]
    assert lines[1].startswith(f"{path}:15:")


def test_json_findings(tmp_path: Path) -> None:
    path = tmp_path / "toy.yaml"
    path.write_text(PROTOCOL.replace("page: full", "page: half"))
    code, out = run(path, "--json")
    document = json.loads(out)
    assert code == 1
    assert document["errors"] == 1
    assert document["findings"][0]["severity"] == "error"
    assert "names the page half" in document["findings"][0]["message"]


def test_a_file_builds_on_the_users_own_catalog(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "c.yaml").write_text(
        "source: s\nlicence: l\nversion: 1\n"
        "concepts:\n  - {id: serum_baff, label: BAFF, domain: measurement, unit: pg/mL}\n"
    )
    path = tmp_path / "toy.yaml"
    path.write_text(PROTOCOL.replace("weight >= 40 kg", "serum_baff >= 40 pg/mL"))
    assert run(path)[0] == 1
    assert run(path, "--catalog", mine) == (0, "")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrialwrightError, match=r"none\.yaml cannot be read"):
        run(tmp_path / "none.yaml")


def test_levels_reach_the_escalation(tmp_path: Path) -> None:
    from trialwright.catalog import load_protocol

    path = tmp_path / "toy.yaml"
    path.write_text(PROTOCOL)
    protocol = load_protocol(path)
    assert protocol.escalation is not None
    assert [int(level.value) for level in protocol.escalation.levels] == [25_000_000, 50_000_000, 100_000_000]
    assert protocol.visits[0].window == (-7, 7)
    assert [criterion.id for criterion in protocol.walk()] == ["I1", "E1", "E1.1", "E1.2"]
    assert protocol.criteria[1].children[0].kind == "exclusion"


def test_schemas_are_written(tmp_path: Path) -> None:
    assert run("--schemas", tmp_path) == (0, "")
    written = {path.name for path in tmp_path.iterdir()}
    assert written == {f"{kind}.schema.json" for kind in json_schemas()}
    schema = json.loads((tmp_path / "concepts.schema.json").read_text())
    assert schema["properties"]["concepts"]["type"] == "array"


def test_the_shipped_files_pass() -> None:
    from trialwright.catalog.load import data_directory

    assert run(data_directory()) == (0, "")
