"""Laws of the interpreter over random people.  Oracle: law."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from people import node
from random_people import TEXTS, better_known, exact_drugs, people

from trialwright.language import nodes as n
from trialwright.language.exposure import resolve
from trialwright.language.interpret import decide, interpret

NODES = {text: node(text) for text in TEXTS}
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
LONG = settings(max_examples=1_500, deadline=None, suppress_health_check=list(HealthCheck), database=None)
texts = st.sampled_from(TEXTS)


def _information_is_monotone(data):
    before = data.draw(people())
    after = data.draw(better_known(before))
    for text in data.draw(st.lists(texts, min_size=8, max_size=8, unique=True)):
        first, second = decide(NODES[text], before), decide(NODES[text], after)
        assert first.state is None or second.state == first.state, (text, before, after)


@QUICK
@given(st.data())
def test_more_information_never_flips_a_decided_verdict(data):
    """Law: where one vague date, value, end or code turns out, what was decided stays decided.

    Not a law for `first known of` (a later part gives way to an earlier one that becomes known), for a default limit
    of normal, and for an open end before a next record of the drug: those rest on a stated assumption.
    """
    _information_is_monotone(data)


@pytest.mark.long
@LONG
@given(st.data())
def test_more_information_never_flips_a_decided_verdict_long(data):
    """Law: where one vague date, value, end or code turns out, what was decided stays decided; many people."""
    _information_is_monotone(data)


@QUICK
@given(people(), texts, st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(who, text, random):
    """Law: the same facts in another order give the same truth, reasons, notes and evidence."""
    shuffled = {name: random.sample(list(facts), len(facts)) for name, facts in sorted(who.facts.items(), reverse=True)}
    other = n_replace(who, shuffled)
    assert decide(NODES[text], who) == decide(NODES[text], other)


def n_replace(who, facts):
    return type(who)(facts, who.anchors, who.observed, who.answers, who.projected)


@QUICK
@given(people(), texts, texts, texts)
def test_de_morgan_and_if(who, a, b, c):
    """Law: De Morgan; `if` is its Kleene expansion with the agreement of both branches."""
    x, y, z = NODES[a], NODES[b], NODES[c]
    both = decide(n.Not(n.AtLeast(2, (x, y))), who)
    either = decide(n.AtLeast(1, (n.Not(x), n.Not(y))), who)
    assert (both.state, both.reasons) == (either.state, either.reasons)
    chosen = decide(n.If(x, y, z), who).state
    branches = (n.AtLeast(2, (x, y)), n.AtLeast(2, (n.Not(x), z)), n.AtLeast(2, (y, z)))
    assert chosen == decide(n.AtLeast(1, branches), who).state
    implied = decide(n.If(x, y), who).state
    assert implied == decide(n.AtLeast(1, (n.Not(x), y)), who).state


@LONG
@given(st.lists(exact_drugs("prednisone"), min_size=3, max_size=5))
def test_resolving_drug_records_again_changes_nothing(records):
    """Law: a loaded record and a record as reported mean the same, so what is resolved stays as it is."""
    once = resolve(records)
    assert resolve(once) == once


@QUICK
@given(people(), texts)
def test_reasons_are_there_exactly_when_something_is_unknown(who, text):
    """Law: an unknown says why, a decided truth does not; evidence is facts of the record, drugs resolved."""
    found = decide(NODES[text], who)
    assert (found.state is None) == bool(found.reasons)
    assert found.facts <= {fact for facts in who.facts.values() for fact in (*facts, *resolve(facts))}


@QUICK
@given(people(), st.sampled_from(["<", "<=", "=", "!=", ">=", ">"]), st.decimals(0, 120, places=2, allow_nan=False))
def test_converting_the_unit_never_changes_a_comparison(who, operator, limit):
    """Law: 75 10*9/L, 75 10*3/uL and 75000 /uL are one threshold."""
    same = {
        decide(node(f"platelets {operator} {amount} {unit}"), who).state
        for amount, unit in ((limit, "10*9/L"), (limit, "10*3/uL"), (limit * 1000, "/uL"))
    }
    assert len(same) == 1


@QUICK
@given(people(), texts)
def test_double_negation_and_opposites(who, text):
    """Law: not not x is x; x >= y is not x < y."""
    x = NODES[text]
    assert decide(n.Not(n.Not(x)), who) == decide(x, who) or decide(x, who).not_applicable
    if isinstance(x, n.Compare) and x.alternative is None:
        opposite = {"<": ">=", "<=": ">", ">=": "<", ">": "<="}[x.operator]
        assert decide(n.Compare(x.left, opposite, x.right), who) == decide(n.Not(x), who)


@QUICK
@given(people(), st.sampled_from([t for t in TEXTS if isinstance(NODES[t], n.Compare)]))
def test_numbers_are_intervals(who, text):
    """Law: a lower bound is never above its upper, and nothing is not a number."""
    number = interpret(NODES[text].left, who)
    assert number.lower <= number.upper


def test_at_least_counts():
    """Law: at least k of n over all eight settings of three parts, and unknown parts on both sides."""
    parts = {True: n.AtLeast(0, ()), False: n.Not(n.AtLeast(0, ())), None: n.Unsupported("x")}
    from people import person

    for states in itertools.product((True, False, None), repeat=3):
        for count in range(5):
            met, could = states.count(True), 3 - states.count(False)
            expected = True if met >= count else False if could < count else None
            found = decide(n.AtLeast(count, tuple(parts[state] for state in states)), person())
            assert found.state is expected
    assert Decimal(count) == 4
