"""Cellular and drug kinetics: non-compartmental analysis, models, fits, simulation."""
