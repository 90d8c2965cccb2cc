"""Oracles: published (the tables of ../shared/data/population), law (shape of the shipped files)."""

import csv
import gzip
import re
from decimal import Decimal
from pathlib import Path

import pytest

from trialwright.catalog import load_catalog
from trialwright.catalog.load import data_directory
from trialwright.catalog.models.concepts import ROUTES
from trialwright.language.units import canonical, same_dimension

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "population"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/data/population, which is not here")
SAMPLES = "smart-on-fhir/generated-sample-data@25ac8089:R4/SYNTHEA"
VALUE_SETS = "cqframework/ecqm-content-r4-2021@0be9c68:valueset-"
CATEGORY = "medtrack-io/icd_code: children of the category read"
PRODUCTS = "mi-erasmusmc/ema-authorised-to-rxnorm-mappings@9cebb0a:ema-to-rxnorm.tsv"
ATC_LIST = "fabkury/atcd@1e92aec:WHO ATC-DDD 2026-04-25.csv"
READ_ELSEWHERE = ("public list of ", "SNOMED CT editorial guide", "medtrack-io/icd_code@688bfba:lib/codes/codes_z86.ex")

# What each clause of the four trials, and each instrument that they name, is computed from.
NEEDED = {
    "NCT05765006 inclusion": """
        systemic_lupus_erythematosus acr_1997_sle_met standard_sle_regimen glucocorticoid antimalarial nsaid
        azathioprine mycophenolate_mofetil cyclophosphamide methotrexate leflunomide tacrolimus cyclosporine ana
        anti_dsdna anti_smith selena_sledai_total selena_sledai_clinical selena_sledai_low_complement birth sex
    """,
    "NCT05765006 exclusion": """
        protein_24h creatinine hemodialysis prednisone lupus_nephritis neuropsychiatric_lupus hemolytic_anemia
        immune_thrombocytopenia agranulocytosis myocarditis lupus_pneumonitis pulmonary_hemorrhage
        lupus_hepatitis vasculitis stroke cerebral_aneurysm aneurysm epilepsy seizure aphasia brain_injury
        dementia parkinson_disease cerebellar_disease organic_brain_syndrome psychosis cns_disease
        other_autoimmune_disease solid_organ_transplant heart_transplant lung_transplant kidney_transplant
        liver_transplant hematopoietic_stem_cell_transplant iga iga_deficiency
    """,
    "universal": """
        eular_acr_2019_sle_met lupus_nephritis_class renal_biopsy nephritis_activity_index
        nephritis_chronicity_index upcr protein_24h sledai_2k_total cd19_on_b_cells bcma_on_b_cells neutrophils
        hemoglobin platelets alt ast total_bilirubin gilbert_syndrome weight ecog pregnancy_test hcg_blood
        lactation drug_allergy infection fungal_infection bacterial_infection viral_infection encephalitis
        cns_vasculitis heart_failure immunoglobulin_deficiency malignancy end_stage_renal_disease hbsag anti_hbc
        hbv_dna anti_hcv hcv_rna hiv_antibody hiv_rna mental_disorder severe_cognitive_impairment
        trial_participation biologic immunosuppressant conventional_sle_immunomodulator rituximab belimumab
        telitacicept pregnancy fludarabine car_t_infusion active_urinary_sediment urine_rbc
        treatment_non_response relapse_after_remission
    """,
    "IM19": """
        dialysis antimalarial immunosuppressant biologic weight sledai_2k_total lldas_recorded childbearing_potential
        death
    """,
    "systemic sclerosis": """
        diffuse_systemic_sclerosis acr_eular_2013_ssc_met conventional_ssc_therapy tocilizumab mrss fvc
        fvc_percent_predicted dlco dlco_percent_predicted tuberculosis pneumonia vascular_access leukapheresis
        lymphodepletion lymphocytes blood_transfusion platelet_transfusion red_cell_transfusion
        hematopoietic_growth_factor inr pt lvef
    """,
    "instruments": """
        height c3 c4 ch50 wbc urine_wbc urine_rbc_casts urine_heme_granular_casts temperature ck
        direct_antiglobulin_test haptoglobin reticulocytes indirect_bilirubin ldh anticardiolipin_igg
        anti_beta2gp1_igg lupus_anticoagulant syphilis_rpr mean_pulmonary_artery_pressure anti_centromere
        anti_scl70 anti_rna_polymerase_iii mrss_face mrss_left_foot_dorsum sledai_2k_seizure
        sledai_2k_leukopenia selena_sledai_pleurisy eular_acr_2019_acle acr_1997_malar_rash
        acr_eular_2013_sclerodactyly pga lymphopenia
    """,
}


