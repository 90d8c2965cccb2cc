"""Write tables, listings and figures of an analysis: HTML for people, RTF and XPT for a submission, CSV for scripts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from trialwright import __version__
from trialwright.analysis.subjects.shape import Dataset
from trialwright.analysis.tables.build import tables
from trialwright.analysis.tables.definitions import definitions
from trialwright.analysis.tables.flat import table_csv
from trialwright.analysis.tables.listings import listings
from trialwright.analysis.tables.rtf import check_rtf, table_rtf
from trialwright.analysis.tables.table import Table
from trialwright.analysis.tables.transport import Changed, check_xpt, write_xpt
from trialwright.errors import TrialwrightError
from trialwright.report.analysis_figures import figures
from trialwright.report.analysis_page import Document, heads_of, page

FORMATS = ("html", "csv", "rtf", "xpt")
OWN = re.compile(r"^\d+(-\d+)+-[a-z][a-z0-9-]*$")
"""Names of files that hold a table: its number and its id."""
HEADS = (
    ("disposition", "infused", "infused"),
    ("dose-limiting toxicity", "", "with a dose-limiting toxicity"),
)


def render(
    datasets: Mapping[str, Dataset],
    results: Dataset,
    out: Path,
    formats: Sequence[str] = FORMATS,
    *,
    title: str = "",
    command: str = "",
    written: dt.date | None = None,
) -> list[Path]:
    """Write the wanted formats below `out`; the paths written.

    analysis.html; csv/TABLE.csv; rtf/TABLE.rtf; xpt/DATASET.xpt with xpt/changes.csv, which says what version 5 of the
    format could not hold as it was.  Raises TrialwrightError for an unknown format, one whose library is missing
    (before anything is written), results without a row, or results of several protocols.  Tables that an earlier run
    left in `out` and that this one does not have are removed.
    """
    _check(formats, results)
    rows = results.rows
    shown, listed = tables(rows, definitions()), listings(datasets)
    first = rows[0]
    name = title or f"Analysis of {first['protocol']}"
    source = f"{first['protocol']}, data cut {first['cut']}, Trialwright {__version__}"
    paths: list[Path] = []
    changed: list[Changed] = []
    out.mkdir(parents=True, exist_ok=True)
    if "csv" in formats:
        paths += _texts(out / "csv", ".csv", [(one, table_csv(one)) for one in (*shown, *listed)])
    if "rtf" in formats:
        paths += _texts(out / "rtf", ".rtf", [(one, table_rtf(one, source)) for one in (*shown, *listed)])
    if "xpt" in formats:
        folder = out / "xpt"
        folder.mkdir(exist_ok=True)
        for one in (*datasets.values(), results):
            path = folder / f"{one.name.lower()}.xpt"
            changed += write_xpt(one, path)
            paths.append(path)
        paths.append(_changes(folder / "changes.csv", changed))
    if "html" in formats:
        made = [
            ("version", f"Trialwright {__version__}"),
            ("protocol", str(first["protocol"])),
            ("data cut", str(first["cut"])),
            ("written", (written or dt.date.today()).isoformat()),
            ("numbers", f"{len(rows):,} rows of results, each shown above"),
            *((f"dataset {one.name}", f"{one.label}: {len(one):,} rows") for one in datasets.values()),
            *([("command", command)] if command else []),
        ]
        note = (
            f"Data cut {first['cut']}. Decision support for research. Every number stands with its denominator; a value"
            " that is missing says why. Groups are small: read intervals before percentages."
        )
        document = Document(name, note, heads_of(rows, HEADS), shown, figures(datasets, rows), listed, made)
        path = out / "analysis.html"
        path.write_text(page(document), encoding="utf-8")
        paths.append(path)
    return paths


def _check(formats: Sequence[str], results: Dataset) -> None:
    for name in formats:
        if name not in FORMATS:
            raise TrialwrightError(f'"{name}" is no format of tables; use some of {", ".join(FORMATS)}')
    if "rtf" in formats:
        check_rtf()
    if "xpt" in formats:
        check_xpt()
    if not len(results):
        raise TrialwrightError("the results have no row, so there is nothing to lay out; check the data cut")
    protocols = sorted({str(row["protocol"]) for row in results})
    if len(protocols) > 1:
        raise TrialwrightError(f"the results are of several protocols ({', '.join(protocols)}); render one at a time")


def _texts(folder: Path, ending: str, made: Sequence[tuple[Table, str]]) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = []
    for one, text in made:
        path = folder / f"{one.number.replace('.', '-')}-{one.id}{ending}"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    # a table of an earlier run that this one does not have would pass for one of this data cut
    for path in folder.glob(f"*{ending}"):
        if path not in paths and OWN.match(path.stem):
            path.unlink()
    return paths


def _changes(path: Path, changed: Sequence[Changed]) -> Path:
    import csv

    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["dataset", "item", "what stands in the file"])
        writer.writerows([c.dataset, c.item, c.message] for c in changed)
    return path
