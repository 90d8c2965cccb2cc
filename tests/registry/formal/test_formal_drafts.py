"""Oracle: law (a draft passes `check`; formalizing again keeps edits and renews what nobody touched)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from formal_help import catalog
from hypothesis import given
from hypothesis import strategies as st

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


def entry(id: str, label: str, text: str = "", **more: object) -> dict[str, object]:
    return {
        "id": id,
        "kind": "exclusion" if id[0] == "E" else "inclusion",
        "label": label,
        "text": text or label,
        **more,
    }


def merged(base: list, mine: list, theirs: list):  # type: ignore[no-untyped-def, type-arg]
    found = merge_drafts({"criteria": base}, {"criteria": mine}, {"criteria": theirs})
    return {one["id"]: one["text"] for one in found.protocol["criteria"]}, found


def test_both_changed_is_a_conflict() -> None:
    texts, found = merged(*([entry("I1", "Age of people", text)] for text in ("a", "b", "c")))
    assert texts == {"I1": "b"}
    assert len(found.conflicts) == 1


def test_a_criterion_taken_out_by_hand_stays_out() -> None:
    one, two = entry("I1", "Adults"), entry("I2", "Lupus")
    texts, found = merged([one, two], [one], [one, two])
    assert list(texts) == ["I1"]
    assert found.conflicts == ()


def test_edits_move_with_their_words_when_the_registry_puts_a_criterion_in() -> None:
    base = [entry("I1", "Adults"), entry("I2", "Lupus for a year"), entry("E1", "Pregnancy")]
    mine = [base[0], entry("I2", "Lupus for a year", "mine", children=[{"id": "I2a", "text": "x"}]), base[2]]
    theirs = [entry("I1", "Consent"), entry("I2", "Adults"), entry("I3", "Lupus for a year"), entry("E1", "Pregnancy")]
    texts, found = merged(base, mine, theirs)
    assert texts == {"I1": "Consent", "I2": "Adults", "I3": "mine", "E1": "Pregnancy"}
    assert found.protocol["criteria"][2]["children"] == [{"id": "I3a", "text": "x"}]
    assert found.conflicts == ()
    assert "criterion I1 is new" in found.news


def test_an_edited_criterion_that_the_registry_dropped_stays_and_is_named() -> None:
    base = [entry("I1", "Adults"), entry("I2", "Lupus for a year")]
    texts, found = merged(base, [base[0], entry("I2", "Lupus for a year", "mine")], [base[0], entry("I2", "Weight")])
    assert texts == {"I1": "Adults", "I2": "Weight", "I3": "mine"}
    assert len(found.conflicts) == 1


def test_a_criterion_that_a_person_added_gives_way_to_a_new_one() -> None:
    base = [entry("I1", "Adults")]
    texts, found = merged(base, [*base, entry("I2", "Own idea")], [*base, entry("I2", "Weight")])
    assert texts == {"I1": "Adults", "I2": "Weight", "I3": "Own idea"}
    assert found.news == ("criterion I2 is new", "criterion I2, which you added, is now I3")


WORDS = st.sampled_from(["Adults", "Lupus for a year", "Weight above fifty", "No infection now", "Consent is signed"])


@given(st.lists(WORDS, unique=True), st.lists(WORDS, unique=True), st.data())
def test_no_edit_and_no_new_criterion_is_lost(was: list[str], now: list[str], data: st.DataObject) -> None:
    base, theirs = ([entry(f"I{i}", words) for i, words in enumerate(some, 1)] for some in (was, now))
    edited = {one["id"] for one in base if data.draw(st.booleans())}
    mine = [{**one, "text": f"mine {one['id']}"} if one["id"] in edited else one for one in base]
    texts, found = merged(base, mine, theirs)
    assert len(texts) == len(found.protocol["criteria"])  # no number twice
    assert {f"mine {id}" for id in edited} <= set(texts.values())
    untouched = {one["label"] for one in base if one["id"] in edited}
    assert {words for words in now if words not in untouched} <= set(texts.values())
    again = merge_drafts({"criteria": theirs}, found.protocol, {"criteria": theirs})
    assert again.protocol["criteria"] == found.protocol["criteria"]  # once more changes nothing


def test_the_command_keeps_edits_and_comments_when_numbers_move(tmp_path: Path) -> None:
    out = tmp_path / "drafts"
    run(tmp_path, PAGE, "--out", str(out))
    file = out / "nct01234567.yaml"
    file.write_text("# seen by K.\n" + file.read_text("utf-8").replace("anti_dsdna positive", "ana positive"), "utf-8")
    page = PAGE.replace("1. Aged", "1. Body weight of at least 40 kg\n2. Aged").replace("2. Meets", "3. Meets")
    run(tmp_path, page.replace("3. Likes", "4. Likes"), "--out", str(out))
    criteria = {one["id"]: one for one in yaml.safe_load(file.read_text("utf-8"))["criteria"]}
    assert "weight" in criteria["I1"]["text"]
    assert "ana positive" in criteria["I3"]["text"]
    assert [f for f in check_files([file], []) if f.severity == "error"] == []
    assert "seen by K." in (out / "nct01234567.yaml.before").read_text("utf-8")
    run(tmp_path, page.replace("4 years", "6 years"), "--out", str(out))
    assert "seen by K." in (out / "nct01234567.yaml.before").read_text("utf-8")
    assert (out / "nct01234567.yaml.before.2").exists()


def test_a_page_without_criteria_gives_a_draft_that_says_so() -> None:
    record = read_document(b"NCT ID: NCT01234567\n\nBrief Summary\n\nA study.\n\nConditions\n\nLupus\n", "x.txt")[0]
    assert "unsupported" in draft_yaml(draft(record, catalog()))


def test_ages_and_sex_that_only_the_fields_state_are_in_the_draft(tmp_path: Path) -> None:
    record = {
        "protocolSection": {
            "identificationModule": {"nctId": "NCT01234567", "briefTitle": "A study in lupus"},
            "eligibilityModule": {
                "eligibilityCriteria": "Inclusion Criteria:\n\n* SLEDAI-2K >= 8", "sex": "FEMALE",
                "minimumAge": "18 Years", "maximumAge": "20 Weeks",
            },
        }
    }  # fmt: skip
    found = draft(read_document(json.dumps(record).encode(), "x.json")[0], catalog())
    first, second = found["criteria"]
    assert [one["text"] for one in first["children"]][0::2] == ["age >= 18 years", "sex is female"]
    assert first["children"][1]["text"].startswith("unsupported")
    assert (first["id"], second["id"]) == ("I0", "I1")
    said = record["protocolSection"]["eligibilityModule"]
    said["eligibilityCriteria"] = "Inclusion Criteria:\n\n* Age 20 to 60 years"
    again = draft(read_document(json.dumps(record).encode(), "x.json")[0], catalog())
    assert [one["label"] for one in again["criteria"][0]["children"]] == ["Registered sex: FEMALE"]
    (tmp_path / "d.yaml").write_text(draft_yaml(found), encoding="utf-8")
    assert [f for f in check_files([tmp_path / "d.yaml"], []) if f.severity == "error"] == []


def test_findings_of_the_record_stand_with_those_of_its_criteria(tmp_path: Path) -> None:
    (trial,) = json.loads(run(tmp_path, PAGE.replace("Inclusion", "Minimum Age: 30 Years\n\nInclusion"), "--json"))
    assert any("the field says 30 Years and criterion I1 says 20 Years" in one["message"] for one in trial["findings"])


def test_a_document_that_cannot_be_read_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "page.txt").write_text(PAGE, encoding="utf-8")
    result = CliRunner().invoke(command, [str(tmp_path), "--json"])
    assert result.exit_code == 2
    assert "set aside: a.pdf is a PDF" in result.stderr
    assert [one["trial"] for one in json.loads(result.stdout)] == ["NCT01234567"]


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    from trialwright.errors import TrialwrightError

    with pytest.raises(TrialwrightError, match="holds no files"):
        CliRunner().invoke(command, [str(tmp_path)], catch_exceptions=False)


def test_writing_a_draft_says_how_much_was_understood(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text("Inclusion Criteria:\n- Age >= 18 years\n- Zorbles well in the quux\n", "utf-8")
    result = CliRunner().invoke(command, [str(page), "--out", str(tmp_path / "drafts")])
    assert result.exit_code == 0
    assert "wrote" in result.output
    assert "2 criteria: 1 computed, 0 asked, 0 both, 1 not understood" in result.output
