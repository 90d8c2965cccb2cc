"""Participants of a trial as of a data cut: datasets in the shape of ADaM and one long table of results."""

from trialwright.analysis.subjects.rules import Baseline, Missing, Rules, Windows
from trialwright.analysis.subjects.run import Analysis, analyse_trial
from trialwright.analysis.subjects.shape import Dataset, Variable
from trialwright.analysis.subjects.write import summary, write_analysis

__all__ = [
    "Analysis",
    "Baseline",
    "Dataset",
    "Missing",
    "Rules",
    "Variable",
    "Windows",
    "analyse_trial",
    "summary",
    "write_analysis",
]
