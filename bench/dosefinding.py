"""Dose finding: trials per second on one core beside the figures of the R packages, and the times of exact results.

Peers: BOIN 2.7.2, simFastBOIN, UBCRM 1.0.2, dfcrm 0.2-2.1, TITEgBOIN 0.4.0, measured with R 4.2.2 per processor second
on a machine of two cores; they are constants here, since R is not needed to run this.  Building the graph of a
design is inside each timing.  Run as `python -m bench.dosefinding`.
"""

import json
import time

from trialwright.dosefinding.calendar import Timeline
from trialwright.dosefinding.crm import Crm
from trialwright.dosefinding.design import Design, coherent, cohorts_of, no_skipping, stop_at_n
from trialwright.dosefinding.exact import exact
from trialwright.dosefinding.interval import Boin, boundaries, moves
from trialwright.dosefinding.simulate import simulate
from trialwright.dosefinding.skeleton import indifference_skeleton
from trialwright.dosefinding.threeplusthree import ThreePlusThree
from trialwright.dosefinding.timed import simulate_timed
from trialwright.dosefinding.tite import TiteBoin, TiteCrm

A = (0.05, 0.15, 0.30, 0.45, 0.60)
ACCRUAL = Timeline(window_days=28, accrual_days=2.8)


def seconds(action, repeats=3):
    """Processor seconds of the fastest run, as the peers' figures are per processor second."""
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        action()
        best = min(best, time.process_time() - start)
    return best


def main() -> dict:
    """Measure and print; returns the figures."""
    crm = Crm(0.30, indifference_skeleton(0.30, 5, 3))
    boin = Design(Boin(0.30), 5) | stop_at_n(30)
    three = Design(ThreePlusThree(), 5)
    model = Design(crm, 5) | stop_at_n(30) | no_skipping() | coherent()
    tite_crm = Design(TiteCrm(crm, 28), 5) | stop_at_n(30) | cohorts_of(1) | no_skipping() | coherent()
    tite_boin = Design(TiteBoin(Boin(0.30), 28), 5) | stop_at_n(30)

    # name: (trials, what to run, target per second, {peer: its trials per second})
    runs = {
        "BOIN": (300_000, lambda n: simulate(boin, A, n, 6), 300_000, {"BOIN get.oc": 1_460, "simFastBOIN": 36_900}),
        "3+3": (300_000, lambda n: simulate(three, A, n, 6), 300_000, {"UBCRM ssim3p3": 2_037}),
        "CRM": (50_000, lambda n: simulate(model, A, n, 6), 20_000, {"dfcrm crmsim": 129}),
        "TITE-CRM": (10_000, lambda n: simulate_timed(tite_crm, A, ACCRUAL, n, 6), 5_000, {"dfcrm titesim": 39}),
        "TITE-BOIN": (
            20_000,
            lambda n: simulate_timed(tite_boin, A, ACCRUAL, n, 6),
            20_000,
            {"TITEgBOIN get_oc": 15.8},
        ),
    }
    figures: dict = {"simulation": {}, "exact": {}}
    for name, (trials, action, goal, peers) in runs.items():
        rate = trials / seconds(lambda act=action, n=trials: act(n), 2)
        ratios = {peer: round(rate / theirs, 1) for peer, theirs in peers.items()}
        figures["simulation"][name] = {"trials_per_s": round(rate), "target": goal, "times_faster": ratios}
        beside = ", ".join(f"{ratio:,.0f} x {peer} ({peers[peer]:,}/s)" for peer, ratio in ratios.items())
        print(f"{name:<10} {rate:>12,.0f} trials/s (target {goal:,}): {beside}")

    def table():
        moves.cache_clear()
        boundaries(Boin(0.30), 30, 3)

    for name, action, goal in (
        ("exact BOIN, 5 doses, 10 cohorts of 3", lambda: exact(boin, A), 50.0),
        ("exact 3+3, 5 doses", lambda: exact(three, A), 5.0),
        ("boundary table, n to 30", table, 1.0),
        ("exact CRM, 5 doses, 10 cohorts of 3", lambda: exact(model, A), None),
    ):
        took = 1000 * seconds(action, 5)
        figures["exact"][name] = {"ms": round(took, 3), "target_ms": goal}
        print(f"{name:<40} {took:>9.2f} ms" + (f" (target {goal:g} ms)" if goal else ""))
    return figures


if __name__ == "__main__":
    print(json.dumps(main()))
