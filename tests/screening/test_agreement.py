"""law: a protocol agrees with itself, tables count everybody, and a change shows as what two screenings say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from trialwright.catalog import load_catalog
from trialwright.catalog.expressions import read_expression
from trialwright.cli.compare import command
from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n
from trialwright.language.expand import expand
from trialwright.registry.formal.draft import draft, draft_yaml
from trialwright.registry.read import read_documents
from trialwright.screening import screen
from trialwright.screening.agreement import QUESTIONS, Agreement, answered, compare, share
from trialwright.screening.standing import standing

DRAFT = {
    "id": "draft",
    "title": "A draft",
    "version": "1",
    "source": "tests",
    "criteria": [
        {"id": "I1", "kind": "inclusion", "label": "Adults", "text": "age >= 18 years"},
        {
            "id": "I2", "kind": "inclusion", "label": "Lupus, active",
            "children": [
                {"id": "I2a", "kind": "inclusion", "label": "Lupus", "text": "has systemic_lupus_erythematosus"},
                {"id": "I2b", "kind": "inclusion", "label": "Active", "text": 'ask "Active" (judgement)'},
            ],
        },
        {"id": "E1", "kind": "exclusion", "label": "Infection",
         "text": 'has infection and ask "The infection is there now" (look_up)'},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A draft, and another reading of its page: other age, the question cut another way, a criterion more."""
    folder = tmp_path_factory.mktemp("drafts")
    other = json.loads(json.dumps(DRAFT)) | {"id": "other"}
    other["criteria"][0]["text"] = "age >= 40 years"
    other["criteria"][1] = {
        "id": "I2", "kind": "inclusion", "label": "Lupus, active",
        "text": 'has systemic_lupus_erythematosus and ask "Is the lupus active?" (judgement)',
    }  # fmt: skip
    other["criteria"].append(
        {"id": "E2", "kind": "exclusion", "label": "Never", "text": "has stroke and not has stroke"}
    )
    paths = []
    for data in (DRAFT, other):
        paths.append(folder / f"{data['id']}.yaml")
        paths[-1].write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return paths[0], paths[1]


@pytest.fixture(scope="module")
def found(drafts: tuple[Path, Path], cohort: Path) -> Agreement:
    return compare(*drafts, cohort / "population.duckdb")


def test_a_protocol_agrees_with_itself(cohort: Path) -> None:
    found = compare("relma-cel-ssc", "relma-cel-ssc", cohort / "population.duckdb")
    assert all(found.share(how) == 1 for how in QUESTIONS)
    assert all(item.share(how) == 1 for item in found.items for how in QUESTIONS)
    assert found.differences == ()


def test_every_table_counts_everybody(found: Agreement) -> None:
    for how in QUESTIONS:
        assert np.array(found.verdicts[how]).sum() == found.persons == 300
        assert all(np.array(item.states[how]).sum() == 300 for item in found.items)


def test_open_questions_give_the_verdicts_of_two_screenings(
    found: Agreement, drafts: tuple[Path, Path], cohort: Path
) -> None:
    run = screen(drafts, cohort / "population.duckdb")
    first, second = (standing(run, name).verdict for name in ("draft", "other"))
    table = [[int(((first == i) & (second == j)).sum()) for j in range(3)] for i in range(3)]
    assert [list(row) for row in found.verdicts["open"]] == table
    assert share(found.verdicts["open"]) < 1
    named = {one.person for one in found.differences if one.questions == "open"}
    assert len(named) == int((first != second).sum())


def test_answered_in_nobody_with_the_disease_is_held_back(found: Agreement) -> None:
    (_, eligible, undetermined) = found.verdicts["in"]
    assert sum(eligible) > 0
    assert sum(found.verdicts["open"][1]) == 0  # each draft asks everybody with lupus something
    assert sum(undetermined) < sum(found.verdicts["open"][2])


