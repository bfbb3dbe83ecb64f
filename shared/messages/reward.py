"""Everything that can be said about a reward: what it is, and which of its codes are given to whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator

from shared.ids import MessageId, PlayerId, RewardId
from shared.messages.action import AwardPoints, Substitute, named_by
from shared.messages.base import Command, Event, Reference, Reply, Spec
from shared.streams import Stream, key_of

MOST_CODES: Final = 1_000
"""That an operator can list; more are generated."""
MOST_GENERATED: Final = 10_000_000
LONGEST_CODE: Final = 40

RewardType = Literal["coupon", "voucher", "physical", "digital", "points_multiplier"]
DisplayType = Literal["coupon", "gift_card", "simple"]
Code = Annotated[str, Field(max_length=LONGEST_CODE, pattern=r"^[!#-\[\]-~]+$")]
"""Anything printable but spaces, quotes and backslashes, which would be written with two characters each."""
Number = Annotated[int, Field(ge=0, le=MOST_GENERATED)]
"""A code's place in its pool, from 0."""


class RewardSpec(Spec, kind="reward"):
    """A reward. Everybody gets one shared `code`, or each their own of the listed or generated ones, or none."""

    lasting = ("codes",)

    title: str = Field(min_length=1, max_length=128)
    type: RewardType
    display_type: DisplayType = "simple"
    code: Code | None = None
    """Shared by all."""
    codes: tuple[Code, ...] = Field(default=(), max_length=MOST_CODES)
    """A pool of these, each given to one player, in this order."""
    generated: Number | None = None
    """A pool of so many codes that nobody can guess; more may be added later."""
    valid_days: int | None = Field(default=None, ge=1, le=3_650)
    """How long it can be used after it was given; None is for ever."""
    fallback: Substitute | None = None
    """What is done instead when the pool is empty; without it nothing at all is done."""

    @model_validator(mode="after")
    def _one_kind_of_codes(self) -> RewardSpec:
        if (self.code is not None) + bool(self.codes) + (self.generated is not None) > 1:
            raise ValueError("give a shared `code`, a list of `codes` or a number `generated`, not several of them")
        if len(set(self.codes)) < len(self.codes):
            raise ValueError("a code is listed twice")
        return self

    @property
    def pool(self) -> int | None:
        """How many codes its pool has; None if it has no pool."""
        return len(self.codes) if self.codes else self.generated

    def references(self) -> Iterator[Reference]:
        return named_by(self.fallback, "fallback")


class TakeCode(Command, wire="reward.take"):
    """A code of the pool is to be this player's. Refused with `reward_exhausted` if none is left."""

    reward: RewardId
    definition_version: int = Field(ge=1)
    """Of the reward, in case it has been removed since."""
    player: PlayerId
    attempt_id: MessageId


class GiveBackCode(Command, wire="reward.give_back"):
    """A code that was taken was not given to anybody after all."""

    reward: RewardId
    number: Number


class RewardEvent(Event):
    """A fact about one reward's pool."""

    reward: RewardId
    number: Number

    @property
    def stream(self) -> Stream[Any]:
        return Stream("reward", key_of(self.reward))


class CodeTaken(RewardEvent, wire="reward.taken"):
    """The code with this number is this player's."""

    player: PlayerId
    attempt_id: MessageId


class CodeReturned(RewardEvent, wire="reward.returned"):
    """The code with this number is nobody's again."""


class CodeAnswer(Reply):
    """The code that was taken."""

    number: int
    code: str


class CodeReturnedAnswer(Reply):
    """It is back in the pool."""

    number: int


RewardCommand = TakeCode | GiveBackCode
PoolEvent = CodeTaken | CodeReturned

_attempt = MessageId("0192f0c1-0000-7000-8000-000000000003")
_code: dict[str, Any] = {"reward": "rwd_pool", "number": 41}

SAMPLES = (
    RewardSpec(title="20% Off Your Next Order", type="coupon", display_type="coupon", code="SAVE20"),
    RewardSpec(title="Gift card", type="voucher", generated=100_000, fallback=AwardPoints(points=10)),
    TakeCode(reward=RewardId("rwd_pool"), definition_version=1, player=PlayerId("rocket"), attempt_id=_attempt),
    GiveBackCode(**_code),
    CodeTaken(**_code, player=PlayerId("rocket"), attempt_id=_attempt),
    CodeReturned(**_code),
    CodeAnswer(number=41, code="K7Q2MXNB4TZA"),
    CodeReturnedAnswer(number=41),
)
