"""A table as RTF for a submission, one file each, by rtflite (the optional extra `submission`).

Times New Roman, portrait up to four columns and landscape above, headings repeated on every page, notes at the end;
the more columns, the smaller the letters.
"""

from __future__ import annotations

import importlib.util

from trialwright.analysis.tables.table import Table
from trialwright.errors import TrialwrightError

PORTRAIT = 4
"""So many columns fit a portrait page."""


def check_rtf() -> None:
    """Raises TrialwrightError where rtflite is not installed."""
    if importlib.util.find_spec("rtflite") is None:
        raise TrialwrightError("RTF needs rtflite, which is not installed: pip install 'trialwright[submission]'")


def table_rtf(table: Table, source: str = "") -> str:
    """The whole file, ASCII; `source` is the line below the notes."""
    check_rtf()
    import polars
    import rtflite

    rows: list[list[str]] = [
        ["  " * line.depth + line.label, *(_marked(c.text, c.marks) for c in line.cells)]
        if line.cells
        else ["  " * line.depth + line.label] + [""] * (len(table.columns) - 1)
        for line in table.lines
    ]
    rows = rows or [["none"] + [""] * (len(table.columns) - 1)]
    names = [f"c{i}" for i in range(len(table.columns))]
    frame = polars.DataFrame(
        [[escaped(text) for text in row] for row in rows], schema=dict.fromkeys(names, polars.String), orient="row"
    )
    words = table.words
    size = [9 if len(names) <= 8 else 7 if len(names) <= 12 else 6]
    widths = [3.0 if words == 1 else 1.6] + [1.6] * (len(names) - 1)
    aligned = ["l" if i < words else "c" for i in range(len(names))]
    notes = [escaped(f"{mark}: {text}" if mark else text) for mark, text in table.notes]
    titles = [escaped(text) for text in (f"Table {table.number}", table.title, table.caption) if text]
    document = rtflite.RTFDocument(
        df=frame,
        rtf_page=rtflite.RTFPage(orientation="portrait" if len(names) <= PORTRAIT else "landscape"),
        rtf_page_header=rtflite.RTFPageHeader(),
        rtf_title=rtflite.RTFTitle(text=titles, text_convert=[False], text_font_size=[11]),
        rtf_column_header=rtflite.RTFColumnHeader(
            text=[escaped(column) for column in table.columns],
            col_rel_width=widths,
            text_justification=aligned,
            text_font_size=size,
            text_convert=[False],
        ),
        rtf_body=rtflite.RTFBody(
            col_rel_width=widths, text_justification=aligned, text_font_size=size, text_convert=[False]
        ),
        rtf_footnote=rtflite.RTFFootnote(text=notes, text_convert=[False]) if notes else None,
        rtf_source=rtflite.RTFSource(text=[escaped(source)], text_convert=[False]) if source else None,
    )
    return str(document.rtf_encode())


def _marked(text: str, marks: tuple[str, ...]) -> str:
    return f"{text} [{', '.join(marks)}]" if marks else text


def escaped(text: str) -> str:
    """Text as RTF writes it: control characters escaped, everything beyond ASCII by its number."""
    out = []
    for letter in text:
        if letter in "\\{}":
            out.append("\\" + letter)
        elif letter == "\n":
            out.append("\\line ")
        elif ord(letter) > 126:
            # beyond the basic plane a letter is two units of UTF-16, each as a signed number
            units = letter.encode("utf-16-le")
            for k in range(0, len(units), 2):
                number = int.from_bytes(units[k : k + 2], "little")
                out.append(f"\\u{number - 65536 if number > 32767 else number}?")
        else:
            out.append(letter)
    return "".join(out)