def test_kept_out_nobody_gets_in(found: Agreement) -> None:
    assert found.verdicts["out"][1] == (0, 0, 0)


def test_criteria_are_compared_as_wholes(found: Agreement) -> None:
    by_id = {item.id: item for item in found.items}
    assert by_id["I2"].share("open") == by_id["I2"].share("in") == 1  # one question or two clauses: the same criterion
    assert by_id["I1"].share("open") < 1
    assert (found.only_first, found.only_second) == ((), ("E2",))
    assert all(one.criteria == ("I1",) for one in found.differences)


def test_protocols_without_a_common_criterion_are_refused(
    drafts: tuple[Path, Path], cohort: Path, tmp_path: Path
) -> None:
    lone = {**DRAFT, "id": "lone", "criteria": [{**DRAFT["criteria"][0], "id": "I9"}]}  # type: ignore[index, dict-item]
    (tmp_path / "lone.yaml").write_text(yaml.safe_dump(lone), encoding="utf-8")
    with pytest.raises(TrialwrightError, match="no criterion of one id"):
        compare(drafts[0], tmp_path / "lone.yaml", cohort / "population.duckdb")


YES, NO = n.ALWAYS, n.Not(n.ALWAYS)
QUESTION = 'ask q "Is it so?" (judgement)'


@pytest.mark.parametrize(
    ("text", "wanted", "expected"),
    [
        (QUESTION, True, YES),
        (QUESTION, False, NO),
        (f"not {QUESTION}", True, n.Not(NO)),
        (f"if {QUESTION} then {QUESTION}", True, n.If(NO, YES)),
        (f"first known of ({QUESTION}, {QUESTION})", False, n.FirstKnown((NO, NO))),
    ],
)
def test_answers_help_the_whole(text: str, wanted: bool, expected: n.Expression) -> None:
    assert answered(expand(read_expression(text), load_catalog()), wanted) == expected


def test_the_command(drafts: tuple[Path, Path], cohort: Path) -> None:
    names = [str(path) for path in drafts]
    result = CliRunner().invoke(command, [*names, "--population", str(cohort / "population.duckdb"), "--json"])
    assert result.exit_code == 0, result.output
    got = json.loads(result.stdout)
    assert set(got["verdicts"]["open"]) == {"eligible", "ineligible", "undetermined"}
    assert got["persons"] == 300
    said = CliRunner().invoke(command, [*names, "--population", str(cohort / "population.duckdb")]).output
    assert "the same verdict for" in said
    assert "only in other: E2" in said


PAGES = {
    "nct05765006": ("NCT05765006-full-page.txt", "NCT05765006-summary-page.txt"),
    "im19-sle": ("im19-sle-page.txt",),
    "relma-cel-ssc": ("relma-cel-ssc-page.txt",),
    "universal-cd19-bcma-sle": ("universal-cd19-bcma-sle-page.txt",),
}
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "registry" / "pages"


@pytest.mark.long
@pytest.mark.skipif(not SHARED.is_dir(), reason="the pages of the four trials are not in ../shared")
@pytest.mark.parametrize("trial", PAGES)
def test_a_draft_of_the_pages_gives_the_verdicts_of_the_protocol_written_by_hand(
    trial: str, cohort: Path, tmp_path: Path
) -> None:
    """independent: the draft of `formalize` and the protocol that people wrote, over the same 300 people."""
    record = read_documents([(name, (SHARED / name).read_bytes()) for name in PAGES[trial]])[0]
    file = tmp_path / "draft.yaml"
    file.write_text(draft_yaml(draft(record, load_catalog())), encoding="utf-8")
    found = compare(trial, file, cohort / "population.duckdb")
    assert all(found.share(how) >= 0.95 for how in QUESTIONS)
    assert sum(item.share("in") >= 0.95 for item in found.items) >= 0.9 * len(found.items)
    assert (found.only_first, found.only_second) == ((), ())
