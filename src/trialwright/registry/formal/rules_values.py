"""Rules for measurements, scores and age: X >= 3 x ULN, age 18-65, ECOG 0-1, FVC falls by > 10 %."""

from __future__ import annotations

import itertools
import re

from trialwright.registry.formal.here import Here, amount_of, ask
from trialwright.registry.formal.readings import Reading

_NO_UNIT = {"{score}", "{INR}", "{titer}", "1", None, ""}


class NotRead(Exception):
    """A rule matched and then found that it cannot say what the words mean; the words stay left over."""


def compared(id: str, reading: Reading, here: Here, factor: str = "") -> str:
    """`id` compared as a reading says.  Raises NotRead for a lost comparator or a missing unit."""
    if reading.op == "=?":
        raise NotRead("the comparator is lost: = may stand for at least or at most")
    if reading.unit == "%" and here.known(f"{id}_percent_predicted"):
        id = f"{id}_percent_predicted"
    unit = _unit_of(id, here)
    plain = unit in _NO_UNIT
    if reading.limit:
        return f"{id} {reading.op} {factor or amount_of(reading.low)} x {reading.limit}"
    given = reading.unit
    if not plain and not given and id != "age":
        raise NotRead(f"no unit is given for {id}")
    if given and given == "/min" and unit == "mL/min":
        given = "mL/min"
    if id in ("egfr", "ckd_epi_2021") and given == "mL/min":
        given = "mL/min/{1.73_m2}"
    if id in ("creatinine_clearance", "cockcroft_gault") and given.startswith("mL/min"):
        given = "mL/min"
    if id == "protein_24h" and given == "g":
        given = "g/d"
    if plain:
        given = ""
    if id == "age":
        given = given or "years"
    if reading.op == "in":
        amounts = [a for a in (reading.low, reading.high, *reading.more) if a is not None]
        if len(amounts) == 1:
            return f"{id} = {amount_of(amounts[0])}"
        values = sorted(a.value for a in amounts)
        if all(b - a == 1 for a, b in itertools.pairwise(values)):
            return f"{id} between {values[0]} and {values[-1]}"
        return "any of (" + ", ".join(f"{id} = {value}" for value in values) + ")"
    if id == "creatinine_clearance":  # measured where recorded, else by the usual formula
        return f"first known of ({_said(id, reading, given)}, {_said('cockcroft_gault', reading, given)})"
    return _said(id, reading, given)


def _said(id: str, reading: Reading, given: str) -> str:
    low = format(reading.low.value.normalize(), "f")
    if reading.op == "between":
        if reading.high is None:
            raise NotRead("a range without its upper end")
        high = format(reading.high.value.normalize(), "f")
        if reading.high.value <= reading.low.value:
            raise NotRead("a range whose upper end is not above its lower end")
        return f"{id} between {low} and {high} {given}".rstrip()
    return f"{id} {reading.op} {low} {given}".rstrip()


def _unit_of(id: str, here: Here) -> str | None:
    concept = here.context.catalog.concept(id)
    if concept is not None:
        return concept.unit
    definition = here.context.catalog.definition(id)
    return definition.unit if definition is not None else None


def value(m: re.Match[str], here: Here) -> list[str]:
    """Every named measurement compared with the one limit."""
    reading = here.reading(m["r"])
    return [compared(id, reading, here) + _biopsy(id) for id in here.ids(m["m"], "MB")]


def two_bounds(m: re.Match[str], here: Here) -> list[str]:
    ids = here.ids(m["m"], "MB")
    readings = [tag.value for tag in here.all(m["r"], "R")]
    return [compared(id, reading, here) for id in ids for reading in readings]


def excepted_limit(m: re.Match[str], here: Here) -> list[str]:
    """Bilirubin at most 2 x ULN, with Gilbert syndrome 3 x ULN: an exception moves the limit, it does not lift it."""
    plain, other = here.reading(m["r"]), here.reading(m["r2"])
    condition = here.ids(m["k"], "K")
    ids = here.ids(m["m"], "M")
    if plain.op != other.op or plain.limit != other.limit or len(ids) != 1:
        raise NotRead("the exception has another form than the rule")
    has = " or ".join(f"has {id}" for id in condition)
    limits = f"(if {has} then {amount_of(other.low)} else {amount_of(plain.low)})"
    if plain.limit:
        return [compared(ids[0], plain, here, limits)]
    return [f"if {has} then {compared(ids[0], other, here)} else {compared(ids[0], plain, here)}"]


