"""What came of it: cellular kinetics, pharmacodynamics and exact statistics."""
