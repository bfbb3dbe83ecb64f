"""A message that could not be handled: its name, where it came from, and whether it may safely be sent again."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.bus.port import Headers
from shared.cli.town import service_named
from shared.messages.envelope import REPLY_TYPE, TYPE_HEADER, Idempotency, ReplyTo
from shared.messages.wager import WAGERS
from shared.settings import WrongSettings
from shared.worker.dead import TIMERS
from shared.worker.items import FOREIGN, SEND_SCOPE

_UNREADABLE: Final = (
    "nobody can tell whether it was done before, since its envelope cannot be read; retry it by its name, or give it up"
)
_STREAMED: Final = "it would die again unless its reason has passed; retry it by its name if it has, else give it up"
_FOREIGN: Final = "it would die again in the same partition; give it up, and wish it anew where it belongs"
_KEYLESS: Final = (
    "its caller gave no idempotency key, was told internal_error and may have wished again; retry it by its name if "
    "not, else give it up"
)


class LetterId(NamedTuple):
    """The name of a dead letter: its number in its partition, which no other letter ever has."""

    service: str
    part: int
    number: int

    def __str__(self) -> str:
        return f"{self.service}/{self.part}/{self.number}"


class Addressing(BaseModel):
    """What an envelope says of itself, also where the wish in it is what nobody can read."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    id: str
    idempotency: Idempotency
    reply_to: ReplyTo | None = None


class Letter(NamedTuple):
    """A message as it came, and why it could not be handled."""

    id: LetterId
    topic: str
    offset: int
    key: bytes | None
    value: bytes
    headers: Headers
    reason: str
    at: datetime
    status: str

    @property
    def timer(self) -> str | None:
        """The timer's id, if this was one."""
        return self.topic.removeprefix(f"{TIMERS}/") if self.topic.startswith(f"{TIMERS}/") else None

    @property
    def type(self) -> str:
        """What kind of message it is, by its header."""
        return next((value.decode("utf-8", "replace") for name, value in self.headers if name == TYPE_HEADER), "?")

    @property
    def place(self) -> str:
        """Where it came from."""
        return f"{self.topic}@{self.offset}" if self.timer is None else f"timer {self.timer}"

    @property
    def addressing(self) -> Addressing | None:
        """Whose wish it is, if it is one and says so legibly."""
        if self.timer is not None:
            return None
        try:
            return Addressing.model_validate_json(self.value)
        except ValidationError:
            return None

    @property
    def doubt(self) -> str | None:
        """Why it should rather not be sent again; None if it has a key that tells a repeat, and might be done now."""
        if self.timer is not None or self.type == REPLY_TYPE:
            return None
        if self.topic.startswith(WAGERS):
            return _STREAMED
        if FOREIGN in self.reason:
            return _FOREIGN
        wish = self.addressing
        if wish is None:
            return _UNREADABLE
        keyless = wish.idempotency.scope != SEND_SCOPE and wish.idempotency.key == wish.id
        return _KEYLESS if keyless else None


def letter_id(text: str) -> LetterId:
    """Read what `list` prints. Raises WrongSettings."""
    try:
        service, part, number = text.split("/")
        return LetterId(service_named(service).name, int(part), int(number))
    except ValueError:
        raise WrongSettings(f"{text!r} names no dead letter; they look like ledger/3/17") from None
