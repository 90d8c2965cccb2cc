"""What a kinetic parameter is: a CDISC code, a kind of unit, and one function from a window to a column."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from trialwright.analysis.kinetics.reasons import Column
from trialwright.analysis.kinetics.settings import Route
from trialwright.analysis.kinetics.terminal import Terminal
from trialwright.analysis.kinetics.windows import Window

ANY = frozenset(Route)
EXTRAVASCULAR = frozenset({Route.EXTRAVASCULAR})
INTRAVENOUS = frozenset({Route.BOLUS, Route.INFUSION})
BOLUS = frozenset({Route.BOLUS})

Unit = Literal[
    "time",
    "concentration",
    "per_time",
    "auc",
    "aumc",
    "concentration_per_dose",
    "auc_per_dose",
    "clearance",
    "volume",
    "percent",
    "number",
    "ratio",
]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One register entry.  `code` is the CDISC PPTESTCD and `label` the PPTEST where CDISC has the term.

    `bounded` says whether it belongs to finite intervals only (True), to the whole profile only (False) or to both.
    `rests_on` names what it is only as good as: the terminal fit, or the area extrapolated with it.
    """

    code: str
    label: str
    unit: Unit
    compute: Callable[[Window, Terminal], Column]
    routes: frozenset[Route] = ANY
    bounded: bool | None = None
    rests_on: Literal["samples", "fit", "extrapolation"] = "samples"
    cdisc: bool = True
