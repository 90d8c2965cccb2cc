"""What a rule of assembly sees: the tags behind its match, and what the criterion stands under."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from trialwright.catalog.catalog import Catalog
from trialwright.registry.formal.normalise import Plain
from trialwright.registry.formal.numbers import Amount
from trialwright.registry.formal.readings import Reading
from trialwright.registry.formal.tags import Period, Tag

_NUMBERED = re.compile(r"[A-Zm]\d+")
_TAG = re.compile(r"\b([A-Z])(\d+)\b")


@dataclass(frozen=True, slots=True)
class Context:
    """What holds for a criterion from outside: its kind, what the headings above it say, the catalog.

    `window` is a period that a heading states for everything below it, `drug` a class of drugs it speaks of;
    `combined` says that a combination lifts the lower bound of its dose.
    """

    kind: str
    catalog: Catalog
    heading: str = ""
    window: str = ""
    drug: str = ""
    combined: bool = False


@dataclass(frozen=True, slots=True)
class Here:
    """The tags of one criterion and its context, read by the builders of rules."""

    tags: Sequence[Tag]
    context: Context
    plain: Plain

    def tag(self, text: str) -> Tag:
        return self.tags[int(text[1:])]

    def value(self, text: str) -> Any:
        return self.tag(text).value

    def all(self, stretch: str | None, kinds: str) -> list[Tag]:
        """The tags of some kinds in a stretch of the line, in order."""
        return [self.tags[int(m[2])] for m in _TAG.finditer(stretch or "") if m[1] in kinds]

    def ids(self, stretch: str | None, kinds: str = "KDPMB") -> list[str]:
        """The catalog ids named in a stretch, each once."""
        return list(dict.fromkeys(id for tag in self.all(stretch, kinds) for id in tag.value))

    def reading(self, stretch: str) -> Reading:
        found: Reading = self.all(stretch, "RYN")[0].value
        return found

    def period(self, stretch: str) -> Period:
        found: Period = self.all(stretch, "T")[0].value
        return found

    def anchor(self, stretch: str | None, otherwise: str = "screening") -> str:
        found = self.all(stretch or "", "A")
        return str(found[0].value) if found else otherwise

    def words(self, stretch: str | None) -> str:
        """The words of the page behind a stretch of the line."""
        wanted = (stretch or "").split()
        numbered = next((place for place, word in enumerate(wanted) if _NUMBERED.fullmatch(word)), None)
        if numbered is not None:  # a tag carries its own place
            places = [int(wanted[numbered][1:]) - numbered]
        else:
            places = list(range(min(len(self.tags), 2000) - len(wanted) + 1))
        for at in places:
            if wanted and at >= 0 and [tag.text for tag in self.tags[at : at + len(wanted)]] == wanted:
                return self.said(self.tags[at].start, self.tags[at + len(wanted) - 1].end)
        return stretch or ""

    def said(self, start: int, end: int) -> str:
        """The source behind a stretch of the plain text."""
        first, last = self.plain.source_span(start, end)
        return " ".join(self.plain.source[first:last].split())

    def known(self, id: str) -> bool:
        catalog = self.context.catalog
        return catalog.concept(id) is not None or catalog.definition(id) is not None


def quoted(words: str) -> str:
    """Words of a page as a text of the language: no quotes, one line, at most 300 characters."""
    plain = " ".join(words.replace('"', "'").split()).strip(" ,;:")
    if not plain.isprintable():
        plain = "".join(char for char in plain if char.isprintable())
    return plain[:300] or "these words"


def ask(words: str, kind: str, name: str = "") -> str:
    return f'ask {name + " " if name else ""}"{quoted(words)}" ({kind})'


def unsupported(words: str, why: str) -> str:
    return f'unsupported "{quoted(words)}" ("{quoted(why)}")'


def names(ids: Sequence[str]) -> str:
    """One name, or `any of (..)`."""
    return ids[0] if len(ids) == 1 else f"any of ({', '.join(ids)})"


def systemic(ids: Sequence[str]) -> str:
    """Drugs as treatment of the whole body: creams, drops and inhalations of them do not count."""
    return f"systemic {ids[0]}" if len(ids) == 1 else f"any of systemic ({', '.join(ids)})"


def amount_of(amount: Amount, unit: str = "") -> str:
    number = format(amount.value.normalize(), "f")
    use = amount.unit or unit
    return f"{number} {use}".strip()


Builder = Callable[[re.Match[str], Here], list[str]]
"""Turns the match of a rule into expressions.  Raises NotRead where the words turn out to say something else."""
