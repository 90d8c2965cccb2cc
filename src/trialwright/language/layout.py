"""Text that breaks over lines only where it must: a small document algebra for the printer.

A `Group` is laid out on one line when it fits the width, else every `Line` directly inside it becomes a line break.
Source: Wadler 2003, A prettier printer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A line break where the group is broken, else `flat`."""

    flat: str = " "


@dataclass(frozen=True, slots=True)
class Nest:
    """Line breaks inside are indented by four more spaces."""

    doc: Doc


@dataclass(frozen=True, slots=True)
class Group:
    """On one line when it fits."""

    doc: Doc


Doc = str | Line | Nest | Group | tuple["Doc", ...]
SOFT = Line("")
SPACE = Line(" ")
INDENT = 4


def joined(parts: Iterable[Doc], between: Doc) -> Doc:
    """The parts with `between` after each but the last."""
    result: list[Doc] = []
    for i, part in enumerate(parts):
        if i:
            result.append(between)
        result.append(part)
    return tuple(result)


def bracketed(head: str, parts: Sequence[Doc], separator: str = ",") -> Doc:
    """`head(a, b)`, or each part on its own line between the brackets."""
    return Group((head + "(", Nest((SOFT, joined(parts, (separator, SPACE)))), SOFT, ")"))


def render(doc: Doc, width: int) -> str:
    """The text of a document, at most `width` columns wide where its groups allow that."""
    out: list[str] = []
    column = 0
    stack: list[tuple[int, bool, Doc]] = [(0, False, doc)]
    while stack:
        indent, flat, part = stack.pop()
        match part:
            case str():
                out.append(part)
                column += len(part)
            case Line():
                text = part.flat if flat else "\n" + " " * indent
                out.append(text)
                column = column + len(text) if flat else indent
            case Nest(inner):
                stack.append((indent + INDENT, flat, inner))
            case Group(inner):
                stack.append((indent, flat or _fits(width - column, inner, stack), inner))
            case tuple():
                stack.extend((indent, flat, p) for p in reversed(part))
    return "".join(out)


def _fits(room: int, doc: Doc, rest: Sequence[tuple[int, bool, Doc]]) -> bool:
    """Whether `doc` on one line, and what follows it up to the next possible break, fits."""
    todo: list[tuple[bool, Doc]] = [(True, doc)]
    following = len(rest)
    while room >= 0:
        if not todo:
            if following == 0:
                return True
            following -= 1
            todo.append((rest[following][1], rest[following][2]))
        flat, part = todo.pop()
        match part:
            case str():
                room -= len(part)
            case Line():
                if not flat:
                    return True
                room -= len(part.flat)
            case Nest(inner) | Group(inner):
                todo.append((flat, inner))
            case tuple():
                todo.extend((flat, p) for p in reversed(part))
    return False
