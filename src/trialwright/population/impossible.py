"""Values that cannot be: a creatinine of -3, an oxygen saturation of 140 %, a weight of 9000 kg, an age of 250 years.

The catalog says what a value of a concept can be at all.  A number outside of that is a slip of typing or of its unit;
it stays in the store as recorded, but decides nothing: its value is unknown for `ambiguous_text`, and the report counts
it.
A birth more than 130 years before the extraction, of somebody whose death is not recorded, is set aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from trialwright.language.facts import DAY
from trialwright.language.vocabulary import Concept
from trialwright.population.rows import AMBIGUOUS, LOWER_OPEN, UPPER_OPEN
from trialwright.population.staging import Staging

OLDEST_YEARS = 130
"""The oldest person whose age is verified lived 122 years and 164 days (J. Calment)."""
TOO_OLD = f"born more than {OLDEST_YEARS} years ago (impossible age)"


def leave_undecided(staging: Staging, concepts: Sequence[Concept]) -> None:
    """Take the value from every waiting row whose number cannot be, and note it by concept."""
    bounds = [
        [i, _number(c.least, "-inf"), _number(c.greatest, "inf")]
        for i, c in enumerate(concepts)
        if c.least is not None or c.greatest is not None
    ]
    con = staging.connection
    con.execute("CREATE TABLE s.bounds (concept INTEGER, least DOUBLE, greatest DOUBLE)")
    staging.put("s.bounds", bounds)
    con.execute(
        """CREATE TABLE s.impossible AS SELECT st.rowid AS row_id, concept, v_lo < least AS below
        FROM s.staged st JOIN s.bounds USING (concept)
        WHERE v_lo < least OR v_hi < least OR v_lo > greatest OR (v_hi > greatest AND v_hi <> 'inf')"""
    )
    for index, below, count in con.execute(
        "SELECT concept, below, count(*) FROM s.impossible GROUP BY concept, below ORDER BY concept, below"
    ).fetchall():
        staging.counts.notes["impossible value, decides nothing", _said(concepts[index], below)] += count
    con.execute(
        f"""UPDATE s.staged SET v_lo = NULL, v_hi = NULL, lod = NULL,
          cats = CASE WHEN {_is_drug(concepts)} THEN cats END,
          flags = flags & ~{LOWER_OPEN | UPPER_OPEN}, problem = {AMBIGUOUS}
        WHERE rowid IN (SELECT row_id FROM s.impossible)"""
    )


def too_old(now: int) -> str:
    """The test of a birth that is too long ago, in SQL over the columns id, person and t_hi."""
    latest = now - int(OLDEST_YEARS * 365.25) * DAY
    died = "SELECT person FROM s.staged JOIN concepts USING (concept) WHERE id = 'death'"
    return f"(id = 'birth' AND t_hi < {latest} AND person NOT IN ({died}))"


def _is_drug(concepts: Sequence[Concept]) -> str:
    """A drug's category is its route, which its dose does not put in doubt."""
    drugs = ", ".join(str(i) for i, c in enumerate(concepts) if c.domain == "drug") or "-1"
    return f"concept IN ({drugs})"


def _said(concept: Concept, below: bool) -> str:
    bound: Any = concept.least if below else concept.greatest
    unit = "" if concept.unit in (None, "1") or str(concept.unit).startswith("{") else f" {concept.unit}"
    return f"{concept.id}: {'below' if below else 'above'} {bound}{unit}"


def _number(bound: Decimal | None, otherwise: str) -> float:
    return float(otherwise) if bound is None else float(bound)
