"""From waiting rows to a store: impossible and duplicate records set aside, overlaps resolved, everything sorted.

What only shows when all is read is decided here: the extraction day, records dated after it or before the person's
birth, the same record twice, overlapping records of one drug, and since when each person is observed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from trialwright.language.facts import DAY, FOREVER
from trialwright.language.vocabulary import Concept
from trialwright.population import impossible, schema
from trialwright.population.arrange import arrange
from trialwright.population.contradictions import resolve_contradictions
from trialwright.population.dates import EPOCH, EXTRACTION
from trialwright.population.overlaps import WAITING, resolve_overlaps
from trialwright.population.rows import AT_AGE, CONFLICT
from trialwright.population.staging import Staging

LIVED = "('birth', 'sex', 'death')"


def build(
    staging: Staging,
    concepts: Sequence[Concept],
    extracted: dt.date | None,
    today: dt.date,
    refill_days: int,
    exact: bool = False,
) -> dt.date:
    """Fill the store's tables from what waits, and give the extraction day.  `exact` leaves every row as it is."""
    staging.flush()
    con = staging.connection
    schema.create(con)
    day = extracted or _latest_day(staging, today)
    last = (day.toordinal() - EPOCH) * DAY + DAY - 1
    now = last if extracted else (today.toordinal() - EPOCH) * DAY + DAY - 1
    staging.put("concepts", [[i, c.id, c.domain, c.unit, list(c.categories)] for i, c in enumerate(concepts)])
    if not exact:
        impossible.leave_undecided(staging, concepts)
    _prepare(con, last, exact)
    _drop(staging, now, exact)
    con.execute(
        "INSERT INTO units SELECT row_number() OVER (ORDER BY unit) - 1, unit "
        "FROM (SELECT DISTINCT unit FROM s.staged WHERE unit IS NOT NULL)"
    )
    _persons(con, last)
    resolve_overlaps(con, concepts, refill_days, exact)
    for concept, people in resolve_contradictions(con, WAITING, exact):
        staging.counts.notes["contradictory", f"{concept}: people with more than one"] += people
    arrange(con)
    staging.counts.kept = int(con.execute("SELECT count(*) FROM s.kept_records").fetchall()[0][0])
    return day


