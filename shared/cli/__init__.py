"""The command line: everything that an operator does by hand."""

from __future__ import annotations

import time
from typing import Final

STARTED_S: Final = time.monotonic()
"""When this process began to be ours; what is loaded afterwards counts as part of a start."""
