"""Writing a run into a folder: everything, or nothing.

The tables are made in a folder beside the place where they belong; only when all of them are there do they take that
place.  A disk that fills up leaves no half of a run, and an earlier run in the same folder as it was.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from trialwright.errors import TrialwrightError


@contextmanager
def completely(folder: Path) -> Iterator[Path]:
    """A folder to write into, whose content goes to `folder` when the block ends well.  Raises TrialwrightError."""
    place = folder.absolute()
    making = place.with_name(f".making-{os.getpid()}.{place.name}")
    try:
        if place.exists() and not place.is_dir():
            raise TrialwrightError(f"{folder}: is a file; name a folder for the tables of the run")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        yield making
        _take_place(making, place)
    except duckdb.Error as error:
        if "space" not in str(error).lower() and "disk" not in str(error).lower():
            raise
        raise _full(folder, "the disk is full") from error
    except OSError as error:
        raise _full(folder, _reason(error)) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)


def write_whole(path: Path, text: str) -> None:
    """A file with all of the text, or none.  Raises TrialwrightError."""
    making = path.with_name(f".making-{os.getpid()}.{path.name}")
    try:
        making.write_text(text, encoding="utf-8", newline="")
        os.replace(making, path)
    except OSError as error:
        why = _reason(error)
        raise TrialwrightError(
            f"{path}: {why[0].lower() + why[1:]}; this file was not written, free some space and run the command again"
        ) from error
    finally:
        making.unlink(missing_ok=True)


def _take_place(making: Path, place: Path) -> None:
    """Put what was made in its place; files of the same name give way, all others stay."""
    if not place.exists():
        making.rename(place)
        return
    for made in sorted(making.iterdir()):
        there = place / made.name
        if there.is_dir() and not there.is_symlink():
            shutil.rmtree(there)
        os.replace(made, there)


def _reason(error: OSError) -> str:
    """The system's words; a copy that failed (shutil.Error) lists them by file."""
    listed = error.args[0] if error.args and isinstance(error.args[0], list) else None
    if listed:
        return str(listed[0][2]).split("] ")[-1].split(": ")[0]
    return error.strerror or "the files could not be written"


def _full(folder: Path, why: str) -> TrialwrightError:
    return TrialwrightError(
        f"{folder}: {why[0].lower() + why[1:]}; nothing of this run was written there, free some space or name another "
        "folder"
    )
