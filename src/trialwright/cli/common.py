"""What every command shares: JSON on standard output and nothing else there, messages on standard error."""

from __future__ import annotations

import datetime as dt
import re
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import click
import orjson

from trialwright.errors import TrialwrightError


def emit(document: Any) -> None:
    """One JSON document on standard output."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    sys.stdout.buffer.write(orjson.dumps(plain(document), option=options) + b"\n")
    sys.stdout.buffer.flush()


def plain(value: Any) -> Any:
    """Dataclasses, tuples and paths as JSON can hold them."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    return value


class Day(click.ParamType):  # type: ignore[type-arg]
    """A date as YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as YYYY-MM-DD", param, ctx)


class Memory(click.ParamType):  # type: ignore[type-arg]
    """An amount of memory as DuckDB reads it: 500MB, 2GB, 1.5GiB."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*[KMGT]i?B", str(value), re.IGNORECASE)
        if found is None or float(found[1]) == 0:
            self.fail(f"{value!r} is no amount of memory; write it as 500MB or 2GB", param, ctx)
        return str(value)


catalog_option = click.option(
    "--catalog",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of your own data files, added to the catalog or overriding it.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def existing_store(path: Path) -> Path:
    """A population file that is there.  Raises TrialwrightError naming the command that makes one."""
    if path.is_dir():
        raise TrialwrightError(f"{path}: is a folder; name the file that `trialwright load` made")
    if not path.exists():
        raise TrialwrightError(f"{path} is not there; make it with `trialwright load SOURCE --into {path}`")
    return path


def trial_header(title: str, width: int = 100) -> str:
    return f"\n{title}\n{'-' * min(len(title), width)}"
