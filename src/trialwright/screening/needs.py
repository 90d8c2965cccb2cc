"""The fewest questions whose answers could decide one criterion, given which of its leaves are known.

Leaves that rest on the same thing (two limits on one ejection fraction) are one question.  Scores, grades and formulas
over truths count as one question where a total may be recorded, else as all their unknown leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations

from trialwright.language import nodes as n
from trialwright.language.check import walk
from trialwright.query.plan import is_elapsed, parts

State = Callable[[n.Expression], bool | None]
"""The state of a leaf of one person: met, not met, or None for unknown."""
Known = Callable[[n.Expression], bool]
"""Whether a node is a leaf of the plan, whose state the run has kept."""
Needs = frozenset[str]
MOST = 400
"""Above so many choices the cheapest parts are taken one by one."""


@dataclass(frozen=True, slots=True)
class About:
    """What a question asks for: `kind` is ask, measure, look_up or protocol; `concepts` what a record would say."""

    key: str
    kind: str
    concepts: tuple[str, ...] = ()
    text: str = ""


def needs(node: n.Expression, want: bool, state: State, is_leaf: Known) -> Needs | None:
    """The smallest set of questions after which the truth could be `want`; None where it can no longer be."""
    now = truth(node, state, is_leaf)
    if now is not None:
        return frozenset() if now is want else None
    if is_leaf(node):
        return frozenset({about(node).key})
    match node:
        case n.Not(part):
            return needs(part, not want, state, is_leaf)
        case n.AtLeast(count, inner):
            wanted = count if want else len(inner) - count + 1
            return _some([needs(p, want, state, is_leaf) for p in inner], wanted)
        case n.If(condition, then, otherwise):
            rest = n.ALWAYS if otherwise is None else otherwise
            yes, no = needs(condition, True, state, is_leaf), needs(condition, False, state, is_leaf)
            a, b = needs(then, want, state, is_leaf), needs(rest, want, state, is_leaf)
            return _least([_join(yes, a), _join(no, b), _join(a, b)])
        case n.FirstKnown(inner):
            return _least([needs(p, want, state, is_leaf) for p in inner if truth(p, state, is_leaf) is None])
        case n.Unsupported():
            return frozenset({about(node).key})
        case n.Compare():
            return _opaque(node, state, is_leaf)
    return frozenset({about(node).key})


def truth(node: n.Expression, state: State, is_leaf: Known) -> bool | None:
    """The truth of a node from its leaves; one that rests on a score, a grade or a formula over truths is unknown."""
    if is_leaf(node):
        return state(node)
    match node:
        case n.Not(part):
            inner = truth(part, state, is_leaf)
            return None if inner is None else not inner
        case n.AtLeast(count, inner_parts):
            found = [truth(p, state, is_leaf) for p in inner_parts]
            if found.count(True) >= count:
                return True
            return False if len(found) - found.count(False) < count else None
        case n.If(condition, then, otherwise):
            chosen = truth(condition, state, is_leaf)
            a = truth(then, state, is_leaf)
            b = True if otherwise is None else truth(otherwise, state, is_leaf)
            return a if chosen is True else b if chosen is False else a if a is b else None
        case n.FirstKnown(inner_parts):
            return next((t for p in inner_parts if (t := truth(p, state, is_leaf)) is not None), None)
    return None


def _opaque(node: n.Compare, state: State, is_leaf: Known) -> Needs:
    for inner in walk(node):
        if isinstance(inner, n.Score) and inner.recorded is not None:
            return frozenset({about(inner.recorded).key})
    unknown = [about(leaf).key for leaf in leaves(node, is_leaf) if state(leaf) is None]
    return frozenset(unknown) or frozenset({about(node).key})


def leaves(node: n.Expression, is_leaf: Known) -> Iterable[n.Expression]:
    """The leaves below a node."""
    if is_leaf(node):
        yield node
    elif not is_elapsed(node):
        for part in parts(node):
            yield from leaves(part, is_leaf)


def about(node: n.Expression) -> About:
    """The question that a leaf puts: to a person, or about the first thing recorded that would answer it."""
    match node:
        case n.Ask(id, text, kind):
            return About(f"ask:{id}", "ask" if kind != "look_up" else "look_up", (), text)
        case n.Unsupported(text, why):
            return About(f"protocol:{text}", "protocol", (), f"{text}: {why}" if why else text)
    asks = [inner for inner in walk(node) if isinstance(inner, n.Ask)]
    if asks:
        return about(asks[0])
    facts = [f for f in _facts(node) if f.domain != "demographic"] or list(_facts(node))
    if not facts:
        return About("protocol:constant", "protocol", (), "not decidable from any record")
    if isinstance(node, n.Compare | n.Arithmetic) and not _has_first_known(node):
        names = tuple(dict.fromkeys(f.concepts[0] for f in facts))
    else:
        names = (facts[0].concepts[0],)
    sort = "measure" if facts[0].domain == "measurement" else "look_up"
    return About(f"{sort}:{'+'.join(names)}", sort, names)


def _has_first_known(node: n.Expression) -> bool:
    return any(isinstance(inner, n.FirstKnown) for inner in walk(node))


def _facts(node: n.Expression) -> Iterable[n.Facts]:
    return (inner for inner in walk(node) if isinstance(inner, n.Facts))


def _join(*sets: Needs | None) -> Needs | None:
    if any(s is None for s in sets):
        return None
    return frozenset().union(*(s for s in sets if s is not None))


def _least(sets: Iterable[Needs | None]) -> Needs | None:
    found = [s for s in sets if s is not None]
    return min(found, key=_size) if found else None


def _size(needs: Needs) -> tuple[int, list[str]]:
    return len(needs), sorted(needs)


def _some(sets: list[Needs | None], wanted: int) -> Needs | None:
    """The smallest union of `wanted` of the sets."""
    free = sum(s is not None and not s for s in sets)
    open_ = sorted((s for s in sets if s), key=_size)
    wanted -= free
    if wanted <= 0:
        return frozenset()
    if len(open_) < wanted:
        return None
    if wanted == 1:
        return open_[0]
    if wanted == len(open_):
        return _join(*open_)
    choices = combinations(open_, wanted)
    tried = [frozenset().union(*chosen) for chosen, _ in zip(choices, range(MOST + 1))]
    if len(tried) <= MOST:
        return _least(tried)
    return _join(*open_[:wanted])
