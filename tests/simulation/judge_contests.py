"""One event of the town, followed fact by fact: who plays, how far everybody comes, and who stands where in the end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from shared.event_ids import (
    attempt_id_of,
    global_board_of,
    group_board_of,
    lobby_board_of,
    segment_board_of,
    window_id_of,
)
from shared.eventlog.rows import EventRow
from shared.ids import AttemptId, EventId, PlayerId, TenantId, user_id_of
from shared.messages.attempt import (
    AttemptDenied,
    AttemptFinished,
    AttemptProgressed,
    AttemptRequested,
    AttemptStarted,
    FinishAttempt,
    ProgressAttempt,
)
from shared.messages.board import BoardClosing, BoardFinalized, BoardPlaced
from shared.messages.event import GroupJoined, StartAttempt, WindowClosed, WindowOpened
from shared.messages.lobby import (
    BotScore,
    BotsProgressed,
    BotsRetired,
    BotsSeated,
    Lobby,
    LobbyActivated,
    LobbyJoined,
    LobbySeatTaken,
    PushLobby,
)
from shared.money import MICRO
from tests.simulation.clients import TENANT, Wanted
from tests.simulation.contests import CONTESTS, IN_PROGRESS, Contest, after, capped, is_completed, score_of
from tests.simulation.judge_boards import Attempt, Board, Bots, Milestone, Standing, Window
from tests.simulation.told_games import expect


class Followed:
    """One event as its facts tell it, in their order. Whatever should not have happened is a violation."""

    def __init__(self, name: str, wishes: Mapping[str, Wanted]) -> None:
        self.name, self._wishes = name, wishes
        self.contest: Contest = CONTESTS[name]
        self.windows: dict[str, Window] = {}
        self.boards: dict[str, Board] = {}
        self.attempts: dict[str, Attempt] = {}
        self.milestones: list[Milestone] = []
        self.reserved: dict[str, AttemptRequested] = {}
        """By start: those that wait for the ledger."""
        self.started: Counter[str] = Counter()
        """How often each start has become an attempt."""
        self.waited: Counter[str] = Counter()
        """How often each start has been told to wait in a lobby."""
        self.seats: dict[tuple[str, str], tuple[str, str]] = {}
        """(lobby, board) by window and player."""
        self.lobbies: dict[str, Lobby] = {}
        self.bots: dict[str, Bots] = {}
        """By lobby."""
        self._begun: dict[tuple[str, str], int] = defaultdict(int)
        """Attempts by window and player."""
        self._days: dict[tuple[str, str], int] = defaultdict(int)
        """Attempts by day and player."""
        self._in: dict[tuple[str, str], list[str]] = defaultdict(list)
        """Attempts in progress by window and player."""
        self._at: dict[tuple[str, str], str] = {}
        """The board by window and player."""

    def take(self, row: EventRow, event: Any) -> None:
        """This happened next. Raises Violation if it should not have."""
        match event:
            case AttemptRequested() | AttemptDenied() | AttemptStarted():
                self._begin(row, event)
            case AttemptProgressed():
                self._progress(row, event)
            case AttemptFinished():
                self._finish(row, event)
            case _:
                self._together(row, event)

    def _begin(self, row: EventRow, event: AttemptRequested | AttemptDenied | AttemptStarted) -> None:
        match event:
            case AttemptRequested():
                self._request(row, event)
            case AttemptDenied():
                was = self.reserved.pop(event.start_id, None)
                expect(was is not None and was.player == event.player, f"{event}, but nothing was asked for")
            case AttemptStarted():
                self._start(row, event)

    def _together(self, row: EventRow, event: Any) -> None:
        """What is of more than one player."""
        match event:
            case WindowOpened() | WindowClosed():
                self._window(row, event)
            case GroupJoined():
                self._group(event)
            case LobbyJoined() | LobbyActivated() | LobbySeatTaken():
                self._lobby(row, event)
            case BotsSeated() | BotsProgressed() | BotsRetired():
                self._bots(row, event)
            case BoardClosing() | BoardPlaced() | BoardFinalized():
                self._board(event)
            case _:
                pass

    def _window(self, row: EventRow, event: WindowOpened | WindowClosed) -> None:
        known = self.windows.get(event.window_id)
        if isinstance(event, WindowClosed):
            expect(known is not None and not known.closed, f"{event}, but {known}")
            assert known is not None
            expect(row.at >= known.ends_at, f"{event} at {row.at}, too early")
            known.closed = True
            return
        expect(known is None, f"{event} opens a window again: {known}")
        span = (event.starts_at, event.ends_at)
        expect(self.contest.span_of(event.starts_at) == span, f"{event} is no window of {self.name}")
        expect(span[0] <= row.at < span[1], f"{event} was opened at {row.at}")
        id_ = window_id_of(TenantId(TENANT), EventId(self.name), event.starts_at)
        expect(id_ == event.window_id, f"{event} should be {id_}")
        self.windows[event.window_id] = Window(*span)

    def _open(self, row: EventRow, window_id: str) -> Window:
        """The window, in which something may still count."""
        window = self.windows.get(window_id)
        expect(window is not None and not window.closed and row.at < window.ends_at, f"{row} counts in {window}")
        assert window is not None
        return window

    def _request(self, row: EventRow, event: AttemptRequested) -> None:
        self._open(row, event.window_id)
        wish = self._wishes[event.start_id].command
        asked = isinstance(wish, StartAttempt) and (wish.player, wish.event) == (event.player, event.event)
        expect(asked, f"{event} of {wish}")
        self.reserved.pop(event.start_id, None)  # the last in a lobby is asked for what it costs when all are there
        expect(not self.started[event.start_id], f"{event} is asked for again")
        kept = [one for one in self.reserved.values() if one.player == event.player]
        begun = self._begun[event.window_id, event.player] + sum(one.window_id == event.window_id for one in kept)
        most, per_day = self.contest.per_window, self.contest.per_day
        expect(most is None or begun < most, f"{event} is one too many, after {begun}")
        today = self._days[event.day, event.player] + sum(one.day == event.day for one in kept)
        expect(per_day is None or today < per_day, f"{event} is one too many of {event.day}, after {today}")
        self.reserved[event.start_id] = event

    def _start(self, row: EventRow, event: AttemptStarted) -> None:
        one = event.attempt
        window, who = self._open(row, one.window_id), (one.window_id, one.player)
        was = self.reserved.pop(event.start_id, None)
        expect(was is not None and was.window_id == one.window_id, f"{event}, but nobody asked: {was}")
        number = 1 + sum(other.player == one.player for other in self.attempts.values())
        id_ = attempt_id_of(TenantId(TENANT), EventId(self.name), PlayerId(one.player), number)
        blank = dict.fromkeys(self.contest.metrics, 0)
        told = (one.number, one.attempt_id, one.metrics, one.metrics_raw, one.score, one.status, one.ends_at)
        due = (number, id_, blank, blank, 0, "in_progress", window.ends_at)
        expect(told == due, f"{event} should be {due}")
        expect(one.board_id == self._board_of(event), f"{event} plays on another board than {self._board_of(event)}")
        self.attempts[one.attempt_id] = Attempt(one.player, one.window_id, one.board_id, blank)
        self._begun[who] += 1
        self._days[event.day, one.player] += 1
        self.started[event.start_id] += 1
        self._in[who].append(one.attempt_id)
        expect(len(self._in[who]) <= IN_PROGRESS, f"{event} makes too many in progress: {self._in[who]}")
        others = {self.attempts[other].board_id for other in self._in[who]}
        expect(others == {one.board_id}, f"{event} while attempts are in progress on {others}")
        self._at[who] = one.board_id
        self._stand_first(row, event)

    def _stand_first(self, row: EventRow, event: AttemptStarted) -> None:
        board = self.boards.setdefault(event.attempt.board_id, Board(event.attempt.window_id))
        expect(not board.closing, f"{event} came when its board was closing")
        participant = user_id_of(TenantId(TENANT), PlayerId(event.attempt.player))
        first = participant not in board.standings
        expect(event.first == first, f"{event}, but on the board are {board.standings}")
        board.standings.setdefault(participant, Standing(0, row.pos, "player", event.attempt.player))
        expect(event.best == board.standings[participant].score, f"{event}, but {board.standings[participant]}")

    def _board_of(self, event: AttemptStarted) -> str:
        """Where somebody must play who begins now."""
        one, tenant = event.attempt, TenantId(TENANT)
        who = (one.window_id, one.player)
        if self.contest.mode == "lobby_matched":
            lobby_id, board_id = self.seats[who]
            number = self.lobbies[lobby_id].number
            begun = number is None or number <= self.windows[one.window_id].lobbies
            expect(begun, f"{event} plays in {self.lobbies[lobby_id]}, which has not begun")
            return board_id
        if who in self._at:
            return self._at[who]
        match self.contest.mode:
            case "global":
                return global_board_of(tenant, one.window_id)
            case "global_segmented":
                command = self._wishes[event.start_id].command
                assert isinstance(command, StartAttempt)
                return segment_board_of(tenant, one.window_id, str(command.context.get("league", "default")))
            case _:
                groups = self.windows[one.window_id].groups
                number = next(n for n, group in enumerate(groups, start=1) if one.player in group)
                return group_board_of(tenant, one.window_id, number)

    def _group(self, event: GroupJoined) -> None:
        groups = self.windows[event.window_id].groups
        expect(not any(event.player in group for group in groups), f"{event} is in a group already: {groups}")
        if not groups or len(groups[-1]) == self.contest.size:
            groups.append([])
        groups[-1].append(event.player)
        due = (len(groups), len(groups[-1]), len(groups[-1]) == self.contest.size)
        expect((event.group, event.place, event.full) == due, f"{event}, but {groups}")

    def _progress(self, row: EventRow, event: AttemptProgressed) -> None:
        told, attempt = event.attempt, self.attempts[event.attempt.attempt_id]
        self._open(row, attempt.window_id)
        expect(not attempt.over, f"{event} after it was over")
        command = self._wishes[row.command_id].command
        assert isinstance(command, ProgressAttempt), f"{row} of {command}"
        expect(command.attempt_id == told.attempt_id, f"{event} of {command}")
        first = {} if command.value is None else {next(iter(self.contest.metrics)): command.value}
        attempt.raw = after(self.contest, attempt.raw, command.mode, {**first, **(command.metrics or {})})
        score, done = score_of(self.contest, attempt.raw), is_completed(self.contest, attempt.raw)
        is_now = (told.metrics_raw, told.metrics, told.score, told.status)
        due = (attempt.raw, capped(self.contest, attempt.raw), score, "completed" if done else "in_progress")
        expect(is_now == due, f"{event} should be {due}")
        self._reach(event, attempt)
        self._improve(row, event, score)
        if done:
            self.boards[told.board_id].completed.add(user_id_of(TenantId(TENANT), PlayerId(told.player)))
            self._over(told.attempt_id)

    def _reach(self, event: AttemptProgressed, attempt: Attempt) -> None:
        """Milestones: each once, as soon as it is reached."""
        come = attempt.raw[next(iter(self.contest.metrics))]
        reached = {key for key, one in self.contest.milestones.items() if come >= one.threshold * MICRO}
        fired = [key for key in self.contest.milestones if key in reached - attempt.fired]
        expect(list(event.fired) == fired, f"{event} should give {fired}")
        attempt.fired |= reached
        self.milestones.extend(Milestone(attempt.player, event.attempt.attempt_id, key) for key in fired)

    def _improve(self, row: EventRow, event: AttemptProgressed, score: int) -> None:
        board = self.boards[event.attempt.board_id]
        expect(not board.closing, f"{event} came when its board was closing")
        participant = user_id_of(TenantId(TENANT), PlayerId(event.attempt.player))
        was = board.standings[participant]
        if score > was.score:
            board.standings[participant] = was._replace(score=score, pos=row.pos)
        best = board.standings[participant].score
        expect((event.best, event.improved) == (best, score > was.score), f"{event}, but {was} became {best}")

    def _finish(self, row: EventRow, event: AttemptFinished) -> None:
        told, attempt = event.attempt, self.attempts[event.attempt.attempt_id]
        self._open(row, attempt.window_id)
        expect(not attempt.over, f"{event} was over already")
        wish = self._wishes.get(row.command_id)
        wished = wish is not None and isinstance(wish.command, FinishAttempt)
        targets = any(metric.target is not None for metric in self.contest.metrics.values())
        status = ("expired" if targets else "completed") if wished else "force_completed"
        due = (attempt.raw, score_of(self.contest, attempt.raw), status)
        expect((told.metrics_raw, told.score, told.status) == due, f"{event} should be {due}")
        oldest = self._in[attempt.window_id, attempt.player][0] == told.attempt_id
        expect(wished or oldest, f"{event} is not the oldest of {self._in[attempt.window_id, attempt.player]}")
        if not wished:
            moved = self.seats.get((attempt.window_id, attempt.player), ("", attempt.board_id))[1] != attempt.board_id
            full = len(self._in[attempt.window_id, attempt.player]) >= IN_PROGRESS
            expect(moved or full, f"{event}, and there was no need")
        self._over(told.attempt_id)

    def _over(self, attempt_id: AttemptId) -> None:
        attempt = self.attempts[attempt_id]
        attempt.over = True
        self._in[attempt.window_id, attempt.player].remove(attempt_id)

    def _lobby(self, row: EventRow, event: LobbyJoined | LobbyActivated | LobbySeatTaken) -> None:
        if isinstance(event, LobbySeatTaken):
            self._sit(row, event)
            return
        lobby, window = event.lobby, self._open(row, event.lobby.window_id)
        expect(lobby.joined + lobby.bots <= lobby.capacity, f"{event} is more than full")
        expect(lobby.board_id == lobby_board_of(TenantId(TENANT), lobby.window_id, lobby.lobby_id), f"{event}: board")
        if isinstance(event, LobbyJoined):
            expect(event.player not in window.waiting, f"{event} is there already: {window.waiting}")
            window.waiting.append(event.player)
            due = (window.lobbies + 1, len(window.waiting), self.contest.size)
            expect((lobby.number, lobby.joined, lobby.capacity) == due, f"{event} should be {due}")
        elif lobby.number is None:
            self._pushed(row, lobby)
        else:
            forming = (window.lobbies + 1, len(window.waiting))
            expect((lobby.number, lobby.joined) == forming, f"{event} should be {forming}")
            left = self.contest.size - lobby.joined
            expect(lobby.bots == (left if self.contest.fills else 0), f"{event} should have {left} bots")
            before = self.lobbies[lobby.lobby_id].fill_by
            early = left > 0 and (before is None or row.at < before)
            expect(not early, f"{event} begins before {before}, and is not full")
            window.lobbies, window.waiting = window.lobbies + 1, []
        if isinstance(event, LobbyActivated):
            self.boards.setdefault(lobby.board_id, Board(lobby.window_id))
        self.lobbies[lobby.lobby_id] = lobby

    def _pushed(self, row: EventRow, lobby: Lobby) -> None:
        command = self._wishes[row.command_id].command
        assert isinstance(command, PushLobby)
        expect(lobby.lobby_id not in self.lobbies, f"{lobby} is made again")
        capacity = max(self.contest.size, len(command.players))
        bots = capacity - len(command.players) if command.fill_bots else 0
        due = (command.key, len(command.players), bots, capacity)
        expect((lobby.key, lobby.joined, lobby.bots, lobby.capacity) == due, f"{lobby} should be {due}")

    def _sit(self, row: EventRow, event: LobbySeatTaken) -> None:
        who = (event.window_id, event.player)
        before, now = self.seats.get(who), (event.lobby_id, event.board_id)
        pushed = event.number is None and isinstance(self._wishes[row.command_id].command, PushLobby)
        expect(pushed or before in (None, now), f"{event} moves from {before}")
        expect(event.lobby_id in self.lobbies, f"{event} in a lobby that is not there")
        self.seats[who] = now
        if event.start_id is not None:
            self.reserved.pop(event.start_id, None)
            self.waited[event.start_id] += 1

    def _bots(self, row: EventRow, event: BotsSeated | BotsProgressed | BotsRetired) -> None:
        match event:
            case BotsSeated():
                lobby = self.lobbies[event.lobby_id]
                right = event.lobby_id not in self.bots and event.count == lobby.bots
                expect(right, f"{event} for {lobby}, with {self.bots}")
                times = (event.started_at, event.ends_at)
                self.bots[event.lobby_id] = Bots(event.board_id, event.count, *times, event.server_seed_hash)
            case BotsRetired():
                self.bots[event.lobby_id].retire(row.at, event)
            case BotsProgressed():
                for entry in event.entries:
                    self._bot(row, self.bots[event.lobby_id], entry)

    def _bot(self, row: EventRow, bots: Bots, entry: BotScore) -> None:
        board = self.boards[bots.board_id]
        expect(not board.closing, f"{row} came when the board was closing")
        target = (next(iter(self.contest.metrics.values())).target or 10**9) * MICRO
        bots.move(row.at, entry, target)
        was = board.standings.get(entry.bot)
        expect(was is None or was.score < entry.score <= target, f"{entry} after {was}")
        board.standings[entry.bot] = Standing(entry.score, row.pos, "bot", entry.called)

    def _board(self, event: BoardClosing | BoardPlaced | BoardFinalized) -> None:
        board = self.boards[event.board_id]
        board.take(event, over=self.windows[board.window_id].closed)
