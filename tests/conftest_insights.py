"""The environment that insights stand in: Faust asks for older packages than the rest, so it has one of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PYTHON = Path(__file__).parents[1] / ".venv-insights" / "bin" / "python"


@pytest.fixture(scope="session")
def insights_python() -> str:
    """The interpreter that has Faust, made by `deploy/setup.sh insights`.

    Without one the test is skipped, and with CI set it fails.
    """
    if PYTHON.exists():
        return str(PYTHON)
    missing = "there is no Faust here; run deploy/setup.sh insights"
    assert not os.environ.get("CI"), missing
    pytest.skip(missing)
