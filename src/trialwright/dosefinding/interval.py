"""Rules that look only at the current dose: BOIN, Keyboard, mTPI-2, i3+3, and a table of the user's own.

Each rule is compiled to one table of moves by (n, DLTs), so a table for the protocol, the exact operating
characteristics and the next dose of a live trial are readings of the same numbers.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, betainc

from trialwright.dosefinding.checks import DoseInputError, check_between, check_target
from trialwright.dosefinding.verdicts import Boundary, Move

Moves = NDArray[np.int8]
TOLERANCE = 1e-12  # equality of a rate and a boundary, as floating point sees it


@dataclass(frozen=True, slots=True)
class Boin:
    """Bayesian optimal interval design.  Source: Liu and Yuan 2015, JRSS C 64:507, eq. 3 and table 1.

    `p_saf` and `p_tox` are the highest rate held to be under-dosing and the lowest held to be over-dosing
    (0.6 and 1.4 times the target unless given).  A dose with at least `eliminate_from_n` participants is
    eliminated where P(rate > target | data) > `cutoff` under a uniform prior; `extra_safe` stops the trial at the
    lowest dose already above `cutoff - offset`; `bound_mtd` keeps the selected dose at or under lambda_d.
    """

    target: float
    p_saf: float | None = None
    p_tox: float | None = None
    cutoff: float = 0.95
    extra_safe: bool = False
    offset: float = 0.05
    bound_mtd: bool = False
    eliminate_from_n: int = 3

    def __post_init__(self) -> None:
        check_target(self.target)
        check_between("cutoff", self.cutoff, 0.0, 1.0)
        check_between("offset", self.offset, 0.0, self.cutoff)
        if not 0 < self.under < self.target:
            raise DoseInputError(f"p_saf is {self.under:g}; it must lie between 0 and the target {self.target:g}.")
        if not self.target < self.over < 1:
            raise DoseInputError(f"p_tox is {self.over:g}; it must lie between the target {self.target:g} and 1.")

    @property
    def under(self) -> float:
        return 0.6 * self.target if self.p_saf is None else self.p_saf

    @property
    def over(self) -> float:
        return 1.4 * self.target if self.p_tox is None else self.p_tox


@dataclass(frozen=True, slots=True)
class Keyboard:
    """Keyboard design: the strongest of equal keys decides.  Source: Yan, Mandrekar and Yuan 2017, CCR 23:3994.

    The target key is [target - left, target + right]; keys of the same width lie on both sides, and what is left
    over at 0 and 1 is no key.  Elimination has no minimum n, as in the authors' own table.
    """

    target: float
    left: float = 0.05
    right: float = 0.05
    cutoff: float = 0.95
    eliminate_from_n: int = 1

    def __post_init__(self) -> None:
        _check_interval(self.target, self.left, self.right, self.cutoff)


@dataclass(frozen=True, slots=True)
class Mtpi2:
    """Modified toxicity probability interval design 2.  Source: Guo et al 2017, Contemp Clin Trials 58:23.

    The interval with the highest unit probability mass decides; the shorter intervals at 0 and 1 take part with
    their own length.  A dose is excluded where P(rate > target | data) > `cutoff`.
    """

    target: float
    left: float = 0.05
    right: float = 0.05
    cutoff: float = 0.95
    eliminate_from_n: int = 1

    def __post_init__(self) -> None:
        _check_interval(self.target, self.left, self.right, self.cutoff)


@dataclass(frozen=True, slots=True)
class I3Plus3:
    """The i3+3 design.  Source: Liu, Wang and Ji 2020, J Biopharm Stat 30:294, table 1 and safety rules 1 and 2.

    Below the equivalence interval escalate, inside stay; above, stay if one DLT fewer would be below it, else
    de-escalate.  `exclude=False` leaves out the safety rules (then no dose is ever eliminated).
    """

    target: float
    left: float = 0.05
    right: float = 0.05
    cutoff: float = 0.95
    exclude: bool = True
    eliminate_from_n: int = 3

    def __post_init__(self) -> None:
        _check_interval(self.target, self.left, self.right, self.cutoff)


@dataclass(frozen=True, slots=True)
class OwnTable:
    """A decision table that the user brings; numbers of participants between two rows use no rule and are refused."""

    target: float
    rows: tuple[Boundary, ...]

    def __post_init__(self) -> None:
        check_target(self.target)
        if not self.rows:
            raise DoseInputError("the decision table has no rows.")
        for row in self.rows:
            low, high, top = row.escalate_if_le, row.deescalate_if_ge, row.eliminate_if_ge
            if row.n < 1:
                raise DoseInputError(f"the decision table has a row for n = {row.n}; n must be at least 1.")
            if low is not None and high is not None and low >= high:
                raise DoseInputError(f"at n = {row.n} the table both escalates and de-escalates at {high} DLTs.")
            if top is not None and (high is None or top < high):
                raise DoseInputError(f"at n = {row.n} the table eliminates before it de-escalates.")
        if len({row.n for row in self.rows}) != len(self.rows):
            raise DoseInputError("the decision table has two rows for the same n.")


IntervalRule = Boin | Keyboard | Mtpi2 | I3Plus3 | OwnTable


def boin_bounds(rule: Boin) -> tuple[float, float]:
    """lambda_e (escalate at or below) and lambda_d (de-escalate above).  Liu and Yuan 2015, eq. 3."""
    phi, low, high = rule.target, rule.under, rule.over
    escalate = np.log((1 - low) / (1 - phi)) / np.log(phi * (1 - low) / (low * (1 - phi)))
    deescalate = np.log((1 - phi) / (1 - high)) / np.log(high * (1 - phi) / (phi * (1 - high)))
    return float(escalate), float(deescalate)


def probability_above(target: float, n: NDArray[np.int_], dlts: NDArray[np.int_]) -> NDArray[np.float64]:
    """P(DLT rate > target | data) under a uniform prior; the beta tail of whole counts is a binomial sum."""
    result: NDArray[np.float64] = bdtr(dlts.astype(float), n + 1, target)
    return result


@lru_cache(maxsize=256)
def moves(rule: IntervalRule, max_n: int) -> Moves:
    """Table [n, DLTs] of moves for n up to `max_n`; cells with more DLTs than participants hold STAY and are unused."""
    n, y = np.meshgrid(np.arange(max_n + 1), np.arange(max_n + 1), indexing="ij")
    rate = y / np.maximum(n, 1)
    match rule:
        case Boin():
            low, high = boin_bounds(rule)
            table = np.where(y <= np.floor(low * n + TOLERANCE), 1, 0)
            table = np.where(y > high * n + TOLERANCE, -1, table)
        case Keyboard() | Mtpi2():
            table = np.sign(_strongest_interval(rule, n, np.minimum(y, n)))
        case I3Plus3():
            low, high = rule.target - rule.left, rule.target + rule.right
            one_fewer = (y - 1) / np.maximum(n, 1)
            table = np.where(rate < low - TOLERANCE, 1, 0)
            table = np.where((rate > high + TOLERANCE) & (one_fewer >= low - TOLERANCE), -1, table)
        case OwnTable():
            table = _own_moves(rule, max_n)
        case _:
            raise TypeError(f"no rule for {rule!r}")
    if not isinstance(rule, OwnTable) and (not isinstance(rule, I3Plus3) or rule.exclude):
        above = probability_above(rule.target, n, np.minimum(y, n)) > rule.cutoff
        table = np.where((n >= rule.eliminate_from_n) & (y >= 1) & above, int(Move.ELIMINATE), table)
    table = np.where((y > n) | (n == 0), 0, table).astype(np.int8)
    table.setflags(write=False)
    return table


def stops_at_lowest(rule: Boin, n: NDArray[np.int_], dlts: NDArray[np.int_]) -> NDArray[np.bool_]:
    """Whether the extra-safe rule stops the trial at the lowest dose.  BOIN user guide, rule `extrasafe`."""
    return (n >= 3) & (dlts >= 1) & (probability_above(rule.target, n, dlts) > rule.cutoff - rule.offset)


def boundaries(rule: IntervalRule, max_n: int, cohort_size: int = 1) -> list[Boundary]:
    """The decision table for n = cohort_size, 2 x cohort_size, ... up to `max_n`."""
    if cohort_size < 1 or max_n < 1:
        raise DoseInputError("a decision table needs a cohort size and a maximum n of at least 1.")
    table = moves(rule, max_n)
    rows = []
    for n in range(cohort_size, max_n + 1, cohort_size):
        if isinstance(rule, OwnTable) and all(row.n != n for row in rule.rows):
            continue
        cells = table[n, : n + 1]
        up, down, out = (np.flatnonzero(mask) for mask in (cells == 1, cells < 0, cells == Move.ELIMINATE))
        rows.append(
            Boundary(
                n,
                int(up[-1]) if up.size else None,
                int(down[0]) if down.size else None,
                int(out[0]) if out.size else None,
            )
        )
    return rows


def lowest_stop(rule: Boin, n: int) -> int | None:
    """Fewest DLTs among `n` at the lowest dose at which the extra-safe rule stops the trial."""
    y = np.arange(n + 1)
    hits = np.flatnonzero(stops_at_lowest(rule, np.full(n + 1, n), y))
    return int(hits[0]) if hits.size else None


def _strongest_interval(rule: Keyboard | Mtpi2, n: NDArray[np.int_], y: NDArray[np.int_]) -> NDArray[np.int_]:
    """+1, 0, -1 as the interval with most posterior mass lies below, on or above the target interval."""
    low, high = rule.target - rule.left, rule.target + rule.right
    width = high - low
    below = np.arange(int(np.floor(low / width + 1e-9)), -1, -1) * -width + low
    above = np.arange(int(np.floor((1 - high) / width + 1e-9)) + 1) * width + high
    edges = np.concatenate([below, above])
    if isinstance(rule, Mtpi2):
        edges = np.concatenate([[0.0], edges, [1.0]])
    edges = np.clip(edges, 0.0, 1.0)
    edges = edges[np.concatenate([[True], np.diff(edges) > 1e-9])]
    mass = np.diff(betainc((y + 1)[..., None], (n - y + 1)[..., None], edges), axis=-1) / np.diff(edges)
    side = np.sign(np.round(rule.target - (edges[:-1] + edges[1:]) / 2, 12))
    home = int(np.flatnonzero((edges[:-1] < rule.target) & (rule.target < edges[1:]))[0])
    side = np.where(np.arange(side.size) < home, 1, np.where(np.arange(side.size) > home, -1, 0))
    return np.asarray(side[np.argmax(mass, axis=-1)])


def _own_moves(rule: OwnTable, max_n: int) -> NDArray[np.int_]:
    table = np.zeros((max_n + 1, max_n + 1), dtype=int)
    for row in rule.rows:
        if row.n > max_n:
            continue
        if row.escalate_if_le is not None:
            table[row.n, : row.escalate_if_le + 1] = 1
        if row.deescalate_if_ge is not None:
            table[row.n, row.deescalate_if_ge :] = -1
        if row.eliminate_if_ge is not None:
            table[row.n, row.eliminate_if_ge :] = int(Move.ELIMINATE)
    return table


def _check_interval(target: float, left: float, right: float, cutoff: float) -> None:
    check_target(target)
    check_between("cutoff", cutoff, 0.0, 1.0)
    if left <= 0 or right <= 0 or target - left <= 0 or target + right >= 1:
        raise DoseInputError(
            f"the interval from {target - left:g} to {target + right:g} must lie inside 0 to 1 and hold the target."
        )
