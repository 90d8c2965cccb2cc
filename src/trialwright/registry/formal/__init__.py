"""Criteria text becomes clauses and expressions of the language, or says which words were not understood."""
