"""People whose leaves and numbers are alike are judged once: the criteria run over distinct patterns, not over people.

Most people of a population share the pattern of those of whom little is known; a person with a number of its own under
a score is a pattern alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from trialwright.query.found import Context
from trialwright.query.plan import Reading
from trialwright.query.sql import Tree, template


def give_patterns(context: Context, words: Sequence[str], readings: Sequence[Reading]) -> None:
    """Tables `alike` (person, pattern) and `patterns` (the words of one person of each, who stands for the others)."""
    engine = context.engine
    columns, joins = ["m.person", *(f"m.{word}" for word in words)], []
    if readings:
        some = " UNION ".join(
            f"SELECT person FROM {context.name(f'numbers_{r.depth}')} WHERE reading = {r.id}" for r in readings
        )
        columns.append("COALESCE(s.person, -1) AS own")
        joins.append(f"LEFT JOIN ({some}) AS s ON s.person = m.person")
    if any(context.defaults.reading(r).silence is not None for r in readings):
        columns += [
            "COALESCE(o.observed_from, -2147483648) AS seen_from",
            "COALESCE(o.observed_to, -2147483648) AS seen_to",
        ]
        joins.append("INNER JOIN persons AS o ON o.person = m.person")
    keys = [c.rpartition(" ")[2].rpartition(".")[2] for c in columns[1:]]
    keyed = f"SELECT {', '.join(columns)} FROM {context.name('leaf_masks')} AS m {' '.join(joins)}"
    engine.keep(
        "patterns",
        template(f"SELECT MIN(person) AS person, {', '.join(keys)} FROM ({keyed}) AS k GROUP BY {', '.join(keys)}"),
    )
    same = " AND ".join(f"p.{key} = k.{key}" for key in keys)
    engine.keep(
        "alike",
        template(f"SELECT k.person, p.person AS pattern FROM ({keyed}) AS k INNER JOIN patterns AS p ON {same}"),
    )


def of_everybody(outcomes: str) -> Tree:
    """The outcome of each person, from those of the patterns."""
    return template(
        f"SELECT a.person, o.* EXCLUDE (person) FROM alike AS a INNER JOIN {outcomes} AS o ON o.person = a.pattern"
    )
