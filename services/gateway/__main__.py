"""`python -m services.gateway` is `fairground gateway`."""

from __future__ import annotations

from shared.cli.app import main

if __name__ == "__main__":
    main(["gateway"])
