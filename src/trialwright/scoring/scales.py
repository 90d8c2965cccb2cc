"""The scales of the catalog: a recorded total, or the value of an ordinal item, is one that its scale has."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from trialwright.catalog import Catalog
from trialwright.scoring.names import check_range


def check_ranges(facts: Mapping[str, Any], catalog: Catalog) -> None:
    """A recorded total, or the value of an ordinal item, must be one that its scale has."""
    for key, value in facts.items():
        name = key.partition(" at ")[0].strip()
        number = value.get("value") if isinstance(value, Mapping) else value
        scale = _scales(catalog).get(name)
        if scale is not None and isinstance(number, int | float | Decimal) and not isinstance(number, bool):
            check_range(name, number, *scale)


@lru_cache(maxsize=8)
def _ranges(names: tuple[tuple[str, Any, Any, bool], ...]) -> dict[str, tuple[tuple[Any, Any], bool]]:
    return {name: ((low, high), whole) for name, low, high, whole in names}


def _scales(catalog: Catalog) -> dict[str, tuple[tuple[Any, Any], bool]]:
    """The scale of each concept that is a total or an ordinal item."""
    found = []
    for model in catalog.instruments.values():
        if model.total and model.range:
            found.append((model.total, *model.range, model.whole))
        found += [(i.points.split("*")[-1].strip(), *i.range, i.whole) for i in model.items if i.range]
    return _ranges(tuple(found))
