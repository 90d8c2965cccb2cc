"""What a trial is about, for narrowing a search: condition, target, product type, phase, status, country, people.

Targets and product types are read from title, interventions, keywords and summary.  A product that no text calls
autologous or allogeneic is "unstated": it is not taken for autologous.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from trialwright.registry.records import Record
from trialwright.registry.words import Names, join_texts, read_words

_TARGETS = re.compile(
    r"\b(?:anti-?)?(CD19|CD20|CD22|CD7|CD70|CD6|CD5|CD38|BCMA|CD269|TNFRSF17|BAFF(?:-?R)?(?=\W+CAR|\W+target)|BAFF-?R|GPRC5D|FcRH5|CD138|CD123"
    r"|CD33)(?!\d)",
    re.IGNORECASE,
)
_ALIAS = {"CD269": "BCMA", "TNFRSF17": "BCMA", "BAFFR": "BAFF-R", "BAFF": "BAFF-R", "FCRH5": "FcRH5"}
_PRODUCTS = {
    "CD19": r"relma-?cel|relmacabtagene|tisagenlecleucel|CTL-?019|axi-?cel|axicabtagene|rapcabtagene|YTB-?323|CABA-?201"
    r"|rese-?cel|KYV-?101|miv-?cel|mivocabtagene|obe-?cel|obecabtagene|CNCT-?19|inaticabtagene|liso-?cel"
    r"|lisocabtagene|TyU19|BRL-?30[13]|MB-?CART19|brexu-?cel|brexucabtagene|CNTY-?101|FT819",
    "BCMA": r"descartes-?0?8|descartes-?15|equecabtagene|eque-?cel|CT103A|zevor-?cel|zevorcabtagene|ide-?cel"
    r"|idecabtagene|cilta-?cel|ciltacabtagene",
    "CD19+BCMA": r"GC012F|AZD-?0120|QT-?019B",
    "CD19+CD20": r"IMPT-?514|zamto-?cel|zamtocabtagene|MB-?CART2019",
}
_KNOWN = [(targets.split("+"), re.compile(rf"\b(?:{names})\b", re.IGNORECASE)) for targets, names in _PRODUCTS.items()]
_ALLOGENEIC = re.compile(
    r"\ballogen|\buniversal\b|off[\s-]the[\s-]shelf|\bU-?CAR|healthy[\s-]donor|donor[\s-]derived|\biPSC|cord blood"
    r"|TyU19|BRL-?30[13]|\bCAR-?NK|FT819|CNTY-?101|\bTRAC[\s-]edited|gene-edited CAR",
    re.IGNORECASE,
)
_IN_VIVO = re.compile(
    r"\bin[\s-]vivo\s+(?:CAR|chimeric|gene|engineer|reprogram|transduc|generat|T[\s-]cell|deliver|anti|edit|BCMA|CD\d)"
    r"|\bLNP\b|lipid nanoparticle",
    re.IGNORECASE,
)
_AUTOLOGOUS = re.compile(
    r"\bautolog|leuk?apheresis|patient'?s own|\bKYV-?101|relma-?cel|CABA-?201|YTB-?323", re.IGNORECASE
)
_CELL = re.compile(r"\bCAR\b|CAR[-\s]?(?:T|NK)|chimeric antigen|\bT[\s-]cells?\b|\bNK cells?\b|car_t", re.IGNORECASE)
_HINT_WORDS = """
cd1 cd2 cd3 cd5 cd6 cd7 bcma baff tnfrsf gprc5 fcrh5 car-t cart car- ucar chimeric -cel leucel tagene t-cell in-vivo
lipid lnp nk-cell ctl019 ctl-019 ytb kyv gc012f azd0120 azd-0120 qt-019 qt019 impt tyu19 brl-30 brl30 ft819 cnty caba-
caba2 descartes ct103 cnct mb-cart relmacel athena
"""
_HINTS = (*_HINT_WORDS.split(), "car t", "t cell", "t lymph", "in vivo", "nk cell", " car ")
NAMES = ("condition", "target", "product", "phase", "status", "country")


@dataclass(frozen=True, slots=True)
class Facets:
    """The facets of one trial; each a tuple, for a basket trial has many conditions."""

    condition: tuple[str, ...]
    target: tuple[str, ...]
    product: tuple[str, ...]
    phase: tuple[str, ...]
    status: tuple[str, ...]
    country: tuple[str, ...]
    enrollment: int | None


def read_facets(record: Record, names: Names) -> Facets:
    """The facets of a record."""
    stated = join_texts((*record.conditions, *record.keywords))
    concepts = [c for c in read_words(stated, names).concepts if c in names.conditions]
    if not concepts:
        concepts = [c for c in read_words(record.title or "", names).concepts if c in names.conditions]
    if not concepts and not record.conditions:
        concepts = [c for c in read_words(record.brief_summary or "", names).concepts if c in names.conditions][:3]
    condition = tuple(dict.fromkeys(concepts)) or tuple(text.lower() for text in record.conditions[:8])
    text = join_texts(
        (record.title, record.official_title, *(item.name for item in record.interventions), *record.keywords,
         *(item.description for item in record.interventions), record.brief_summary)
    )  # fmt: skip
    named = join_texts((record.title, record.official_title, *(item.name for item in record.interventions)))
    return Facets(
        condition,
        read_targets(named) or read_targets(text),
        read_product(text),
        record.phases,
        (record.status,) if record.status else (),
        record.countries or tuple(dict.fromkeys(place.country for place in record.locations if place.country)),
        record.enrollment,
    )


def read_targets(text: str) -> tuple[str, ...]:
    """Surface antigens that a text names, itself or by a product known to bind them."""
    found: list[str] = []
    small = text.lower()
    if not any(hint in small for hint in _HINTS):
        return ()
    for match in _TARGETS.finditer(text):
        name = match[1].upper().replace("-", "")
        found.append(_ALIAS.get(name, name))
    if not found:
        for targets, names in _KNOWN:
            if names.search(text):
                found += targets
    return tuple(sorted(set(found)))


def read_product(text: str) -> tuple[str, ...]:
    """autologous, allogeneic or in vivo where a text says so; "unstated" for other cell products; else nothing."""
    small = text.lower()
    if not any(hint in small for hint in _HINTS):
        return ()
    if _IN_VIVO.search(text):
        return ("in vivo",)
    if _ALLOGENEIC.search(text):
        return ("allogeneic",)
    if not _CELL.search(text):
        return ()
    return ("autologous",) if _AUTOLOGOUS.search(text) else ("unstated",)
