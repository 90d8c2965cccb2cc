"""Registry: reading speed, search among 500,000 invented trials, likeness on a snapshot of real ones.

Floor of a search: DuckDB scanning the same titles and summaries for one word.  Figures are of one core; run as
`python -m bench.registry [NUMBER OF TRIALS]`.  What needs `../shared` is left out, and said, where it is absent.
"""

import csv
import json
import resource
import statistics
import sys
import tempfile
import time
import zipfile
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from trialwright.registry.criteria import read_criteria, walk
from trialwright.registry.facets import read_facets
from trialwright.registry.index import build_index, open_index, save_index
from trialwright.registry.read import read_document
from trialwright.registry.records import Record
from trialwright.registry.search import search
from trialwright.registry.similar import similar
from trialwright.registry.words import catalog_names

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "registry"
QUERIES = (
    *(
        "systemic lupus erythematosus",
        "SLE CD19",
        "lupus nephritis refractory",
        "scleroderma",
        "belimumab",
        "systemic sclerosis",
    ),
    *(
        "multiple sclerosis phase 1",
        "myasthenia gravis",
        "rituximab lupus",
        "sclerodrema",
        "rheumatoid arthritis",
        "hepatitis",
    ),
    *(
        "cyclophosphamide fludarabine",
        "erythematosis",
        "tacrolimus nephritis",
        "anaemia",
        "dermatomyositis",
        "vasculitis ANCA",
    ),
)


def invented(count, names, rng):
    """`count` invented records: names of the catalog among words that follow Zipf's law."""
    vocabulary = np.array(["".join(rng.choice(list("abcdeghilmnoprstu"), rng.integers(4, 10))) for _ in range(60_000)])
    labels = [label for label in names.labels.values() if len(label) < 60]
    conditions = [names.labels[id] for id in sorted(names.conditions)]
    phases = ("PHASE1", "PHASE2", "PHASE3", "NA")
    split = lru_cache(maxsize=100_000)(lambda text: read_criteria(text)[0])
    for number in range(count):
        if number % 1000 == 0:
            many = vocabulary[np.minimum(rng.zipf(1.15, (1000, 130)), len(vocabulary)) - 1]
            picks = rng.integers(0, len(labels), (1000, 4)).tolist()
        words, drawn = many[number % 1000].tolist(), picks[number % 1000]
        condition = conditions[min(int(rng.zipf(1.3)), len(conditions)) - 1]
        criteria = f"Inclusion Criteria:\n* {labels[drawn[0]]} >= {number % 5}\n* {labels[drawn[3]]}\n"
        yield Record(
            nct_id=f"NCT{number:08d}", title=f"{' '.join(words[:8])} in {condition}", conditions=(condition,),
            brief_summary=f"{labels[drawn[1]]} {' '.join(words[8:])} {labels[drawn[2]]}", criteria_text=criteria,
            criteria=split(criteria), phases=(phases[number % 4],),
            status="RECRUITING" if number % 3 else "COMPLETED",
            enrollment=number % 400, countries=("China",) if number % 5 else ("Canada", "France"),
        )  # fmt: skip


def timed(action, repeats=1):
    best, result = float("inf"), None
    for _ in range(repeats):
        start = time.perf_counter()
        result = action()
        best = min(best, time.perf_counter() - start)
    return best, result


def searching(count, names):
    """Building, opening and asking an index of `count` invented trials."""
    rng = np.random.default_rng(4)
    making, records = timed(lambda: list(invented(count, names, rng)))
    start = time.process_time()
    building, index = timed(lambda: build_index(records, names))
    used = time.process_time() - start
    texts = pa.table({"text": [f"{record.title} {record.brief_summary}" for record in records]})
    with tempfile.TemporaryDirectory() as folder:
        saving, _ = timed(lambda: save_index(index, Path(folder)))
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        del index
        opening, index = timed(lambda: open_index(Path(folder)))
        for query in QUERIES:
            search(index, query, names)
        plain = [timed(lambda query=query: search(index, query, names), 3)[0] for query in QUERIES]
        faceted = [timed(lambda query=query: search(index, query, names, count_facets=True), 3)[0] for query in QUERIES]
        start = time.process_time()
        for query in QUERIES:
            search(index, query, names)
        processor = (time.process_time() - start) / len(QUERIES)
        row = index.row(0)
        alike, _ = timed(lambda: similar(index, row, names, leave_out=0), 3)
    base = duckdb.connect(config={"threads": 1})
    base.register("trials", texts)
    scan, _ = timed(lambda: base.execute("select count(*) from trials where contains(text, 'lupus')").fetchone(), 3)
    return {
        "trials": count,
        "records_made_s": round(making, 1),
        "index_built_s": round(building, 1),
        "index_built_processor_s": round(used, 1),
        "index_written_s": round(saving, 1),
        "index_megabytes": round(size / 1e6),
        "index_opened_s": round(opening, 2),
        "query_median_ms": round(1000 * statistics.median(plain), 2),
        "query_mean_processor_ms": round(1000 * processor, 2),
        "query_longest_ms": round(1000 * max(plain), 2),
        "query_with_facets_median_ms": round(1000 * statistics.median(faceted), 2),
        "similar_ms": round(1000 * alike, 1),
        "scan_for_one_word_ms": round(1000 * scan, 1),
        "scan_over_query": round(scan / statistics.median(plain), 1),
        "peak_memory_gigabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 1),
    }


