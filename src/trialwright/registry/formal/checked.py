"""Whether an expression is sound, asked once per form, since trials say the same things again and again.

Two expressions have one form when they differ only in numbers and in the words of questions.
"""

from __future__ import annotations

import re

from trialwright.catalog.catalog import Catalog
from trialwright.language.check import check

_NUMBER = re.compile(r"(?<![\w*])\d+(?:\.\d+)?(?![\w*])")
_WORDS = re.compile(r'"[^"]*"')
_KNOWN: dict[tuple[str, str], bool] = {}


def is_sound(text: str, catalog: Catalog) -> bool:
    """True when the language's own check finds no error."""
    key = (catalog.hash, _NUMBER.sub("0", _WORDS.sub('""', text) if '"' in text else text))
    known = _KNOWN.get(key)
    if known is None:
        known = not any(finding.severity == "error" for finding in check(text, catalog))
        if len(_KNOWN) > 100_000:
            _KNOWN.clear()
        _KNOWN[key] = known
    return known
