"""The headings that trial pages print over their fields, and the stretches of text that stand below each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from trialwright.registry.enums import SETS, canonical, read_phases
from trialwright.registry.headings import read_heading

_LABELS: dict[str, tuple[str, ...]] = {
    "nct_id": ("nct id", "nct number", "clinical study id", "trial id", "registry id", "clinicaltrials.gov identifier",
               "clinicaltrials.gov id", "registration number", "study id"),
    "title": ("title", "brief title", "public title", "study title"),
    "official_title": ("official title", "scientific title"),
    "acronym": ("acronym",),
    "last_update": ("last updated", "last update", "last update posted", "last refreshed on", "date last updated"),
    "status": ("recruitment status", "status", "overall status", "study status", "trial status"),
    "phases": ("clinical phase", "phase", "study phase", "trial phase", "phases"),
    "enrollment": ("total enrollment", "enrollment", "target recruitment", "target enrollment", "estimated enrollment",
                   "actual enrollment", "number of participants", "target sample size", "participants", "sample size"),
    "study_type": ("study classification", "study type", "type of study"),
    "start_date": ("study start date", "start date", "study start", "date of first enrolment"),
    "completion_date": ("study completion date", "completion date", "estimated completion date", "study completion"),
    "brief_summary": ("brief summary", "summary", "overview", "study summary", "about this study", "study overview"),
    "about": ("about this trial",),
    "detailed_description": ("detailed description", "description", "full description", "study description"),
    "conditions": ("conditions", "condition", "condition or disease", "conditions or diseases", "disease", "diseases",
                   "medical conditions", "health condition(s) or problem(s) studied", "indication"),
    "keywords": ("keywords",),
    "allocation": ("allocation method", "allocation"),
    "intervention_model": ("intervention model", "interventional model", "study model"),
    "primary_purpose": ("primary study purpose", "primary purpose", "purpose"),
    "masking": ("blinding strategy", "masking", "blinding"),
    "arms": ("study groups", "arms", "arms of the study", "study arms", "arm groups", "treatment groups",
             "arms and interventions", "groups and cohorts"),
    "interventions": ("interventions", "intervention", "treatment", "treatments", "study drug", "drug"),
    "criteria": ("eligibility criteria", "eligibility", "criteria", "participation criteria", "who can participate",
                 "recruitment & eligibility", "recruitment and eligibility", "key eligibility criteria",
                 "inclusion and exclusion criteria", "inclusion/exclusion criteria"),
    "lay": ("eligibility_summary", "ai summary", "summary by ai", "ai-generated summary", "plain language summary",
            "key takeaways", "lay summary", "in plain words", "simplified summary", "ai overview"),
    "minimum_age": ("minimum eligible age", "minimum age", "min age", "age minimum"),
    "maximum_age": ("maximum eligible age", "maximum age", "max age", "age maximum"),
    "ages": ("ages eligible for study", "ages eligible", "ages", "age range", "age"),
    "sex": ("eligible sex", "sex", "gender", "sexes eligible for study", "genders", "sex/gender"),
    "healthy_volunteers": ("accepts healthy volunteers", "healthy volunteers", "healthy volunteers allowed"),
    "sponsors": ("sponsors", "sponsor", "lead sponsor", "sponsors and collaborators", "sponsor/collaborators"),
    "collaborators": ("collaborators", "collaborator"),
    "investigators": ("principal investigators", "investigators", "overall officials", "principal investigator",
                      "study officials"),
    "locations": ("locations", "sites / locations", "sites", "study locations", "sites/locations", "trial sites",
                  "recruiting locations", "study sites", "location"),
    "countries": ("countries", "country", "countries of recruitment"),
    "contacts": ("central contacts", "contacts", "study contact", "central contact", "contact", "study contacts"),
    "site_contacts": ("facility contacts", "site contacts"),
    "references": ("references", "publications", "citations", "results publications"),
    "other_ids": ("other identifiers", "other study ids", "other ids", "secondary ids", "secondary id",
                  "other study id numbers"),
    "end": ("more related trials", "related trials", "similar trials", "trials you may like", "explore similar trials",
            "you may also like"),
    "group": ("basic information", "study design", "at a glance", "key information", "trial information",
              "study details", "design", "details", "participation requirements"),
    "other": ("study results", "responsible party", "trial_source", "annotation_status", "primary outcome",
              "primary outcomes", "primary outcome measures", "secondary outcome", "secondary outcomes",
              "secondary outcome measures", "outcome measures", "primary endpoint", "primary completion date",
              "study plan", "study record dates", "oversight", "documents", "ipd sharing statement"),
}  # fmt: skip
_FIELD = {label: field for field, labels in _LABELS.items() for label in labels}
_INLINE = re.compile(r"^\s*[*•\-#]*\s*([A-Za-z][A-Za-z ./()_&-]{1,44}?)\s*[:：]\s*(\S.*)$")
_BARE_AGES = re.compile(r"^\s*(Ages?)\s+([<>≥≤=\d].*)$")
_IN_CRITERIA = {"arms", "interventions", "phases", "status", "conditions", "ages", "brief_summary", "group", "title"}
_ONE_LINE = {
    *("nct_id", "last_update", "status", "phases", "enrollment", "study_type", "start_date", "completion_date"),
    *("allocation", "intervention_model", "primary_purpose", "masking", "minimum_age", "maximum_age", "ages", "sex"),
    *("healthy_volunteers", "acronym"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """What stands under one heading of a page: its field, the heading as printed, and where the words are."""

    field: str
    heading: str
    start: int
    end: int

    def lines(self, text: str) -> list[str]:
        """The printed lines, without blank ones and without a line that repeats the one before."""
        lines = [line.strip() for line in text[self.start : self.end].splitlines()]
        lines = [line for line in lines if line]
        return [line for place, line in enumerate(lines) if place == 0 or line != lines[place - 1]]


def label_field(line: str) -> str | None:
    """The field whose heading a line is, or None."""
    if len(line) > 80:
        return None
    words = re.sub(r"\s+", " ", line.strip(" \t:：#*•-")).lower()
    if found := _FIELD.get(words):
        return found
    return "other" if re.fullmatch(r"[a-z]+(?:_[a-z]+)+", line.strip()) else None


def read_parts(text: str) -> list[Part]:
    """The parts of a page in order; what stands before the first heading has the field "top"."""
    parts: list[Part] = []
    field, heading, start = "top", "", 0
    at = 0
    for raw in text.splitlines(keepends=True):
        begin, at = at, at + len(raw)
        line = raw.strip()
        if not line:
            continue
        known = None if _is_value(field, line) and not text[start:begin].strip() else label_field(line)
        if known in _IN_CRITERIA and field == "criteria" and not line.endswith(":") and _criteria_go_on(text, at):
            known = None
        if known is None and field != "criteria" and _opens_criteria(line):
            parts.append(Part(field, heading, start, begin))
            field, heading, start = "criteria", line, begin
            continue
        if known is not None:
            parts.append(Part(field, heading, start, begin))
            field, heading, start = known, line, at
            continue
        bare = _BARE_AGES.match(raw) if field != "criteria" else None
        inline = bare or _INLINE.match(raw) if field != "criteria" or begin > start else None
        named = label_field(inline[1]) if inline else None
        if inline and named and named not in ("other", "criteria", "end", "group") and _takes(named, inline, field):
            parts.append(Part(field, heading, start, begin))
            value = begin + inline.start(2)
            parts.append(Part(named, inline[1], value, value + len(inline[2].rstrip())))
            field, heading, start = "loose", "", at
    parts.append(Part(field, heading, start, len(text)))
    return [part for part in parts if part.field != "loose" or text[part.start : part.end].strip()]


def _is_value(field: str, line: str) -> bool:
    """A line such as TREATMENT below "Primary Purpose" is the value of that field and not a heading."""
    kind = {"phases": "phase"}.get(field, field)
    return kind in SETS and canonical(kind, line)[1]


def _opens_criteria(line: str) -> bool:
    found = read_heading(line)
    if found is not None:
        return True
    lead = re.match(r"\s*(?:key |main )?(?:in|ex)clusion criteria\s*[:：]", line, re.IGNORECASE)
    return bool(lead)


def _takes(field: str, inline: re.Match[str], current: str) -> bool:
    """A label with its value on one line; within criteria only those that no criterion begins with."""
    if current == "criteria":
        if field == "phases":
            return read_phases(inline[2])[1]
        if field in SETS:
            return canonical(field, inline[2])[1]
        return field in _ONE_LINE - {"ages"} and len(inline[2]) < 40
    return field in _ONE_LINE or current in ("top", "loose", "group")


def _criteria_go_on(text: str, at: int) -> bool:
    """Whether the next lines are still items of a list: a subheading inside criteria, not a new part."""
    following = [line.strip() for line in text[at : at + 400].splitlines() if line.strip()][:2]
    return any(re.match(r"[*•‣⁃∙\-]|\(?\d{1,2}[.)、]", line) for line in following)
