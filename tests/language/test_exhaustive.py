"""Every kind of expression has a rule everywhere.  Oracle: law (the closed sets themselves are walked)."""

import importlib.util
import typing

import pytest
from people import lab, node, person
from small_catalog import CATALOG

from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language.check import check
from trialwright.language.describe import describe
from trialwright.language.interpret import interpret
from trialwright.language.parse import parse
from trialwright.language.printer import nodes_to_text, to_text
from trialwright.language.sorts import sort_of
from trialwright.language.values import Category, Number, Truth

TEXTS = {
    n.ValueOf: "lowest platelets within 14 days before screening < 50 10*9/L",
    n.Count: "count of renal_biopsy within 1 year before screening >= 2",
    n.Spell: "on azathioprine for >= 8 weeks before screening",
    n.Extent: "highest dose of prednisone within 8 weeks before screening <= 20 mg/day",
    n.Quantity: "platelets > 50 10*9/L",
    n.Arithmetic: "creatinine * 2 + 1 > 3",
    n.Score: "score (a: 2 if has lupus; b: 3 if has malignancy of k) highest of (k) recorded sledai_2k_total >= 2",
    n.Grade: "grade (2 if platelets < 75 10*9/L; 1 if platelets < LLN) >= 1",
    n.Compare: "creatinine > 2.5 mg/dL (221 umol/L)",
    n.In: "biopsy_class in (III, IV)",
    n.AtLeast: "at least 2 of (has lupus, has malignancy, on rituximab)",
    n.Not: "not biopsy_class is III",
    n.If: "if has lupus then platelets > 50 10*9/L else platelets > 100 10*9/L",
    n.FirstKnown: "first known of (recorded_clearance, clearance) >= 60 mL/min",
    n.Ask: 'ask "cause" (judgement)',
    n.Unsupported: 'unsupported "index increased" ("no threshold")',
    n.Ref: "lupus and active(threshold: 8)",
    s.Reading: "ULN of alt within 30 days before screening > 40 U/L",
    s.This: "count of platelets where (this < 50 10*9/L) >= 2",
    s.Has: "has lupus since >= 6 months before screening",
    s.On: "on oral glucocorticoid",
    s.Dose: "dose of glucocorticoid (prednisone equivalent) <= 20 mg/day",
    s.Run: "total days of (neutrophils < 0.5 10*9/L) within 28 days before screening >= 3 days",
    s.Stable: "dose of prednisone stable for >= 4 weeks before screening within 5 mg/day",
    s.Change: "fvc falls by > 10 % from best",
    s.Polarity: "any of (ana, anti_dsdna) positive",
    s.TimesLimit: "alt <= 3 x ULN",
    s.Between: "age between 18 and 70 years",
    s.Each: "each member of biologic: no it within 5 half-lives before screening",
    s.Elapsed: "years from birth to screening >= 18",
    s.Age: "age at screening >= 18 years",
    s.At: "baseline creatinine <= 2 mg/dL",
    s.ResultOf: "no platelet_transfusion within 7 days before the platelets result",
    s.Edge: "no platelet_transfusion after first car_t_infusion",
    s.CountOf: "days with platelets at least 7 days apart within 60 days before screening >= 2",
    s.NoRestriction: 'no restriction "male or female"',
}
CLOSED = (*typing.get_args(n.Expression), *typing.get_args(s.Notation))
WHO = person(lab("platelets", "2025-01-20", 80))


def _walk(tree):
    if isinstance(tree, tuple):
        for part in tree:
            yield from _walk(part)
    elif hasattr(tree, "__dataclass_fields__"):
        yield type(tree)
        for name in tree.__dataclass_fields__:
            yield from _walk(getattr(tree, name))


@pytest.mark.parametrize("kind", CLOSED, ids=lambda kind: kind.__name__)
def test_every_kind_has_a_rule(kind):
    """Law: parse, print, describe, check, expand, sort, interpret and print back take every kind of expression."""
    text = TEXTS[kind]
    tree = parse(text)
    expanded = node(text)
    assert kind in {*_walk(tree), *_walk(expanded)}
    assert parse(to_text(tree)) == tree
    assert describe(tree, CATALOG)
    assert describe(expanded, CATALOG)
    assert nodes_to_text(expanded, CATALOG)
    assert [f for f in check(text, CATALOG) if f.severity == "error"] == []
    assert sort_of(expanded) == "truth"
    assert isinstance(interpret(expanded, WHO), Truth | Number | Category)


@pytest.mark.parametrize("rule", [to_text, nodes_to_text, sort_of])
def test_what_is_no_expression_has_no_rule(rule):
    """Law: every walker ends in TypeError, never in a guess."""
    with pytest.raises(TypeError, match="no rule for"):
        rule("platelets")


def test_describe_and_interpret_end_in_type_error():
    """Law: every walker ends in TypeError, never in a guess."""
    with pytest.raises(TypeError, match="no rule for"):
        describe("platelets", CATALOG)
    with pytest.raises(TypeError, match="no rule for"):
        interpret(s.Age(), WHO)


def _nodes():
    """Every node of the closed set, and what it is made of, as expansion gives it."""
    found = {}
    for text in TEXTS.values():
        stack = [node(text)]
        while stack:
            part = stack.pop()
            if isinstance(part, tuple):
                stack += part
            elif hasattr(part, "__dataclass_fields__"):
                found.setdefault(type(part), part)
                stack += [getattr(part, name) for name in part.__dataclass_fields__]
    return found


NODES = sorted(set(typing.get_args(n.Node)) - {n.Ref}, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", NODES, ids=lambda kind: kind.__name__)
def test_every_node_prints_back(kind):
    """Law: a text of words for each node that expansion gives, alone and inside others."""
    text = nodes_to_text(_nodes()[kind], CATALOG)
    assert text
    assert "(" not in text or text.count("(") == text.count(")")


@pytest.mark.skipif(
    importlib.util.find_spec("trialwright.query.execute") is None, reason="the compiler is not there yet"
)
def test_the_compiler_has_a_rule():
    """Law: the compiler names every node; its own tests compare what it gives with the interpreter."""
    import trialwright.query

    for kind in typing.get_args(n.Expression):
        if kind is not n.Ref:
            assert any(kind.__name__ in path.read_text() for path in _sources(trialwright.query)), kind


def _sources(package):
    import pathlib

    return list(pathlib.Path(package.__path__[0]).glob("*.py"))
