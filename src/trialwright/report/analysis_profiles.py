"""Figures over time from the infusion: concentrations with their limit, cells against B cells, Kaplan-Meier curves."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from trialwright.analysis.tables.series import Course
from trialwright.analysis.tables.steps import Step
from trialwright.report.analysis_axes import Scale, days, grid, legend, linear, logarithmic, mark, number, path, svg
from trialwright.report.analysis_axes import shapes_of as shapes

WIDTH = 680
PANEL = 330


def concentrations(courses: Sequence[Course], limits: Sequence[float], unit: str, alt: str) -> str:
    """A panel per dose level on one log scale, the other levels in grey behind; a sample below the limit lies on it."""
    groups = list(dict.fromkeys(course.group for course in courses))
    look = shapes(groups)
    values = [p.value for c in courses for p in c.points if p.value > 0] + [v for v in limits if v > 0]
    at = [p.day for c in courses for p in c.points]
    panels = []
    for group in groups:
        top, bottom, left = 30, 196, 44
        x, xs = days(at, left, PANEL - 12, 6)
        y, ys = logarithmic(values or [1.0], bottom, top)
        parts = [grid(x, xs, y, ys, ("days after the infusion", unit or "concentration"))]
        parts += [
            f"<line class='limit' x1='{left}' x2='{x.end:g}' y1='{y(v):.1f}' y2='{y(v):.1f}'>"
            f"<title>limit of quantification {v:g}</title></line>"
            for v in limits
            if v > 0
        ]
        for course in sorted(courses, key=lambda c: c.group == group):
            told = f"{course.subject}, {course.group}"
            shape, name = look[course.group] if course.group == group else ("circle", "faint")
            positive = [p for p in course.points if p.value > 0]
            parts.append(path([(x(p.day), y(p.value)) for p in positive], f"line {name}", told))
            if course.group == group:
                parts += [
                    mark(
                        "down" if p.below else shape,
                        x(p.day),
                        y(p.value),
                        f"{name} hollow" if p.below else name,
                        f"{told}: day {p.day:g}, {'below ' if p.below else ''}{p.value:g}",
                        3.4,
                    )
                    for p in positive
                ]
        count = sum(1 for c in courses if c.group == group and c.points)
        of = sum(1 for c in courses if c.group == group)
        zeros = sum(1 for c in courses if c.group == group for p in c.points if p.value <= 0)
        caption = f"{group}: {count} of {of} with samples" + _zeros(zeros)
        chart = svg("".join(parts), PANEL, bottom + 36, f"{alt} {caption}.", "chart small-chart")
        panels.append(f"<div><b>{escape(caption)}</b>{chart}</div>")
    signs = [(*look[group], group) for group in groups]
    signs.append(("down", "hollow soft-mark", "below the limit of quantification, drawn on it"))
    return legend(signs) + f"<div class='panels'>{''.join(panels)}</div>"


def twin(cells: Sequence[Course], bcells: Sequence[Course], units: tuple[str, str], limit: float, alt: str) -> str:
    """A panel per subject: cells above on a log scale, B cells below, over the same days."""
    look = shapes([course.group for course in cells])
    there = [p.value for c in cells for p in c.points if p.value > 0]
    counts = [p.value for c in bcells for p in c.points]
    x, xs = days([p.day for c in (*cells, *bcells) for p in c.points], 44, PANEL - 12, 6)
    first, ys = logarithmic([*there, limit] if limit > 0 else there or [1.0], 124, 30)
    second, bs = linear(counts, 230, 162, 3)
    panels = []
    for one, other in zip(cells, bcells, strict=True):
        shape, name = look[one.group]
        told = f"{one.subject}, {one.group}"
        parts = [grid(x, [], first, ys, ("", f"cells, {units[0]}" if units[0] else "cells"))]
        parts.append(
            grid(x, xs, second, bs, ("days after the infusion", f"B cells, {units[1]}" if units[1] else "B cells"))
        )
        parts.append(_course(one, x, first, f"line {name}", shape, name, told))
        parts.append(_course(other, x, second, "line b-cells", "square", "b-cells", told))
        missing = [text for course, text in ((one, "cells"), (other, "B cells")) if not course.points]
        words = f"{told}: no {' and no '.join(missing)}" if missing else told
        words += _zeros(sum(1 for p in one.points if p.value <= 0))
        chart = svg("".join(parts), PANEL, 266, f"{alt} {words}.", "chart small-chart")
        panels.append(f"<div><b>{escape(words)}</b>{chart}</div>")
    signs = [(*look[group], f"cells, {group}") for group in look]
    signs += [("square", "b-cells", "B cells"), ("down", "hollow soft-mark", "below the limit, drawn on it")]
    return legend(signs) + f"<div class='panels'>{''.join(panels)}</div>"


def _zeros(count: int) -> str:
    """A zero whose limit is not known has no place on a log scale."""
    return f"; {count} recorded as 0 without a limit {'is' if count == 1 else 'are'} not drawn" if count else ""


def _course(course: Course, x: Scale, y: Scale, line: str, shape: str, name: str, told: str) -> str:
    points = [p for p in course.points if p.value > 0 or not y.log]
    drawn = [
        mark(
            "down" if p.below else shape,
            x(p.day),
            y(p.value),
            f"{name} hollow" if p.below else name,
            f"{told}: day {p.day:g}, {'below ' if p.below else ''}{p.value:g}",
            3,
        )
        for p in points
    ]
    return path([(x(p.day), y(p.value)) for p in points], line, told) + "".join(drawn)


def survival(curves: Sequence[tuple[str, Sequence[Step]]], title: str, alt: str) -> str:
    """Kaplan-Meier steps with their interval as a band, marks where somebody is censored, and numbers at risk."""
    look = shapes([group for group, _ in curves])
    top, bottom, left = 30, 256, 96
    x, xs = days([step.day for _, steps in curves for step in steps], left, WIDTH - 20)
    y = Scale(0.0, 1.0, bottom, top)
    parts = [grid(x, xs, y, [0, 0.25, 0.5, 0.75, 1.0], ("days after the infusion", title))]
    for k, (group, steps) in enumerate(curves):
        name = look[group][1]
        parts.append(_band(steps, x, y, name))
        points = [(x(0.0), y(1.0))]
        for step in steps:
            points += [(x(step.day), points[-1][1]), (x(step.day), y(step.survival))]
        parts.append(path(points, f"line {name}", group))
        parts += [
            mark("plus", x(s.day), y(s.survival), name, f"{group}: {s.censored} censored on day {s.day:g}", 4)
            for s in steps
            if s.censored
        ]
        below = bottom + 52 + 16 * k
        parts.append(f"<text class='label' x='{left - 14}' y='{below}'>{escape(group)}</text>")
        for v in xs:
            risk = next((s.at_risk for s in steps if s.day >= v), 0)
            parts.append(f"<text class='mid risk' data-day='{v:g}' x='{x(v):.1f}' y='{below}'>{number(risk)}</text>")
    parts.append(f"<text class='soft' x='4' y='{bottom + 36}'>at risk</text>")
    signs = [(*look[group], group) for group, _ in curves] + [("plus", "soft-mark", "censored")]
    chart = svg("".join(parts), WIDTH, bottom + 50 + 16 * len(curves), alt)
    return legend(signs) + (
        f"<div class='wide' tabindex='0' role='region' aria-label='chart, scrolls sideways'>{chart}</div>"
    )


def _band(steps: Sequence[Step], x: Scale, y: Scale, name: str) -> str:
    """The interval between two steps belongs to the step before it; where it is not defined there is no band."""
    parts = []
    for step, after in zip(steps, [*steps[1:], None]):
        if step.lower is not None and step.upper is not None and after is not None and after.day > step.day:
            parts.append(
                f"<rect class='band {name}' x='{x(step.day):.1f}' y='{y(step.upper):.1f}'"
                f" width='{x(after.day) - x(step.day):.1f}' height='{y(step.lower) - y(step.upper):.1f}'/>"
            )
    return "".join(parts)
