"""What the stream tells of one player: the first deposit, the levels, and what the journeys must hear of."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from services.engines.wager.state import Wagerer
from services.engines.wager.taking import Doings
from shared.ids import AssetId, PlayerId
from shared.messages.base import LARGEST_AMOUNT, Event
from shared.messages.journey import TriggerJourneysTogether, Waiting
from shared.messages.wager import FirstDeposited, LevelProgressed, NoteWaiting, WaitingNoted
from shared.messages.wallet import MOST_LEGS, AssetSpec, CountDeposits
from shared.money import MICRO
from shared.shapes import Decision, Definitions, Outcome, Send

FIRST_DEPOSIT: Final = "first_deposit"
LEVEL_UP: Final = "level_up"


def of_player(
    player: PlayerId, doings: Doings, wagerer: Wagerer, levels: Sequence[int], mark: str, definitions: Definitions
) -> tuple[list[Event], list[Send]]:
    """What a player's doings in a batch are for the player alone: facts to remember, and what to tell of them."""
    events, triggers = list[Event](), dict(doings.triggers)
    if doings.deposit_id is not None and not wagerer.deposited:
        triggers[FIRST_DEPOSIT] = 1
        events.append(FirstDeposited(player=player, deposit_id=doings.deposit_id))
    if doings.wagered:
        wagered = wagerer.wagered + doings.wagered
        level = max(wagerer.level, bisect_right(levels, wagered))
        triggers[LEVEL_UP] = level - wagerer.level
        events.append(LevelProgressed(player=player, wagered=wagered, level=level))
    fired = {trigger: times for trigger, times in triggers.items() if times}
    told = _told(player, fired, doings, wagerer.waiting, mark)
    return events, [*told, *_deposited(player, doings, definitions)]


def _told(
    player: PlayerId, fired: dict[str, int], doings: Doings, waiting: Waiting | None, mark: str
) -> Iterator[Send]:
    """Nothing where the journeys, as they are configured now, have said that they wait for none of it."""
    known = waiting is not None and waiting.mark == mark
    if fired and not (known and waiting is not None and fired.keys().isdisjoint(waiting.triggers)):
        trigger = TriggerJourneysTogether(player=player, triggers=fired, at=doings.at)
        yield Send("engines", player, trigger, then=NoteWaiting(player=player))


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


def note(command: NoteWaiting, wagerer: Wagerer) -> Outcome[Event]:
    said = command.answer.body.get("waiting")
    if said is None:  # people gave the conversation up
        return Decision((), reply=None)
    waiting = Waiting(mark=said["mark"], triggers=tuple(said["triggers"]))
    if waiting == wagerer.waiting:
        return Decision((), reply=None)
    return Decision((WaitingNoted(player=command.player, waiting=waiting),), reply=None)
