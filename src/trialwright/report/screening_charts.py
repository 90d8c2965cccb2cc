"""Charts of a screening as inline SVG: they need no script, scale with the page and take its colours."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from trialwright.report.screening_small import Small
from trialwright.screening.curves import Curve
from trialwright.screening.funnel import Funnel
from trialwright.screening.shapley import Cost

ROW = 20
LABEL = 64
WIDTH = 640


def funnel_chart(funnel: Funnel, small: Small) -> str:
    """People left after each criterion in the order of the page: sure so far, and possible so far."""
    total = max(funnel.persons, 1)
    scale = (WIDTH - LABEL - 90) / total
    bars = [_bar(0, "all", funnel.persons, funnel.persons, scale, f"{funnel.persons:,}", "everybody")]
    for i, step in enumerate(funnel.steps, 1):
        left, sure = small.along(step.left), small.along(step.sure)
        told = f"after {step.criterion}: {left:,} people left, {sure:,} of them surely"
        bars.append(_bar(i, step.criterion, left, sure, scale, f"{left:,}", told))
    return _svg("".join(bars), (len(funnel.steps) + 1) * ROW, f"People left after each criterion of {funnel.trial}")


def cost_chart(cost: Cost, small: Small, most: int = 20) -> str:
    """Shapley shares of the people lost, the costliest criterion first."""
    ranked = sorted(cost.shares, key=lambda share: -share.not_eligible)[:most]
    ranked = [share for share in ranked if share.not_eligible > 0]
    top = max((share.not_eligible for share in ranked), default=1.0)
    scale = (WIDTH - LABEL - 90) / top
    bars = []
    for i, share in enumerate(ranked):
        shown = small.share(share.not_eligible)
        length = 0.0 if isinstance(shown, str) else share.not_eligible
        excluded = min(share.excluded, length)
        told = f"{share.criterion}: {shown} people"
        bars.append(_bar(i, share.criterion, length, length - excluded, scale, str(shown), told, "out"))
    return _svg("".join(bars), max(len(ranked), 1) * ROW, f"What each criterion of {cost.trial} costs")


def _bar(i: int, label: str, whole: float, sure: float, scale: float, text: str, told: str, rest: str = "open") -> str:
    y, a, b = i * ROW, sure * scale, whole * scale
    kind = "sure" if rest == "open" else "open"
    return (
        f"<g><title>{escape(told)}</title><text class='label' x='{LABEL - 6}' y='{y + 14}'>{escape(label)}</text>"
        f"<rect class='{rest}' x='{LABEL}' y='{y + 3}' width='{b:.1f}' height='{ROW - 6}'/>"
        f"<rect class='{kind}' x='{LABEL}' y='{y + 3}' width='{a:.1f}' height='{ROW - 6}'/>"
        f"<text x='{LABEL + b + 6:.1f}' y='{y + 14}'>{escape(text)}</text></g>"
    )


def _svg(body: str, height: int, title: str) -> str:
    return (
        f"<svg class='bars' role='img' aria-label='{escape(title, quote=True)}' viewBox='0 0 {WIDTH} {height}'>"
        f"{body}</svg>"
    )


def curve_chart(curve: Curve, small: Small) -> str:
    """Eligible, and eligible or undetermined, against the value of one threshold; the registered value is marked."""
    width, height, left, low = 300, 120, 36, 100
    first, last = curve.values[0], curve.values[-1]
    sure = [small.along(n) for n in curve.eligible]
    possible = [small.along(n + m) for n, m in zip(curve.eligible, curve.undetermined, strict=True)]
    top = max([*possible, 1])

    def x(value: float) -> float:
        return left + (value - first) / ((last - first) or 1) * (width - left - 12)

    def y(people: float) -> float:
        return low - people / top * (low - 12)

    def line(name: str, people: Sequence[int]) -> str:
        points = " ".join(f"{x(v):.1f},{y(n):.1f}" for v, n in zip(curve.values, people, strict=True))
        return f"<polyline class='{name}' points='{points}'/>"

    mark = x(curve.registered)
    at = curve.values.index(curve.registered)
    title = f"{curve.criterion}: {curve.text}; {sure[at]:,} eligible at the registered {curve.registered:g}"
    return (
        f"<svg class='curve' role='img' aria-label='{escape(title, quote=True)}' viewBox='0 0 {width} {height}'>"
        f"<title>{escape(title)}</title>"
        f"<line class='axis' x1='{left}' x2='{width - 12}' y1='{low}' y2='{low}'/>"
        f"<line class='mark' x1='{mark:.1f}' x2='{mark:.1f}' y1='8' y2='{low}'/>"
        f"{line('possible', possible)}{line('eligible', sure)}"
        f"<text class='label' x='{left - 4}' y='{y(top) + 4:.1f}'>{top:,}</text><text class='label' x='{left - 4}'"
        f" y='{low}'>0</text><text x='{left}' y='{height - 4}'>{first:g}</text>"
        f"<text class='mid' x='{mark:.1f}' y='{height - 4}'>{curve.registered:g}</text>"
        f"<text class='label' x='{width - 10}' y='{height - 4}'>{last:g}</text></svg>"
    )
