"""Who watches every answer at the moment it is given, and adds everything up when the town has come to rest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import orjson

from shared.bus.partition import partition_of
from shared.bus.port import Outgoing
from shared.eventlog.rows import OutboxRow, TimerRow
from shared.ids import AssetId
from shared.messages.definition import DefinitionChanged
from shared.messages.lootbox import LootboxDenied, LootboxOpened, LootboxRequested, OpenLootbox
from shared.messages.player import CreatePlayer, PlayerCreated
from shared.messages.wallet import PLAYER, CreditWallet, DebitWallet, WalletPosted
from tests.simulation.chaos_bus import Broker, Stood, answers_a_send, id_of
from tests.simulation.clients import REPLIES, TENANT, Door, Told, Violation, Wanted, told_of
from tests.simulation.judge_dormancy import DormancyJudge
from tests.simulation.judge_games import GamesJudge
from tests.simulation.judge_tournaments import TournamentsJudge
from tests.simulation.loop import FIRST_MORNING
from tests.simulation.parlour import (
    FEE,
    PRIZE,
    WINZ,
    Knocked,
    SeatPaidOut,
    SeatReleased,
    SeatReserved,
    SeatTaken,
    TakeSeat,
)
from tests.simulation.reading import Closing, Reading
from tests.simulation.told_games import GamesTold
from tests.simulation.told_tournaments import TournamentsTold

YOUNG: Final = timedelta(seconds=10)


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


class Judge:
    """Raises nothing where it looks, since a worker would survive it: it keeps the first violation."""

    def __init__(self, readings: Mapping[str, Reading], door: Door, partitions: int) -> None:
        self.verdict: Violation | None = None
        self.answers = 0
        self.calm_since = FIRST_MORNING
        """When the last trouble was over."""
        self._readings, self._door, self._partitions = readings, door, partitions
        self.games = GamesJudge(readings["engines"], readings["ledger"])
        self.dormancy = DormancyJudge(readings["engines"])
        self.tournaments = TournamentsJudge(readings["leaderboards"], readings["ledger"], door.wishes)
        self.told_games = GamesTold(readings["engines"], readings["ledger"])
        self.told_tournaments = TournamentsTold(readings["leaderboards"], readings["ledger"])
        self._first: dict[tuple[str, str], Told] = {}
        self._refused: list[tuple[Wanted, str]] = []
        self._places: dict[str, list[Stood]] = defaultdict(list)
        self._asked: dict[str, Asked] = {}
        self._last_broker = 0
        self._left: list[str] = []
        """The reasons of the payments that are left to people: each was made once or not at all."""

    def appended(self, message: Outgoing) -> None:
        """The broker has taken this in: whatever is decided on it is decided on what stands now, or later."""
        id_, ledger = id_of(message), self._readings["ledger"]
        if id_ in self._asked or message.key is None or not message.topic.endswith(".commands"):
            return
        try:
            ledger.catch_up()
        except Violation as violation:
            self.condemn(violation)
        balances = {asset: len(stood) - 1 for (who, asset), stood in ledger.stood.items() if who == _entity(message)}
        exists = any(one.profile.player == _entity(message) for one in ledger.facts(PlayerCreated))
        played, asked = len(ledger.played.stood[_entity(message)]) - 1, orjson.loads(message.value)["data"]
        self._asked[id_] = Asked(_entity(message), balances, exists, played, asked.get("amount", 0))

    def saw(self, message: Outgoing) -> None:
        """A service is about to say this."""
        try:
            if message.topic == REPLIES:
                self._answered(told_of(message))
            elif answers_a_send(message):
                self._send_answered(told_of(message))
        except Violation as violation:
            self.condemn(violation)

    def condemn(self, violation: Violation) -> None:
        """The first violation is what the run is judged by."""
        self.verdict = self.verdict or violation

    def _answered(self, told: Told) -> None:
        self.answers += 1
        wish = self._door.wishes[told.attempt]
        for reading in self._readings.values():
            reading.catch_up()
        if told.outcome == "refused":
            self._expect((told.code == "internal_error") <= wish.poison, f"{told} to {wish.command}")
            own = told.attempt in wish.attempts
            self._expect(not own or told.code != "idempotency_conflict", f"the same body conflicts: {told}")
            if own and told.code != "too_many_waiting":
                self._refused.append((wish, told.attempt))
            if wish.service == "ledger":
                self._rightly(told)
            self.told_games.refused(wish, told)
            self.told_tournaments.refused(wish, told)
            return
        self._expect(told.attempt not in wish.strangers, f"another body ran under the key of {wish.command}")
        first = self._first.setdefault(("door", wish.key), told)
        self._expect(first.body == told.body, f"{wish.key} was answered {first.body!r} and then {told.body!r}")
        self._effect(wish, orjson.loads(told.body))

    def _send_answered(self, told: Told) -> None:
        """The first answer to a Send, done or refused, stands for ever."""
        first = self._first.setdefault(("send", told.attempt), told)
        same = (first.outcome, first.code, first.body) == (told.outcome, told.code, told.body)
        self._expect(same, f"the Send {told.attempt} was answered {first} and then {told}")
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
            self._expect(have in stood, f"{told} to {asked.player}, who had {stood} since that was asked")
        if told.code == "limit_exceeded":
            played = self._readings["ledger"].played.stood[asked.player][asked.played :]
            room = all(one.has_room(asked.amount) for one in played)
            self._expect(not room, f"{told} to {asked.player} over {asked.amount}, who stood at {played} since")
        self._expect(told.code != "no_player" or not asked.exists, f"{told}, but {asked.player} exists")

    def _effect(self, wish: Wanted, body: dict[str, Any]) -> None:
        """What was granted has happened, once, and can be seen."""
        engines, ledger, parlour = (self._readings[name] for name in ("engines", "ledger", "parlour"))
        match wish.command:
            case CreditWallet() | DebitWallet():
                self._transaction(body, wish.attempts)
            case CreatePlayer():
                made = [one for one in ledger.facts(PlayerCreated) if one.profile.player == wish.command.player]
                key = (self._part(wish.entity), TENANT, wish.entity)
                self._expect(len(made) == 1 and key in ledger.log.table("players"), f"{wish.command} made {made}")
            case OpenLootbox():
                opened = [one for one in engines.facts(LootboxOpened) if one.open_id in wish.attempts]
                told = body["opening"]
                self._expect([one.open_id for one in opened] == [told["open_id"]], f"{wish.key} opened {opened}")
                reward = told["reward"]["amount"]
                paid = self._posted(f"lootbox {wish.command.lootbox} {told['open_id']}")
                self._expect(paid == ([reward] if reward else []), f"{wish.key} was paid {paid}, not {reward}")
            case TakeSeat():
                taken = [one.seat for one in parlour.facts(SeatTaken) if one.seat in wish.attempts]
                self._expect(taken == [body["seat"]], f"{wish.key} took {taken}")
                self._expect(self._posted(f"fee {body['seat']}") == [-FEE], f"{wish.key} sits without paying once")
            case _:
                self.told_games.granted(wish, body)
                self.told_tournaments.granted(wish, body)

    def _transaction(self, body: dict[str, Any], commands: list[str]) -> None:
        ledger = self._readings["ledger"]
        posted = [one for command in commands for one in ledger.commanded(command, WalletPosted)]
        known = ledger.commanded(body["transaction_id"], WalletPosted)
        self._expect(len(posted) == 1 and posted == known, f"{commands} brought about {posted}, told was {known}")
        after = {one.asset: one.balance for one in posted[0].postings if one.account == PLAYER}
        self._expect(body["balances"] == after, f"told were {body['balances']}, the log says {after}")
        player = posted[0].player
        for asset in after:
            row = ledger.log.table("wallets").get((self._part(player), TENANT, player, asset))
            now = ledger.balances[player, asset]
            self._expect(row is not None and row[0] == now, f"{player} sees {row} of {asset}, the log says {now}")

    def _posted(self, reason: str) -> list[int]:
        """What the player got by the transactions of this reason."""
        return [one.amount for one in self._readings["ledger"].moved[reason]]

    def _part(self, entity: str) -> int:
        return partition_of(TENANT, entity, self._partitions)

    def _expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise Violation(otherwise)

    def forget(self, broker: Broker) -> None:
        """A broker is gone; where each message stood on it is still known."""
        self._last_broker = broker.number
        for id_, places in broker.places.items():
            self._places[id_].extend(places)

    def close(
        self,
        wishes: list[Wanted],
        opening: Mapping[str, int],
        *,
        clocks_agree: bool,
        stuck: Mapping[str, OutboxRow],
        forgotten_before: datetime,
        now: datetime,
        may_wait: Callable[[TimerRow], bool],
    ) -> None:
        """Everything adds up. Raises Violation.

        Args:
            wishes: whatever anybody wished for.
            opening: what the players had at first.
            clocks_agree: whether all machines had the same time.
            stuck: Sends without an answer that are too old to be told again.
            forgotten_before: older replies and timers that fired must be gone.
            now: what was due earlier, by any clock, must have happened.
            may_wait: whether a timer may still wait.
        """
        self._left = [orjson.loads(row.payload)["data"].get("reason", "") for row in stuck.values()]
        for reading in self._readings.values():
            reading.catch_up()
        if self.verdict is not None:
            raise self.verdict
        self.games.close(stuck.values())
        self.tournaments.close(stuck.values(), self.told_tournaments.untimely, self._appended)
        self.dormancy.close(now)
        for wish in wishes:
            self._one_effect(wish)
        self._under_way_once(wishes)
        self._no_refusal_after_effect()
        self._told_again(stuck)
        self._every_seat_once()
        self._every_prize_once()
        self._money(wishes, opening)
        if clocks_agree:
            self._timers_in_turn()
        self._only_poison_is_buried()
        for reading in self._readings.values():
            Closing(reading).check(stuck, forgotten_before, may_wait)

    def _appended(self, id_: str) -> list[datetime]:
        return [one.at for one in self._places[id_]]

    def _one_effect(self, wish: Wanted) -> None:
        effects = self._effects([*wish.attempts, *wish.strangers])
        if wish.hopeless:
            self._expect(not effects, f"{wish.key} had the effects {effects}, and nobody should have granted it")
        elif wish.once:
            survived = any(one.broker == self._last_broker for id_ in wish.attempts for one in self._places[id_])
            excused = not effects and (not survived or self.tournaments.excuses(wish))
            self._expect(len(effects) == 1 or excused, f"{wish.key}, said once, ran as {effects}")
        elif wish.given_up:
            self._expect(len(effects) <= 1, f"{wish.key}, which was given up, ran as {effects}")
        elif wish.done is None and wish.final is not None:
            self._expect(len(effects) <= 1, f"{wish.key}, which was refused for good, ran as {effects}")
        else:
            self._expect(wish.done is not None, f"{wish.key} was never granted: {wish.refused}")
            right = len(effects) in self.games.due(wish)
            self._expect(right, f"{wish.key} had the effects {effects}: {wish.done}")
        self._expect(not self._effects(wish.strangers), f"another body under {wish.key} had an effect")

    def _told_again(self, stuck: Mapping[str, OutboxRow]) -> None:
        """What was young enough when the trouble was over has been told since, before it was left to people."""
        for send, row in stuck.items():
            told = [one.at for one in self._places[send]]
            young = self.calm_since - row.at < YOUNG
            self._expect(not young or max(told) > self.calm_since, f"{row} was left to people, told only at {told}")

    def _under_way_once(self, wishes: list[Wanted]) -> None:
        """However often something is wished for, it is not begun again before it has been refused."""
        engines, parlour = self._readings["engines"], self._readings["parlour"]
        begun = Counter(one.open_id for one in engines.facts(LootboxRequested))
        begun.subtract(one.open_id for one in engines.facts(LootboxDenied))
        begun.update(one.seat for one in parlour.facts(SeatReserved))
        begun.subtract(one.seat for one in parlour.facts(SeatReleased))
        begun.update(self.games.begun() + self.tournaments.begun())
        for wish in wishes:
            times = sum(begun[attempt] for attempt in wish.attempts)
            self._expect(times <= 1, f"{wish.key} is under way {times} times, as {wish.attempts}")

    def _effects(self, attempts: list[str]) -> list[str]:
        """The attempts that ran: as often as they did."""
        engines, ledger, parlour = (self._readings[name] for name in ("engines", "ledger", "parlour"))
        posted = [one for one in attempts for _ in ledger.commanded(one, WalletPosted)]
        made = [one for one in attempts for _ in ledger.commanded(one, PlayerCreated)]
        defined = [one for one in attempts for _ in ledger.commanded(one, DefinitionChanged)]
        opened = [one.open_id for one in engines.facts(LootboxOpened) if one.open_id in attempts]
        taken = [one.seat for one in parlour.facts(SeatTaken) if one.seat in attempts]
        knocked = [one for one in attempts for _ in parlour.commanded(one, Knocked)]
        played = [*self.games.effects(attempts), *self.tournaments.effects(attempts)]
        return [*(made or posted), *defined, *opened, *taken, *knocked, *played]

    def _no_refusal_after_effect(self) -> None:
        for wish, attempt in self._refused:
            for ran in self._effects(wish.attempts):
                effect, refusal = self._places[ran], self._places[attempt]
                late = bool(effect) and bool(refusal) and max(effect) < min(refusal)
                self._expect(not late, f"{attempt} was refused although {ran} had run before it")

    def _every_seat_once(self) -> None:
        parlour = self._readings["parlour"]
        reserved, released, taken, out = (
            sorted(one.seat for one in parlour.facts(kind))
            for kind in (SeatReserved, SeatReleased, SeatTaken, SeatPaidOut)
        )
        waiting = [reason.removeprefix("fee ") for reason in self._left if reason.startswith("fee ")]
        settled = sorted([*released, *taken, *waiting])
        self._expect(reserved == settled, f"reserved {reserved}, not {released}, {taken} and {waiting}")
        self._expect(taken == out, f"taken {taken}, paid out {out}")
        for seat in reserved:
            self._paid_once(f"fee {seat}", -FEE, owed=seat in taken)
            self._paid_once(f"prize {seat}", PRIZE, owed=seat in taken)

    def _every_prize_once(self) -> None:
        for one in self._readings["engines"].facts(LootboxOpened):
            amount = one.reward.amount
            self._paid_once(f"lootbox {one.lootbox} {one.open_id}", amount, owed=amount > 0)

    def _paid_once(self, reason: str, amount: int, *, owed: bool) -> None:
        paid, due = self._posted(reason), [amount] if owed else []
        allowed = ([], [amount]) if reason in self._left else (due,)
        self._expect(paid in allowed, f"for {reason} {paid} was paid, due was {due}")

    def _only_poison_is_buried(self) -> None:
        for reading in self._readings.values():
            for dead in reading.log.dead_letters.values():
                wish = self._door.wishes.get(dict(orjson.loads(dead.row.headers))["id"])
                self._expect(wish is not None and wish.poison, f"no poison, and yet a dead letter: {dead}")

    def _timers_in_turn(self) -> None:
        """A timer runs after every message that was appended before it was due."""
        for reading in self._readings.values():
            for (part, id_), timer in reading.log.timers.items():
                for rang, _ in reading.by_command.get(f"timer/{part}/{id_}", ()):
                    for row in reading.log.events[part][rang.pos :]:
                        if row.command_id in self._door.wishes:
                            appended = max(self._appended(row.command_id))
                            self._expect(appended >= timer.due_at, f"{timer} rang before {row} of {appended}")

    def _money(self, wishes: list[Wanted], opening: Mapping[str, int]) -> None:
        """What the clients were told adds up to what stands in the wallets, to the last unit."""
        model: dict[tuple[str, str], int] = defaultdict(int)
        model.update({(player, WINZ): amount for player, amount in opening.items()})
        for wish in wishes:
            reasons = _reasons(wish)
            if wish.given_up or not set(reasons).isdisjoint(self._left):
                model[wish.entity, WINZ] += sum(amount for reason in reasons for amount in self._posted(reason))
            elif wish.done is not None or self._effects(wish.attempts):
                model[wish.entity, WINZ] += wish.worth
                if wish.done is not None and isinstance(wish.command, OpenLootbox):
                    model[wish.entity, WINZ] += orjson.loads(wish.done.body)["opening"]["reward"]["amount"]
        self.games.money(wishes, model)
        self.tournaments.money(model)
        ledger = self._readings["ledger"]
        for player, asset in model.keys() | ledger.balances.keys():
            row = ledger.log.table("wallets").get((self._part(player), TENANT, player, AssetId(asset)))
            stands, amount = row[0] if row else 0, model[player, asset]
            right = stands == amount == ledger.balances[player, asset]
            self._expect(right, f"{player} has {stands} {asset}, is due {amount}")


def _reasons(wish: Wanted) -> list[str]:
    """What other services are asked to pay for on the way to this wish, whichever attempt it was that ran."""
    match wish.command:
        case TakeSeat():
            return [f"{what} {attempt}" for attempt in wish.attempts for what in ("fee", "prize")]
        case OpenLootbox():
            return [f"lootbox {wish.command.lootbox} {attempt}" for attempt in wish.attempts]
        case _:
            return []


def _entity(command: Outgoing) -> str:
    return (command.key or b"").decode().rpartition("/")[2]
