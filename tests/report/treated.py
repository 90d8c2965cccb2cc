"""Nine treated participants and the results of their day-90 interim, made up: shapes as the analysis gives them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from typing import Any

from trialwright.analysis.subjects.shape import Dataset, Variable, dataset

CUT = dt.date(2026, 9, 30)
START = dt.date(2026, 3, 2)
IDS = [f"S-{i:02d}" for i in range(1, 10)]
LEVELS = [1, 1, 1, 2, 2, 2, 3, 3, 3]
FOLLOWED = [190, 181, 96, 150, 131, 44, 92, 90, 61]
RECOVERY = {0: 84, 1: 120, 3: 84, 4: 131}
"""Day of B-cell recovery by participant; the others are censored on their last day."""
SLEDAI = [
    (16, 9, 4),
    (12, 12, 14),
    (18, 6, 0),
    (10, 4, 2),
    (22, 10, 8),
    (14, 8, None),
    (20, 12, 6),
    (8, 8, 8),
    (16, 10, None),
]
ENDED = {5: "LOST TO FOLLOW-UP"}


def variables(text: str) -> tuple[Variable, ...]:
    """ "AVAL:number ADT:date PARAM" as variables; the label is the name in lower case."""
    parts = (one.split(":") for one in text.split())
    return tuple(Variable(p[0], f"{p[0].lower()} label", p[1] if len(p) > 1 else "text") for p in parts)


def day(i: int, after: int) -> dt.date:
    return START + dt.timedelta(days=7 * i + after)


def datasets() -> dict[str, Dataset]:
    adsl = [
        {
            "STUDYID": "T1", "USUBJID": f"T1-{name}", "SUBJID": name, "AGE": 30 + i, "SEX": "F" if i % 4 else "M",
            "DOSELVL": LEVELS[i], "DOSEA": 25e6 * LEVELS[i], "TRTSDT": day(i, 0), "LSTVDT": day(i, FOLLOWED[i]),
            "DCUTDT": CUT, "EOSSTT": "DISCONTINUED" if i in ENDED else "ONGOING", "DCSREAS": ENDED.get(i), "SAFFL": "Y",
        }
        for i, name in enumerate(IDS)
    ]  # fmt: skip
    events = [
        (0, "Cytokine release syndrome", "Immune system disorders", 1, 4, "CRS", "N", "N"),
        (3, "Cytokine release syndrome", "Immune system disorders", 2, 5, "CRS", "Y", "N"),
        (6, "Cytokine release syndrome", "Immune system disorders", 3, 3, "CRS", "Y", "Y"),
        (6, "ICANS", "Nervous system disorders", 1, 6, "ICANS", "N", "N"),
        (7, "Pneumonia <fungal> & other", "Infections and infestations", 3, 40, "INFECTION", "Y", "N"),
        (8, "Headache", "Nervous system disorders", None, 9, None, "N", "N"),
    ]
    adae = [
        {
            "STUDYID": "T1", "USUBJID": f"T1-{IDS[i]}", "AESEQ": k, "AEDECOD": term, "AEBODSYS": soc, "AETOXGR": grade,
            "AETOXGRX": None if grade else "no grade is recorded", "ASTDT": day(i, on), "ASTDY": on + 1, "AESI": kind,
            "AESER": serious, "DLTFL": dlt, "TRTEMFL": "Y" if on <= 28 else "N",
        }
        for k, (i, term, soc, grade, on, kind, serious, dlt) in enumerate(events)
    ]  # fmt: skip
    adpc, adeff = [], []
    for i, name in enumerate(IDS):
        for at in (0, 3, 7, 10, 14, 21, 28, 60, 90, 180):
            if at > FOLLOWED[i]:
                continue
            peak = 6000 * LEVELS[i] * (1 + i % 3)
            level = peak * math.exp(1.1 * (at - 10)) if at < 10 else peak * math.exp(-0.13 * (at - 10))
            blq = level < 50
            adpc.append(sample(i, name, "TRANSGENE", at, None if blq else round(level, 1), 50.0, blq, "copies/ug"))
            if i != 8:
                count = 180.0 if at == 0 else 0.0 if at < RECOVERY.get(i, 999) else 60.0
                adpc.append(sample(i, name, "BCELL", at, count, 1.0, count == 0, "cells/uL"))
        for at, value in zip((0, 28, 90), SLEDAI[i]):
            base = SLEDAI[i][0]
            adeff.append(
                {
                    "STUDYID": "T1", "USUBJID": f"T1-{name}", "PARAMCD": "SLEDAI2K", "AVAL": value,
                    "AVISIT": f"Day {at}" if at else "Baseline", "AVISITN": at, "ADT": day(i, at), "ARELDY": at,
                    "ABLFL": None if at else "Y", "BASE": base,
                    "CHG": None if value is None or not at else value - base,
                    "REASON": None if value is not None else "the visit is not recorded",
                }
            )  # fmt: skip
        if i in (0, 2, 3):
            adeff.append(
                {"STUDYID": "T1", "USUBJID": f"T1-{name}", "PARAMCD": "LLDAS", "AVALC": "Y", "AVISIT": "Day 90",
                 "AVISITN": 90, "ADT": day(i, 90), "ARELDY": 90}
            )  # fmt: skip
    made = [
        ("ADSL", "STUDYID USUBJID SUBJID AGE:integer SEX DOSELVL:integer DOSEA:number TRTSDT:date LSTVDT:date"
         " DCUTDT:date EOSSTT DCSREAS SAFFL", adsl),
        ("ADAE", "STUDYID USUBJID AESEQ:integer AEDECOD AEBODSYS AETOXGR:integer AETOXGRX ASTDT:date ASTDY:integer AESI"
         " AESER DLTFL TRTEMFL", adae),
        ("ADPC", "STUDYID USUBJID PARAMCD AVAL:number AVALU ARRELTM:number LLOQ:number BLQFL", adpc),
        ("ADEFF", "STUDYID USUBJID PARAMCD AVAL:number AVALC AVISIT AVISITN:integer ADT:date ARELDY:integer ABLFL"
         " BASE:number CHG:number REASON", adeff),
    ]  # fmt: skip
    return {name: dataset(name, f"{name} of the test", variables(columns), rows) for name, columns, rows in made}


def sample(
    i: int, name: str, code: str, at: int, value: float | None, limit: float, blq: bool, unit: str
) -> dict[str, Any]:
    return {
        "STUDYID": "T1", "USUBJID": f"T1-{name}", "PARAMCD": code, "AVAL": value, "AVALU": unit, "ARRELTM": float(at),
        "LLOQ": limit, "BLQFL": "Y" if blq else "N",
    }  # fmt: skip


GROUPS = [*((f"dose level {k}", [i for i in range(9) if LEVELS[i] == k]) for k in (1, 2, 3)), ("all", list(range(9)))]


def results() -> Dataset:
    """Rows of the results: enough of every kind, with missing values, and one that no table names."""
    rows: list[dict[str, Any]] = []

    def add(estimand: str, group: str, level: str, of: int, population: str = "safety", unit: str | None = None,
            method: str | None = None, **values: Any) -> None:  # fmt: skip
        for name, value in values.items():
            number, reason = value if isinstance(value, tuple) else (value, None)
            rows.append(
                {
                    "protocol": "T1", "cut": CUT, "estimand": estimand, "population": population, "group": group,
                    "level": level or None, "statistic": name.replace("_", " "), "value": number, "unit": unit,
                    "method": method, "n": of, "reason": reason, "order": len(rows),
                }
            )  # fmt: skip

    for group, who in GROUPS:
        n = len(who)
        for level, count in (("infused", n), ("day 90 visit", sum(FOLLOWED[i] >= 83 for i in who))):
            add("disposition", group, level, n, population="enrolled", count=count, percent=100 * count / n)
        add("analysis set", group, "safety", n, count=n, percent=100.0)
        ages = [30.0 + i for i in who]
        summary("age", group, ages, 0, add, unit="years")
        men = sum(i % 4 == 0 for i in who)
        for level, count in (("female", n - men), ("male", men)):
            add("sex", group, level, n, count=count, percent=100 * count / n)
        dlts = sum(i == 6 for i in who)
        exact = {"lower 95": 3.2, "upper 95": 48.2}
        add("dose-limiting toxicity", group, "", n, "dlt-evaluable", unit="%", method="Clopper-Pearson", count=dlts,
            percent=100 * dlts / n, lower_95=exact["lower 95"], upper_95=exact["upper 95"])  # fmt: skip
        for level, count in tree(who):
            add("adverse event worst grade", group, level, n, count=count, percent=100 * count / n)
        changes = [SLEDAI[i][2] - SLEDAI[i][0] for i in who if SLEDAI[i][2] is not None]
        summary(
            "sledai_2k change at day 90", group, changes, n - len(changes), add, unit="points", population="efficacy"
        )
        answer = sum(i in (0, 2, 3) for i in who)
        add("lldas at day 90", group, "", n, "efficacy", "%", "Clopper-Pearson", count=answer,
            percent=100 * answer / n, lower_95=1.0, upper_95=90.0)  # fmt: skip
        add("kinetics CMAX transgene", group, "", n, "pk", "copies/ug", None, n=n, missing=0,
            geometric_mean=6123.456 * n, geometric_cv=33.33, median=6000.0, min=1234.5, max=24000.0)  # fmt: skip
        if group == "dose level 3":
            add("kinetics LAMZHL transgene", group, "", n, "pk", "d", None, n=0, missing=3,
                geometric_mean=(None, "fewer than 3 points after Tmax"),
                median=(None, "no value is there"))  # fmt: skip
    survival(add)
    add("an estimand of its own", "all", "x < y", 9, statistic_of_its_own=1234.5678)
    names = variables("protocol cut:date estimand population group level statistic value:number unit method n:integer"
                      " reason order:integer")  # fmt: skip
    return dataset("RESULTS", "Results", names, rows)


def summary(estimand: str, group: str, values: Sequence[float], missing: int, add: Any, **more: Any) -> None:
    n = len(values)
    mean = sum(values) / n
    sd = math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1)) if n > 1 else (None, "one value has no SD")
    middle = sorted(values)
    median = (middle[(n - 1) // 2] + middle[n // 2]) / 2
    add(
        estimand,
        group,
        "",
        n,
        **more,
        n=n,
        missing=missing,
        mean=mean,
        sd=sd,
        median=median,
        min=min(values),
        max=max(values),
    )


def tree(who: Iterable[int]) -> list[tuple[str, int]]:
    found = [i for i in who if i in (0, 3, 6)]
    graded = {0: 1, 3: 2, 6: 3}
    made = [("any | any | any grade", len(found)), ("Immune system disorders | any | any grade", len(found)),
            ("Immune system disorders | Cytokine release syndrome | any grade", len(found))]  # fmt: skip
    for grade in (1, 2, 3):
        count = sum(graded[i] == grade for i in found)
        made.append((f"Immune system disorders | Cytokine release syndrome | grade {grade}", count))
    return made


def survival(add: Any) -> None:
    """Kaplan-Meier of everybody, worked by hand in `test_numbers_at_risk`."""
    times = sorted({RECOVERY.get(i, FOLLOWED[i]) for i in range(9)})
    share = 1.0
    name = "time to b-cell recovery"
    add(
        name, "all", "day 0", 9, unit="share", survival=1.0, lower_95=1.0, upper_95=1.0, at_risk=9, events=0, censored=0
    )
    for at in times:
        risk = sum(RECOVERY.get(i, FOLLOWED[i]) >= at for i in range(9))
        events = sum(RECOVERY.get(i) == at for i in range(9))
        censored = sum(i not in RECOVERY and FOLLOWED[i] == at for i in range(9))
        share *= 1 - events / risk
        add(name, "all", f"day {at}", 9, unit="share", method="Kaplan-Meier, log-log", survival=share,
            lower_95=max(share - 0.3, 0) if share else (None, "nobody is left"),
            upper_95=min(share + 0.2, 1) if share else (None, "nobody is left"), at_risk=risk, events=events,
            censored=censored)  # fmt: skip
    add(name, "all", "", 9, unit="days", method="Kaplan-Meier, log-log", median=131.0, lower_95=84.0,
        upper_95=(None, "the curve does not get there"))  # fmt: skip
