"""Whoever was told that a runner is banned sees nothing begun or claimed that was wished for after that."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, Final

from shared.bus.port import Outgoing
from shared.messages.attempt import AttemptStarted
from shared.messages.event import StartAttempt
from shared.messages.grant import ClaimGrant, CrateOpened, GrantClaimed, OpenCrate
from shared.messages.lobby import LobbySeatTaken
from shared.messages.player import PlayerStatusConfirmed
from shared.messages.registration import BanPlayer, PlayerBanned, PlayerUnbanned, UnbanPlayer
from tests.simulation.chaos_bus import id_of
from tests.simulation.clients import REPLIES, TENANT, Told, Wanted, told_of
from tests.simulation.reading import Fact, Reading
from tests.simulation.told_games import expect

CHANGES: Final = (PlayerBanned, PlayerUnbanned)
BANNED, FREE = "banned", "free"


class BansJudge:
    """Counts the bans of every player and those taken back: those there were, and those that somebody was told of."""

    def __init__(self, readings: Mapping[str, Reading], wishes: Mapping[str, Wanted]) -> None:
        self._engines, self._ledger = readings["engines"], readings["ledger"]
        self._leaderboards, self._wishes = readings["leaderboards"], wishes
        self._told: dict[str, int] = defaultdict(int)
        """How many changes had been made, at least, when the last was told of."""
        self._since: dict[str, int] = {}
        """The same, when each attempt was first appended."""
        self._looked_at: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()

    def appended(self, message: Outgoing) -> None:
        """The broker has taken this in; it is decided on what is so now, or later."""
        wish = self._wishes.get(id_of(message))
        if wish is not None and isinstance(wish.command, StartAttempt | ClaimGrant | OpenCrate):
            self._since.setdefault(id_of(message), self._told[wish.command.player])

    def saw(self, message: Outgoing) -> None:
        """A service is about to say this. Raises Violation."""
        for reading in (self._engines, self._ledger, self._leaderboards):
            reading.catch_up()
        for started in (AttemptStarted.wire, LobbySeatTaken.wire):
            for _, one in self._new(self._leaderboards, started):
                self._allowed(one, one.start_id)
        for taken in (GrantClaimed.wire, CrateOpened.wire):
            for row, one in self._new(self._ledger, taken):
                self._allowed(one, row.command_id)
        if message.topic == REPLIES:
            self._answered(told_of(message))

    def _new(self, reading: Reading, wire: str) -> list[Fact]:
        """The facts of this type that nobody has looked at yet."""
        facts = reading.by_type[wire]
        seen, self._looked_at[wire] = self._looked_at[wire], len(facts)
        return facts[seen:]

    def _allowed(self, event: Any, attempt: str | None) -> None:
        """Since it was wished for there was a moment in which the player was not banned."""
        wish = self._wishes.get(attempt or "")
        if wish is None or attempt not in self._since:
            return
        player = wish.command.player  # type: ignore[attr-defined]
        stood = self._stood(player, self._since[attempt])
        expect(FREE in stood, f"{event}, but since it was wished for the player was {stood}")

    def _history(self, player: str) -> list[Any]:
        return self._ledger.by_stream[f"player/{TENANT}/{player}"]

    def _stood(self, player: str, since: int) -> list[str]:
        changed = [BANNED if one.profile.banned else FREE for one in self._history(player) if isinstance(one, CHANGES)]
        return [FREE, *changed][since:]

    def _answered(self, told: Told) -> None:
        wish = self._wishes[told.attempt]
        match wish.command:
            case BanPlayer(player=player) | UnbanPlayer(player=player) if told.outcome == "done":
                made = self._changes(player, wish)
                self._told[player] = max(self._told[player], made)
                noted = self._engines.by_stream[f"guest/{TENANT}/{player}"]
                known = noted[-1].changes if noted else 0
                expect(known >= made, f"{told} to {wish.command}, but the engines know {known} of {made} changes")
                self.seen["bans told" if isinstance(wish.command, BanPlayer) else "bans taken back told"] += 1
            case StartAttempt() | ClaimGrant() | OpenCrate() if told.code == "player_blocked":
                since = min(self._since[attempt] for attempt in wish.attempts if attempt in self._since)
                stood = self._stood(wish.command.player, since)
                expect(BANNED in stood, f"{told} to {wish.command}, but since it was wished they were {stood}")
                self.seen["wishes of banned players"] += 1
            case _:
                pass

    def _changes(self, player: str, wish: Wanted) -> int:
        """How many changes there had been when this wish was decided; none where it changed nothing."""
        kinds = (*CHANGES, PlayerStatusConfirmed)
        ran = [one for id_ in wish.attempts for kind in kinds for one in self._ledger.commanded(id_, kind)]
        if not ran:
            return 0
        history = self._history(player)
        place = next(n for n, one in enumerate(history) if one is ran[0])
        return sum(isinstance(one, CHANGES) for one in history[: place + 1])
