# pair: one invented trial as API v2, API 1, page, web page and table, beside the values that each of them states.
# ruff: noqa: E501
"""Readers, merging and comparison of versions."""

import json
from dataclasses import replace

import orjson
import pytest
from click.testing import CliRunner
from registry_pages import FULL, SUMMARY, V1, V2, WEB

from trialwright.cli.read import command
from trialwright.registry.diff import diff_record, diff_records
from trialwright.registry.document import record_document
from trialwright.registry.merge import merge_records, same_trial
from trialwright.registry.read import read_document, read_documents
from trialwright.registry.typed import PartialDate, read_age, read_count, read_date

KEYS = (
    "nct_id title brief_summary study_type status phases enrollment start_date completion_date last_update conditions sex"
    " minimum_age maximum_age healthy_volunteers allocation intervention_model masking primary_purpose arms interventions"
    " dose_levels sponsors investigators locations contacts references other_ids criteria sources findings"
)
SHARED = {
    "nct_id": "NCT09000001",
    "title": "CD19 CAR-T Cells (Testa-cel) in Active Lupus of Adults",
    "study_type": "INTERVENTIONAL",
    "phases": ["PHASE1", "PHASE2"],
    "enrollment": 20,
    "start_date": "2024-02",
    "last_update": "2024-05-06",
    "conditions": ["Systemic Lupus Erythematosus"],
    "sex": "ALL",
    "minimum_age": "18 Years",
    "healthy_volunteers": False,
    "intervention_model": "SINGLE_GROUP",
    "masking": "NONE",
    "primary_purpose": "TREATMENT",
}


def document(data, name="doc"):
    return record_document(read_document(data if isinstance(data, bytes) else json.dumps(data).encode(), name)[0])


@pytest.mark.parametrize("source", [V2, V1, FULL.encode()], ids=["API v2", "API 1", "page"])
def test_the_same_trial_reads_the_same_from_every_source(source):
    record = document(source)
    assert {key: record[key] for key in SHARED} == SHARED
    assert record["sponsors"][0] == {"name": "Testing Cells Ltd.", "class": "INDUSTRY", "role": "lead"}
    assert record["references"][0]["pmid"] == "12345678"
    assert record["other_ids"][0] == {"id": "TEST-001", "type": "org_study_id"}
    site = record["locations"][0]
    assert (site["facility"], site["city"], site["country"]) == ("Testing Clinic", "Springfield", "Canada")
    assert set(KEYS.split()) <= set(record)


def test_api_v2_in_full():
    record = document(V2)
    assert record["status"] == "RECRUITING"
    assert record["enrollment_type"] == "ESTIMATED"
    assert record["arms"] == [
        {"label": "Cells", "type": "EXPERIMENTAL", "description": "one", "interventions": ["Biological: Testa-cel"]}
    ]
    assert record["interventions"][0]["type"] == "BIOLOGICAL"
    assert record["sponsors"][1] == {"name": "Example University", "class": "OTHER", "role": "collaborator"}
    assert record["investigators"][0] == {
        "name": "Ada Example", "role": "PRINCIPAL_INVESTIGATOR", "affiliation": "Example Hospital"}  # fmt: skip
    assert [contact["phone"] for contact in record["contacts"]] == ["555 ext. 7", None]
    assert record["references"] == [
        {"type": "RESULT", "pmid": "12345678", "doi": "10.1000/x.1", "citation": "X. doi: 10.1000/x.1."}
    ]
    assert record["other_ids"][1] == {"id": "2024-000001-11", "type": "EUDRACT_NUMBER"}
    assert record["outcomes"][0]["time_frame"] == "28 days"
    assert record["dose_levels"][0]["value"] == 20_000_000
    assert [(item["id"], item["kind"], item["text"]) for item in record["criteria"]] == [
        ("I1", "inclusion", "Age >= 18 years"), ("E1", "exclusion", "Pregnancy")]  # fmt: skip
    assert {section["heading"] for section in record["sections"]} >= {
        "protocolSection.ipdSharingStatementModule", "protocolSection.statusModule"}  # fmt: skip
    assert record["findings"] == []


def test_lists_and_trimmed_answers():
    trimmed = {"protocolSection": {"identificationModule": {"nctId": "NCT09000002"}}}
    records = read_document(json.dumps({"studies": [V2, trimmed], "nextPageToken": "x"}).encode(), "answer")
    assert [record.nct_id for record in records] == ["NCT09000001", "NCT09000002"]
    assert records[1].findings == ()
    assert records[1].criteria == ()
    assert len(read_document(json.dumps([V2, trimmed]).encode(), "list")) == 2


def test_api_1_words_become_members():
    record = document(V1)
    assert (record["status"], record["allocation"]) == ("ACTIVE_NOT_RECRUITING", "NON_RANDOMIZED")
    assert record["enrollment_type"] == "ESTIMATED"
    assert [item["text"] for item in record["criteria"]] == ["Adult", "Active disease", "Pregnancy"]
    assert record["references"][0]["type"] == "RESULT"


