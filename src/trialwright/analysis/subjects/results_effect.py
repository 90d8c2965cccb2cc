"""Results about the disease: change at every visit, responders by the named rules, times, the protocol's endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trialwright.analysis.statistics.interval_censored import turnbull
from trialwright.analysis.statistics.survival import kaplan_meier
from trialwright.analysis.subjects.plan import Plan
from trialwright.analysis.subjects.results_rows import Group, Results, groups, said
from trialwright.analysis.subjects.rules import Missing
from trialwright.analysis.subjects.shape import Dataset, Row

TIMES = {"TTRESP": "time to first response", "FLARE": "time to flare", "DEATH": "time to death"}
SHARE = ("n", "count", "percent")
NOBODY = "due for nobody in this group by the cut"


def effect(out: Results, plan: Plan, data: Mapping[str, Dataset]) -> None:
    """Everybody infused whose visit is due."""
    adeff = data["ADEFF"]
    everybody = groups(data["ADSL"], "efficacy", "EFFFL")
    visits = sorted({row["AVISITN"] for row in adeff if row["AVISITN"] is not None and row["AVISITN"] > 0})
    for measure in plan.measures:
        for day in visits:
            rows = [r for r in adeff if r["PARAMCD"] == measure.code and r["AVISITN"] == day and r["DUEFL"] == "Y"]
            if not any(r["PARAMCD"] == measure.code and r["AVISITN"] == day for r in adeff):
                continue
            for group in everybody:
                own = [row for row in rows if row["USUBJID"] in group.ids]
                if measure.gives == "number":
                    _number(out, group, f"{measure.name} at day {day}", own, "AVAL", measure.unit)
                    _number(out, group, f"{measure.name} change at day {day}", own, "CHG", measure.unit)
                else:
                    _responders(out, group, f"{measure.name} at day {day}", own, plan.rules.missing)
    for group in everybody:
        for code, name in TIMES.items():
            _time(out, group, name, [r for r in data["ADTTE"] if r["PARAMCD"] == code and r["USUBJID"] in group.ids])
    for endpoint in plan.endpoints:
        for group in everybody:
            own = [
                r
                for r in adeff
                if r["PARAMCD"] == endpoint.code
                and r["PARCAT1"] == "ENDPOINT"
                and r["USUBJID"] in group.ids
                and r["DUEFL"] == "Y"
            ]
            name = f"endpoint {endpoint.id}"
            if endpoint.gives == "number":
                _number(out, group, name, own, "AVAL", "")
            else:
                _responders(out, group, name, own, plan.rules.missing, harm=endpoint.harm)


def _number(out: Results, group: Group, estimand: str, rows: Sequence[Row], column: str, unit: str) -> None:
    if not rows:
        out.unknown(estimand, group, "", ("n", "mean"), 0, NOBODY)
        return
    if all(row["ADT"] is None for row in rows):
        out.unknown(estimand, group, "", ("n", "mean"), 0, f"assessed in none of {len(rows)} whose visit is due")
        return
    values = [row[column] for row in rows]
    reasons = [(row["REASON"] or "no known baseline") if row[column] is None else None for row in rows]
    out.summary(estimand, group, "", values, unit=unit, reasons=reasons, interval=True)


def _responders(
    out: Results, group: Group, estimand: str, rows: Sequence[Row], rule: Missing, harm: bool = False
) -> None:
    """By the main rule; then observed cases, and the most that the unknown could make it.

    What is not known of harm is never counted as "none": only observed cases are.
    """
    known = [row for row in rows if row["AVALC"] is not None]
    yes = sum(row["AVALC"] == "Y" for row in known)
    n = len(rows)
    if not n:
        out.unknown(estimand, group, "", (*SHARE[1:], f"lower {out.percent}", f"upper {out.percent}"), 0, NOBODY)
        return
    if not known:
        reason = f"not known for any of {n} whose visit is due: {said(row['REASON'] for row in rows)}"
        out.unknown(estimand, group, "", (*SHARE[1:], f"lower {out.percent}", f"upper {out.percent}"), n, reason)
        return
    strict = rule is Missing.NON_RESPONDER and not harm
    main, other = (n, len(known)) if strict else (len(known), n)
    out.add(estimand, group, "", "n", main, n=main)
    out.count(estimand, group, "", yes, main, interval=True)
    out.add(
        estimand,
        group,
        "",
        "missing",
        n - len(known),
        n=n,
        reason=said(r["REASON"] for r in rows if r["AVALC"] is None),
    )
    if harm:
        return
    level = "observed cases" if strict else "missing is non-responder"
    out.add(estimand, group, level, "n", other, n=other)
    out.count(estimand, group, level, yes, other, interval=True)
    possible = sum(row["AVALC"] is None and row["AVALHI"] != 0 for row in rows)
    out.count(estimand, group, "at most", yes + possible, n)


def _time(out: Results, group: Group, estimand: str, rows: Sequence[Row]) -> None:
    there = [row for row in rows if row["AVAL"] is not None]
    if not rows:
        return
    if not there:
        out.unknown(estimand, group, "", ("n", "events", "median"), 0, said(row["REASON"] for row in rows))
        return
    n = len(there)
    out.add(estimand, group, "", "n", n, n=n)
    out.add(estimand, group, "", "missing", len(rows) - n, n=n, reason=said(row["REASON"] for row in rows))
    out.add(estimand, group, "", "events", sum(row["CNSR"] == 0 for row in there), n=n)
    curve = kaplan_meier([row["AVAL"] for row in there], [1 - row["CNSR"] for row in there], out.level)
    late = "half have not been seen to have it"
    method = f"Kaplan-Meier, {curve.interval} interval, event at the visit that found it"
    for name, value in zip(
        ("median", f"lower {out.percent}", f"upper {out.percent}"), curve.quantile(0.5), strict=True
    ):
        out.add(
            estimand,
            group,
            "",
            name,
            value,
            n=n,
            unit="days",
            method=method,
            reason=late if name == "median" else "the limit of the curve does not reach one half",
        )
    spans = [(row["LEFT"], row["RIGHT"] if row["RIGHT"] is not None else float("inf")) for row in there]
    for side, value in zip(("after", "by"), turnbull(spans).quantile(0.5), strict=True):
        out.add(
            estimand,
            group,
            "interval-censored",
            f"median {side}",
            value,
            n=n,
            unit="days",
            method="Turnbull",
            reason=late,
        )
