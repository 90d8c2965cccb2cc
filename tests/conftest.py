"""Quick tests draw the same examples every time and have no deadline; long runs (`make test-long`) draw new ones."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("quick", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
