"""`python -m services.ledger` is `fairground ledger`."""

from __future__ import annotations

from shared.cli.app import main

if __name__ == "__main__":
    main(["ledger"])
