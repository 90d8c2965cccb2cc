"""Trialwright: a registered clinical trial, made computable and run."""

__version__ = "0.1.0"
