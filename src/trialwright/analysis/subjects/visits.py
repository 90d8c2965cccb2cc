"""Visit windows: which visit of the protocol a day belongs to, and which days a visit may be made on.

The protocol gives each visit an anchor, a day and a window.  Days of one subject are day numbers (1970-01-01 is 0).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trialwright.analysis.subjects.rules import Windows
from trialwright.catalog.models.protocols import ProtocolModel, Visit


@dataclass(frozen=True, slots=True)
class Due:
    """One visit of one subject: its target day, and the first and last day that count as made on it."""

    id: str
    label: str
    day: int
    target: int
    first: int
    last: int

    def holds(self, day: int) -> bool:
        return self.first <= day <= self.last


def visits_of(protocol: ProtocolModel, anchors: Mapping[str, int], windows: Windows) -> tuple[Due, ...]:
    """The visits of a subject in order of time; those whose anchor has not happened are left out.

    Source of the windows: the protocol.  With `nearest`, the days between two visits are shared half way.
    """
    stated = sorted((v for v in protocol.visits if v.anchor in anchors), key=lambda v: anchors[v.anchor] + v.day)
    made = [_due(v, anchors[v.anchor]) for v in stated]
    return tuple(made) if windows is Windows.STATED else tuple(_shared(made))


def _due(visit: Visit, anchor: int) -> Due:
    target = anchor + visit.day
    low, high = visit.window
    return Due(visit.id, visit.label or visit.id, visit.day, target, target + low, target + high)


def _shared(made: Sequence[Due]) -> list[Due]:
    """Each visit up to half way to the next; the first begins and the last ends with its own window."""
    out = []
    for i, one in enumerate(made):
        first = (made[i - 1].target + one.target) // 2 + 1 if i else one.first
        last = (one.target + made[i + 1].target) // 2 if i + 1 < len(made) else one.last
        out.append(Due(one.id, one.label, one.day, one.target, first, last))
    return out


def visit_on(visits: Sequence[Due], day: int) -> Due | None:
    """The visit that a day belongs to: of overlapping windows the one whose target is nearest, then the earlier."""
    holding = [visit for visit in visits if visit.holds(day)]
    return min(holding, key=lambda v: (abs(v.target - day), v.target), default=None)