def reading():
    """Characters and criteria a second, of the layouts that the tests name."""
    text = (
        "Inclusion Criteria:\n\n"
        + "* Age \\>= 18 years and a known diagnosis for six months\n* One of:\n\n  * ANC low\n" * 2000
    )
    seconds, (criteria, _) = timed(lambda: read_criteria(text), 3)
    count = sum(1 for _ in walk(criteria))
    return {
        "criteria_split_per_s": round(count / seconds),
        "criteria_megabytes_per_s": round(len(text) / seconds / 1e6, 2),
    }


def gain(order, relevance, depth=10):
    """nDCG at `depth`: Jarvelin and Kekalainen 2002."""
    seen = [relevance.get(item, 0) for item in order[:depth]]
    best = sorted(relevance.values(), reverse=True)[:depth]
    weights = 1 / np.log2(np.arange(2, depth + 2))
    ideal = sum((2**grade - 1) * weight for grade, weight in zip(best, weights, strict=False))
    return sum((2**grade - 1) * weight for grade, weight in zip(seen, weights, strict=False)) / ideal if ideal else None


def likeness(names):
    """nDCG@10 of `similar` on a dated snapshot, against its words alone; and how many facets agree with its labels.

    Relevance: one point each for the same disease, target and product type as that project's classification.
    """
    file = SHARED / "snapshot_autoimmune_cart" / "2026-08-22_trials.csv"
    if not file.exists():
        return {"likeness": "not measured: ../shared is absent"}
    labels = {row["NCTId"]: row for row in csv.DictReader(file.open())}
    records = read_document(file.read_bytes(), file.name)
    index = build_index(records, names)
    axes = ("DiseaseEntity", "TargetCategory", "ProductType")
    scores = defaultdict(list)
    for place in range(0, len(records), 5):
        own = labels[records[place].nct_id]
        grades = {
            id: sum(row[axis] == own[axis] for axis in axes)
            for id, row in labels.items()
            if id != records[place].nct_id
        }
        row = index.row(place)
        with_reasons = [item.trial.row["nct_id"] for item in similar(index, row, names, 10, leave_out=place)]
        words = search(
            index, f"{row['title']} {' '.join(row['conditions'])} {' '.join(row['interventions'])}", names, limit=11
        )
        by_words = [item.row["nct_id"] for item in words.trials if item.place != place]
        scores["similar_ndcg10"].append(gain(with_reasons, grades))
        scores["words_alone_ndcg10"].append(gain(by_words, grades))
        scores["chance_ndcg10"].append(gain(list(grades)[:: max(1, len(grades) // 10)], grades))
    stated, equal = 0, 0
    for record in records:
        label = labels[record.nct_id]["TargetCategory"]
        found = read_facets(record, names).target
        if found and label.startswith(("CD", "BCMA", "BAFF")):
            stated += 1
            equal += set(found) == set(label.split(" ")[0].split("/"))
    return {
        **{
            name: round(float(np.mean([value for value in values if value is not None])), 3)
            for name, values in scores.items()
        },
        "targets_named": stated,
        "targets_as_labelled": round(equal / stated, 3),
    }


def trial_pairs(names):
    """nDCG@5 on the Trial2Vec pairs, for those whose records are at hand; their texts are not part of that set."""
    file = SHARED / "similarity" / "TrialSim-data.xlsx"
    if not file.exists():
        return {"trialsim": "not measured: ../shared is absent"}
    import re

    numbers = set(re.findall(r"NCT\d{8}", zipfile.ZipFile(file).read("xl/sharedStrings.xml").decode()))
    records = {}
    for path in sorted((SHARED / "ctgov_v2").glob("*.json")):
        records |= {record.nct_id: record for record in read_document(path.read_bytes(), path.name)}
    known = numbers & set(records)
    return {"trialsim": f"not measured: of its {len(numbers)} trials the text of {len(known)} is at hand"}


def main(count: int = 500_000) -> dict:
    """Measure and print; returns the figures."""
    names = catalog_names()
    figures = {**reading(), **likeness(names), **trial_pairs(names), **searching(count, names)}
    print(json.dumps(figures, indent=2))
    return figures


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500_000)
