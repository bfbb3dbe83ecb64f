"""A gateway remembers where session tokens lead, since that never changes, but never that one leads nowhere."""

from __future__ import annotations

from services.gateway.seats import Seats
from shared.ids import MessageId, TenantId
from shared.messages import session
from shared.readmodels.rgs import TokenRow

SEAT = session.SAMPLES[0].seat


def row(number: int) -> TokenRow:
    return TokenRow(TenantId("starlight"), SEAT, MessageId("session"), number, "dice", "internal")


class Shelf:
    """The tokens' table, by heart."""

    def __init__(self) -> None:
        self.rows: dict[str, TokenRow] = {}
        self.asked = 0

    async def token(self, token_hash: str) -> TokenRow | None:
        self.asked += 1
        return self.rows.get(token_hash)


async def test_a_token_is_looked_up_until_it_is_known_and_then_no_more() -> None:
    shelf = Shelf()
    seats = Seats(shelf)  # type: ignore[arg-type]
    assert [await seats.find("a") for _ in range(2)] == [None, None]
    shelf.rows["a"] = row(0)
    assert [await seats.find("a") for _ in range(3)] == [row(0)] * 3
    assert shelf.asked == 3


async def test_who_was_asked_for_longest_ago_is_forgotten_first() -> None:
    shelf = Shelf()
    shelf.rows = {name: row(place) for place, name in enumerate("abc")}
    seats = Seats(shelf, most=2)  # type: ignore[arg-type]
    for name in "abacab":
        await seats.find(name)
    assert shelf.asked == 4, "b made room for c"
