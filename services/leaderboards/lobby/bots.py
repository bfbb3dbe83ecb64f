"""Bots of a lobby play by a pace that a promised seed gave each of them, until their target or the end of the window.

They move every few seconds at first, and ever less often in a long window: a bot is never further behind its pace than
a sixtieth of the time it has played. When the window is over the seed is revealed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from services.leaderboards.entrant.scoring import score_of
from services.leaderboards.event.opening import version_at
from shared.event_ids import bot_id_of
from shared.fair.draw import below
from shared.ids import BoardId, EventId, LobbyId
from shared.messages.base import Event
from shared.messages.event_spec import LARGEST_MICROS, BotsSpec, EventSpec, Metric, micros_of
from shared.messages.lobby import BotScore, BotsProgressed, BotsRetired, BotsSeated, MoveBots, SeatBots
from shared.shapes import Decider, Decision, Definition, Facts, Outcome, States, Timer
from shared.streams import Stream, key_of

SHORTEST_TICK: Final = timedelta(seconds=5)
LATEST: Final = 60
"""One so-many-th of the time played is how far a bot may be behind."""
SEED_NUMBER: Final = 1
_MS: Final = timedelta(milliseconds=1)
_MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Unseated:
    """There are no bots in this lobby."""


@dataclass(frozen=True, slots=True)
class Seated:
    """They play."""

    board_id: BoardId
    definition_version: int
    started_at: datetime
    ends_at: datetime
    seed_key_id: str
    scores: tuple[int, ...]
    """In millionths, the first bot's first."""


@dataclass(frozen=True, slots=True)
class Retired:
    """The window is over."""


Bots = Unseated | Seated | Retired
BotsFact = BotsSeated | BotsProgressed | BotsRetired


def bots_of(event: EventId, lobby_id: LobbyId) -> Stream[Bots]:
    """The history of the bots of one lobby."""
    return Stream("bots", key_of(event, lobby_id))


def seat(command: SeatBots, facts: Facts) -> Outcome[Event]:
    """They are on the board from the beginning, with nothing."""
    seed = facts.seeds.of(bots_of(command.event, command.lobby_id), SEED_NUMBER)
    seated = BotsSeated(
        event=command.event,
        lobby_id=command.lobby_id,
        board_id=command.board_id,
        definition_version=command.definition_version,
        count=command.count,
        started_at=facts.now,
        ends_at=command.ends_at,
        server_seed_hash=seed.hash,
        seed_number=SEED_NUMBER,
        seed_key_id=seed.key_id,
    )
    spec = version_at(command.event, command.definition_version, facts).spec
    scores = tuple(
        BotScore(bot=bot_id_of(command.board_id, number), number=number, called=name_of(spec, number), score=0)
        for number in range(1, command.count + 1)
    )
    begun = BotsProgressed(
        event=command.event, lobby_id=command.lobby_id, board_id=command.board_id, tick=0, entries=scores
    )
    first = MoveBots(event=command.event, lobby_id=command.lobby_id, tick=1)
    at = min(facts.now + SHORTEST_TICK, command.ends_at)
    return Decision((seated, begun), reply=None, timers=(_tick(first, at, facts),))


def move(command: MoveBots, bots: Bots, facts: Facts) -> Outcome[Event]:
    assert isinstance(bots, Seated), "bots move while they are seated"
    if facts.now >= bots.ends_at:
        return Decision((_retired(command, bots, facts),), reply=None)
    definition = version_at(command.event, bots.definition_version, facts)
    scores, there = _scores(command.lobby_id, bots, definition, facts)
    moved = tuple(
        BotScore(
            bot=bot_id_of(bots.board_id, number), number=number, called=name_of(definition.spec, number), score=score
        )
        for number, (before, score) in enumerate(zip(bots.scores, scores, strict=True), start=1)
        if score != before
    )
    events = (
        (
            BotsProgressed(
                event=command.event,
                lobby_id=command.lobby_id,
                board_id=bots.board_id,
                tick=command.tick,
                entries=moved,
            ),
        )
        if moved
        else ()
    )
    at = bots.ends_at if there else min(facts.now + _wait(facts.now - bots.started_at), bots.ends_at)
    return Decision(events, reply=None, timers=(_tick(command, at, facts, after=command.tick),))


