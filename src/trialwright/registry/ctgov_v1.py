"""ClinicalTrials.gov's older answers (FullStudies, API 1): renamed into the shape of API v2, then read like it.

Every name of v1 repeats the name of its container (`LeadSponsor.LeadSponsorName`) and every list sits in an
`...List`; enumerations are in words ("Single Group Assignment") and dates too ("July 2001").
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

_NAMES = {
    "NCTId": "nctId",
    "OrgStudyId": "id",
    "OrgStudyIdType": "type",
    "SecondaryId": "id",
    "SecondaryIdType": "type",
    "SecondaryIdDomain": "domain",
    "SecondaryIdLink": "link",
    "OrgFullName": "fullName",
    "OrgClass": "class",
    "LeadSponsorName": "name",
    "LeadSponsorClass": "class",
    "CollaboratorName": "name",
    "CollaboratorClass": "class",
    "StartDate": "date",
    "StartDateType": "type",
    "CompletionDate": "date",
    "CompletionDateType": "type",
    "PrimaryCompletionDate": "date",
    "PrimaryCompletionDateType": "type",
    "StudyFirstPostDate": "date",
    "StudyFirstPostDateType": "type",
    "ResultsFirstPostDate": "date",
    "ResultsFirstPostDateType": "type",
    "LastUpdatePostDate": "date",
    "LastUpdatePostDateType": "type",
    "DesignAllocation": "allocation",
    "DesignInterventionModel": "interventionModel",
    "DesignInterventionModelDescription": "interventionModelDescription",
    "DesignPrimaryPurpose": "primaryPurpose",
    "DesignObservationalModel": "observationalModel",
    "DesignTimePerspective": "timePerspective",
    "DesignMaskingInfo": "maskingInfo",
    "DesignMasking": "masking",
    "DesignMaskingDescription": "maskingDescription",
    "EnrollmentCount": "count",
    "EnrollmentType": "type",
    "ArmGroupLabel": "label",
    "ArmGroupType": "type",
    "ArmGroupDescription": "description",
    "InterventionType": "type",
    "InterventionName": "name",
    "InterventionDescription": "description",
    "Gender": "sex",
    "OverallOfficialName": "name",
    "OverallOfficialAffiliation": "affiliation",
    "OverallOfficialRole": "role",
    "CentralContactName": "name",
    "CentralContactRole": "role",
    "CentralContactPhone": "phone",
    "CentralContactPhoneExt": "phoneExt",
    "CentralContactEMail": "email",
    "LocationContactName": "name",
    "LocationContactRole": "role",
    "LocationContactPhone": "phone",
    "LocationContactPhoneExt": "phoneExt",
    "LocationContactEMail": "email",
    "LocationFacility": "facility",
    "LocationStatus": "status",
    "LocationCity": "city",
    "LocationState": "state",
    "LocationZip": "zip",
    "LocationCountry": "country",
    "ReferencePMID": "pmid",
    "ReferenceType": "type",
    "ReferenceCitation": "citation",
    "SeeAlsoLinkLabel": "label",
    "SeeAlsoLinkURL": "url",
    **{f"{rank}Outcome{part}": part[0].lower() + part[1:] for rank in ("Primary", "Secondary", "Other")
       for part in ("Measure", "Description", "TimeFrame")},
}  # fmt: skip

_LISTS = {
    "SecondaryIdInfoList": "secondaryIdInfos",
    "CollaboratorList": "collaborators",
    "ConditionList": "conditions",
    "KeywordList": "keywords",
    "PhaseList": "phases",
    "DesignWhoMaskedList": "whoMasked",
    "ArmGroupList": "armGroups",
    "ArmGroupInterventionList": "interventionNames",
    "InterventionList": "interventions",
    "InterventionArmGroupLabelList": "armGroupLabels",
    "InterventionOtherNameList": "otherNames",
    "PrimaryOutcomeList": "primaryOutcomes",
    "SecondaryOutcomeList": "secondaryOutcomes",
    "OtherOutcomeList": "otherOutcomes",
    "StdAgeList": "stdAges",
    "OverallOfficialList": "overallOfficials",
    "CentralContactList": "centralContacts",
    "LocationList": "locations",
    "LocationContactList": "contacts",
    "ReferenceList": "references",
    "SeeAlsoLinkList": "seeAlsoLinks",
}

_AS_IS = {"ResultsSection", "DerivedSection", "DocumentSection", "AnnotationSection"}


def is_full_studies(document: Any) -> bool:
    """Whether a JSON document is an answer of API 1."""
    return isinstance(document, dict) and ("FullStudiesResponse" in document or "ProtocolSection" in document)


def studies_of_v1(document: Json) -> list[Json]:
    """The studies of an API 1 answer in the shape of API v2; results and derived sections stay as they are."""
    if "ProtocolSection" in document:
        return [_study(document)]
    answer = document["FullStudiesResponse"]
    listed = answer.get("FullStudies") if isinstance(answer, dict) else None
    studies = listed if isinstance(listed, list) else []
    return [_study(item["Study"]) for item in studies if isinstance(item, dict) and isinstance(item.get("Study"), dict)]


def _study(study: Json) -> Json:
    return {
        key[0].lower() + key[1:]: value if key in _AS_IS else _renamed(value) for key, value in study.items() if key
    }


def _renamed(value: Any) -> Any:
    if isinstance(value, list):
        return [_renamed(item) for item in value]
    if not isinstance(value, dict):
        return value
    result: Json = {}
    for key, content in value.items():
        if key.endswith("List") and isinstance(content, dict) and len(content) == 1:
            result[_LISTS.get(key, key[0].lower() + key[1:])] = _renamed(next(iter(content.values())))
        elif key:
            result[_NAMES.get(key, key[0].lower() + key[1:])] = _renamed(content)
    return result
