"""What people write on top of the nodes: each form here expands to nodes (`expand.py`) before anything is evaluated.

Parsing gives a tree of these forms and of nodes; printing such a tree and parsing it again gives the same tree.
Windows are those of `nodes.py`; a form without one takes the default of what it names, at the anchor in force.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from trialwright.language.nodes import Operator, Ref, Window

Tree = Any
"""An expression of nodes and notation together."""


@dataclass(frozen=True, slots=True)
class Duration:
    """An amount of time as written: 6 months, 48 hours, 5 half_lives."""

    amount: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Names:
    """One name or several, any or all of them; drugs may be narrowed to a route ("oral", "systemic")."""

    names: tuple[str, ...]
    every: bool = False
    route: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A measured value or category: `lowest platelets within 14 days before screening`, `ULN of alt`."""

    of: Ref
    rule: str | None = None
    part: Literal["value", "uln", "lln", "lod"] = "value"
    window: Window | None = None
    where: Tree | None = None


@dataclass(frozen=True, slots=True)
class This:
    """The fact that a `where` looks at."""


@dataclass(frozen=True, slots=True)
class Has:
    """At least one fact of the names in the window; `since`: begun at least so long before an instant."""

    names: Names
    window: Window | None = None
    since: Since | None = None


@dataclass(frozen=True, slots=True)
class Since:
    """`since >= 6 months before screening`"""

    operator: Operator
    duration: Duration
    before: Tree


@dataclass(frozen=True, slots=True)
class On:
    """A drug is being taken at the anchor, or at some time in the window."""

    names: Names
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Dose:
    """The daily dose, summed over the drugs named, on the day of the anchor or as highest, lowest, mean or range over a
    window; in equivalents where one is named (prednisone)."""

    names: Names
    equivalent: str | None = None
    which: Literal["at", "highest", "lowest", "mean", "range"] = "at"
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Days on which a condition on a time line stands: `longest run of (dose of prednisone >= 100 mg/day) within ...`.

    `C for >= 14 days within W` is its short form (longest), `C for >= 8 weeks before A` that of the current run.
    `interpolating 8 days` puts the days between two measurements at most 8 days apart on the line that joins them.
    """

    measure: Literal["longest", "total", "current"]
    what: Tree
    window: Window
    bridge_days: int | None = None
    interpolate_days: int = 0


@dataclass(frozen=True, slots=True)
class Stable:
    """The dose has not changed, and was taken without interruption, for so long before an instant."""

    dose: Dose
    operator: Operator
    duration: Duration
    before: Tree
    tolerance: Tree | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """From an earlier value to the latest: how much it rises or falls, absolute or relative to the earlier value.

    `start`: the earliest, the best (lowest for a rise, highest for a fall) or the previous earlier value in the window,
    or the value at the anchor `baseline`.
    """

    of: Ref
    direction: Literal["rises", "falls"]
    operator: Operator
    amount: Tree
    relative: bool
    start: Literal["earliest", "best", "previous", "baseline"] = "earliest"
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Polarity:
    """A result is positive or negative, any of the names or all of them."""

    names: Names
    polarity: Literal["positive", "negative"]
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class TimesLimit:
    """`3 x ULN`: a multiple of the limit of normal of the record on the other side of the comparison."""

    factor: Tree
    limit: Literal["uln", "lln", "lod"]


@dataclass(frozen=True, slots=True)
class Between:
    """Both bounds are included."""

    number: Tree
    low: Tree
    high: Tree


@dataclass(frozen=True, slots=True)
class Each:
    """The body for every, for some, or for so many members of a class; `it` is the member."""

    quantifier: Literal["each", "some"] | int
    of: str
    body: Tree


@dataclass(frozen=True, slots=True)
class Elapsed:
    """`years from birth to consent`: completed years or months, or days, between two instants."""

    unit: Literal["years", "months", "days"]
    start: Tree
    end: Tree


@dataclass(frozen=True, slots=True)
class Age:
    """Age in completed years at the anchor in force, or at the one named."""

    at: Tree | None = None


@dataclass(frozen=True, slots=True)
class At:
    """The same expression at another anchor; `baseline X` is `X at baseline`."""

    expression: Tree
    instant: Tree


@dataclass(frozen=True, slots=True)
class ResultOf:
    """The instant of the very fact that a reading selects: `the platelets result`."""

    of: Ref


@dataclass(frozen=True, slots=True)
class Edge:
    """The instant of the first or last fact of a name, ever: `first car_t_infusion`."""

    which: Literal["first", "last"]
    of: str


@dataclass(frozen=True, slots=True)
class CountOf:
    """How many facts, by fact, by distinct day or by distinct member; spaced at least so many days apart."""

    names: Names
    by: Literal["fact", "day", "concept"] = "fact"
    where: Tree | None = None
    window: Window | None = None
    spacing_days: int = 0


@dataclass(frozen=True, slots=True)
class NoRestriction:
    """A clause that excludes nobody ("male or female") and stays visible."""

    text: str


Notation = (
    Reading
    | This
    | Has
    | On
    | Dose
    | Run
    | Stable
    | Change
    | Polarity
    | TimesLimit
    | Between
    | Each
    | Elapsed
    | Age
    | At
    | ResultOf
    | Edge
    | CountOf
    | NoRestriction
)