def _wait(played: timedelta) -> timedelta:
    return max(SHORTEST_TICK, played // LATEST)


def _tick(command: MoveBots, at: datetime, facts: Facts, after: int = 0) -> Timer:
    next_ = command.model_copy(update={"tick": after + 1})
    return Timer(f"bots/{facts.tenant}/{command.event}/{command.lobby_id}/{next_.tick}", at, command.event, next_)


def _retired(command: MoveBots, bots: Seated, facts: Facts) -> BotsRetired:
    seed = facts.seeds.of(bots_of(command.event, command.lobby_id), SEED_NUMBER, bots.seed_key_id)
    return BotsRetired(
        event=command.event,
        lobby_id=command.lobby_id,
        board_id=bots.board_id,
        server_seed=seed.value,
        server_seed_hash=seed.hash,
    )


def _scores(lobby_id: LobbyId, bots: Seated, definition: Definition[EventSpec], facts: Facts) -> tuple[list[int], bool]:
    """Every bot's score now, and whether all of them have reached their target."""
    spec = definition.spec
    seed = facts.seeds.of(bots_of(EventId(definition.key), lobby_id), SEED_NUMBER, bots.seed_key_id)
    metric = _metric(spec)
    target = LARGEST_MICROS if metric.target is None else micros_of(metric.target)
    played_ms = (facts.now - bots.started_at) // _MS
    paces = (pace_of(seed.value, lobby_id, number, spec) for number in range(1, len(bots.scores) + 1))
    come = [min(pace * played_ms // _MINUTE_MS, target) for pace in paces]
    rest = {other.key: 0 for other in spec.metrics}
    return [_within(score_of(spec, {**rest, metric.key: far})) for far in come], all(far == target for far in come)


def _within(score: int) -> int:
    return max(-LARGEST_MICROS, min(score, LARGEST_MICROS))


def pace_of(seed: str, lobby_id: LobbyId, number: int, spec: EventSpec) -> int:
    """Millionths a minute of the n-th bot, evenly drawn from the lowest to the highest pace."""
    pace = (spec.bots or BotsSpec()).per_minute
    lowest, highest = micros_of(pace.min), micros_of(pace.max)
    return lowest + below(seed, "bot", f"{lobby_id}/{number}", highest - lowest + 1)


def name_of(spec: EventSpec, number: int) -> str:
    """What the n-th bot is called; when names are used up they begin again, with a number."""
    names = (spec.bots or BotsSpec()).names
    if not names:
        return f"Bot {number}"
    round_, place = divmod(number - 1, len(names))
    return names[place] if round_ == 0 else f"{names[place]} {round_ + 1}"


def _metric(spec: EventSpec) -> Metric:
    key = (spec.bots or BotsSpec()).metric
    return next((metric for metric in spec.metrics if metric.key == key), spec.metrics[0])


def streams(command: SeatBots | MoveBots) -> tuple[Stream[Any], ...]:
    return (bots_of(command.event, command.lobby_id),)


def decide(command: SeatBots | MoveBots, states: States, facts: Facts) -> Outcome[Event]:
    match command:
        case SeatBots():
            return seat(command, facts)
        case MoveBots():
            return move(command, states[bots_of(command.event, command.lobby_id)], facts)


def evolve(bots: Bots, event: BotsFact) -> Bots:
    match event:
        case BotsSeated():
            none = (0,) * event.count
            return Seated(
                event.board_id, event.definition_version, event.started_at, event.ends_at, event.seed_key_id, none
            )
        case BotsProgressed(entries=entries):
            assert isinstance(bots, Seated), "bots move while they are seated"
            scores = list(bots.scores)
            for entry in entries:
                scores[entry.number - 1] = entry.score
            return replace(bots, scores=tuple(scores))
        case BotsRetired():
            return Retired()


decider: Decider[SeatBots | MoveBots, Bots, BotsFact] = Decider(
    noun="bots",
    initial=Unseated(),
    situations=(Unseated, Seated, Retired),
    commands=(SeatBots, MoveBots),
    events=(BotsSeated, BotsProgressed, BotsRetired),
    streams=streams,
    decide=decide,
    evolve=evolve,
)
