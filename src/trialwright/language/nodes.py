"""The closed set of expressions: everything a protocol says about people is made of these nodes.

Sorts: Truth (three-valued, with reasons), Number (an interval; a point is the ordinary case), Category (a set
of codes), Instant (an interval of time), Facts (rows), Timeline (a step function over days).  What people write
(`notation.py`) expands to these nodes before anything is evaluated; the reference interpreter (`interpret.py`)
is their meaning, and the compiler of `trialwright.query` must agree with it.

To add a kind of expression: one dataclass here, its place in `Expression`, and one rule each in interpret,
printer, check, describe and the compiler; `tests/language/test_exhaustive.py` names what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Domain = Literal["condition", "drug", "procedure", "measurement", "observation", "demographic"]
TimeUnit = Literal["minutes", "hours", "days", "weeks", "months", "years", "half_lives"]
Operator = Literal["<", "<=", "=", "!=", ">=", ">"]


# --- Instants and windows -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Anchor:
    """A named instant of a person's trial: screening, consent, enrollment, leukapheresis, infusion, day_90 ...

    One that has not happened makes what hangs on it unknown, with the reason `not_yet`.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Offset:
    """An instant moved by a duration; months and years are calendar months (31 January + 1 month = 28 February).

    A duration in hours or minutes is counted on the clock, any other in whole days; half-lives are those of the
    drug that `each member of` names, and expansion turns them into days, rounded up.
    """

    instant: Instant
    amount: Decimal
    unit: TimeUnit
    direction: Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class TimeOf:
    """When the selected fact happened (its start); a partial date gives an interval, no fact an unknown instant."""

    selection: Select


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to `end`, both included unless `*_open`; None leaves a side unbounded.

    Facts with an extent in time (conditions, drugs) belong to every window that they overlap.  Windows whose
    bounds are counted in days compare days; those counted in hours compare minutes.
    """

    start: Instant | None = None
    end: Instant | None = None
    start_open: bool = False
    end_open: bool = False


# --- Facts, what is picked from them, and time lines ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Facts:
    """The recorded facts of any of `concepts` in a window, of one domain, that pass every test of `where`.

    Inside `where`, `ValueOf(None, ...)` is the fact itself.
    """

    concepts: tuple[str, ...]
    domain: Domain
    window: Window = Window()
    where: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Select:
    """One fact out of many.  Facts that could equally be the one (same time, partial dates) stand together: their
    values form an interval, and a comparison that they answer differently is unknown for `conflict`.

    A selected fact whose value cannot be read does not give way to an older one.
    """

    facts: Facts
    rule: Literal["latest", "earliest", "lowest", "highest", "mean", "nearest"] = "latest"
    near: Instant | None = None


@dataclass(frozen=True, slots=True)
class ValueOf:
    """A part of the selected fact; `uln`, `lln` and `lod` are those of its own record, else `default` (flagged).

    With `selection` None: of the fact that a `where` looks at.  `category` gives a Category, the rest a Number.
    """

    selection: Select | None
    part: Literal["value", "uln", "lln", "lod", "category"] = "value"
    default: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many facts: by fact, by distinct day, or by distinct concept; optionally at least `spacing_days` apart.

    The lower bound counts what is certain, the upper bound what is possible.  Where nothing is recorded and the
    source does not observe the domain over the window, there is no upper bound.
    """

    facts: Facts
    by: Literal["fact", "day", "concept"] = "fact"
    spacing_days: int = 0


@dataclass(frozen=True, slots=True)
class Timeline:
    """A step function over days: whether any record covers the day (`presence`), the summed daily dose (`dose`), or
    the lowest value of each measured day (`value`); `interpolate_days` joins values at most so far apart by a line.

    `factors` turn each concept's dose into an equivalent (prednisone 1, prednisolone 1, dexamethasone 6.67); a
    concept without one (None) has an unknown dose.  Records of one drug that overlap are resolved by `exposure.py`.
    """

    facts: Facts
    of: Literal["presence", "dose", "value"]
    factors: tuple[tuple[str, Decimal | None], ...] = ()
    interpolate_days: int = 0


@dataclass(frozen=True, slots=True)
class Spell:
    """Days in the window on which the time line stands in `operator` to `threshold` (presence: is covered).

    `longest` run, `total`, or the run `current` on the last day of the window; runs at most `bridge_days` apart
    are one run (the days between count).  Only days inside the window count.
    """

    timeline: Timeline
    window: Window
    measure: Literal["longest", "total", "current"] = "longest"
    operator: Operator | None = None
    threshold: Expression | None = None
    bridge_days: int = 0


