# ruff: noqa: E501
"""Documents of one invented trial in the layouts of several sites, in our own words."""

FULL = """CD19 CAR-T Cells (Testa-cel) in Active Lupus of Adults

NCT ID: NCT09000001

Last Updated: 2024-05-06

Study Results

Results pending

Nothing has been published for this trial so far.

Basic Information

Get the main facts of the trial at one glance.

Recruitment Status

RECRUITING

Clinical Phase

PHASE1/PHASE2

Total Enrollment

20 participants

Study Classification

INTERVENTIONAL

Study Start Date

2024-02

Study Completion Date

2026-12-31

Brief Summary

Review the words of the sponsor.

An open-label, single-arm study of Testa-cel in adults with lupus.

Detailed Description

Dive into the background.

Three dose levels are planned (10x106 CAR+ T cells as the back up dose, 20x106 CAR+ T cells as the starting dose, 40x106(or 60 x106CAR+ T cells). A 3+3 design is used.

Conditions

See what is studied.

Systemic Lupus Erythematosus

Study Design

Understand how the trial is built.

Allocation Method

NA

Intervention Model

SINGLE_GROUP

Primary Study Purpose

TREATMENT

Blinding Strategy

NONE

Study Groups

Review each arm of the study.

Testa-cel in three doses

Group Type EXPERIMENTAL

Testa-cel

Intervention Type BIOLOGICAL

Cells against CD19

Interventions

Learn about what is given.

Testa-cel

Cells against CD19

Intervention Type BIOLOGICAL

Eligibility Criteria

Check the rules of participation.

Inclusion Criteria

1. Consent is given in writing.
2. Age at least 18 years and at most 65 years.
3. Lupus was active for two months on therapy.

Steroids must meet the following requirements:

1. Prednisone \\>= 5 mg/day.
2. Dose stable for \\> 2 weeks.

4\\. Antibodies against dsDNA are positive.

Exclusion Criteria

1. Kidney disease with creatinine \\> 2.5 mg/dL.
2. Stem cell transplantation.
Minimum Eligible Age

18 Years

Maximum Eligible Age

65 Years

Eligible Sex

ALL

Accepts Healthy Volunteers

No

Sponsors

Meet the organizations behind the study.

Testing Cells Ltd.

INDUSTRY

Sponsor Role lead

Responsible Party

Identify who is responsible.

Responsibility Role SPONSOR

Principal Investigators

Learn about the researchers.

Ada Example, MD

Role: PRINCIPAL_INVESTIGATOR

Example University Hospital

Locations

Explore where the study takes place.

Testing Clinic

Springfield, , Canada

Site Status RECRUITING

Countries

Review the countries.

Canada

Central Contacts

Reach out to the study.

Study Desk

Role: CONTACT

+1 555 0100 200

Facility Contacts

Find the people of a site.

Clinic Desk

Role: backup desk

References

Explore the publications.

Example A, Other B. Cells in lupus. J Tests. 2024;1:1-2. doi: 10.1000/test.2024.1. Epub.

Reference Type RESULT
PMID: 12345678 (View on PubMed)

Other Identifiers

Review other numbers.

TEST-001

Identifier Type: -

Identifier Source: org_study_id

Funding Notes

More Related Trials

Additional trials that may be of interest.
"""

SUMMARY = """CD19 CAR-T Cells (Testa-cel) in Active Lupus of Adults
Systemic Lupus Erythematosus
About this trial
This is an interventional treatment trial for Systemic Lupus Erythematosus focused on measuring Testa-cel, CAR-T
Eligibility Criteria
Inclusion Criteria: Consent is given in writing. Age at least 18 years and at most 65 years. Lupus was active for two months \
on therapy. Steroids must meet the following requirements: Prednisone >= 5 mg/day. Dose stable for > 2 weeks. 4. Antibodies \
against dsDNA are positive. Exclusion Criteria: Kidney disease with creatinine > 2.5 mg/dL. Stem cell transplantation.
Sites / Locations
- Testing ClinicRecruiting
Arms of the Study
Arm 1
Experimental
Testa-cel in three doses
"""

WEB = """<!DOCTYPE html><html><head><title>A trial - a site</title><script>var a = "Inclusion Criteria: none";</script></head>
<body><nav>Log in</nav><h1>CD19 CAR-T Cells (Testa-cel) in Active Lupus of Adults</h1>
<h2>Status</h2><p>Recruiting</p><h2>Enrollment</h2><p>20</p><h2>Eligibility Criteria</h2>
<h3>Inclusion Criteria</h3><ul><li>Age &ge; 18 years</li><li>One of:<ol><li>rash</li><li>arthritis</li></ol></li></ul>
<h3>Exclusion Criteria</h3><ul><li>Pregnancy</li></ul></body></html>"""

