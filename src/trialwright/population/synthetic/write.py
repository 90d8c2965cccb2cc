"""One call makes a synthetic cohort in any of its forms, with the manifest that a reader needs beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal

from trialwright.population.synthetic.awkward import RATES, Rates
from trialwright.population.synthetic.cohort import AT, LUPUS_SHARE, SSC_SHARE, Block, generate
from trialwright.population.synthetic.facts import OBSERVES, SITE, write_facts
from trialwright.population.synthetic.fhir import write_fhir
from trialwright.population.synthetic.omop import write_omop

Form = Literal["fhir", "fhir.gz", "omop", "omop.parquet", "facts"]
STORE = "population.duckdb"
YEARS = 10
"""A manifest says for how many years before the extraction the site has observed its people."""


def write_cohort(
    out_dir: str | Path,
    people: int,
    seed: int = 1,
    form: Form = "fhir",
    at: dt.date = AT,
    *,
    lupus: float = LUPUS_SHARE,
    ssc: float = SSC_SHARE,
    rates: Rates = RATES,
    memory_limit: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write a synthetic cohort under `out_dir` and give what `trialwright load` takes (or the store itself, for
    "facts").

    The same people, seed, shares and day give the same bytes.  `progress` hears of people done and people in all;
    `memory_limit` ("2GB") bounds what the making of a store takes.
    Raises ValueError for a form, a size or shares that cannot be.
    """
    blocks = _told(generate(people, seed=seed, lupus=lupus, ssc=ssc, at=at, rates=rates), people, progress)
    return write_blocks(blocks, Path(out_dir), form, at, people, seed, memory_limit)


def write_blocks(
    blocks: Iterable[Block],
    out: Path,
    form: Form,
    at: dt.date,
    people: int,
    seed: int,
    memory_limit: str | None = None,
) -> Path:
    """Blocks of people in a form, with the manifest beside them; `people` and `seed` are for the manifest's first line.

    Raises ValueError for a form that there is not.
    """
    out.mkdir(parents=True, exist_ok=True)
    match form:
        case "facts":
            write_facts(blocks, out / STORE, at, memory_limit=memory_limit)
            return out / STORE
        case "fhir" | "fhir.gz":
            write_fhir(blocks, out, packed=form == "fhir.gz")
        case "omop" | "omop.parquet":
            write_omop(blocks, out, form="csv" if form == "omop" else "parquet")
        case _:
            raise ValueError(f"a cohort is written as fhir, fhir.gz, omop, omop.parquet or facts, not {form}")
    (out / "population.yaml").write_text(manifest(at, people, seed), "utf-8")
    return out


def manifest(at: dt.date, people: int, seed: int) -> str:
    """What a site declares beside its files."""
    return (
        f"# Synthetic: nobody here exists. {people} people, seed {seed}.\n"
        f"site: {SITE}\nextracted: {at}\nobserves: [{', '.join(OBSERVES)}]\n"
        f"observed_since: {at.replace(year=at.year - YEARS, day=min(at.day, 28))}\n"
    )


def _told(blocks: Iterator[Block], people: int, progress: Callable[[int, int], None] | None) -> Iterator[Block]:
    done = 0
    for block in blocks:
        yield block
        done += len(block.people)
        if progress:
            progress(done, people)
