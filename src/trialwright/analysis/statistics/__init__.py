"""Exact and Bayesian statistics of small single-arm trials."""
