"""The entries of a FHIR bundle that is too large to be read whole, one after the other, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)
_BLOCK = 4 * 1024 * 1024


class BrokenBundle(ValueError):
    """The text ends or breaks inside the list of entries."""


def split_entries(head: bytes, stream: BinaryIO, longest: int) -> Iterator[bytes]:
    """The JSON text of each object in the top-level list `entry` (or of a top-level list).

    `head` is what has been read of `stream` already.  Raises BrokenBundle when the text ends early or an entry is
    longer than `longest` bytes.
    """
    text = head
    at = 0  # up to here everything has been seen
    depth = 0
    key = b""
    inside: int | None = None  # depth of the list of entries
    begun: int | None = None  # where the current entry starts
    ended = False
    while True:
        for token in _TOKEN.finditer(text, at):
            mark = token[0]
            at = token.end()
            if mark[:1] == b'"':
                if inside is None:
                    key = mark
                continue
            if mark in b"{[":
                depth += 1
                if mark == b"[" and inside is None and ((depth == 2 and key == b'"entry"') or depth == 1):
                    inside = depth
                elif mark == b"{" and inside is not None and depth == inside + 1:
                    begun = token.start()
                continue
            depth -= 1
            if inside is not None:
                if mark == b"}" and depth == inside and begun is not None:
                    yield text[begun : token.end()]
                    begun = None
                elif mark == b"]" and depth == inside - 1:
                    inside = None
                    key = b""
                    ended = True
        # An unfinished string stays at the end of the text: go on from its quote.
        quote = text.find(b'"', at)
        keep = begun if begun is not None else (quote if quote >= 0 else len(text))
        at = (quote if quote >= 0 else len(text)) - keep
        text = text[keep:]
        begun = 0 if begun is not None else None
        if len(text) > longest:
            raise BrokenBundle(f"one entry is longer than {longest >> 20} MB")
        block = stream.read(_BLOCK)
        if not block:
            break
        text += block
    if depth or not ended:
        raise BrokenBundle("the JSON ends early, inside the bundle" if depth else "no list of entries was found")
