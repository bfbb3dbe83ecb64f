"""A real Redis for the tests that need one: the one named by REDIS_URL, else one that we start."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from shared.parts.redis import RedisMissing, RedisServer


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Where a real Redis answers. Without one the test is skipped, and with CI set it fails."""
    if given := os.environ.get("REDIS_URL"):
        yield given
        return
    server = RedisServer()
    try:
        url = server.start()
    except RedisMissing as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
    yield url
    server.stop()
