"""The fields of a trial's page: what stands under each heading, typed; parts without a field become sections."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from trialwright.registry.enums import canonical
from trialwright.registry.gather import Gather
from trialwright.registry.labels import Part
from trialwright.registry.page_parts import (
    read_arms,
    read_contacts,
    read_interventions,
    read_investigators,
    read_locations,
    read_other_ids,
    read_references,
    read_sponsors,
)
from trialwright.registry.prose import read_range
from trialwright.registry.records import Intervention, Section, Sponsor

BOILERPLATE = re.compile(
    r"^(?:Get|Review|Dive|See|Understand|Learn|Check|Meet|Identify|Explore|Reach|Find|Discover|Browse|Additional)\b[^:;]*\.$"
)
"""The sentence that some sites print under every heading of theirs."""
_ABOUT = re.compile(
    r"an? (?P<type>interventional|observational)\s*(?P<purpose>[\w ]*?)\s*trial for (?P<for>.+?)"
    r"(?:\s+focused on measuring (?P<words>.+?))?\.?$",
    re.IGNORECASE,
)


def read_fields(text: str, parts: Sequence[Part], gather: Gather) -> dict[str, Any]:
    """The fields of the parts of a page; parts without a field are kept as sections."""
    values: dict[str, Any] = {"has_criteria": False}
    sections: list[Section] = []
    boilerplate = sum(bool(BOILERPLATE.match(lines[0])) for part in parts if (lines := part.lines(text))) >= 3
    for part in parts:
        lines = part.lines(text)
        if boilerplate and lines and BOILERPLATE.match(lines[0]):
            lines = lines[1:]
        if part.field == "criteria" and (lines or part.heading):
            values["has_criteria"] = True
            continue
        if not lines or part.field == "top":
            continue
        if not _read_part(part, lines, values, gather):
            sections.append(Section(part.heading, "\n".join(lines)))
    values["sections"] = tuple(sections)
    return values


def _read_part(part: Part, lines: list[str], values: dict[str, Any], gather: Gather) -> bool:
    """Puts what one part says into `values`; False when it has no field."""
    first, field = lines[0], part.field
    found: Any
    match field:
        case "status" | "study_type" | "sex" | "allocation" | "intervention_model" | "primary_purpose" | "masking":
            found = gather.enum(field, first, field)
        case "phases":
            found = gather.phases(first, field)
        case "minimum_age" | "maximum_age":
            found = gather.age(first, field)
        case "start_date" | "completion_date" | "last_update":
            found = gather.date(first, field)
        case "enrollment":
            found = gather.count(first, field)
        case "healthy_volunteers":
            found = gather.truth(first, field)
        case "nct_id":
            number = re.search(r"\bNCT\s?\d\w*", first)
            if number is None:
                return False
            found = gather.nct_id(number[0], field)
        case "ages":
            return _ages(first, values, gather)
        case "about":
            return _about(first, values)
        case "conditions" | "keywords" | "countries":
            found = tuple(line.lstrip("-•* ") for line in lines)
        case "brief_summary" | "detailed_description" | "title" | "official_title" | "acronym":
            found = "\n".join(lines)
        case _:
            return _read_list(field, lines, values, gather)
    values.setdefault(field, found)
    return True


def _read_list(field: str, lines: list[str], values: dict[str, Any], gather: Gather) -> bool:
    match field:
        case "arms":
            values["arms"], inside = read_arms(lines, gather)
            values["interventions"] = _once((*values.get("interventions", ()), *inside))
        case "interventions":
            values["interventions"] = _once((*values.get("interventions", ()), *read_interventions(lines, gather)))
        case "sponsors" | "collaborators":
            role = "lead" if field == "sponsors" else "collaborator"
            sponsors: tuple[Sponsor, ...] = (*values.get("sponsors", ()), *read_sponsors(lines, gather, role))
            values["sponsors"] = sponsors
        case "investigators":
            values[field] = read_investigators(lines, gather)
        case "locations":
            values[field] = read_locations(lines, gather)
        case "contacts" | "site_contacts":
            values["contacts"] = (*values.get("contacts", ()), *read_contacts(lines, gather))
        case "references":
            values[field] = read_references(lines, gather)
        case "other_ids":
            values[field] = read_other_ids(lines, gather)
        case _:
            return False
    return True


def _once(items: tuple[Intervention, ...]) -> tuple[Intervention, ...]:
    """An intervention that the page prints under its arm and again in its own list is one."""
    return tuple({(item.name, item.type, item.description): item for item in items}.values())


def _ages(line: str, values: dict[str, Any], gather: Gather) -> bool:
    """ "18 Years to 70 Years (Adult)"; a bare "> 5" does not say whether 5 is allowed."""
    if found := re.search(r"\b(all|both|female|male)(?: (?:genders?|sexes))?\b", line, re.IGNORECASE):
        values.setdefault("sex", canonical("sex", found[1])[0])
    if re.search(r"[<>=]\s*\d", line) and not re.search(r"[<>]=|[≤≥]", line):
        gather.note("note", "ages", f"{line!r} does not say whether the limit itself is allowed; left out")
        return False
    low, high = read_range(line)
    if low:
        values.setdefault("minimum_age", low)
    if high:
        values.setdefault("maximum_age", high)
    return bool(low or high)


def _about(line: str, values: dict[str, Any]) -> bool:
    """The sentence that one family of sites makes of the registry's fields."""
    found = _ABOUT.search(line)
    if not found:
        return False
    values.setdefault("study_type", found["type"].upper())
    if found["purpose"]:
        values.setdefault("primary_purpose", found["purpose"].strip().upper().replace(" ", "_"))
    values.setdefault("conditions", (found["for"].strip(),))
    if found["words"]:
        values.setdefault("keywords", tuple(word.strip() for word in found["words"].split(",")))
    return True
