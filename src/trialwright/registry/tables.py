"""Trials as rows: CSV downloads of a registry, flat JSON objects, and lists of (number, eligibility text).

Columns go by the registry's field names (NCTId, BriefTitle, LastUpdatePostDate ...) or the labels of its download
("NCT Number", "Study Title"); columns without a field are kept as sections.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import Any

from trialwright.errors import TrialwrightError
from trialwright.registry.criteria import read_criteria
from trialwright.registry.gather import Gather
from trialwright.registry.records import Intervention, Location, Outcome, Record, Section, Sponsor

_COLUMNS = {
    "nct_id": ("nctid", "nctnumber", "trialid"),
    "title": ("brieftitle", "studytitle", "title"),
    "official_title": ("officialtitle",),
    "acronym": ("acronym",),
    "brief_summary": ("briefsummary", "summary"),
    "detailed_description": ("detaileddescription",),
    "study_type": ("studytype",),
    "status": ("overallstatus", "studystatus", "status"),
    "why_stopped": ("whystopped",),
    "phases": ("phase", "phases"),
    "enrollment": ("enrollmentcount", "enrollment"),
    "enrollment_type": ("enrollmenttype",),
    "start_date": ("startdate",),
    "completion_date": ("completiondate",),
    "last_update": ("lastupdatepostdate", "lastupdateposted", "lastupdate"),
    "conditions": ("conditions", "condition"),
    "keywords": ("keywords",),
    "interventions": ("interventions",),
    "countries": ("countries",),
    "sponsor": ("leadsponsor", "sponsor", "leadsponsorname"),
    "sponsor_class": ("leadsponsorclass", "sponsorclass", "fundertype"),
    "collaborators": ("collaborators",),
    "sex": ("sex", "gender"),
    "minimum_age": ("minimumage", "minage"),
    "maximum_age": ("maximumage", "maxage"),
    "healthy_volunteers": ("healthyvolunteers",),
    "allocation": ("allocation",),
    "intervention_model": ("interventionmodel",),
    "primary_purpose": ("primarypurpose",),
    "masking": ("masking",),
    "criteria": ("eligibilitycriteria", "eligibilitytext", "criteria"),
    "primary": ("primaryendpoints", "primaryoutcomemeasures", "primaryoutcomes"),
    "secondary": ("secondaryoutcomemeasures", "secondaryoutcomes"),
    "locations": ("locations",),
}
_FIELDS = {column: field for field, columns in _COLUMNS.items() for column in columns}


def is_table(text: str) -> bool:
    """Whether the first line is a CSV header that names registry numbers."""
    first = text[:4000].lstrip().split("\n", 1)[0]
    names = {_key(name) for name in first.split("\t" if "\t" in first else ",")}
    return bool(names & set(_COLUMNS["nct_id"])) and len(names) > 3


def read_table(text: str, name: str) -> list[Record]:
    """One record for each row of a CSV or tab-separated download, each with its own findings."""
    first = text.lstrip().split("\n", 1)[0]
    limit = csv.field_size_limit(50_000_000)
    records: list[Record] = []
    try:
        for row in csv.DictReader(io.StringIO(text.lstrip()), delimiter="\t" if "\t" in first else ","):
            if any(row.values()):
                gather = Gather(f"{name} row {len(records) + 2}", [])
                records.append(replace(read_row(dict(row), gather), findings=tuple(gather.findings)))
    except csv.Error as error:
        raise TrialwrightError(
            f"{name} row {len(records) + 2} is not a row of a table ({error}); save it again"
        ) from None
    finally:
        csv.field_size_limit(limit)
    return records


def is_row(value: Any) -> bool:
    """Whether a JSON object is one flat trial: it has a registry number or an eligibility text."""
    return isinstance(value, dict) and bool(
        {_key(name) for name in value} & {"nctid", "nctnumber", "eligibilitytext", "eligibilitycriteria"}
    )


def read_row(row: dict[Any, Any], gather: Gather) -> Record:
    """The record of one row."""
    cells: dict[str, Any] = {}
    rest: list[Section] = []
    for name, value in row.items():
        field = _FIELDS.get(_key(str(name)))
        if field is not None and field not in cells:
            cells[field] = value
        elif value not in (None, "", [], {}):
            rest.append(Section(str(name), value if isinstance(value, str) else str(value)))
    text = gather.text(cells.get("criteria"), "eligibility criteria") or ""
    criteria, doubts = read_criteria(text)
    for doubt in doubts:
        gather.note(doubt.severity, doubt.where, doubt.message)
    sponsors = [Sponsor(name, gather.enum("sponsor_class", cells.get("sponsor_class"), "sponsor class"), "lead")
                for name in [gather.text(cells.get("sponsor"), "sponsor")] if name]  # fmt: skip
    sponsors += [Sponsor(name, None, "collaborator") for name in _list(cells.get("collaborators"), gather)]
    countries = _list(cells.get("countries"), gather)
    return Record(
        nct_id=gather.nct_id(cells.get("nct_id"), "registry number"),
        title=gather.text(cells.get("title"), "title"),
        official_title=gather.text(cells.get("official_title"), "official title"),
        acronym=gather.text(cells.get("acronym"), "acronym"),
        brief_summary=gather.text(cells.get("brief_summary"), "summary"),
        detailed_description=gather.text(cells.get("detailed_description"), "description"),
        study_type=gather.enum("study_type", cells.get("study_type"), "study type"),
        status=gather.enum("status", cells.get("status"), "status"),
        why_stopped=gather.text(cells.get("why_stopped"), "why stopped"),
        phases=gather.phases(_list(cells.get("phases"), gather), "phase"),
        enrollment=gather.count(cells.get("enrollment"), "enrollment"),
        enrollment_type=gather.enum("enrollment_type", cells.get("enrollment_type"), "enrollment type"),
        start_date=gather.date(cells.get("start_date"), "start date"),
        completion_date=gather.date(cells.get("completion_date"), "completion date"),
        last_update=gather.date(cells.get("last_update"), "last update"),
        conditions=_list(cells.get("conditions"), gather),
        keywords=_list(cells.get("keywords"), gather),
        sex=gather.enum("sex", cells.get("sex"), "sex"),
        minimum_age=gather.age(cells.get("minimum_age"), "minimum age"),
        maximum_age=gather.age(cells.get("maximum_age"), "maximum age"),
        healthy_volunteers=gather.truth(cells.get("healthy_volunteers"), "healthy volunteers"),
        allocation=gather.enum("allocation", cells.get("allocation"), "allocation"),
        intervention_model=gather.enum("intervention_model", cells.get("intervention_model"), "intervention model"),
        primary_purpose=gather.enum("primary_purpose", cells.get("primary_purpose"), "primary purpose"),
        masking=gather.enum("masking", cells.get("masking"), "masking"),
        interventions=tuple(_intervention(name) for name in _list(cells.get("interventions"), gather)),
        outcomes=tuple(
            Outcome(rank, measure) for rank in ("primary", "secondary") for measure in _list(cells.get(rank), gather)
        ),
        sponsors=tuple(sponsors),
        locations=tuple(Location(None, country=country) for country in countries),
        countries=countries,
        criteria=criteria,
        criteria_text=text,
        sections=tuple(rest),
    )


def _key(name: str) -> str:
    return re.sub(r"[^a-z]", "", str(name).lower())


def _list(value: Any, gather: Gather) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        value = value.split("|")
    if isinstance(value, dict) or not hasattr(value, "__iter__"):
        value = [value]
    return tuple(text for item in value if (text := gather.text(item, "list")))


def _intervention(text: str) -> Intervention:
    kind, colon, name = text.partition(": ")
    if colon and re.fullmatch(r"[A-Z][A-Z_ ]+", kind):
        return Intervention(name.strip(), kind.replace(" ", "_"))
    return Intervention(text)
