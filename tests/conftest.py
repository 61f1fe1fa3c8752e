"""Hypothesis profiles for all tests: one for people, and one without randomness for CI."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

# Shared machines stall for seconds: a deadline per example would fail for reasons that are not ours.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# A shell that runs the tests in the background ignores Ctrl-C. The programs that the tests start would
# inherit that and could not be interrupted; they get the default back if this process has a handler.
signal.signal(signal.SIGINT, signal.default_int_handler)
