"""The sex, age group and site of everybody in a run, for funnels by group; what is not known says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trialwright.language.facts import date_of
from trialwright.population.store import open_population
from trialwright.query.screening import Screening
from trialwright.screening.standing import people

EDGES = (18, 30, 40, 50, 60, 70)
"""Age groups begin at these completed years."""
NOT_KNOWN = "not recorded"
Labels = npt.NDArray[np.str_]


def day_of(screening: Screening) -> dt.date:
    """The screening date of a run."""
    return date_of(screening.study.anchors["screening"].lower // 1440)


def groups(screening: Screening) -> Mapping[str, Labels]:
    """By `sex`, `age` and, where the source names one, `site`: the label of each person, in the order of the run."""
    day = day_of(screening)
    with open_population(screening.population) as store:
        sex, birth = store.concepts.get("sex"), store.concepts.get("birth")
        rows = store.connection.execute(
            """SELECT p.person, p.site, s.low, s.high, b.early, b.late FROM persons p
            LEFT JOIN (SELECT person, bit_or(cats) low, bit_and(cats) high FROM facts
              WHERE concept = ? GROUP BY person) s ON s.person = p.person
            LEFT JOIN (SELECT person, min(t_lo) early, max(t_hi) late FROM facts
              WHERE concept = ? GROUP BY person) b ON b.person = p.person ORDER BY p.person""",
            [sex.number if sex else -1, birth.number if birth else -1],
        ).fetchnumpy()
    names = sex.categories if sex else ()
    order = np.asarray(people(screening, ["person"]).column("person").to_numpy(), np.int64)
    places = np.searchsorted(np.asarray(rows["person"], np.int64), order)

    def labelled(columns: tuple[str, ...], label: Callable[..., str]) -> Labels:
        """A label per person, made once for each distinct record."""
        values = [np.ma.filled(np.ma.asarray(rows[c]).astype(np.float64), np.nan)[places] for c in columns]
        table = pa.table({c: pa.array(v, from_pandas=True) for c, v in zip(columns, values, strict=True)})
        keys = pc.binary_join_element_wise(
            *(pc.fill_null(pc.cast(pc.cast(table.column(c), pa.int64()), pa.string()), "") for c in columns), "|"
        )
        coded = keys.combine_chunks().dictionary_encode()
        said = [label(*(int(v) if v else None for v in key.split("|"))) for key in coded.dictionary.to_pylist()]
        labels: Labels = np.array(said or [""], dtype=np.str_)[np.asarray(coded.indices.to_numpy(zero_copy_only=False))]
        return labels

    site = np.array([str(s) if s else NOT_KNOWN for s in np.ma.filled(np.ma.asarray(rows["site"], object), "")])
    found = {
        "sex": labelled(("low", "high"), lambda a, b: _sex(a, b, names)),
        "age": labelled(("early", "late"), lambda a, b: _age(a, b, day)),
        "site": site[places] if len(site) else site,
    }
    if set(found["site"]) <= {NOT_KNOWN}:
        del found["site"]
    return found


def age_group(years: int) -> str:
    """The label of the group of an age in completed years."""
    if years < EDGES[0]:
        return f"under {EDGES[0]}"
    place = max(i for i, edge in enumerate(EDGES) if years >= edge)
    return f"{EDGES[place]} and over" if place == len(EDGES) - 1 else f"{EDGES[place]}-{EDGES[place + 1] - 1}"


def order_of(label: str) -> tuple[int, str]:
    """Ages in their order, `not recorded` last."""
    return (2 if label == NOT_KNOWN else 0 if label.startswith("under") else 1, label)


def _sex(union: int | None, common: int | None, names: tuple[str, ...]) -> str:
    if union is None or union != common:
        return NOT_KNOWN
    mine = [name for i, name in enumerate(names) if union >> i & 1]
    return mine[0] if len(mine) == 1 else NOT_KNOWN


def _age(early: int | None, late: int | None, day: dt.date) -> str:
    if early is None or late is None:
        return NOT_KNOWN
    ages = {age_group(_years(date_of(t // 1440), day)) for t in (early, late)}
    return ages.pop() if len(ages) == 1 else NOT_KNOWN


def _years(birth: dt.date, day: dt.date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
