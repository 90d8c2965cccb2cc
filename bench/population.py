"""How fast FHIR is loaded, beside a plain orjson walk over the same bytes in the same run.

The input is made here: the shared real-format samples when they are there, else made-up records, repeated under new
ids until there is enough of it.  Rates are of the whole load: read, parse, map, convert, sort and write the store.
"""
# ruff: noqa: E501 - records as they are

from __future__ import annotations

import gzip
import json
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

SHARED = Path(__file__).parents[1].parent / "shared" / "data" / "population"
MEGABYTES = int(os.environ.get("TRIALWRIGHT_BENCH_MB", "300"))


def main() -> dict[str, Any]:
    """Load bundles, ndjson and gzipped ndjson; rates in MB/s of plain JSON and as ratios to the walk."""
    from trialwright.population.load import load

    found: dict[str, Any] = {"megabytes": MEGABYTES, "cores": os.cpu_count()}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        bundles, lines = _bundles(folder / "bundles"), _lines(folder / "lines")
        found["walk_bundles"] = _walk(sorted(bundles.iterdir()), whole=True)
        found["walk_ndjson"] = _walk(sorted(lines.iterdir()), whole=False)
        packed = folder / "packed"
        packed.mkdir()
        largest = max(lines.iterdir(), key=lambda p: p.stat().st_size)
        with largest.open("rb") as file:
            text = file.read(MEGABYTES * 300_000)
        (packed / "Observation.ndjson.gz").write_bytes(gzip.compress(text[: text.rfind(b"\n") + 1], 6))
        sizes = {"bundles": _size(bundles), "ndjson": _size(lines), "gzip": len(text)}
        for name, source in (("bundles", bundles), ("ndjson", lines), ("gzip", packed)):
            begun, cpu = time.perf_counter(), _cpu()
            report = load([source], folder / f"{name}.duckdb", jobs=2)
            walk = found["walk_bundles" if name == "bundles" else "walk_ndjson"]
            found[name] = round(sizes[name] / 1e6 / (time.perf_counter() - begun), 1)
            found[f"{name}_ratio_to_walk"] = round(found[name] / walk["wall"], 2)
            found[f"{name}_per_core"] = round(sizes[name] / 1e6 / (_cpu() - cpu), 1)
            found[f"{name}_ratio_per_core"] = round(found[f"{name}_per_core"] / walk["cpu"], 2)
            found[f"{name}_records"], found[f"{name}_facts"] = report.total("read"), report.facts
    found["peak_gb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)
    print(
        f"FHIR loading, {MEGABYTES} MB each, the whole load with two reading processes, beside a plain orjson walk on one core"
    )
    for name in ("bundles", "ndjson", "gzip"):
        walk = found["walk_bundles" if name == "bundles" else "walk_ndjson"]
        print(
            f"  {name:<8}{found[name]:8.1f} MB/s (walk {walk['wall']:.1f}, ratio {found[f'{name}_ratio_to_walk']});  per core second "
            f"{found[f'{name}_per_core']:.1f} MB (walk {walk['cpu']:.1f}, ratio {found[f'{name}_ratio_per_core']})"
        )
    print(
        f"  peak memory of the main process {found['peak_gb']} GB; the cores were free when ratio and ratio per core x 2 agree"
    )
    return found


def _cpu() -> float:
    """Processor seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def _size(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.iterdir())


def _walk(paths: list[Path], *, whole: bool) -> dict[str, float]:
    """MB per second and per processor second of parsing everything and using nothing."""
    begun, cpu, size = time.perf_counter(), _cpu(), 0
    for path in paths:
        data = path.read_bytes()
        size += len(data)
        for text in [data] if whole else data.split(b"\n"):
            if text:
                orjson.loads(text)
    return {"wall": size / 1e6 / (time.perf_counter() - begun), "cpu": size / 1e6 / (_cpu() - cpu)}


def _bundles(folder: Path) -> Path:
    """Transaction bundles until there are enough bytes, each of other people."""
    folder.mkdir()
    sample = SHARED / "smart_synthea_r4_bundles"
    texts = (
        [p.read_bytes() for p in sorted(sample.glob("*.json"))]
        if sample.is_dir()
        else [_made_bundle(i) for i in range(8)]
    )
    size, n = 0, 0
    while size < MEGABYTES * 1_000_000:
        text = texts[n % len(texts)].replace(b"urn:uuid:", b"urn:uuid:%05x" % n).replace(b'"id": "', b'"id": "%05x' % n)
        text = text.replace(b'"id":"', b'"id":"%05x' % n)
        (folder / f"{n:05d}.json").write_bytes(text)
        size, n = size + len(text), n + 1
    return folder


def _lines(folder: Path) -> Path:
    """Bulk ndjson of all resource types until there are enough bytes, each round of other people."""
    folder.mkdir()
    sample = SHARED / "smart_synthea_r4_ndjson"
    kinds: dict[str, bytes] = {}
    if sample.is_dir():
        for path in sorted(sample.glob("*.ndjson.gz")):
            kinds[path.name.removesuffix(".gz")] = gzip.decompress(path.read_bytes())
    else:
        for record in _made_records():
            kinds.setdefault(f"{record['resourceType']}.ndjson", b"")
            kinds[f"{record['resourceType']}.ndjson"] += json.dumps(record, separators=(",", ":")).encode() + b"\n"
    size, n = 0, 0
    while size < MEGABYTES * 1_000_000:
        for name, text in kinds.items():
            changed = text.replace(b"urn:uuid:", b"urn:uuid:%05x" % n).replace(b'","id":"', b'","id":"%05x' % n)
            with (folder / name).open("ab") as file:
                file.write(changed)
            size += len(changed)
        n += 1
    return folder


def _made_bundle(seed: int) -> bytes:
    entries = [{"fullUrl": f"urn:uuid:{r['id']}", "resource": r} for r in _made_records(1, seed)]
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}, indent=1).encode()


def _made_records(people: int = 300, seed: int = 0) -> Iterator[dict[str, Any]]:
    for person in range(people):
        name = f"{seed:04x}{person:08x}"
        subject = {"reference": f"urn:uuid:{name}"}
        yield {"resourceType": "Patient", "id": name, "birthDate": f"19{person % 60 + 30}-02-03", "gender": "female"}
        for i in range(200):
            code, text = (("2160-0", "Creatinine"), ("777-3", "Platelets"), ("72514-3", "Pain severity"))[i % 3]
            yield {
                "resourceType": "Observation", "id": f"{name}{i:04x}", "status": "final", "subject": subject,
                "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}],
                "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": text}], "text": text},
                "effectiveDateTime": f"20{i % 20:02d}-05-06T07:08:09+00:00", "issued": f"20{i % 20:02d}-05-06T07:08:09.010+00:00",
                "encounter": {"reference": f"urn:uuid:{name}e{i:04x}"},
                "valueQuantity": {"value": 0.5 + i / 100, "unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL"},
            }  # fmt: skip


if __name__ == "__main__":
    main()
