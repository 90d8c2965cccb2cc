"""A seeded store of any size for the engine's benchmark: 60 concepts, 30 facts per person, made by DuckDB itself.

Shaped like a hospital's data: 5 % of the people have 100 to 640 facts, the rest 12 on average; 1 % of the values are
missing, 3 % censored, 20 % have no range, 30 % of drug ends and 15 % of doses are missing, 13 % of condition dates partial.
"""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb

AT = dt.date(2025, 3, 31)
TODAY = AT.toordinal() - 719163
LABS = [f"lab_{i}" for i in range(30)]
DRUGS = [f"drug_{i}" for i in range(15)]
CONDITIONS = [f"condition_{i}" for i in range(15)]
FOREVER = 2_000_000_000


def make(path: Path, people: int) -> int:
    """Write the store; the number of its facts."""
    connection = duckdb.connect(str(path))
    names = [
        *((c, "measurement") for c in LABS),
        *((c, "drug") for c in DRUGS),
        *((c, "condition") for c in CONDITIONS),
    ]
    connection.execute("CREATE TABLE concepts(concept INTEGER, id TEXT, domain TEXT, unit TEXT, categories TEXT[])")
    for i, (name, domain) in enumerate([*names, ("birth", "demographic"), ("sex", "demographic")]):
        categories = {"sex": ["female", "male"]}.get(name, ["negative", "positive"] if i < 5 else [])
        connection.execute("INSERT INTO concepts VALUES (?, ?, ?, NULL, ?)", [i + 1, name, domain, categories])
    connection.execute("CREATE TABLE units(unit SMALLINT, text TEXT)")
    connection.execute("INSERT INTO units VALUES (1, 'mg/dL'), (2, 'umol/L')")
    connection.execute("CREATE TABLE sources AS SELECT 1::INTEGER AS source, 0::INTEGER AS file, 'row 1' AS reference")
    connection.execute("CREATE TABLE observed AS SELECT unnest(['condition', 'drug']) AS domain")
    connection.execute("CREATE TABLE answers(person TEXT, trial TEXT, clause TEXT, answer TEXT, who TEXT, day TEXT)")
    connection.execute(
        f"""CREATE TABLE persons AS SELECT i::INTEGER AS person, 'p' || i AS id, '' AS site,
        ({TODAY} - 400 - hash(i, 1) % 3000)::INTEGER AS observed_from, {TODAY}::INTEGER AS observed_to
        FROM range({people}) t(i)"""
    )
    connection.execute(
        f"""CREATE TEMP TABLE raw AS
        SELECT person, (1 + hash(person, k, 3) % 60)::INTEGER AS concept,
            ({TODAY} - (pow((hash(person, k, 4) % 1000000) / 1e6, 2) * 2000)::INTEGER)::INTEGER AS day,
            (hash(person, k, 5) % 1000)::INTEGER AS u, (hash(person, k, 6) % 1000)::INTEGER AS v,
            (hash(person, k, 7) % 1000)::INTEGER AS w
        FROM (SELECT i::INTEGER AS person, unnest(range((CASE WHEN hash(i, 2) % 20 = 0 THEN 100 + hash(i, 8) % 541
            ELSE hash(i, 8) % 25 END)::BIGINT)) AS k FROM range({people}) t(i))"""
    )
    connection.execute(f"""
        CREATE TABLE facts AS SELECT * EXCLUDE (following),
            coalesce(lead(t_lo) OVER (PARTITION BY person, concept ORDER BY t_lo, t_hi), {FOREVER})::INTEGER AS next
        FROM (
        SELECT person, concept, (day * 1440)::INTEGER AS t_lo, (day * 1440 + 1439)::INTEGER AS t_hi, NULL::INTEGER AS e_lo,
            NULL::INTEGER AS e_hi,
            CASE WHEN u < 10 THEN NULL WHEN u < 25 THEN 0 ELSE v / 100 END AS v_lo,
            CASE WHEN u < 10 THEN NULL WHEN u < 40 AND u >= 25 THEN 'inf'::DOUBLE ELSE v / 100 END AS v_hi,
            CASE WHEN concept <= 5 THEN (1 << (w % 2)::INTEGER)::BIGINT END AS cats,
            CASE WHEN w >= 200 THEN 1.0 END AS r_lo, CASE WHEN w >= 200 THEN 5.0 END AS r_hi, NULL::DOUBLE AS lod,
            CASE WHEN u >= 10 THEN v / 100 END AS raw, 1::SMALLINT AS unit,
            (CASE WHEN u < 10 THEN 0 WHEN u < 25 THEN 2 WHEN u < 40 THEN 1 ELSE 0 END
                + CASE WHEN count(*) OVER (PARTITION BY person, concept, day) > 1 THEN 16 ELSE 0 END)::SMALLINT AS flags,
            CASE WHEN u < 10 THEN 0 END::TINYINT AS problem, 1::INTEGER AS source, 0 AS following
        FROM raw WHERE concept <= 30
        UNION ALL
        SELECT person, concept, (day * 1440)::INTEGER, (day * 1440 + 1439)::INTEGER,
            (least(day + 1 + v % 120, following - 1) * 1440)::INTEGER,
            CASE WHEN following = 100000 AND u < 300 THEN {FOREVER} ELSE (least(day + 1 + v % 120, following - 1) * 1440 + 1439) END::INTEGER,
            CASE WHEN w >= 150 THEN (1 + w % 20) * 2.5 END, CASE WHEN w >= 150 THEN (1 + w % 20) * 2.5 END, NULL, NULL, NULL,
            NULL, NULL, NULL, 0::SMALLINT, CASE WHEN w < 150 THEN 0 END::TINYINT, 1, 0
        FROM (SELECT *, coalesce(lead(day) OVER (PARTITION BY person, concept ORDER BY day), 100000) AS following FROM
            (SELECT DISTINCT ON (person, concept, day) * FROM raw WHERE concept BETWEEN 31 AND 45 ORDER BY u, v, w))
        UNION ALL
        SELECT person, concept, ((CASE WHEN u < 130 THEN day - day % 30 ELSE day END) * 1440)::INTEGER,
            ((CASE WHEN u < 130 THEN day - day % 30 + 29 ELSE day END) * 1440 + 1439)::INTEGER,
            ((day + 30) * 1440)::INTEGER, {FOREVER}, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
            (CASE WHEN w < 20 THEN 8 ELSE 0 END + 16)::SMALLINT, NULL, 1, 0
        FROM raw WHERE concept BETWEEN 46 AND 60
        UNION ALL
        SELECT i, 61, d * 1440, d * 1440 + 1439, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, 1, 0
        FROM (SELECT i::INTEGER AS i, ({TODAY} - 5000 - hash(i, 9) % 26000)::INTEGER AS d FROM range({people}) t(i))
        UNION ALL
        SELECT i::INTEGER, 62, 0, 0, NULL, NULL, NULL, NULL, (1 << (hash(i, 10) % 2)::INTEGER)::BIGINT, NULL, NULL, NULL, NULL,
            NULL, 0, NULL, 1, 0 FROM range({people}) t(i)
        ) ORDER BY person, concept, t_lo""")
    facts = connection.execute("SELECT count(*) FROM facts").fetchone()
    connection.close()
    assert facts is not None
    return int(facts[0])
