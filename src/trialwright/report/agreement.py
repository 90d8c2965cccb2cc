"""How far two protocols agree, as text for a terminal and as Markdown for a page."""

from __future__ import annotations

from collections.abc import Sequence

from trialwright.query.verdicts import VERDICTS
from trialwright.screening.agreement import QUESTIONS, STATES, Agreement, ItemAgreement, Questions, Table

HOW: dict[Questions, str] = {
    "open": "no question answered",
    "in": "every question answered so that the person gets in",
    "out": "every question answered so that the person is kept out",
}
"""What each treatment of the questions is, in words."""


def agreement_lines(found: Agreement, most: int = 10) -> list[str]:
    """For a terminal: verdicts under each treatment, criteria in another state, and some people."""
    lines = [f"{found.first} (rows) against {found.second} (columns): {found.persons:,} people"]
    for how in QUESTIONS[:2]:
        lines += ["", f"{HOW[how]}: {same(found, how)}"]
        lines += _grid(found.verdicts[how], VERDICTS)
    other = differing(found)
    lines += ["", f"{len(found.items) - len(other)} of {len(found.items)} criteria have the same state for everybody"]
    for item in other:
        lines += [f"  {item.id}: {said}" for said in changes(item)]
    for side, ids in ((found.first, found.only_first), (found.second, found.only_second)):
        if ids:
            lines.append(f"  only in {side}: {', '.join(ids)}")
    for one in found.differences[:most]:
        verdicts = f"{VERDICTS[one.first]} / {VERDICTS[one.second]}"
        lines.append(f"  {one.person}: {verdicts} by {', '.join(one.criteria)} ({HOW[one.questions]})")
    if len(found.differences) > most:
        lines.append(f"  and {len(found.differences) - most:,} more (--json has all)")
    return lines


def agreement_table(found: Agreement, how: Questions) -> list[str]:
    """The confusion of verdicts as a Markdown table: rows the first protocol, columns the second."""
    rows = [f"| {found.first} | {' | '.join(VERDICTS)} |", "|---|" + "---:|" * len(VERDICTS)]
    rows += [
        f"| {name} | {' | '.join(f'{count:,}' for count in row)} |"
        for name, row in zip(VERDICTS, found.verdicts[how], strict=True)
    ]
    return rows


def same(found: Agreement, how: Questions) -> str:
    """How many people have the same verdict, of all and of those whom one of the two leaves open."""
    some, agree = found.open_to_either(how)
    share = f"the same verdict for {percent(found.share(how))} of the people"
    return share if not some else f"{share}, and for {agree:,} of the {some:,} whom not both find ineligible"


def percent(share: float) -> str:
    """Never rounded up to all, nor down to none."""
    text = f"{100 * share:.1f}"
    if text == "100.0" and share < 1:
        text = "99.9"
    return f"{'0.1' if text == '0.0' and share > 0 else text} %"


def differing(found: Agreement) -> Sequence[ItemAgreement]:
    """The criteria that are in another state for somebody."""
    return [item for item in found.items if any(item.share(how) < 1 for how in QUESTIONS)]


def changes(item: ItemAgreement) -> list[str]:
    """For each treatment of the questions, how many people have which other state in the second protocol."""
    said = []
    for how in QUESTIONS:
        cells = [
            f"{count:,} {STATES[i]} / {STATES[j]}"
            for i, row in enumerate(item.states[how])
            for j, count in enumerate(row)
            if i != j and count
        ]
        if cells:
            said.append(f"{', '.join(cells)} ({HOW[how]})")
    return said


def _grid(table: Table, names: Sequence[str]) -> list[str]:
    width = max(map(len, names)) + 2
    rows = [f"{name:<{width}}" + "".join(f"{n:>{width},}" for n in row) for name, row in zip(names, table, strict=True)]
    return [" " * width + "".join(f"{name:>{width}}" for name in names), *rows]
