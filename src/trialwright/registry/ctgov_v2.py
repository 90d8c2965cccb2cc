"""ClinicalTrials.gov API v2: a study, a page of studies, a list, or an answer trimmed to some fields.

Absent modules are normal.  Parts without a field here (results, documents, sharing) are kept as sections.
Source: ClinicalTrials.gov API 2.0.5, OpenAPI schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from trialwright.registry.criteria import read_criteria
from trialwright.registry.gather import Gather, read_doi
from trialwright.registry.records import (
    Arm,
    Contact,
    Intervention,
    Investigator,
    Location,
    OtherId,
    Outcome,
    Record,
    Reference,
    Section,
    Sponsor,
)

Json = dict[str, Any]

_READ = {
    "identificationModule": {"nctId", "orgStudyIdInfo", "secondaryIdInfos", "briefTitle", "officialTitle", "acronym"},
    "statusModule": {
        "overallStatus",
        "whyStopped",
        "startDateStruct",
        "completionDateStruct",
        "lastUpdatePostDateStruct",
    },
    "sponsorCollaboratorsModule": {"leadSponsor", "collaborators"},
    "descriptionModule": {"briefSummary", "detailedDescription"},
    "conditionsModule": {"conditions", "keywords"},
    "designModule": {"studyType", "phases", "designInfo", "enrollmentInfo"},
    "armsInterventionsModule": {"armGroups", "interventions"},
    "outcomesModule": {"primaryOutcomes", "secondaryOutcomes", "otherOutcomes"},
    "eligibilityModule": {"eligibilityCriteria", "healthyVolunteers", "sex", "minimumAge", "maximumAge"},
    "contactsLocationsModule": {"centralContacts", "overallOfficials", "locations"},
    "referencesModule": {"references"},
}


def read_study(study: Json, gather: Gather) -> Record:
    """The record of one study of API v2."""
    protocol = _object(study, "protocolSection", gather)
    identity, status, sponsor, description, conditions, design, arms, outcomes, eligibility, places, references = (
        _object(protocol, module, gather) for module in _READ
    )
    info = _object(design, "designInfo", gather)
    enrollment = _object(design, "enrollmentInfo", gather)
    criteria_text = gather.text(eligibility.get("eligibilityCriteria"), "eligibilityCriteria") or ""
    criteria, doubts = read_criteria(criteria_text, where="eligibilityCriteria")
    for doubt in doubts:
        gather.note(doubt.severity, doubt.where, doubt.message)
    locations, site_contacts = _locations(places, gather)
    return Record(
        nct_id=gather.nct_id(identity.get("nctId"), "identificationModule.nctId"),
        title=gather.text(identity.get("briefTitle"), "briefTitle"),
        official_title=gather.text(identity.get("officialTitle"), "officialTitle"),
        acronym=gather.text(identity.get("acronym"), "acronym"),
        brief_summary=gather.text(description.get("briefSummary"), "briefSummary"),
        detailed_description=gather.text(description.get("detailedDescription"), "detailedDescription"),
        study_type=gather.enum("study_type", design.get("studyType"), "designModule.studyType"),
        status=gather.enum("status", status.get("overallStatus"), "statusModule.overallStatus"),
        why_stopped=gather.text(status.get("whyStopped"), "whyStopped"),
        phases=gather.phases(design.get("phases") or [], "designModule.phases"),
        enrollment=gather.count(enrollment.get("count"), "enrollmentInfo.count"),
        enrollment_type=gather.enum("enrollment_type", enrollment.get("type"), "enrollmentInfo.type"),
        start_date=gather.date(_object(status, "startDateStruct", gather).get("date"), "startDateStruct"),
        completion_date=gather.date(
            _object(status, "completionDateStruct", gather).get("date"), "completionDateStruct"
        ),
        last_update=gather.date(
            _object(status, "lastUpdatePostDateStruct", gather).get("date"), "lastUpdatePostDateStruct"
        ),
        conditions=_texts(conditions, "conditions", gather),
        keywords=_texts(conditions, "keywords", gather),
        sex=gather.enum("sex", eligibility.get("sex"), "eligibilityModule.sex"),
        minimum_age=gather.age(eligibility.get("minimumAge"), "eligibilityModule.minimumAge"),
        maximum_age=gather.age(eligibility.get("maximumAge"), "eligibilityModule.maximumAge"),
        healthy_volunteers=gather.truth(eligibility.get("healthyVolunteers"), "eligibilityModule.healthyVolunteers"),
        allocation=gather.enum("allocation", info.get("allocation"), "designInfo.allocation"),
        intervention_model=gather.enum(
            "intervention_model", info.get("interventionModel"), "designInfo.interventionModel"
        ),
        masking=gather.enum("masking", _object(info, "maskingInfo", gather).get("masking"), "maskingInfo.masking"),
        primary_purpose=gather.enum("primary_purpose", info.get("primaryPurpose"), "designInfo.primaryPurpose"),
        arms=tuple(_arms(arms, gather)),
        interventions=tuple(_interventions(arms, gather)),
        outcomes=tuple(_outcomes(outcomes, gather)),
        sponsors=tuple(_sponsors(sponsor, gather)),
        investigators=tuple(_investigators(places, gather)),
        locations=locations,
        countries=tuple(dict.fromkeys(place.country for place in locations if place.country)),
        contacts=(*_contacts(places, "centralContacts", None, gather), *site_contacts),
        references=tuple(_references(references, gather)),
        other_ids=tuple(_other_ids(identity, gather)),
        criteria=criteria,
        criteria_text=criteria_text,
        sections=tuple(_rest(study, protocol, info)),
    )


def _object(holder: Json, key: str, gather: Gather) -> Json:
    value = holder.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        gather.note("warning", key, f"an object was expected, and {type(value).__name__} stands there; left out")
        return {}
    return value


def _objects(holder: Json, key: str, gather: Gather) -> Iterator[Json]:
    value = holder.get(key)
    if value is None:
        return
    items = value if isinstance(value, list) else [value]
    for place, item in enumerate(items):
        if isinstance(item, dict):
            yield item
        elif item is not None:
            gather.note(
                "warning", f"{key}[{place}]", f"an object was expected, and {item!s:.40} stands there; left out"
            )


def _texts(holder: Json, key: str, gather: Gather) -> tuple[str, ...]:
    value = holder.get(key)
    items = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(text for item in items if (text := gather.text(item, key)))


def _arms(module: Json, gather: Gather) -> Iterator[Arm]:
    for arm in _objects(module, "armGroups", gather):
        yield Arm(
            gather.text(arm.get("label"), "armGroups.label") or "",
            gather.enum("arm_type", arm.get("type"), "armGroups.type"),
            gather.text(arm.get("description"), "armGroups.description"),
            _texts(arm, "interventionNames", gather),
        )


def _interventions(module: Json, gather: Gather) -> Iterator[Intervention]:
    for item in _objects(module, "interventions", gather):
        yield Intervention(
            gather.text(item.get("name"), "interventions.name") or "",
            gather.enum("intervention_type", item.get("type"), "interventions.type"),
            gather.text(item.get("description"), "interventions.description"),
            _texts(item, "otherNames", gather),
        )


def _outcomes(module: Json, gather: Gather) -> Iterator[Outcome]:
    for rank in ("primary", "secondary", "other"):
        for item in _objects(module, f"{rank}Outcomes", gather):
            measure, description, frame = (
                gather.text(item.get(key), f"{rank}Outcomes.{key}") for key in ("measure", "description", "timeFrame")
            )
            yield Outcome(rank, measure or "", description, frame)


def _sponsors(module: Json, gather: Gather) -> Iterator[Sponsor]:
    for key, role in (("leadSponsor", "lead"), ("collaborators", "collaborator")):
        for item in _objects(module, key, gather):
            kind = gather.enum("sponsor_class", item.get("class"), f"{key}.class")
            yield Sponsor(gather.text(item.get("name"), f"{key}.name") or "", kind, role)


def _investigators(module: Json, gather: Gather) -> Iterator[Investigator]:
    for item in _objects(module, "overallOfficials", gather):
        yield Investigator(
            gather.text(item.get("name"), "overallOfficials.name") or "",
            gather.enum("investigator_role", item.get("role"), "overallOfficials.role"),
            gather.text(item.get("affiliation"), "overallOfficials.affiliation"),
        )


def _contacts(holder: Json, key: str, facility: str | None, gather: Gather) -> Iterator[Contact]:
    for item in _objects(holder, key, gather):
        phone = gather.text(item.get("phone"), f"{key}.phone")
        extension = gather.text(item.get("phoneExt"), f"{key}.phoneExt")
        yield Contact(
            gather.text(item.get("name"), f"{key}.name"),
            f"{phone} ext. {extension}" if phone and extension else phone,
            gather.text(item.get("email"), f"{key}.email"),
            gather.enum("contact_role", item.get("role"), f"{key}.role"),
            facility,
        )


def _locations(module: Json, gather: Gather) -> tuple[tuple[Location, ...], tuple[Contact, ...]]:
    locations: list[Location] = []
    contacts: list[Contact] = []
    for item in _objects(module, "locations", gather):
        facility, city, country, state = (
            gather.text(item.get(key), f"locations.{key}") for key in ("facility", "city", "country", "state")
        )
        status = gather.enum("status", item.get("status"), "locations.status")
        locations.append(Location(facility, city, country, status, state))
        contacts += _contacts(item, "contacts", facility or city, gather)
    return tuple(locations), tuple(contacts)


def _references(module: Json, gather: Gather) -> Iterator[Reference]:
    for item in _objects(module, "references", gather):
        citation = gather.text(item.get("citation"), "references.citation")
        kind = gather.enum("reference_type", item.get("type"), "references.type")
        yield Reference(kind, gather.text(item.get("pmid"), "references.pmid"), read_doi(citation), citation)


def _other_ids(module: Json, gather: Gather) -> Iterator[OtherId]:
    own = _object(module, "orgStudyIdInfo", gather)
    if number := gather.text(own.get("id"), "orgStudyIdInfo.id"):
        kind = gather.enum("other_id_type", own.get("type"), "orgStudyIdInfo.type")
        yield OtherId(number, kind or "org_study_id")
    for item in _objects(module, "secondaryIdInfos", gather):
        if number := gather.text(item.get("id"), "secondaryIdInfos.id"):
            kind = gather.enum("other_id_type", item.get("type"), "secondaryIdInfos.type")
            yield OtherId(number, gather.other_id(kind, number, "secondaryIdInfos.id"))


def _rest(study: Json, protocol: Json, info: Json) -> Iterator[Section]:
    """What has no field here, as compact JSON under its own name."""
    for module, content in protocol.items():
        known = _READ.get(module, set())
        left = (
            {key: value for key, value in content.items() if key not in known} if isinstance(content, dict) else content
        )
        if left or (isinstance(content, dict) and module not in _READ):
            yield _section(f"protocolSection.{module}", left)
    known = {"allocation", "interventionModel", "primaryPurpose", "maskingInfo"}
    if design := {key: value for key, value in info.items() if key not in known}:
        yield _section("protocolSection.designModule.designInfo", design)
    masking = info.get("maskingInfo")
    if isinstance(masking, dict) and (more := {key: value for key, value in masking.items() if key != "masking"}):
        yield _section("protocolSection.designModule.designInfo.maskingInfo", more)
    for section, content in study.items():
        if section != "protocolSection":
            yield _section(section, content)


def _section(heading: str, content: Any) -> Section:
    return Section(heading, orjson.dumps(content, default=str).decode())
