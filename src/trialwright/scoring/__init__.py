"""Instruments computed: one record or a table, item by item, with a reason; pages and courses over time."""

from trialwright.scoring.instrument import score
from trialwright.scoring.outcome import MISSING, ItemState, Score

__all__ = ["MISSING", "ItemState", "Score", "score"]
