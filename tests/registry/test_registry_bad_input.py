# law: whatever bytes are read, the answer is records with findings or one sentence; never another exception.
# ruff: noqa: E501
"""Documents that are no trial, broken documents, and a fuzz of all readers."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registry_pages import FULL, SUMMARY, V2

from trialwright.errors import TrialwrightError
from trialwright.registry.document import record_document
from trialwright.registry.read import read_document

REFUSED = {
    "a PDF": (b"%PDF-1.7 ...", "PDF"),
    "nothing": (b"", "empty"),
    "NUL bytes only": (b"\x00" * 500, "empty"),
    "a login page": (b"<html><body><h1>Welcome</h1><form><input type='password'></form></body></html>", "login"),
    "a login page as text": (b"Please sign in to continue\nUser\nPassword", "login"),
    "two trials": ((FULL + "\n" + FULL.replace("NCT09000001", "NCT09000002")).encode(), "more than one trial"),
    "JSON cut in half": (json.dumps(V2, indent=1).encode()[:900], "cut off"),
    "JSON of something else": (b'{"a": 1}', "holds no trial"),
    "JSON nested too deeply": (b"[" * 100_000, "JSON"),
    "prose": (b"Once upon a time there was a trial. " * 40, "not recognised"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "picture"),
    "50 MB of criteria": (b"Inclusion Criteria:\n" + b"- adult of 18 years\n" * 2_500_000, "too many"),
}


def test_a_list_ahead_of_another_trials_page_is_said():
    """A page without headings, saved in one file with a page that has them: its criteria are not read in silence."""
    first = (
        "CAR-T cells in scleroderma\n\n- Adults of 18 to 65 years\n- Scleroderma for half a year\n- No infection\n\n"
    )
    records = read_document((first + FULL).encode(), "the file")
    alone = read_document(FULL.encode(), "the file")
    said = [f.message for record in records for f in record.findings if "two trials" in f.message]
    assert said
    assert "3 items" in said[0]
    assert not [f for record in alone for f in record.findings if "two trials" in f.message]


@pytest.mark.parametrize("kind", REFUSED)
def test_refused_with_one_sentence(kind):
    data, words = REFUSED[kind]
    with pytest.raises(TrialwrightError) as refused:
        read_document(data, "the file")
    assert words in str(refused.value)
    assert str(refused.value).startswith("the file ")
    assert "\n" not in str(refused.value)


def findings(data, name="page"):
    return [finding.message for record in read_document(data, name) for finding in record.findings]


def test_nul_bytes_are_blanks_with_a_finding():
    assert any("NUL" in message for message in findings(FULL.encode().replace(b"Lupus", b"\x00Lupus")))


def test_wrong_encoding_is_mended_with_a_finding():
    broken = FULL.replace("at least", "≥").encode().decode("cp1252", "replace").encode()
    record = read_document(broken, "page")[0]
    assert "≥ 18" in record.criteria[1].text
    assert any("wrong encoding" in finding.message for finding in record.findings)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-16-le"])
def test_other_encodings(encoding):
    assert read_document(FULL.encode(encoding), "page")[0].nct_id == "NCT09000001"


def test_gb18030():
    text = "入选标准：\n1. 年龄18岁以上，性别不限，自愿签署知情同意书；\n2. 活动性疾病。\n排除标准：\n1. 妊娠期或哺乳期女性。"
    record = read_document(text.encode("gb18030"), "page")[0]
    assert [item.id for item in record.criteria] == ["I1", "I2", "E1"]


def test_turkish_is_kept_and_said():
    text = (
        "Lupus hastalarında bir çalışma\nDahil Edilme Kriterleri:\n- 18 yaş ve üzeri olan hastalar\n"
        "- Tedavi için uygun olan hastalar\nHariç Tutma Kriterleri:\n- Gebe olan hastalar ve emziren anneler\n"
    )
    record = read_document(text.encode(), "page")[0]
    assert [item.id for item in record.criteria] == ["I1", "I2", "E1"]
    assert any("Turkish" in finding.message for finding in record.findings)


def test_unknown_members_are_kept_with_a_finding():
    study = json.loads(json.dumps(V2))
    study["protocolSection"]["statusModule"]["overallStatus"] = "PAUSED"
    study["protocolSection"]["designModule"]["phases"] = ["PHASE9"]
    record = read_document(json.dumps(study).encode(), "record")[0]
    assert (record.status, record.phases) == ("PAUSED", ("PHASE9",))
    assert sum("kept as written" in finding.message for finding in record.findings) == 2


def test_a_number_of_the_wrong_form_is_an_error_finding():
    text = json.dumps(V2).replace("NCT09000001", "NCT0900001")
    found = read_document(text.encode(), "record")[0].findings
    assert any(finding.severity == "error" and "eight digits" in finding.message for finding in found)


def test_a_file_named_for_another_trial():
    assert any("is named NCT09999999" in message for message in findings(json.dumps(V2).encode(), "NCT09999999.json"))


def test_contradictory_ages_are_a_finding_and_the_field_is_kept():
    text = FULL.replace("at least 18 years", "at least 16 years")
    record = read_document(text.encode(), "page")[0]
    assert str(record.minimum_age) == "18 Years"
    assert any("16 Years" in finding.message for finding in record.findings)


def test_lost_comparators_are_ambiguous_and_no_age_is_read():
    record = read_document(b"Title of it\nInclusion Criteria\n- Adults aged = 18 years\n- ALT = 3 x ULN\n", "page")[0]
    assert record.minimum_age is None
    assert sum("ambiguous" in finding.message for finding in record.findings) == 2


@pytest.mark.long  # it measures time
@pytest.mark.parametrize(
    "unit", ["1) ", "(", "* ", "- a:\n", "Inclusion Criteria: ", "1. x. ", "a. B ", "① ", "\\", "&amp;", "= 1 "]
)
def test_time_is_linear_in_length(unit):
    """Less than a second for 10 kB, whatever stands there."""
    text = ("Inclusion Criteria:\n" + unit * (100_000 // len(unit))).encode()
    start = time.process_time()
    with suppress(TrialwrightError):
        read_document(text, "page")
    assert time.process_time() - start < 10


PIECES = st.sampled_from([
    "Inclusion Criteria:", "Exclusion Criteria", "\n", "\n\n", "  ", "* ", "• ", "‣ ", "⁃ ", "∙ ", "- ", "1. ", "2\\) ", "(3) ",
    "a) ", "① ", "18\\", "~65 years", "Age ≥ 18", "15x106 cells", "10\\^6/kg", "NCT09000001", "Phase", "Status", "Sex: ALL",
    "Locations", "- SiteRecruiting", "References", "PMID: 123", "Group Type EXPERIMENTAL", "Intervention Type DRUG",
    "Role: CONTACT", "Sponsors", "any of the following:", "= 3", "\x00", "\ufffd", "é", "标准", "<p>", "</li>", "{", "}",
])  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_breaks_the_page_reader(text):
    survives(text.encode(errors="replace"))


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_bytes_break_the_reader(data):
    survives(data)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**12)
    | st.text(max_size=12)
    | st.sampled_from(["NA", "18 Years", "2024-13"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["date", "count", "name", "type", "contacts", "label", "nctId"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_no_json_breaks_the_record_reader(data):
    """Any value of a real record replaced by anything else."""
    study = json.loads(json.dumps(V2))
    holder = study["protocolSection"]
    module = data.draw(st.sampled_from(sorted(holder)))
    if data.draw(st.booleans()) and holder[module]:
        holder[module][data.draw(st.sampled_from(sorted(holder[module])))] = data.draw(VALUES)
    else:
        holder[module] = data.draw(VALUES)
    survives(json.dumps(study).encode())


@given(st.integers(0, len(SUMMARY)), st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_a_page_with_a_hole_is_read(place, length):
    survives((SUMMARY[:place] + SUMMARY[place + length :]).encode())


def survives(data):
    try:
        records = read_document(data, "a file")
    except TrialwrightError:
        return
    for record in records:
        json.dumps(record_document(record))
