# published: registry documents as ClinicalTrials.gov and trial sites published them, compared with their own fields.
# ruff: noqa: E501
"""The documents of ../shared: pages, fixtures with gold facts, API records, snapshots.  Skipped where that is absent."""

import csv
import json
from pathlib import Path

import pytest

from trialwright.registry.criteria import plain, read_criteria, walk
from trialwright.registry.diff import diff_records
from trialwright.registry.document import record_document
from trialwright.registry.index import build_index, row_of
from trialwright.registry.read import read_document, read_documents
from trialwright.registry.similar import similar
from trialwright.registry.words import catalog_names

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "registry"
pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="../shared is absent: no registry documents to read")
RECORDS = sorted((SHARED / "ctgov_v2").glob("*.json")) if SHARED.exists() else []


def read(folder, *names):
    return read_documents([(name, (SHARED / folder / name).read_bytes()) for name in names])


def raw_studies(path):
    document = json.loads(path.read_text())
    if isinstance(document, dict):
        return [study["protocolSection"] for study in document.get("studies", [document]) if "protocolSection" in study]
    return []


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_every_record_of_the_registry_is_complete(path):
    """Each field beside the same path of the raw JSON."""
    raw = raw_studies(path)
    records = [record_document(record) for record in read_document(path.read_bytes(), path.name)]
    if not raw:
        assert records
        return
    assert len(records) == len(raw)
    for record, study in zip(records, raw, strict=True):

        def at(*keys, study=study):
            value = study
            for key in keys:
                value = (value or {}).get(key)
            return value

        assert record["nct_id"] == at("identificationModule", "nctId")
        assert record["title"] == (at("identificationModule", "briefTitle") or "").strip() or record["title"] is None
        assert record["status"] == at("statusModule", "overallStatus")
        assert record["phases"] == (at("designModule", "phases") or [])
        assert record["enrollment"] == at("designModule", "enrollmentInfo", "count")
        assert record["start_date"] == at("statusModule", "startDateStruct", "date")
        assert record["last_update"] == at("statusModule", "lastUpdatePostDateStruct", "date")
        assert record["minimum_age"] == at("eligibilityModule", "minimumAge")
        assert record["maximum_age"] == at("eligibilityModule", "maximumAge")
        assert record["masking"] == at("designModule", "designInfo", "maskingInfo", "masking")
        assert record["conditions"] == (at("conditionsModule", "conditions") or [])
        for field, keys in {
            "arms": ("armsInterventionsModule", "armGroups"),
            "interventions": ("armsInterventionsModule", "interventions"),
            "locations": ("contactsLocationsModule", "locations"),
            "references": ("referencesModule", "references"),
            "investigators": ("contactsLocationsModule", "overallOfficials"),
        }.items():
            assert len(record[field]) == len(at(*keys) or [])
        kept = json.dumps(record["sections"])
        for module in study:
            if module not in kept:
                assert (
                    module.removesuffix("Module")
                    in "identification status sponsorCollaborators description conditions design armsInterventions outcomes eligibility contactsLocations references"
                )


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_no_word_of_the_criteria_is_lost(path):
    """The words of all criteria, put back in order, are those of the text without its headings."""
    for record in read_document(path.read_bytes(), path.name):
        spans = sorted((span.start, span.end) for item in walk(record.criteria) for span in item.own)
        left, at = [], 0
        for start, end in [*spans, (len(record.criteria_text), None)]:
            assert start >= at
            left.append(record.criteria_text[at:start])
            at = end
        for line in plain("\n".join(left)).replace("Criteria:", "Criteria:\n").split("\n"):
            words = "".join(sign for sign in line.lower() if sign.isalpha())
            for heading in (
                "inclusion",
                "exclusion",
                "criteria",
                "eligibility",
                "key",
                "main",
                "general",
                "iii",
                "ii",
                "iv",
                "vi",
            ):
                words = words.replace(heading, "")
            assert len(words) <= 12, line


LCT = sorted((SHARED.parent / "eligibility" / "lct" / "brat").glob("*.txt"))


@pytest.mark.skipif(not LCT, reason="../shared holds no eligibility texts of the Leaf Clinical Trials corpus")
def test_no_word_of_five_hundred_other_texts_is_lost():
    """Only the words of headings stand outside criteria, and no two criteria share a letter."""
    for path in LCT:
        text = path.read_text()
        criteria, _ = read_criteria(text)
        spans = sorted((span.start, span.end) for item in walk(criteria) for span in item.own)
        left, at = [], 0
        for start, end in [*spans, (len(text), None)]:
            assert start >= at
            left.append(text[at:start])
            at = end
        for line in "\n".join(left).split("\n"):
            words = "".join(sign for sign in line.lower() if sign.isalpha())
            for heading in (
                "inclusion",
                "exclusion",
                "criteria",
                "eligibility",
                "patient",
                "key",
                "main",
                "subject",
                "general",
            ):
                words = words.replace(heading, "")
            assert len(words) <= 6, (path.name, line)


