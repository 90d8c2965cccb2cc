"""law: after the questions that `needs` names the criterion can be decided as wanted, and after no fewer questions."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain, combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from trialwright.language import nodes as n
from trialwright.screening.needs import about, needs, truth

LEAVES = tuple(n.Ask(f"q{i}", f"question {i}", "judgement") for i in range(5))


def is_leaf(node: n.Expression) -> bool:
    return isinstance(node, n.Ask)


def trees() -> st.SearchStrategy[n.Expression]:
    def more(inner: st.SearchStrategy[n.Expression]) -> st.SearchStrategy[n.Expression]:
        lists = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return (
            st.builds(n.Not, inner)
            | lists.flatmap(lambda parts: st.builds(n.AtLeast, st.integers(0, len(parts)), st.just(parts)))
            | st.builds(n.If, inner, inner, inner)
        )

    return st.recursive(st.sampled_from(LEAVES), more, max_leaves=5)


def could(node: n.Expression, want: bool, known: dict[n.Expression, bool | None], asked: tuple[n.Ask, ...]) -> bool:
    """Whether some answers to `asked` decide as wanted, tried one by one."""
    return any(
        truth(node, {**known, **dict(zip(asked, values, strict=True))}.get, is_leaf) is want
        for values in product((True, False), repeat=len(asked))
    )


@settings(max_examples=150, deadline=None)
@given(trees(), st.booleans(), st.lists(st.sampled_from((True, False, None)), min_size=5, max_size=5))
def test_fewest(node: n.Expression, want: bool, states: list[bool | None]) -> None:
    known: dict[n.Expression, bool | None] = dict(zip(LEAVES, states, strict=True))
    open_ = [leaf for leaf in LEAVES if known[leaf] is None]
    found = needs(node, want, known.get, is_leaf)
    sets = chain.from_iterable(combinations(open_, k) for k in range(len(open_) + 1))
    best = next((chosen for chosen in sets if could(node, want, known, chosen)), None)
    if found is None or best is None:
        assert best is None  # what may still be decided always has its questions
        return
    # a leaf that stands twice in opposite senses is not seen through; without one the set is the smallest there is
    shared = _leaves(node)
    if len(shared) == len(set(shared)):
        assert len(found) == len(best)
        assert could(node, want, known, tuple(leaf for leaf in open_ if about(leaf).key in found))


def test_one_thing_is_one_question() -> None:
    """pair: two limits on one measurement are one question; a total may answer a score."""
    value = n.ValueOf(n.Select(n.Facts(("lvef",), "measurement")))
    both = n.all_of(n.Compare(value, ">=", n.Quantity(Decimal(45))), n.Compare(value, "<=", n.Quantity(Decimal(80))))
    assert needs(both, True, lambda _: None, lambda x: isinstance(x, n.Compare)) == {"measure:lvef"}


def _leaves(node: n.Expression) -> list[n.Expression]:
    match node:
        case n.Not(part):
            return _leaves(part)
        case n.AtLeast(_, parts):
            return [leaf for part in parts for leaf in _leaves(part)]
        case n.If(condition, then, otherwise):
            return [leaf for part in (condition, then, otherwise) if part is not None for leaf in _leaves(part)]
    return [node]
