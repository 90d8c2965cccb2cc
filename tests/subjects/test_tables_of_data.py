"""Oracle: reference (the catalog has every concept, grade and expression that the analysis names)."""

import pytest
from tests.subjects.person import CATALOG, plan

from trialwright.analysis.subjects import plan as plans
from trialwright.analysis.subjects.adpc import ANALYTES, NAMES
from trialwright.catalog import load_protocol
from trialwright.language.expand import expand
from trialwright.language.parse import parse

MEASURES = [m for group in plans._file("measures.yaml").values() for m in group["measures"]]


@pytest.mark.parametrize("given", MEASURES, ids=lambda m: m["code"])
def test_measures_expand(given):
    assert len(given["code"]) <= 8
    expand(parse(given["text"]), CATALOG, want=given["gives"])
    if "applies" in given:
        expand(parse(given["applies"]), CATALOG)


def test_codes_and_names_of_measures_are_told_apart():
    assert len({m["code"] for m in MEASURES}) == len({m["name"] for m in MEASURES}) == len(MEASURES)


def test_laboratory_and_events_name_what_the_catalog_has():
    codes = [entry["code"] for entry in plans.laboratory().values()]
    assert len(set(codes)) == len(codes)
    for name, entry in plans.laboratory().items():
        assert CATALOG.concept(name) is not None, name
        assert len(entry["code"]) <= 8
        assert all(entry[side] in CATALOG.grades for side in ("low", "high") if side in entry)
    for part in plans._file("events.yaml").values():
        for names in part.values():
            assert all(CATALOG.concept(name) is not None for name in names), names
    assert all(CATALOG.concept(name) is not None for name in (*ANALYTES, *plans.ENROLLED))
    assert set(NAMES) == set(ANALYTES.values())


def test_every_term_belongs_to_one_class():
    listed = [name for names in plans._file("events.yaml")["classes"].values() for name in names]
    assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("protocol", ["nct05765006", "universal-cd19-bcma-sle", "im19-sle", "relma-cel-ssc"])
def test_every_endpoint_of_the_catalog_is_read(protocol):
    model = load_protocol(protocol)
    found = plan(protocol)
    assert [e.id for e in found.endpoints] == [e.id for e in model.endpoints]
    sclerosis = protocol == "relma-cel-ssc"
    assert ("MRSS" in {m.code for m in found.measures}) == sclerosis
    assert ("SLEDAI2K" in {m.code for m in found.measures}) != sclerosis
