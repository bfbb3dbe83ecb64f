"""What raffles, jackpots, mini-games and journeys may tell: nothing before it has happened and its money has moved."""

from __future__ import annotations

from collections import Counter
from typing import Any

from shared.messages.jackpot import ContributeToJackpot, DropJackpot, JackpotDropped, JackpotWagerNoted
from shared.messages.journey import TriggerJourneys
from shared.messages.mini_game import MiniGamePlayed, PlayMiniGame
from shared.messages.player import SetPlayerLimits
from shared.messages.raffle import DrawRaffle, EnterRaffle, RaffleDrawn, RaffleEntered, RaffleEntryReturned
from tests.simulation.clients import Told, Violation, Wanted
from tests.simulation.games import RAFFLE_PRIZE, REWARDS_OF, TICKET, USD
from tests.simulation.parlour import WINZ
from tests.simulation.reading import Moved, Reading


def expect(holds: bool, otherwise: str) -> None:
    """Raise Violation if it does not."""
    if not holds:
        raise Violation(otherwise)


class GamesTold:
    """Holds every answer of the engines against their facts and the ledger's, at the moment when it is given."""

    def __init__(self, engines: Reading, ledger: Reading) -> None:
        self._engines, self._ledger = engines, ledger
        self.seen: Counter[str] = Counter()
        """How often some answers were given."""

    def granted(self, wish: Wanted, body: dict[str, Any]) -> None:
        """Whoever is told this has it. Raises Violation."""
        match wish.command:
            case EnterRaffle():
                self._entry_told(wish, wish.command, body["entry"])
            case DrawRaffle():
                self._draw_told(wish.command, body)
            case ContributeToJackpot():
                self._contribution_told(wish, wish.command, body)
            case DropJackpot():
                self._drop_told(wish, body["drop"])
            case PlayMiniGame():
                self._play_told(wish, body["play"])
            case TriggerJourneys():
                self._journeys_told(wish.command, body["affected"])
            case SetPlayerLimits():
                self._limits_told(wish.command, body["profile"]["limits"])
            case _:
                pass

    def refused(self, wish: Wanted, told: Told) -> None:
        """Who hears that tickets came too late has the money back. Raises Violation."""
        self.seen["stakes refused by a limit"] += told.code == "limit_exceeded"
        if isinstance(wish.command, EnterRaffle) and told.code == "not_active":
            for one in self._engines.facts(RaffleEntryReturned):
                if one.entry_id in wish.attempts:
                    paid = self._ledger.paid(f"raffle {one.raffle} {one.entry_id}")
                    expect(sum(paid) == 0 and len(paid) == 2, f"told that {one} came too late, having moved {paid}")

    def _entry_told(self, wish: Wanted, command: EnterRaffle, entry: dict[str, Any]) -> None:
        entered = [one.entry_id for one in self._engines.facts(RaffleEntered) if one.entry_id in wish.attempts]
        expect(entered == [entry["entry_id"]], f"{wish.key} entered {entered}, told was {entry}")
        expect(entry["cost"] == TICKET * command.tickets, f"{wish.key} was told a price of {entry}")
        paid = self._ledger.paid(f"raffle {command.raffle} {entry['entry_id']}")
        expect(paid == [-entry["cost"]], f"{wish.key} was told of tickets for {entry['cost']}, moved was {paid}")

    def _draw_told(self, command: DrawRaffle, body: dict[str, Any]) -> None:
        drawn = [one.drawing for one in self._engines.facts(RaffleDrawn) if one.raffle == command.raffle]
        told = [one.model_dump(mode="json") for one in drawn]
        expect(told == [body["drawing"]], f"{command} was told {body}, drawn was {told}")
        if not body["drawn_before"]:
            paid = self._ledger.moved[f"raffle {command.raffle} {drawn[0].draw_id}"]
            expect(paid == [Moved(drawn[0].winner, WINZ, RAFFLE_PRIZE)], f"told of {drawn}, paid was {paid}")

    def _contribution_told(self, wish: Wanted, command: ContributeToJackpot, body: dict[str, Any]) -> None:
        told, named = body["contribution"], (command.jackpot, command.source_wager_id)
        notes = [one.contribution for one in self._engines.facts(JackpotWagerNoted)]
        noted = [one for one in notes if (one.jackpot, one.source_wager_id) == named]
        expect([one.model_dump(mode="json") for one in noted] == [told], f"told was {told}, noted {noted}")
        same = (told["player"], told["micros"]) == (command.player, command.micros)
        expect(same, f"{command} was told of another wager: {told}")
        own = told["contribution_id"] in wish.attempts
        self.seen["wagers reported again"] += body["repeated"]
        expect(own != body["repeated"], f"{wish.key} was told {body}")
        for one in self._engines.facts(JackpotDropped):
            if own and one.drop.drop_id == told["contribution_id"]:
                self._drop_paid(one.drop)

    def _drop_told(self, wish: Wanted, told: dict[str, Any]) -> None:
        drops = [one.drop for one in self._engines.facts(JackpotDropped) if one.drop.drop_id in wish.attempts]
        expect([one.model_dump(mode="json") for one in drops] == [told], f"{wish.key} was told {told}, dropped {drops}")
        self._drop_paid(drops[0])

    def _limits_told(self, command: SetPlayerLimits, told: dict[str, Any]) -> None:
        """A lower limit counts at once; who had none, and wants none, has none."""
        for name, wished in command.limits.items():
            stands = told[name]["amount"]
            expect(wished is None or stands <= wished, f"{command} left a limit of {stands}")

    def _drop_paid(self, drop: Any) -> None:
        paid = self._ledger.moved[f"jackpot {drop.jackpot} {drop.drop_id}"]
        expect(paid == [Moved(drop.winner, USD, drop.amount)], f"told of {drop}, paid was {paid}")

    def _play_told(self, wish: Wanted, play: dict[str, Any]) -> None:
        played = [one for one in self._engines.facts(MiniGamePlayed) if one.play_id in wish.attempts]
        told = [(one.play_id, one.outcome.amount) for one in played]
        amount = play["outcome"]["amount"]
        expect(told == [(play["play_id"], amount)], f"{wish.key} was told {play}, played was {played}")
        paid = self._ledger.paid(f"mini_game {played[0].mini_game} {play['play_id']}")
        expect(paid == ([amount] if amount else []), f"{wish.key} was paid {paid}, not {amount}")

    def _journeys_told(self, command: TriggerJourneys, affected: list[dict[str, Any]]) -> None:
        for one in affected:
            paid, reward = self._ledger.rewards(command.player, one["journey"]), one["reward"]
            completed = one["action"] == "completed"
            expect(reward == (REWARDS_OF[one["journey"]] if completed else 0), f"{command} was told of {one}")
            expect(not completed or paid == [reward], f"{command} was told of {one}, paid was {paid}")
