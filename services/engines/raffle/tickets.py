"""Which ticket a seed draws, and the hash by which nobody can change afterwards who owned it."""

from __future__ import annotations

import hashlib

from shared.fair.draw import below


def winning_ticket(server_seed: str, raffle: str, total_tickets: int) -> int:
    """The draw of docs/fairness.md over tickets of equal weight: 0 … total_tickets - 1 in the order of entry."""
    return below(server_seed, "raffle", raffle, total_tickets)


def chained(before: str, first_ticket: int, last_ticket: int, player: str) -> str:
    """The `tickets_hash` after one more entry: SHA-256 of `{before}:{first}:{last}:{player}` in UTF-8, in hex."""
    return hashlib.sha256(f"{before}:{first_ticket}:{last_ticket}:{player}".encode()).hexdigest()
