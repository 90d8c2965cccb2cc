"""An instrument is a weighted set of expressions: SLEDAI-2K is a data file, not code."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from trialwright.catalog.models.common import Expression, Id, Model, Number, Strings, Text, Version
from trialwright.catalog.models.definitions import Example


class ItemModel(Model):
    """One item: `points` (a number, or an expression for an ordinal item) where `when` holds.

    `range` are the values of an ordinal item as an assessor gives them, whole numbers unless `whole` is false;
    each counts `weight` times.
    """

    id: Id
    label: Text
    points: Expression = "1"
    when: Expression
    domain: str = ""
    range: tuple[Number, Number] | None = None
    whole: bool = True
    weight: Number = Decimal(1)
    notes: Strings = ()


class Subscore(Model):
    """The points of some items; `recorded` is the concept of the part as recorded, where records have one."""

    items: tuple[Id, ...] = Field(min_length=1)
    label: str = ""
    recorded: Id | None = None


def _subscore(value: Any) -> Any:
    return {"items": value} if isinstance(value, list | tuple) else value


class InstrumentModel(Model):
    """Items with points, summed over domains; in a domain of `maxima` only the highest item counts.

    Names: `<id>` is the score, `<id>.<subscore>` a part of it, `<id>.met` the classification (with `entry`, both).
    `total` is the concept that carries a recorded total, which then counts.  In an instrument of the `kind` response an
    item that holds is good news, in every other one bad news: that is what "worst case" turns on.
    """

    id: Id
    label: Text
    kind: Literal["activity", "classification", "response", "function", "toxicity", "pathology"] = "activity"
    version: Version
    citation: Strings
    licence: Text
    total: Id | None = None
    unit: str | None = None
    parameters: dict[Id, Expression] = Field(default_factory=dict)
    items: tuple[ItemModel, ...] = Field(min_length=1)
    maxima: tuple[str, ...] = ()
    subscores: dict[
        Id,
        Annotated[
            Subscore,
            BeforeValidator(_subscore),
            WithJsonSchema({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "object"}]}),
        ],
    ] = Field(default_factory=dict)
    entry: Expression | None = None
    classification: Expression | None = None
    range: tuple[Number, Number] | None = None
    whole: bool = True
    source: str = ""
    notes: Strings = ()
    traps: Strings = ()
    examples: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _coherent(self) -> InstrumentModel:
        ids = [item.id for item in self.items]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"the item {twice[0]} stands twice; item ids must differ")
        for name, part in self.subscores.items():
            if missing := [i for i in part.items if i not in ids]:
                raise ValueError(f"the sub-score {name} names {missing[0]}, which is not an item")
        domains = {item.domain for item in self.items}
        if missing := [d for d in self.maxima if d not in domains]:
            raise ValueError(f"maxima names the domain {missing[0]}, which no item has")
        if "met" in self.subscores or "entry" in self.subscores:
            raise ValueError("a sub-score may not be called met or entry; those names are the classification's")
        return self


class InstrumentFile(Model):
    """A file of several instruments; one instrument may also be a file of its own."""

    instruments: tuple[InstrumentModel, ...]
