"""The participants as `trialwright dose recommend --subjects` takes them, so that data and decision are one chain."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from trialwright.analysis.subjects.shape import Dataset, Row, Variable, by_subject, dataset

VARIABLES = (
    Variable("subject", "Unique Subject Identifier"),
    Variable("dose", "Dose level assigned", "integer"),
    Variable("dlt", "Dose-limiting toxicity (1 yes, 0 no)", "integer"),
    Variable("followup_days", "Days followed, or day of the toxicity", "integer"),
    Variable("evaluable", "Counts, or may still count (1 yes, 0 no)", "integer"),
    Variable("infused", "Cells infused", "number"),
)


def escalation(datasets: Mapping[str, Dataset], dlt_days: int) -> Dataset:
    """Everybody infused on a known day at a known level, in order of infusion.

    Who is still inside the window is evaluable with fewer days than the window; who left before its end is not.
    """
    people = [r for r in datasets["ADSL"] if r["TRTSDT"] is not None and r["DOSELVL"] is not None]
    people.sort(key=lambda row: (row["TRTSDT"], row["USUBJID"]))
    events = by_subject(row for row in datasets["ADAE"] if row["DLTFL"] == "Y")
    rows = [_row(row, events.get(row["USUBJID"], []), dlt_days) for row in people]
    return dataset("ESCALATE", "Participants for a dose recommendation", VARIABLES, rows)


def _row(person: Row, events: list[Row], dlt_days: int) -> dict[str, object]:
    start, end = person["TRTSDT"], person["TRTSDT"] + dt.timedelta(days=dlt_days)
    toxic = person["DLTFL"] == "Y"
    pending = person["DLTEVLFL"] == "N" and person["EOSDT"] is None and person["DCUTDT"] < end
    onsets = [
        (row["ASTDT"] - start).days for row in events if row["ASTDT"] is not None and start <= row["ASTDT"] <= end
    ]
    seen = person["LSTVDY"] if person["LSTVDY"] is not None else 0
    days = min(onsets, default=dlt_days) if toxic else dlt_days if person["DLTEVLFL"] == "Y" else max(0, seen)
    if pending:
        days = min(max(0, seen), dlt_days - 1)
    return {
        "subject": person["USUBJID"],
        "dose": person["DOSELVL"],
        "dlt": int(toxic),
        "followup_days": days,
        "evaluable": int(person["DLTEVLFL"] == "Y" or pending),
        "infused": person["DOSEA"],
    }
