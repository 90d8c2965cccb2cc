"""The one way to a DuckDB connection: without its progress bar, which would be printed among the results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb


def quiet_connect(path: str = ":memory:", *, read_only: bool = False, config: Mapping[str, Any] | None = None) -> Any:
    """A connection whose standard output stays ours.  Raises duckdb.Error as DuckDB does."""
    connection = duckdb.connect(path, read_only=read_only, config=dict(config or {}))
    connection.execute("SET enable_progress_bar = false")
    return connection