def test_two_pages_of_one_trial_are_one_record():
    records = read("pages", "NCT05765006-full-page.txt", "NCT05765006-summary-page.txt")
    assert len(records) == 1
    record = record_document(records[0])
    expected = {
        "nct_id": "NCT05765006", "status": "RECRUITING", "phases": ["PHASE1"], "enrollment": 24, "start_date": "2023-02-24",
        "completion_date": "2025-12-30", "last_update": "2023-03-15", "minimum_age": "18 Years", "maximum_age": "70 Years",
        "sex": "ALL", "healthy_volunteers": False, "allocation": "NA", "intervention_model": "SINGLE_GROUP", "masking": "NONE",
        "primary_purpose": "TREATMENT", "study_type": "INTERVENTIONAL", "conditions": ["Systemic Lupus Erythematosus"],
    }  # fmt: skip
    assert {key: record[key] for key in expected} == expected
    assert [(level["value"], level["role"], level["per"]) for level in record["dose_levels"]] == [
        (15e6, "backup", None), (25e6, "start", None), (50e6, "level", None), (100e6, "level", None), (150e6, "level", None)]  # fmt: skip
    assert [item["id"] for item in record["criteria"]] == [
        *(f"I{n}" for n in range(1, 7)),
        *(f"E{n}" for n in range(1, 7)),
    ]
    assert len(record["criteria"][3]["children"]) == 3
    assert [person["name"] for person in record["investigators"]] == ["yu Hu", "heng Mei", "liangjing Lv"]
    assert record["locations"] == [
        {"facility": "Relma-cel Medical", "city": "Shanghai", "country": "China", "status": "RECRUITING", "state": None}]  # fmt: skip
    assert [(r["type"], r["pmid"], r["doi"]) for r in record["references"]] == [
        ("RESULT", "3005930", None), ("DERIVED", "40386685", "10.1016/j.eclinm.2025.103229")]  # fmt: skip
    assert record["other_ids"] == [{"id": "JWCAR029012", "type": "org_study_id"}]
    assert not [finding for finding in record["findings"] if "the first is used" in finding["message"]]


@pytest.mark.parametrize(("page", "inclusion", "exclusion", "doses", "ages", "people"), [
    ("im19-sle-page.txt", 9, 0, [(1e6, "kg"), (1e8, None)], ("18 Years", "65 Years"), 6),
    ("relma-cel-ssc-page.txt", 9, 0, [], ("18 Years", "65 Years"), None),
    ("universal-cd19-bcma-sle-page.txt", 9, 13, [], ("18 Years", None), 18),
])  # fmt: skip
def test_the_other_seed_pages(page, inclusion, exclusion, doses, ages, people):
    record = record_document(read("pages", page)[0])
    assert sum(item["kind"] == "inclusion" for item in record["criteria"]) == inclusion
    assert sum(item["kind"] == "exclusion" for item in record["criteria"]) == exclusion
    assert [(level["value"], level["per"]) for level in record["dose_levels"]] == doses
    assert (record["minimum_age"], record["maximum_age"]) == ages
    assert record["enrollment"] == people


def gold():
    return json.loads((SHARED / "fixtures" / "gold.json").read_text()) if SHARED.exists() else []


@pytest.mark.parametrize("item", gold(), ids=lambda item: item["file"].split("_")[0])
def test_gold_facts_of_records(item):
    """Ages, doses, numbers of people and designs of the gold facts; a lost comparator gives no age but a finding."""
    record = record_document(read("fixtures", item["file"])[0])
    for fact in item["gold"]:
        if fact.get("var") == "age" and fact["op"] == "between":
            assert (record["minimum_age"], record["maximum_age"]) == (f"{fact['lo']} Years", f"{fact['hi']} Years")
        elif fact.get("var") == "age" and fact["op"] == ">=":
            assert (record["minimum_age"], record["maximum_age"]) == (f"{fact['value']} Years", None)
        elif fact.get("op") == "?":
            assert record["minimum_age"] is None
            assert any("ambiguous" in finding["message"] for finding in record["findings"])
        elif "doses_per_kg" in fact:
            assert [level["value"] for level in record["dose_levels"]] == fact["doses_per_kg"]
            assert {level["per"] for level in record["dose_levels"]} == {"kg"}
            assert [record["enrollment_minimum"], record["enrollment"]] == fact["n"]
            assert record["dose_design"] == fact["design"]
        if fact.get("kind") == "exclusion":
            assert any(criterion["kind"] == "exclusion" for criterion in record["criteria"])


def test_the_two_snapshots_differ_where_the_registry_moved():
    """Published: of 283 trials common to April and August 2026, 78 were updated; status of 36, enrolment of 23 (reference)."""
    before, after = (
        read_document((SHARED / "snapshot_autoimmune_cart" / f"2026-{day}_trials.csv").read_bytes(), day)
        for day in ("04-25", "08-22")
    )
    changes = diff_records(before, after)
    common = {record.nct_id for record in before} & {record.nct_id for record in after}
    assert len(common) == 283

    def moved(field):
        return len({change.trial for change in changes if change.field == field and change.trial in common})

    assert (moved("last_update"), moved("status"), moved("enrollment")) == (78, 36, 23)
    assert moved("start_date") == 14


def test_every_row_of_a_snapshot_is_read():
    path = SHARED / "snapshot_autoimmune_cart" / "2026-08-22_trials.csv"
    rows = list(csv.DictReader(path.open()))
    records = read_document(path.read_bytes(), path.name)
    assert [record.nct_id for record in records] == [row["NCTId"] for row in rows]
    assert sum(record.enrollment is not None for record in records) == sum(bool(row["EnrollmentCount"]) for row in rows)


@pytest.mark.parametrize(
    ("page", "number"), [("im19-sle-page.txt", "NCT06513429"), ("universal-cd19-bcma-sle-page.txt", "NCT06920433")]
)
def test_a_page_without_a_number_is_most_like_its_own_trial(page, number):
    """The snapshot holds the registry's record of the same product in the same disease (IM19; UCAR-T CD19/BCMA)."""
    names = catalog_names()
    path = SHARED / "snapshot_autoimmune_cart" / "2026-08-22_trials.csv"
    index = build_index(read_document(path.read_bytes(), path.name), names)
    found = similar(index, row_of(read("pages", page)[0], names), names)
    assert found[0].trial.row["nct_id"] == number
    assert "same condition: Systemic lupus erythematosus" in found[0].reasons
