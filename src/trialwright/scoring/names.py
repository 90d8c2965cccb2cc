"""The catalog as one scoring sees it: with items set by hand, with or without look-backs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from trialwright.catalog import Catalog
from trialwright.catalog.expressions import definitions_of_instrument
from trialwright.catalog.models.instruments import InstrumentModel, ItemModel
from trialwright.errors import TrialwrightError
from trialwright.language.vocabulary import Concept, Definition

GIVEN = {True: 'no restriction "given"', False: 'not (no restriction "given")', None: 'unsupported "given as unknown"'}


@dataclass(frozen=True)
class Names:
    """A vocabulary over the catalog; `known` definitions come first, `ever` lifts every look-back."""

    catalog: Catalog
    known: Mapping[str, Definition] = field(default_factory=dict)
    ever: bool = False

    def concept(self, name: str) -> Concept | None:
        found = self.catalog.concept(name)
        return replace(found, look_back_days=None) if found is not None and self.ever else found

    def definition(self, name: str) -> Definition | None:
        return self.known.get(name) or self.catalog.definition(name)

    def suggestions(self, name: str) -> Sequence[str]:
        return self.catalog.suggestions(name)


def with_items(catalog: Catalog, instrument: InstrumentModel, said: Mapping[str, Any], ever: bool = False) -> Names:
    """The catalog in which items of one instrument are as somebody says: true, false, null, or the points."""
    if not said:
        return Names(catalog, ever=ever)
    items = tuple(set_by_hand(item, said[item.id]) if item.id in said else item for item in instrument.items)
    return Names(catalog, definitions_of_instrument(instrument.model_copy(update={"items": items})), ever)


def set_by_hand(item: ItemModel, value: Any) -> ItemModel:
    """The item with its state given; a number is the value of an ordinal item.  Raises TrialwrightError."""
    if value is None or isinstance(value, bool):
        if value and item.range is not None:
            low, high = item.range
            raise TrialwrightError(f"the item {item.id} is graded; give a number from {low} to {high}")
        return item.model_copy(update={"when": GIVEN[value]})
    if item.range is None:
        raise TrialwrightError(f"the item {item.id} is {value!r}; give true, false or null")
    check_range(f"the item {item.id}", value, item.range, item.whole)
    points = f"{item.weight} * {value}" if item.weight != 1 else str(value)
    return item.model_copy(update={"when": GIVEN[True], "points": points})


def check_range(what: str, value: Any, within: tuple[Any, Any], whole: bool = True) -> None:
    """Raises TrialwrightError for a value that the scale does not have."""
    low, high = within
    number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if not number or not low <= value <= high or (whole and value != int(value)):
        kind = "a whole number" if whole else "a number"
        raise TrialwrightError(f"{what} is {value!r}; give {kind} from {low} to {high}")
