"""A small vocabulary for the tests of the language: enough of each kind, with round numbers."""

import difflib
from decimal import Decimal

from trialwright.language.parse import parse
from trialwright.language.vocabulary import Concept, Definition

ONE = Decimal(1)


def _concepts():
    yield Concept("birth", "Date of birth", "demographic")
    yield Concept("sex", "Sex", "demographic", categories=("female", "male"))
    for name, label in (
        ("lupus", "Systemic lupus erythematosus"),
        ("malignancy", "Malignancy"),
        ("gilbert_syndrome", "Gilbert syndrome"),
        ("nephritis", "Lupus nephritis"),
        ("diffuse_sclerosis", "Diffuse cutaneous systemic sclerosis"),
        ("limited_sclerosis", "Limited cutaneous systemic sclerosis"),
        ("hemolysis", "Hemolytic anemia"),
    ):
        yield Concept(name, label, "condition")
    yield Concept("renal_biopsy", "Kidney biopsy", "procedure")
    yield Concept("platelet_transfusion", "Platelet transfusion", "procedure")
    yield Concept("car_t_infusion", "CAR-T infusion", "procedure")
    for name, half_life, equivalent in (
        ("prednisone", None, ONE),
        ("prednisolone", None, ONE),
        ("dexamethasone", None, Decimal("6.67")),
        ("budesonide", None, None),
        ("rituximab", Decimal(20), None),
        ("anifrolumab", Decimal("5.1"), None),
        ("novelmab", None, None),
        ("azathioprine", None, None),
        ("methotrexate", None, None),
    ):
        equivalents = {"prednisone": equivalent} if equivalent is not None else {}
        yield Concept(name, name.capitalize(), "drug", "mg/d", half_life_days=half_life, equivalents=equivalents)
    for name, label, members in (
        ("glucocorticoid", "Glucocorticoid", ("prednisone", "prednisolone", "dexamethasone", "budesonide")),
        ("biologic", "Biologic", ("rituximab", "anifrolumab", "novelmab")),
        ("short_biologic", "Biologic", ("rituximab", "anifrolumab")),
        ("immunosuppressant", "Immunosuppressant", ("azathioprine", "methotrexate")),
    ):
        yield Concept(name, label, "drug", "mg/d", members=members)
    signs = ("positive", "negative")
    for name, label, unit, days, extra in (
        ("platelets", "Platelets", "10*9/L", 30, {"default_low": Decimal(150)}),
        ("neutrophils", "Neutrophils", "10*9/L", 30, {}),
        ("creatinine", "Creatinine", "mg/dL", 30, {"molar_mass": Decimal("113.12")}),
        ("bilirubin", "Bilirubin", "mg/dL", 30, {"default_high": Decimal(1)}),
        ("alt", "ALT", "U/L", 30, {}),
        ("inr", "INR", "1", 30, {}),
        ("protein", "Urine protein", "g/d", 30, {}),
        ("fvc", "Forced vital capacity", "%", 180, {}),
        ("fvc_liters", "Forced vital capacity in litres", "L", 180, {}),
        ("mrss", "mRSS", "{score}", 180, {}),
        ("swollen_joints", "Swollen joints", "1", 30, {}),
        ("hbv_dna", "HBV DNA", "[IU]/mL", 90, {}),
        ("ana", "ANA", "{titer}", 180, {"categories": signs}),
        ("anti_dsdna", "Anti-dsDNA", "[IU]/mL", 180, {"categories": signs}),
        ("pregnancy_test", "Pregnancy test", None, 7, {"categories": signs}),
        ("biopsy_class", "ISN/RPS class", None, 180, {"categories": ("II", "III", "IV", "V")}),
        ("weight", "Weight", "kg", 90, {}),
        ("sledai_2k_total", "SLEDAI-2K", "{score}", 30, {}),
        ("selena_total", "SELENA-SLEDAI", "{score}", 30, {}),
        ("recorded_clearance", "Measured clearance", "mL/min", 90, {}),
    ):
        yield Concept(name, label, "measurement", unit, look_back_days=days, **extra)
    yield Concept("rash", "Rash", "observation", categories=("present", "absent"), look_back_days=30)


def _definitions():
    items = (
        "low_complement: 2 if anti_dsdna < 0 of serology; dsdna: 2 if anti_dsdna positive of serology;"
        " arthritis: 4 if swollen_joints >= 2; cytopenia: 1 if platelets < 100 10*9/L"
    )
    yield "sledai_2k", "SLEDAI-2K", f"score ({items}) recorded sledai_2k_total", "{score}"
    yield (
        "sledai_2k.clinical",
        "SLEDAI-2K, clinical part",
        f"score ({items}) recorded sledai_2k_total only (arthritis, cytopenia)",
        "{score}",
    )
    yield "selena", "SELENA-SLEDAI", f"score ({items}) recorded selena_total", "{score}"
    yield "clearance", "Cockcroft-Gault", "(140 - age) * weight / (72 * creatinine)", "mL/min"
    yield "active", "Active disease", "sledai_2k >= threshold", None


class SmallCatalog:
    def __init__(self):
        self._concepts = {c.id: c for c in _concepts()}
        self._definitions = {
            name: Definition(name, label, parse(text), {"threshold": parse("6")} if name == "active" else {}, unit)
            for name, label, text, unit in _definitions()
        }

    def concept(self, name):
        return self._concepts.get(name)

    def definition(self, name):
        return self._definitions.get(name)

    def suggestions(self, name):
        return difflib.get_close_matches(name, [*self._concepts, *self._definitions], 3)


CATALOG = SmallCatalog()
