"""The activities of the town: quizzes, wheels, a poll and a form, what they bring, and who takes part in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from random import Random
from typing import Any, Final, NamedTuple

import orjson

from shared.eventlog.rows import OutboxRow
from shared.ids import ActivityId, EngagementId, MessageId, PlayerId
from shared.messages.activity import CommitActivitySeed, CompleteActivity, ValidateActivity
from shared.messages.activity_due import GoOnCompleting
from shared.messages.base import Command
from shared.messages.definition import PutDefinition
from tests.simulation.clients import Wanted
from tests.simulation.games import PLAYERS

FETE: Final = EngagementId("0fe7e000-0000-4000-8000-000000000001")
POINTS: Final = "points"
PEARLS: Final = "pearls"


class Reward(NamedTuple):
    """What can be claimed."""

    shared: str | None = None
    listed: tuple[str, ...] = ()
    generated: int | None = None
    instead: int | None = None
    """The points that are given where the pool is empty."""

    @property
    def size(self) -> int | None:
        """How many codes there are; None where there is no pool."""
        return len(self.listed) if self.listed else self.generated


REWARDS: Final = {
    "voucher": Reward(shared="SAVE20"),
    "mug": Reward(),
    "plenty": Reward(generated=1, instead=3),
    "few": Reward(generated=9, instead=2),
    "scarce": Reward(listed=("RED",)),
}


class Brings(NamedTuple):
    """One thing that completing an activity brings."""

    what: str
    """`points`, `pearls`, `badge`, or the key of a reward."""
    amount: int = 0
    on: str = "passed"


class Activity(NamedTuple):
    """What a player must be able to rely on in one activity."""

    type: str
    actions: tuple[Brings, ...]
    segments: tuple[tuple[int, Brings | None], ...] = ()
    """Weight and prize of each."""
    most: int | None = None
    daily: bool = False
    cooldown: timedelta = timedelta(0)


ACTIVITIES: Final = {
    "trivia": Activity("quiz", (Brings(POINTS, 5), Brings("plenty"), Brings("badge", on="any"))),
    "riddle": Activity("quiz", (Brings("few"), Brings("scarce"), Brings(POINTS, 4, "any"), Brings(PEARLS, 2))),
    "sprint": Activity("quiz", (Brings(POINTS, 3), Brings("voucher")), cooldown=timedelta(seconds=3)),
    "roulette": Activity(
        "spin_wheel",
        (Brings(POINTS, 1, "any"),),
        ((1, None), (2, Brings(POINTS, 6)), (4, Brings("scarce")), (1, Brings("voucher")), (1, Brings(PEARLS, 1))),
        most=5,
    ),
    "carousel": Activity("spin_wheel", (), ((1, None), (1, Brings(POINTS, 2)), (2, Brings("scarce"))), 2, daily=True),
    "vote": Activity("poll", (Brings(POINTS, 2), Brings("mug")), most=1, cooldown=timedelta(hours=1)),
    "letter": Activity("form", (Brings("mug"), Brings("plenty"), Brings(PEARLS, 1)), most=3),
}
QUESTIONS: Final = {"q1": (3, 0), "q2": (2, 1), "q3": (4, 3)}
"""How many options each has, and which is right; every quiz has the same, and half of them pass."""
PASS_AT: Final = 50
CANDIDATES: Final = ("red", "green", "blue")
FAVOURITES: Final = ("trivia", "trivia", "riddle", "riddle", "riddle", "roulette", "roulette")
FANS: Final = (PLAYERS[0],) * 4 + (PLAYERS[1],)
"""Who take part more often than others."""
FOR_GOOD: Final = frozenset({"reward_exhausted", "not_eligible", "attempt_closed", "player_blocked"})

Wish = Callable[..., Wanted]


def definitions() -> list[PutDefinition]:
    """What an operator must have configured before anybody takes part."""
    fete = {"name": "fete", "points_asset": POINTS}
    return [
        *(PutDefinition(kind="asset", key=key, spec={"name": key}) for key in (POINTS, PEARLS)),
        PutDefinition(kind="engagement", key=FETE, spec=fete),
        *(PutDefinition(kind="reward", key=key, spec=_reward(key)) for key in REWARDS),
        *(PutDefinition(kind="activity", key=key, spec=_activity(key)) for key in ACTIVITIES),
    ]


def _reward(key: str) -> dict[str, Any]:
    shared, listed, generated, instead = REWARDS[key]
    codes = {"code": shared, "codes": list(listed), "generated": generated}
    fallback = {"type": "award_points", "points": instead} if instead else None
    given = {name: value for name, value in {**codes, "fallback": fallback}.items() if value}
    return {"title": f"the {key}", "type": "coupon", "display_type": "coupon", **given}


def _activity(key: str) -> dict[str, Any]:
    one = ACTIVITIES[key]
    asked = [{"id": id_, "options": options, "right": right} for id_, (options, right) in QUESTIONS.items()]
    parts: Mapping[str, dict[str, Any]] = {
        "quiz": {"questions": asked, "pass_at": PASS_AT},
        "spin_wheel": {"segments": [segment(key, place) for place in range(len(one.segments))]},
        "poll": {"options": list(CANDIDATES)},
        "form": {"fields": [{"name": "wish", "required": True}, {"name": "age", "type": "number"}]},
    }
    limits = {"max_attempts": one.most, "attempts_per": "day" if one.daily else "total"}
    said = {"engagement": FETE, "type": one.type, "name": key, **limits, **parts[one.type]}
    actions = [{**_action(brings), "on": brings.on} for brings in one.actions]
    return {**said, "cooldown_seconds": int(one.cooldown.total_seconds()), "actions": actions}


def segment(key: str, place: int) -> dict[str, Any]:
    """One slice of a wheel, as it is configured."""
    weight, prize = ACTIVITIES[key].segments[place]
    kind = "none" if prize is None else prize.what
    return {"label": f"slice {place}", "prize_type": kind, "weight": weight, "action": prize and _action(prize)}


def _action(brings: Brings) -> dict[str, Any]:
    match brings.what:
        case "points":
            return {"type": "award_points", "points": brings.amount}
        case "pearls":
            return {"type": "award_grant", "asset": PEARLS, "amount": brings.amount}
        case "badge":
            return {"type": "award_badge", "badge": "brave", "name": "Brave"}
        case reward:
            return {"type": "award_reward", "reward": reward}


class Activities:
    """Draws wishes of people who take part."""

    def __init__(self, chance: Random, wish: Wish) -> None:
        self._chance, self._wish = chance, wish
        self._validated: list[Wanted] = []
        self.kinds: tuple[Callable[[], Wanted], ...] = (
            *(self.complete,) * 7, *(self.validate,) * 4, *(self.complete_validated,) * 4, self.promise, self.hopeless,
        )  # fmt: skip

    def at_once(self) -> list[Wanted]:
        """Somebody takes part in an activity several times at the same moment, or shows one attempt several times."""
        times = self._chance.randint(2, 4)
        open_ = self._open()
        if open_ and self._chance.random() < 0.4:
            wish = self._chance.choice(open_)
            return [self._completing_validated(wish) for _ in range(times)]
        player, activity = self._player(), self._activity()
        ways = (self.complete, self.complete, self.validate)
        return [self._chance.choice(ways)(player, activity) for _ in range(times)]

    def complete(self, player: PlayerId | None = None, activity: str | None = None) -> Wanted:
        """Somebody takes part, whatever they have begun before."""
        who, name = player or self._player(), activity or self._activity()
        return self._completing(CompleteActivity(**self._part(who, name), payload=self._payload(name)))

    def complete_validated(self) -> Wanted:
        """Somebody completes what they have validated, mostly not for the first time."""
        open_ = self._open()
        return self._completing_validated(self._chance.choice(open_)) if open_ else self.validate()

    def _open(self) -> list[Wanted]:
        """The last attempts that somebody knows of."""
        return [wish for wish in self._validated if wish.done is not None][-8:]

    def _completing_validated(self, wish: Wanted) -> Wanted:
        assert isinstance(wish.command, ValidateActivity)
        assert wish.done is not None
        attempt = MessageId(orjson.loads(wish.done.body)["attempt_id"])
        return self._completing(
            CompleteActivity(**self._part(wish.command.player, wish.command.activity), attempt_id=attempt)
        )

    def _completing(self, command: CompleteActivity) -> Wanted:
        wish = self._wish("engines", command.player, command)
        wish.ends_with = FOR_GOOD
        return wish

    def validate(self, player: PlayerId | None = None, activity: str | None = None) -> Wanted:
        """Somebody wants to know what they have got, or believes to know."""
        who, name = player or self._player(), activity or self._activity()
        wish = self._wish("engines", who, ValidateActivity(**self._part(who, name), payload=self._payload(name)))
        wish.ends_with = FOR_GOOD
        self._validated.append(wish)
        return wish

    def promise(self) -> Wanted:
        """Somebody wants to see what their next spin is bound to."""
        who, wheel = self._player(), ActivityId(self._chance.choice(("roulette", "carousel")))
        return self._wish("engines", who, CommitActivitySeed(player=who, activity=wheel))

    def hopeless(self) -> Wanted:
        """What nobody will ever grant: a stranger, a payload against the rules, somebody else's attempt."""
        who = self._player()
        riddle, trivia = self._part(who, "riddle"), self._part(who, "trivia")
        wrong = {"answers": [{"question_id": "q9", "selected_option": 0}], "score": 100, "passed": True}
        command = self._chance.choice(
            (
                CompleteActivity(**self._part(PlayerId("nobody"), "trivia"), payload=self._payload("trivia")),
                CompleteActivity(**riddle, payload=wrong),
                CompleteActivity(**{**trivia, "activity_type": "poll"}, payload={"selected_option": "red"}),
                CompleteActivity(**trivia, attempt_id=MessageId("somebody-elses")),
                CompleteActivity(**{**trivia, "activity": "nothing"}, payload=self._payload("trivia")),
                ValidateActivity(**riddle, payload=wrong),
            )
        )
        wish = self._wish("engines", command.player, command)
        wish.stubborn, wish.hopeless = False, True
        return wish

    def _part(self, player: PlayerId, activity: str) -> dict[str, Any]:
        return {"player": player, "activity": activity, "engagement": FETE, "activity_type": ACTIVITIES[activity].type}

    def _payload(self, activity: str) -> dict[str, Any]:
        match ACTIVITIES[activity].type:
            case "quiz":
                claims = self._chance.choice(({}, {"score": 3, "passed": True}, {"score": 0}))
                return {"answers": [*self._answers()], **claims}
            case "spin_wheel":
                return self._chance.choice(({}, {"spin_result_index": self._chance.randrange(4)}))
            case "poll":
                return {"selected_option": self._chance.choice(CANDIDATES)}
            case _:
                return {"responses": {"wish": "peace", "age": self._chance.randint(1, 99)}}

    def _answers(self) -> list[dict[str, Any]]:
        given = []
        for id_, (options, right) in QUESTIONS.items():
            luck = self._chance.random()
            if luck < 0.8:
                selected = right if luck < 0.55 else self._chance.randrange(options)
                given.append({"question_id": id_, "selected_option": selected})
        return given

    def _player(self) -> PlayerId:
        return PlayerId(self._chance.choice((*PLAYERS, *FANS)))

    def _activity(self) -> str:
        return self._chance.choice((*ACTIVITIES, *FAVOURITES))


def part_of(command: Command) -> tuple[str, str] | None:
    """Whose part in what this is about, if it is about one."""
    return (command.player, command.activity) if isinstance(command, CompleteActivity | ValidateActivity) else None


def under_way(stuck: Iterable[OutboxRow]) -> Iterator[tuple[str, str]]:
    """The parts in activities in which a completion waits for a Send that is left to people."""
    for row in stuck:
        if row.then_type == GoOnCompleting.wire:
            work = orjson.loads(row.then_data or b"")
            yield work["player"], work["activity"]


def another_part(command: Command) -> Command | None:
    """Another body of the same kind."""
    match command:
        case CompleteActivity() | ValidateActivity():
            return command.model_copy(update={"activity": "other"})
        case _:
            return None
