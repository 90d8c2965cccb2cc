"""The catalog as one scoring sees it: with items set by hand, with or without look-backs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from trialwright.catalog import Catalog
from trialwright.catalog.models.instruments import InstrumentModel, ItemModel
from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n
from trialwright.language.vocabulary import Concept, Definition


@dataclass(frozen=True)
class Names:
    """A vocabulary over the catalog; `ever` lifts every look-back."""

    catalog: Catalog
    ever: bool = False

    def concept(self, name: str) -> Concept | None:
        found = self.catalog.concept(name)
        return replace(found, look_back_days=None) if found is not None and self.ever else found

    def definition(self, name: str) -> Definition | None:
        return self.catalog.definition(name)

    def suggestions(self, name: str) -> Sequence[str]:
        return self.catalog.suggestions(name)


def by_hand(tree: Any, model: InstrumentModel, said: Mapping[str, Any]) -> Any:
    """The expression in which items of the instrument are as somebody says: true, false, null, or their value."""
    if not said:
        return tree
    if isinstance(tree, n.Score) and [item.id for item in tree.items] == [item.id for item in model.items]:
        models = {item.id: item for item in model.items}
        items = tuple(_said(i, models[i.id], said[i.id]) if i.id in said else i for i in tree.items)
        return replace(tree, items=items)
    if isinstance(tree, tuple):
        return tuple(by_hand(part, model, said) for part in tree)
    if isinstance(tree, _HOLDERS):
        return replace(tree, **{f.name: by_hand(getattr(tree, f.name), model, said) for f in fields(tree)})
    return tree


_HOLDERS = (n.AtLeast, n.Not, n.If, n.FirstKnown, n.Compare, n.Arithmetic)
_STATES: dict[bool | None, n.Expression] = {
    True: n.ALWAYS,
    False: n.Not(n.ALWAYS),
    None: n.Unsupported("given", "as unknown"),
}


def _said(item: n.Item, model: ItemModel, value: Any) -> n.Item:
    """The item with its state given; a number is the value of an ordinal item.  Raises TrialwrightError."""
    if value is None or isinstance(value, bool):
        if value and model.range is not None:
            low, high = model.range
            raise TrialwrightError(f"the item {item.id} is graded; give a number from {low} to {high}")
        return replace(item, condition=_STATES[value])
    if model.range is None:
        raise TrialwrightError(f"the item {item.id} is {value!r}; give true, false or null")
    check_range(f"the item {item.id}", value, model.range, model.whole)
    points = n.Quantity(Decimal(str(value)) * model.weight)
    return replace(item, condition=_STATES[True], points=points)


def check_range(what: str, value: Any, within: tuple[Any, Any], whole: bool = True) -> None:
    """Raises TrialwrightError for a value that the scale does not have."""
    low, high = within
    number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if not number or not low <= value <= high or (whole and value != int(value)):
        kind = "a whole number" if whole else "a number"
        raise TrialwrightError(f"{what} is {value!r}; give {kind} from {low} to {high}")
