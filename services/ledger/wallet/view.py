"""How much every player holds, and what stands on the other side in the house's books."""

from __future__ import annotations

from shared.messages.wallet import PLAYER, WalletPosted
from shared.shapes import Add, Append, Place, Put, View


def balances(event: WalletPosted, place: Place) -> list[Put]:
    return [
        Put(key=(event.player, posting.asset), values=(posting.balance, place.at))
        for posting in event.postings
        if posting.account == PLAYER
    ]


def firsts(event: WalletPosted, place: Place) -> list[Append]:
    # A row that stands already stays as it is, so it is offered only by what found nothing there: not by most debits.
    return [
        Append(key=(event.player, posting.asset), values=(place.at,))
        for posting in event.postings
        if posting.account == PLAYER and posting.balance == posting.amount
    ]


def totals(event: WalletPosted, place: Place) -> list[Add]:
    return [
        Add(key=(posting.account, posting.asset), values=(posting.amount,))
        for posting in event.postings
        if posting.account != PLAYER
    ]


wallets = View(
    table="wallets",
    mode="put",
    key={"player": "text", "asset": "text"},
    columns={"balance": "bigint", "updated_at": "timestamptz"},
    events=(WalletPosted,),
    rows=balances,
)

holdings = View(
    table="holdings",
    mode="append",
    key={"player": "text", "asset": "text"},
    columns={"created_at": "timestamptz"},
    events=(WalletPosted,),
    rows=firsts,
)

house = View(
    table="house",
    mode="add",
    key={"account": "text", "asset": "text"},
    columns={"amount": "bigint"},
    events=(WalletPosted,),
    rows=totals,
)
