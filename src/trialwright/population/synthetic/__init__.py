"""Synthetic people with lupus or systemic sclerosis, the general population around them, and treated participants of
trials with known truth; nobody here exists."""

from trialwright.population.synthetic.answers import write_answers
from trialwright.population.synthetic.awkward import RATES, TIDY, Rates
from trialwright.population.synthetic.cohort import AT, LUPUS_SHARE, SSC_SHARE, Block, generate
from trialwright.population.synthetic.treated import Treated, write_treated
from trialwright.population.synthetic.treated_cohort import TreatedCohort, generate_treated
from trialwright.population.synthetic.treated_settings import SETTINGS, Settings
from trialwright.population.synthetic.treated_truth import expected, truth_of
from trialwright.population.synthetic.write import write_cohort

__all__ = [
    "AT",
    "LUPUS_SHARE",
    "RATES",
    "SETTINGS",
    "SSC_SHARE",
    "TIDY",
    "Block",
    "Rates",
    "Settings",
    "Treated",
    "TreatedCohort",
    "expected",
    "generate",
    "generate_treated",
    "truth_of",
    "write_answers",
    "write_cohort",
    "write_treated",
]
