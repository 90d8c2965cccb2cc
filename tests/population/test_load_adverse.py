"""Oracle: pair (adverse events of FHIR R4 and of HL7's research guide, and the facts that they state, by hand)."""

import datetime as dt

import pytest
from load_help import OWN, about, coded, facts, loaded, ndjson, patient, reasons

from trialwright.language.facts import DAY, FOREVER, day_number

GUIDE = "http://hl7.org/fhir/uv/ae-research-backport-ig/StructureDefinition/"
NCI = "http://ncithesaurus-stage.nci.nih.gov"
LAST = (day_number(dt.date(2026, 6, 30)) + 1) * DAY - 1


def minute(text):
    return day_number(dt.date.fromisoformat(text)) * DAY


def event(number=1, term="neutropenia", grade="C41340", end="2026-03-20", **more):
    extensions = [{"url": f"{GUIDE}ae-grade", "valueCodeableConcept": coded(grade, NCI)}] if grade else []
    extensions += [{"url": f"{GUIDE}resolve-date", "valueDateTime": end}] if end else []
    made = about("AdverseEvent", number, actuality="actual", event=coded(term), date="2026-03-08", extension=extensions)
    return made | more


def stated(tmp_path, *records):
    into = tmp_path / "a.duckdb"
    report = loaded(ndjson(tmp_path / "a.ndjson", patient(), *records), into, extracted=dt.date(2026, 6, 30))
    return facts(into), report


def test_an_event_is_several_facts_of_one_source(tmp_path):
    serious = {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/adverse-event-seriousness", "code": "serious"}]
    }
    causality = [{"instance": {"display": "CAR-T"}, "causality": [{"assessment": coded("Possible")}]}]
    found, report = stated(tmp_path, event(seriousness=serious, suspectEntity=causality))
    assert report.total("kept") == report.total("read") == 2
    parts = ("adverse_event", "neutropenia", "adverse_event_grade", "serious_adverse_event", "adverse_event_related")
    facts_of_it = [found[name][0] for name in parts]
    assert {f.source for f in facts_of_it} == {"AdverseEvent/1"}
    assert {f.start.lower for f in facts_of_it} == {minute("2026-03-08")}
    assert [f.end is None for f in facts_of_it] == [False, False, True, True, True]
    assert facts_of_it[1].end.upper == minute("2026-03-21") - 1
    assert facts_of_it[2].lower == facts_of_it[2].upper == 3
    assert facts_of_it[3].categories == facts_of_it[4].categories == {"present"}


@pytest.mark.parametrize(
    ("parts", "grade"),
    [
        ({"grade": "C41338"}, 1.0),
        ({"grade": "C48275"}, 5.0),
        ({"grade": None, "extension": [{"url": f"{GUIDE}ae-grade", "valueCodeableConcept": {"text": "Grade 4"}}]}, 4.0),
        ({"grade": None, "extension": [{"url": "http://x.org/adverse-event-grade", "valueInteger": 2}]}, 2.0),
        ({"grade": "grade-9"}, None),
        ({"grade": None}, None),
        ({"grade": None, "severity": coded("severe")}, None),
    ],
    ids=str,
)
def test_grades(tmp_path, parts, grade):
    found, _ = stated(tmp_path, event(**parts))
    fact = found["adverse_event_grade"][0]
    assert (fact.lower, fact.problem) == ((grade, None) if grade is not None else (None, "no_data"))


@pytest.mark.parametrize(
    ("parts", "end"),
    [
        ({}, (minute("2026-03-20"), minute("2026-03-21") - 1)),
        ({"end": None, "outcome": coded("resolved")}, (minute("2026-03-08"), LAST)),
        ({"end": None, "outcome": coded("ongoing")}, (LAST, FOREVER)),
        ({"end": None}, (minute("2026-03-08"), FOREVER)),
    ],
    ids=str,
)
def test_resolution(tmp_path, parts, end):
    found, _ = stated(tmp_path, event(**parts))
    assert [(f.end.lower, f.end.upper) for f in (found["adverse_event"][0], found["neutropenia"][0])] == [end, end]


@pytest.mark.parametrize(
    ("assessments", "categories", "problem"),
    [
        (["C53256"], {"absent"}, None),
        (["Unlikely", "Probably-Likely"], {"present"}, None),
        (["C53260"], {"present"}, None),
        (["Unassessable-Unclassifiable"], None, "ambiguous_text"),
        ([], None, "no_data"),
    ],
    ids=str,
)
def test_relatedness(tmp_path, assessments, categories, problem):
    entities = [{"causality": [{"assessment": coded(a)}]} for a in assessments]
    fact = stated(tmp_path, event(suspectEntity=entities))[0]["adverse_event_related"][0]
    assert (fact.categories, fact.problem) == (categories, problem)


def test_the_nested_relatedness_of_the_guide(tmp_path):
    related = {"url": "entityRelatedness", "valueCodeableConcept": coded("C53258", NCI)}
    suspect = {"url": f"{GUIDE}suspect-entity", "extension": [{"url": "causality", "extension": [related]}]}
    found, _ = stated(tmp_path, event(extension=[suspect]))
    assert found["adverse_event_related"][0].categories == {"present"}


def test_own_extensions_state_dose_limiting_toxicity_and_astct_grades(tmp_path):
    own = [
        {"url": f"{OWN}/dose_limiting_toxicity", "valueBoolean": True},
        {"url": f"{OWN}/crs_grade", "valueInteger": 3},
    ]
    found, _ = stated(tmp_path, event(term="cytokine_release_syndrome", extension=own))
    assert found["dose_limiting_toxicity"][0].categories == {"present"}
    assert found["crs_grade"][0].lower == 3
    assert "icans_grade" not in found


def test_an_unknown_term_keeps_the_event(tmp_path):
    found, report = stated(tmp_path, event(term="no_such_term", event=coded("X", "http://x.org", "Odd sensation")))
    assert report.total("unmapped") == 0
    assert [(line.item, line.detail) for line in report.of("note") if "term" in line.item] == [
        ("adverse event, term not known", "http://x.org|X (Odd sensation)")
    ]
    assert found["adverse_event"][0].categories == {"present"}
    assert found["adverse_event_grade"][0].lower == 3


def test_two_events_that_say_the_same_are_two(tmp_path):
    found, _ = stated(tmp_path, event(1), event(2), event(3, term="anemia"))
    assert len(found["adverse_event_grade"]) == 3
    assert len({f.source for f in found["adverse_event_grade"]}) == 3


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (event(actuality="potential"), "potential event (it did not happen)"),
        (event(code=coded("x")), "not FHIR R4 (looks like R5)"),
        ({k: v for k, v in event(reaction=[]).items() if k != "event"}, "not FHIR R4 (looks like STU3)"),
        (event(date="yesterday"), "bad date"),
        (event(extension="x"), "malformed AdverseEvent"),
        ({k: v for k, v in event().items() if k != "subject"}, "no subject"),
    ],
    ids=str,
)
def test_what_is_no_event_is_set_aside(tmp_path, record, reason):
    _, report = stated(tmp_path, record)
    assert reasons(report) == {reason: 1}