@pytest.mark.parametrize("where", NEEDED)
def test_every_clause_finds_its_concepts(where: str) -> None:
    concepts = load_catalog().concepts
    assert [name for name in NEEDED[where].split() if name not in concepts] == []


def shipped_codes() -> list[tuple[str, str, str]]:
    """System, code and the source named beside it."""
    found = []
    for path in sorted((data_directory() / "concepts").glob("*.yaml")):
        system = ""
        for line in path.read_text("utf-8").splitlines():
            if heading := re.fullmatch(r"      (SNOMED|ICD10CM|LOINC|RxNorm|ATC):", line):
                system = heading[1]
            elif code := re.fullmatch(r'        "([^"]+)": .*  # (.+)', line):
                found.append((system, code[1], code[2]))
    return found


def test_every_code_has_its_source_beside_it() -> None:
    models = load_catalog().models.values()
    listed = sum(len(codes) for m in models for systems in (m.codes, m.broader) for codes in systems.values())
    assert len(shipped_codes()) == listed > 900


@needs_shared
def test_codes_are_those_read_in_a_source() -> None:
    rows = list(csv.DictReader((SHARED / "concepts.csv").open(encoding="utf-8")))
    seen = {(row["system"], row["code"]) for row in rows if row["evidence"] == "seen"}
    elsewhere = (CATEGORY, SAMPLES, "OHDSI/EunomiaDatasets:Synthea27Nj_5.4.zip/CONCEPT.csv", VALUE_SETS)
    elsewhere += (PRODUCTS, ATC_LIST, *READ_ELSEWHERE)
    listed = {(system, code) for system, code, source in shipped_codes() if not source.startswith(elsewhere)}
    assert listed <= seen


@needs_shared
def test_codes_of_the_samples_are_in_the_samples() -> None:
    found: set[str] = set()
    for folder in ("smart_synthea_r4_ndjson", "smart_bulk_10_patients"):
        for path in (SHARED / folder).glob("*.ndjson.gz"):
            found |= set(re.findall(r'"code": ?"([0-9-]+)"', gzip.decompress(path.read_bytes()).decode("utf-8")))
    assert {code for _, code, source in shipped_codes() if source == SAMPLES} <= found


@needs_shared
def test_no_code_that_was_read_is_lost_without_reason() -> None:
    rows = list(csv.DictReader((SHARED / "concepts.csv").open(encoding="utf-8")))
    listed = {(system, code) for system, code, _ in shipped_codes()}
    lost = set()
    for row in rows:
        key = (row["system"], row["code"])
        covered = row["system"] == "ICD10CM" and any(("ICD10CM", row["code"][:n]) in listed for n in range(3, 9))
        if row["evidence"] == "seen" and key not in listed and not covered:
            lost.add(row["code"])
    # a positive antibody test is not the disease; shares of T cells and a panel without value are not used
    assert lost == {"314706002", "8124-0", "8123-2", "8101-8", "85354-9"}


@needs_shared
def test_half_lives_and_equivalents_are_those_of_the_table() -> None:
    concepts = load_catalog().concepts
    for row in csv.DictReader((SHARED / "drug_properties.csv").open(encoding="utf-8")):
        concept = concepts.get(row["drug"].replace(" ", "_"))
        if concept is None or row["evidence"] != "seen":
            continue
        if row["half_life_days"]:
            assert concept.half_life_days == Decimal(row["half_life_days"]), row["drug"]
        if row["prednisone_equivalent_mg_for_5mg"] and row["drug"] != "betamethasone":  # 0.6 of the range 0.6 to 0.75
            equal = Decimal(5) / Decimal(row["prednisone_equivalent_mg_for_5mg"])
            assert concept.equivalents == {"prednisone": equal}, row["drug"]


