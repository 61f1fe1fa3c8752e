"""Hypothesis profiles for all tests: one for people, and one without randomness for CI."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Shared machines stall for seconds: a deadline per example would fail for reasons that are not ours.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
