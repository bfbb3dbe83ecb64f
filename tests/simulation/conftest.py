"""While a town is simulated, its processes log nothing, unless one seed is looked at."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Iterator
from typing import Final

import pytest
import structlog

from shared.worker.rulebook import Rulebook
from tests.simulation.world import ALL

RULES: Final = {id(service): Rulebook(service) for service in ALL}


@pytest.fixture(autouse=True)
def rules_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of processes start; each would compile the same models anew, which is a tenth of all the time."""
    monkeypatch.setattr("shared.worker.worker.Rulebook", lambda service: RULES.get(id(service)) or Rulebook(service))


@pytest.fixture(autouse=True)
def the_dead_are_buried() -> Iterator[None]:
    """A run that ends early leaves killed processes behind, whose last words are heard when their memory is freed.

    They are freed here, so that no later test hears them; nothing that lives is meant.
    """
    yield
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        gc.collect()
    finally:
        sys.unraisablehook = hook


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of crashes are no news."""
    before = structlog.get_config()
    if "SIM_SEED" not in os.environ:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)
