"""What is known: concepts, definitions, instruments, grades and protocols, loaded from data files."""

from trialwright.catalog.catalog import OWN_SYSTEM, SYSTEM_URIS, Catalog
from trialwright.catalog.findings import CatalogError, DataFinding
from trialwright.catalog.load import load_catalog, load_protocol
from trialwright.catalog.models.protocols import ProtocolModel

__all__ = [
    "OWN_SYSTEM",
    "SYSTEM_URIS",
    "Catalog",
    "CatalogError",
    "DataFinding",
    "ProtocolModel",
    "load_catalog",
    "load_protocol",
]
