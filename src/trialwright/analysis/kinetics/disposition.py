"""What the whole profile implies when the terminal decline goes on for ever: areas to infinity, clearance, volume.

Observed (codes with O) starts the tail from the last sample, predicted (P) from the regression at that time.  For
cells, CL and V are bookkeeping: an expanding product has no clearance of its dose.
Source: Gabrielsson and Weiner 2016, ch. 2.8.
"""

from collections.abc import Callable

import numpy as np

from trialwright.analysis.kinetics.exposure import no_dose, per_dose
from trialwright.analysis.kinetics.parameters import BOLUS, EXTRAVASCULAR, INTRAVENOUS, Parameter
from trialwright.analysis.kinetics.reasons import Column, Floats, Reason, column, reason_where
from trialwright.analysis.kinetics.settings import Route
from trialwright.analysis.kinetics.terminal import Terminal
from trialwright.analysis.kinetics.terminal_parameters import last_predicted
from trialwright.analysis.kinetics.windows import Window

Compute = Callable[[Window, Terminal], Column]


def _auc(w: Window, z: Terminal, last: Floats) -> Column:
    return column(w.sum_to(w.area, w.last_quantified) + last / z.lambda_z, w.no_area, z.why)


def _aumc(w: Window, z: Terminal, last: Floats) -> Column:
    tail = last * w.tlst / z.lambda_z + last / z.lambda_z**2
    return column(w.sum_to(w.moment, w.last_quantified) + tail, w.no_area, z.why)


def aucifo(w: Window, z: Terminal) -> Column:
    """Area to TLST and the tail CLST / lambda z."""
    return _auc(w, z, w.clst)


AUCIFO = Parameter("AUCIFO", "AUC Infinity Obs", "auc", aucifo, bounded=False, rests_on="extrapolation")


def aucifp(w: Window, z: Terminal) -> Column:
    """Area to TLST and the tail from the predicted concentration at TLST."""
    return _auc(w, z, last_predicted(w, z))


AUCIFP = Parameter("AUCIFP", "AUC Infinity Pred", "auc", aucifp, bounded=False, rests_on="extrapolation")


def aucifod(w: Window, z: Terminal) -> Column:
    """AUCIFO per unit of dose."""
    return per_dose(w, aucifo(w, z))


AUCIFOD = Parameter(
    "AUCIFOD", "AUC Infinity Obs Norm by Dose", "auc_per_dose", aucifod, bounded=False, rests_on="extrapolation"
)


def aucifpd(w: Window, z: Terminal) -> Column:
    """AUCIFP per unit of dose."""
    return per_dose(w, aucifp(w, z))


AUCIFPD = Parameter(
    "AUCIFPD", "AUC Infinity Pred Norm by Dose", "auc_per_dose", aucifpd, bounded=False, rests_on="extrapolation"
)


def aumcifo(w: Window, z: Terminal) -> Column:
    """First-moment area with the tail from CLST."""
    return _aumc(w, z, w.clst)


AUMCIFO = Parameter("AUMCIFO", "AUMC Infinity Obs", "aumc", aumcifo, bounded=False, rests_on="extrapolation")


def aumcifp(w: Window, z: Terminal) -> Column:
    """First-moment area with the tail from the predicted concentration at TLST."""
    return _aumc(w, z, last_predicted(w, z))


AUMCIFP = Parameter("AUMCIFP", "AUMC Infinity Pred", "aumc", aumcifp, bounded=False, rests_on="extrapolation")


def _extrapolated(whole: Compute, part: Callable[[Window], Floats]) -> Compute:
    def compute(w: Window, z: Terminal) -> Column:
        total = whole(w, z)
        return column(100 * (total.value - part(w)) / total.value, total.why)

    return compute


def _area(w: Window) -> Floats:
    return w.sum_to(w.area, w.last_quantified)


def _moment(w: Window) -> Floats:
    return w.sum_to(w.moment, w.last_quantified)


# per cent of an area to infinity that lies beyond the last sample
AUCPEO = Parameter("AUCPEO", "AUC %Extrapolation Obs", "percent", _extrapolated(aucifo, _area), bounded=False)
AUCPEP = Parameter("AUCPEP", "AUC %Extrapolation Pred", "percent", _extrapolated(aucifp, _area), bounded=False)
AUMCPEO = Parameter("AUMCPEO", "AUMC %Extrapolation Obs", "percent", _extrapolated(aumcifo, _moment), bounded=False)
AUMCPEP = Parameter("AUMCPEP", "AUMC % Extrapolation Pred", "percent", _extrapolated(aumcifp, _moment), bounded=False)


def _mrt(moment: Compute, area: Compute) -> Compute:
    """Mean residence time, AUMC / AUC; half the infusion is taken off, for it is not residence."""

    def compute(w: Window, z: Terminal) -> Column:
        above, below = moment(w, z), area(w, z)
        infused = w.settings.route is Route.INFUSION
        with np.errstate(all="ignore"):
            value = above.value / below.value - (w.duration / 2 if infused else 0.0)
        unknown = reason_where(infused & ~np.isfinite(w.duration), Reason.NO_DURATION)
        return column(value, above.why, below.why, unknown)

    return compute


def _auclst(w: Window, z: Terminal) -> Column:
    return column(w.at_last(w.area), w.no_area)


def _aumclst(w: Window, z: Terminal) -> Column:
    return column(w.at_last(w.moment), w.no_area)


