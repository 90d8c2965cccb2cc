"""Small counts kept back: a count of people below the chosen number N is shown as "<N", and nothing gives it away.

Of numbers that add up to a total that is shown, a second one is kept back where only one would be; counts along a
sequence are rounded down to a multiple of N.  Zero says nothing about anybody and is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Small:
    """Counts below `least` are kept back; 0 or 1 shows them all."""

    least: int = 0

    @property
    def hides(self) -> bool:
        return self.least > 1

    def count(self, number: int) -> int | str:
        """One count on its own."""
        return f"<{self.least}" if 0 < number < self.least else number

    def parts(self, numbers: Sequence[int]) -> list[int | str]:
        """Counts that add up to a total which is shown as well."""
        shown = [self.count(n) for n in numbers]
        hidden = [i for i, n in enumerate(shown) if isinstance(n, str)]
        if len(hidden) == 1:
            others = [i for i, n in enumerate(numbers) if i != hidden[0] and n > 0]
            if others:
                shown[min(others, key=lambda i: numbers[i])] = "kept back"
        return shown

    def named(self, numbers: Mapping[str, int]) -> dict[str, int | str]:
        """The same, by name."""
        return dict(zip(numbers, self.parts(list(numbers.values())), strict=True))

    def along(self, number: int) -> int:
        """A count in a sequence whose differences would show single people."""
        return number // self.least * self.least if self.hides else number

    def share(self, number: float) -> float | str:
        """People put down to one cause."""
        return f"<{self.least}" if 0 < number < self.least else round(number, 1)


def text(value: Any) -> str:
    """A count, or what stands for it, as a reader sees it."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}" if isinstance(value, float) else str(value)
