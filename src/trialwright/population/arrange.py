"""The big table of a store: every fact beside the others of its person and concept, in the order of their dates.

Each fact learns here what its neighbours say: when the next one begins, and whether another overlaps it in time of
start.  Facts and the table of their sources are written side by side, since either keeps one processor busy.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from trialwright.language.facts import DAY, FOREVER
from trialwright.population.rows import TIE


def arrange(con: Any) -> None:
    """Fill facts, sources and superseded from s.valid, s.resolved and s.unresolved."""
    con.execute(
        """CREATE VIEW s.final AS
        SELECT p.person, concept, t_lo, t_hi, e_lo, e_hi, v_lo, v_hi, cats, r_lo, r_hi, lod, raw, u.unit, flags,
          problem, file, reference
        FROM s.valid v JOIN persons p ON p.id = v.person LEFT JOIN units u ON u.text = v.unit
        WHERE row_id NOT IN (SELECT row_id FROM s.overlapping)
        UNION ALL SELECT person, concept, t_lo, t_hi, e_lo, e_hi, v_lo, v_hi, cats, r_lo, r_hi, lod, raw, unit, flags,
          problem, file, reference FROM s.resolved"""
    )
    # Content decides the order of equal times, so that the same records make the same store.
    con.execute(
        """CREATE TABLE s.sorted AS SELECT * FROM s.final
        ORDER BY person, concept, t_lo, t_hi, v_lo, hash(v_hi, e_lo, e_hi, cats, raw, flags, problem, reference)"""
    )
    # Another fact overlaps in time of start: its neighbour does, or, where dates are partial, some fact before it.
    con.execute(
        f"""CREATE TABLE s.ties AS SELECT row_id FROM (
          SELECT row_id, t_lo <= max(t_hi) OVER (alike ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS tie
          FROM (SELECT rowid AS row_id, person, concept, t_lo, t_hi FROM s.sorted) f
          SEMI JOIN (SELECT person, concept FROM s.sorted WHERE t_hi - t_lo >= {DAY}) p USING (person, concept)
          WINDOW alike AS (PARTITION BY person, concept ORDER BY row_id)) WHERE tie"""
    )
    beside = con.cursor()
    with ThreadPoolExecutor(1) as other:
        written = other.submit(
            beside.execute,
            "INSERT INTO sources SELECT rowid, file, reference FROM s.sorted "
            "WHERE reference IS NOT NULL ORDER BY rowid",
        )
        try:
            _write_facts(con)
        except BaseException:
            beside.interrupt()
            raise
        written.result()
    beside.close()
    con.execute("CREATE TABLE s.counted AS SELECT count(*) AS n FROM s.sorted")
    con.execute(
        "INSERT INTO superseded SELECT * EXCLUDE (file, reference), rowid + (SELECT n FROM s.counted) FROM s.unresolved"
    )
    con.execute("INSERT INTO sources SELECT rowid + (SELECT n FROM s.counted), file, reference FROM s.unresolved")


def _write_facts(con: Any) -> None:
    after = "lead(person) OVER () = person AND lead(concept) OVER () = concept"
    con.execute(
        f"""INSERT INTO facts SELECT * EXCLUDE (file, reference) REPLACE (CAST(flags | CASE WHEN
            (lag(person) OVER () = person AND lag(concept) OVER () = concept AND lag(t_hi) OVER () >= t_lo)
            OR ({after} AND lead(t_lo) OVER () <= t_hi) OR rowid IN (SELECT row_id FROM s.ties)
          THEN {TIE} ELSE 0 END AS SMALLINT) AS flags), rowid,
          CASE WHEN {after} THEN lead(t_lo) OVER () ELSE {FOREVER} END
        FROM s.sorted"""
    )
