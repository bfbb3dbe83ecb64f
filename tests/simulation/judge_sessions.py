"""Every session, followed fact by fact: one at a seat, open while it is used, with one token that counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.eventlog.rows import EventRow
from shared.messages.round import BeginRound, MoveRound
from shared.messages.session import (
    DemoBalanceMoved,
    RefreshSession,
    Session,
    SessionLaunched,
    SessionRefreshed,
    SessionTouched,
)
from tests.simulation.clients import Wanted
from tests.simulation.tables import DEMO_BALANCE, IDLE, TOUCH
from tests.simulation.told_games import expect


@dataclass
class Sitting:
    """One seat: its last session, and what a demo has left."""

    session: Session | None = None
    demo: int = 0
    stood: list[tuple[int, Session]] = field(default_factory=list)
    """Every session as it stood, with the position of the fact that said so."""
    demos: set[int] = field(default_factory=set)
    """Every demo balance there ever was."""
    moved: tuple[str, int, int] | None = None
    """The command that moved the demo's balance last, and what it was before and after."""

    def take(self, row: EventRow, event: Any, wishes: Mapping[str, Wanted]) -> None:
        """This happened next. Raises Violation if it should not have."""
        match event:
            case SessionLaunched():
                self._open(row, event)
            case SessionTouched() | SessionRefreshed():
                self._use(row, event, wishes)
            case DemoBalanceMoved():
                self.moved = (row.command_id, self.demo, event.balance)
                self.demo = event.balance
                self.demos.add(event.balance)
                expect(event.balance >= 0, f"{event} is less than nothing")
                return
            case _:
                return
        session = event.session
        expect(session.used_at == row.at, f"{event} of {row.at} was used at another time")
        expect(session.expires_at - row.at == IDLE, f"{event} of {row.at} is not open for {IDLE}")
        self.session = session
        self.stood.append((row.pos, session))

    def _open(self, row: EventRow, event: SessionLaunched) -> None:
        was, now = self.session, event.session
        still = was is not None and row.at < was.expires_at and (was.wallet == "demo") == (now.wallet == "demo")
        expect(not still, f"{event} although {was} is open")
        known = {session.session_id for _, session in self.stood}
        expect(now.session_id not in known and now.number == 0, f"{event} is not new: {known}")
        expect(event.demo_balance == (DEMO_BALANCE if now.wallet == "demo" else None), f"{event} begins with what?")
        self.demo = event.demo_balance or 0
        self.demos.add(self.demo)

    def _use(self, row: EventRow, event: SessionTouched | SessionRefreshed, wishes: Mapping[str, Wanted]) -> None:
        was, now = self.session, event.session
        expect(was is not None and was.session_id == now.session_id, f"{event} of another session than {was}")
        assert was is not None
        expect(row.at < was.expires_at, f"{event} at {row.at}, but {was} had been left alone")
        if isinstance(event, SessionTouched):
            expect(row.at - was.used_at >= TOUCH, f"{event} was not worth a fact after {was}")
            expect((now.number, now.token_hash) == (was.number, was.token_hash), f"{event} has another token: {was}")
            return
        command = wishes[row.command_id].command
        assert isinstance(command, RefreshSession)
        shown = (command.session_id, command.number) == (was.session_id, was.number)
        expect(shown and now.number == was.number + 1, f"{event} for {command}, after {was}")
        expect(now.token_hash == command.token_hash, f"{event} has another token than {command}")

    def plays(self, row: EventRow, command: BeginRound | MoveRound) -> None:
        """Somebody plays in this session now, with this token. Raises Violation if that does not count."""
        now = self.session
        right = now is not None and (now.session_id, now.number) == (command.session_id, command.number)
        expect(right and row.at < now.expires_at, f"{command} at {row.at}, but {now}")  # type: ignore[union-attr]

    def spent(self, row: EventRow, cost: int, payout: int) -> None:
        """A demo's balance has moved with this, or has not, since that comes to nothing. Raises Violation."""
        moved = self.moved is not None and self.moved[0] == row.command_id
        if cost == payout and not moved:
            return
        expect(moved, f"{row} cost {cost} and paid {payout}, and moved nothing")
        assert self.moved is not None
        _, before, after = self.moved
        right = moved and before >= cost and after == before - cost + payout
        expect(right, f"{row} cost {cost} and paid {payout}, the demo's balance went from {before} to {after}")

    def since(self, pos: int) -> list[Session]:
        """The sessions as they stood then, and since."""
        before = [session for at, session in self.stood if at <= pos]
        return [*before[-1:], *(session for at, session in self.stood if at > pos)]
