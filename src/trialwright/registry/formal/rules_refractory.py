"""Rules for disease that standard treatment did not hold: what the treatment was, for how long, and what came of it.

Pulses and infusions leave days without a record.  Doses up to 35 days apart are one course, and of drugs that are given
more rarely, or act on, a person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from trialwright.registry.formal.here import Here, amount_of, ask, names, systemic
from trialwright.registry.formal.lexicon import listed_by_one_page
from trialwright.registry.formal.tags import Period

_BRIDGE = "35 days"
_LASTING = "b_cell_biologic"
"""Antibodies whose effect on B cells outlasts the days on which they are recorded."""


def taking(ids: list[str], how: str = "", pulses: str = _BRIDGE) -> str:
    """On any of the drugs, and not as cream or drops; pulses of cyclophosphamide leave days without a record."""
    others = [id for id in ids if id != "glucocorticoid"]
    parts = ["on systemic glucocorticoid"] if "glucocorticoid" in ids and not how else []
    if how and "glucocorticoid" in ids:
        parts = [f"on {systemic(ids)}{how}"]
    elif others:
        parts.append(f"on {systemic(others)}{how}")
    if {"cyclophosphamide", "immunosuppressant"} & set(ids):
        question = ask("Cyclophosphamide is being given in regular pulses", "look_up", "cyclophosphamide_pulses")
        parts.append(f"(has cyclophosphamide within {pulses} before screening and {question})")
    return " or ".join(parts)


def treated(ids: Sequence[str], period: Period, here: Here) -> str:
    """A course of any of the drugs that lasted so long, at any time before screening."""
    long = f"before screening {period.op or '>='} {period.said}"
    if ids == ["glucocorticoid"]:
        return f"longest run of (on systemic glucocorticoid) {long}"
    said = f"longest run of (on {systemic(ids)}) bridging {_BRIDGE} {long}"
    lasting = set(here.context.catalog.models[_LASTING].members) if here.known(_LASTING) else set()
    rare = ["cyclophosphamide"] if "cyclophosphamide" in ids else []
    if "biologic" in ids or lasting & set(ids):
        rare.append(_LASTING)
    if rare:
        question = ask("Pulses or infusions were given, or kept acting, over that time", "look_up")
        said += f" or (history of {names(rare)} and {question})"
    return said


def _listed(stretch: str, here: Here) -> list[str]:
    """The drugs of a list; a word that leads to the names behind it ("immunomodulators, including") adds none."""
    return [id for id in here.ids(stretch, "D") if id not in listed_by_one_page()]


def current_any(m: re.Match[str], here: Here) -> list[str]:
    """On any of the listed drugs now."""
    return [taking(here.ids(m["d"], "D"))]


def failed_groups(m: re.Match[str], here: Here) -> list[str]:
    """Treated with each kind of drug of the list; the brackets name the drugs of a kind."""
    clauses: list[str] = []
    for part in re.finditer(r"(D\d+)(?: \(([^()]*)\))?", m["list"]):
        inside = here.ids(part[2] or "", "D")
        if inside:
            clauses.append(f"history of {names(inside)}")
        elif part[2]:
            question = ask(f"Given: {here.words(part[2])}", "judgement")
            clauses.append(f"history of {names(here.ids(part[1], 'D'))} and {question}")
        else:
            clauses.append(f"history of {names(here.ids(part[1], 'D'))}")
    return [*clauses, outcome()]


def outcome() -> str:
    """Active all the same, or relapsed after remission: recorded as such, else asked."""
    active = ask("The disease stayed active after the treatment", "judgement")
    relapse = ask("The disease relapsed after the treatment", "judgement")
    return (
        f"first known of (treatment_non_response is present ever, {active}) "
        f"or first known of (relapse_after_remission is present ever, {relapse})"
    )


def regimen(m: re.Match[str], here: Here) -> list[str]:
    """SLE for so long, and active after so long on the standard regimen."""
    since, on = here.period(m["t"]), here.period(m["t2"])
    at = here.anchor(m["a"])
    active = ask("The disease stayed active in spite of the treatment", "judgement")
    return [
        f"has {names(here.ids(m['k'], 'K'))} since {since.op or '>='} {since.said} before {at}",
        taking(_listed(m["list"], here), f" for {on.op or '>='} {on.said} before {at}", on.said),
        f"first known of (disease_activity is present, {active})",
    ]


def ineffective(m: re.Match[str], here: Here) -> list[str]:
    """Refractory: so long on a glucocorticoid with an immunomodulator without effect, or relapsed after remission."""
    period = here.period(m["t"])
    steroids, others = treated(["glucocorticoid"], period, here), treated(_listed(m["list"], here), period, here)
    non_response = ask("Conventional treatment stayed ineffective for that long", "judgement")
    relapse = ask("Disease activity came back after remission", "judgement")
    return [
        f"({steroids} and ({others}) "
        f"and first known of (treatment_non_response is present ever, {non_response})) "
        f"or first known of (relapse_after_remission is present ever, {relapse})"
    ]


def refractory(m: re.Match[str], here: Here) -> list[str]:
    """Refractory to any one of the listed treatments for so long, a low dose of glucocorticoid among them.

    Whether the dose was low all the time is known for the last months only; of an earlier course a person is asked.
    """
    period, limit = here.period(m["t"]), here.reading(m["r"])
    long = f"before screening {period.op or '>='} {period.said}"
    low = ask("At most the low dose over the whole time", "look_up")
    return [
        f"({treated(_listed(m['list'], here), period, here)} "
        f"or (current run of (on systemic glucocorticoid) {long} "
        f"and highest dose of systemic glucocorticoid (prednisone equivalent) within {period.said} before screening "
        f"{limit.op} {amount_of(limit.low)}{'' if limit.unit == 'mg/d' else '/d'}) "
        f"or ({treated(['glucocorticoid'], period, here)} and {low})) and ({outcome()})"
    ]
