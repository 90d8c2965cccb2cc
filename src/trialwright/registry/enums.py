"""The closed sets of ClinicalTrials.gov v2, and how registries and pages spell their members.

Source: ClinicalTrials.gov API 2.0.5, OpenAPI schema.  A value outside its set is kept and gives a finding.
"""

from __future__ import annotations

import re

SETS: dict[str, tuple[str, ...]] = {
    "status": (
        *("ACTIVE_NOT_RECRUITING", "COMPLETED", "ENROLLING_BY_INVITATION", "NOT_YET_RECRUITING", "RECRUITING"),
        *("SUSPENDED", "TERMINATED", "WITHDRAWN", "AVAILABLE", "NO_LONGER_AVAILABLE", "TEMPORARILY_NOT_AVAILABLE"),
        *("APPROVED_FOR_MARKETING", "WITHHELD", "UNKNOWN"),
    ),
    "study_type": ("EXPANDED_ACCESS", "INTERVENTIONAL", "OBSERVATIONAL"),
    "phase": ("NA", "EARLY_PHASE1", "PHASE1", "PHASE2", "PHASE3", "PHASE4"),
    "sex": ("FEMALE", "MALE", "ALL"),
    "sponsor_class": ("NIH", "FED", "OTHER_GOV", "INDIV", "INDUSTRY", "NETWORK", "AMBIG", "OTHER", "UNKNOWN"),
    "allocation": ("RANDOMIZED", "NON_RANDOMIZED", "NA"),
    "intervention_model": ("SINGLE_GROUP", "PARALLEL", "CROSSOVER", "FACTORIAL", "SEQUENTIAL"),
    "primary_purpose": (
        *("TREATMENT", "PREVENTION", "DIAGNOSTIC", "ECT", "SUPPORTIVE_CARE", "SCREENING", "HEALTH_SERVICES_RESEARCH"),
        *("BASIC_SCIENCE", "DEVICE_FEASIBILITY", "OTHER"),
    ),
    "masking": ("NONE", "SINGLE", "DOUBLE", "TRIPLE", "QUADRUPLE"),
    "enrollment_type": ("ACTUAL", "ESTIMATED"),
    "arm_type": (
        *("EXPERIMENTAL", "ACTIVE_COMPARATOR", "PLACEBO_COMPARATOR", "SHAM_COMPARATOR", "NO_INTERVENTION", "OTHER"),
    ),
    "intervention_type": (
        *("BEHAVIORAL", "BIOLOGICAL", "COMBINATION_PRODUCT", "DEVICE", "DIAGNOSTIC_TEST", "DIETARY_SUPPLEMENT"),
        *("DRUG", "GENETIC", "PROCEDURE", "RADIATION", "OTHER"),
    ),
    "investigator_role": ("STUDY_CHAIR", "STUDY_DIRECTOR", "PRINCIPAL_INVESTIGATOR", "SUB_INVESTIGATOR"),
    "contact_role": ("STUDY_CHAIR", "STUDY_DIRECTOR", "PRINCIPAL_INVESTIGATOR", "SUB_INVESTIGATOR", "CONTACT"),
    "reference_type": ("BACKGROUND", "RESULT", "DERIVED"),
    "other_id_type": (
        *("NIH", "FDA", "VA", "CDC", "AHRQ", "SAMHSA", "OTHER_GRANT", "EUDRACT_NUMBER", "CTIS", "REGISTRY", "OTHER"),
        "org_study_id",
    ),
}

