"""Oracle: pair (what an unlisted code is called in SNOMED CT, ICD-10-CM and RxNorm, and what it may mean, by hand)."""

import pytest
from load_help import RXNORM, SNOMED, book


def named(text, kind, system=SNOMED):
    return {(book().concepts[index].id, certain) for index, certain in book().alike(text, kind, system)}


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("Cerebral infarction without residual deficits", {"stroke"}),
        ("Epilepsy, not intractable, without status epilepticus", {"epilepsy"}),
        ("Pneumonia without sepsis", {"pneumonia"}),
        ("Headache, not epilepsy", {"headache"}),
        ("Without epilepsy", set()),
        ("No history of epilepsy", set()),
        ("Family history of epilepsy", set()),
        ("Negative for epilepsy", set()),
        ("Epilepsy negative", set()),
        ("Stroke in carrier of negative factor", {"stroke"}),
    ],
)
def test_a_denial_reaches_what_it_denies(text, concepts):
    assert named(text, "condition") == {(concept, False) for concept in concepts}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rituximab-abbs", {("rituximab", True)}),
        ("rituximab-abbs 10 MG/ML Injection", {("rituximab", True)}),
        ("filgrastim", {("filgrastim", True)}),
        ("filgrastim-aafi Prefilled Syringe", {("filgrastim", False)}),
        ("infliximab-dyyb", {("infliximab", True)}),
        ("no filgrastim", set()),
    ],
)
def test_the_name_of_an_ingredient_is_the_ingredient_whoever_makes_it(text, found):
    """RxNorm names ingredients without strength; a suffix of four letters tells biologics of several makers apart."""
    assert named(text, "drug", RXNORM) == found


@pytest.mark.parametrize(("code", "concept"), [("Z86.73", "stroke"), ("D46.9", "malignancy"), ("D46.C", "malignancy")])
def test_codes_that_may_be_it_or_a_neighbour_are_not_certain(code, concept):
    """Z86.73 is a past ischemic attack or infarction; D46 is malignant by WHO, uncertain by its chapter."""
    ((index, certain),) = book().find("http://hl7.org/fhir/sid/icd-10-cm", code, "condition")
    assert (book().concepts[index].id, certain) == (concept, False)
