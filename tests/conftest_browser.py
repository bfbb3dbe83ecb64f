"""A real browser for the tests of pages."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.browser import Browser, BrowserMissing, Tab, found


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One for all tests. Without one the test is skipped, and with CI set it fails."""
    try:
        found()
    except BrowserMissing as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
    with Browser(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Tab]:
    """A tab of the test's own; a page that throws or breaks its own rules fails the test."""
    tab = chromium.tab()
    yield tab
    complaints = tab.complaints()
    tab.close()
    assert not complaints
