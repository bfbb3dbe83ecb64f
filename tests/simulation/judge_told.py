"""Every answer, held against the logs at the moment when it is given: what is told has happened, and stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from shared.bus.partition import partition_of
from shared.bus.port import Outgoing
from shared.messages.lootbox import LootboxOpened, OpenLootbox
from shared.messages.player import CreatePlayer, PlayerCreated
from shared.messages.wallet import CreditWallet, DebitWallet, WalletPosted
from tests.simulation.chaos_bus import answers_a_send, id_of
from tests.simulation.clients import REPLIES, TENANT, Door, Told, Wanted, told_of
from tests.simulation.judge_plays import PlaysTold
from tests.simulation.parlour import FEE, SeatTaken, TakeSeat
from tests.simulation.reading import Reading
from tests.simulation.told_events import EventsTold
from tests.simulation.told_games import GamesTold, expect
from tests.simulation.told_rounds import RoundsTold
from tests.simulation.told_tournaments import TournamentsTold


class Asked(NamedTuple):
    """What stood in the ledger when a command was first appended."""

    player: str
    balances: Mapping[str, int]
    """How many balances of each asset there had been before the present one."""
    exists: bool
    played: int
    """How many standings of their play there had been before the present one."""
    amount: int
    """Of money, that is asked for."""


class Answers:
    """Remembers the first answer to everything, and what stood when it was asked."""

    def __init__(self, readings: Mapping[str, Reading], door: Door, rounds: RoundsTold, partitions: int) -> None:
        self.count = 0
        self.refused: list[tuple[Wanted, str]] = []
        """Wishes, and the attempts that were refused."""
        self.games = GamesTold(readings["engines"], readings["ledger"])
        self.tournaments = TournamentsTold(readings["leaderboards"], readings["ledger"])
        self.plays = PlaysTold(readings["engines"], readings["ledger"], partitions)
        self.events = EventsTold(readings["leaderboards"], readings["ledger"], partitions)
        self.rounds = rounds
        self._readings, self._door, self._partitions = readings, door, partitions
        self._first: dict[tuple[str, str], Told] = {}
        self._asked: dict[str, Asked] = {}

    def appended(self, message: Outgoing) -> None:
        """The broker has taken this in: whatever is decided on it is decided on what stands now, or later.

        Raises:
            Violation: the ledger's log does not hold together.
        """
        self.plays.appended(message)
        id_, ledger = id_of(message), self._readings["ledger"]
        self.events.appended(message, self._door.wishes.get(id_))
        self.rounds.appended(message, self._door.wishes.get(id_))
        if id_ in self._asked or message.key is None or not message.topic.endswith(".commands"):
            return
        ledger.catch_up()
        balances = {asset: len(stood) - 1 for (who, asset), stood in ledger.stood.items() if who == _entity(message)}
        exists = any(one.profile.player == _entity(message) for one in ledger.facts(PlayerCreated))
        played, asked = len(ledger.played.stood[_entity(message)]) - 1, orjson.loads(message.value)["data"]
        self._asked[id_] = Asked(_entity(message), balances, exists, played, _staked(asked))

    def saw(self, message: Outgoing) -> None:
        """A service is about to say this. Raises Violation."""
        self.rounds.saw(message)
        if message.topic == REPLIES:
            self._answered(told_of(message))
        elif answers_a_send(message) and id_of(message) in self._asked:  # of what goes outside, the first counts
            self._send_answered(told_of(message))

    def _answered(self, told: Told) -> None:
        self.count += 1
        wish = self._door.wishes[told.attempt]
        for reading in self._readings.values():
            reading.catch_up()
        if told.outcome == "refused":
            expect((told.code == "internal_error") <= wish.poison, f"{told} to {wish.command}")
            own = told.attempt in wish.attempts
            expect(not own or told.code != "idempotency_conflict", f"the same body conflicts: {told}")
            if own and told.code != "too_many_waiting":
                self.refused.append((wish, told.attempt))
            if wish.service == "ledger":
                self._rightly(told)
            self.games.refused(wish, told)
            self.tournaments.refused(wish, told)
            self.plays.refused(wish, told)
            self.events.refused(wish, told)
            self.rounds.refused(wish, told)
            return
        expect(told.attempt not in wish.strangers, f"another body ran under the key of {wish.command}")
        first = self._first.setdefault(("door", wish.key), told)
        expect(first.body == told.body, f"{wish.key} was answered {first.body!r} and then {told.body!r}")
        self._effect(wish, orjson.loads(told.body))

    def _send_answered(self, told: Told) -> None:
        """The first answer to a Send, done or refused, stands for ever."""
        first = self._first.setdefault(("send", told.attempt), told)
        same = (first.outcome, first.code, first.body) == (told.outcome, told.code, told.body)
        expect(same, f"the Send {told.attempt} was answered {first} and then {told}")
        if told.outcome == "refused":
            self._rightly(told)
        body = orjson.loads(told.body)
        if "transaction_id" in body:
            self._readings["ledger"].catch_up()
            self._transaction(body, [told.attempt])

    def _rightly(self, told: Told) -> None:
        """The ledger refuses for what was so at some moment after it was asked."""
        asked = self._asked[told.attempt]
        if told.code == "insufficient_balance":
            asset, have = told.details["asset"], told.details["have"]
            ledger = self._readings["ledger"]
            ledger.catch_up()
            stood = ledger.stood[asked.player, asset][asked.balances.get(asset, 0) :]
            expect(have in stood, f"{told} to {asked.player}, who had {stood} since that was asked")
        if told.code == "limit_exceeded":
            played = self._readings["ledger"].played.stood[asked.player][asked.played :]
            room = all(one.has_room(asked.amount) for one in played)
            expect(not room, f"{told} to {asked.player} over {asked.amount}, who stood at {played} since")
        expect(told.code != "no_player" or not asked.exists, f"{told}, but {asked.player} exists")

    def _effect(self, wish: Wanted, body: dict[str, Any]) -> None:
        """What was granted has happened, once, and can be seen."""
        engines, ledger, parlour = (self._readings[name] for name in ("engines", "ledger", "parlour"))
        match wish.command:
            case CreditWallet() | DebitWallet():
                self._transaction(body, wish.attempts)
            case CreatePlayer():
                made = [one for one in ledger.facts(PlayerCreated) if one.profile.player == wish.command.player]
                key = (self._part(wish.entity), TENANT, wish.entity)
                expect(len(made) == 1 and key in ledger.log.table("players"), f"{wish.command} made {made}")
            case OpenLootbox():
                opened = [one for one in engines.facts(LootboxOpened) if one.open_id in wish.attempts]
                told = body["opening"]
                expect([one.open_id for one in opened] == [told["open_id"]], f"{wish.key} opened {opened}")
                reward = told["reward"]["amount"]
                paid = self._posted(f"lootbox {wish.command.lootbox} {told['open_id']}")
                expect(paid == ([reward] if reward else []), f"{wish.key} was paid {paid}, not {reward}")
            case TakeSeat():
                taken = [one.seat for one in parlour.facts(SeatTaken) if one.seat in wish.attempts]
                expect(taken == [body["seat"]], f"{wish.key} took {taken}")
                expect(self._posted(f"fee {body['seat']}") == [-FEE], f"{wish.key} sits without paying once")
            case _:
                self.games.granted(wish, body)
                self.tournaments.granted(wish, body)
                self.plays.granted(wish, body)
                self.events.granted(wish, body)
                self.rounds.granted(wish, body)

    def _transaction(self, body: dict[str, Any], commands: list[str]) -> None:
        ledger = self._readings["ledger"]
        posted = [one for command in commands for one in ledger.commanded(command, WalletPosted)]
        known = ledger.commanded(body["transaction_id"], WalletPosted)
        expect(len(posted) == 1 and posted == known, f"{commands} brought about {posted}, told was {known}")
        after = ledger.after[body["transaction_id"]]
        expect(body["balances"] == after, f"told were {body['balances']}, the log says {after}")
        player = posted[0].player
        for asset in after:
            row = ledger.log.table("wallets").get((self._part(player), TENANT, player, asset))
            now = ledger.balances[player, asset]
            expect(row is not None and row[0] == now, f"{player} sees {row} of {asset}, the log says {now}")

    def _posted(self, reason: str) -> list[int]:
        return self._readings["ledger"].paid(reason)

    def _part(self, entity: str) -> int:
        return partition_of(TENANT, entity, self._partitions)


def _staked(asked: Mapping[str, Any]) -> int:
    """The money that is asked for."""
    amount: int = asked.get("amount") or -sum(min(0, leg["amount"]) for leg in asked.get("legs", ()))
    return amount


def _entity(command: Outgoing) -> str:
    return (command.key or b"").decode().rpartition("/")[2]
