"""The cohort and the run of the tests of screening."""

from tests.screening.conftest import cohort, screening

__all__ = ["cohort", "screening"]
