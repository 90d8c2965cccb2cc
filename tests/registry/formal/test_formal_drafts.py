"""Oracle: law (a draft passes `check`; formalizing again keeps edits and renews what nobody touched)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from formal_help import catalog

from trialwright.catalog.check import check_files
from trialwright.cli.formalize import command
from trialwright.registry.formal.draft import draft, draft_yaml
from trialwright.registry.formal.merge import merge_drafts
from trialwright.registry.read import read_document

PAGE = """A Study of Something in Lupus

NCT ID: NCT01234567

Inclusion Criteria:

1. Aged 20 to 60 years
2. Meets at least one of the following:
   * SLEDAI-2K \\>= 9
   * Positive for anti-dsDNA
3. Likes long walks

Exclusion Criteria:

1. History of malignancy within 4 years
2. Willingness to fly
"""


def run(folder: Path, text: str = PAGE, *options: str) -> str:
    page = folder / "page.txt"
    page.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(command, [str(page), *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_json_has_the_promised_shape(tmp_path: Path) -> None:
    (trial,) = json.loads(run(tmp_path, PAGE, "--json"))
    assert trial["trial"] == "NCT01234567"
    assert {"criteria", "computed", "ask", "unsupported", "characters", "characters_understood"} <= set(
        trial["coverage"]
    )
    for criterion in trial["criteria"]:
        assert {"id", "kind", "text", "state", "expression", "left_over"} <= set(criterion)
        assert criterion["state"] in ("computed", "ask", "mixed", "unsupported")
    states = {criterion["id"]: criterion["state"] for criterion in trial["criteria"]}
    assert states["I1"] == "computed"
    assert states["I3"] == "unsupported"


def test_a_draft_passes_the_check(tmp_path: Path) -> None:
    run(tmp_path, PAGE, "--out", str(tmp_path / "drafts"))
    (file,) = (tmp_path / "drafts").glob("*.yaml")
    assert [f for f in check_files([file], []) if f.severity == "error"] == []


def test_formalizing_again_keeps_edits(tmp_path: Path) -> None:
    out = tmp_path / "drafts"
    run(tmp_path, PAGE, "--out", str(out))
    file = out / "nct01234567.yaml"
    edited = file.read_text("utf-8").replace("age between 20 and 60 years", "age between 21 and 60 years")
    file.write_text(edited, encoding="utf-8")
    run(tmp_path, PAGE.replace("4 years", "5 years"), "--out", str(out))
    again = file.read_text("utf-8")
    assert "age between 21 and 60 years" in again
    assert "within 5 years" in again


def test_a_file_of_unknown_origin_is_not_overwritten(tmp_path: Path) -> None:
    from trialwright.errors import TrialwrightError

    out = tmp_path / "drafts"
    out.mkdir()
    (out / "nct01234567.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(TrialwrightError, match="write to another folder"):
        run(tmp_path, PAGE, "--out", str(out))


def test_both_changed_is_a_conflict() -> None:
    base, mine, theirs = ({"criteria": [{"id": "I1", "text": text}]} for text in ("a", "b", "c"))
    merged, conflicts = merge_drafts(base, mine, theirs)
    assert merged["criteria"] == [{"id": "I1", "text": "b"}]
    assert len(conflicts) == 1


def test_a_criterion_taken_out_by_hand_stays_out() -> None:
    base = {"criteria": [{"id": "I1", "text": "a"}, {"id": "I2", "text": "b"}]}
    merged, conflicts = merge_drafts(base, {"criteria": [{"id": "I1", "text": "a"}]}, base)
    assert [entry["id"] for entry in merged["criteria"]] == ["I1"]
    assert conflicts == []


def test_a_page_without_criteria_gives_a_draft_that_says_so() -> None:
    record = read_document(b"NCT ID: NCT01234567\n\nBrief Summary\n\nA study.\n\nConditions\n\nLupus\n", "x.txt")[0]
    assert "unsupported" in draft_yaml(draft(record, catalog()))
