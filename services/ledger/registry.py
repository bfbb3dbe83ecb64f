"""All that the ledger is made of."""

from __future__ import annotations

from services.ledger.definition import decider as definition
from services.ledger.definition import view as definition_view
from services.ledger.grant import decider as grant
from services.ledger.grant import process as grant_process
from services.ledger.grant import view as grant_view
from services.ledger.player import decider as player
from services.ledger.player import personal
from services.ledger.player import process as player_process
from services.ledger.player import view as player_view
from services.ledger.wallet import decider as wallet
from services.ledger.wallet import view as wallet_view
from shared.shapes import Service

service = Service(
    name="ledger",
    deciders=(player.decider, wallet.decider, grant.decider, definition.decider),
    views=(
        player_view.view,
        wallet_view.wallets,
        wallet_view.holdings,
        wallet_view.house,
        grant_view.view,
        definition_view.view,
    ),
    processes=(player_process.process, grant_process.process),
    private=(personal.personal, personal.registrations),
)
