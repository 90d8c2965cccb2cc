"""Printed parts: a document, how tightly it binds, and whether a window that follows would be read as its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from trialwright.language.layout import SOFT, Doc, Group, Nest, render
from trialwright.language.notation import Tree
from trialwright.language.words import Show

ON_ONE_LINE = 1_000_000


class Level(IntEnum):
    """How tightly a text binds; what stands in a tighter place is put in parentheses."""

    EXPRESSION = 0
    OR = 1
    AND = 2
    NOT = 3
    PREDICATE = 4
    SUM = 5
    PRODUCT = 6
    SIGN = 7
    POWER = 8
    POSTFIX = 9
    PRIMARY = 10


@dataclass(frozen=True, slots=True)
class Piece:
    """A printed part; `open` says that a window that follows would be read as its own."""

    doc: Doc
    level: Level = Level.PRIMARY
    open: bool = False


Print = Callable[[Tree], Piece]
"""The printer itself, handed to the modules that print parts."""


def closed(piece: Piece, level: Level) -> Piece:
    """In parentheses where it binds too loosely for its place."""
    if piece.level >= level:
        return piece
    return Piece(Group(("(", Nest((SOFT, piece.doc)), SOFT, ")")))


def flat(show: Print) -> Show:
    """On one line, as names with parameters are printed inside instants."""
    return lambda tree: render(Group(show(tree).doc), ON_ONE_LINE)
