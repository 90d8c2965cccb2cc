"""A record's criteria become expressions: `formalize` gives every criterion with its state and what was left over.

States: computed (the record decides), ask (a person answers), mixed (both), unsupported (words were left over).
A criterion with words left over is never called computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from trialwright.catalog.catalog import Catalog
from trialwright.registry.formal.assemble import Clause, clauses_of
from trialwright.registry.formal.checked import is_sound
from trialwright.registry.formal.here import Context
from trialwright.registry.formal.lexicon import lexicon_of, stem
from trialwright.registry.formal.readings import Reading
from trialwright.registry.formal.tags import Line, tag_line
from trialwright.registry.records import Criterion, Record

State = Literal["computed", "ask", "mixed", "unsupported"]
_LEAVES = re.compile(r'(?:ask|unsupported|no restriction)(?: \w+)? "[^"]*"(?: \((?:"[^"]*"|[^)]*)\))?')
_WORD = re.compile(r"\b(?!and\b|or\b|not\b|if\b|then\b|else\b|first\b|known\b|of\b|any\b|all\b|at\b|least\b)[a-z_]{3,}")
_ANY = re.compile(
    r"(?:any|one|either)(?: or more)?(?: one)? of (?:the )?(?:following|below|these|two|three|"
    r"criteria)|at least one|one or more|"
    r"meets? (?:any|one)|either\W*$|manifestations?|\w+ ?/ ?\w+\W+(?:as )?(?:below|following|defined)|\bor\W*$"
)
_COUNT = re.compile(
    r"(?:at least|meet(?:ing)?(?: at least)?) (two|three|four|2|3|4)\b|\b(two|three|four|2|3|4)(?: \(\d\))? or more"
)
_NUMBER = {"two": 2, "three": 3, "four": 4, "2": 2, "3": 3, "4": 4}
_HEAD = re.compile(
    r"[:：]\s*$|(?:following|below|as follows)\W*$|^\W*(?:inclusion|exclusion)\b|requirements?\W*$|"
    r"^(?:for|in) [^.]{0,60}:?$"
)
_PERIOD = re.compile(r"\bwithin (\d+ (?:days?|weeks?|months?|years?))\b")
_ORAL = re.compile(r"\b(oral )?(corticosteroids?|steroids?|glucocorticoids?|prednisone)\b[^.]*$", re.IGNORECASE)
_OR = re.compile(r"\b(?:and ?/ ?)?or\W*$", re.IGNORECASE)
_NO_MINIMUM = re.compile(r"no minimum\b.*\bcombination", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Formal:
    """One criterion, formalized.  `expression` is text of the language; "" for a heading that tests nothing itself.

    `left_over` are the words that were not understood; `join` says how the criteria below it count ("all", "any", 2).
    """

    id: str
    kind: str
    text: str
    state: State
    expression: str
    left_over: tuple[str, ...]
    clauses: tuple[Clause, ...]
    children: tuple[Formal, ...] = ()
    join: str | int = "all"
    readings: tuple[Reading, ...] = ()
    understood: int = 0
    notes: tuple[str, ...] = ()

    def walk(self) -> Iterator[Formal]:
        """This criterion and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def whole(self) -> str:
        """The expression with that of the criteria below it."""
        return _whole(self)


def formalize(record: Record, catalog: Catalog) -> tuple[Formal, ...]:
    """The criteria of a record, formalized, in the order of the page."""
    return _alternatives(
        [formalize_criterion(criterion, Context(criterion.kind, catalog)) for criterion in record.criteria]
    )


def formalize_text(text: str, kind: str, catalog: Catalog, id: str = "I1") -> Formal:
    """One criterion given as text."""
    return formalize_criterion(
        Criterion(id, "exclusion" if kind == "exclusion" else "inclusion", text), Context(kind, catalog)
    )


def formalize_criterion(criterion: Criterion, context: Context) -> Formal:
    """A criterion and those below it.  Headings pass on a window, a drug, and how their parts count."""
    line = tag_line(criterion.text, lexicon_of(context.catalog))
    below = _context_below(criterion, context) if criterion.children else context
    children = _alternatives([formalize_criterion(child, below) for child in criterion.children])
    join = _join(criterion, line) if children else "all"
    clauses = clauses_of(line, context)
    if children:
        clauses = [clause for clause in clauses if not (clause.left and _is_heading(line, clause, clauses))]
    left = tuple(_source(line, clause) for clause in clauses if clause.left)
    expression = combine([clause.expression for clause in clauses], criterion.kind)
    state = _state(expression, bool(left)) if clauses else _state_of([child.state for child in children])
    missed = sum(len(words) for words in left)
    notes = (*(clause.why for clause in clauses if clause.why), *_slips(line, context))
    return Formal(
        criterion.id, criterion.kind, criterion.text, state, expression, left, tuple(clauses), children, join,
        line.readings, max(0, len(criterion.text) - missed), notes,
    )  # fmt: skip


def _alternatives(siblings: Sequence[Formal]) -> tuple[Formal, ...]:
    """Inclusions of which one ends in "or" are alternatives of the next: the first holds all, the others bind nobody.

    Exclusions are alternatives anyway.
    """
    done: list[Formal] = []
    at = 0
    while at < len(siblings):
        end = at
        while end + 1 < len(siblings) and _goes_on(siblings[end], siblings[end + 1]):
            end += 1
        if end == at:
            done.append(siblings[at])
        else:
            done += _joined(siblings[at : end + 1])
        at = end + 1
    return tuple(done)


