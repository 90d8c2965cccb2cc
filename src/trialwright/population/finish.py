"""The last tables of a store: what its sources observe, where they came from, the report, and the fingerprint."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from trialwright import __version__
from trialwright.population.append import Earlier
from trialwright.population.dates import EPOCH
from trialwright.population.report import Line, LoadReport
from trialwright.population.schema import CONTENT, FORMAT
from trialwright.population.sources import Source
from trialwright.population.staging import Staging

OBSERVABLE = ("condition", "drug", "procedure")
"""Domains in which nothing recorded may mean "no"; a measurement that was not made is never negative."""


def site_and_since(staging: Staging, source: Source, files: Sequence[int]) -> None:
    """The site and the start of observation that a manifest declares, for the people of its files."""
    since, site = source.manifest.observed_since, source.manifest.site
    if since is None and site is None:
        return
    staging.flush()
    numbers = ", ".join(str(f) for f in files) or "-1"
    day = "NULL" if since is None else str(since.toordinal() - EPOCH)
    staging.connection.execute(
        f"INSERT INTO s.periods SELECT DISTINCT person, ?, {day}, NULL, false FROM s.staged WHERE file IN ({numbers})",
        [site],
    )


def finish(
    staging: Staging,
    lines: list[Line],
    day: dt.date,
    declared: Sequence[str] | None,
    earlier: Earlier | None,
    catalog_hash: str,
    refill_days: int,
    unread: tuple[str, ...],
    total: int,
    progress: Callable[[int, int, str], None] | None,
) -> LoadReport:
    """Write what the store says about itself, and give the load report."""
    con = staging.connection
    if progress:
        progress(total, total, "finishing")
    if declared is not None:
        observes = tuple(declared)
    else:
        held = set(staging.counts.domains) | set(earlier.observes if earlier else ())
        observes = tuple(d for d in OBSERVABLE if d in held)
        if earlier and earlier.declared:
            observes = earlier.observes
    is_declared = declared is not None or (earlier is not None and earlier.declared)
    staging.put("observed", [[domain] for domain in observes])
    staging.put("files", [[i, f.path, f.sha256, f.kind] for i, f in enumerate(staging.files)])
    staging.put("load_report", [[x.kind, x.item, x.detail, x.count] for x in lines])
    con.execute("INSERT INTO answers SELECT * FROM s.answers")
    meta = {
        "format": FORMAT,
        "trialwright": __version__,
        "catalog": catalog_hash,
        "extracted": day.isoformat(),
        "observes": ",".join(observes) or "none",
        "observes_declared": "yes" if is_declared else "no",
        "refill_days": str(refill_days),
        "fingerprint": fingerprint(con),
    }
    staging.put("meta", [[key, value] for key, value in meta.items()])
    persons, facts = (int(con.execute(f"SELECT count(*) FROM {t}").fetchall()[0][0]) for t in ("persons", "facts"))
    con.execute("DETACH s")
    con.execute("CHECKPOINT")
    return LoadReport(
        tuple(lines), persons, facts, observes, day.isoformat(), is_declared, unread, dict(staging.counts.places)
    )


def fingerprint(con: Any) -> str:
    """A mark of the content: equal for stores that say the same about the same people, in whatever order loaded."""
    content = ", ".join("u.text" if c == "unit" else "c.id" if c == "concept" else f"f.{c}" for c in CONTENT)
    facts, count = con.execute(
        f"""SELECT sum(hash(p.id, {content})::HUGEINT), count(*) FROM facts f JOIN persons p USING (person)
        JOIN concepts c USING (concept) LEFT JOIN units u ON u.unit = f.unit"""
    ).fetchall()[0]
    marks = "SELECT sum(hash(id, site, observed_from, observed_to)::HUGEINT) FROM persons"
    people = con.execute(marks).fetchall()[0][0]
    domains = con.execute("SELECT sum(hash(domain)::HUGEINT) FROM observed").fetchall()[0][0]
    return f"{count}-{(int(facts or 0) * 31 + int(people or 0) * 7 + int(domains or 0)) % (1 << 96):024x}"
