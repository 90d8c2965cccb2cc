"""Figures of a comparison of designs: selection, participants, sample size and duration.

Needs matplotlib, the optional extra `report`.
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from trialwright.dosefinding.compare import Comparison
from trialwright.dosefinding.describe import amount
from trialwright.errors import TrialwrightError

COLOURS = ("#1f5a89", "#d98032", "#4c8c4a", "#8a5a9c", "#b03a48", "#6b6b6b", "#2a9d9d", "#a58b00")
FIGURES = {
    "selection": "Probability of selection",
    "participants": "Expected participants per dose",
    "sample-size": "Sample size",
    "duration": "Trial duration",
}


def write_figures(out: Path, found: Sequence[Comparison], levels: Sequence[Mapping[str, Any]]) -> list[Path]:
    """Write one PNG per figure into `out`; raises TrialwrightError where matplotlib is missing."""
    if importlib.util.find_spec("matplotlib") is None:
        raise TrialwrightError(
            "the figures need matplotlib, which is not installed: pip install 'trialwright[report]'."
        )
    import matplotlib

    matplotlib.use("Agg")
    drawn: dict[str, Callable[[Any, Comparison, int, int], None]] = {
        "selection": lambda axes, item, k, of: _bars(
            axes, [100 * p for p in (*item.best.selection, item.best.none)], k, of
        ),
        "participants": lambda axes, item, k, of: _bars(axes, list(item.best.patients), k, of),
        "sample-size": _cumulative,
    }
    if all(item.timed is not None and item.timed.duration_days for item in found):
        drawn["duration"] = _duration
    return [_figure(out / f"{name}.png", name, draw, found, levels) for name, draw in drawn.items()]


def _figure(
    path: Path,
    name: str,
    draw: Callable[[Any, Comparison, int, int], None],
    found: Sequence[Comparison],
    levels: Sequence[Mapping[str, Any]],
) -> Path:
    from matplotlib import pyplot

    scenarios = list(dict.fromkeys(item.scenario for item in found))
    designs = list(dict.fromkeys(item.design for item in found))
    figure, grid = pyplot.subplots(
        1, len(scenarios), figsize=(3.6 * len(scenarios) + 1.2, 3.6), squeeze=False, sharey=name != "duration"
    )
    for column, scenario in enumerate(scenarios):
        axes = grid[0][column]
        mine = [item for item in found if item.scenario == scenario]
        for item in mine:
            draw(axes, item, designs.index(item.design), len(designs))
        _label(axes, name, mine[0], levels, designs)
        axes.set_title(scenario, fontsize=10)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    marks = [pyplot.Rectangle((0, 0), 1, 1, color=COLOURS[k % len(COLOURS)]) for k in range(len(designs))]
    figure.suptitle(FIGURES[name], x=0.01, ha="left", fontsize=12, fontweight="bold")
    figure.legend(marks, designs, loc="upper right", ncols=len(designs), frameon=False, fontsize=9)
    figure.tight_layout(rect=(0, 0, 1, 0.94))
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
    return path


def _label(
    axes: Any, name: str, first: Comparison, levels: Sequence[Mapping[str, Any]], designs: Sequence[str]
) -> None:
    if name == "sample-size":
        axes.set_xlabel("participants")
        axes.set_ylabel("probability of at most this many")
        axes.set_ylim(0, 1.02)
        return
    if name == "duration":
        axes.set_xticks(range(len(designs)), designs, fontsize=8)
        axes.set_ylabel("months (median, 10 % to 90 %)")
        axes.set_ylim(bottom=0)
        return
    ticks = [
        f"{amount(levels[j]).replace(' cells', '') if levels else j + 1}\n({rate:g})"
        for j, rate in enumerate(first.truth)
    ]
    if name == "selection":
        ticks.append("none")
    axes.set_xticks(range(len(ticks)), ticks, fontsize=7 if levels else 8)
    axes.set_xlabel(("dose, cells" if levels else "dose") + " (true DLT rate)", fontsize=8)
    axes.set_ylabel("%" if name == "selection" else "participants")
    mtd = first.best.true_mtd
    if mtd is not None:
        axes.axvspan(mtd - 1.5, mtd - 0.5, color="#e9eef2", zorder=0)


def _bars(axes: Any, values: Sequence[float], place: int, of: int) -> None:
    width = 0.8 / of
    positions = [j - 0.4 + width * (place + 0.5) for j in range(len(values))]
    axes.bar(positions, values, width * 0.92, color=COLOURS[place % len(COLOURS)])


def _cumulative(axes: Any, item: Comparison, place: int, of: int) -> None:
    sizes = sorted(item.best.n_probability)
    total, heights = 0.0, []
    for n in sizes:
        total += item.best.n_probability[n]
        heights.append(total)
    axes.step([sizes[0] - 1, *sizes], [0.0, *heights], where="post", color=COLOURS[place % len(COLOURS)])


def _duration(axes: Any, item: Comparison, place: int, of: int) -> None:
    assert item.timed is not None
    assert item.timed.duration_days is not None
    days = item.timed.duration_days
    low, middle, high = (days[key] / 30.4375 for key in ("p10", "median", "p90"))
    colour = COLOURS[place % len(COLOURS)]
    axes.errorbar([place], [middle], yerr=[[middle - low], [high - middle]], fmt="o", capsize=5, color=colour)
    axes.set_xlim(-0.6, of - 0.4)
