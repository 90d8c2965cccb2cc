"""The terminal phase as reported: lambda z, half-life, and how far the regression can be trusted."""

import numpy as np

from trialwright.analysis.kinetics.parameters import Parameter
from trialwright.analysis.kinetics.reasons import Column, Floats, column
from trialwright.analysis.kinetics.terminal import Terminal
from trialwright.analysis.kinetics.windows import Window


def lamz(w: Window, z: Terminal) -> Column:
    """Rate of the terminal log-linear decline."""
    return column(z.lambda_z, z.why)


LAMZ = Parameter("LAMZ", "Lambda z", "per_time", lamz, rests_on="fit")


def lamzhl(w: Window, z: Terminal) -> Column:
    """Terminal half-life, ln 2 / lambda z."""
    return column(np.log(2) / z.lambda_z, z.why)


LAMZHL = Parameter("LAMZHL", "Half-Life Lambda z", "time", lamzhl, rests_on="fit")


def lamznpt(w: Window, z: Terminal) -> Column:
    """Number of samples in the terminal regression."""
    return column(z.points, z.why)


LAMZNPT = Parameter("LAMZNPT", "Number of Points for Lambda z", "number", lamznpt)


def lamzll(w: Window, z: Terminal) -> Column:
    """Time of the first sample of the terminal regression."""
    return column(z.lower, z.why)


LAMZLL = Parameter("LAMZLL", "Lambda z Lower Limit", "time", lamzll)


def lamzul(w: Window, z: Terminal) -> Column:
    """Time of the last sample of the terminal regression."""
    return column(z.upper, z.why)


LAMZUL = Parameter("LAMZUL", "Lambda z Upper Limit", "time", lamzul)


def lamzspn(w: Window, z: Terminal) -> Column:
    """Half-lives that the regression's window covers."""
    return column(span(z), z.why)


LAMZSPN = Parameter("LAMZSPN", "Lambda z Span", "ratio", lamzspn)


def r2(w: Window, z: Terminal) -> Column:
    """R2 of the terminal regression."""
    return column(z.r2, z.why)


R2 = Parameter("R2", "R Squared", "ratio", r2)


def r2adj(w: Window, z: Terminal) -> Column:
    """R2 adjusted for the number of points, 1 - (1 - R2)(n - 1)/(n - 2)."""
    return column(z.r2adj, z.why)


R2ADJ = Parameter("R2ADJ", "R Squared Adjusted", "ratio", r2adj)


def corrxy(w: Window, z: Terminal) -> Column:
    """Correlation of time and log concentration in the terminal regression."""
    return column(z.correlation, z.why)


CORRXY = Parameter("CORRXY", "Correlation Between TimeX and Log ConcY", "ratio", corrxy)


def clstp(w: Window, z: Terminal) -> Column:
    """Concentration that the terminal regression predicts at TLST."""
    return column(last_predicted(w, z), z.why)


CLSTP = Parameter("CLSTP", "Last Nonzero Conc Pred", "concentration", clstp, rests_on="fit", cdisc=False)

TERMINAL = (LAMZ, LAMZHL, LAMZNPT, LAMZLL, LAMZUL, LAMZSPN, R2, R2ADJ, CORRXY, CLSTP)


def span(z: Terminal) -> Floats:
    """Half-lives between the first and the last sample of the regression."""
    return (z.upper - z.lower) * z.lambda_z / float(np.log(2))


def last_predicted(w: Window, z: Terminal) -> Floats:
    """exp(intercept - lambda z TLST)."""
    return np.asarray(np.exp(z.intercept - z.lambda_z * w.tlst))
