"""Whether an expression is sound, remembered, since trials say the same things again and again."""

from __future__ import annotations

from trialwright.catalog.catalog import Catalog
from trialwright.language.check import check

_KNOWN: dict[tuple[str, str], bool] = {}


def is_sound(text: str, catalog: Catalog) -> bool:
    """True when the language's own check finds no error."""
    key = (catalog.hash, text)
    known = _KNOWN.get(key)
    if known is None:
        known = not any(finding.severity == "error" for finding in check(text, catalog))
        if len(_KNOWN) > 100_000:
            _KNOWN.clear()
        _KNOWN[key] = known
    return known