MRT_LAST, MRT_OBS, MRT_PRED = _mrt(_aumclst, _auclst), _mrt(aumcifo, aucifo), _mrt(aumcifp, aucifp)
MRTEVLST = Parameter("MRTEVLST", "MRT Extravasc to Last Nonzero Conc", "time", MRT_LAST, EXTRAVASCULAR)
MRTEVIFO = Parameter("MRTEVIFO", "MRT Extravasc Infinity Obs", "time", MRT_OBS, EXTRAVASCULAR, False, "extrapolation")
MRTEVIFP = Parameter("MRTEVIFP", "MRT Extravasc Infinity Pred", "time", MRT_PRED, EXTRAVASCULAR, False, "extrapolation")
MRTIVLST = Parameter("MRTIVLST", "MRT Intravasc to Last Nonzero Conc", "time", MRT_LAST, INTRAVENOUS)
MRTIVIFO = Parameter("MRTIVIFO", "MRT Intravasc Infinity Obs", "time", MRT_OBS, INTRAVENOUS, False, "extrapolation")
MRTIVIFP = Parameter("MRTIVIFP", "MRT Intravasc Infinity Pred", "time", MRT_PRED, INTRAVENOUS, False, "extrapolation")


def _clearance(area: Compute) -> Compute:
    """Dose / AUC: total clearance after intravenous dosing, apparent (CL/F) after extravascular."""

    def compute(w: Window, z: Terminal) -> Column:
        total = area(w, z)
        return column(w.dose / total.value, total.why, no_dose(w))

    return compute


def _volume(area: Compute) -> Compute:
    """Dose / (lambda z AUC)."""

    def compute(w: Window, z: Terminal) -> Column:
        total = area(w, z)
        return column(w.dose / (z.lambda_z * total.value), total.why, no_dose(w))

    return compute


def _steady(mrt: Compute, area: Compute) -> Compute:
    """MRT x CL."""

    def compute(w: Window, z: Terminal) -> Column:
        time, clearance = mrt(w, z), _clearance(area)(w, z)
        return column(time.value * clearance.value, time.why, clearance.why)

    return compute


CL_OBS, CL_PRED = _clearance(aucifo), _clearance(aucifp)
V_OBS, V_PRED = _volume(aucifo), _volume(aucifp)
CLFO = Parameter("CLFO", "Total CL Obs by F", "clearance", CL_OBS, EXTRAVASCULAR, False, "extrapolation")
CLFP = Parameter("CLFP", "Total CL Pred by F", "clearance", CL_PRED, EXTRAVASCULAR, False, "extrapolation")
VZFO = Parameter("VZFO", "Vz Obs by F", "volume", V_OBS, EXTRAVASCULAR, False, "extrapolation")
VZFP = Parameter("VZFP", "Vz Pred by F", "volume", V_PRED, EXTRAVASCULAR, False, "extrapolation")
CLO = Parameter("CLO", "Total CL Obs", "clearance", CL_OBS, INTRAVENOUS, False, "extrapolation")
CLP = Parameter("CLP", "Total CL Pred", "clearance", CL_PRED, INTRAVENOUS, False, "extrapolation")
VZO = Parameter("VZO", "Vz Obs", "volume", V_OBS, INTRAVENOUS, False, "extrapolation")
VZP = Parameter("VZP", "Vz Pred", "volume", V_PRED, INTRAVENOUS, False, "extrapolation")
VSSO = Parameter(
    "VSSO", "Vol Dist Steady State Obs", "volume", _steady(MRT_OBS, aucifo), INTRAVENOUS, False, "extrapolation"
)
VSSP = Parameter(
    "VSSP", "Vol Dist Steady State Pred", "volume", _steady(MRT_PRED, aucifp), INTRAVENOUS, False, "extrapolation"
)


def c0(w: Window, z: Terminal) -> Column:
    """Concentration of a bolus at time 0: observed there, else back-extrapolated (`windows`)."""
    return column(w.c0, w.no_samples)


C0 = Parameter("C0", "Initial Conc", "concentration", c0, BOLUS, False)


def _back_extrapolated(area: Compute) -> Compute:
    """Per cent of the area to infinity that lies before the first sample of a bolus."""

    def compute(w: Window, z: Terminal) -> Column:
        total = area(w, z)
        before = np.where(w.qt[:, 0] > w.interval.start, w.area[:, 0], 0.0)
        return column(100 * before / total.value, total.why)

    return compute


AUCPBEO = Parameter("AUCPBEO", "AUC %Back Extrapolation Obs", "percent", _back_extrapolated(aucifo), BOLUS, False)
AUCPBEP = Parameter("AUCPBEP", "AUC %Back Extrapolation Pred", "percent", _back_extrapolated(aucifp), BOLUS, False)

DISPOSITION = (
    AUCIFO, AUCIFOD, AUCPEO, AUCIFP, AUCIFPD, AUCPEP, AUMCIFO, AUMCPEO, AUMCIFP, AUMCPEP, MRTEVLST, MRTEVIFO,
    MRTEVIFP, MRTIVLST, MRTIVIFO, MRTIVIFP, CLFO, CLFP, VZFO, VZFP, CLO, CLP, VZO, VZP, VSSO, VSSP, C0, AUCPBEO,
    AUCPBEP,
)  # fmt: skip
