"""Synthetic people with lupus, with systemic sclerosis, and the general population around them; nobody here exists."""

from trialwright.population.synthetic.answers import write_answers
from trialwright.population.synthetic.awkward import RATES, TIDY, Rates
from trialwright.population.synthetic.cohort import AT, LUPUS_SHARE, SSC_SHARE, Block, generate
from trialwright.population.synthetic.write import write_cohort

__all__ = [
    "AT",
    "LUPUS_SHARE",
    "RATES",
    "SSC_SHARE",
    "TIDY",
    "Block",
    "Rates",
    "generate",
    "write_answers",
    "write_cohort",
]
