"""Whoever was told that a player is held sees no play granted that was wished for after that; nor the other way."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from shared.bus.port import Outgoing
from shared.messages.activity import CompleteActivity, ValidateActivity
from shared.messages.activity_event import AttemptValidated, CompletionBegun
from shared.messages.guest import GuestNoted
from shared.messages.lootbox import LootboxOpened, OpenLootbox
from shared.messages.mini_game import MiniGamePlayed, PlayMiniGame
from shared.messages.player import PlayerStatusChanged, PlayerStatusConfirmed, SetPlayerStatus, Status
from shared.messages.wheel import ClaimSpin, DrySpinClaimed, DrySpinWheel, SpinWheel, WheelSpun
from shared.worker.tell import commands_of
from tests.simulation.chaos_bus import id_of
from tests.simulation.clients import REPLIES, TENANT, Told, Wanted, told_of
from tests.simulation.reading import Reading
from tests.simulation.told_games import expect

PLAYS: Final = (OpenLootbox, PlayMiniGame, SpinWheel, DrySpinWheel, ClaimSpin, ValidateActivity, CompleteActivity)
PLAYED: Final = (WheelSpun, DrySpinClaimed, AttemptValidated, CompletionBegun)
WISHED: Final = (PlayerStatusChanged, PlayerStatusConfirmed)


class StandingJudge:
    """Counts the changes of every player's status: those there were, and those that somebody has been told of."""

    def __init__(self, engines: Reading, ledger: Reading, wishes: Mapping[str, Wanted]) -> None:
        self._engines, self._ledger, self._wishes = engines, ledger, wishes
        self._told: dict[str, int] = defaultdict(int)
        """How many changes had been made, at least, when the last was told of."""
        self._since: dict[str, int] = {}
        """The same, when each attempt was first appended."""
        self._looked_at: Counter[type[Any]] = Counter()
        """How many draws of each kind have been held against the player's standing."""
        self.seen: Counter[str] = Counter()

    def appended(self, message: Outgoing) -> None:
        """The broker has taken this in; it is decided on what is so now, or later."""
        if message.topic == commands_of("engines") and message.key is not None:
            player = message.key.decode().rpartition("/")[2]
            self._since.setdefault(id_of(message), self._told[player])

    def saw(self, message: Outgoing) -> None:
        """A service is about to say this. Raises Violation."""
        self._engines.catch_up()
        self._ledger.catch_up()
        self._draws(LootboxOpened, "open_id")
        self._draws(MiniGamePlayed, "play_id")
        for kind in PLAYED:
            self._plays(kind)
        if message.topic == REPLIES:
            self._answered(told_of(message))

    def effects(self, attempts: Iterable[str]) -> list[str]:
        """The attempts that ran, as often as they did."""
        return [one for one in attempts for kind in WISHED for _ in self._ledger.commanded(one, kind)]

    def tally(self) -> Counter[str]:
        """How often each thing happened."""
        confirmed = len(self._ledger.facts(PlayerStatusConfirmed))
        known = {"players made known": len(self._engines.facts(GuestNoted)), "statuses confirmed": confirmed}
        return self.seen + Counter(known)

    def _draws(self, kind: type[Any], name: str) -> None:
        draws = self._engines.facts(kind)
        for one in draws[self._looked_at[kind] :]:
            stood = self._stood(one.player, self._since.get(getattr(one, name), 0))
            expect("active" in stood, f"{one}, but since it was wished for the player was {stood}")
        self._looked_at[kind] = len(draws)

    def _plays(self, kind: type[Any]) -> None:
        """What is decided on at once; of what was put off until somebody had been asked, that one has judged."""
        facts = self._engines.by_type[kind.wire]
        for row, one in facts[self._looked_at[kind] :]:
            stood = self._stood(one.player, self._since.get(row.command_id, 0))
            expect("active" in stood, f"{one}, but since it was wished for the player was {stood}")
        self._looked_at[kind] = len(facts)

    def _stood(self, player: str, since: int) -> list[Status]:
        """Every status there was since then."""
        changed = [one.profile.status for one in self._history(player) if isinstance(one, PlayerStatusChanged)]
        return ["active", *changed][since:]

    def _history(self, player: str) -> list[Any]:
        return self._ledger.by_stream[f"player/{TENANT}/{player}"]

    def _answered(self, told: Told) -> None:
        wish = self._wishes[told.attempt]
        match wish.command:
            case SetPlayerStatus(player=player) if told.outcome == "done":
                self._told[player] = max(self._told[player], self._changes(player, wish))
                known, made = self._known(player), self._told[player]
                expect(known >= made, f"{told} to {wish.command}, but the engines know {known} of {made} changes")
                self.seen["statuses told"] += 1
            case command if isinstance(command, PLAYS) and told.code == "player_blocked":
                since = min(self._since[attempt] for attempt in wish.attempts if attempt in self._since)
                stood = self._stood(command.player, since)
                right = told.details["status"] in stood
                expect(right, f"{told} to {wish.command}, but since it was wished for the player was {stood}")
                self.seen["plays of held players"] += 1
            case _:
                pass

    def _known(self, player: str) -> int:
        """How many changes the engines believe there have been."""
        noted = self._engines.by_stream[f"guest/{TENANT}/{player}"]
        return noted[-1].changes if noted else 0

    def _changes(self, player: str, wish: Wanted) -> int:
        """How many changes there had been when this wish was decided; none where it changed nothing from the first."""
        ran = [one for attempt in wish.attempts for kind in WISHED for one in self._ledger.commanded(attempt, kind)]
        if not ran:
            return 0
        history = self._history(player)
        place = next(n for n, one in enumerate(history) if one is ran[0])
        return sum(isinstance(one, PlayerStatusChanged) for one in history[: place + 1])
