"""Who qualifies, and why."""

from trialwright.screening.screen import screen, why

__all__ = ["screen", "why"]
