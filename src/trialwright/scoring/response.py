"""What counts as a response of a course: a limit of the value, or of its change from baseline."""

from __future__ import annotations

import re

from trialwright.catalog import Catalog
from trialwright.errors import TrialwrightError
from trialwright.language.values import Number
from trialwright.scoring.instrument import gives

RESPONSE = re.compile(r"\s*(change)?\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)\s*$")


class Limit:
    """A response: the value, or its change from baseline, against a limit; None where the bounds leave it open."""

    def __init__(self, of_change: bool, operator: str, limit: float) -> None:
        self.of_change, self.operator, self.limit = of_change, operator, limit

    def __call__(self, value: Number, baseline: Number | None = None) -> bool | None:
        low, high = value.lower, value.upper
        if self.of_change:
            if baseline is None:
                return None
            low, high = low - baseline.upper, high - baseline.lower
        if self.operator.startswith(">"):
            low, high, limit = -high, -low, -self.limit
        else:
            limit = self.limit
        strict = self.operator in "<>"
        if high < limit or (high == limit and not strict):
            return True
        return False if low > limit or (low == limit and strict) else None


def response_of(text: str | None, name: str, catalog: Catalog) -> Limit | None:
    """The response that is named; of a response or a definition that holds or not, that it holds."""
    if text is None:
        model = catalog.instruments.get(name)
        holds = (model is not None and model.kind == "response") or gives(name, catalog) == "truth"
        return Limit(False, ">=", 1) if holds else None
    found = RESPONSE.match(text)
    if found is None:
        raise TrialwrightError(f"'{text}' is no response; write a limit such as '<= 4' or 'change <= -4'")
    return Limit(found[1] is not None, found[2], float(found[3]))
