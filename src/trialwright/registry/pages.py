"""A trial's page of any site, as text or HTML, becomes a record; a page that holds no one trial is refused.

Layout families and their quirks: docs/registry.md.  Nothing is guessed in silence: a value that the page states
only in a sentence carries a finding.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from trialwright.errors import TrialwrightError
from trialwright.registry.criteria import plain, read_criteria
from trialwright.registry.enums import canonical
from trialwright.registry.gather import Gather
from trialwright.registry.headings import read_heading
from trialwright.registry.html_text import html_text, is_html
from trialwright.registry.labels import Part, label_field, read_parts
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
from trialwright.registry.prose import read_range, with_prose
from trialwright.registry.records import Criterion, Intervention, Record, Section, Sponsor

LONGEST = 3_000_000
"""Characters of a page beyond which it is no page of one trial."""

_BOILERPLATE = re.compile(
    r"^(?:Get|Review|Dive|See|Understand|Learn|Check|Meet|Identify|Explore|Reach|Find|Discover|Browse|Additional)\b[^:;]*\.$"
)
_LOGIN = re.compile(
    r"\b(?:log ?in|sign ?in|password|captcha|access denied|verify (?:that )?you are (?:a )?human|enable javascript"
    r"|session (?:has )?expired)\b",
    re.IGNORECASE,
)
_ITEM = re.compile(r"^\s*(?:[•‣⁃∙●○▪*]|-\s|\(?\d{1,2}\\?[.)、）])")
_TRAILING = re.compile(
    r"(?<=\S)[ \t]+(?=(?:Sex|Minimum Age|Maximum Age|(?:Accepts )?Healthy Volunteers)\s?:\s?"
    r"(?:ALL\b|FEMALE\b|MALE\b|\d|N/A|Yes\b|No\b))"
)
_NCT = re.compile(r"\bNCT\d{8}\b")
_ABOUT = re.compile(
    r"an? (?P<type>interventional|observational)\s*(?P<purpose>[\w ]*?)\s*trial for (?P<for>.+?)"
    r"(?:\s+focused on measuring (?P<words>.+?))?\.?$",
    re.IGNORECASE,
)


def read_page(text: str, name: str) -> tuple[str, list[Record]]:
    """("page" or "HTML page", the one record).  Raises TrialwrightError when it is not the page of one trial."""
    reader, web_title, password = "page", None, False
    if is_html(text):
        reader = "HTML page"
        text, web_title, password = html_text(text)
    if len(text) > LONGEST:
        raise TrialwrightError(f"{name} has {len(text):,} characters, too many for one trial's page; cut out the trial")
    text = _parted(text)
    parts = read_parts(text)
    _refuse(text, parts, name, password)
    gather = Gather(name, [])
    values = _values(text, parts, gather)
    title, summary, loose = _top(text, parts, web_title, bool(values.get("has_criteria")))
    criteria, words = _criteria(text, parts, gather, loose)
    fields = {key: value for key, value in values.items() if key != "has_criteria"}
    if title and not fields.get("title"):
        fields["title"] = title
    if summary and not fields.get("brief_summary"):
        fields["brief_summary"] = summary
    record = with_prose(Record(**fields, criteria=criteria, criteria_text=words), name)
    if not record.title:
        gather.note("note", "title", "the page prints no title")
    if not record.nct_id:
        gather.note("note", "nct_id", "the page prints no registry number")
    return reader, [replace(record, findings=(*gather.findings, *record.findings))]


def _parted(text: str) -> str:
    """Fields printed on one line behind the criteria ("Sex: ALL Minimum Age: ...") get lines of their own."""
    if len(_TRAILING.findall(text)) < 2:
        return text
    return _TRAILING.sub("\n", text)


def _refuse(text: str, parts: Sequence[Part], name: str, password: bool) -> None:
    numbers: list[str] = []
    for part in parts:
        if part.field == "nct_id":
            numbers += _NCT.findall(text[part.start : part.end])
    several = list(dict.fromkeys(numbers))
    if len(several) > 1:
        listed = " and ".join(several[:3])
        raise TrialwrightError(
            f"{name} holds more than one trial ({listed}); save each trial's page in a file of its own"
        )
    fields = [part.field for part in parts if text[part.start : part.end].strip()]
    for field in ("brief_summary", "criteria", "title"):
        if _repeats(field, parts, text):
            raise TrialwrightError(
                f"{name} seems to hold more than one trial; save each trial's page in a file of its own"
            )
    known = {field for field in fields if field not in ("top", "loose", "other", "end", "group")}
    body = "criteria" in known or "lay" in known or _items(text) >= 2
    if (password or (_LOGIN.search(text) and len(text) < 5000)) and not body:
        raise TrialwrightError(f"{name} is a login or access page, not a trial; save the trial's page after logging in")
    if not body and len(known) < 3:
        raise TrialwrightError(
            f"{name} is not recognised as a trial's page (no criteria, fewer than three known headings); "
            "save the whole page as text or HTML, or its registry record as JSON"
        )


def _repeats(field: str, parts: Sequence[Part], text: str) -> bool:
    """Whether a part that a trial has once comes again after the criteria of a first trial."""
    if field != "criteria":
        places = [at for at, part in enumerate(parts) if part.field == field and text[part.start : part.end].strip()]
        between = {part.field for part in parts[places[0] : places[-1]]} if places else set()
        return len(places) > 1 and "criteria" in between and len(set(_NCT.findall(text))) != 1
    kinds = []
    for part in parts:
        if part.field == "criteria":
            lines = [part.heading, *text[part.start : part.end].splitlines()] if part.heading else []
            kinds += [found.kind for line in lines if (found := read_heading(line)) and not found.cohort]
    order = [kind for place, kind in enumerate(kinds) if place == 0 or kind != kinds[place - 1]]
    return order.count("inclusion") > 1 and len(set(_NCT.findall(text))) > 1


def _items(text: str) -> int:
    return sum(bool(_ITEM.match(line)) for line in text[:200_000].splitlines())


def _values(text: str, parts: Sequence[Part], gather: Gather) -> dict[str, Any]:
    """The fields of the parts of a page; parts without a field are kept as sections."""
    values: dict[str, Any] = {"has_criteria": False}
    sections: list[Section] = []
    boilerplate = sum(bool(_BOILERPLATE.match(lines[0])) for part in parts if (lines := part.lines(text))) >= 3
    for part in parts:
        lines = part.lines(text)
        if boilerplate and lines and _BOILERPLATE.match(lines[0]):
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


def _top(
    text: str, parts: Sequence[Part], web_title: str | None, has_criteria: bool
) -> tuple[str | None, str | None, tuple[int, int] | None]:
    """Title, summary, and the place of criteria that stand under no heading: the list after the first words."""
    top = parts[0]
    lines = [(found.start(), found[0]) for found in re.finditer(r"[^\n]+", text[: top.end]) if found[0].strip()]
    lines = [(place, line) for place, line in lines if label_field(line) is None]
    if not lines:
        return web_title, None, None
    items = [place for place, line in lines if _ITEM.match(line)]
    listed = len(items) >= 2 and not has_criteria
    head = [line.strip() for place, line in lines if not listed or place < items[0]]
    if not head:
        return web_title, None, (items[0], top.end) if listed else None
    title = head[0] if len(head[0]) < 400 and not (len(head) == 1 and head[0].endswith(".")) else None
    rest = head[1:] if title else head
    about = any(part.field == "about" for part in parts)
    summary = "\n".join(rest) if rest and not about else None
    return plain(title) if title else web_title, summary, (items[0], top.end) if listed else None


def _criteria(
    text: str, parts: Sequence[Part], gather: Gather, loose: tuple[int, int] | None
) -> tuple[tuple[Criterion, ...], str]:
    """The registered criteria; a lay or machine-made summary counts only where the page has nothing else."""
    places = [
        (_after_boilerplate(text, part), part.end)
        for part in parts
        if part.field == "criteria" and text[part.start : part.end].strip()
    ]
    if loose:
        places = [loose, *places]
    if not places:
        places = [(part.start, part.end) for part in parts if part.field == "lay"]
        if places:
            message = "these are the words of a lay or machine-made summary, not the registered criteria"
            gather.note("warning", "criteria", message)
    if any(
        re.fullmatch(r"ai\W*", text[part.start : part.end].strip(), re.I) for part in parts if part.field == "other"
    ):
        gather.note("warning", "criteria", "the page says that its text was made by AI")
    inclusion: list[Criterion] = []
    exclusion: list[Criterion] = []
    for start, end in _joined(places, parts):
        found, doubts = read_criteria(text, start, end, where="criteria")
        for doubt in doubts:
            gather.note(doubt.severity, doubt.where, doubt.message)
        inclusion += [item for item in found if item.kind == "inclusion"]
        exclusion += [item for item in found if item.kind == "exclusion"]
    if not inclusion and not exclusion:
        gather.note("warning", "criteria", "the page prints no eligibility criteria")
    elif not exclusion:
        gather.note("warning", "criteria", "the page prints no exclusion criteria; the registry record may have some")
    return (*_numbered(inclusion, "I"), *_numbered(exclusion, "E")), text


def _after_boilerplate(text: str, part: Part) -> int:
    """Where the criteria begin, behind the sentence that a site prints under each of its headings."""
    found = re.compile(r"\s*([^\n]+)\n").match(text, part.start, part.end)
    return found.end() if found and _BOILERPLATE.match(found[1].strip()) else part.start


def _joined(places: list[tuple[int, int]], parts: Sequence[Part]) -> list[tuple[int, int]]:
    """Stretches of criteria that follow one another directly are one, so that a heading reaches what is below it."""
    result: list[tuple[int, int]] = []
    heads = {part.start for part in parts if part.field == "criteria"}
    for start, end in places:
        if result and start in heads and result[-1][1] >= start - 80:
            result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return result


def _numbered(criteria: list[Criterion], letter: str) -> list[Criterion]:
    return [_renumbered(criterion, f"{letter}{place}") for place, criterion in enumerate(criteria, 1)]


def _renumbered(criterion: Criterion, id: str) -> Criterion:
    children = tuple(_renumbered(child, f"{id}.{place}") for place, child in enumerate(criterion.children, 1))
    return Criterion(id, criterion.kind, criterion.text, children, criterion.span, criterion.own)