def test_no_half_life_rests_on_general_knowledge() -> None:
    concepts = load_catalog().concepts
    assert concepts["sarilumab"].half_life_days is None  # no source was read
    assert concepts["anifrolumab"].half_life_days == Decimal("22.4")  # 112 days of wash-out are five of these
    assert concepts["budesonide"].equivalents == {}


def test_default_limits_stand_only_where_assays_agree() -> None:
    with_default = {
        c.id for c in load_catalog().concepts.values() if c.default_low is not None or c.default_high is not None
    }
    agreed = "wbc neutrophils lymphocytes platelets inr total_bilirubin iga igg igm c3 c4"
    assert with_default == set(agreed.split())


def test_units_and_categories_are_usable() -> None:
    for concept in load_catalog().concepts.values():
        if concept.unit is not None:
            assert canonical(concept.unit) == concept.unit
        if concept.domain == "drug":
            assert concept.categories == ROUTES
        assert all(re.fullmatch(r"[A-Za-z0-9_+.-]+", category) for category in concept.categories), concept.id
        if {"positive", "negative"} & set(concept.categories):
            assert concept.categories[:2] == ("positive", "negative")


def test_molar_masses_join_mass_and_amount() -> None:
    concepts = load_catalog().concepts
    for name, unit in {
        "creatinine": "umol/L",
        "total_bilirubin": "umol/L",
        "hemoglobin": "mmol/L",
        "upcr": "mg/mmol",
    }.items():
        concept = concepts[name]
        assert concept.unit is not None
        assert same_dimension(unit, concept.unit, concept.molar_mass)


def test_a_narrow_condition_is_also_its_broad_one() -> None:
    codes = load_catalog().code_map()
    assert dict(codes["ICD10CM", "M32.14"]) == {"lupus_nephritis": True, "systemic_lupus_erythematosus": True}
    assert dict(codes["SNOMED", "128460000"]) == {"diffuse_systemic_sclerosis": True, "systemic_sclerosis": True}


def test_a_broad_code_leaves_the_narrow_condition_unknown() -> None:
    codes = load_catalog().code_map()
    assert dict(codes["SNOMED", "89155008"])["diffuse_systemic_sclerosis"] is False
    assert dict(codes["SNOMED", "89155008"])["systemic_sclerosis"] is True
    assert dict(codes["SNOMED", "90688005"])["end_stage_renal_disease"] is False
    assert dict(codes["SNOMED", "200936003"])["systemic_lupus_erythematosus"] is False
    assert dict(codes["SNOMED", "70995007"])["pulmonary_arterial_hypertension"] is False


def test_drug_induced_lupus_is_not_lupus() -> None:
    assert dict(load_catalog().code_map()["ICD10CM", "M32.0"]) == {"drug_induced_lupus": True}


def test_a_viral_load_in_logarithms_is_never_read_as_one_in_units() -> None:
    codes = load_catalog().code_map()
    for code in ("48398-2", "38180-6", "29541-0", "54206-8"):
        assert not any(certain for _, certain in codes["LOINC", code])


def test_words_of_the_pages_lead_to_concepts() -> None:
    catalog = load_catalog()
    for word, concept in {
        "Beliumab": "belimumab",
        "belizumab": "belimumab",
        "dry syndrome": "sjogren_syndrome",
        "HBcAb": "anti_hbc",
        "SLEDAI-2000": "sledai_2k_total",
        "cyclosporin": "cyclosporine",
    }.items():
        assert catalog.suggestions(word)[0] == concept


def test_the_own_code_system_knows_every_concept() -> None:
    catalog = load_catalog()
    codes = catalog.code_map()
    assert all(codes["trialwright", c.id] == ((c.id, True),) for c in catalog.recordable)
    assert codes["trialwright", "glucocorticoid"] == (("glucocorticoid_unspecified", True),)


def test_the_documentation_lists_every_concept() -> None:
    text = (Path(__file__).parents[2] / "docs" / "catalog.md").read_text("utf-8")
    listed = set(re.findall(r"`([a-z][a-z0-9_]*)`", text.split("## Concept ids")[1]))
    assert listed == set(load_catalog().concepts)