def test_a_page_in_full():
    record = document(FULL.encode())
    assert record["investigators"] == [
        {"name": "Ada Example, MD", "role": "PRINCIPAL_INVESTIGATOR", "affiliation": "Example University Hospital"}]  # fmt: skip
    assert record["locations"][0]["status"] == "RECRUITING"
    assert record["contacts"][0]["phone"] == "+1 555 0100 200"
    assert record["contacts"][1]["role"] == "backup desk"
    assert record["references"][0]["doi"] == "10.1000/test.2024.1"
    assert record["arms"][0] == {
        "label": "Testa-cel in three doses", "type": "EXPERIMENTAL", "description": None, "interventions": ["Testa-cel"]}  # fmt: skip
    assert [(level["value"], level["role"]) for level in record["dose_levels"]] == [
        (1e7, "backup"), (2e7, "start"), (4e7, "level"), (6e7, "level")]  # fmt: skip
    assert [item["id"] for item in record["criteria"]] == ["I1", "I2", "I3", "I4", "E1", "E2"]
    assert [item["text"] for item in record["criteria"][2]["children"]] == [
        "Prednisone >= 5 mg/day.", "Dose stable for > 2 weeks."]  # fmt: skip
    assert any(section["heading"] == "Study Results" for section in record["sections"])
    assert [f["message"] for f in record["findings"]] == [
        "'backup desk' is no contact role of ClinicalTrials.gov v2; it is kept as written"]  # fmt: skip


def test_a_web_page():
    record = document(WEB.encode())
    assert record["title"] == "CD19 CAR-T Cells (Testa-cel) in Active Lupus of Adults"
    assert (record["status"], record["enrollment"]) == ("RECRUITING", 20)
    assert [(item["id"], item["text"], len(item["children"])) for item in record["criteria"]] == [
        ("I1", "Age ≥ 18 years", 0), ("I2", "One of:", 2), ("E1", "Pregnancy", 0)]  # fmt: skip


def test_a_table():
    text = "NCTId,BriefTitle,Phase,Conditions,EnrollmentCount,Countries,Mark\nNCT09000001,A,PHASE1|PHASE2,X|Y,20,Canada|China,z\n"
    record = document(text.encode())
    assert (record["phases"], record["conditions"], record["enrollment"]) == (["PHASE1", "PHASE2"], ["X", "Y"], 20)
    assert record["countries"] == ["Canada", "China"]
    assert record["sections"] == [{"heading": "Mark", "text": "z"}]


def test_a_page_whose_sentences_hold_the_numbers():
    text = (
        "Cells in lupus\nThis open-label, single-arm phase 1 study will recruit 8 adults.\n• Age ≥ 18 years, ≤ 65 years\n"
        "• Active disease"
    )
    record = document(text.encode())
    assert (record["enrollment"], record["minimum_age"], record["maximum_age"]) == (8, "18 Years", "65 Years")
    assert (record["masking"], record["intervention_model"], record["phases"]) == ("NONE", "SINGLE_GROUP", ["PHASE1"])
    said = [
        finding["where"].split(": ")[1]
        for finding in record["findings"]
        if "the page has no such field" in finding["message"]
    ]
    assert said == ["enrollment", "masking", "intervention_model", "phases", "minimum_age", "maximum_age"]


def test_pages_of_one_trial_are_merged_by_title_and_agree():
    merged = read_documents([("short.txt", SUMMARY.encode()), ("full.txt", FULL.encode())])
    assert len(merged) == 1
    assert [source.name for source in merged[0].sources] == ["short.txt", "full.txt"]
    assert merged[0].nct_id == "NCT09000001"
    assert merged[0].keywords == ("Testa-cel", "CAR-T")
    assert not [finding for finding in merged[0].findings if "the first is used" in finding.message]
    assert not [finding for finding in merged[0].findings if finding.where == "criteria"]


def test_every_difference_of_two_sources_is_a_finding():
    other = SUMMARY.replace("at most 65", "at most 70").replace("ClinicRecruiting", "ClinicCompleted")
    merged = read_documents([("full.txt", FULL.encode()), ("short.txt", other.encode())])
    messages = " | ".join(f"{finding.where}: {finding.message}" for finding in merged[0].findings)
    assert "locations 'Testing Clinic' status: full.txt says 'RECRUITING' and short.txt 'COMPLETED'" in messages
    assert "maximum_age: full.txt says '65 Years' and short.txt '70 Years'" in messages
    assert "at most 70" in messages


def test_trials_that_only_resemble_each_other_stay_apart():
    one = read_document(FULL.encode(), "a")[0]
    assert not same_trial(one, replace(one, nct_id="NCT09000009"))
    unnumbered = replace(one, nct_id=None)
    assert same_trial(one, unnumbered)
    assert not same_trial(one, replace(unnumbered, sponsors=(replace(one.sponsors[0], name="Somebody Else"),)))
    assert len(merge_records([one, replace(one, nct_id="NCT09000009")])) == 2


