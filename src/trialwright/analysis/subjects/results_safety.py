"""Results about harm: adverse events by period, class and worst grade, CRS and ICANS, laboratory grades."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from trialwright.analysis.subjects.plan import Plan
from trialwright.analysis.subjects.results_rows import Group, Results, groups
from trialwright.analysis.subjects.shape import Dataset, Row

KINDS: tuple[tuple[str, Callable[[Row], bool]], ...] = (
    ("any", lambda row: True),
    ("related", lambda row: row["AEREL"] == "Y"),
    ("serious", lambda row: row["AESER"] == "Y"),
    ("grade 3 or more", lambda row: (row["AETOXGR"] or 0) >= 3),
    ("fatal", lambda row: row["AETOXGR"] == 5),
    ("special interest", lambda row: row["AESI"] is not None),
    ("dose-limiting", lambda row: row["DLTFL"] == "Y"),
    ("grade missing", lambda row: row["AETOXGR"] is None),
)
SYNDROMES = ("CRS", "ICANS")
ANY = "any"


def safety(out: Results, plan: Plan, data: Mapping[str, Dataset]) -> None:
    """Everybody infused; a subject counts once, at the worst grade."""
    everybody = groups(data["ADSL"], "safety", "SAFFL")
    events = [row for row in data["ADAE"] if row["USUBJID"] in everybody[-1].ids]
    first, later = f"day 0 to {plan.rules.emergent_days}", f"after day {plan.rules.emergent_days}"
    emergent = [row for row in events if row["TRTEMFL"] == "Y"]
    periods = (
        ("adverse events", emergent),
        (f"adverse events {later}", [row for row in events if row["APERIOD"] == later]),
        ("adverse events of lymphodepletion", [row for row in events if row["APERIOD"] == "lymphodepletion"]),
        (
            "adverse events from lymphodepletion on",
            [row for row in events if row["APERIOD"] in (first, later, "lymphodepletion", None)],
        ),
    )
    for group in everybody:
        for estimand, rows in periods:
            _overview(out, estimand, group, rows)
    for group in everybody:
        _worst(out, group, emergent)
    for group in everybody:
        for name in SYNDROMES:
            _syndrome(
                out, group, name, [row for row in events if row["AESI"] == name and row["APERIOD"] in (first, later)]
            )
    for group in everybody:
        _laboratory(out, group, data["ADLB"])


def _overview(out: Results, estimand: str, group: Group, rows: Sequence[Row]) -> None:
    mine = [row for row in rows if row["USUBJID"] in group.ids]
    for name, holds in KINDS:
        chosen = [row for row in mine if holds(row)]
        out.count(estimand, group, name, len({row["USUBJID"] for row in chosen}), group.n)
        out.add(estimand, group, name, "events", len(chosen), n=group.n)


def _worst(out: Results, group: Group, rows: Sequence[Row]) -> None:
    """Subjects by class and term at their worst grade; events without a grade stand beside, in no grade."""
    everything = sorted({(row["AEBODSYS"], row["AEDECOD"]) for row in rows})
    places = [(ANY, ANY)]
    for name in sorted({place for place, _ in everything}):
        places += [(name, ANY), *((name, term) for place, term in everything if place == name)]
    mine = [row for row in rows if row["USUBJID"] in group.ids]
    for place, term in places:
        chosen = [r for r in mine if place in (ANY, r["AEBODSYS"]) and term in (ANY, r["AEDECOD"])]
        worst: dict[str, int] = {}
        for row in chosen:
            worst[row["USUBJID"]] = max(worst.get(row["USUBJID"], 0), row["AETOXGR"] or 0)
        label = f"{place} | {term}"
        out.count("adverse event worst grade", group, f"{label} | any grade", len(worst), group.n)
        for grade in range(1, 6):
            out.count(
                "adverse event worst grade",
                group,
                f"{label} | grade {grade}",
                sum(g == grade for g in worst.values()),
                group.n,
            )
        out.count(
            "adverse event worst grade", group, f"{label} | grade missing", sum(g == 0 for g in worst.values()), group.n
        )


def _syndrome(out: Results, group: Group, name: str, rows: Sequence[Row]) -> None:
    """Incidence by worst grade, day of the first onset, and days from the first onset to the last resolution."""
    mine = [row for row in rows if row["USUBJID"] in group.ids]
    estimand = name.lower()
    ids = sorted({row["USUBJID"] for row in mine})
    out.count(estimand, group, ANY, len(ids), group.n, interval=True)
    worst = {id: max(row["AETOXGR"] or 0 for row in mine if row["USUBJID"] == id) for id in ids}
    for grade in range(1, 6):
        out.count(estimand, group, f"grade {grade}", sum(g == grade for g in worst.values()), group.n)
    out.count(estimand, group, "grade 3 or more", sum(g >= 3 for g in worst.values()), group.n, interval=True)
    out.count(estimand, group, "grade missing", sum(g == 0 for g in worst.values()), group.n)
    onsets: list[float | None] = []
    durations: list[float | None] = []
    for id in ids:
        own = [row for row in mine if row["USUBJID"] == id]
        starts = [row["ASTDT"] for row in own]
        ends = [row["AENDT"] for row in own]
        exact = None not in starts
        onsets.append(float(min(row["ASTDY"] for row in own) - 1) if exact else None)
        over = exact and None not in ends
        durations.append(float((max(ends) - min(starts)).days + 1) if over else None)
    unknown = "the day of onset is known only in part"
    out.summary(
        f"{estimand} onset", group, "", onsets, unit="days", reasons=[unknown if v is None else None for v in onsets]
    )
    open_ = "ongoing at the cut, or its end is not recorded"
    out.summary(
        f"{estimand} duration",
        group,
        "",
        durations,
        unit="days",
        reasons=[open_ if v is None else None for v in durations],
    )


def _laboratory(out: Results, group: Group, adlb: Dataset) -> None:
    """Subjects by worst grade from the infusion on, of those with a grade."""
    codes = list(dict.fromkeys(row["PARAMCD"] for row in adlb if row["ATOXGR"] is not None))
    for code in codes:
        rows = [
            r
            for r in adlb
            if r["PARAMCD"] == code
            and r["USUBJID"] in group.ids
            and r["ARELDY"] is not None
            and r["ARELDY"] >= 0
            and r["ATOXGR"] is not None
        ]
        worst: dict[str, int] = {}
        for row in rows:
            worst[row["USUBJID"]] = max(worst.get(row["USUBJID"], 0), row["ATOXGR"])
        for grade in range(1, 5):
            out.count(
                "laboratory worst grade",
                group,
                f"{code} | grade {grade}",
                sum(g == grade for g in worst.values()),
                len(worst),
            )
        out.count(
            "laboratory worst grade",
            group,
            f"{code} | grade 3 or more",
            sum(g >= 3 for g in worst.values()),
            len(worst),
        )
