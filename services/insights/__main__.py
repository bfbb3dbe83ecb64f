"""`python -m services.insights` is `fairground insights`."""

from __future__ import annotations

from shared.cli.app import main

if __name__ == "__main__":
    main(["insights"])
