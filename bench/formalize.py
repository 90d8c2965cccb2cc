"""Formalizing, measured: equal meaning with the four hand-written protocols, numbers, logical form, speed.

`main()` gives one dictionary.  What needs ../shared is None where that is absent.  Nothing of it is copied.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import random
import re
import subprocess
import sys
import time
from collections import Counter
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
from trialwright.registry.formal.formalize import Formal, combine, formalize, formalize_text
from trialwright.registry.formal.lexicon import lexicon_of
from trialwright.registry.formal.normalise import normalise
from trialwright.registry.formal.outline import outline
from trialwright.registry.formal.readings import find_readings
from trialwright.registry.formal.scan import scan
from trialwright.registry.formal.tags import tag_line
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


# --- numbers: Leaf Clinical Trials ----------------------------------------------------------------------------------

_WRITTEN = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "twelve": "12", "eighteen": "18", "twenty": "20", "i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5",
    "vi": "6", "twice": "2", "once": "1", "zero": "0",
}  # fmt: skip
_BULLET = re.compile(r"^\s*(?:[-*•]|\(?\d{1,2}[.)](?!\d)|[a-z][.)])\s*")


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
            plain = normalise(_BULLET.sub("", line))
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


# --- logical form ---------------------------------------------------------------------------------------------------


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
        line = tag_line(_BULLET.sub("", pair["intent"]), lexicon)
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


# --- Facebook's sample ----------------------------------------------------------------------------------------------


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


# --- speed ----------------------------------------------------------------------------------------------------------

_SAMPLE = (
    "Age 18 to 65 years", "ANC >= 1.0 x 10^9/L without growth factors in the last 7 days", "Signed informed consent",
    "Women of childbearing potential must have a negative serum pregnancy test within 7 days before enrollment",
    "History of malignancy within 5 years, except basal cell carcinoma of the skin", "ALT and AST <= 3 x ULN",
    "Any condition that in the opinion of the investigator makes participation unsuitable", "SLEDAI-2K >= 8",
    "Use of a live vaccine within 4 weeks", "Hypertension that is not controlled despite two drugs or more",
    "Known hypersensitivity to any component of the study product", "Able to walk 100 metres without help",
)  # fmt: skip


def speed(catalog: Catalog, count: int = 12_000) -> dict[str, Any]:
    """Criteria per second of one core's own time; start-up apart; time per character as the text grows; brackets."""
    rng = random.Random(3)
    path = SHARED / "eligibility" / "lct" / "brat"
    lines = list(_SAMPLE)
    if path.is_dir():
        texts = [file.read_text(encoding="utf-8") for file in sorted(path.glob("*.txt"))]
        lines = [_BULLET.sub("", line) for text in texts for line in text.splitlines() if len(line) > 4]
    code = (
        "from trialwright.catalog.load import load_catalog as c; from trialwright.registry.formal.formalize import "
        "formalize_text as f; import time; f('Age >= 18 years', 'inclusion', c()); print(time.process_time())"
    )
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    start_up = float(fresh.stdout)
    chosen = [rng.choice(lines) for _ in range(count)]
    cold = time.process_time()
    for line in chosen:
        formalize_text(line, "inclusion", catalog)
    cold = time.process_time() - cold
    warm = time.process_time()
    for line in chosen:
        formalize_text(line, "exclusion", catalog)
    warm = time.process_time() - warm
    grown = {
        size: _seconds("Platelets >= 75 x 10^9/L and no fever, or age > 18 years; " * size, catalog)
        for size in (20, 200, 2000)
    }
    brackets = {size: _seconds("(" * size, catalog) for size in (10_000, 10_000_000)}
    return {
        "criteria_per_second": round(count / warm),
        "criteria_per_second_with_first_checks": round(count / cold),
        "start_up_seconds": round(start_up, 2),
        "microseconds_per_character": {size: round(1e6 * t / (58 * size), 2) for size, t in grown.items()},
        "seconds_for_brackets": {size: round(t, 2) for size, t in brackets.items()},
        "seconds_for_10_kB_nested": round(_seconds("(a or " * 1700 + ")" * 1700, catalog), 3),
    }


def _seconds(text: str, catalog: Catalog) -> float:
    start = time.process_time()
    formalize_text(text, "inclusion", catalog)
    return time.process_time() - start


if __name__ == "__main__":
    print(json.dumps(main(), indent=2, default=str))
