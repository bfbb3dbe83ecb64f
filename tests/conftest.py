"""What every test may ask for; each real server is started once, by the first test that needs it."""

from __future__ import annotations

from hypothesis import settings

pytest_plugins = [
    "tests.conftest_browser",
    "tests.conftest_insights",
    "tests.conftest_kafka",
    "tests.conftest_postgres",
    "tests.conftest_redis",
    "tests.conftest_simulation",
]

# No deadline: a machine under load is slow, and that is no defect. A failure prints the line that repeats it.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")
