"""Figures with a place for every subject: time followed (swimmer), change over time (spider), change at a visit."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from trialwright.analysis.tables.series import Bar, Course, Lane
from trialwright.report.analysis_axes import days, grid, legend, linear, mark, number, path, shapes_of, svg

WIDTH = 680
KINDS = {
    "CRS": ("circle", "k-event"),
    "ICANS": ("diamond", "k-event"),
    "DLT": ("cross", "k-alarm"),
    "serious event": ("square", "k-event"),
    "death": ("plus", "k-alarm"),
    "response": ("triangle", "k-event hollow"),
}


def swimmer(lanes: Sequence[Lane], alt: str) -> str:
    """A lane per subject from the infusion to the last day known, an arrow where follow-up goes on."""
    shapes = shapes_of([lane.group for lane in lanes])
    row, left, top = 26, 24 + 7 * max(len(lane.subject) for lane in lanes), 14
    bottom = top + row * len(lanes)
    ends = [max([lane.end or 0.0, *(m.day for m in lane.marks)]) for lane in lanes]
    x, xs = days(ends, left, WIDTH - 24)
    parts = [
        f"<line class='grid' x1='{x(v):.1f}' x2='{x(v):.1f}' y1='{top}' y2='{bottom}'/>"
        f"<text class='mid' x='{x(v):.1f}' y='{bottom + 15}'>{number(v)}</text>"
        for v in xs
    ]
    parts.append(f"<text class='mid soft' x='{(left + WIDTH) / 2:g}' y='{bottom + 30}'>days after the infusion</text>")
    for i, lane in enumerate(lanes):
        y = top + row * i + row / 2
        name = shapes[lane.group][1]
        parts.append(f"<text class='label' x='{left - 8}' y='{y + 4:.1f}'>{escape(lane.subject)}</text>")
        if lane.end is None:
            parts.append(f"<text class='soft' x='{left + 4}' y='{y + 4:.1f}'>last day not known</text>")
        else:
            told = f"{lane.subject}, {lane.group}: followed to day {lane.end:g}, {lane.told or 'ongoing'}"
            parts.append(
                f"<rect class='lane {name}' x='{left}' y='{y - 5:.1f}' width='{max(x(lane.end) - left, 1):.1f}'"
                f" height='10'><title>{escape(told)}</title></rect>"
            )
            if lane.ongoing:
                at = x(lane.end)
                points = f"{at:.1f},{y - 8:.1f} {at + 10:.1f},{y:.1f} {at:.1f},{y + 8:.1f}"
                parts.append(f"<polygon class='{name}' points='{points}'/>")
            else:
                parts.append(f"<rect class='k-event' x='{x(lane.end):.1f}' y='{y - 9:.1f}' width='3' height='18'/>")
        placed: list[tuple[float, int]] = []
        same: dict[tuple[float, str], list[str]] = {}
        for m in lane.marks:  # several of one kind on one day are one mark
            same.setdefault((m.day, m.kind), []).append(m.text)
        for (day, kind), texts in same.items():
            # marks that would hide each other stand in a second and third place, above and below
            place = next((p for p in (0, -1, 1) if all(q != p or abs(x(day) - at) >= 9 for at, q in placed)), 0)
            placed.append((x(day), place))
            told = f"{lane.subject}, day {day:g}: {kind}, {'; '.join(texts)}"
            parts.append(mark(KINDS[kind][0], x(day), y + 8 * place, KINDS[kind][1], told))
    seen = [kind for kind in KINDS if any(m.kind == kind for lane in lanes for m in lane.marks)]
    signs = [("square", name, group) for group, (_, name) in shapes.items()]
    signs += [(*KINDS[kind], kind) for kind in seen]
    signs += [("bar", "k-event", "follow-up ended")] if any(not lane.ongoing for lane in lanes) else []
    return legend(signs) + _wide(svg("".join(parts), WIDTH, bottom + 38, alt))


def spider(courses: Sequence[Course], unit: str, alt: str) -> str:
    """Change from baseline over days, a line per subject with its id at the end."""
    drawn = [course for course in courses if course.points]
    shapes = shapes_of([course.group for course in courses])
    top, bottom, left = 32, 308, 46
    room = 18 + 6.4 * max(len(course.subject) for course in courses)
    x, xs = days([p.day for c in drawn for p in c.points], left, WIDTH - room)
    y, ys = linear([p.value for c in drawn for p in c.points], bottom, top)
    parts = [grid(x, xs, y, ys, ("days after the infusion", "change from baseline" + (f", {unit}" if unit else "")))]
    parts.append(f"<line class='zero' x1='{left}' x2='{x.end:g}' y1='{y(0):.1f}' y2='{y(0):.1f}'/>")
    for course in drawn:
        shape, name = shapes[course.group]
        told = f"{course.subject}, {course.group}"
        parts.append(path([(x(p.day), y(p.value)) for p in course.points], f"line {name}", told))
        parts += [
            mark(shape, x(p.day), y(p.value), name, f"{told}: day {p.day:g}, change {p.value:+g}", 3.4)
            for p in course.points
        ]
    ends = sorted(((y(c.points[-1].value), x(c.points[-1].day), c) for c in drawn), key=lambda e: e[0])
    for (_, end, course), place in zip(ends, _apart([e[0] for e in ends], 11, top, bottom)):
        parts.append(
            f"<text class='small' x='{x.end + 8:g}' y='{place + 4:.1f}'>{escape(course.subject)}</text>"
            f"<line class='lead' x1='{end + 4:.1f}' x2='{x.end + 6:g}' y1='{y(course.points[-1].value):.1f}'"
            f" y2='{place:.1f}'/>"
        )
    signs = [(shape, name, group) for group, (shape, name) in shapes.items()]
    return legend(signs) + _wide(svg("".join(parts), WIDTH, bottom + 38, alt))


def waterfall(bars: Sequence[Bar], unit: str, alt: str) -> str:
    """The change of each subject at one visit, the largest rise first; those without one stand last, with a dash."""
    shapes = shapes_of(sorted({bar.group for bar in bars}))
    top, bottom, left = 32, 268, 46
    there = [bar.value for bar in bars if bar.value is not None]
    y, ys = linear(there, bottom, top)
    room = (WIDTH - 20 - left) / max(len(bars), 1)
    parts = [
        f"<line class='grid' x1='{left}' x2='{WIDTH - 20}' y1='{y(v):.1f}' y2='{y(v):.1f}'/>"
        f"<text class='label' x='{left - 5}' y='{y(v) + 4:.1f}'>{number(v)}</text>"
        for v in ys
    ]
    title = "change from baseline" + (f", {unit}" if unit else "")
    parts.append(f"<text class='soft' x='4' y='{top - 14}'>{escape(title)}</text>")
    parts.append(f"<line class='zero' x1='{left}' x2='{WIDTH - 20}' y1='{y(0):.1f}' y2='{y(0):.1f}'/>")
    for i, bar in enumerate(bars):
        middle = left + room * (i + 0.5)
        width = min(room * 0.72, 34)
        shape, name = shapes[bar.group]
        if bar.value is None:
            told = f"{bar.subject}, {bar.group}: no value, {bar.reason}"
            parts.append(f"<text class='mid' x='{middle:.1f}' y='{y(0) - 5:.1f}'>–<title>{escape(told)}</title></text>")
        else:
            high, low = min(y(0), y(bar.value)), max(y(0), y(bar.value))
            told = f"{bar.subject}, {bar.group}: {bar.value:+g}"
            parts.append(
                f"<rect class='{name}' x='{middle - width / 2:.1f}' y='{high:.1f}' width='{width:.1f}'"
                f" height='{max(low - high, 1.5):.1f}'><title>{escape(told)}</title></rect>"
            )
            tip = y(bar.value) + (9 if bar.value < 0 else -9)
            parts.append(mark(shape, middle, tip, name, size=3.4))
        parts.append(
            f"<text class='small label' transform='translate({middle + 4:.1f} {bottom + 18}) rotate(-90)'>"
            f"{escape(bar.subject)}</text>"
        )
    longest = max((len(bar.subject) for bar in bars), default=4)
    signs = [(shape, name, group) for group, (shape, name) in shapes.items()]
    signs += [("dash", "k-event", "no value")] if any(bar.value is None for bar in bars) else []
    return legend(signs) + _wide(svg("".join(parts), WIDTH, bottom + 26 + 6.4 * longest, alt))


def _apart(places: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """Rising places, moved so that neighbours are at least so far apart, within the limits if there is room."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + least) if moved else max(place, low))
    over = moved[-1] - high if moved else 0.0
    if over > 0:
        moved[-1] -= over
        for i in range(len(moved) - 2, -1, -1):
            moved[i] = min(moved[i], moved[i + 1] - least)
    return moved


def _wide(chart: str) -> str:
    return f"<div class='wide' tabindex='0' role='region' aria-label='chart, scrolls sideways'>{chart}</div>"
