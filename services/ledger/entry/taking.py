"""Who enters an event must meet what it asks and pay all that it costs, at once; what was taken can be given back."""

from __future__ import annotations

from services.ledger.entry.requirement import missing
from services.ledger.player.state import Player, why_not
from services.ledger.wallet.posting import moved, received
from services.ledger.wallet.state import Wallet
from shared.ids import AssetId
from shared.messages.entry import (
    ENTRIES,
    Cost,
    EnteredAnswer,
    EntryCommand,
    EntryReturnedAnswer,
    RefundEntry,
    TakeEntry,
)
from shared.messages.wallet import Leg, WalletPosted
from shared.shapes import Decision, Outcome, Refused


def enter(command: TakeEntry, wallet: Wallet, player: Player) -> Outcome[WalletPosted]:
    refused = why_not(player) or _unmet(command, wallet) or _uncovered(command.costs, wallet)
    if refused is not None:
        return refused
    reply = EnteredAnswer(player=command.player)
    if not command.costs:
        return Decision((), reply=reply)
    lines = moved((Leg(asset=cost.asset, amount=-cost.amount, account=ENTRIES) for cost in command.costs), wallet)
    posted = WalletPosted(
        player=command.player, operation="debit", postings=lines.postings, reason=f"event {command.event}"
    )
    return Decision((posted,), reply=reply)


def _unmet(command: TakeEntry, wallet: Wallet) -> Refused | None:
    if command.requirement is None:
        return None
    unmet = missing(command.requirement, wallet, command.attempts)
    return None if unmet is None else Refused("entry_requirement_failed", {"missing": unmet.model_dump(mode="json")})


def _uncovered(costs: tuple[Cost, ...], wallet: Wallet) -> Refused | None:
    needed: dict[AssetId, int] = {}
    for cost in costs:
        needed[cost.asset] = needed.get(cost.asset, 0) + cost.amount
    for asset, amount in needed.items():
        if wallet.of(asset) < amount:
            details = {"resource": asset, "needed": amount, "have": wallet.of(asset)}
            return Refused("insufficient_entry_cost", details)
    return None


def give_back(command: RefundEntry, wallet: Wallet, player: Player) -> Outcome[WalletPosted]:
    if not command.costs:
        return Decision((), reply=EntryReturnedAnswer(player=command.player))
    legs = (Leg(asset=cost.asset, amount=cost.amount, account=ENTRIES) for cost in command.costs)
    lines = received(legs, wallet, player)
    posted = WalletPosted(player=command.player, operation="refund", postings=lines.postings, reason=command.reason)
    return Decision((posted,), reply=EntryReturnedAnswer(player=command.player, unclaimed=lines.unclaimed))


def decide(command: EntryCommand, wallet: Wallet, player: Player) -> Outcome[WalletPosted]:
    match command:
        case TakeEntry():
            return enter(command, wallet, player)
        case RefundEntry():
            return give_back(command, wallet, player)