def _goes_on(one: Formal, following: Formal) -> bool:
    kinds = {one.kind, following.kind} == {"inclusion"}
    return kinds and not one.children and not following.children and _OR.search(one.text) is not None


def _joined(run: Sequence[Formal]) -> list[Formal]:
    first, *others = run
    every = [f"({one.expression})" if _open(one.expression) else one.expression for one in run]
    text = " or ".join(every)
    whole = Clause(text, "alternatives of several items", 0, len(first.text))
    left = tuple(words for one in run for words in one.left_over)
    notes = (*first.notes, f"ends in 'or', so that {', '.join(one.id for one in others)} is an alternative of it")
    state = _state(text, bool(left))
    done = [replace(first, expression=text, clauses=(whole,), state=state, left_over=left, notes=notes)]
    for one in others:
        free = f'no restriction "an alternative of {first.id}, which holds both"'
        clause = replace(whole, expression=free)
        done.append(replace(one, expression=free, clauses=(clause,), state=state, left_over=()))
    return done


def _slips(line: Line, context: Context) -> Iterator[str]:
    """Words that were read as others: misspelt names, UL for ULN."""
    known = lexicon_of(context.catalog).words
    for tag in line.tags:
        if tag.text[0] == "D" and tag.text[1:].isdigit():
            for word in line.plain.text[tag.start : tag.end].split():
                if len(word) >= 8 and word.isalpha() and stem(word) not in known:
                    yield f"'{word}' was read as {', '.join(tag.value)}"
        elif tag.text[0] == "R" and tag.text[1:].isdigit() and tag.value.limit == "ULN":
            if not line.plain.text[tag.start : tag.end].endswith("ul"):
                continue
            yield "'UL' was read as the upper limit of normal"
        elif tag.text[0] == "Y" and tag.text[1:].isdigit() and tag.value.op == ">" and tag.value.unit in ("", "years"):
            said = line.plain.text[tag.start : tag.end]
            yield f"'{said}' was read as {tag.value.low.value + 1} completed years or more"


def combine(parts: Sequence[str], kind: str) -> str:
    """Clauses of an inclusion hold together; any clause of an exclusion excludes."""
    texts = list(dict.fromkeys(parts))
    if len(texts) < 2:
        return texts[0] if texts else ""
    word = " or " if kind == "exclusion" else " and "
    return word.join(f"({text})" if _open(text) else text for text in texts)


def _open(text: str) -> bool:
    return re.search(r"\b(?:and|or|if)\b", _LEAVES.sub("", text)) is not None


def _whole(formal: Formal) -> str:
    parts = [child.whole for child in formal.children]
    parts = [part for part in parts if part]
    if not parts:
        return formal.expression
    if isinstance(formal.join, int):
        below = f"at least {formal.join} of ({', '.join(parts)})"
    elif formal.join == "any" and len(parts) > 1:
        below = " or ".join(f"({part})" if _open(part) else part for part in parts)
    else:
        below = combine(parts, formal.kind)
    return combine([text for text in (formal.expression, below) if text], formal.kind)


def _context_below(criterion: Criterion, context: Context) -> Context:
    text = criterion.text.lower()
    window = _PERIOD.search(text)
    oral = _ORAL.search(text)
    return replace(
        context,
        heading=criterion.text,
        window=window[1] if window else context.window,
        drug=(("oral " if oral[1] else "systemic ") + "glucocorticoid")
        if oral and criterion.children
        else context.drug,
        combined=any(_NO_MINIMUM.search(child.text) for child in criterion.children),
    )


def _join(criterion: Criterion, line: Line) -> str | int:
    tail = line.plain.text[-160:]
    if count := _COUNT.search(tail):
        return _NUMBER[count[1] or count[2]]
    return "any" if _ANY.search(tail) or criterion.kind == "exclusion" else "all"


def _is_heading(line: Line, clause: Clause, clauses: Sequence[Clause]) -> bool:
    """The last words of a criterion with parts below it lead to them and test nothing."""
    return (
        clause is clauses[-1]
        and not re.search(r"\d", line.plain.text[clause.start : clause.end].split("within")[0])
        and (
            _HEAD.search(line.plain.text[clause.start :].strip()) is not None
            or _PERIOD.search(line.plain.text[clause.start :]) is not None
            or len(clauses) == 1
        )
    )


def _source(line: Line, clause: Clause) -> str:
    start, end = line.plain.source_span(clause.start, clause.end)
    return line.plain.source[start:end].strip()


def _state(expression: str, left: bool) -> State:
    if left:
        return "unsupported"
    rest = _LEAVES.sub("", expression)
    asks = 'ask "' in expression or "unsupported" in expression
    decides = _WORD.search(rest) is not None or ("no restriction" in expression and not asks)
    if asks:
        bare = re.sub(r"\bif sex is (?:female|male) then\b", "", rest)
        return "mixed" if _WORD.search(bare) else "ask"
    return "computed" if decides else "unsupported"


def _state_of(states: Sequence[State]) -> State:
    if "unsupported" in states or not states:
        return "unsupported"
    kinds = set(states)
    return kinds.pop() if len(kinds) == 1 else "mixed"


__all__ = ["Formal", "State", "formalize", "formalize_criterion", "formalize_text", "is_sound"]
