"""`python -m services.leaderboards` is `fairground leaderboards`."""

from __future__ import annotations

from shared.cli.app import main

if __name__ == "__main__":
    main(["leaderboards"])
