"""Misspelled words: the known word at the smallest distance, the more frequent one first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

_WIDTH = 24


def nearest_words(word: str, words: Sequence[str], starts: npt.NDArray[np.int64]) -> str | None:
    """The word of the index nearest to a misspelled one: distance 1, or 2 from six letters on; None when none is near.

    Damerau-Levenshtein distance with neighbours swapped (optimal string alignment), all candidates at once.
    """
    furthest = 1 if len(word) < 6 else 2
    if len(word) + furthest > _WIDTH or not word.isascii():
        return None
    letters, lengths, bags = _table(tuple(words) if not isinstance(words, tuple) else words)
    bag = _bag(word)
    near = np.abs(lengths - len(word)) <= furthest
    near &= np.bitwise_count(bags ^ np.uint32(bag)) <= 2 * furthest
    candidates = np.flatnonzero(near)
    if not len(candidates):
        return None
    distances = _distances(word, letters[candidates], lengths[candidates])
    best = int(distances.min())
    if best > furthest:
        return None
    chosen = candidates[distances == best]
    frequency = starts[chosen + 1] - starts[chosen]
    return words[int(chosen[int(np.argmax(frequency))])]


@lru_cache(maxsize=2)
def _table(words: tuple[str, ...]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int16], npt.NDArray[np.uint32]]:
    plain = [word if word.isascii() and word.isalpha() and len(word) <= _WIDTH else "" for word in words]
    letters = np.array(plain, dtype=f"S{_WIDTH}").view(np.uint8).reshape(len(words), _WIDTH)
    lengths = np.array([len(word) or 1000 for word in plain], np.int16)
    bags = np.zeros(len(words), np.uint32)
    for place in range(_WIDTH):
        column = letters[:, place].astype(np.int64) - 97
        inside = (column >= 0) & (column < 26)
        bags[inside] |= np.left_shift(np.uint32(1), column[inside].astype(np.uint32))
    return letters, lengths, bags


def _bag(word: str) -> int:
    bag = 0
    for letter in word:
        if "a" <= letter <= "z":
            bag |= 1 << (ord(letter) - 97)
    return bag


def _distances(word: str, letters: npt.NDArray[np.uint8], lengths: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    count, width = len(letters), int(lengths.max())
    before = np.zeros((count, width + 1), np.int16)
    row = np.tile(np.arange(width + 1, dtype=np.int16), (count, 1))
    for place, letter in enumerate(word.encode(), 1):
        new = np.empty_like(row)
        new[:, 0] = place
        differs = (letters[:, :width] != letter).astype(np.int16)
        for column in range(1, width + 1):
            best = np.minimum(row[:, column] + 1, new[:, column - 1] + 1)
            best = np.minimum(best, row[:, column - 1] + differs[:, column - 1])
            if place > 1 and column > 1:
                swapped = (letters[:, column - 1] == word.encode()[place - 2]) & (letters[:, column - 2] == letter)
                best = np.where(swapped, np.minimum(best, before[:, column - 2] + 1), best)
            new[:, column] = best
        before, row = row, new
    result: npt.NDArray[np.int16] = row[np.arange(count), lengths]
    return result