def _latest_day(staging: Staging, today: dt.date) -> dt.date:
    """The latest recorded day that is not in the future."""
    if staging.latest <= -FOREVER:
        return today
    return min(dt.date.fromordinal(staging.latest // DAY + EPOCH), today)


def _prepare(con: Any, last: int, exact: bool) -> None:
    """Births, ages at onset as dates, and ends that come before their start."""
    con.execute(
        "CREATE TABLE s.births AS SELECT person, min(t_lo) AS b_lo, max(t_hi) AS b_hi FROM s.staged "
        "JOIN concepts USING (concept) WHERE id = 'birth' GROUP BY person"
    )

    def months(birth: str, age: str) -> str:
        day = f"DATE '1970-01-01' + CAST({birth} // {DAY} AS INTEGER) + to_months({age})"
        return f"datediff('day', DATE '1970-01-01', CAST({day} AS DATE))"

    aged = f"(flags & {AT_AGE}) <> 0"
    con.execute(
        f"""CREATE VIEW s.dated AS SELECT st.rowid AS row_id, st.* REPLACE (
          CASE WHEN {aged} THEN coalesce({months("b_lo", "st.t_lo")} * {DAY}, {-FOREVER})
               ELSE st.t_lo END AS t_lo,
          CASE WHEN {aged} THEN coalesce({months("b_hi", "st.t_hi")} * {DAY} - 1, {last})
               WHEN st.t_hi = {EXTRACTION} THEN {last} ELSE st.t_hi END AS t_hi,
          CASE WHEN st.e_lo = {EXTRACTION} THEN {last} ELSE st.e_lo END AS e_lo,
          CASE WHEN st.e_hi = {EXTRACTION} THEN {last} ELSE st.e_hi END AS e_hi,
          flags & ~{AT_AGE} AS flags)
        FROM s.staged st LEFT JOIN s.births USING (person)"""
    )
    if exact:
        con.execute("CREATE VIEW s.ready AS SELECT * FROM s.dated")
        return
    # An end before its start contradicts it: the end is not known, and that is said.
    con.execute(
        f"""CREATE VIEW s.ready AS SELECT * REPLACE (
          CASE WHEN e_hi IS NULL THEN NULL WHEN e_hi < t_lo THEN t_lo ELSE greatest(e_lo, t_lo) END AS e_lo,
          CASE WHEN e_hi IS NULL THEN NULL WHEN e_hi < t_lo THEN {FOREVER} ELSE e_hi END AS e_hi,
          CASE WHEN e_hi < t_lo AND problem IS NULL THEN {CONFLICT} ELSE problem END AS problem,
          greatest(t_hi, t_lo) AS t_hi)
        FROM s.dated"""
    )


def _drop(staging: Staging, now: int, exact: bool) -> None:
    """Set aside what is dated after the extraction or before birth, and records that say the same again."""
    con = staging.connection
    content = ", ".join(schema.CONTENT)
    con.execute(
        f"""CREATE TABLE s.dropped AS SELECT row_id, record, file, reference,
          CASE WHEN t_lo > {now} THEN 'future date' WHEN id = 'birth' THEN '{impossible.TOO_OLD}'
               ELSE 'dated before birth (negative age)' END AS reason
        FROM s.ready JOIN concepts USING (concept) LEFT JOIN s.births USING (person)
        WHERE {not exact} AND (t_lo > {now} OR (id NOT IN {LIVED} AND t_hi < b_lo) OR (id = 'death' AND t_hi < b_lo)
          OR {impossible.too_old(now)})"""
    )
    con.execute("CREATE TABLE s.files (file INTEGER, by_id BOOLEAN)")
    staging.put("s.files", [[i, f.by_id] for i, f in enumerate(staging.files)])
    con.execute("CREATE TABLE s.own_name AS SELECT list(file) AS files FROM s.files WHERE NOT by_id")
    name = "CASE WHEN list_contains((SELECT files FROM s.own_name), file) THEN NULL ELSE reference END"
    con.execute(
        f"""CREATE TABLE s.twins AS SELECT hash(person, {content}) AS h FROM s.staged
        GROUP BY h HAVING count(*) > 1 AND {not exact}"""
    )
    con.execute(
        f"""INSERT INTO s.dropped SELECT row_id, record, file, reference, 'duplicate' FROM (
          SELECT rowid AS row_id, record, file, reference, row_number() OVER (
            PARTITION BY person, {content}, {name} ORDER BY record, rowid) AS nth
          FROM s.staged WHERE hash(person, {content}) IN (SELECT h FROM s.twins)) WHERE nth > 1"""
    )
    con.execute("CREATE TABLE s.kept_records AS SELECT DISTINCT record FROM s.staged WHERE record >= 0 "
                "AND rowid NOT IN (SELECT row_id FROM s.dropped)")  # fmt: skip
    lost = con.execute(
        """SELECT reason, count(*), arg_min(reference, record), arg_min(file, record) FROM (
             SELECT record, min(reason) AS reason, min(reference) AS reference, min(file) AS file
             FROM s.dropped WHERE record >= 0 GROUP BY record) d
           WHERE record NOT IN (SELECT record FROM s.kept_records) GROUP BY reason ORDER BY reason"""
    ).fetchall()
    for reason, count, reference, file in lost:
        staging.counts.aside[reason] += count
        staging.counts.places.setdefault(reason, f"{staging.files[file].path}: {reference or ''}")
    con.execute("CREATE VIEW s.valid AS SELECT * FROM s.ready WHERE row_id NOT IN (SELECT row_id FROM s.dropped)")
    bad_ends = con.execute(f"SELECT count(*) FROM s.dated WHERE e_hi < t_lo AND {not exact}").fetchall()[0][0]
    if bad_ends:
        staging.counts.notes["end before start", "the end is taken as not known"] += bad_ends


def _persons(con: Any, last: int) -> None:
    """Everyone who is named anywhere, and from when to when they are observed."""
    con.execute(
        f"""INSERT INTO persons
        WITH named AS (SELECT person, min(first) AS first FROM s.seen GROUP BY person
                       UNION ALL SELECT person, NULL FROM (SELECT DISTINCT person FROM s.staged)
                       UNION ALL SELECT person, NULL FROM (SELECT DISTINCT person FROM s.periods)),
          everyone AS (SELECT person, min(first) AS first FROM named GROUP BY person),
          earliest AS (SELECT person, min(t_lo) AS t_lo FROM s.ready JOIN concepts USING (concept)
                       WHERE t_lo > {-FOREVER} AND id NOT IN {LIVED} GROUP BY person),
          spans AS (SELECT person, max(site) AS site, min(first) FILTER (NOT earlier) AS first,
                      max(last) FILTER (NOT earlier) AS last, min(first) FILTER (earlier) AS old_first,
                      max(last) FILTER (earlier) AS old_last
                    FROM s.periods GROUP BY person),
          again AS (SELECT DISTINCT person FROM s.seen)
        SELECT row_number() OVER (ORDER BY person) - 1, person, site,
          CASE WHEN spans.first IS NOT NULL THEN least(spans.first, coalesce(old_first, spans.first))
               WHEN old_last IS NOT NULL AND again.person IS NULL THEN old_first
               ELSE least(old_first, coalesce(everyone.first // {DAY}, earliest.t_lo // {DAY})) END,
          CASE WHEN spans.last IS NOT NULL THEN greatest(spans.last, coalesce(old_last, spans.last))
               WHEN old_last IS NOT NULL AND again.person IS NULL THEN old_last
               ELSE {last // DAY} END
        FROM everyone LEFT JOIN spans USING (person) LEFT JOIN earliest USING (person) LEFT JOIN again USING (person)"""
    )
