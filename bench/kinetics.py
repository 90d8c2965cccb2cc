"""Kinetics: 10,000 profiles through full non-compartmental analysis, 1,000 individual model fits, a population fit.

Floor: one bare numpy trapezoid over the same profiles.  Times are of one core; run as `python -m bench.kinetics`.
"""

import json
import time

import numpy as np

from trialwright.analysis.kinetics.fit import fit_map, observations
from trialwright.analysis.kinetics.models import STEIN
from trialwright.analysis.kinetics.nca import analyse, parse_intervals
from trialwright.analysis.kinetics.population import fit_population
from trialwright.analysis.kinetics.profiles import from_arrays
from trialwright.analysis.kinetics.published import Population, stein_2019
from trialwright.analysis.kinetics.settings import Method, Settings
from trialwright.analysis.kinetics.simulate import simulate

VISITS = [0, 1, 3, 5, 7, 9, 11, 14, 17, 21, 28, 42, 60, 90]
COHORT = Population(STEIN, stein_2019().mean, np.diag([0.6, 0.04, 0.65, 0.15, 0.8, 0.1]), 0.4)


def timed(action, repeats=1):
    """(seconds of the fastest run, result)."""
    best, result = np.inf, None
    for _ in range(repeats):
        start = time.perf_counter()
        result = action()
        best = min(best, time.perf_counter() - start)
    return best, result


def main() -> dict:
    """Measure and print; returns the figures."""
    drawn = simulate(COHORT, 10_000, VISITS, np.random.default_rng(7), lloq=50.0)
    times = np.tile(drawn.times, (10_000, 1))
    settings = Settings(method=Method.LINEAR_UP_LOG_DOWN)
    both = parse_intervals("0-28,0-inf")

    def full():
        return analyse(from_arrays(times, drawn.measured, lloq=50.0, dose=1e8), settings, both)

    floor, _ = timed(lambda: np.trapezoid(drawn.measured, times, axis=1), 5)
    nca, kinetics = timed(full, 3)
    rows, count = timed(lambda: sum(1 for _ in kinetics.rows()))
    some = [observations(VISITS, values, 50.0) for values in drawn.measured[:1000]]
    fits, found = timed(lambda: [fit_map(seen, COHORT) for seen in some])
    forty, estimate = timed(lambda: fit_population(some[:40], COHORT))
    figures = {
        "profiles": 10_000,
        "samples_per_profile": len(VISITS),
        "nca_two_intervals_s": round(nca, 3),
        "nca_over_bare_trapezoid": round(nca / floor, 1),
        "rows": count,
        "rows_s": round(rows, 3),
        "individual_fits": len(found),
        "fits_without_result": sum(fit.theta is None for fit in found),
        "individual_fits_s": round(fits, 2),
        "population_of_40_s": round(forty, 2),
        "population_iterations": estimate.iterations,
    }
    print(json.dumps(figures, indent=2))
    return figures


if __name__ == "__main__":
    main()
