"""Formalizing on the corpora of others: numbers of Leaf Clinical Trials, and the sample of Facebook's parser.

What needs ../shared gives None where that is absent.  Nothing of it is copied.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from trialwright.catalog.catalog import Catalog
from trialwright.registry.formal.lexicon import lexicon_of
from trialwright.registry.formal.normalise import normalise
from trialwright.registry.formal.readings import find_readings
from trialwright.registry.formal.scan import scan

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"

_WRITTEN = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "twelve": "12", "eighteen": "18", "twenty": "20", "i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5",
    "vi": "6", "twice": "2", "once": "1", "zero": "0",
}  # fmt: skip
BULLET = re.compile(r"^\s*(?:[-*•]|\(?\d{1,2}[.)](?!\d)|[a-z][.)])\s*")


def numbers(catalog: Catalog) -> dict[str, Any] | None:
    """Values of gold numeric filters (ages and observations) found, as multisets per trial; a span counts once."""
    folder = SHARED / "eligibility" / "lct" / "brat"
    if not folder.is_dir():
        return None
    lexicon = lexicon_of(catalog)
    hit = extra = lost = 0
    for path in sorted(folder.glob("*.ann")):
        gold = Counter(_number(value) for value in gold_values(path.read_text(encoding="utf-8")))
        found: Counter[str] = Counter()
        for line in path.with_suffix(".txt").read_text(encoding="utf-8").splitlines():
            plain = normalise(BULLET.sub("", line))
            for reading in find_readings(plain.text, scan(plain.text, lexicon)):
                if reading.kind in ("age", "value"):
                    found.update(_number(value) for value in reading.values)
        same = sum((gold & found).values())
        hit, extra, lost = hit + same, extra + found.total() - same, lost + gold.total() - same
    return {"values": hit + lost, "recall": round(hit / (hit + lost), 4), "precision": round(hit / (hit + extra), 4)}


def gold_values(annotations: str) -> list[str]:
    """The values of numeric filters in a brat file."""
    texts: dict[str, tuple[str, str]] = {}
    events: dict[str, list[tuple[str, str]]] = {}
    for line in annotations.splitlines():
        parts = line.split("\t")
        if line.startswith("T"):
            texts[parts[0]] = (parts[1].split(" ", 1)[1], parts[2])
        elif line.startswith("E"):
            events[parts[0]] = [(role, to) for role, _, to in (a.partition(":") for a in parts[1].split()[1:])]
    seen: dict[str, str] = {}
    for arguments in events.values():
        for role, target in arguments:
            if role.startswith("Numeric-Filter"):
                for inner, to in events.get(target, ()):
                    if inner.startswith("Value") and to in texts:
                        seen[texts[to][0]] = texts[to][1]
    return list(seen.values())


def _number(text: str) -> str:
    text = text.strip().lower().rstrip(".").replace(" ", "")
    text = re.sub(r"(\d),(\d{3})(?!\d)", r"\1\2", _WRITTEN.get(text, text)).replace(",", ".")
    try:
        return f"{float(text):g}"
    except ValueError:
        return text


def facebook(catalog: Catalog) -> dict[str, Any] | None:
    """Relations of the published output whose numbers are read here from the same criterion, in two bullet layouts."""
    path = SHARED / "eligibility" / "fb_ctp" / "output" / "cfg_parsed_clinical_trials.tsv"
    if not path.is_file():
        return None
    lexicon = lexicon_of(catalog)
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:] if line.strip()]
    result: dict[str, Any] = {"relations": len(rows)}
    missed: list[str] = []
    for name, mark in (("read", ""), ("read as bullets", "* ")):
        read = 0
        for row in rows:
            relation = json.loads(row[6])
            wanted = [relation[side]["value"] for side in ("lower", "upper") if side in relation]
            wanted += relation.get("value") or []
            plain = normalise(mark + row[4])
            readings = find_readings(plain.text, scan(plain.text, lexicon))
            values = {v for r in readings for v in _values(r)}
            if all(_number(value) in values for value in wanted):
                read += 1
            elif not mark:
                missed.append(f"{row[4][:120]} -> {wanted}")
        result[name] = read
    return result | {"missed": missed}


def _values(reading: Any) -> list[str]:
    found = [_number(value) for value in reading.values]
    for amount in (reading.low, reading.high):
        if amount is not None:
            scale = re.match(r"10\*(\d+)", amount.unit)
            found.append(_number(str(float(amount.value) * 10 ** int(scale[1]) if scale else amount.value)))
    if reading.op == "between" and reading.high is not None and reading.high.value - reading.low.value < 12:
        found += [_number(str(value)) for value in range(int(reading.low.value), int(reading.high.value) + 1)]
    return found
