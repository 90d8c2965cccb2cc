"""What every data file has in common: frozen models, ids, exact decimals and texts of the language."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema


class Model(BaseModel):
    """Frozen, and a key that is not known is an error: a misspelt field would otherwise change nothing, in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def _decimal(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _ratio(value: Any) -> Any:
    """A decimal, or a quotient "5 / 0.75" that keeps the two numbers of its source."""
    if isinstance(value, str) and "/" in value:
        above, _, below = value.partition("/")
        try:
            return Decimal(above.strip()) / Decimal(below.strip())
        except (InvalidOperation, ZeroDivisionError) as error:
            raise ValueError("a quotient of two numbers, such as 5 / 0.75") from error
    return _decimal(value)


Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)]
"""Lower-case words joined by underscores; the name by which expressions call it."""

Text = Annotated[str, Field(min_length=1)]
Version = Annotated[str, BeforeValidator(_text)]
Expression = Annotated[
    str,
    BeforeValidator(_text),
    Field(min_length=1),
    WithJsonSchema({"type": ["string", "number"], "description": "an expression of the language"}),
]
Number = Annotated[Decimal, BeforeValidator(_decimal), WithJsonSchema({"type": "number"})]
Ratio = Annotated[
    Decimal, BeforeValidator(_ratio), WithJsonSchema({"type": ["number", "string"], "pattern": "^[0-9.]+ */ *[0-9.]+$"})
]
Strings = Annotated[
    tuple[Text, ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""One text or several."""


class Header(Model):
    """Where a file's facts come from, under which licence, and which edition of the file this is."""

    source: Text
    licence: Text
    version: Version
