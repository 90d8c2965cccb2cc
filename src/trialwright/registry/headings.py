"""Headings inside eligibility text: which lines open inclusion or exclusion, and which name a cohort."""

from __future__ import annotations

import re
from dataclasses import dataclass

from trialwright.registry.records import Kind

_WORDS = (
    r"(?P<in>inclusions?|inclusi[oó]n|einschluss|dahil\s+(?:edilme|etme|olma)|alınma)"
    r"|(?P<ex>exclusions?|exclusi[oó]n|ausschluss|hariç\s+tutma|dışlama|dışlanma)"
)
_HEAD = re.compile(
    rf"^(?P<before>[^:：\n]{{0,70}}?)\b(?:{_WORDS})(?:\s*-?\s*(?:criteria|criterion|kriterien|kriterleri|criterios))?"
    r"(?P<after>[^:：\n]{0,130}?)\s*(?P<colon>[:：]?)\s*$",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    r"^[一二三四五、.\s]*(?:主要)?(?:(?P<in>入组|纳入|入选)|(?P<ex>排除|剔除))(?:标准|条件)\s*[:：]?\s*$"
)
_SUMMARY = re.compile(
    r"(?:^|(?<=[.;])\s+)(?P<which>Eligible|Includes?|Excludes?d?|Not eligible|Ineligible)\s*:\s*(?=\S)", re.IGNORECASE
)
_NEUTRAL = re.compile(
    r"(?:key|main|major|non-?|patient'?s'?|general|core|overall|principal|study|subjects?|patients?|participants?|participation|the|of|for"
    r"|all|selected|sample|protocol|eligibility|criteria|criterion|inclusion|exclusion|and|detailed|primary|full|list"
    r"|summary|are|as|follows|[/()#*•=\-–\s.,&\\])*",
    re.IGNORECASE,
)
_ALONE = {"general", "key", "main", "other", "overall", "criteria", "eligibility criteria", "eligibility", "common"}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of eligibility text; `cohort` is true when its words say to whom it applies."""

    kind: Kind
    cohort: bool = False


def read_heading(line: str, bulleted: bool = False) -> Heading | None:
    """The heading that a line is, or None.  "Cohort A Inclusion Criteria:" is one that names a cohort.

    An item of a list is one only with a colon or neutral words: "* Lack of the inclusion criteria" is a criterion.
    """
    words = re.sub(r"\\(.)", r"\1", line).strip(" *#•-_\t")
    if len(words) > 160:
        return None
    if found := _CHINESE.match(words):
        return Heading("inclusion" if found["in"] else "exclusion")
    found = _HEAD.match(words)
    if not found:
        return None
    negated = re.search(r"\bnon[\s-]*$", found["before"], re.IGNORECASE)
    kind: Kind = "inclusion" if found["in"] and not negated else "exclusion"
    criteria = re.search(r"criteri|kriteri", found[0], re.IGNORECASE)
    neutral = bool(_NEUTRAL.fullmatch(found["before"])) and bool(_NEUTRAL.fullmatch(found["after"]))
    if neutral and (criteria or not found["after"].strip()):
        return Heading(kind)
    tail = re.fullmatch(r"\s*(?:\(.*\)|for\b.*|in version.*|[-–/].*)?", found["after"])
    named = found["colon"] or (tail and not bulleted and not words[:1].islower())
    if criteria and named and not words.endswith((".", ";")):
        both = re.search(r"inclusion\s*/\s*exclusion|meet|fulfil|satisf|violat", words, re.IGNORECASE)
        return None if both else Heading(kind, cohort=True)
    return None


def read_summary_leads(words: str) -> list[tuple[Kind, int, int]]:
    """ "Eligible: ... Exclude: ..." of a lay summary: kind, and where the words of each part begin and end."""
    found = list(_SUMMARY.finditer(words))
    if not found or found[0].start() != 0:
        return []
    ends = [item.start() for item in found[1:]] + [len(words)]
    parts: list[tuple[Kind, int, int]] = []
    for item, end in zip(found, ends, strict=True):
        kind: Kind = "inclusion" if item["which"].lower() in ("eligible", "include", "includes") else "exclusion"
        parts.append((kind, item.end(), end))
    return parts


def is_neutral(words: str) -> bool:
    """A heading that says nothing about a person, such as "General"."""
    return words.strip(" :#*").lower() in _ALONE
