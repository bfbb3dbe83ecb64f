"""Money moves in transactions that sum to zero; a balance never goes below zero, and no payout is ever refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.ledger.entry import taking
from services.ledger.player.state import Player, limits_of, player_of, why_not
from services.ledger.wallet.asset import is_known
from services.ledger.wallet.posting import Moved, moved, received
from services.ledger.wallet.state import Wallet, wallet_of
from services.ledger.wallet.turnover import day_of, deposited, over_deposited, over_limit, turned
from shared.ids import AssetId
from shared.messages.base import LARGEST_AMOUNT
from shared.messages.entry import EntryCommand, RefundEntry, TakeEntry
from shared.messages.wallet import (
    CountDeposits,
    CreditWallet,
    DebitWallet,
    DepositsAnswer,
    Leg,
    MoneyCommand,
    MovingCommand,
    Operation,
    PayWallet,
    RefundWallet,
    TransferWallet,
    WalletAnswer,
    WalletCommand,
    WalletDepositsCounted,
    WalletEvent,
    WalletPosted,
)
from shared.shapes import Decider, Decision, Facts, Outcome, Refused, States
from shared.streams import Stream


def credit(command: CreditWallet, wallet: Wallet, player: Player, facts: Facts) -> Outcome[WalletPosted]:
    return _transfer(command, "credit", (_leg(command, command.amount),), wallet, player, facts)


def debit(command: DebitWallet, wallet: Wallet, player: Player, facts: Facts) -> Outcome[WalletPosted]:
    return _transfer(command, "debit", (_leg(command, -command.amount),), wallet, player, facts)


def transfer(command: TransferWallet, wallet: Wallet, player: Player, facts: Facts) -> Outcome[WalletPosted]:
    """Of a game nothing but the stakes is refused: what was won with them is paid, or kept as unclaimed."""
    if not command.play:
        return _transfer(command, "transfer", command.legs, wallet, player, facts)
    stakes = tuple(leg for leg in command.legs if leg.amount < 0)
    refused = _refused(command, stakes, wallet, player, facts) or _unknown_asset(command.legs, facts)
    if refused is not None:
        return refused
    return _posted(command, "transfer", received(_what_goes_first(command.legs), wallet, player), facts)


def pay(command: PayWallet | RefundWallet, wallet: Wallet, player: Player, facts: Facts) -> Outcome[WalletPosted]:
    operation: Operation = "pay" if isinstance(command, PayWallet) else "refund"
    return _posted(command, operation, received((_leg(command, command.amount),), wallet, player), facts)


def count_deposits(command: CountDeposits, wallet: Wallet, player: Player, facts: Facts) -> Outcome[WalletEvent]:
    over = over_deposited(command.amounts, wallet.turnover, limits_of(player), facts.now)
    counted = WalletDepositsCounted(player=command.player, day=day_of(facts.now), amounts=command.amounts, over=over)
    tallies = {"deposits_over_limit": len(over)} if over else {}
    return Decision((counted,), reply=DepositsAnswer(over=over), tallies=tallies)


def _leg(command: MoneyCommand, amount: int) -> Leg:
    return Leg(asset=command.asset, amount=amount, account=command.account)


def _transfer(
    command: CreditWallet | DebitWallet | TransferWallet,
    operation: Operation,
    legs: tuple[Leg, ...],
    wallet: Wallet,
    player: Player,
    facts: Facts,
) -> Outcome[WalletPosted]:
    refused = _refused(command, legs, wallet, player, facts)
    if refused is not None:
        return refused
    return _posted(command, operation, moved(_what_goes_first(legs), wallet), facts)


def _refused(
    command: CreditWallet | DebitWallet | TransferWallet,
    legs: tuple[Leg, ...],
    wallet: Wallet,
    player: Player,
    facts: Facts,
) -> Refused | None:
    despite_ban = not isinstance(command, TransferWallet) and command.despite_ban
    refused = why_not(player, despite_ban=despite_ban)
    refused = refused or _unknown_asset(legs, facts) or _uncovered(legs, wallet) or _too_much(legs, wallet)
    if refused is None and command.play:
        refused = over_limit(_going(legs), wallet.turnover, limits_of(player), facts.now)
    return refused


def _what_goes_first(legs: tuple[Leg, ...]) -> list[Leg]:
    return sorted(legs, key=lambda leg: leg.amount > 0)


def _unknown_asset(legs: tuple[Leg, ...], facts: Facts) -> Refused | None:
    for leg in legs:
        if not is_known(leg.asset, facts.definitions):
            return Refused("unknown_asset", {"asset": leg.asset})
    return None


def _uncovered(legs: tuple[Leg, ...], wallet: Wallet) -> Refused | None:
    """What goes must be covered by what was there before anything came: a payout never pays its own stake."""
    for asset, needed in _going(legs).items():
        if wallet.of(asset) < needed:
            return Refused("insufficient_balance", {"asset": asset, "needed": needed, "have": wallet.of(asset)})
    return None


def _going(legs: tuple[Leg, ...]) -> dict[AssetId, int]:
    going: dict[AssetId, int] = {}
    for leg in legs:
        if leg.amount < 0:
            going[leg.asset] = going.get(leg.asset, 0) - leg.amount
    return going


def _too_much(legs: tuple[Leg, ...], wallet: Wallet) -> Refused | None:
    coming: dict[AssetId, int] = {}
    for leg in legs:
        coming[leg.asset] = coming.get(leg.asset, 0) + leg.amount
    for asset, net in coming.items():
        if wallet.of(asset) + net > LARGEST_AMOUNT:
            return Refused("balance_limit", {"asset": asset, "limit": LARGEST_AMOUNT})
    return None


def _posted(command: MovingCommand, operation: Operation, lines: Moved, facts: Facts) -> Decision[WalletPosted]:
    paid = not (lines.unclaimed and isinstance(command, PayWallet | RefundWallet))
    day = _day(command, facts) if command.play and paid else None
    posted = WalletPosted(
        player=command.player, operation=operation, postings=lines.postings, reason=command.reason, day=day
    )
    answer = WalletAnswer(
        transaction_id=facts.command_id,
        player=command.player,
        balances=lines.balances,
        unclaimed=lines.unclaimed,
        day=day,
    )
    return Decision((posted,), reply=answer)


def _day(command: MovingCommand, facts: Facts) -> str:
    """A stake that is given back belongs to the day on which it was taken."""
    return (isinstance(command, RefundWallet) and command.day) or day_of(facts.now)


def streams(command: WalletCommand | EntryCommand) -> tuple[Stream[Any], ...]:
    return (wallet_of(command.player), player_of(command.player))


def decide(command: WalletCommand | EntryCommand, states: States, facts: Facts) -> Outcome[Any]:
    wallet, player = (states[wallet_of(command.player)], states[player_of(command.player)])
    match command:
        case CreditWallet():
            return credit(command, wallet, player, facts)
        case DebitWallet():
            return debit(command, wallet, player, facts)
        case TransferWallet():
            return transfer(command, wallet, player, facts)
        case PayWallet() | RefundWallet():
            return pay(command, wallet, player, facts)
        case CountDeposits():
            return count_deposits(command, wallet, player, facts)
        case TakeEntry() | RefundEntry():
            return taking.decide(command, wallet, player)


def evolve(wallet: Wallet, event: WalletEvent) -> Wallet:
    if isinstance(event, WalletDepositsCounted):
        return replace(wallet, turnover=deposited(wallet.turnover, event))
    own = {posting.asset: posting.balance for posting in event.postings if posting.balance is not None}
    return Wallet({**wallet.balances, **own}, turned(wallet.turnover, event))


decider: Decider[WalletCommand | EntryCommand, Wallet, WalletEvent] = Decider(
    noun="wallet",
    initial=Wallet(),
    situations=(Wallet,),
    commands=(
        CreditWallet,
        DebitWallet,
        TransferWallet,
        PayWallet,
        RefundWallet,
        CountDeposits,
        TakeEntry,
        RefundEntry,
    ),
    events=(WalletPosted, WalletDepositsCounted),
    streams=streams,
    decide=decide,
    evolve=evolve,
)
