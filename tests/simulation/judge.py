"""Who watches every answer at the moment it is given, and adds everything up when the town has come to rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

import orjson

from shared.bus.partition import partition_of
from shared.bus.port import Outgoing
from shared.ids import AssetId
from shared.messages.definition import DefinitionChanged
from shared.messages.envelope import REPLY_TYPE, TYPE_HEADER
from shared.messages.lootbox import LootboxOpened, OpenLootbox
from shared.messages.player import CreatePlayer, PlayerCreated
from shared.messages.wallet import PLAYER, CreditWallet, DebitWallet, WalletPosted
from tests.simulation.chaos_bus import Broker
from tests.simulation.clients import REPLIES, TENANT, Door, Told, Violation, Wanted, told_of
from tests.simulation.parlour import FEE, PRIZE, WINZ, SeatPaidOut, SeatReleased, SeatReserved, SeatTaken, TakeSeat
from tests.simulation.reading import Closing, Reading


class Judge:
    """Raises nothing where it looks, since a worker would survive it: it keeps the first violation."""

    def __init__(self, readings: Mapping[str, Reading], door: Door, partitions: int) -> None:
        self.verdict: Violation | None = None
        self.answers = 0
        self._readings, self._door, self._partitions = readings, door, partitions
        self._first: dict[tuple[str, str], Told] = {}
        self._refused: list[tuple[Wanted, str]] = []
        self._places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        """Where each message stands: (the how-manieth broker, offset), by its id."""

    def saw(self, message: Outgoing) -> None:
        """A service is about to say this."""
        try:
            if message.topic == REPLIES:
                self._answered(told_of(message))
            elif (TYPE_HEADER, REPLY_TYPE.encode()) in message.headers:
                self._send_answered(told_of(message))
        except Violation as violation:
            self.verdict = self.verdict or violation

    def _answered(self, told: Told) -> None:
        self.answers += 1
        wish = self._door.wishes[told.attempt]
        for reading in self._readings.values():
            reading.catch_up()
        if told.outcome == "refused":
            self._expect(told.code != "internal_error", f"{told} to {wish.command}")
            own = told.attempt in wish.attempts
            self._expect(not own or told.code != "idempotency_conflict", f"the same body conflicts: {told}")
            if own:
                self._refused.append((wish, told.attempt))
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
        body = orjson.loads(told.body)
        if "transaction_id" in body:
            self._readings["ledger"].catch_up()
            self._transaction(body, [told.attempt])

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
                pass

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
        posted = self._readings["ledger"].facts(WalletPosted)
        return [
            one.amount for fact in posted if fact.reason == reason for one in fact.postings if one.account == PLAYER
        ]

    def _part(self, entity: str) -> int:
        return partition_of(TENANT, entity, self._partitions)

    def _expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise Violation(otherwise)

    def forget(self, broker: Broker) -> None:
        """A broker is gone; where each message stood on it is still known."""
        for id_, places in broker.places.items():
            self._places[id_].extend(places)

    def close(self, wishes: list[Wanted], opening: Mapping[str, int]) -> None:
        """Everything adds up. Raises Violation."""
        for reading in self._readings.values():
            reading.catch_up()
        if self.verdict is not None:
            raise self.verdict
        for wish in wishes:
            self._one_effect(wish)
        self._no_refusal_after_effect()
        self._every_seat_once()
        self._money(wishes, opening)
        for reading in self._readings.values():
            Closing(reading).check()

    def _one_effect(self, wish: Wanted) -> None:
        self._expect(wish.final is not None, f"{wish.key} never had a final answer")
        attempts = [*wish.attempts, *wish.strangers]
        effects = self._effects(attempts)
        self._expect(len(effects) == (wish.done is not None), f"{wish.key} had the effects {effects}: {wish.done}")
        self._expect(not self._effects(wish.strangers), f"another body under {wish.key} had an effect")

    def _effects(self, attempts: list[str]) -> list[str]:
        """The attempts that ran: as often as they did."""
        engines, ledger, parlour = (self._readings[name] for name in ("engines", "ledger", "parlour"))
        posted = [one for one in attempts for _ in ledger.commanded(one, WalletPosted)]
        made = [one for one in attempts for _ in ledger.commanded(one, PlayerCreated)]
        defined = [one for one in attempts for _ in ledger.commanded(one, DefinitionChanged)]
        opened = [one.open_id for one in engines.facts(LootboxOpened) if one.open_id in attempts]
        taken = [one.seat for one in parlour.facts(SeatTaken) if one.seat in attempts]
        return [*(made or posted), *defined, *opened, *taken]

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
        self._expect(reserved == sorted([*released, *taken]), f"reserved {reserved}, not {released} and {taken}")
        self._expect(taken == out, f"taken {taken}, paid out {out}")
        for seat in reserved:
            fee, prize = self._posted(f"fee {seat}"), self._posted(f"prize {seat}")
            due = ([-FEE], [PRIZE]) if seat in taken else ([], [])
            self._expect((fee, prize) == due, f"seat {seat} was paid {fee} and {prize}, due were {due}")

    def _money(self, wishes: list[Wanted], opening: Mapping[str, int]) -> None:
        """What the clients were told adds up to what stands in the wallets, to the last unit."""
        model: dict[str, int] = defaultdict(int, opening)
        for wish in wishes:
            if wish.done is not None:
                model[wish.entity] += wish.worth
                if isinstance(wish.command, OpenLootbox):
                    model[wish.entity] += orjson.loads(wish.done.body)["opening"]["reward"]["amount"]
        ledger = self._readings["ledger"]
        for player, amount in model.items():
            row = ledger.log.table("wallets").get((self._part(player), TENANT, player, AssetId(WINZ)))
            stands = row[0] if row else 0
            self._expect(stands == amount == ledger.balances[player, WINZ], f"{player} has {stands}, is due {amount}")