@dataclass(frozen=True, slots=True)
class Extent:
    """Highest, lowest, range (highest minus lowest) or mean of the time line over the days of the window.

    One record of unknown dose that spans the window alone has range 0.
    """

    timeline: Timeline
    window: Window
    which: Literal["highest", "lowest", "range", "mean"]


# --- Numbers ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its UCUM unit, as written; after expansion in the unit of what it is compared with."""

    value: Decimal
    unit: str = "1"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A formula over Numbers; intervals propagate, and a domain error (ln 0, x/0) is unknown.

    `years`, `months`, `days` take two Instants and give completed years and months (birth + n years <= anchor)
    and whole days between.  The outcome of the outermost formula is rounded to six decimals, so that 12 x 0.6
    equals 7.2.
    """

    operator: Literal["+", "-", "*", "/", "^", "min", "max", "exp", "ln", "abs", "round", "years", "months", "days"]
    arguments: tuple[Expression | Instant, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a score: `points` when `condition` holds (ordinal items carry a formula as points)."""

    id: str
    points: Expression
    condition: Expression
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """Points summed over domains; inside a domain named in `maxima` only the highest item counts.

    Known only as [lower, upper] while items are unknown.  `recorded` is the total as recorded: when it is known
    it is the score, and it bounds the sub-score over the items named in `subset` (total minus what the other items
    can reach, total minus what they have).  A total that the items contradict is unknown for `conflict`.
    """

    items: tuple[Item, ...]
    maxima: tuple[str, ...] = ()
    recorded: Expression | None = None
    subset: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grade:
    """Rungs from highest to lowest; the first that is met gives the grade, none gives 0.

    With rungs unknown: from the highest rung met to the highest rung not excluded.
    """

    rungs: tuple[tuple[int, Expression], ...]


# --- Truths -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Compare:
    """Decides only when the whole of both intervals agrees.

    `alternative` is the same threshold in another unit ("2.5 mg/dL (221 umol/L)"): a value recorded in that very
    unit is compared as recorded.
    """

    left: Expression
    operator: Operator
    right: Expression
    alternative: Quantity | None = None


@dataclass(frozen=True, slots=True)
class In:
    """A category is one of `members`; of several recorded codes (class III+V) any counts."""

    category: Expression
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least `count` of `parts` hold; one rule gives all-of (n of n) and any-of (1 of n).

    Strong Kleene: met when `count` parts are met, not met when too few are left that could be, else unknown.
    Source: Kleene 1952, section 64; FHIR R5 characteristic-combination codes.
    """

    count: int
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Met and not met exchanged; unknown stays unknown for the same reasons."""

    part: Expression


@dataclass(frozen=True, slots=True)
class If:
    """`then` where the condition is met, `otherwise` where it is not, their common value where it is unknown.

    Without `otherwise`: met and marked not applicable where the condition is not met.
    """

    condition: Expression
    then: Expression
    otherwise: Expression | None = None


@dataclass(frozen=True, slots=True)
class FirstKnown:
    """The first part whose value is known (a recorded clearance before a computed one).

    With none known: the last part's value, for the reasons of all.
    """

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """A question that only a person answers; the answer, once given, is a fact with who and when.

    `consent`, `willingness` and `intent` are left out of the verdict on the record; `judgement` and `look_up` are not.
    """

    id: str
    text: str
    kind: Literal["consent", "willingness", "intent", "judgement", "look_up"]
    gives: Literal["truth", "number"] = "truth"


@dataclass(frozen=True, slots=True)
class Unsupported:
    """What the protocol does not say precisely enough to decide; always unknown."""

    text: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Ref:
    """A name of the catalog (a definition, an instrument or its sub-score, a concept), with parameters that differ
    from their defaults; expansion puts its meaning in its place."""

    name: str
    parameters: tuple[tuple[str, Expression], ...] = ()


Instant = Anchor | Offset | TimeOf
Expression = (
    ValueOf
    | Count
    | Spell
    | Extent
    | Quantity
    | Arithmetic
    | Score
    | Grade
    | Compare
    | In
    | AtLeast
    | Not
    | If
    | FirstKnown
    | Ask
    | Unsupported
    | Ref
)
Node = Expression | Instant | Window | Facts | Select | Timeline | Item


def all_of(*parts: Expression) -> Expression:
    """Every part holds; one part is itself."""
    return parts[0] if len(parts) == 1 else AtLeast(len(parts), parts)


def any_of(*parts: Expression) -> Expression:
    """One part or more holds; one part is itself."""
    return parts[0] if len(parts) == 1 else AtLeast(1, parts)


ALWAYS = AtLeast(0, ())
"""Always met: how a clause without restriction ("male or female") stays visible."""