V2 = {
    "protocolSection": {
        "identificationModule": {
            "nctId": "NCT09000001",
            "orgStudyIdInfo": {"id": "TEST-001"},
            "secondaryIdInfos": [{"id": "2024-000001-11", "type": "EUDRACT_NUMBER"}],
            "briefTitle": "CD19 CAR-T Cells (Testa-cel) in Active Lupus of Adults",
            "officialTitle": "A Phase 1/2 Study of Testa-cel",
            "acronym": "TESTA",
        },
        "statusModule": {
            "overallStatus": "RECRUITING",
            "startDateStruct": {"date": "2024-02", "type": "ACTUAL"},
            "completionDateStruct": {"date": "2026-12-31"},
            "lastUpdatePostDateStruct": {"date": "2024-05-06"},
            "statusVerifiedDate": "2024-05",
        },
        "sponsorCollaboratorsModule": {
            "leadSponsor": {"name": "Testing Cells Ltd.", "class": "INDUSTRY"},
            "collaborators": [{"name": "Example University", "class": "OTHER"}],
        },
        "descriptionModule": {"briefSummary": "An open-label study.", "detailedDescription": "Flat dose of 20x10^6 cells."},
        "conditionsModule": {"conditions": ["Systemic Lupus Erythematosus"], "keywords": ["CD19"]},
        "designModule": {
            "studyType": "INTERVENTIONAL",
            "phases": ["PHASE1", "PHASE2"],
            "designInfo": {
                "allocation": "NA",
                "interventionModel": "SINGLE_GROUP",
                "primaryPurpose": "TREATMENT",
                "maskingInfo": {"masking": "NONE", "whoMasked": []},
            },
            "enrollmentInfo": {"count": 20, "type": "ESTIMATED"},
        },
        "armsInterventionsModule": {
            "armGroups": [
                {"label": "Cells", "type": "EXPERIMENTAL", "description": "one", "interventionNames": ["Biological: Testa-cel"]}
            ],
            "interventions": [{"type": "BIOLOGICAL", "name": "Testa-cel", "description": "Cells against CD19"}],
        },
        "outcomesModule": {"primaryOutcomes": [{"measure": "DLT", "timeFrame": "28 days"}]},
        "eligibilityModule": {
            "eligibilityCriteria": "Inclusion Criteria:\n\n* Age \\>= 18 years\n\nExclusion Criteria:\n\n* Pregnancy",
            "healthyVolunteers": False,
            "sex": "ALL",
            "minimumAge": "18 Years",
            "maximumAge": "65 Years",
            "stdAges": ["ADULT"],
        },
        "contactsLocationsModule": {
            "centralContacts": [{"name": "Study Desk", "role": "CONTACT", "phone": "555", "phoneExt": "7", "email": "a@b.org"}],
            "overallOfficials": [{"name": "Ada Example", "role": "PRINCIPAL_INVESTIGATOR", "affiliation": "Example Hospital"}],
            "locations": [
                {"facility": "Testing Clinic", "city": "Springfield", "country": "Canada", "status": "RECRUITING",
                 "contacts": [{"name": "Clinic Desk", "role": "CONTACT"}]}
            ],
        },
        "referencesModule": {"references": [{"pmid": "12345678", "type": "RESULT", "citation": "X. doi: 10.1000/x.1."}]},
        "ipdSharingStatementModule": {"ipdSharing": "NO"},
    },
    "hasResults": False,
}  # fmt: skip

V1 = {
    "FullStudiesResponse": {
        "APIVrs": "1.01.05",
        "FullStudies": [
            {
                "Rank": 1,
                "Study": {
                    "ProtocolSection": {
                        "IdentificationModule": {
                            "NCTId": "NCT09000001",
                            "OrgStudyIdInfo": {"OrgStudyId": "TEST-001"},
                            "BriefTitle": "CD19 CAR-T Cells (Testa-cel) in Active Lupus of Adults",
                        },
                        "StatusModule": {
                            "OverallStatus": "Active, not recruiting",
                            "StartDateStruct": {"StartDate": "February 2024"},
                            "LastUpdatePostDateStruct": {"LastUpdatePostDate": "May 6, 2024"},
                        },
                        "SponsorCollaboratorsModule": {
                            "LeadSponsor": {"LeadSponsorName": "Testing Cells Ltd.", "LeadSponsorClass": "INDUSTRY"}
                        },
                        "ConditionsModule": {"ConditionList": {"Condition": ["Systemic Lupus Erythematosus"]}},
                        "DesignModule": {
                            "StudyType": "Interventional",
                            "PhaseList": {"Phase": ["Phase 1", "Phase 2"]},
                            "DesignInfo": {
                                "DesignAllocation": "Non-Randomized",
                                "DesignInterventionModel": "Single Group Assignment",
                                "DesignPrimaryPurpose": "Treatment",
                                "DesignMaskingInfo": {"DesignMasking": "None (Open Label)"},
                            },
                            "EnrollmentInfo": {"EnrollmentCount": "20", "EnrollmentType": "Anticipated"},
                        },
                        "ArmsInterventionsModule": {
                            "ArmGroupList": {
                                "ArmGroup": [
                                    {
                                        "ArmGroupLabel": "Cells",
                                        "ArmGroupType": "Experimental",
                                        "ArmGroupInterventionList": {"ArmGroupInterventionName": ["Biological: Testa-cel"]},
                                    }
                                ]
                            },
                            "InterventionList": {
                                "Intervention": [{"InterventionType": "Biological", "InterventionName": "Testa-cel"}]
                            },
                        },
                        "EligibilityModule": {
                            "EligibilityCriteria": "Inclusion Criteria:\n\nAdult\nActive disease\n\nExclusion Criteria:\n\nPregnancy",
                            "HealthyVolunteers": "No",
                            "Gender": "All",
                            "MinimumAge": "18 Years",
                        },
                        "ContactsLocationsModule": {
                            "LocationList": {
                                "Location": [{"LocationFacility": "Testing Clinic", "LocationCity": "Springfield",
                                              "LocationCountry": "Canada"}]
                            }
                        },
                        "ReferencesModule": {
                            "ReferenceList": {"Reference": [{"ReferencePMID": "12345678", "ReferenceType": "result"}]}
                        },
                    }
                },
            }
        ],
    }
}  # fmt: skip
