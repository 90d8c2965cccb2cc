"""The logical form of a criterion: what shape its expression has, against the forms of Leaf Clinical Trials."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from bench.formalize_corpora import BULLET, SHARED
from trialwright.catalog.catalog import Catalog
from trialwright.registry.formal.lexicon import lexicon_of
from trialwright.registry.formal.outline import outline
from trialwright.registry.formal.tags import tag_line


def logical_form(catalog: Catalog) -> dict[str, Any] | None:
    """Agreement of the outline with the gold form in five features, and the share of criteria where all agree.

    Features, not trees, because the gold trees name concepts and choose among equivalent trees: alternatives (or,
    union), negation (neg), a numeric filter, how many of them, a period with a number.  For negation and alternatives
    F1 is given too, since most criteria have none and agreement alone would flatter.
    """
    path = SHARED / "eligibility" / "lct" / "logical_forms_train.json"
    if not path.is_file():
        return None
    lexicon = lexicon_of(catalog)
    pairs = json.loads(path.read_text(encoding="utf-8"))
    agree: Counter[str] = Counter()
    cells: dict[str, Counter[tuple[bool, bool]]] = {"alternatives": Counter(), "negated": Counter()}
    for pair in pairs:
        line = tag_line(BULLET.sub("", pair["intent"]), lexicon)
        mine, form = outline(line), pair["snippet"]
        valued = [part for part in form.split("temporal_filter(")[1:] if ".val(" in part.split(")))")[0]]
        same = {
            "alternatives": mine.alternatives == bool(re.search(r"\b(?:or|union)\(", form)),
            "negated": mine.negated == ("neg(" in form),
            "numeric": bool(mine.numbers) == ("num_filter(" in form),
            "how many numbers": mine.numbers == form.count("num_filter("),
            "period": bool(mine.periods) == bool(valued or ".duration(" in form),
        }
        cells["alternatives"][mine.alternatives, bool(re.search(r"\b(?:or|union)\(", form))] += 1
        cells["negated"][mine.negated, "neg(" in form] += 1
        agree.update(name for name, value in same.items() if value)
        agree["all"] += all(same.values())
    result: dict[str, Any] = {name: round(agree[name] / len(pairs), 4) for name in (*same, "all")}
    for name, cell in cells.items():
        both = cell[True, True]
        result[f"{name} F1"] = round(2 * both / (2 * both + cell[True, False] + cell[False, True]), 4)
    return result
