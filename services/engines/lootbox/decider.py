"""A player who may play opens a lootbox: one seed, promised before, picks one prize, and the prize is paid.

The order is the house's: the ledger admits the player first, then chance is spent, then only the payout is left,
which nobody can refuse. The player is told when the prize is in the wallet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.engines.lootbox.odds import prize_of
from shared.ids import LootboxId, PlayerId
from shared.messages.base import Event
from shared.messages.lootbox import (
    REWARDS,
    CommitLootboxSeed,
    DrawLootbox,
    FinishLootbox,
    LootboxAnswer,
    LootboxCommand,
    LootboxDenied,
    LootboxEvent,
    LootboxOpened,
    LootboxOpening,
    LootboxRequested,
    LootboxSpec,
    OpenLootbox,
    Reward,
    SeedAnswer,
)
from shared.messages.player import AdmitPlayer
from shared.messages.seed import SeedCommitted
from shared.messages.wallet import PayWallet
from shared.shapes import Decider, Decision, Facts, Outcome, Pending, Refused, Seed, Send, States
from shared.streams import Stream, key_of


@dataclass(frozen=True, slots=True)
class Unpromised:
    """No hash has been told yet; seed `number` will be the first."""

    number: int = 0


@dataclass(frozen=True, slots=True)
class Promised:
    """The next draw is bound to the seed with this hash."""

    number: int
    key_id: str
    server_seed_hash: str


Box = Unpromised | Promised


def box_of(player: PlayerId, lootbox: LootboxId) -> Stream[Box]:
    """The history of one player with one lootbox."""
    return Stream("lootbox", key_of(player, lootbox))


def open_(command: OpenLootbox, box: Box, facts: Facts) -> Outcome[Event]:
    definition = facts.definitions.current(LootboxSpec, command.lootbox)
    if definition is None:
        return Refused("no_lootbox")
    if definition.spec.status != "active":
        return Refused("not_active")
    who, what = command.player, command.lootbox
    asked = LootboxRequested(player=who, lootbox=what, open_id=facts.command_id, definition_version=definition.version)
    draw = DrawLootbox(player=who, lootbox=what, open_id=facts.command_id, definition_version=definition.version)
    return Pending((asked,), sends=(Send("ledger", who, AdmitPlayer(player=who), then=draw),))


def draw(command: DrawLootbox, box: Box, facts: Facts) -> Outcome[Event]:
    if not command.answer.granted:
        code = command.answer.code or "refused"
        denied = LootboxDenied(player=command.player, lootbox=command.lootbox, open_id=command.open_id, code=code)
        return Decision((denied,), reply=Refused(code, command.answer.details), finishes=facts.wish)
    promises = () if isinstance(box, Promised) else (promise(command, box.number, facts),)
    opened = _opened(command, box, facts)
    events = (*promises, opened, promise(command, box.number + 1, facts))
    return _owed(command, opened, events, facts)


def _opened(command: DrawLootbox, box: Box, facts: Facts) -> LootboxOpened:
    definition = facts.definitions.at(LootboxSpec, command.lootbox, command.definition_version)
    if definition is None:
        raise LookupError(f"lootbox {command.lootbox} has no version {command.definition_version}")
    seed = _seed(command, box, facts)
    prize = prize_of(definition.spec, command.lootbox, seed.value)
    return LootboxOpened(
        player=command.player,
        lootbox=command.lootbox,
        open_id=command.open_id,
        definition_version=command.definition_version,
        reward=Reward(asset=prize.asset, amount=prize.amount, segment_label=prize.segment_label),
        seed_number=box.number,
        seed_key_id=seed.key_id,
        server_seed=seed.value,
        server_seed_hash=seed.hash,
    )


def _seed(command: DrawLootbox, box: Box, facts: Facts) -> Seed:
    stream = box_of(command.player, command.lootbox)
    if isinstance(box, Unpromised):
        return facts.seeds.of(stream, box.number)
    seed = facts.seeds.of(stream, box.number, box.key_id)
    if seed.hash != box.server_seed_hash:  # no draw is better than one that breaks its promise
        raise LookupError(f"seed secret {box.key_id!r} is not the one that was promised from: put that one back")
    return seed


def _owed(command: DrawLootbox, opened: LootboxOpened, events: tuple[Event, ...], facts: Facts) -> Outcome[Event]:
    opening = LootboxOpening(
        open_id=opened.open_id,
        reward=opened.reward,
        server_seed=opened.server_seed,
        server_seed_hash=opened.server_seed_hash,
        definition_version=opened.definition_version,
    )
    if opened.reward.amount == 0:
        return Decision(events, reply=LootboxAnswer(opening=opening), finishes=facts.wish)
    pay = PayWallet(
        player=command.player,
        asset=opened.reward.asset,
        amount=opened.reward.amount,
        account=REWARDS,
        reason=f"lootbox {command.lootbox} {command.open_id}",
    )
    finish = FinishLootbox(player=command.player, lootbox=command.lootbox, opening=opening)
    return Pending(events, sends=(Send("ledger", command.player, pay, then=finish),))


def finish(command: FinishLootbox, facts: Facts) -> Outcome[Event]:
    return Decision((), reply=LootboxAnswer(opening=command.opening), finishes=facts.wish)


def commit_seed(command: CommitLootboxSeed, box: Box, facts: Facts) -> Outcome[Event]:
    if isinstance(box, Promised):
        return Decision((), reply=SeedAnswer(server_seed_hash=box.server_seed_hash))
    if facts.definitions.current(LootboxSpec, command.lootbox) is None:
        return Refused("no_lootbox")
    promised = promise(command, box.number, facts)
    return Decision((promised,), reply=SeedAnswer(server_seed_hash=promised.server_seed_hash))


def promise(command: CommitLootboxSeed | DrawLootbox, number: int, facts: Facts) -> SeedCommitted:
    """The hash of seed `number`, told before the draw that uses it."""
    seed = facts.seeds.of(box_of(command.player, command.lootbox), number)
    return SeedCommitted(
        engine="lootbox",
        player=command.player,
        entity=command.lootbox,
        number=number,
        key_id=seed.key_id,
        server_seed_hash=seed.hash,
    )


def streams(command: LootboxCommand) -> tuple[Stream[Any], ...]:
    return (box_of(command.player, command.lootbox),)


def decide(command: LootboxCommand, states: States, facts: Facts) -> Outcome[Event]:
    box = states[box_of(command.player, command.lootbox)]
    match command:
        case OpenLootbox():
            return open_(command, box, facts)
        case DrawLootbox():
            return draw(command, box, facts)
        case FinishLootbox():
            return finish(command, facts)
        case CommitLootboxSeed():
            return commit_seed(command, box, facts)


def evolve(box: Box, event: LootboxEvent | SeedCommitted) -> Box:
    match event:
        case SeedCommitted():
            return Promised(event.number, event.key_id, event.server_seed_hash)
        case LootboxOpened():
            return Unpromised(event.seed_number + 1)
        case _:
            return box


decider: Decider[LootboxCommand, Box, LootboxEvent | SeedCommitted] = Decider(
    noun="lootbox",
    initial=Unpromised(),
    situations=(Unpromised, Promised),
    commands=(OpenLootbox, CommitLootboxSeed, DrawLootbox, FinishLootbox),
    events=(LootboxRequested, LootboxDenied, LootboxOpened, SeedCommitted),
    streams=streams,
    decide=decide,
    evolve=evolve,
)
