"""The contract: everything that can be said, one noun a file. A new file here is known as soon as it exists."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from shared.messages.base import Message


@cache
def every_sample() -> tuple[Message, ...]:
    """One example of every message, in the order of the files; importing them also registers their names."""
    samples: list[Message] = []
    for module in sorted(found.name for found in pkgutil.iter_modules(__path__)):
        samples.extend(getattr(importlib.import_module(f"{__name__}.{module}"), "SAMPLES", ()))
    return tuple(samples)


def know_all() -> None:
    """Register every message and definition kind, so that wire names can be looked up."""
    every_sample()
