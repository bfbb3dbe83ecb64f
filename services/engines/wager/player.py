"""What the stream tells of one player: the first deposit, the levels, and what the journeys must hear of."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from services.engines.wager.state import Wagerer, taken_of, wagerer_of
from services.engines.wager.taking import Doings
from services.engines.wager.targets import portions
from shared.ids import AssetId, PlayerId
from shared.messages.base import LARGEST_AMOUNT, Event
from shared.messages.journey import Fired, TriggerJourneysTogether
from shared.messages.wager import FirstDeposited, LevelProgressed, NoteWaiting, Waiting, WaitingNoted
from shared.messages.wallet import MOST_LEGS, AssetSpec, CountDeposits
from shared.money import MICRO
from shared.shapes import Decision, Definitions, Outcome, Send, States
from shared.streams import Stream

FIRST_DEPOSIT: Final = "first_deposit"
LEVEL_UP: Final = "level_up"
A_PLAYER: Final = 200
"""Bytes of a player's triggers beside the name."""


class Told(NamedTuple):
    """What comes of one player's doings beside points and contributions."""

    events: list[Event]
    """To be remembered."""
    fired: Fired | None
    """For the journeys, if they wait for any of it."""
    sends: tuple[Send, ...]


def of_player(
    player: PlayerId, doings: Doings, wagerer: Wagerer, levels: Sequence[int], mark: str, definitions: Definitions
) -> Told:
    """What a player's doings in a batch are for the player alone."""
    events, triggers = list[Event](), dict(doings.triggers)
    if doings.deposit_id is not None and not wagerer.deposited:
        triggers[FIRST_DEPOSIT] = 1
        events.append(FirstDeposited(player=player, deposit_id=doings.deposit_id))
    if doings.wagered:
        wagered = wagerer.wagered + doings.wagered
        level = max(wagerer.level, bisect_right(levels, wagered))
        triggers[LEVEL_UP] = level - wagerer.level
        events.append(LevelProgressed(player=player, wagered=wagered, level=level))
    happened = {trigger: times for trigger, times in triggers.items() if times}
    needed = happened and _waited_for(happened, wagerer.waiting, mark)
    fired = Fired(player=player, triggers=happened, at=doings.at) if needed else None
    return Told(events, fired, tuple(_deposited(player, doings, definitions)))


def _waited_for(happened: Mapping[str, int], waiting: Waiting | None, mark: str) -> bool:
    """Not where the journeys, as they are configured now, have said that they wait for none of it."""
    return waiting is None or waiting.mark != mark or not happened.keys().isdisjoint(waiting.triggers)


def tell_journeys(told: Sequence[Fired]) -> Iterator[Send]:
    """One message for all players of the batch, or a few where it would be too large."""
    for some in portions(told, lambda one: A_PLAYER + 2 * len(one.player.encode())) if told else ():
        yield Send("engines", some[0].player, TriggerJourneysTogether(fired=some), then=NoteWaiting())


def _deposited(player: PlayerId, doings: Doings, definitions: Definitions) -> Iterator[Send]:
    """The ledger counts deposits of what it knows toward the player's limit, each cut to the asset's smallest unit."""
    sums: Counter[AssetId] = Counter()
    for asset, micros in doings.deposits:
        if (known := definitions.current(AssetSpec, asset)) is not None:
            sums[asset] += micros * 10**known.spec.scale // MICRO
    amounts = [(asset, min(amount, LARGEST_AMOUNT)) for asset, amount in sums.items() if amount]
    for start in range(0, len(amounts), MOST_LEGS):
        some = dict(amounts[start : start + MOST_LEGS])
        yield Send("ledger", player, CountDeposits(player=player, amounts=some))


def note(command: NoteWaiting, states: States) -> Outcome[Event]:
    mark = command.answer.body.get("mark", "")
    said = {player: Waiting(mark=mark, triggers=tuple(triggers)) for player, triggers in _said(command).items()}
    news = (who for who, waiting in said.items() if states[wagerer_of(who)].waiting != waiting)
    return Decision(tuple(WaitingNoted(player=who, waiting=said[who]) for who in news), reply=None)


def noted(command: NoteWaiting) -> tuple[Stream[Any], ...]:
    return (taken_of(), *(wagerer_of(player) for player in _said(command)))


def _said(command: NoteWaiting) -> Mapping[PlayerId, Sequence[str]]:
    """Nothing, if people gave the conversation up."""
    said: Mapping[PlayerId, Sequence[str]] = command.answer.body.get("waiting", {})
    return said
