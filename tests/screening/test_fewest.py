"""Oracle: pair (an expression, a person, and the fewest questions that could decide), and a law (each once)."""

import datetime as dt

import pytest

from trialwright.catalog import load_catalog
from trialwright.language.expand import expand
from trialwright.language.facts import Answer, Record, day_number, day_span, measured
from trialwright.language.parse import parse
from trialwright.screening.fewest import each_once, fewest
from trialwright.screening.questions import questions

DAY = dt.date(2026, 11, 1)
OBSERVED = dict.fromkeys(("condition", "drug", "procedure"), (0, day_number(DAY)))


def record(*facts, answers=None):
    table = {}
    for fact in facts:
        table.setdefault(fact.concept, []).append(fact)
    return Record(table, {"screening": day_span(DAY)}, OBSERVED, answers or {})


def asked(text, want=True, *facts, answers=None):
    catalog = load_catalog()
    return [q.about for q in fewest(expand(parse(text), catalog), want, record(*facts, answers=answers), catalog)]


@pytest.mark.parametrize(
    ("text", "want", "expected"),
    [
        ("sledai_2k >= 8", True, ["sledai_2k_total"]),  # the total, not its two dozen items
        ("platelets >= 50 10*9/L and alt <= 40 U/L", True, ["platelets", "alt"]),
        ("platelets >= 50 10*9/L or alt <= 40 U/L", True, ["alt"]),  # either is enough
        ("platelets >= 50 10*9/L and alt <= 40 U/L", False, ["alt"]),
        ("platelets between 50 and 100 10*9/L", True, ["platelets"]),  # two bounds of one value
        ('platelets >= 50 10*9/L and ask one "A" (judgement)', True, ["platelets", "one"]),
        ('ask one "A" (judgement) and (ask two "B" (judgement) or ask one "A" (judgement))', True, ["one"]),
        ('platelets >= 50 10*9/L and unsupported "the limit" ("none given")', True, ["platelets", "protocol"]),
    ],
)
def test_the_fewest_questions_that_could_decide(text, want, expected):
    assert asked(text, want) == expected


def test_what_is_known_already_is_not_asked():
    found = measured("platelets", DAY, 90.0)
    assert asked("platelets >= 50 10*9/L and alt <= 40 U/L", True, found) == ["alt"]
    given = {"one": Answer(True)}
    assert asked('ask one "A" (judgement) and ask two "B" (judgement)', answers=given) == ["two"]


def test_each_thing_is_asked_once():
    """Law: of the four trials, nobody is asked twice about one thing, and never more than before."""
    catalog = load_catalog()
    for text in ("selena_sledai >= 8 and severe_lupus_nephritis", "acr_1997_sle.met and selena_sledai.clinical >= 6"):
        node = expand(parse(text), catalog)
        every, few = questions(node, record(), catalog), fewest(node, True, record(), catalog)
        assert len({(q.about, q.kind, q.text) for q in few}) == len(few) < len(every)
        assert set(few) <= set(every)
        assert each_once([*few, *few]) == few
