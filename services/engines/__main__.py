"""`python -m services.engines` is `fairground engines`."""

from __future__ import annotations

from shared.cli.app import main

if __name__ == "__main__":
    main(["engines"])
