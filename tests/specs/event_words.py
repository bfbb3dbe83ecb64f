"""What the specs of events have in common: a daily run, its players, and how a start goes through the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.leaderboards.entrant.state import Entrant, entrant_of
from services.leaderboards.event.state import Course, course_of
from services.leaderboards.registry import service
from shared.event_ids import attempt_id_of, global_board_of, lobby_board_of, lobby_id_of, window_id_of
from shared.ids import AssetId, AttemptId, BoardId, EventId, LobbyId, MessageId, PlayerId
from shared.messages.attempt import Attempt, AttemptStarted, FinishAttempt, ProgressAttempt
from shared.messages.base import Event
from shared.messages.entry import Cost, EnteredAnswer, TakeEntry
from shared.messages.event import CloseWindow, StartAttempt, WindowOpened
from shared.messages.event_spec import (
    CurrencyCost,
    EntryCost,
    EventSpec,
    LobbyBoard,
    Metric,
    RecurringWindows,
)
from shared.messages.reward_table import CurrencyEntry
from shared.shapes import Timer, Wish
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, Consequence, Story, given

ROCKET, GROOT, MANTIS, GAMORA = map(PlayerId, ("rocket", "groot", "mantis", "gamora"))
RUN: Final = EventId("daily-run")
COINS, GEMS = AssetId("coins"), AssetId("gems")
DAWN: Final = datetime(2026, 11, 21, tzinfo=UTC)
MIDNIGHT: Final = datetime(2026, 11, 22, tzinfo=UTC)
TODAY, TOMORROW = "2026-11-21", "2026-11-22"
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
MICRO: Final = 1_000_000
WINDOW: Final = window_id_of(TENANT, RUN, DAWN)
NEXT_WINDOW: Final = window_id_of(TENANT, RUN, MIDNIGHT)
BOARD: Final = global_board_of(TENANT, WINDOW)
COSTS: Final = (Cost(asset=GEMS, amount=50),)
COSTLY: Final = EntryCost(currencies=(CurrencyCost(key=GEMS, amount=50),))
CLOCK: Final = Wish("timer", "its time has come")
"""The wish that a timer's command serves."""
fifty_coins = CurrencyEntry(asset=COINS, amount=50)
let_in = EnteredAnswer(player=ROCKET)


def metric(key: str = "distance", **other: Any) -> Metric:
    """Numbers in whole units."""
    return Metric(key=key, **other)


def run(**other: Any) -> EventSpec:
    """An event that is on every day, with one metric and no target."""
    usual: dict[str, Any] = {
        "name": "Daily run",
        "metrics": (metric(),),
        "windows": RecurringWindows(cron="0 0 * * *"),
    }
    return EventSpec(**{**usual, **other})


def cup(capacity: int = 3, **other: Any) -> LobbyBoard:
    return LobbyBoard(capacity=capacity, **{"fill_timeout_seconds": 5, **other})


def on(spec: EventSpec | None = None) -> Story:
    """The event, in which nobody has started yet."""
    return given(service).defined(RUN, spec or run())


def starts(player: PlayerId = ROCKET, **context: Any) -> StartAttempt:
    return StartAttempt(event=RUN, player=player, context=context)


def started(story: Story, player: PlayerId = ROCKET, **context: Any) -> Story:
    """A start that the ledger has let in."""
    return story.when(starts(player, **context)).answered(let_in).story


def under_way(spec: EventSpec | None = None) -> Story:
    """The event with an attempt of rocket's in progress."""
    return started(on(spec))


def attempt_id(number: int = 1, player: PlayerId = ROCKET) -> AttemptId:
    return attempt_id_of(TENANT, RUN, player, number)


def sets(number: int = 1, player: PlayerId = ROCKET, value: int | None = None, **metrics: int) -> ProgressAttempt:
    """Metrics in whole units."""
    return _progress("set", number, player, value, metrics)


def adds(number: int = 1, player: PlayerId = ROCKET, value: int | None = None, **metrics: int) -> ProgressAttempt:
    """Metrics in whole units."""
    return _progress("increment", number, player, value, metrics)


def _progress(mode: Any, number: int, player: PlayerId, value: int | None, metrics: dict[str, int]) -> ProgressAttempt:
    return ProgressAttempt(
        player=player,
        event=RUN,
        attempt_id=attempt_id(number, player),
        mode=mode,
        value=None if value is None else value * MICRO,
        metrics={key: number_ * MICRO for key, number_ in metrics.items()} or None,
    )


def finishes(number: int = 1, player: PlayerId = ROCKET) -> FinishAttempt:
    return FinishAttempt(player=player, event=RUN, attempt_id=attempt_id(number, player))


def enters(player: PlayerId = ROCKET, costs: tuple[Cost, ...] = (), attempts: int = 0) -> TakeEntry:
    """What the ledger is asked."""
    return TakeEntry(player=player, event=RUN, costs=costs, attempts=attempts)


def opened(version: int = 1, at: datetime = DAWN, until: datetime = MIDNIGHT) -> WindowOpened:
    return WindowOpened(
        event=RUN,
        window_id=window_id_of(TENANT, RUN, at),
        definition_version=version,
        starts_at=at,
        ends_at=until,
    )


def closes(version: int = 1, at: datetime = DAWN, until: datetime = MIDNIGHT) -> CloseWindow:
    return CloseWindow(**dict(opened(version, at, until)))


def closing_time(version: int = 1, at: datetime = DAWN, until: datetime = MIDNIGHT) -> Timer:
    name = f"event/{TENANT}/{RUN}/close/{window_id_of(TENANT, RUN, at)}"
    return Timer(name, until, RUN, closes(version, at, until))


def attempt(number: int = 1, player: PlayerId = ROCKET, board: BoardId = BOARD, **other: Any) -> Attempt:
    """One that has just begun at noon; `other` changes it."""
    usual: dict[str, Any] = {
        "attempt_id": attempt_id(number, player),
        "event": RUN,
        "window_id": WINDOW,
        "board_id": board,
        "player": player,
        "number": number,
        "started_at": NOON,
        "ends_at": MIDNIGHT,
        "metrics": {"distance": 0},
        "metrics_raw": {"distance": 0},
        "score": 0,
    }
    return Attempt(**{**usual, **other})


def begins(of: Attempt, step: int = 1, **other: Any) -> AttemptStarted:
    """The attempt has begun, by the start of wish `step`."""
    usual: dict[str, Any] = {
        "attempt": of,
        "start_id": MessageId(f"command-{step}"),
        "day": TODAY,
        "definition_version": 1,
        "mode": "global",
        "first": True,
        "best": 0,
    }
    return AttemptStarted(**{**usual, **other})


def lobby_id(number: int = 1) -> LobbyId:
    return lobby_id_of(TENANT, WINDOW, number)


def lobby_board(number: int = 1) -> BoardId:
    return lobby_board_of(TENANT, WINDOW, lobby_id(number))


def entrant(story: Story, player: PlayerId = ROCKET) -> Entrant:
    return story.state(entrant_of(RUN, player))


def course(story: Story) -> Course:
    return story.state(course_of(RUN))


def events_in(consequence: Consequence) -> tuple[Event, ...]:
    found: tuple[Event, ...] = getattr(consequence.outcome, "events", ())
    return found


def attempt_in(consequence: Consequence) -> Attempt:
    """The attempt that was just told of last."""
    told = [event.attempt for event in events_in(consequence) if hasattr(event, "attempt")]
    assert isinstance(told[-1], Attempt)
    return told[-1]
