"""Formalizing, measured: equal meaning with the four hand-written protocols, numbers, logical form, speed.

`main()` gives one dictionary.  What needs ../shared is None where that is absent.  Nothing of it is copied.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from trialwright.catalog.catalog import Catalog
from trialwright.catalog.expressions import read_expression
from trialwright.catalog.load import load_catalog
from trialwright.language import nodes as n
from trialwright.language.expand import expand
from trialwright.language.facts import Answer, Fact, Record, Span, day_number, day_span
from trialwright.language.interpret import decide
from trialwright.registry.formal.formalize import Formal, combine, formalize
from trialwright.registry.read import read_documents

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
PAGES = {
    "nct05765006": ("NCT05765006-full-page.txt", "NCT05765006-summary-page.txt"),
    "im19-sle": ("im19-sle-page.txt",),
    "relma-cel-ssc": ("relma-cel-ssc-page.txt",),
    "universal-cd19-bcma-sle": ("universal-cd19-bcma-sle-page.txt",),
}
AT = dt.date(2025, 6, 1)
_ASKED = re.compile(r'(?:ask|unsupported|no restriction)(?: \w+)? "[^"]*"(?: \((?:"[^"]*"|[^)]*)\))?')
_WORD = re.compile(
    r"\b(?!and\b|or\b|not\b|if\b|then\b|else\b|first\b|known\b|any\b|all\b|sex\b|female\b|male\b)[a-z_]{3,}"
)
# criteria of the hand-written protocol that stand under another number of the page
_SAME = {("universal-cd19-bcma-sle", "I6"): "I6"}


def main() -> dict[str, Any]:
    """Every figure; see docs/formalize.md for what each means."""
    catalog = load_catalog()
    return {
        "trials": trials(catalog),
        "numbers": numbers(catalog),
        "logical_form": logical_form(catalog),
        "facebook": facebook(catalog),
        "speed": speed(catalog),
    }


# --- the four trials ------------------------------------------------------------------------------------------------


def trials(catalog: Catalog, people: int = 400) -> dict[str, Any] | None:
    """Clauses that the hand-written protocol computes, and those among them with a clause of equal meaning here."""
    folder = SHARED / "registry" / "pages"
    if not folder.is_dir():
        return None
    result: dict[str, Any] = {}
    computed = equal = characters = understood = 0
    for id, pages in PAGES.items():
        record = read_documents([(page, (folder / page).read_bytes()) for page in pages])[0]
        found = formalize(record, catalog)
        hand, same, missed = compare_protocol(id, found, catalog, people)
        computed, equal = computed + hand, equal + same
        all_ = [formal for top in found for formal in top.walk()]
        characters += sum(len(formal.text) for formal in all_)
        understood += sum(formal.understood for formal in all_)
        result[id] = {"computed_by_hand": hand, "equal": same, "missed": missed}
    result["share"] = round(equal / computed, 4)
    result["characters_understood"] = round(understood / characters, 4)
    return result


def compare_protocol(id: str, found: tuple[Formal, ...], catalog: Catalog, people: int) -> tuple[int, int, list[str]]:
    """(clauses computed by hand, those with equal meaning, the ids of the others)."""
    by_top: dict[str, list[str]] = {}
    for top in found:
        texts = [clause.expression for formal in top.walk() for clause in formal.clauses]
        pairs = [combine(pair, top.kind) for pair in zip(texts, texts[1:], strict=False)]
        by_top[top.id] = [*texts, *pairs, top.whole, *(formal.whole for formal in top.walk() if formal.children)]
    hand = same = 0
    missed: list[str] = []
    for criterion in catalog.protocol(id).walk():
        if criterion.text is None or not _WORD.search(_ASKED.sub("", criterion.text)):
            continue
        hand += 1
        top_id = re.match(r"[IE]\d+", criterion.id)
        candidates = by_top.get(top_id[0] if top_id else "", [])
        if any(equal_meaning(criterion.text, text, catalog, people) for text in candidates if text):
            same += 1
        else:
            missed.append(criterion.id)
    return hand, same, missed


def equal_meaning(left: str, right: str, catalog: Catalog, people: int = 400, seed: int = 1) -> bool:
    """Both expressions give the same truth for every one of many random people, and not always the same one."""
    if left == right:
        return True
    try:
        a, b = (expand(read_expression(text), catalog) for text in (left, right))
    except Exception:
        return False
    rng = random.Random(seed)
    facts = [*facts_of(a), *facts_of(b)]
    limits = sorted({*quantities(a), *quantities(b)})
    asks = [item.id for tree in (a, b) for item in _walk(tree) if isinstance(item, n.Ask)]
    seen: set[str] = set()
    for _ in range(people):
        person = random_person(facts, limits, catalog, rng)
        reply = rng.choice((True, False, None))
        if reply is not None:
            person = replace(person, answers=dict.fromkeys(asks, Answer(reply)))
        one, other = decide(a, person).state, decide(b, person).state
        if one != other:
            return False
        seen.add(str(one))
    return len(seen) > 1


def _walk(node: Any) -> list[Any]:
    found, stack = [], [node]
    while stack:
        item = stack.pop()
        if hasattr(item, "__dataclass_fields__"):
            found.append(item)
            stack += [getattr(item, name) for name in item.__dataclass_fields__]
        elif isinstance(item, tuple | list):
            stack += list(item)
    return found


def facts_of(node: n.Expression) -> list[n.Facts]:
    return [item for item in _walk(node) if isinstance(item, n.Facts)]


def quantities(node: n.Expression) -> list[float]:
    return [float(item.value) for item in _walk(node) if isinstance(item, n.Quantity)]


def random_person(facts: list[n.Facts], limits: list[float], catalog: Catalog, rng: random.Random) -> Record:
    """A person with facts of the named concepts: values near the limits, dates in and out of every window."""
    today = day_number(AT)
    names = sorted({name for some in facts for name in some.concepts})
    density = rng.choice((0.0, 0.5 / (1 + len(names)), 2 / (1 + len(names)), 0.3, 0.7))
    chosen = [name for name in names if rng.random() < density]
    made: list[Fact] = []
    for name in chosen:
        concept = catalog.concept(name)
        if concept is None:
            continue
        for _ in range(rng.choice((1, 1, 2, 3))):
            made.append(_fact(name, concept, limits, today, rng))
    birth = today - rng.choice((17, 18, 30, 50, 64, 65, 66, 70, 71)) * 365 - rng.randrange(400)
    made.append(Fact("birth", Span(birth * 1440, birth * 1440 + 1439)))
    if rng.random() < 0.95:
        made.append(
            Fact("sex", Span(birth * 1440, birth * 1440 + 1439), categories=frozenset({rng.choice(("female", "male"))}))
        )
    period = (today - 9000, today + 100)
    kinds = ("condition", "drug", "procedure", "observation") if rng.random() < 0.7 else ()
    anchors: dict[str, Span | None] = dict.fromkeys(("screening", "consent", "enrollment", "baseline"), day_span(AT))
    for name, after in (("screening_end", 14), ("leukapheresis", 20), ("lymphodepletion", 40), ("infusion", 45)):
        if rng.random() < 0.8:
            anchors[name] = day_span(AT + dt.timedelta(days=after))
    by_name: dict[str, list[Fact]] = {}
    for fact in made:
        by_name.setdefault(fact.concept, []).append(fact)
    return Record(by_name, anchors, dict.fromkeys(kinds, period))


_DAYS = (
    0,
    1,
    2,
    5,
    7,
    8,
    10,
    13,
    14,
    16,
    20,
    28,
    29,
    31,
    40,
    55,
    57,
    62,
    80,
    85,
    100,
    180,
    190,
    300,
    400,
    800,
    1700,
    2000,
    3000,
)


def _fact(name: str, concept: Any, limits: list[float], today: int, rng: random.Random) -> Fact:
    day = today - rng.choice(_DAYS) + rng.choice((0, 0, 0, 16, 41))
    start = Span(day * 1440, day * 1440 + 1439)
    end = None
    categories = None
    lower = None
    if concept.domain == "drug":
        length = rng.choice((0, 10, 20, 60, 200, 500))
        last = min(day + length, today + 60)
        end = Span(last * 1440, last * 1440 + 1439)
        lower = float(rng.choice((2.5, 5, 7.5, 10, 15, 30, 40, 100, 200)))
        categories = frozenset({rng.choice(("oral", "oral", "intravenous"))})
    elif concept.domain == "condition":
        if rng.random() < 0.5:
            end = Span((day + 30) * 1440, (day + 30) * 1440 + 1439)
    elif concept.categories:
        categories = frozenset({rng.choice(concept.categories)})
    if concept.domain == "measurement" and concept.unit:
        near = rng.choice(limits) if limits else 10.0
        lower = max(0.0, round(near * rng.choice((0.2, 0.9, 0.99, 1.0, 1.01, 1.1, 2, 5)), 4))
    high = round(rng.choice((0.5, 1.0, 40.0, 1.2)), 3) if concept.domain == "measurement" else None
    return Fact(
        name,
        start,
        end,
        lower,
        lower,
        categories=categories,
        high_normal=high,
        detection_limit=10.0,
        recorded=lower,
        unit=concept.unit,
    )


if __name__ == "__main__":
    print(json.dumps(main(), indent=2, default=str))