def test_a_diff_says_what_moved_and_nothing_else():
    before = read_document(FULL.encode(), "a")[0]
    moved = FULL.replace("RECRUITING\n\nClinical", "COMPLETED\n\nClinical").replace(
        "20 participants", "32 participants"
    )
    moved = moved.replace("2. Stem cell transplantation.", "2. Stem cell transplantation.\n3. HIV.").replace(
        "20x106", "30x106"
    )
    changes = diff_record(before, read_document(moved.encode(), "b")[0])
    assert [
        (change.field, change.before, change.after) for change in changes if change.field != "detailed_description"
    ] == [
        ("status", "RECRUITING", "COMPLETED"),
        ("enrollment", 20, 32),
        ("dose_levels", "2e+07 cells (start)", None),
        ("dose_levels", None, "3e+07 cells (start)"),
        ("exclusion E3", None, "HIV."),
    ]
    assert diff_record(before, before) == []


def test_a_diff_of_lists_pairs_trials_by_number():
    one = read_document(json.dumps(V2).encode(), "a")[0]
    two = replace(one, nct_id="NCT09000002", title="Other")
    changes = diff_records([one, two], [replace(one, status="COMPLETED")])
    assert [(change.trial, change.field) for change in changes] == [("NCT09000001", "status"), ("NCT09000002", "trial")]


def test_the_command(tmp_path):
    page, record = tmp_path / "page.txt", tmp_path / "record.txt"
    page.write_text(SUMMARY)
    record.write_text(FULL)
    printed = CliRunner().invoke(command, [str(page), str(record), "--json"])
    assert printed.exit_code == 0
    assert [item["nct_id"] for item in orjson.loads(printed.stdout)] == ["NCT09000001"]
    shown = CliRunner().invoke(command, [str(tmp_path)])
    assert "NCT09000001 CD19 CAR-T Cells" in shown.output
    assert "I2 Age at least 18" in shown.output
    changed = CliRunner().invoke(command, ["--diff", str(record), str(record)])
    assert changed.output == "No change.\n"


@pytest.mark.parametrize(("text", "expected"), [
    ("18 Years", "18 Years"), ("1 Year", "1 Year"), ("6 months", "6 Months"), ("18", "18 Years"), ("N/A", None), ("old", None),
])  # fmt: skip
def test_ages(text, expected):
    found = read_age(text)
    assert (str(found) if found else None) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("2024-07", "2024-07"), ("2024-07-15", "2024-07-15"), ("July 2001", "2001-07"), ("September 13, 2001", "2001-09-13"),
    ("15 July 2001", "2001-07-15"), ("2024/7/5", "2024-07-05"), ("2024-13", None), ("soon", None), ("2023-02-30", None),
])  # fmt: skip
def test_dates(text, expected):
    found = read_date(text)
    assert (str(found) if found else None) == expected


def test_a_partial_date_agrees_with_a_full_one():
    assert PartialDate(2024, 7).agrees(PartialDate(2024, 7, 15))
    assert not PartialDate(2024, 8).agrees(PartialDate(2024, 7, 15))


@pytest.mark.parametrize(
    ("text", "expected"), [(24, 24), ("24 participants", 24), ("1,200", 1200), ("many", None), (-1, None)]
)
def test_counts(text, expected):
    assert read_count(text) == expected


def test_fields_printed_behind_the_criteria_are_no_criteria():
    text = (
        "Cells in lupus\nInclusion Criteria: * Age >= 18 years * Active disease Exclusion Criteria: * Pregnancy * HIV "
        "Sex: ALL Minimum Age: 18 Years Maximum Age: 65 Years Healthy Volunteers: No"
    )
    record = document(text.encode())
    assert [item["text"] for item in record["criteria"]] == ["Age >= 18 years", "Active disease", "Pregnancy", "HIV"]
    assert (record["sex"], record["maximum_age"], record["healthy_volunteers"]) == ("ALL", "65 Years", False)


def test_a_lay_summary_ahead_of_the_criteria_is_not_read_as_criteria():
    text = (
        "Cells in sclerosis\nSummary by AI\nYou may join if you are 21 or older.\nEligibility\n* Inclusion Criteria:\n"
        "- • 1. Adults of either sex\n- • 2. Active disease。3. Consent。\n* Exclusion Criteria:\n- • 1. Pregnancy\n"
        "Status: Recruiting\nPhase: Phase 1/2\n"
    )
    record = document(text.encode())
    assert [item["text"] for item in record["criteria"]] == [
        "Adults of either sex",
        "Active disease。",
        "Consent。",
        "Pregnancy",
    ]
    assert (record["status"], record["phases"], record["minimum_age"]) == ("RECRUITING", ["PHASE1", "PHASE2"], None)
    assert record["sections"][0]["heading"] == "Summary by AI"


def test_a_document_that_cannot_be_read_is_set_aside_and_the_exit_code_is_2(tmp_path):
    (tmp_path / "a.txt").write_text(FULL)
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4")
    printed = CliRunner().invoke(command, [str(tmp_path), "--json"])
    assert printed.exit_code == 2
    assert len(orjson.loads(printed.stdout)) == 1
    assert printed.stderr.startswith("set aside: b.pdf is a PDF")
