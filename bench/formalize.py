"""Formalizing, measured: equal meaning with the four hand-written protocols, numbers, logical form, speed.

`main()` gives one dictionary.  What needs ../shared is None where that is absent.  Nothing of it is copied.
"""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

from bench.formalize_corpora import SHARED, facebook, numbers
from bench.formalize_shape import logical_form
from bench.formalize_speed import speed
from bench.random_meaning import equal_meaning
from trialwright.catalog.catalog import Catalog
from trialwright.catalog.load import load_catalog
from trialwright.registry.formal.formalize import Formal, combine, formalize
from trialwright.registry.read import read_documents

PAGES = {
    "nct05765006": ("NCT05765006-full-page.txt", "NCT05765006-summary-page.txt"),
    "im19-sle": ("im19-sle-page.txt",),
    "relma-cel-ssc": ("relma-cel-ssc-page.txt",),
    "universal-cd19-bcma-sle": ("universal-cd19-bcma-sle-page.txt",),
}
_ASKED = re.compile(r'(?:ask|unsupported|no restriction)(?: \w+)? "[^"]*"(?: \((?:"[^"]*"|[^)]*)\))?')
_WORD = re.compile(
    r"\b(?!and\b|or\b|not\b|if\b|then\b|else\b|first\b|known\b|any\b|all\b|sex\b|female\b|male\b)[a-z_]{3,}"
)


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
        pairs = [combine(pair, top.kind) for pair in itertools.pairwise(texts)]
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


if __name__ == "__main__":
    print(json.dumps(main(), indent=2, default=str))
