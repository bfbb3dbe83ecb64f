"""Who watches every answer at the moment it is given, and adds everything up when the town has come to rest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

import orjson

from shared.bus.port import Outgoing
from shared.eventlog.rows import OutboxRow, TimerRow
from shared.messages.definition import DefinitionChanged, DefinitionRemoved
from shared.messages.jackpot import CountJackpotWagers
from shared.messages.lootbox import LootboxDenied, LootboxOpened, LootboxRequested
from shared.messages.player import PlayerCreated
from shared.messages.tournament_score import ScoreMany
from shared.messages.wallet import WalletPosted
from tests.simulation.bank import Bank
from tests.simulation.chaos_bus import Broker, Stood
from tests.simulation.clients import Door, Violation, Wanted
from tests.simulation.judge_bans import BansJudge
from tests.simulation.judge_books import Books
from tests.simulation.judge_dormancy import DormancyJudge
from tests.simulation.judge_events import EventsJudge
from tests.simulation.judge_games import GamesJudge
from tests.simulation.judge_plays import PlaysJudge
from tests.simulation.judge_rounds import RoundsJudge
from tests.simulation.judge_standing import StandingJudge
from tests.simulation.judge_told import Answers
from tests.simulation.judge_tournaments import TournamentsJudge
from tests.simulation.judge_wagers import WagersJudge
from tests.simulation.loop import FIRST_MORNING
from tests.simulation.operators import TOPIC, Said
from tests.simulation.parlour import Knocked, SeatReleased, SeatReserved, SeatTaken
from tests.simulation.reading import Closing, Reading
from tests.simulation.told_games import expect
from tests.simulation.told_rounds import RoundsTold

T = TypeVar("T")
DEFINED: Final = (DefinitionChanged, DefinitionRemoved)
YOUNG: Final = timedelta(seconds=10)


class Judge:
    """Raises nothing where it looks, since a worker would survive it: it keeps the first violation."""

    def __init__(
        self, readings: Mapping[str, Reading], door: Door, partitions: int, streamed: Sequence[Said], bank: Bank | None
    ) -> None:
        self.verdict: Violation | None = None
        self.calm_since = FIRST_MORNING
        """When the last trouble was over."""
        self._readings, self._door, self._partitions = readings, door, partitions
        self.rounds = RoundsJudge(readings["rgs"], readings["ledger"], bank, door.wishes)
        self.answers = Answers(readings, door, RoundsTold(self.rounds, partitions), partitions)
        self.games = GamesJudge(readings["engines"], readings["ledger"])
        self.dormancy = DormancyJudge(readings["engines"])
        self.plays = PlaysJudge(readings["engines"], readings["ledger"], door.wishes)
        self.tournaments = TournamentsJudge(readings["leaderboards"], readings["ledger"], door.wishes)
        self.wagers = WagersJudge(readings["engines"], readings["ledger"], streamed, partitions)
        self.standing = StandingJudge(readings["engines"], readings["ledger"], door.wishes)
        self.events = EventsJudge(readings["leaderboards"], readings["ledger"], door.wishes)
        self.bans = BansJudge(readings, door.wishes)
        self._places: dict[str, list[Stood]] = defaultdict(list)
        self._last_broker = 0

    def appended(self, message: Outgoing) -> None:
        """The broker has taken this in."""
        self._look(self.answers.appended, message)
        self._look(self.wagers.appended, message)
        self._look(self.standing.appended, message)
        self._look(self.bans.appended, message)

    def saw(self, message: Outgoing) -> None:
        """A service is about to say this."""
        self._look(self.answers.saw, message)
        self._look(self.wagers.saw, message)
        self._look(self.standing.saw, message)
        self._look(self.bans.saw, message)

    def overheard(self, body: bytes) -> None:
        """Somebody is about to say this to an operator."""
        self._look(self.answers.rounds.guard, body)

    def _look(self, at: Callable[[T], None], message: T) -> None:
        try:
            at(message)
        except Violation as violation:
            self.condemn(violation)

    def condemn(self, violation: Violation) -> None:
        """The first violation is what the run is judged by."""
        self.verdict = self.verdict or violation

    def forget(self, broker: Broker) -> None:
        """A broker is gone; where each message stood on it is still known."""
        self._last_broker = broker.number
        for id_, places in broker.places.items():
            self._places[id_].extend(places)
        self.wagers.forget(broker)

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
        for reading in self._readings.values():
            reading.catch_up()
        if self.verdict is not None:
            raise self.verdict
        self._played(stuck)
        self.dormancy.close(now)
        self.plays.close(stuck.values(), now, self._appended)
        self.events.close(stuck.values(), now, self._appended)
        self.rounds.close(stuck.values())
        for wish in wishes:
            self._one_effect(wish)
        self._under_way_once(wishes)
        self._no_refusal_after_effect()
        self._told_again(stuck)
        books = Books(self._readings, self._partitions, stuck.values())
        books.every_payment_once()
        others = (self.games, self.tournaments, self.plays, self.events, self.rounds)
        books.money(wishes, opening, self._effects, others)
        if clocks_agree:
            self._timers_in_turn()
        self._only_poison_is_buried()
        for reading in self._readings.values():
            Closing(reading).check(stuck, forgotten_before, may_wait)

    def _played(self, stuck: Mapping[str, OutboxRow]) -> None:
        """What streamed in first, since it is part of what was played."""
        due, wagers = self.wagers.close(stuck), self.wagers
        self.games.close(stuck.values(), wagers.fired, wagers.sent[CountJackpotWagers], wagers.unheard)
        wagers.compare_late(self.games.late)
        untimely, sent = self.answers.tournaments.untimely, wagers.sent[ScoreMany]
        self.tournaments.close(stuck.values(), untimely, self._appended, sent, wagers.unheard)
        wagers.standings(due, self.tournaments.races, self.tournaments.scored)

    def _appended(self, id_: str) -> list[datetime]:
        return [one.at for one in self._places[id_]]

    def _one_effect(self, wish: Wanted) -> None:
        effects = self._effects([*wish.attempts, *wish.strangers])
        if wish.hopeless:
            expect(not effects, f"{wish.key} had the effects {effects}, and nobody should have granted it")
        elif wish.once:
            survived = any(one.broker == self._last_broker for id_ in wish.attempts for one in self._places[id_])
            excused = not effects and (not survived or self.tournaments.excuses(wish))
            expect(len(effects) == 1 or excused, f"{wish.key}, said once, ran as {effects}")
        elif wish.given_up:
            expect(len(effects) <= 1, f"{wish.key}, which was given up, ran as {effects}")
        elif wish.done is None and wish.final is not None:
            expect(len(effects) <= 1, f"{wish.key}, which was refused for good, ran as {effects}")
        else:
            expect(wish.done is not None, f"{wish.key} was never granted: {wish.refused}")
            due = self.plays.due(wish) or self.events.due(wish) or self.rounds.due(wish) or self.games.due(wish)
            right = len(effects) in due
            expect(right, f"{wish.key} had the effects {effects}: {wish.done}")
        expect(not self._effects(wish.strangers), f"another body under {wish.key} had an effect")

    def _told_again(self, stuck: Mapping[str, OutboxRow]) -> None:
        """What was young enough when the trouble was over has been told since, before it was left to people."""
        for send, row in stuck.items():
            told = [one.at for one in self._places[send]]
            young = self.calm_since - row.at < YOUNG
            expect(not young or max(told) > self.calm_since, f"{row} was left to people, told only at {told}")

    def _under_way_once(self, wishes: list[Wanted]) -> None:
        """However often something is wished for, it is not begun again before it has been refused."""
        engines, parlour = self._readings["engines"], self._readings["parlour"]
        begun = Counter(one.open_id for one in engines.facts(LootboxRequested))
        begun.subtract(one.open_id for one in engines.facts(LootboxDenied))
        begun.update(one.seat for one in parlour.facts(SeatReserved))
        begun.subtract(one.seat for one in parlour.facts(SeatReleased))
        for one in (self.games, self.tournaments, self.plays, self.events, self.rounds):
            begun.update(one.begun())
        for wish in wishes:
            times = sum(begun[attempt] for attempt in wish.attempts)
            expect(times <= 1, f"{wish.key} is under way {times} times, as {wish.attempts}")

    def _effects(self, attempts: list[str]) -> list[str]:
        """The attempts that ran: as often as they did."""
        engines, ledger, parlour = (self._readings[name] for name in ("engines", "ledger", "parlour"))
        posted = [one for one in attempts for _ in ledger.commanded(one, WalletPosted)]
        made = [one for one in attempts for _ in ledger.commanded(one, PlayerCreated)]
        defined = [one for kind in DEFINED for one in attempts for _ in ledger.commanded(one, kind)]
        opened = [one.open_id for one in engines.facts(LootboxOpened) if one.open_id in attempts]
        taken = [one.seat for one in parlour.facts(SeatTaken) if one.seat in attempts]
        knocked = [one for one in attempts for _ in parlour.commanded(one, Knocked)]
        plays = (self.games, self.tournaments, self.plays, self.standing, self.events, self.rounds)
        played = [ran for one in plays for ran in one.effects(attempts)]
        return [*(made or posted), *defined, *opened, *taken, *knocked, *played]

    def _no_refusal_after_effect(self) -> None:
        for wish, attempt in self.answers.refused:
            for ran in self._effects(wish.attempts):
                effect, refusal = self._places[ran], self._places[attempt]
                late = bool(effect) and bool(refusal) and max(effect) < min(refusal)
                expect(not late, f"{attempt} was refused although {ran} had run before it")

    def _only_poison_is_buried(self) -> None:
        for reading in self._readings.values():
            letters = reading.log.dead_letters.values()
            for dead in (dead for dead in letters if dead.row.topic != TOPIC):
                wish = self._door.wishes.get(dict(orjson.loads(dead.row.headers))["id"])
                expect(wish is not None and wish.poison, f"no poison, and yet a dead letter: {dead}")

    def _timers_in_turn(self) -> None:
        """A timer runs after every message that was appended before it was due."""
        for reading in self._readings.values():
            for (part, id_), timer in reading.log.timers.items():
                for rang, _ in reading.by_command.get(f"timer/{part}/{id_}", ()):
                    for row in reading.log.events[part][rang.pos :]:
                        if row.command_id in self._door.wishes:
                            appended = max(self._appended(row.command_id))
                            expect(appended >= timer.due_at, f"{timer} rang before {row} of {appended}")
