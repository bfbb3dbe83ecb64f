"""What everybody has in the end, held against what they were told, to the last unit; and each payment made once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

import orjson

from shared.bus.partition import partition_of
from shared.eventlog.rows import OutboxRow
from shared.ids import AssetId
from shared.messages.lootbox import LootboxOpened, OpenLootbox
from tests.simulation.clients import TENANT, Wanted
from tests.simulation.judge_events import EventsJudge
from tests.simulation.judge_games import GamesJudge
from tests.simulation.judge_plays import PlaysJudge
from tests.simulation.judge_rounds import RoundsJudge
from tests.simulation.judge_tournaments import TournamentsJudge
from tests.simulation.parlour import (
    FEE,
    PRIZE,
    WINZ,
    SeatPaidOut,
    SeatReleased,
    SeatReserved,
    SeatTaken,
    TakeSeat,
)
from tests.simulation.reading import Reading
from tests.simulation.told_games import expect


class Books:
    """Adds up seats, boxes and wallets."""

    def __init__(self, readings: Mapping[str, Reading], partitions: int, stuck: Collection[OutboxRow]) -> None:
        self._readings, self._partitions = readings, partitions
        self._left = [orjson.loads(row.payload)["data"].get("reason", "") for row in stuck]
        """The reasons of the payments that are left to people: each was made once or not at all."""

    def every_payment_once(self) -> None:
        """Seats and boxes: who has paid sits or is paid back, and who won is paid. Raises Violation."""
        self._every_seat_once()
        self._every_prize_once()

    def _every_seat_once(self) -> None:
        parlour = self._readings["parlour"]
        reserved, released, taken, out = (
            sorted(one.seat for one in parlour.facts(kind))
            for kind in (SeatReserved, SeatReleased, SeatTaken, SeatPaidOut)
        )
        waiting = [reason.removeprefix("fee ") for reason in self._left if reason.startswith("fee ")]
        settled = sorted([*released, *taken, *waiting])
        expect(reserved == settled, f"reserved {reserved}, not {released}, {taken} and {waiting}")
        expect(taken == out, f"taken {taken}, paid out {out}")
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
        expect(paid in allowed, f"for {reason} {paid} was paid, due was {due}")

    def money(
        self,
        wishes: Iterable[Wanted],
        opening: Mapping[str, int],
        ran: Callable[[list[str]], Collection[str]],
        others: tuple[GamesJudge, TournamentsJudge, PlaysJudge, EventsJudge, RoundsJudge],
    ) -> None:
        """What the clients were told adds up to what stands in the wallets. Raises Violation.

        Args:
            wishes: whatever anybody wished for.
            opening: what the players had at first.
            ran: those of some attempts that had an effect.
            others: know what was won in games, in tournaments, at wheels and in activities, in events, and at tables.
        """
        model: dict[tuple[str, str], int] = defaultdict(int)
        model.update({(player, WINZ): amount for player, amount in opening.items()})
        for wish in wishes:
            reasons = _reasons(wish)
            if wish.given_up or not set(reasons).isdisjoint(self._left):
                model[wish.entity, WINZ] += sum(amount for reason in reasons for amount in self._posted(reason))
            elif wish.done is not None or ran(wish.attempts):
                model[wish.entity, WINZ] += wish.worth
                if wish.done is not None and isinstance(wish.command, OpenLootbox):
                    model[wish.entity, WINZ] += orjson.loads(wish.done.body)["opening"]["reward"]["amount"]
        games, tournaments, plays, events, rounds = others
        games.money(wishes, model)
        for one in (tournaments, plays, events, rounds):
            one.money(model)
        ledger = self._readings["ledger"]
        for player, asset in model.keys() | ledger.balances.keys():
            row = ledger.log.table("wallets").get((self._part(player), TENANT, player, AssetId(asset)))
            stands, amount = row[0] if row else 0, model[player, asset]
            right = stands == amount == ledger.balances[player, asset]
            expect(right, f"{player} has {stands} {asset}, is due {amount}")

    def _posted(self, reason: str) -> list[int]:
        return self._readings["ledger"].paid(reason)

    def _part(self, player: str) -> int:
        return partition_of(TENANT, player, self._partitions)


def _reasons(wish: Wanted) -> list[str]:
    """What other services are asked to pay for on the way to this wish, whichever attempt it was that ran."""
    match wish.command:
        case TakeSeat():
            return [f"{what} {attempt}" for attempt in wish.attempts for what in ("fee", "prize")]
        case OpenLootbox():
            return [f"lootbox {wish.command.lootbox} {attempt}" for attempt in wish.attempts]
        case _:
            return []
