"""Rules for treatment: current and past drugs, doses, stable doses, wash-outs."""

from __future__ import annotations

import re

from trialwright.registry.formal.here import Here, amount_of, ask, names, unsupported
from trialwright.registry.formal.readings import Reading
from trialwright.registry.formal.rules_values import NotRead

_STEROIDS = frozenset({"glucocorticoid", "prednisone", "prednisolone", "methylprednisolone"})


def steroid(here: Here, stretch: str | None = "") -> tuple[str, str]:
    """(the drug as the language names it, its equivalent): by the stretch, else by what the heading speaks of."""
    ids = here.ids(stretch, "D") or ([here.context.drug.split()[-1]] if here.context.drug else [])
    if not ids:
        raise NotRead("no drug is named")
    if ids[0] in _STEROIDS:
        route = "oral " if "oral" in (stretch or "") or here.context.drug.startswith("oral") else "systemic "
        return f"{route}glucocorticoid", " (prednisone equivalent)"
    return names(ids), ""


def _if_on(drug: str, then: str) -> str:
    return f"if on {drug} then {then}"


def dose_bounds(m: re.Match[str], here: Here) -> list[str]:
    """Bounds of a daily dose bind those who take the drug.  A note may lift the lower one for a combination."""
    drug, equivalent = steroid(here, m["d"])
    combined = here.context.combined
    clauses = []
    for tag in here.all(m["r"], "R"):
        reading: Reading = tag.value
        said = f"dose of {drug}{equivalent} {reading.op} {amount_of(reading.low)}"
        clauses.append(
            _if_on(drug, said + (" or on systemic immunosuppressant" if combined and ">" in reading.op else ""))
        )
    return clauses


def dose_at_most(m: re.Match[str], here: Here) -> list[str]:
    """The highest dose at and during screening."""
    drug, equivalent = steroid(here, m["d"])
    limit = f"{m['n']} mg/d"
    clauses = [_if_on(drug, f"dose of {drug}{equivalent} <= {limit}")]
    if m.groupdict().get("during"):
        clauses.append(f"highest dose of {drug}{equivalent} from screening to screening_end <= {limit}")
    return clauses


def dose_adjusted(m: re.Match[str], here: Here) -> list[str]:
    drug, equivalent = steroid(here, m["d"])
    reading = here.reading(m["r"])
    return [f"range dose of {drug}{equivalent} from screening to screening_end {reading.op} {amount_of(reading.low)}"]


def dose_stable(m: re.Match[str], here: Here) -> list[str]:
    drug, equivalent = steroid(here, m["d"])
    period = here.period(m["t"])
    return [
        _if_on(
            drug,
            f"dose of {drug}{equivalent} stable for {period.op or '>='} {period.said} before {here.anchor(m['a'])}",
        )
    ]


def treated_and_stable(m: re.Match[str], here: Here) -> list[str]:
    """Treatment for a period before screening, and its dose stable for another."""
    drug, equivalent = steroid(here)
    treated, stable = here.period(m["t"]), here.period(m["t2"])
    at = here.anchor(m["a"])
    return [
        _if_on(drug, f"on {drug} for {treated.op or '>='} {treated.said} before {at}"),
        _if_on(drug, f"dose of {drug}{equivalent} stable for {stable.op or '>='} {stable.said} before {at}"),
    ]


def each_begun(m: re.Match[str], here: Here) -> list[str]:
    """Each drug of the classes that is taken was begun so long ago, and its dose did not change."""
    classes = here.ids(m["d"], "D")
    begun, stable = here.period(m["t"]), here.period(m["t2"])
    at = here.anchor(m["a"])

    def each(then: str) -> str:
        return " and ".join(f"(each member of {name}: if on systemic it then {then})" for name in classes)

    clauses = [
        each(f"on systemic it for {begun.op or '>='} {begun.said} before {at}"),
        each(f"dose of systemic it stable for {stable.op or '>='} {stable.said} before {at}"),
    ]
    if m.groupdict().get("during"):
        steady = "range dose of systemic it from screening to screening_end <= 0 mg/d"
        clauses.append(" and ".join(f"(each member of {name}: {steady})" for name in classes))
    return clauses


def stopped(m: re.Match[str], here: Here) -> list[str]:
    """Not taken for so long before the instant.  Named examples lie inside the class.

    Stopped for at least four weeks: the day four weeks before may still be a day of treatment.
    """
    period = here.period(m["t"])
    if period.op == ">=":
        at = here.anchor(m["a"])
        return [f"no {names(here.ids(m['d'], 'D'))} from after {period.said} before {at} to {at}"]
    return [f"no {names(here.ids(m['d'], 'D'))} within {period.said} before {here.anchor(m['a'])}"]


def taken(m: re.Match[str], here: Here) -> list[str]:
    """Taken inside a period before an instant; in half-lives each drug of a class counts with its own."""
    ids = here.ids(m["d"], "D")
    period = here.period(m["t"])
    at = here.anchor(m.groupdict().get("a"))
    if period.amount.unit == "half-lives":
        if set(ids) == {"immunosuppressant", "biologic"}:
            clauses = [
                f"not (each member of therapeutic_immunosuppressant_or_biologic: no systemic it within {period.said} "
                f"before {at})"
            ]
            unnamed = ask("The unnamed drug was taken in that period", "look_up")
            other = ask("The biologic that was given for another disease acts on this one too", "judgement")
            return [
                *clauses,
                "has any of (immunosuppressant_unspecified, jak_inhibitor_unspecified, biologic_unspecified) "
                f"within 12 months before {at} and {unnamed}",
                f"not (each member of biologic_for_other_disease: no it within {period.said} before {at}) and {other}",
            ]
        parts = [f"not (each member of {id}: no systemic it within {period.said} before {at})" for id in ids]
        return [" or ".join(parts)]
    return [f"has {names(ids)} within {period.said} before {at}"]


def course(m: re.Match[str], here: Here) -> list[str]:
    """A high dose for so many days inside a window; the unit and the window may stand displaced."""
    reading, days, window = here.reading(m["r"]), here.period(m["t2"]), here.period(m["t"])
    at = here.anchor(m["a"])
    return [
        f"dose of systemic glucocorticoid (prednisone equivalent) {reading.op} {amount_of(reading.low, 'mg/d')} "
        f"for {days.op or '>='} {days.said} within {window.said} before {at}"
    ]


def no_support(m: re.Match[str], here: Here) -> list[str]:
    """No transfusion and no growth factor before the very counts that decide."""
    period = here.period(m["t"]).said
    clauses = [
        " and ".join(
            f"no blood_transfusion within {period} before the {count} result" for count in ("hemoglobin", "platelets")
        )
    ]
    if here.ids(m["p"], "D"):
        clauses.append(
            " and ".join(
                f"no hematopoietic_growth_factor within {period} before the {count} result"
                for count in ("neutrophils", "hemoglobin", "platelets")
            )
        )
    return clauses


def prohibited(m: re.Match[str], here: Here) -> list[str]:
    return [
        f"has lupus_nephritis and {unsupported(here.words(m['why']), 'the page does not name the prohibited drugs')}"
    ]