_SPELLINGS: dict[str, dict[str, str]] = {
    "status": {
        "ACTIVE": "ACTIVE_NOT_RECRUITING",
        "OPEN": "RECRUITING",
        "OPEN_RECRUITING": "RECRUITING",
        "UNKNOWN_STATUS": "UNKNOWN",
        "NOT_RECRUITING": "ACTIVE_NOT_RECRUITING",
    },
    "phase": {
        "NOT_APPLICABLE": "NA",
        "N_A": "NA",
        "EARLY_PHASE_1": "EARLY_PHASE1",
        "PHASE_0": "EARLY_PHASE1",
        "PHASE0": "EARLY_PHASE1",
    },
    "sex": {"BOTH": "ALL", "ALL_GENDERS": "ALL", "ALL_SEXES": "ALL", "F": "FEMALE", "M": "MALE"},
    "sponsor_class": {"U_S_FED": "FED", "OTHER_U_S_FEDERAL_AGENCY": "FED", "INDIVIDUAL": "INDIV"},
    "allocation": {"NOT_APPLICABLE": "NA", "N_A": "NA", "NONRANDOMIZED": "NON_RANDOMIZED"},
    "intervention_model": {"CROSS_OVER": "CROSSOVER", "SINGLE_ARM": "SINGLE_GROUP"},
    "primary_purpose": {"EDUCATIONAL_COUNSELING_TRAINING": "ECT"},
    "masking": {"OPEN_LABEL": "NONE", "NONE_OPEN_LABEL": "NONE", "SINGLE_BLIND": "SINGLE", "DOUBLE_BLIND": "DOUBLE"},
    "enrollment_type": {"ANTICIPATED": "ESTIMATED", "ESTIMATE": "ESTIMATED"},
    "study_type": {"OBSERVATIONAL_PATIENT_REGISTRY": "OBSERVATIONAL", "EXPANDED_ACCESS_STUDY": "EXPANDED_ACCESS"},
    "intervention_type": {"BIOLOGICAL_VACCINE": "BIOLOGICAL", "COMBINATION": "COMBINATION_PRODUCT"},
    "other_id_type": {
        "REGISTRY_IDENTIFIER": "REGISTRY",
        "OTHER_IDENTIFIER": "OTHER",
        "EUDRACT": "EUDRACT_NUMBER",
        "U_S_NIH_GRANT_CONTRACT": "NIH",
        "OTHER_GRANT_FUNDING_NUMBER": "OTHER_GRANT",
    },
    "contact_role": {"CENTRAL_CONTACT": "CONTACT", "STUDY_PRINCIPAL_INVESTIGATOR": "PRINCIPAL_INVESTIGATOR"},
    "investigator_role": {"STUDY_PRINCIPAL_INVESTIGATOR": "PRINCIPAL_INVESTIGATOR"},
}

_SUFFIXES = {"intervention_model": "_ASSIGNMENT", "sex": "_ONLY"}
_ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4"}


def canonical(kind: str, text: str) -> tuple[str, bool]:
    """The member of a set that a spelling means and True; the text as written and False when there is none."""
    if text in SETS[kind]:
        return text, True
    key = re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")
    key = key.removesuffix(_SUFFIXES.get(kind, ""))
    key = _SPELLINGS.get(kind, {}).get(key, key)
    if kind == "masking" and key.split("_")[0] in SETS[kind]:
        key = key.split("_")[0]
    if key in SETS[kind]:
        return key, True
    return text, False


def read_phases(text: str) -> tuple[tuple[str, ...], bool]:
    """Phases of "PHASE1", "Phase 1/Phase 2", "Phase I-II", "PHASE1|PHASE2", and whether all of it was understood."""
    whole, known = canonical("phase", text.strip())
    if known:
        return (whole,), True
    if re.fullmatch(r"\s*early[ _]phase[ _]?(?:1|I)\s*", text, re.IGNORECASE):
        return ("EARLY_PHASE1",), True
    parts = [part for part in re.split(r"[/|,;&+\-–]|\band\b", text, flags=re.IGNORECASE) if part.strip()]
    phases: list[str] = []
    for part in parts:
        found = re.fullmatch(r"\s*(early[ _])?(?:phase)?[ _]?(1|2|3|4|IV|I{1,3})[ab]?\s*", part, re.IGNORECASE)
        if not found:
            return (text.strip(),), False
        number = _ROMAN.get(found[2].upper(), found[2])
        phases.append("EARLY_PHASE1" if found[1] else f"PHASE{number}")
    return (tuple(dict.fromkeys(phases)), True) if phases else ((text.strip(),), False)
