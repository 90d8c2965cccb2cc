"""A trial's page of any site, as text or HTML, becomes a record; a page that holds no one trial is refused.

Layout families and their quirks: docs/registry.md.  Nothing is guessed in silence: a value that the page states
only in a sentence carries a finding.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from trialwright.errors import TrialwrightError
from trialwright.registry.criteria import plain, read_criteria
from trialwright.registry.gather import Gather
from trialwright.registry.headings import read_heading
from trialwright.registry.html_text import html_text, is_html
from trialwright.registry.labels import Part, label_field, read_parts
from trialwright.registry.page_fields import BOILERPLATE, read_fields
from trialwright.registry.prose import with_prose
from trialwright.registry.records import Criterion, Record

LONGEST = 3_000_000
"""Characters of a page beyond which it is no page of one trial."""

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
    values = read_fields(text, parts, gather)
    title, summary, loose = _top(text, parts, web_title, bool(values.get("has_criteria")))
    ahead = _items(text[: parts[0].end]) if values.get("has_criteria") else 0
    if ahead > 1:
        message = (
            f"{ahead} items of a list stand before the first heading, and criteria under a later one; the list is not "
            "read: if the file holds two trials, save each page in a file of its own"
        )
        gather.note("warning", "criteria", message)
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
        end = next((part.start for part in parts if part.field == "end"), len(text))
        named = ", ".join(list(dict.fromkeys(_NCT.findall(text, 0, end)))[:3])
        message = f"; its text names {named}, which is not taken for this trial's number" if named else ""
        gather.note("note", "nct_id", f"the page prints no registry number{message}")
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
    return found.end() if found and BOILERPLATE.match(found[1].strip()) else part.start


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
