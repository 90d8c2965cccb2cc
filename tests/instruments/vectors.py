"""Rows of the collected test vectors, put into the words of `score`; each convention of a source is named here.

The rows lie beside the repository and are not part of it; without them the tests that use them are skipped.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "instruments"


@dataclass(frozen=True)
class Row:
    """One row: what is given, and how it is scored."""

    number: int
    instrument: str
    inputs: dict[str, Any]
    expected: str
    source: str


@dataclass(frozen=True)
class Case:
    """What `score` is asked."""

    name: str
    given: dict[str, Any]
    parameters: dict[str, Any] = field(default_factory=dict)
    missing: str = "interval"


@cache
def rows() -> tuple[Row, ...]:
    path = FOLDER / "test_vectors.csv"
    if not path.exists():
        return ()
    with path.open(encoding="utf-8") as file:
        read = csv.DictReader(file)
        return tuple(
            Row(i, r["instrument"], json.loads(r["inputs"]), r["expected"], r["source"]) for i, r in enumerate(read, 2)
        )


CTCAE = {
    "Anemia": ("anemia", "hemoglobin"),
    "Lymphocyte count decreased": ("lymphocytes_decreased", "lymphocytes"),
    "Neutrophil count decreased": ("neutrophils_decreased", "neutrophils"),
    "Platelet count decreased": ("platelets_decreased", "platelets"),
    "White blood cell decreased": ("white_cells_decreased", "wbc"),
    "Alanine aminotransferase increased": ("alt_increased", "alt"),
    "Aspartate aminotransferase increased": ("ast_increased", "ast"),
    "Blood bilirubin increased": ("bilirubin_increased", "total_bilirubin"),
    "Creatinine increased": ("creatinine_increased", "creatinine"),
    "Fibrinogen decreased": ("fibrinogen_decreased", "fibrinogen"),
    "INR increased": ("inr_increased", "inr"),
}
UNITS = {"G/L": "g/L", "g/L": "g/L", "10^9/L": "10*9/L", "g/dL": "[arb'U]", "G/cL": "G/cL", None: None}
"""Spellings of admiral; its fibrinogen and hemoglobin terms take g/L only, so that g/dL there is a mismatch."""


def ctcae(row: Row) -> Case:
    given = row.inputs
    name, concept = CTCAE[given["term"]]
    value: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    if "HGB_g_dL" in given:
        return Case("ctcae_5_anemia", {"hemoglobin": {"value": given["HGB_g_dL"], "unit": "g/dL", "low": given["LLN"]}})
    if "AVAL_10e9_L" in given:
        return Case("ctcae_5_neutrophils_decreased", {"neutrophils": {"value": given["AVAL_10e9_L"], "unit": "10*9/L"}})
    value = {
        "value": given.get("AVAL"),
        "low": given.get("ANRLO"),
        "high": given.get("ANRHI", given.get("ULN")),
    }
    if "AVALU" in given and concept != "inr":  # an INR has no unit
        value["unit"] = UNITS[given["AVALU"]]
    facts[concept] = {k: v for k, v in value.items() if v is not None or k == "unit"}
    base = given.get("BASE")
    if base is not None:
        facts[f"{concept} at baseline"] = {"value": base} | ({"high": value["high"]} if value["high"] else {})
    if concept == "fibrinogen":
        change = given.get("PCHG")
        if change is None:  # the source leaves the limb out where no change is given
            parameters["ignore_baseline"] = 1
        elif value["value"] is not None:
            facts["fibrinogen at baseline"] = {"value": value["value"] / (1 + change / 100), "unit": "g/L"}
    if concept == "inr":  # the source applies the multiples of baseline to everybody
        parameters["baseline_always"] = 1
    return Case(f"ctcae_5_{name}", facts, parameters)


def kidney(row: Row) -> Case:
    given, facts, parameters = row.inputs, {}, {}
    number = given["creatinine"]
    value, unit = number if isinstance(number, list) else (number, given["unit"])
    facts["creatinine"] = {"value": value, "unit": unit.replace("µ", "u")}
    facts["age"] = given["age"][0] if isinstance(given["age"], list) else given["age"]
    facts["sex"] = {"M": "male", "F": "female"}[given["sex"][0]]
    if "weight_kg" in given:
        facts["weight"] = given["weight_kg"]
    if "weight" in given:  # MedCalc-Bench: ideal or adjusted weight by body mass index
        facts["weight"], facts["height"] = given["weight"][0], given["height"][0]
        parameters["weight_used"] = "adjusted_body_weight"
    if "black" in str(given.get("race", given.get("Race", ""))).lower():
        parameters["race_factor"] = "1.212"
    return Case(row.instrument, facts, parameters)


def sledai(row: Row) -> Case:
    from trialwright.catalog import load_catalog

    present = row.inputs["present"]
    items = [item.id for item in load_catalog().instruments["sledai_2k"].items]
    return Case("sledai_2k", {item: present == "ALL_24" or item in present for item in items})


EULAR = {"c3_or_c4": "one_complement_low", "c3_and_c4": "both_complements_low"}


def eular(row: Row) -> Case:
    from trialwright.catalog import load_catalog

    present = {EULAR.get(item, item) for item in row.inputs.get("present", [])}
    items = [item.id for item in load_catalog().instruments["eular_acr_2019_sle"].items]
    assert present <= set(items), present
    return Case("eular_acr_2019_sle", {i: i in present for i in items} | {"eular_acr_2019_ana": row.inputs["ana"]})


SSC = {
    "skin_thickening_proximal_to_mcp": "skin_proximal_mcp",
    "ssc_antibody": "autoantibodies",
    "abnormal_nailfold": "nailfold",
}


def ssc(row: Row) -> Case:
    from trialwright.catalog import load_catalog

    present = {SSC.get(item, item) for item in row.inputs}
    items = [item.id for item in load_catalog().instruments["acr_eular_2013_ssc"].items]
    assert present <= set(items), present
    given: dict[str, Any] = {item: item in present for item in items}
    return Case("acr_eular_2013_ssc", given | {"acr_eular_2013_skin_proximal_mcp": "skin_proximal_mcp" in present})


def criss(row: Row) -> Case:
    given = row.inputs
    if "step1" in given:
        return Case("acr_criss", {"criss_event": True})
    facts: dict[str, Any] = {"criss_event": False}
    for concept, change, start in (
        ("mrss", given["d_mrss"], 20),
        ("fvc_percent_predicted", given["d_fvc_pct_pred"], 80),
        ("ssc_patient_global", given["d_patient_global_0_10"], 5),
        ("ssc_physician_global", given["d_physician_global_0_10"], 5),
        ("haq_di", given["d_haq_di"], 1.5),
    ):
        facts[concept], facts[f"{concept} at baseline"] = round(start + change, 6), start
    return Case("acr_criss", facts)


def crs(row: Row) -> Case:
    present = set(row.inputs["present"])
    pressure = {"hypotension_no_vasopressor": "no_vasopressor"}
    found = [pressure.get(p, p) for p in present if "vasopressor" in p]
    oxygen = [p.removesuffix("_o2") for p in present if "o2" in p or p == "positive_pressure"]
    facts = {
        "crs_fever": "fever" in present,
        "crs_fever_suppressed": False,
        "crs_hypotension": found[0] if found else "none",
        "crs_hypoxia": oxygen[0] if oxygen else "none",
        "crs_death": False,
    }
    gate = {} if "fever" in present or not present else {"fever_gate": 0}  # the source has no gate
    return Case("astct_crs", facts, gate)


ICANS = {
    "awakens_to_voice": "voice",
    "awakens_to_tactile": "tactile",
    "brief_resolving": "brief",
    "prolonged_gt_5min": "prolonged",
    "focal_edema": "focal",
    "diffuse_edema": "diffuse",
}


def icans(row: Row) -> Case:
    given = row.inputs  # what the source leaves out is normal there
    return Case(
        "astct_icans",
        {
            "ice_score": given.get("ice", 10),
            "icans_consciousness": ICANS.get(given.get("consciousness"), given.get("consciousness", "awake")),
            "icans_seizure": ICANS.get(given.get("seizure"), "none"),
            "icans_motor": given.get("motor") == "deep_focal_weakness",
            "icans_edema": ICANS.get(given.get("icp"), "none"),
            "icans_death": False,
        },
    )


def lldas(row: Row) -> Case:
    given = row.inputs
    facts = {"sledai_2k_total": given["sledai_2k"], "pga": given["pga_0_3"], "prednisone": given["pred_mg"]}
    items = {
        "no_major_organ": not given["major_organ"],
        "no_new_features": not given["new_activity"],
        "treatment": given["is_standard_stable"],
    }
    return Case("lldas_oon", facts | items)


def doris(row: Row) -> Case:
    given = row.inputs
    items = {"clinical_sledai": given["clinical_sledai"] == 0, "treatment": True}
    return Case("doris_2021", {"pga": given["pga_0_3"], "prednisone": given["pred_mg"]} | items)


def sri(row: Row) -> Case:
    given = row.inputs
    facts = {
        "selena_sledai_total at baseline": 12,
        "selena_sledai_total": 12 + given["d_sledai"],
        "bilag_new_a": given["new_bilag_A"],
        "bilag_new_b": given["new_bilag_B"],
        "pga at baseline": 1.0,
        "pga": 1.0 + given["d_pga_0_3"],
    }
    return Case("sri_4", facts)


def renal(row: Row) -> Case:
    given = row.inputs
    name = {"BLISS-LN CRR": "bliss_ln_crr", "BLISS-LN PERR": "bliss_ln_perr", "AURORA CRR": "aurora_crr"}[given["rule"]]
    facts = {"upcr": {"value": given["upcr"], "unit": "mg/mg"}, "egfr": given["egfr"]}
    facts |= {"response_treatment_failure": given["rescue"]}
    if name == "aurora_crr":  # the row leaves the limit of glucocorticoids out
        facts |= {"egfr at baseline": given["baseline_egfr"], "glucocorticoid": True}
    else:
        facts |= {"egfr_pre_flare": given["preflare_egfr"]}
    return Case(name, facts)


def mrss(row: Row) -> Case:
    from trialwright.catalog import load_catalog

    grade = int(row.inputs["sites"].split("=")[1])
    sites = [item.id for item in load_catalog().instruments["modified_rodnan_skin_score"].items]
    return Case("modified_rodnan_skin_score", {f"mrss_{site}": grade for site in sites})


def upcr(row: Row) -> Case:
    given = row.inputs
    if "urine_protein_mg_dl" in given:
        parts = {
            "urine_protein": {"value": given["urine_protein_mg_dl"], "unit": "mg/dL"},
            "urine_creatinine": {"value": given["urine_creatinine_mg_dl"], "unit": "mg/dL"},
        }
        return Case("upcr_best", parts)
    ratio = {"upcr": {"value": given["upcr_mg_per_mmol"], "unit": "mg/mmol"}}
    if "creatinine_excretion_mmol_day" in given:
        out = {"value": given["creatinine_excretion_mmol_day"], "unit": "mmol/d"}
        return Case("protein_excretion_from_ratio", ratio | {"urine_creatinine_24h": out})
    return Case("upcr_best", ratio)


def prednisone(row: Row) -> Case:
    return Case("prednisone_equivalent", {row.inputs["drug"]: row.inputs["mg"]})


def steroid(row: Row) -> Case:
    """From one drug to prednisone; the target's own equivalent divides it in the test."""
    drug, dose, _ = row.inputs["input steroid"]
    route = "intravenous" if drug.endswith("IV") else "oral"
    return Case("prednisone_equivalent_bnf", {drug.split()[0].lower(): {"value": dose, "route": route}})


CASES = {
    "ctcae_v5_labs": ctcae,
    "ckd_epi_2021": kidney,
    "cockcroft_gault": kidney,
    "mdrd": kidney,
    "sledai_2k": sledai,
    "eular_acr_2019_sle": eular,
    "acr_eular_2013_ssc": ssc,
    "acr_criss": criss,
    "astct_crs": crs,
    "astct_icans": icans,
    "lldas": lldas,
    "doris_2021": doris,
    "sri4": sri,
    "renal_response": renal,
    "mrss": mrss,
    "upcr_conversion": upcr,
    "prednisone_equivalent": prednisone,
    "steroid_conversion": steroid,
}


def named(instrument: str) -> Iterator[Row]:
    yield from (row for row in rows() if row.instrument == instrument)
