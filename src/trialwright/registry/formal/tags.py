"""A criterion as a line of tags, the form in which the rules of assembly read it.

`K3` is a condition, `D` a drug, `P` a procedure, `M` a measurement or score, `B` a result that is positive or negative,
`R` a comparison with a number, `T` a period, `A` an instant, `S` a set of classification criteria, `U` a limit;
other words stand as they are.  Words that carry no meaning of their own (data/words.yaml, `filler`) are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from trialwright.registry.formal.lexicon import Lexicon
from trialwright.registry.formal.normalise import Plain, normalise
from trialwright.registry.formal.numbers import TIME, Amount, read_amount
from trialwright.registry.formal.readings import Reading, find_readings
from trialwright.registry.formal.scan import Item, scan


class Tag(NamedTuple):
    """One tag: its text in the line, what it stands for, and its place in the plain text."""

    text: str
    value: Any
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time with its comparator: "at least 6 months" is >= 6 months; `op` is "" where none is said."""

    amount: Amount
    op: str = ""
    high: Amount | None = None

    @property
    def said(self) -> str:
        return self.amount.said


@dataclass(frozen=True, slots=True)
class Line:
    """A criterion, tagged.  `readings` are all its comparisons, `plain` its text with the way back to the source."""

    plain: Plain
    tags: tuple[Tag, ...]
    readings: tuple[Reading, ...]


def tag_line(source: str, lexicon: Lexicon) -> Line:
    """The tags of a criterion's text.  Linear in its length."""
    plain = normalise(source)
    items = scan(plain.text, lexicon)
    return tag_items(plain, items, lexicon)


def tag_items(plain: Plain, items: Sequence[Item], lexicon: Lexicon) -> Line:
    readings = find_readings(plain.text, items)
    tags: list[Tag] = []
    fillers: frozenset[str] = lexicon.fillers
    models = lexicon.catalog.models
    at, place, count = 0, 0, len(items)
    while at < count:
        item = items[at]
        if place < len(readings) and readings[place].start <= item.start:
            reading = readings[place]
            place += 1
            tags.append(_reading_tag(reading, len(tags)))
            while at < count and items[at].start < reading.end:
                at += 1
            continue
        at += 1
        if item.kind == "C":
            letter = _letter(item.value[0], models)
            tags.append(Tag(f"{letter}{len(tags)}", item.value, item.start, item.end))
        elif item.kind in ("n", "number") and at < count and not item.glued:
            amount = read_amount(plain.text, item)
            step = at + 1 if items[at].kind == "p" and items[at].value == "-" and at + 1 < count else at
            if items[step].kind == "unit" and items[step].value in TIME:
                time = Amount(amount.text, amount.value, str(items[step].value), items[step].end)
                tags.append(Tag(f"T{len(tags)}", Period(time), item.start, items[step].end))
                at = step + 1
            else:
                tags.append(
                    Tag(
                        str(item.value) if item.kind == "n" else plain.text[item.start : item.end],
                        None,
                        item.start,
                        item.end,
                    )
                )
        elif item.kind == "anchor":
            tags.append(Tag(f"A{len(tags)}", item.value, item.start, item.end))
        elif item.kind == "criteria":
            tags.append(Tag(f"S{len(tags)}", item.value, item.start, item.end))
        elif item.kind == "mod":
            tags.append(Tag(f"m{len(tags)}", item.value, item.start, item.end))
        elif item.kind == "cue":
            said = plain.text[item.start : item.end] if item.value == "times" else str(item.value)
            tags.append(Tag(said, None, item.start, item.end))
        else:
            word = item.value if item.kind == "w" else plain.text[item.start : item.end]
            if word not in fillers:
                tags.append(Tag(word, None, item.start, item.end))
    return Line(plain, tuple(tags), tuple(readings))


def _reading_tag(reading: Reading, place: int) -> Tag:
    if reading.kind == "time":
        op = "" if reading.op == "between" else reading.op
        return Tag(f"T{place}", Period(reading.low, op, reading.high), reading.start, reading.end)
    return Tag(
        f"{'Y' if reading.kind == 'age' else 'N' if reading.kind == 'count' else 'R'}{place}",
        reading,
        reading.start,
        reading.end,
    )


def _letter(id: str, models: Any) -> str:
    if id == "age":
        return "G"
    model = models.get(id)
    if model is None:
        return "M"
    if model.domain == "condition":
        return "K"
    if model.domain == "drug":
        return "D"
    if model.domain == "procedure":
        return "P"
    return "B" if model.categories and model.categories[0] == "positive" and model.unit is None else "M"
