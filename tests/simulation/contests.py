"""The events of the town: how they are set up, and by other means than the town's own, what a score comes to there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final, NamedTuple

from shared.messages.definition import PutDefinition
from shared.money import MICRO
from tests.simulation.loop import FIRST_MORNING

COINS: Final = "coins"
TICKET: Final = "ticket"
PASS: Final = "pass"
TROPHY: Final = "trophy"
CHEST: Final = "chest"
LOOT: Final = "loot"
PODIUM: Final = "podium"
PODIUM_S: Final = 9
"""How long what the best have won can be claimed."""
CHEST_S: Final = 14
"""How long a crate can be opened."""
RICH: Final = 30
"""Coins that are as good as a pass."""

DASH: Final = "dash"
"""Costs something, and pays by rank."""
RELAY: Final = "relay"
"""Lets in who has a pass, and puts them in groups."""
STEEPLE: Final = "steeple"
"""Is won by several metrics, in leagues, and shares a pool."""
DUEL: Final = "duel"
"""Is played in lobbies, with bots on the seats that are left."""
TAG: Final = "tag"
"""Is played in lobbies that begin with whoever is there."""
IN_PROGRESS: Final = 2
"""So many attempts of one player are in progress at most."""

Metrics = Mapping[str, int]
"""In millionths, by key."""


class Metric(NamedTuple):
    """Something that is measured, in whole units."""

    target: int | None = None
    cap: int | None = None
    reset_on: str | None = None


class Milestone(NamedTuple):
    """What is given on the way."""

    threshold: int
    entries: tuple[dict[str, Any], ...]


class Contest(NamedTuple):
    """What a player must be able to rely on in one event."""

    metrics: Mapping[str, Metric]
    spans: tuple[tuple[float, float], ...]
    """When it is on, in seconds from the first morning on."""
    score: Callable[[Metrics], Fraction]
    """Of capped metrics, in millionths."""
    costs: Mapping[str, int]
    milestones: Mapping[str, Milestone]
    """All of the first metric."""
    per_window: int | None
    per_day: int | None
    mode: str
    size: int = 0
    """Of a group or lobby."""
    fills: bool = False
    """Whether bots take the seats that are left."""
    prizes: Callable[[list[int]], list[list[dict[str, Any]]]] = lambda scores: [[] for _ in scores]
    """What each of the players with a score above 0 wins, by rank on the whole board; None of them is a bot."""
    to_completers: bool = False
    """Whether they go to those who have completed an attempt, whatever the score."""
    wait_s: int | None = None
    """How long what is won there can be claimed."""

    def span_of(self, starts_at: datetime) -> tuple[datetime, datetime] | None:
        """The window that begins then."""
        spans = ((FIRST_MORNING + timedelta(seconds=a), FIRST_MORNING + timedelta(seconds=b)) for a, b in self.spans)
        return next((span for span in spans if span[0] == starts_at), None)

    def on_at(self, at: datetime) -> datetime | None:
        """When the window ends that this moment lies in."""
        past_s = (at - FIRST_MORNING).total_seconds()
        return next((FIRST_MORNING + timedelta(seconds=b) for a, b in self.spans if a <= past_s < b), None)


def coins(amount: Any) -> dict[str, Any]:
    """An entry of so many coins."""
    return {"type": "currency", "asset": COINS, "amount": amount}


def items(item: str, quantity: int) -> dict[str, Any]:
    """An entry of so many of an item."""
    return {"type": "item", "item": item, "quantity": quantity}


def chests(quantity: int) -> dict[str, Any]:
    """An entry of so many crates."""
    return {"type": "crate", "crate": CHEST, "quantity": quantity}


BEST: Final = [coins(50)]
ON_PODIUM: Final = [items(TROPHY, 1), chests(2)]
DUEL_PRIZE: Final = [coins(11), chests(1)]
POOL: Final = 100
TABLE: Final = [
    {"weight": 3, "entry": coins({"min": 5, "max": 15, "step": 5})},
    {"weight": 2, "entry": items(TROPHY, 1)},
    {"weight": 1, "entry": items(PASS, 2)},
]
ROLLS: Final = 2
PACE: Final = (30, 120)
"""Of bots, a minute."""
MINUTES: Final = tuple(-40.0 + 60 * n for n in range(10))
"""When each full minute begins."""


def _first(key: str) -> Callable[[Metrics], Fraction]:
    return lambda metrics: Fraction(metrics[key])


def _style(metrics: Metrics) -> Fraction:
    return 3 * Fraction(metrics["hurdles"]) - metrics["falls"] + Fraction(metrics["style"], 3)


def _by_rank(scores: list[int]) -> list[list[dict[str, Any]]]:
    return [BEST if rank == 0 else ON_PODIUM if rank == 1 else [] for rank, _ in enumerate(scores)]


def _shared(scores: list[int]) -> list[list[dict[str, Any]]]:
    """In proportion, rounded down; the best gets what is left. Only those above zero are counted."""
    total = sum(max(score, 0) for score in scores)
    parts = [POOL * max(score, 0) // total if total else 0 for score in scores]
    parts[0] += (POOL - sum(parts)) if total else 0
    return [[coins(part)] if part else [] for part in parts]


def _recurring(for_s: int) -> tuple[tuple[float, float], ...]:
    return tuple((start, start + for_s) for start in MINUTES)


LASTS_S: Final = {DASH: 57, STEEPLE: 51, TAG: 41}
"""Of the events that are on every minute."""
ONCE_S: Final = {RELAY: (-10.0, 23.0), DUEL: (0.0, 46.0)}

CONTESTS: Final = {
    DASH: Contest(
        {"metres": Metric(target=100)}, _recurring(LASTS_S[DASH]), _first("metres"), {COINS: 2, TICKET: 1},
        {"first": Milestone(20, (coins(3),)), "third": Milestone(60, (items(TROPHY, 1), chests(1)))},
        per_window=3, per_day=None, mode="global", prizes=_by_rank,
    ),
    RELAY: Contest(
        {"laps": Metric(cap=8)}, (ONCE_S[RELAY],), _first("laps"), {},
        {"warm": Milestone(3, (coins({"min": 1, "max": 5}),))},
        per_window=None, per_day=2, mode="grouped", size=2, prizes=lambda scores: [ON_PODIUM for _ in scores],
    ),
    STEEPLE: Contest(
        {"hurdles": Metric(target=9, cap=8), "falls": Metric(reset_on="hurdles"), "style": Metric(target=9)},
        _recurring(LASTS_S[STEEPLE]), _style, {COINS: 5}, {}, per_window=None, per_day=None, mode="global_segmented",
        prizes=_shared,
    ),
    DUEL: Contest(
        {"points": Metric(target=30)}, (ONCE_S[DUEL],), _first("points"), {TICKET: 1},
        {"ten": Milestone(10, (coins(2),))}, per_window=None, per_day=None, mode="lobby_matched", size=3, fills=True,
        prizes=lambda scores: [DUEL_PRIZE for _ in scores], to_completers=True, wait_s=8,
    ),
    TAG: Contest(
        {"tags": Metric()}, _recurring(LASTS_S[TAG]), _first("tags"), {}, {}, per_window=3, per_day=None,
        mode="lobby_matched", size=2, prizes=_by_rank,
    ),
}  # fmt: skip
BOARDS: Final = {"ladder": "best", "form": "latest", "career": "sum"}
"""The boards across events, each with what becomes of a score there."""
LEAGUES: Final = ("gold", "gold", "gold", "silver")


def definitions() -> list[list[PutDefinition]]:
    """What an operator must have configured before anybody plays: each list after the one before."""
    item = [PutDefinition(kind="item", key=key, spec={"name": key}) for key in (TICKET, PASS, TROPHY)]
    things = [PutDefinition(kind="asset", key=COINS, spec={"name": COINS}), *item]
    loot: dict[str, Any] = {"name": LOOT, "weighted_entries": TABLE, "rolls": ROLLS}
    table = PutDefinition(kind="reward_table", key=LOOT, spec=loot)
    boards = [
        PutDefinition(kind="board", key=key, spec={"name": key, "aggregation": how}) for key, how in BOARDS.items()
    ]
    chest = {"name": CHEST, "table": LOOT, "expires_after_seconds": CHEST_S}
    podium = {"name": PODIUM, "entries": ON_PODIUM, "expires_after_seconds": PODIUM_S}
    return [
        [*things, *boards],
        [table],
        [PutDefinition(kind="item", key=CHEST, spec=chest)],
        [PutDefinition(kind="bundle", key=PODIUM, spec=podium)],
        [PutDefinition(kind="event", key=key, spec=_spec(key)) for key in CONTESTS],
    ]


def _spec(key: str) -> dict[str, Any]:
    contest = CONTESTS[key]
    spec: dict[str, Any] = {
        "name": key,
        "metrics": [_metric(name, one) for name, one in contest.metrics.items()],
        "windows": _windows(key),
        "max_attempts_per_window": contest.per_window,
        "max_attempts_per_day": contest.per_day,
        "entry_cost": _cost(contest.costs),
        "milestones": [_milestone(key, name) for name in contest.milestones],
        "grants_expire_after_seconds": contest.wait_s,
    }
    return {**spec, **_ways(key)}


def _metric(name: str, metric: Metric) -> dict[str, Any]:
    told = {"target": metric.target, "cap": metric.cap, "reset_on": metric.reset_on}
    return {"key": name, **{field: value for field, value in told.items() if value is not None}}


def _windows(key: str) -> dict[str, Any]:
    if key in LASTS_S:
        return {"mode": "recurring", "cron": "* * * * *", "duration_seconds": LASTS_S[key]}
    starts_at, ends_at = ((FIRST_MORNING + timedelta(seconds=one)).isoformat() for one in ONCE_S[key])
    return {"mode": "fixed", "starts_at": starts_at, "ends_at": ends_at}


def _cost(costs: Mapping[str, int]) -> dict[str, Any] | None:
    if not costs:
        return None
    currencies = [{"key": key, "amount": amount} for key, amount in costs.items() if key == COINS]
    pieces = [{"key": key, "quantity": amount} for key, amount in costs.items() if key != COINS]
    return {"currencies": currencies, "items": pieces}


def _milestone(key: str, name: str) -> dict[str, Any]:
    milestone, metric = CONTESTS[key].milestones[name], next(iter(CONTESTS[key].metrics))
    return {"key": name, "metric": metric, "threshold": milestone.threshold, "entries": list(milestone.entries)}


def _ways(key: str) -> dict[str, Any]:
    """Whom it lets in, how it puts them together, and what it pays."""
    bots = {"per_minute": {"min": PACE[0], "max": PACE[1]}, "names": ["Ann", "Bo"]}
    tiers = [{"from_rank": 1, "to_rank": 1, "bundle": BEST}, {"from_rank": 2, "to_rank": 2, "bundle": PODIUM}]
    match key:
        case "dash":
            return {"reward_policy": {"type": "rank_scaled", "tiers": tiers}}
        case "relay":
            asked = {"any": [{"inventory": PASS, "at_least": 1}, {"wallet": COINS, "at_least": RICH}]}
            board = {"mode": "grouped", "size": CONTESTS[key].size}
            pays: dict[str, Any] = {"type": "fixed_bundle", "bundle": PODIUM}
            return {"entry_requirement": asked, "leaderboard": board, "reward_policy": pays}
        case "steeple":
            pool: dict[str, Any] = {"type": "shared_pool", "pool": POOL, "currency": COINS}
            board = {"mode": "global_segmented", "segment_by": "league"}
            return {"formula": "hurdles * 3 - falls + style / 3", "leaderboard": board, "reward_policy": pool}
        case "duel":
            pays = {"type": "fixed_bundle", "bundle": DUEL_PRIZE}
            return {"leaderboard": _lobby(key, 4, "fill_with_bots"), "bots": bots, "reward_policy": pays}
        case _:
            pays = {"type": "rank_scaled", "tiers": tiers}
            return {"leaderboard": _lobby(key, 3, "start_short"), "bots": bots, "reward_policy": pays}


def _lobby(key: str, timeout_s: int, strategy: str) -> dict[str, Any]:
    capacity = CONTESTS[key].size
    return {
        "mode": "lobby_matched", "capacity": capacity, "fill_timeout_seconds": timeout_s, "strategy": strategy,
    }  # fmt: skip


def after(contest: Contest, raw: Metrics, mode: str, given: Metrics) -> dict[str, int]:
    """What was reported, after more was."""
    told = {key: (given.get(key, was) if mode == "set" else was + given.get(key, 0)) for key, was in raw.items()}
    for key, metric in contest.metrics.items():
        if metric.reset_on is not None and told[metric.reset_on] > raw[metric.reset_on]:
            told[key] = 0
    return told


def capped(contest: Contest, raw: Metrics) -> dict[str, int]:
    """What counts of it."""
    caps = {key: metric.cap * MICRO for key, metric in contest.metrics.items() if metric.cap is not None}
    return {key: min(value, caps.get(key, value)) for key, value in raw.items()}


def score_of(contest: Contest, raw: Metrics) -> int:
    """What it is worth, in millionths."""
    return round(contest.score(capped(contest, raw)))


def is_completed(contest: Contest, raw: Metrics) -> bool:
    """Whether all targets are reached."""
    targets = {key: metric.target * MICRO for key, metric in contest.metrics.items() if metric.target is not None}
    return bool(targets) and all(raw[key] >= target for key, target in targets.items())
