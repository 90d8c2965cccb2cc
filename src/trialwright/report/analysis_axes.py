"""Axes, marks and text of small inline charts: they need no script, scale with the page and take its colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

SHAPES = ("circle", "square", "triangle", "diamond", "plus", "ring")
"""Marks of groups, so that colour never carries the meaning alone."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high` onto pixels from `start` to `end`; `log` to the base 10."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        low, high, at = (math.log10(v) if self.log else v for v in (self.low, self.high, value))
        return self.start + (at - low) / ((high - low) or 1.0) * (self.end - self.start)


def linear(values: Sequence[float], start: float, end: float, most: int = 6) -> tuple[Scale, list[float]]:
    """A scale around the values and 0, with round ticks inside."""
    low, high = min([0.0, *values]), max([0.0, *values])
    if low == high:
        high = 1.0
    step = _step((high - low) / most)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    return Scale(low, high, start, end), [low + k * step for k in range(round((high - low) / step) + 1)]


def days(found: Sequence[float], start: float, end: float, most: int = 7) -> tuple[Scale, list[float]]:
    """A scale over the infusion (day 0) and the days, ticks in whole weeks or visits of the protocols."""
    first, last = min([0.0, *found]), max([1.0, *found])
    step = next((s for s in (1, 7, 14, 28, 30, 60, 90, 180, 360) if last / s <= most), 720)
    return Scale(first, last, start, end), [float(k * step) for k in range(int(last / step) + 1)]


def logarithmic(values: Sequence[float], start: float, end: float) -> tuple[Scale, list[float]]:
    """A scale over whole powers of ten around the values, which are above 0."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    high = max(high, low + 1)
    step = max(1, (high - low + 5) // 6)
    return Scale(10.0**low, 10.0**high, start, end, True), [10.0**k for k in range(low, high + 1, step)]


def _step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next((power * m for m in (1, 2, 2.5, 5) if power * m >= rough * 0.999), power * 10)


def grid(x: Scale, xs: Sequence[float], y: Scale, ys: Sequence[float], titles: tuple[str, str]) -> str:
    """Lines at the ticks of y, numbers at both axes, and their titles (of y above the axis)."""
    parts = [
        f"<line class='grid' x1='{x.start:g}' x2='{x.end:g}' y1='{y(v):.1f}' y2='{y(v):.1f}'/>"
        f"<text class='label' x='{x.start - 5:g}' y='{y(v) + 4:.1f}'>{number(v)}</text>"
        for v in ys
    ]
    parts.append(f"<line class='axis' x1='{x.start:g}' x2='{x.end:g}' y1='{y.start:g}' y2='{y.start:g}'/>")
    parts += [f"<text class='mid' x='{x(v):.1f}' y='{y.start + 15:g}'>{number(v)}</text>" for v in xs]
    parts.append(
        f"<text class='mid soft' x='{(x.start + x.end) / 2:g}' y='{y.start + 30:g}'>{escape(titles[0])}</text>"
    )
    parts.append(f"<text class='soft' x='4' y='{y.end - 12:g}'>{escape(titles[1])}</text>")
    return "".join(parts)


def number(value: float) -> str:
    """A tick: thousands apart, powers of ten from 10,000 on as powers."""
    power = round(math.log10(value)) if value > 0 else 0
    if power not in range(-3, 4) and math.isclose(value, 10.0**power):
        return "10" + str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{value:,.10g}".replace("-", "−")


def mark(shape: str, x: float, y: float, name: str, told: str = "", size: float = 4.0) -> str:
    """One mark, with what it says on hover."""
    s, title = size, f"<title>{escape(told)}</title>" if told else ""
    at = f"class='{name}'"
    match shape:
        case "circle":
            return f"<circle {at} cx='{x:.1f}' cy='{y:.1f}' r='{s:g}'>{title}</circle>"
        case "ring":
            return f"<circle {at} cx='{x:.1f}' cy='{y:.1f}' r='{s:g}' style='fill:none;stroke-width:2'>{title}</circle>"
        case "square":
            return f"<rect {at} x='{x - s:.1f}' y='{y - s:.1f}' width='{2 * s:g}' height='{2 * s:g}'>{title}</rect>"
        case "bar" | "dash":
            w, h = (1.5, s * 1.4) if shape == "bar" else (s, 1.0)
            return f"<rect {at} x='{x - w:.1f}' y='{y - h:.1f}' width='{2 * w:g}' height='{2 * h:g}'>{title}</rect>"
        case "triangle":
            points = [(x, y - s * 1.2), (x + s * 1.1, y + s * 0.9), (x - s * 1.1, y + s * 0.9)]
        case "down":
            points = [(x, y + s * 1.2), (x + s * 1.1, y - s * 0.9), (x - s * 1.1, y - s * 0.9)]
        case "diamond":
            points = [(x, y - s * 1.35), (x + s * 1.35, y), (x, y + s * 1.35), (x - s * 1.35, y)]
        case "plus":
            w = s * 0.45
            points = [
                (x - w, y - s), (x + w, y - s), (x + w, y - w), (x + s, y - w), (x + s, y + w), (x + w, y + w),
                (x + w, y + s), (x - w, y + s), (x - w, y + w), (x - s, y + w), (x - s, y - w), (x - w, y - w),
            ]  # fmt: skip
        case "cross":
            w = s * 0.4
            points = [
                (x, y - w), (x + s - w, y - s), (x + s, y - s + w), (x + w, y), (x + s, y + s - w), (x + s - w, y + s),
                (x, y + w), (x - s + w, y + s), (x - s, y + s - w), (x - w, y), (x - s, y - s + w), (x - s + w, y - s),
            ]  # fmt: skip
        case _:
            raise TypeError(f"no rule for the mark {shape}")
    return f"<polygon {at} points='{' '.join(f'{a:.1f},{b:.1f}' for a, b in points)}'>{title}</polygon>"


def path(points: Sequence[tuple[float, float]], name: str, told: str = "") -> str:
    """A line through the points."""
    title = f"<title>{escape(told)}</title>" if told else ""
    return f"<polyline class='{name}' points='{' '.join(f'{a:.1f},{b:.1f}' for a, b in points)}'>{title}</polyline>"


def svg(body: str, width: int, height: float, title: str, name: str = "chart") -> str:
    """The chart as one image with its description for those who cannot see it."""
    return (
        f"<svg class='{name}' role='img' aria-label='{escape(title, quote=True)}' viewBox='0 0 {width} {height:g}'>"
        f"{body}</svg>"
    )


def legend(items: Sequence[tuple[str, str, str]]) -> str:
    """Marks with their meaning: (shape, class, words)."""
    drawn = "".join(
        f"<span><svg class='sign' aria-hidden='true' viewBox='0 0 14 14'>{mark(shape, 7, 7, name, size=4.5)}</svg>"
        f"{escape(words)}</span>"
        for shape, name, words in items
    )
    return f"<p class='signs'>{drawn}</p>" if items else ""


def shapes_of(groups: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Group to (shape, class), in order of appearance."""
    return {group: (SHAPES[i % len(SHAPES)], f"g{i % len(SHAPES)}") for i, group in enumerate(dict.fromkeys(groups))}
