"""Who is told what, once: the first answer under a key stands, and everyone who asks again hears the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import orjson

from shared.bus.port import Outgoing
from shared.eventlog.rows import DONE, PENDING, REFUSED, Commit, ReplyRow
from shared.messages.base import Reply
from shared.shapes import Refused, Wish
from shared.worker.items import SEND_SCOPE, Address, Ask
from shared.worker.tell import answer_to

MOST_WAITING: Final = 256
"""How many may wait for one pending answer."""

Key = tuple[int, str, str]


class Answers:
    """The replies that a batch reads and writes.

    A method either raises or does all of its work, so that what raises can be blamed on the message alone.
    A door's key is freed by a refusal. A Send's first answer, done or refused, is kept and repeated for ever.
    """

    def __init__(self, stored: Mapping[Key, ReplyRow]) -> None:
        self._stored = stored
        self._changed: dict[Key, ReplyRow | None] = {}
        self.messages: list[Outgoing] = []

    def repeat(self, ask: Ask) -> bool:
        """Whether this wish was made before; then it is answered, or joins those who wait."""
        row = self._row((ask.part, *ask.wish))
        if row is None:
            return False
        if row.fingerprint != ask.fingerprint:
            self.refuse(ask, Refused("idempotency_conflict"))
        elif row.status == PENDING:
            self._join(row, ask)
        elif ask.address is not None:
            self.messages.append(_message(ask.address, row, repeated=True))
        return True

    def knows(self, ask: Ask) -> bool:
        """Whether this wish was made before."""
        return ask.own and self._row((ask.part, *ask.wish)) is not None

    def settle(self, ask: Ask, answer: Reply | Refused, now: datetime) -> None:
        """The answer to a wish of its own, at once."""
        row = self._final(ask.part, ask.wish, ask.fingerprint, answer, now)
        messages = [] if ask.address is None else [_message(ask.address, row, repeated=False)]
        if row.status == DONE or ask.wish.scope == SEND_SCOPE:
            self._changed[ask.part, *ask.wish] = row
        self.messages += messages

    def refuse(self, ask: Ask, refused: Refused) -> None:
        """Tell a refusal that is not remembered."""
        if ask.address is not None:
            told = answer_to(ask.address, code=refused.code, details=refused.details, body=None, repeated=False)
            self.messages.append(told)

    def wait(self, ask: Ask, now: datetime) -> None:
        """The answer will come with a later decision; remember who waits."""
        waiting = orjson.dumps([list(ask.address)] if ask.address else [])
        row = ReplyRow(ask.part, *ask.wish, ask.fingerprint, PENDING, waiting, None, now)
        self._changed[ask.part, *ask.wish] = row

    def finish(self, part: int, wish: Wish, answer: Reply | Refused, now: datetime) -> None:
        """A pending wish has its answer: all who wait are told."""
        pending = self._row((part, *wish))
        if pending is None or pending.status != PENDING:
            return  # already answered; nobody waits
        row = self._final(part, wish, pending.fingerprint, answer, now)
        waiting = [Address(*address) for address in orjson.loads(pending.pending or b"[]")]
        messages = [_message(address, row, repeated=n > 0) for n, address in enumerate(waiting)]
        freed = row.status == REFUSED and wish.scope != SEND_SCOPE
        self._changed[part, *wish] = None if freed else row
        self.messages += messages

    def write(self, commit: Commit) -> None:
        """Add what changed, one final operation a key."""
        for key, row in self._changed.items():
            if row is not None:
                commit.replies.append(row)
            elif key in self._stored:
                commit.freed.append(key)

    def _row(self, key: Key) -> ReplyRow | None:
        return self._changed[key] if key in self._changed else self._stored.get(key)

    def _join(self, row: ReplyRow, ask: Ask) -> None:
        if ask.address is None:
            return
        waiting = orjson.loads(row.pending or b"[]")
        if any(Address(*known)[:4] == ask.address[:4] for known in waiting):
            return
        if len(waiting) >= MOST_WAITING:
            self.refuse(ask, Refused("too_many_waiting", {"limit": MOST_WAITING}))
            return
        waiting.append(list(ask.address._replace(repeated=True)))
        self._changed[row.part, row.scope, row.key] = row._replace(pending=orjson.dumps(waiting))

    def _final(self, part: int, wish: Wish, fingerprint: str, answer: Reply | Refused, now: datetime) -> ReplyRow:
        if isinstance(answer, Refused):
            body = orjson.dumps({"code": answer.code, "details": dict(answer.details)})
            return ReplyRow(part, *wish, fingerprint, REFUSED, None, body, now)
        return ReplyRow(part, *wish, fingerprint, DONE, None, answer.model_dump_json().encode(), now)


def _message(address: Address, row: ReplyRow, *, repeated: bool) -> Outgoing:
    if row.status == DONE:
        return answer_to(address, code=None, details=None, body=row.body, repeated=repeated)
    refusal = orjson.loads(row.body or b"{}")
    return answer_to(address, code=refusal["code"], details=refusal["details"], body=None, repeated=repeated)
