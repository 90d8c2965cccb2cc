"""Ages and sex that the registry holds as fields, where no criterion of the text says them.

A record may state "18 Years" in its field and nowhere else; a draft without it would let children in.  The criterion is
I0, ahead of those of the text, so that their numbers stay those of the page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from trialwright.registry.formal.formalize import Formal
from trialwright.registry.formal.here import unsupported
from trialwright.registry.records import Record
from trialwright.registry.typed import Age

ID = "I0"
_SEX = re.compile(r"\bsex is (?:female|male)\b")


def registered(record: Record, found: Sequence[Formal]) -> list[tuple[str, str]]:
    """(what the field says, its expression) of each field that no criterion tests."""
    every = [formal for top in found for formal in top.walk()]
    fields: list[tuple[str, str]] = []
    if not any(reading.kind == "age" for formal in every for reading in formal.readings):
        for name, sign, age in (("minimum", ">=", record.minimum_age), ("maximum", "<=", record.maximum_age)):
            if age is not None:
                said = f"Registered {name} age: {age}"
                fields.append((said, _age(age, sign) or unsupported(said, "ages are counted in years and months")))
    if record.sex in ("FEMALE", "MALE") and not any(_SEX.fullmatch(formal.expression) for formal in every):
        fields.append((f"Registered sex: {record.sex}", f"sex is {record.sex.lower()}"))
    return fields


def _age(age: Age, sign: str) -> str:
    unit = str(age).split(" ")[1].rstrip("s").lower()
    return f"age {sign} {age.amount} {unit}s" if unit in ("year", "month") else ""
