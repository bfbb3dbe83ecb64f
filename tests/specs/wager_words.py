"""An operator's stream as the specs know it: what is said there, what is remembered of it, and whom it moves."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import orjson

from services.engines.registry import service
from shared.ids import AssetId, JackpotId, PlayerId, TournamentId
from shared.messages.access import TenantSpec
from shared.messages.base import Command, Event
from shared.messages.envelope import LARGEST_COMMAND_BYTES
from shared.messages.jackpot import CountJackpotWagers, JackpotSpec
from shared.messages.journey import Fired, TriggerJourneysTogether
from shared.messages.tournament import PrizePool, TournamentSpec
from shared.messages.tournament_score import ScoreMany
from shared.messages.wager import Deposit, NoteWaiting, PassWagers, TakeWagers, Wager, WagersTaken
from shared.messages.wager_entry import Entry
from shared.money import MICRO
from shared.shapes import Append, Decision, Send, Wish
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, Consequence, Story, given

ROCKET, GROOT = PlayerId("rocket"), PlayerId("groot")
USD, EUR = AssetId("USD"), AssetId("EUR")
RACE, SPRINT, GRAND = TournamentId("weekend-race"), TournamentId("sprint"), JackpotId("grand")
SOON: Final = timedelta(microseconds=1)
ENVELOPE: Final = 4 * 1024
"""Bytes of an envelope beside its command."""
STREAM: Final = Wish("stream", "wagers.starlight/0/1")

Part = tuple[str, str, int, int]
"""What a wager did: to a target of a kind, with a key, under a version, in micro-units."""


def tenant(**fields: Any) -> TenantSpec:
    return TenantSpec(**{"slug": "starlight", "brand": "starlight", "environment": "test"} | fields)


def race(**fields: Any) -> TournamentSpec:
    terms: dict[str, Any] = {"name": "Race", "points_per_usd": Decimal(10), "prize_pool": PrizePool(amount=10_000)}
    return TournamentSpec(**terms | fields)


def pool(rate: str = "0.005", **fields: Any) -> JackpotSpec:
    return JackpotSpec(**{"name": "Grand", "seed_usd": "100", "contribution_rate": rate} | fields)


casino = given(service).defined(TENANT, tenant())
busy = casino.defined(RACE, race()).defined(GRAND, pool())


def settled(id_: str = "w-1", stake: str = "2.50", player: PlayerId = ROCKET, **fields: Any) -> Wager:
    said: dict[str, Any] = {"tenant": TENANT, "currency": USD, "at": NOON, "game": "starburst"}
    return Wager(**said | {"payout": "0", "status": "settled"} | fields, wager_id=id_, stake=stake, player=player)


def void(id_: str = "w-1", stake: str = "2.50", player: PlayerId = ROCKET, **fields: Any) -> Wager:
    return settled(id_, stake, player, **fields | {"status": "void"})


def deposit(id_: str = "d-1", amount: str = "20", player: PlayerId = ROCKET, **fields: Any) -> Deposit:
    said: dict[str, Any] = {"tenant": TENANT, "currency": USD, "at": NOON}
    return Deposit(**said | fields, deposit_id=id_, amount=amount, player=player)


def takes(story: Story, *here: Wager | Deposit, astray: tuple[Wager | Deposit, ...] = ()) -> Consequence:
    """A batch of the stream is taken; it is nobody's own wish."""
    return story.when(TakeWagers(here=here, astray=astray), STREAM)


def passed(*wagers: Wager | Deposit, player: PlayerId = ROCKET) -> PassWagers:
    return PassWagers(player=player, wagers=wagers)


def mark(said: Wager | Deposit, *parts: Part, **changed: Any) -> Append:
    """What is remembered of a message: its own words, and what became of it."""
    if isinstance(said, Deposit):
        id_, status, words = said.deposit_id, "deposit", {"game": "", "stake": said.amount, "payout": "0"}
    else:
        id_, status, words = said.wager_id, said.status, {"game": said.game, "stake": said.stake, "payout": said.payout}
    row: dict[str, Any] = {
        "player": said.player,
        "game": words["game"],
        "currency": said.currency,
        "stake": int(Decimal(words["stake"]) * MICRO),
        "payout": int(Decimal(words["payout"]) * MICRO),
        "at": said.at,
        "became": orjson.dumps(parts).decode(),
    }
    assert changed.keys() <= row.keys()
    return Append((id_, status), tuple((row | changed).values()))


def entry(said: Wager, micros: int) -> Entry:
    return Entry(player=said.player, micros=micros, at=said.at, wager_id=said.wager_id)


def scores(*entries: Entry, key: TournamentId = RACE, version: int = 1) -> Send:
    return Send("leaderboards", key, ScoreMany(tournament=key, definition_version=version, entries=entries))


def feeds(*entries: Entry, key: JackpotId = GRAND, asset: AssetId = USD) -> Send:
    return Send("engines", key, CountJackpotWagers(jackpot=key, asset=asset, entries=entries))


def fired(player: PlayerId = ROCKET, at: datetime = NOON, **triggers: int) -> Fired:
    return Fired(player=player, triggers=triggers, at=at)


def tells(*fired: Fired) -> Send:
    """What happened to some players is one message to their journeys."""
    return Send("engines", fired[0].player, TriggerJourneysTogether(fired=fired), then=NoteWaiting())


def journeys(player: PlayerId = ROCKET, at: datetime = NOON, **triggers: int) -> Send:
    return tells(fired(player, at, **triggers))


def events_in(after: Consequence) -> tuple[Event, ...]:
    assert isinstance(after.outcome, Decision)
    return after.outcome.events


def fact_in(after: Consequence) -> WagersTaken:
    """What the log says of the batch."""
    (fact,) = (event for event in events_in(after) if isinstance(event, WagersTaken))
    return fact


def entries_in(after: Consequence) -> list[tuple[str, str, Entry]]:
    """Every entry that was sent, with its target's kind and key."""
    told = list[tuple[str, str, Entry]]()
    for send in after.sends:
        match send.command:
            case ScoreMany():
                told += [("tournament", send.key, one) for one in send.command.entries]
            case CountJackpotWagers():
                told += [("jackpot", send.key, one) for one in send.command.entries]
            case _:
                pass
    return told


def sums_in(after: Consequence) -> Counter[tuple[str, str, str]]:
    """What was sent to each target for each player, in micro-units, all together."""
    sums = Counter[tuple[str, str, str]]()
    for target, key, one in entries_in(after):
        sums[target, key, one.player] += one.micros
    return sums


def triggers_in(after: Consequence) -> dict[PlayerId, dict[str, int]]:
    """What the journeys were told, by player."""
    return {one.player: dict(one.triggers) for wish in wishes_in(after) for one in wish.fired}


def wishes_in(after: Consequence) -> list[TriggerJourneysTogether]:
    """The messages to the journeys."""
    return [send.command for send in after.sends if isinstance(send.command, TriggerJourneysTogether)]


def fits(command: Command) -> bool:
    """Whether it may travel; one that is larger would be a dead letter where it comes to."""
    return len(command.model_dump_json().encode()) <= LARGEST_COMMAND_BYTES - ENVELOPE
