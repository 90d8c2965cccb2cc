"""Everything that is wrong with data files, the user's own included: shape, names, and each expression in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from trialwright.catalog.catalog import Catalog
from trialwright.catalog.expressions import findings_of
from trialwright.catalog.findings import DataFinding
from trialwright.catalog.load import build_catalog, data_directory, user_directories, yaml_files
from trialwright.catalog.read import DataFile, read_file

Place = tuple[str | int, ...]
Texts = Iterator[tuple[Place, str, tuple[str, ...], dict[str, str]]]
"""Place in the file, text, the sorts that it may give, the parameters that are known in it."""

_TRUTH, _NUMBER, _EITHER = ("truth",), ("number",), ("truth", "number")


def check_files(paths: Sequence[Path], extra_dirs: Sequence[Path] = ()) -> list[DataFinding]:
    """The findings of the files, read on top of the catalog; files of the catalog itself are checked in their place.

    Raises TrialwrightError when one cannot be opened.
    """
    mine = [read_file(path) for path in paths]
    checked = {path.resolve() for path in paths}
    layers = [
        [read_file(path) for path in yaml_files(layer) if path.resolve() not in checked]
        for layer in (data_directory(), *user_directories(), *extra_dirs)
    ]
    catalog, found = build_catalog([*layers, mine])
    shown = set(paths)
    findings = [finding for finding in found if finding.file in shown]
    for file in mine:
        findings += _expressions(file, catalog)
    return sorted(dict.fromkeys(findings), key=lambda f: (paths.index(f.file), f.line, f.column))


def _expressions(file: DataFile, catalog: Catalog) -> Iterator[DataFinding]:
    if file.model is None:
        return
    anchors: tuple[str, ...] = ()
    if file.kind == "protocol":
        anchors = (*file.model.anchors, *(visit.id for visit in file.model.visits))
    for place, text, wants, parameters in _texts(file):
        for found in findings_of(text, catalog, wants, anchors, parameters):
            line, column = file.source.inside(found.line, found.column, *place)
            where = f"in {text.splitlines()[0][:60]!r}: " if not column else ""
            message, field = f"{where}{found.message}", ".".join(map(str, place))
            yield DataFinding(file.path, line, found.severity, message, found.remedy, field, column)


def _texts(file: DataFile) -> Texts:
    match file.kind:
        case "definitions":
            for i, definition in enumerate(file.model.definitions):
                here: Place = ("definitions", i)
                yield from _parameters(here, definition)
                yield (*here, "body"), definition.body, _EITHER, definition.parameters
        case "grades":
            for i, grade in enumerate(file.model.grades):
                here = ("grades", i)
                yield from _parameters(here, grade)
                for j, rung in enumerate(grade.rungs):
                    yield (*here, "rungs", j, "when"), rung.when, _TRUTH, grade.parameters
        case "instrument":
            yield from _instrument((), file.model)
        case "instruments":
            for i, instrument in enumerate(file.model.instruments):
                yield from _instrument(("instruments", i), instrument)
        case "protocol":
            yield from _criteria(("criteria",), file.model.criteria)
            for i, endpoint in enumerate(file.model.endpoints):
                yield ("endpoints", i, "text"), endpoint.text, _EITHER, {}
                if endpoint.applies is not None:
                    yield ("endpoints", i, "applies"), endpoint.applies, _TRUTH, {}


def _parameters(here: Place, owner: Any) -> Texts:
    for name, text in owner.parameters.items():
        yield (*here, "parameters", name), text, _EITHER, {}


def _instrument(here: Place, instrument: Any) -> Texts:
    yield from _parameters(here, instrument)
    for i, item in enumerate(instrument.items):
        yield (*here, "items", i, "points"), item.points, _NUMBER, instrument.parameters
        yield (*here, "items", i, "when"), item.when, _TRUTH, instrument.parameters
    for name in ("entry", "classification"):
        if (text := getattr(instrument, name)) is not None:
            yield (*here, name), text, _TRUTH, instrument.parameters


def _criteria(here: Place, criteria: Sequence[Any]) -> Texts:
    for i, criterion in enumerate(criteria):
        if criterion.text is not None:
            yield (*here, i, "text"), criterion.text, _TRUTH, {}
        yield from _criteria((*here, i, "children"), criterion.children)
