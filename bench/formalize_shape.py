"""The logical form of a criterion: what shape its expression has, against the forms of Leaf Clinical Trials."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from bench.formalize_corpora import BULLET, SHARED
from trialwright.catalog.catalog import Catalog
from trialwright.registry.formal.lexicon import lexicon_of
from trialwright.registry.formal.outline import outline
from trialwright.registry.formal.tags import Line, tag_line


def logical_form(catalog: Catalog) -> dict[str, Any] | None:
    """Agreement of the outline with the gold form in six features, and the share of criteria where all agree.

    Features, not trees, because the gold trees name concepts and choose among equivalent trees.  Alternatives are
    `union`, both-of is `intersect`, negation `neg`; then a numeric filter, how many of them, and a period.  The gold's
    `or` is not counted as alternatives: it holds together parts between which no relation was marked ("pregnant woman
    of 16 to 24 weeks"), and the word "or" stands in 39 % of those criteria, against 79 % of those with `union`.

    `always` is the agreement of the more frequent answer, which needs no reading; F1 is of the rarer answer.
    """
    path = SHARED / "eligibility" / "lct" / "logical_forms_train.json"
    if not path.is_file():
        return None
    lexicon = lexicon_of(catalog)
    cells: dict[str, Counter[tuple[bool, bool]]] = {}
    how_many = every = 0
    pairs = json.loads(path.read_text(encoding="utf-8"))
    for pair in pairs:
        mine, gold = _said(tag_line(BULLET.sub("", pair["intent"]), lexicon)), _gold(pair["snippet"])
        for name in FEATURES:
            cells.setdefault(name, Counter())[bool(mine[name]), bool(gold[name])] += 1
        how_many += mine["numeric"] == gold["numeric"]
        every += mine == gold
    result: dict[str, Any] = {name: _figures(cell) for name, cell in cells.items()}
    return result | {"how many numbers": round(how_many / len(pairs), 4), "all": round(every / len(pairs), 4)}


FEATURES = ("alternatives", "both", "negated", "numeric", "period")


def _said(line: Line) -> dict[str, int]:
    mine = outline(line)
    return {
        "alternatives": mine.alternatives,
        "both": mine.joined,
        "negated": mine.negated,
        "numeric": mine.numbers,
        "period": bool(mine.periods),
    }


def _gold(form: str) -> dict[str, int]:
    valued = any(".val(" in part.split(")))")[0] for part in form.split("temporal_filter(")[1:])
    return {
        "alternatives": "union(" in form,
        "both": "intersect(" in form,
        "negated": "neg(" in form,
        "numeric": form.count("num_filter("),
        "period": valued or ".duration(" in form,
    }


def _figures(cell: Counter[tuple[bool, bool]]) -> dict[str, float]:
    total, both = cell.total(), cell[True, True]
    stated = both + cell[False, True]
    return {
        "agreement": round((both + cell[False, False]) / total, 4),
        "always": round(max(stated, total - stated) / total, 4),
        "F1": round(2 * both / (2 * both + cell[True, False] + cell[False, True]), 4),
    }
