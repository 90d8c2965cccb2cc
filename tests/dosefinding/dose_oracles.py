"""Where the oracle files are, and two plain enumerations that serve as a second opinion."""

import csv
import json
from functools import cache
from math import comb
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "dosefinding"
A = (0.05, 0.15, 0.30, 0.45, 0.60)
B = (0.25, 0.35, 0.45, 0.55, 0.65)


def oracle(name: str) -> Any:
    """Rows of a CSV or the content of a JSON file of the shared oracles; skips where they are absent."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"needs ../shared/data/dosefinding/{name}, which is not part of the repository")
    if name.endswith(".json"):
        return json.loads(path.read_text(encoding="utf-8"))
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def count(text: str) -> int | None:
    return None if text in ("", "NA") else int(text)


def boin_by_recursion(
    target: float, truth: tuple[float, ...], cohorts: int, size: int
) -> tuple[list[float], list[float]]:
    """Selection (none first) and participants per dose, one data set at a time from the printed rules."""
    from math import log

    from scipy.stats import beta

    low_p, high_p = 0.6 * target, 1.4 * target
    low = log((1 - low_p) / (1 - target)) / log(target * (1 - low_p) / (low_p * (1 - target)))
    high = log((1 - target) / (1 - high_p)) / log(high_p * (1 - target) / (target * (1 - high_p)))
    doses = len(truth)

    @cache
    def toxic(n: int, y: int) -> bool:
        return n >= 3 and 1 - beta.cdf(target, y + 1, n - y + 1) > 0.95

    def chosen(n: tuple[int, ...], y: tuple[int, ...]) -> int:
        ok = []
        for j in range(doses):
            if toxic(n[j], y[j]):
                break
            if n[j]:
                ok.append(j)
        if not ok:
            return 0
        blocks: list[list[float]] = []
        for j in ok:
            p, a, b = (y[j] + 0.05) / (n[j] + 0.1), y[j] + 0.05, n[j] - y[j] + 0.05
            blocks.append([p, (a + b) ** 2 * (a + b + 1) / (a * b), 1])
            while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
                p2, w2, k2 = blocks.pop()
                p1, w1, k1 = blocks.pop()
                blocks.append([(p1 * w1 + p2 * w2) / (w1 + w2), w1 + w2, k1 + k2])
        fit = [p for p, _, k in blocks for _ in range(int(k))]
        gaps = [abs(p + 1e-10 * (i + 1) - target) for i, p in enumerate(fit)]
        return ok[gaps.index(min(gaps))] + 1

    states = {((0,) * doses, (0,) * doses, 0): 1.0}
    selection, patients = [0.0] * (doses + 1), [0.0] * doses
    for step in range(cohorts):
        after: dict[Any, float] = {}
        for (n, y, d), weight in states.items():
            for k in range(size + 1):
                chance = weight * comb(size, k) * truth[d] ** k * (1 - truth[d]) ** (size - k)
                n2 = (*n[:d], n[d] + size, *n[d + 1 :])
                y2 = (*y[:d], y[d] + k, *y[d + 1 :])
                gone = [j for j in range(doses) if toxic(n2[j], y2[j])]
                if step == cohorts - 1 or 0 in gone:
                    selection[chosen(n2, y2)] += chance
                    patients = [total + chance * m for total, m in zip(patients, n2)]
                    continue
                rate, up = y2[d] / n2[d], min([*gone, doses])
                goal = d + 1 if rate <= low and d + 1 < up else d - 1 if rate > high and d else d
                key = (n2, y2, goal)
                after[key] = after.get(key, 0.0) + chance
        states = after
    return selection, patients


def threeplusthree_by_recursion(truth: tuple[float, ...], fill: bool, confirm: bool) -> list[float]:
    """Selection (none first) of 3+3 by following each course in words."""
    doses = len(truth)
    selection = [0.0] * (doses + 1)

    def chance(d: int, k: int) -> float:
        return comb(3, k) * truth[d] ** k * (1 - truth[d]) ** (3 - k)

    def go(d: int, n: dict[int, int], y: dict[int, int], weight: float, falling: bool) -> None:
        for k in range(4):
            n2, y2 = {**n, d: n.get(d, 0) + 3}, {**y, d: y.get(d, 0) + k}
            settle(d, n2, y2, weight * chance(d, k), falling)

    def settle(d: int, n: dict[int, int], y: dict[int, int], weight: float, falling: bool) -> None:
        if y[d] >= 2:
            if d == 0:
                selection[0] += weight
            elif n.get(d - 1, 0) == 6 or (n.get(d - 1, 0) == 3 and not fill):
                selection[d] += weight
            else:
                go(d - 1, n, y, weight, True)
        elif n[d] == 3 and y[d] == 1:
            go(d, n, y, weight, falling)
        elif falling or d == doses - 1:
            if n[d] == 3 and (fill if falling else confirm):
                go(d, n, y, weight, falling)
            else:
                selection[d + 1] += weight
        else:
            go(d + 1, n, y, weight, False)

    go(0, {}, {}, 1.0, False)
    return selection
