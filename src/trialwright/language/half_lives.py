"""Drugs whose half-life nobody knows: what can still be said about a window that is counted in half-lives.

Five half-lives of such a drug may be any stretch of time.  Where the drug was never given, every stretch is alike, and
the expression has the value that it has over the whole record; where it was given, only its half-life could tell.  That
holds while the window is about this drug alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language.notation import Tree


def windows_in_half_lives(body: Tree) -> tuple[n.Window, ...] | None:
    """The windows of `body` that are counted in half-lives; None where one of them looks at anything but `it`."""
    found: list[n.Window] = []
    for node in _walk(body):
        window = getattr(node, "window", None)
        if isinstance(window, n.Window) and in_half_lives(window):
            if set(_names(node)) != {"it"}:
                return None
            found.append(window)
    return tuple(dict.fromkeys(found)) or None


def in_half_lives(part: n.Window | n.Instant | Tree | None) -> bool:
    """Whether a window or an instant hangs on a number of half-lives."""
    return any(isinstance(inner, n.Offset) and inner.unit == "half_lives" for inner in _walk(part))


def _names(tree: Any) -> Iterator[str]:
    for node in _walk(tree):
        match node:
            case n.Ref(name):
                yield name
            case s.Names(names):
                yield from names


def _walk(tree: Any) -> Iterator[Any]:
    if isinstance(tree, tuple):
        for part in tree:
            yield from _walk(part)
    elif dataclasses.is_dataclass(tree):
        yield tree
        for field in dataclasses.fields(tree):
            yield from _walk(getattr(tree, field.name))