def clearance(m: re.Match[str], here: Here) -> list[str]:
    """Creatinine clearance by Cockcroft and Gault, where the page names the formula."""
    said = compared("cockcroft_gault", here.reading(m["r"]), here)
    rest = m.groupdict().get("rest")
    return [f"{said} or {ask('Excepted: ' + here.words(rest), 'judgement')}" if rest else said]


def age(m: re.Match[str], here: Here) -> list[str]:
    """Age, at consent where the page says so; strict bounds only where the page says so."""
    at = m.groupdict().get("at")
    anchor = here.anchor(at) if at and "A" in at else "consent" if at and "CONSENT" in at else "screening"
    subject = "age" if anchor == "screening" else f"age at {anchor}"
    parts: list[str] = []
    for tag in here.all(m["y"], "Y"):
        said = compared("age", tag.value, here)
        if m.groupdict().get("strict"):
            low, high = re.findall(r"\d+(?:\.\d+)?", said)[:2]
            said = f"age > {low} years and age < {high} years"
        parts.append(said.replace("age ", f"{subject} "))
    if len(parts) == 2 and " >= " in parts[0] and " <= " in parts[1]:
        low, high = parts[0].split(">= ")[1].split()[0], parts[1].split("<= ")[1]
        if low.isdigit() and high.split()[0].isdigit() and "years" in parts[0]:
            parts = [f"{subject} between {low} and {high}"]
    if m.groupdict().get("sex"):
        parts.append('no restriction "male or female"')
    return _whom(m.groupdict().get("who") or "", parts, subject, here)


def _whom(who: str, parts: list[str], subject: str, here: Here) -> list[str]:
    """The words before an age: one sex alone, adults, healthy people; each is a test beside the age."""
    words = set(who.split())
    female, male = words & {"female", "females", "women"}, words & {"male", "males", "men"}
    more = [f"sex is {'female' if female else 'male'}"] if bool(female) != bool(male) else []
    if words & {"adult", "adults"} and not any(re.search(r">|between", part) for part in parts):
        more.append(f"{subject} >= 18 years")
    if words & {"healthy", "volunteers"}:
        more.append(ask("Healthy, as the trial means it", "judgement"))
    if more and here.context.kind == "exclusion":
        return [" and ".join([*more, " or ".join(parts) if len(parts) == 1 else f"({' or '.join(parts)})"])]
    return [*more, *parts]


def change(m: re.Match[str], here: Here) -> list[str]:
    """A rise or fall from the best earlier value in the stated period; a percentage is of the earlier value."""
    direction = "rises" if re.search(r"increase|rise|worsen", m["verb"]) else "falls"
    within = f"within {here.context.window} before screening"
    if not here.context.window:
        raise NotRead("no period is given for the change")
    reading = here.reading(m["r"])
    ids = here.ids(m["m"], "M")
    forms = [f"{id} {direction} by {reading.op} {amount_of(reading.low)}" for id in ids]
    if reading.unit == "%":
        forms += [f"{id}{suffix} {direction} by {reading.op} {amount_of(reading.low)}" for id in ids
                  for suffix in ("_hb_corrected", "_percent_predicted") if here.known(id + suffix)]  # fmt: skip
    else:
        forms = [f"{form} points" for form in forms]
    forms = [f"{form} from best {within}" for form in forms]
    return [forms[0] if len(forms) == 1 else f"first known of ({', '.join(forms)})"]


def part_when_scored(m: re.Match[str], here: Here) -> list[str]:
    """A clinical sub-score must reach a limit where serology scores."""
    reading = here.reading(m["r"])
    return [f"if selena_sledai.serology > 0 then {compared('selena_sledai.clinical', reading, here)}"]


def two_units(m: re.Match[str], here: Here) -> list[str]:
    """Protein in 24 hours, or creatinine with one limit said in two units."""
    protein, creatinine = here.reading(m["p"]), here.reading(m["c"])
    return [
        f"protein_24h {protein.op} {amount_of(protein.low)} "
        f"or creatinine {creatinine.op} {amount_of(creatinine.low)} ({m['second']} umol/L)"
    ]


def increased(m: re.Match[str], here: Here) -> list[str]:
    """An index that is "increased" without a limit: zero is not increased, anything else a person judges."""
    id = here.ids(m["m"], "M")[0]
    if not here.known(id):
        raise NotRead("an index that the catalog does not have")
    question = ask("It counts as increased: " + here.words(m["m"]), "judgement", f"{id}_increased")
    return [f"first known of ({id} > 0{_biopsy(id)} and {question}, {question})"]


def _biopsy(id: str) -> str:
    return " within 6 months before screening" if id.startswith("nephritis_") else ""
