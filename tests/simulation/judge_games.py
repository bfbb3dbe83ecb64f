"""What raffles, jackpots, mini-games and journeys must have moved in the end, and what everybody is due of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Any, Final

import orjson

from shared.eventlog.rows import OutboxRow
from shared.fair.draw import below
from shared.messages.jackpot import ContributeToJackpot, JackpotDropped, JackpotWagerNoted
from shared.messages.journey import (
    GoOnPaying,
    JourneyCompleted,
    JourneyMoved,
    JourneyRewarded,
    JourneysDenied,
    JourneysTriggered,
    MoveJourneys,
)
from shared.messages.mini_game import MiniGameDenied, MiniGamePlayed, MiniGameRequested, PlayMiniGame
from shared.messages.player import PlayerLimitsSet, SetPlayerLimits, SetPlayerStatus
from shared.messages.raffle import (
    DrawRaffle,
    EnterRaffle,
    RaffleDrawn,
    RaffleEntered,
    RaffleEntryDenied,
    RaffleEntryRequested,
    RaffleEntryReturned,
)
from shared.messages.tournament import CloseTournament
from shared.messages.tournament_score import ScoreTournament
from tests.simulation.clients import Told, Wanted
from tests.simulation.games import (
    COUNTED_ON,
    LUCKY,
    NEWCOMER,
    RAFFLE_PRIZE,
    REWARDS_OF,
    STROLL,
    STROLL_VISITS,
    TICKET,
    USD,
    VISIT,
)
from tests.simulation.judge_jackpots import Sent, check_pools
from tests.simulation.parlour import WINZ
from tests.simulation.reading import Reading
from tests.simulation.told_games import expect

Money = dict[tuple[str, str], int]
"""What every player should have of every asset."""
ENOUGH: Final = {STROLL: (VISIT, STROLL_VISITS), LUCKY: ("big_win", 1), NEWCOMER: ("first_deposit", 1)}
"""How often a trigger must count until each journey is completed."""


class GamesJudge:
    """Holds what the engines did against the money that the ledger has moved."""

    def __init__(self, engines: Reading, ledger: Reading) -> None:
        self._engines, self._ledger = engines, ledger
        self._left: set[tuple[str, str]] = set()
        """(player, reason) of the payments that are left to people."""
        self._left_then: Counter[tuple[str, str]] = Counter()
        """(player, follow-up) that wait for the answers to them."""
        self.late: Counter[str] = Counter()
        """How many voids in each message of the stream came after their pool was won."""

    def effects(self, attempts: Iterable[str]) -> list[str]:
        """The attempts that ran, as often as they did."""
        said = set(attempts)
        entered = [one.entry_id for one in self._engines.facts(RaffleEntered)]
        drawn = [one.drawing.draw_id for one in self._engines.facts(RaffleDrawn)]
        noted = [one.contribution.contribution_id for one in self._engines.facts(JackpotWagerNoted)]
        dropped = [one.drop.drop_id for one in self._dropped() if one.drop.trigger_reason == "manual"]
        played = [one.play_id for one in self._engines.facts(MiniGamePlayed)]
        came = [one for one in said for _ in self._engines.commanded(one, JourneysTriggered)]
        limited = [one for one in said for _ in self._ledger.commanded(one, PlayerLimitsSet)]
        return [one for one in (*entered, *drawn, *noted, *dropped, *played, *came, *limited) if one in said]

    def due(self, wish: Wanted) -> tuple[int, ...]:
        """How many effects a granted wish may have had."""
        match wish.command, wish.done:
            case SetPlayerLimits() | SetPlayerStatus(), _:
                return (0, 1)
            case ContributeToJackpot(), Told(body=body) if b'"repeated":true' in body:
                return (0,)
            case DrawRaffle(), Told(body=body) if b'"drawn_before":true' in body:
                return (0,)
            case ScoreTournament() | CloseTournament(), Told(body=body) if b'"repeated":true' in body:
                return (0,)
            case _:
                return (1,)

    def begun(self) -> Counter[str]:
        """How many times each attempt is under way or has had its effect."""
        begun = Counter(one.entry_id for one in self._engines.facts(RaffleEntryRequested))
        begun.subtract(one.entry_id for one in self._engines.facts(RaffleEntryDenied))
        begun.subtract(one.entry_id for one in self._engines.facts(RaffleEntryReturned))
        begun.update(one.play_id for one in self._engines.facts(MiniGameRequested))
        begun.subtract(one.play_id for one in self._engines.facts(MiniGameDenied))
        return begun

    def close(
        self, stuck: Collection[OutboxRow], fired: Counter[tuple[str, str]], sent: Sent, unheard: Collection[str]
    ) -> None:
        """Everything that was played has been settled, once; but for Sends too old to be told. Raises Violation.

        Args:
            stuck: those Sends.
            fired: how often each trigger has fired for each player in the stream.
            sent: what jackpots were told of the stream.
            unheard: the messages of it that nobody may have heard.
        """
        self._left = {(row.target_key, orjson.loads(row.payload)["data"].get("reason", "")) for row in stuck}
        self._left_then = Counter((row.target_key, row.then_type or "") for row in stuck)
        self._every_entry()
        for drawn in self._engines.facts(RaffleDrawn):
            self._draw_right(drawn)
        self.late = check_pools(self._engines, sent, unheard, self._settled)
        for one in self._engines.facts(MiniGamePlayed):
            amount = one.outcome.amount
            self._settled(one.player, f"mini_game {one.mini_game} {one.play_id}", [amount] if amount else [])
        fired = fired.copy()
        for one in self._engines.facts(JourneysTriggered):
            fired[one.player, one.trigger] += one.count
        for player in sorted({player for player, _ in fired}):
            self._journeys(player, fired)

    def tally(self) -> Counter[str]:
        """How often each thing was played."""
        facts = self._engines.facts
        drops = Counter(one.drop.trigger_reason for one in self._dropped())
        refusals = Counter(one.code for one in facts(RaffleEntryDenied))
        return Counter(
            {
                "raffle entries": len(facts(RaffleEntered)),
                "raffle entries paid back": len(facts(RaffleEntryReturned)),
                "raffle entries over a limit": refusals["limit_exceeded"],
                "raffles drawn": len(facts(RaffleDrawn)),
                "wagers in jackpots": len(facts(JackpotWagerNoted)),
                "jackpots dropped by call": drops["manual"],
                "jackpots that had to drop": drops["must_drop"],
                "mini-games played": len(facts(MiniGamePlayed)),
                "journeys rewarded": len(facts(JourneyRewarded)),
                "limits set": len(self._ledger.facts(PlayerLimitsSet)),
            }
        )

    def _every_entry(self) -> None:
        """Asked for, then paid for and counted, or refused, or paid for and given back; and never another thing."""
        requested = self._purchases(RaffleEntryRequested)
        denied, returned = self._purchases(RaffleEntryDenied), self._purchases(RaffleEntryReturned)
        entered = Counter(one.entry_id for one in self._engines.facts(RaffleEntered))
        ends = entered + denied + returned
        for one in self._engines.facts(RaffleEntryRequested):
            id_, reason, cost = one.entry_id, f"raffle {one.raffle} {one.entry_id}", TICKET * one.tickets
            expect(one.cost == cost, f"{one} costs something else")
            under_way = requested[id_] - ends[id_]
            expect(under_way == 0 or self._is_left(one.player, reason), f"{one} was settled {ends[id_]} times")
            moved = [-cost] * (entered[id_] + returned[id_]) + [cost] * returned[id_]
            self._settled(one.player, reason, moved)

    def _purchases(self, kind: type[Any]) -> Counter[str]:
        return Counter(one.entry_id for one in self._engines.facts(kind))

    def _draw_right(self, drawn: RaffleDrawn) -> None:
        drawing, name = drawn.drawing, drawn.raffle
        history = [one for one in self._engines.facts(RaffleEntered) if one.raffle == name]
        times = [one for one in self._engines.facts(RaffleDrawn) if one.raffle == name]
        expect(len(times) == 1, f"raffle {name} was drawn {len(times)} times: {times}")
        owners = [one.player for one in history for _ in range(one.tickets)]
        firsts = [(one.first_ticket, one.last_ticket) for one in history]
        totals = [one.total_tickets for one in history]
        ranges = [(total - one.tickets, total - 1) for one, total in zip(history, totals, strict=True)]
        expect(firsts == ranges and drawing.total_tickets == len(owners), f"{drawn} of tickets {firsts}")
        ticket = below(drawing.server_seed, "raffle", name, len(owners))
        won = (drawing.winning_ticket, drawing.winner) == (ticket, owners[ticket])
        expect(won, f"{drawn}, but ticket {ticket} of {owners} wins")
        self._settled(drawing.winner, f"raffle {name} {drawing.draw_id}", [RAFFLE_PRIZE])

    def _journeys(self, player: str, fired: Counter[tuple[str, str]]) -> None:
        """Each trigger counts once, and each journey is rewarded at most once."""
        denied = [one for one in self._engines.facts(JourneysDenied) if one.player == player]
        moved: dict[str, list[JourneyMoved]] = defaultdict(list)
        for kind in JourneyMoved.__subclasses__():
            for one in self._engines.facts(kind):
                if one.player == player:
                    moved[one.journey].append(one)
        if not denied and not self._left_then[player, MoveJourneys.wire]:
            for journey, trigger in COUNTED_ON.items():
                counted, far = fired[player, trigger], max((one.counted for one in moved[journey]), default=0)
                expect(far == counted, f"{player}: {counted} of {trigger}, counted were {far}: {moved[journey]}")
            for journey, (trigger, enough) in ENOUGH.items():
                times, completed = fired[player, trigger], [_ends(one) for one in moved[journey]]
                expect(any(completed) == (times >= enough), f"{player}: {times} of {trigger}, but: {moved[journey]}")
        for journey, reward in REWARDS_OF.items():
            ends = [one for one in moved[journey] if _ends(one)]
            expect(len(ends) <= 1, f"{player} completed {journey} {len(ends)} times: {ends}")
            paid, due = self._ledger.rewards(player, journey), [reward for _ in ends]
            told = [one for one in self._rewarded(player) if one.journey == journey]
            settled = paid == due and [one.reward for one in told] == due
            waits = paid in ([], due) and self._left_then[player, GoOnPaying.wire] > 0
            expect(settled or waits, f"{player} is due {due} for {journey}, was paid {paid}, noted is {told}")

    def _rewarded(self, player: str) -> list[Any]:
        return [one for one in self._engines.facts(JourneyRewarded) if one.player == player and one.paid]

    def money(self, wishes: Iterable[Wanted], model: Money) -> None:
        """Add what was told and owed to what everybody should have."""
        for wish in wishes:
            self._wish(wish, model)
        for drawn in self._engines.facts(RaffleDrawn):
            self._owed(model, drawn.drawing.winner, f"raffle {drawn.raffle} {drawn.drawing.draw_id}", RAFFLE_PRIZE)
        for one in self._dropped():
            self._owed(model, one.drop.winner, f"jackpot {one.jackpot} {one.drop.drop_id}", one.drop.amount, USD)
        for one in self._engines.facts(JourneyCompleted):
            waits = self._left_then[one.player, GoOnPaying.wire]
            due = sum(self._ledger.rewards(one.player, one.journey)) if waits else REWARDS_OF[one.journey]
            model[one.player, WINZ] += due

    def _wish(self, wish: Wanted, model: Money) -> None:
        """Tickets and cards: as it was told, or as it came where nobody was told."""
        match wish.command:
            case EnterRaffle(player=player, raffle=raffle):
                name = f"raffle {raffle}"
            case PlayMiniGame(player=player, mini_game=game):
                name = f"mini_game {game}"
            case _:
                return
        if wish.done is not None:
            told = orjson.loads(wish.done.body)
            model[player, WINZ] += told["play"]["outcome"]["amount"] if "play" in told else -told["entry"]["cost"]
        else:
            model[player, WINZ] += sum(sum(self._ledger.paid(f"{name} {attempt}")) for attempt in wish.attempts)

    def _owed(self, model: Money, player: str, reason: str, amount: int, asset: str = WINZ) -> None:
        model[player, asset] += sum(self._ledger.paid(reason)) if self._is_left(player, reason) else amount

    def _settled(self, player: str, reason: str, due: list[int]) -> None:
        """This is what was moved for it; what is left to people was moved in part."""
        moved = self._ledger.moved[reason]
        expect(all(one.player == player for one in moved), f"{reason} moved {moved}, and is {player}'s")
        paid = [one.amount for one in moved]
        in_part = self._is_left(player, reason) and paid == _most(due, paid)[: len(paid)]
        expect(paid == due or in_part, f"for {reason} {paid} was moved, due was {due}")

    def _dropped(self) -> list[Any]:
        return self._engines.facts(JackpotDropped)

    def _is_left(self, player: str, reason: str) -> bool:
        return (player, reason) in self._left


def _ends(moved: JourneyMoved) -> bool:
    return isinstance(moved, JourneyCompleted)


def _most(due: list[int], paid: list[int]) -> list[int]:
    """What may have been moved at most: a stake that is still asked for may have been taken."""
    return due or paid[:1]
