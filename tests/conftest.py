"""What every test may ask for; each real server is started once, by the first test that needs it."""

from __future__ import annotations

import os

from hypothesis import settings

pytest_plugins = ["tests.conftest_kafka", "tests.conftest_postgres", "tests.conftest_redis"]

# No deadline: a machine under load is slow, and that is no defect. A failure prints the line that repeats it.
settings.register_profile("default", deadline=None, print_blob=True)
settings.register_profile("long", deadline=None, print_blob=True, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
