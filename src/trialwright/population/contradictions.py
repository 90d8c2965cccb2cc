"""People whose records give two births, two deaths or two sexes: what is sure of them, and no more.

Two births that cannot both be so make one birth at some time between them, so that an age that hangs on it is unknown;
records of one birth, a year here and a day there, make the narrower one.  Two sexes stand at the same time, so that
they contradict each other.  The records as they were loaded are kept in the table `superseded`.
"""

from __future__ import annotations

from typing import Any

ONCE = "('birth', 'death')"


def resolve_contradictions(con: Any, waiting: str, exact: bool = False) -> list[tuple[str, int]]:
    """Add to s.overlapping, s.unresolved and s.resolved; gives how many people contradict themselves in what."""
    if exact:
        return []
    con.execute(
        f"""CREATE TABLE s.contradicted AS SELECT person, concept, id, min(t_lo) AS lo, max(t_hi) AS hi,
          max(t_lo) AS late_lo, min(t_hi) AS soon_hi, max(t_lo) > min(t_hi) AS apart
        FROM s.valid JOIN concepts USING (concept) WHERE id IN {ONCE} OR id = 'sex' GROUP BY ALL
        HAVING CASE WHEN id = 'sex' THEN count(DISTINCT cats) > 1 ELSE count(DISTINCT hash(t_lo, t_hi)) > 1 END"""
    )
    con.execute(
        "CREATE TABLE s.two AS SELECT row_id FROM s.valid SEMI JOIN s.contradicted USING (person, concept) "
        "WHERE row_id NOT IN (SELECT row_id FROM s.overlapping)"
    )
    con.execute("INSERT INTO s.overlapping SELECT row_id FROM s.two")
    con.execute(f"CREATE TABLE s.both AS {waiting} WHERE row_id IN (SELECT row_id FROM s.two)")
    con.execute("INSERT INTO s.unresolved SELECT * FROM s.both ORDER BY person, concept, t_lo, t_hi, reference")
    con.execute(
        f"""INSERT INTO s.resolved SELECT b.person, b.concept, min(CASE WHEN apart THEN lo ELSE late_lo END),
          max(CASE WHEN apart THEN hi ELSE soon_hi END), min(e_lo), max(e_hi), NULL, NULL, max(cats), NULL, NULL,
          NULL, NULL, NULL, max(flags), max(problem), arg_min(file, (t_lo, t_hi, reference)),
          string_agg(DISTINCT reference, ' ' ORDER BY reference)
        FROM s.both b JOIN persons p USING (person) JOIN s.contradicted c ON c.person = p.id AND c.concept = b.concept
        WHERE c.id IN {ONCE} GROUP BY b.person, b.concept"""
    )
    con.execute(
        """INSERT INTO s.resolved SELECT b.* REPLACE (lo AS t_lo, hi AS t_hi)
        FROM s.both b JOIN persons p USING (person) JOIN s.contradicted c ON c.person = p.id AND c.concept = b.concept
        WHERE c.id = 'sex'"""
    )
    found: list[tuple[str, int]] = con.execute(
        "SELECT id, count(*) FROM s.contradicted WHERE apart OR id = 'sex' GROUP BY id ORDER BY id"
    ).fetchall()
    return found
