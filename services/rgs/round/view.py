"""Every round as it stands, and every movement of money that an operator's wallet is asked for."""

from __future__ import annotations

from typing import Final

from shared.ids import RoundId
from shared.messages.round import (
    MoveDenied,
    RoundBegun,
    RoundFact,
    RoundMoneyMoved,
    RoundMoved,
    RoundMoving,
    RoundOpened,
    RoundPaid,
    RoundSettled,
    RoundVoided,
    Transaction,
)
from shared.messages.seat import Seat
from shared.shapes import Place, Put, View

_FACTS: Final = (
    RoundBegun,
    RoundOpened,
    RoundMoving,
    RoundMoved,
    MoveDenied,
    RoundSettled,
    RoundPaid,
    RoundVoided,
)


def as_it_stands(event: RoundFact, place: Place) -> tuple[Put, ...]:
    round_ = event.round
    seat = round_.seat
    row = Put(
        key=(seat.player, round_.round_id),
        values=(
            seat.operator,
            seat.game,
            seat.currency,
            round_.wallet,
            round_.status,
            isinstance(event, RoundMoving),
            round_.stake,
            round_.payout,
            round_.pair_number,
            round_.nonce,
            round_.model_dump_json(),
        ),
    )
    return (row,)


def money(event: RoundFact | RoundMoneyMoved, place: Place) -> tuple[Put, ...]:
    about = event if isinstance(event, RoundMoneyMoved) else event.round
    if about.wallet != "callback" or event.transaction is None:  # our own ledger's are its postings
        return ()
    return (_movement(about.seat, about.round_id, event.transaction, place),)


def _movement(seat: Seat, round_id: RoundId, moved: Transaction, place: Place) -> Put:
    return Put(
        key=(seat.player, moved.transaction_id, moved.movement),
        values=(
            round_id,
            seat.operator,
            seat.game,
            seat.currency,
            moved.amount,
            moved.status,
            moved.tries,
            place.at,
        ),
    )


rounds = View(
    table="rounds",
    mode="put",
    key={"player": "text", "round_id": "text"},
    columns={
        "operator": "text",
        "game": "text",
        "currency": "text",
        "wallet": "text",
        "status": "text",
        "moving": "boolean",
        "stake": "bigint",
        "payout": "bigint",
        "pair_number": "bigint",
        "nonce": "bigint",
        "round": "text",
    },
    events=_FACTS,
    rows=as_it_stands,
)

transactions = View(
    table="transactions",
    mode="put",
    key={"player": "text", "transaction_id": "text", "movement": "text"},
    columns={
        "round_id": "text",
        "operator": "text",
        "game": "text",
        "currency": "text",
        "amount": "bigint",
        "status": "text",
        "tries": "integer",
        "at": "timestamptz",
    },
    events=(*_FACTS, RoundMoneyMoved),
    rows=money,
)
