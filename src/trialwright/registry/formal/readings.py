"""Every comparison with a number in a criterion: what is compared, how, and with which values.

A reading is found whether or not the catalog knows its subject.  A bare "=" before a number is kept as "=?": a lost
comparator, never an equality.  What kind of number it is, `reading_kinds` says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from trialwright.registry.formal.numbers import Amount, read_amount
from trialwright.registry.formal.reading_kinds import ORDINAL, Kind, kind_of
from trialwright.registry.formal.scan import Item

_SYMBOL = {
    ">=": ">=", "=>": ">=", ">/=": ">=", "=/>": ">=", ">": ">", "<=": "<=", "=<": "<=", "</=": "<=", "=/<": "<=",
    "<": "<", "=": "=?", "<==": "<=", ">==": ">=", "<<": "<", ">>": ">", "<>": "=?", "==": "=?",
}  # fmt: skip
_POST_SIGN = {">=": ">=", ">": ">", "<=": "<=", "<": "<"}
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}
_PAIRED = re.compile(r"pressure|\bbp\b|hypertension|qp|acuity|snellen")
_BOUNDARY = frozenset(";.")


@dataclass(frozen=True, slots=True)
class Reading:
    """One comparison: `low` and `high` for a range, else `low` alone; `subject` are catalog ids, `words` the page's."""

    kind: Kind
    op: str
    low: Amount
    high: Amount | None
    unit: str
    subject: tuple[str, ...]
    words: str
    start: int
    end: int
    limit: str | None = None
    more: tuple[Amount, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """The numbers as written."""
        return tuple(a.text for a in (self.low, self.high, *self.more) if a is not None)


def find_readings(text: str, items: Sequence[Item]) -> list[Reading]:
    """The readings of a criterion in order.  Linear in its length."""
    found: list[Reading] = []
    at, count, last = 0, len(items), 0
    while at < count:
        item = items[at]
        reading: tuple[Reading, int] | None = None
        if item.kind in ("o", "op", "post"):
            reading = _compared(text, items, at, last, found)
        elif item.kind in ("n", "number") and not item.glued:
            reading = _bare(text, items, at, last, found)
        elif item.kind == "w" and item.value in _ROMAN:
            reading = _listed(text, items, at, last)
        if reading is None:
            at += 1
            continue
        found.append(reading[0])
        at = last = reading[1]
    return found


def _amount(text: str, items: Sequence[Item], at: int) -> tuple[Amount, int, str] | None:
    """The amount at an item, the item after it, and its unit of time or ""."""
    if at >= len(items) or items[at].kind not in ("n", "number"):
        return None
    item = items[at]
    amount = read_amount(text, item)
    step = at + 1
    while step < len(items) and items[step].start < amount.end:
        step += 1
    time = ""
    nxt = at + 1
    if nxt < len(items) and items[nxt].kind == "p" and items[nxt].value == "-" and nxt + 1 < len(items):
        nxt += 1 if items[nxt + 1].kind == "unit" else 0
    if nxt < len(items) and items[nxt].kind == "unit" and not amount.scaled:
        after = text[items[nxt].end : items[nxt].end + 1]
        if after not in ("/", "*"):
            time = str(items[nxt].value)
            step = nxt + 1
            amount = Amount(amount.text, amount.value, time, items[nxt].end)
    return amount, step, time


def _operator(items: Sequence[Item], at: int) -> tuple[str, int] | None:
    """The comparator that begins at an item, several words and signs taken together."""
    ops: list[str] = []
    step = at
    while step < len(items) and step < at + 4:
        item = items[step]
        if item.kind == "o":
            sign = _SYMBOL.get(item.value)
            if sign is None:
                return None
            ops.append(sign)
        elif item.kind == "op":
            ops.append(item.value)
        elif item.kind == "post" and step == at:
            ops.append(str(item.value)[0])  # "and less than 65": the words of a trailing comparator lead a new one
        elif (
            item.kind == "w"
            and item.value
            in ("or", "to", "than", "of", "the", "a", "an", "equal", "about", "approximately", "and", "age", "or/and")
            and ops
        ):
            if item.value == "equal":
                ops.append("=?")
            elif item.value == "and" and not (step + 1 < len(items) and items[step + 1].kind in ("o", "op")):
                break
        elif (item.kind == "p" and item.value in '(:~"' and ops) or (
            item.kind == "C" and item.value == ("age",) and ops
        ):
            pass
        else:
            break
        step += 1
    if not ops:
        return None
    op = ops[0]
    for other in ops[1:]:
        if other == "=?" and op in ("<", ">"):
            op += "="
        elif op == "=?":
            op = other + "=" if other in ("<", ">") else other
        elif op == "between":
            op = "between" if other == "between" else other
    return op, step


def _compared(text: str, items: Sequence[Item], at: int, last: int, found: list[Reading]) -> tuple[Reading, int] | None:
    sign = _operator(items, at)
    if sign is None:
        return None
    op, step = sign
    first = _amount(text, items, step)
    if first is None or (items[step].glued and items[at].kind == "op"):
        return None
    low, after, time = first
    high: Amount | None = None
    limit = None
    ranged = _range(text, items, after, op == "between")
    if op == "between" and ranged is None:
        return None
    if ranged is not None:
        high, after, time_high = ranged
        time = time_high or time
        op = "between"
    if op != "between":
        limit, after = _limit(items, after)
        if after < len(items) and items[after].kind == "post" and op == "=?":
            op, after = str(items[after].value), after + 1
    more: list[Amount] = []
    if op != "between" and after + 1 < len(items) and items[after].kind == "p" and items[after].value == "/":
        slash = _amount(text, items, after + 1)
        if (
            slash is not None
            and not slash[2]
            and not low.unit
            and _PAIRED.search(text[max(0, items[at].start - 60) : items[at].start])
        ):
            more.append(slash[0])
            after = slash[1]
    return _reading(text, items, at, after, last, op, low, high, time, limit, found, tuple(more))


def _range(text: str, items: Sequence[Item], at: int, and_too: bool) -> tuple[Amount, int, str] | None:
    """The upper end of a range whose joining sign stands at `at`."""
    if at >= len(items):
        return None
    step = at
    while (
        and_too
        and step < len(items)
        and (
            items[step].value in ("of", "(", ")")
            or (items[step].kind == "cue" and items[step].value in ("inclusive", "exclusive"))
        )
    ):
        step += 1
    join = items[step] if step < len(items) else None
    if join is None:
        return None
    if join.kind == "p" and join.value in "-~":
        step += 1
        if step < len(items) and (
            items[step].value in ("-", "~", ">") or (and_too and items[step].value in ("and", "to"))
        ):
            step += 1
    elif (
        join.kind == "w" and (join.value in ("to", "through", "thru") or (and_too and join.value in ("and", "or")))
    ) or (join.kind == "op" and join.value == "<=" and text[join.start : join.end] in ("up to", "until")):
        step += 1
    else:
        return None
    while step < len(items) and items[step].kind in ("o", "op") and items[step].value in ("<", "<=", "=<"):
        step += 1
    got = _amount(text, items, step)
    if got is None or (items[step].glued and text[items[step].start - 1] != "-"):
        return None
    return got


def _limit(items: Sequence[Item], at: int) -> tuple[str | None, int]:
    """ULN or LLN behind a number, with the words between them."""
    step = at
    while step < len(items) and step < at + 5:
        item = items[step]
        if item.kind == "cue" and item.value in ("ULN", "LLN"):
            return str(item.value), step + 1
        if item.kind == "x" or (item.kind == "cue" and item.value == "times"):
            step += 1
            continue
        if item.kind == "w" and item.value in (
            "the",
            "of",
            "institutional",
            "local",
            "laboratory",
            "a",
            "than",
            "greater",
            "age",
            "adjusted",
            "above",
            "their",
        ):
            step += 1
            continue
        if item.kind == "p" and item.value in "*(-.":
            step += 1
            continue
        if item.kind == "w" and item.value == "ul" and step > at:
            return "ULN", step + 1
        break
    return None, at


def _bare(text: str, items: Sequence[Item], at: int, last: int, found: list[Reading]) -> tuple[Reading, int] | None:
    """A number without a comparator before it: a range, or one with its comparator behind."""
    got = _amount(text, items, at)
    if got is None:
        return None
    low, after, time = got
    ranged = _range(text, items, after, False)
    if ranged is not None:
        high, end, time_high = ranged
        if high.value > low.value or items[at].kind == "n":
            return _reading(text, items, at, end, last, "between", low, high, time_high or time, None, found, ())
    step = after
    skipped = 0
    while step < len(items) and skipped < 4:
        item = items[step]
        if item.kind == "post":
            if _leads(items, step + 1):
                break
            return _reading(text, items, at, step + 1, last, str(item.value), low, None, time, None, found, ())
        if item.kind == "o" and item.value in _POST_SIGN and skipped == 0 and not _amount(text, items, step + 1):
            return _reading(text, items, at, step + 1, last, _POST_SIGN[item.value], low, None, time, None, found, ())
        if (
            item.kind == "p"
            and item.value == "+"
            and skipped == 0
            and not text[item.end : item.end + 2].strip()[:1].isdigit()
        ):
            return _reading(text, items, at, step + 1, last, ">=", low, None, time, None, found, ())
        if item.kind == "w" and item.value in ("of", "old", "and", "or", "points", "point"):
            step, skipped = step + 1, skipped + 1
            continue
        if (item.kind == "C" and item.value == ("age",)) or item.kind == "unit":
            step, skipped = step + 1, skipped + 1
            continue
        if item.kind == "p" and item.value in "(,":
            step, skipped = step + 1, skipped + 1
            continue
        break
    limit, end = _limit(items, after)
    if limit is not None and not time:
        return _reading(text, items, at, end, last, "=?", low, None, time, limit, found, ())
    before = items[at - 1] if at > last else None
    if before is not None and not time and (before.kind == "C" and before.value == ("ecog",)):
        return _listed(text, items, at, last)
    if ORDINAL.search(text[items[last].start if last < len(items) else 0 : items[at].start][-24:]) and not time:
        return _listed(text, items, at, last)
    return None


def _leads(items: Sequence[Item], at: int) -> bool:
    """Whether a number follows, so that the comparator belongs to it."""
    for item in items[at : at + 4]:
        if item.kind in ("n", "number"):
            return True
        if (item.kind == "w" and item.value in ("than", "or", "equal", "to")) or item.kind in ("o", "op"):
            continue
        return False
    return False


def _listed(text: str, items: Sequence[Item], at: int, last: int) -> tuple[Reading, int] | None:
    """ASA I, II or III; ECOG 0 or 1."""
    start = items[last].start if last < len(items) else 0
    words = text[max(start, items[at].start - 40) : items[at].start]
    if not ORDINAL.search(words[-26:]):
        return None
    amounts: list[Amount] = []
    step = at
    ranged = False
    while step < len(items):
        item = items[step]
        if item.kind == "n" and step > at and items[step - 1].kind == "n":
            break
        if item.kind == "n" and re.fullmatch(r"\d,\d", item.value):
            amounts += [
                Amount(digit, read_amount(text, item._replace(value=digit)).value, "", item.end)
                for digit in item.value.split(",")
            ]
        elif item.kind == "n" and not item.glued and len(item.value) <= 3:
            amounts.append(Amount(item.value, read_amount(text, item).value, "", item.end))
        elif item.kind == "w" and item.value in _ROMAN:
            amounts.append(
                Amount(item.value, read_amount(text, item._replace(value=_ROMAN[item.value])).value, "", item.end)
            )
        elif item.kind == "w" and item.value in ("or", "and", "to") and amounts:
            ranged = ranged or item.value == "to"
        elif item.kind == "p" and item.value in ",-/~&" and amounts:
            ranged = ranged or item.value in "-~"
        elif item.kind == "w" and item.value in ("class", "grade") and amounts:
            pass
        else:
            break
        step += 1
    if not amounts:
        return None
    if (
        amounts[0].text in ("i", "v")
        and len(amounts) == 1
        and not re.search(r"\b(?:asa|nyha|class)\W*(?:\w+\W+)?$", words)
    ):
        return None
    subject, said = _subject(text, items, at, last)
    post = items[step] if step < len(items) and items[step].kind == "post" else None
    op = "between" if ranged and len(amounts) == 2 else "in"
    if post is not None and len(amounts) == 1:
        op, step = str(post.value), step + 1
    end = amounts[-1].end if post is None else post.end
    high = amounts[1] if len(amounts) > 1 else None
    reading = Reading("value", op, amounts[0], high, "", subject, said, items[at].start, end, None, tuple(amounts[2:]))
    while step > at + 1 and items[step - 1].end > end:
        step -= 1
    return reading, step


def _subject(text: str, items: Sequence[Item], at: int, last: int) -> tuple[tuple[str, ...], str]:
    """The nearest name before an item, back to the last reading or the last boundary."""
    step = at - 1
    begin = items[at].start
    ids: tuple[str, ...] = ()
    while step >= max(last, at - 60):
        item = items[step]
        if item.kind == "p" and item.value in _BOUNDARY:
            break
        if item.kind == "C" and not ids:
            ids = item.value
        begin = item.start
        step -= 1
    return ids, text[begin : items[at].start].strip(" ,:;(")


def _reading(
    text: str, items: Sequence[Item], at: int, after: int, last: int, op: str, low: Amount, high: Amount | None,
    time: str, limit: str | None, found: list[Reading], more: tuple[Amount, ...],
) -> tuple[Reading, int] | None:  # fmt: skip
    subject, words = _subject(text, items, at, last)
    end = items[after - 1].end
    tail = text[end : end + 40]
    unit = time if time else high.unit if high is not None and high.unit else low.unit
    kind = kind_of(
        text, items, at, after, words, tail, subject, op, unit, time, limit, low, found[-1].kind if found else None
    )
    if kind is None:
        return None
    if not words and found and kind == "value" and not subject:
        subject, words = found[-1].subject, found[-1].words
    end = max(end, low.end, high.end if high else 0) if limit is None else end
    return Reading(kind, op, low, high, unit, subject, words, items[at].start, end, limit, more), after
