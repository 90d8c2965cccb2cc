"""The figures of an analysis, each with the data behind it as a table for those who cannot see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from trialwright.analysis.subjects.shape import Dataset
from trialwright.analysis.tables.definitions import definitions
from trialwright.analysis.tables.drawn import plan
from trialwright.analysis.tables.numbers import written
from trialwright.analysis.tables.series import Course, Lane, bars, courses, lanes, limits, unit
from trialwright.analysis.tables.steps import curves
from trialwright.analysis.tables.table import Cell, Line, Row, Table
from trialwright.report.analysis_profiles import concentrations, survival, twin
from trialwright.report.analysis_subjects import spider, swimmer, waterfall

Datasets = Mapping[str, Dataset]


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its title, the data behind it, and its number among the figures."""

    id: str
    title: str
    chart: str
    data: Table
    number: str = ""


def figures(datasets: Datasets, results: Sequence[Row]) -> list[Figure]:
    """Every figure for which there is something to draw."""
    made = [*_swimmer(datasets), *_activity(datasets), *_cells(datasets), *_recovery(results)]
    return [replace(one, number=f"{k}") for k, one in enumerate(made, 1)]


def _swimmer(datasets: Datasets) -> list[Figure]:
    found = lanes(datasets, plan().responses) if "ADSL" in datasets else []
    if not found:
        return []
    lines = tuple(
        Line(
            lane.subject,
            (
                Cell(lane.group),
                Cell("not known" if lane.end is None else f"{lane.end:g}"),
                Cell(lane.told or "ongoing"),
                Cell("; ".join(_events(lane))),
            ),
        )
        for lane in found
    )
    columns = ("participant", "group", "followed to day", "status at the cut", "events")
    alt = f"Swimmer plot: follow-up after the infusion of {len(found)} participants, with toxicities and responses."
    title = "Follow-up after the infusion, with toxicities and responses"
    data = Table("figure-swimmer", "", title, columns, lines, words=5)
    return [Figure("figure-swimmer", title, swimmer(found, alt), data)]


def _events(lane: Lane) -> list[str]:
    """The marks of a lane in words, and what has no place on it."""
    return [*(f"day {m.day:g} {m.kind}: {m.text}" for m in lane.marks), *lane.unplaced]


def _activity(datasets: Datasets) -> list[Figure]:
    made = []
    for code, measure in plan().activity.items():
        if "ADEFF" not in datasets or not datasets["ADEFF"].where(PARAMCD=code):
            continue
        words, measured = measure.words, measure.unit
        found = courses(datasets, "ADEFF", code, "CHG")
        if not any(course.points for course in found):
            continue
        name, title = f"figure-spider-{code.lower()}", f"{_capital(words)}, change from baseline over time"
        drawn = sum(1 for course in found if course.points)
        alt = f"Spider plot: change of {words} from baseline of {drawn} of {len(found)} participants over time."
        data = _courses(name, title, found, measured)
        made.append(Figure(name, title, spider(found, measured, alt), data))
        at = bars(datasets, code, plan().day)
        if all(bar.value is None for bar in at):
            continue
        name, title = f"figure-waterfall-{code.lower()}", f"{_capital(words)}, change from baseline at day {plan().day}"
        count = sum(1 for bar in at if bar.value is not None)
        alt = f"Waterfall plot: change of {words} at day {plan().day} of {count} of {len(at)} participants, in order."
        lines = tuple(Line(bar.subject, (Cell(bar.group), Cell(written(bar.value)), Cell(bar.reason))) for bar in at)
        data = Table(name, "", title, ("participant", "group", "change", "why missing"), lines, words=2)
        made.append(Figure(name, title, waterfall(at, measured, alt), data))
    return made


def _cells(datasets: Datasets) -> list[Figure]:
    made = []
    b_cells = plan().b_cells
    homes = [name for name in ("ADPC", "ADLB") if name in datasets and datasets[name].where(PARAMCD=b_cells)]
    for code, words in plan().cells.items():
        found = courses(datasets, "ADPC", code) if "ADPC" in datasets else []
        if not any(course.points for course in found):
            continue
        least, measured = limits(datasets, "ADPC", code), unit(datasets, "ADPC", code)
        sentence = _capital(words)
        name, title = f"figure-{code.lower()}", f"{sentence} over time, log scale, with the limit of quantification"
        count = sum(1 for course in found if course.points)
        alt = f"{sentence} over days after the infusion of {count} of {len(found)} participants."
        chart = concentrations(found, least, measured, alt)
        made.append(Figure(name, title, chart, _courses(name, title, found, measured)))
        if homes:
            other, counted = courses(datasets, homes[0], b_cells), unit(datasets, homes[0], b_cells)
            name, title = f"figure-{code.lower()}-b-cells", f"{sentence} against B cells, by participant"
            alt = f"{sentence} on a log scale above B cells, by day."
            chart = twin(found, other, (measured, counted), min(least, default=0.0), alt)
            made.append(Figure(name, title, chart, _courses(name, title, other, counted)))
    return made


def _recovery(results: Sequence[Row]) -> list[Figure]:
    made = []
    names = dict.fromkeys(row["estimand"] for row in results if row["statistic"] == "at risk")
    for k, estimand in enumerate(names, 1):
        found = curves(results, estimand)
        # with few participants by level the curves hide each other; everybody's curve is drawn where there is one
        drawn = [(group, steps) for group, steps in found.items() if group == "all" or "all" not in found]
        if not drawn:
            continue
        lines = tuple(
            Line(
                group,
                tuple(
                    Cell(written(value, name), (step.rows[name],) if name in step.rows else ())
                    for value, name in (
                        (step.day, "day"), (step.at_risk, "at risk"), (step.events, "events"),
                        (step.censored, "censored"), (step.survival, "survival"), (step.lower, "lower"),
                        (step.upper, "upper"),
                    )
                ),
            )
            for group, steps in drawn
            for step in steps
        )  # fmt: skip
        title = f"{definitions().sentence(estimand)}, Kaplan-Meier with numbers at risk"
        columns = ("group", "day", "at risk", "events", "censored", "free of the event", "lower", "upper")
        name = f"figure-survival-{k}"
        n = drawn[0][1][0].at_risk
        alt = f"Kaplan-Meier curve: {estimand}, {n} participants at risk at the start, with numbers at risk below."
        chart = survival(drawn, "share free of the event", alt)
        made.append(Figure(name, title, chart, Table(name, "", title, columns, lines, words=1)))
    return made


def _courses(name: str, title: str, found: Sequence[Course], measured: str) -> Table:
    """Every point of a figure, and every participant without one."""
    lines = []
    for course in found:
        for p in course.points:
            value = f"< {p.value:g}" if p.below else f"{p.value:g}"
            lines.append(Line(course.subject, (Cell(course.group), Cell(f"{p.day:g}"), Cell(value), Cell(p.visit))))
        if not course.points:
            lines.append(Line(course.subject, (Cell(course.group), Cell(""), Cell(""), Cell(course.reason))))
    value = f"value, {measured}" if measured else "value"
    return Table(name, "", title, ("participant", "group", "day", value, "visit or reason"), tuple(lines), words=2)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
