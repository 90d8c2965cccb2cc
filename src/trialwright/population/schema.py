"""The tables of a facts store: one DuckDB file, integers and doubles in the big table, sorted by person and concept."""

from __future__ import annotations

FORMAT = "1"
"""Version of the layout; a store of another version is loaded again from its sources."""

FACTS = """(
  person INTEGER, concept INTEGER, t_lo INTEGER, t_hi INTEGER, e_lo INTEGER, e_hi INTEGER,
  v_lo DOUBLE, v_hi DOUBLE, cats BIGINT, r_lo DOUBLE, r_hi DOUBLE, lod DOUBLE, raw DOUBLE,
  unit SMALLINT, flags SMALLINT, problem TINYINT, source INTEGER"""

TABLES = {
    "facts": f"{FACTS}, next INTEGER)",
    "superseded": f"{FACTS})",
    "persons": "(person INTEGER, id VARCHAR, site VARCHAR, observed_from INTEGER, observed_to INTEGER)",
    "concepts": "(concept INTEGER, id VARCHAR, domain VARCHAR, unit VARCHAR, categories VARCHAR[])",
    "units": "(unit SMALLINT, text VARCHAR)",
    "sources": "(source INTEGER, file INTEGER, reference VARCHAR)",
    "files": "(file INTEGER, path VARCHAR, sha256 VARCHAR, kind VARCHAR)",
    "observed": "(domain VARCHAR)",
    "answers": "(person VARCHAR, trial VARCHAR, clause VARCHAR, answer VARCHAR, who VARCHAR, day VARCHAR)",
    "load_report": "(kind VARCHAR, item VARCHAR, detail VARCHAR, count BIGINT)",
    "meta": "(key VARCHAR, value VARCHAR)",
}

CONTENT = (
    "concept", "t_lo", "t_hi", "e_lo", "e_hi", "v_lo", "v_hi", "cats", "r_lo", "r_hi", "lod", "raw", "unit", "flags",
    "problem",
)  # fmt: skip
"""What a fact says; two rows of one person that agree in all of it and in their source are duplicates."""


def create(connection: object) -> None:
    """The empty tables of a store."""
    for name, columns in TABLES.items():
        connection.execute(f"CREATE TABLE {name} {columns}")  # type: ignore[attr-defined]
