"""`python -m services.rgs` is `fairground rgs`."""

from __future__ import annotations

from shared.cli.app import main

if __name__ == "__main__":
    main(["rgs"])
