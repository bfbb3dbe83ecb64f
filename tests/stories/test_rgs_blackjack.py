"""Whoever doubles, splits or insures at blackjack stakes more for it, and every cent of it is told and adds up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from tests.stories.casino import Casino, Client, casino_over

pytestmark = pytest.mark.postgres

STAKE: Final = 10
"""In cents."""
COSTS: Final = {"double": STAKE, "split": STAKE, "insurance": STAKE // 2}
"""The moves that cost something."""
MOST_ROUNDS: Final = 400
"""Nobody waits longer for an ace of the dealer's, or a pair; the chance of it is below one in a billion."""


@pytest.fixture
async def casino(tables: str) -> AsyncIterator[Casino]:
    async with casino_over(tables) as found:
        yield found


def cents(text: str) -> int:
    """Of decimal text with two decimals."""
    return int(text.replace(".", ""))


async def played_once(casino: Casino, client: Client, wanted: set[str]) -> list[str]:
    """One round, in which whatever is wanted is done as soon as it is offered; what was done that costs something.

    After every step the player's wallet holds what it held before, less what was staked, and more by what was won.
    """
    held, staked, done = await casino.town.balance("USD"), STAKE, list[str]()
    told = await client.played({"start": {"amount": "0.10"}})
    round_id, message = told["roundId"], told["message"]
    while message["state"]["active"]:
        assert await casino.town.balance("USD") == cents(message["metadata"]["balance"]) == held - staked
        assert cents(message["state"]["totalWagered"]) == staked
        offered = message["state"]["nextActions"]
        action = next((one for one in offered if one in wanted.difference(done)), None)
        action = action or ("stand" if "stand" in offered else "noInsurance")
        done += [action] if action in COSTS else []
        staked += COSTS.get(action, 0)
        message = (await client.played({"next": {"action": action, "roundId": round_id}}))["message"]
    settled = (message.get("next") or message["start"])["settlement"]
    won = cents(settled["payout"])
    assert cents(settled["totalWagered"]) == cents(message["state"]["totalWagered"]) == staked
    assert await casino.town.balance("USD") == cents(message["metadata"]["balance"]) == held - staked + won
    await is_told_again(client, round_id, settled, message["state"])
    return done


async def is_told_again(client: Client, round_id: str, settled: dict[str, Any], state: dict[str, Any]) -> None:
    """In the history and by itself a round is told as it was when it ended."""
    (row,) = (await client.shown("/game/history", limit=1))["rounds"]
    assert row["id"] == round_id
    assert (row["wager"], row["payout"], row["multiplier"]) == (
        settled["totalWagered"], settled["payout"], settled["multiplier"],
    )  # fmt: skip
    shown = await client.shown(f"/game/round/{round_id}")
    assert (shown["state"], shown["round"]["result"]["payout"]) == (state, settled["payout"])


async def test_a_double_a_split_and_insurance_are_staked_played_and_told_to_the_cent(casino: Casino) -> None:
    client = await casino.house.let_in("blackjack-leo")
    wanted = set(COSTS)
    for _ in range(MOST_ROUNDS):
        wanted.difference_update(await played_once(casino, client, wanted))
        if not wanted:
            return
    raise AssertionError(f"never offered: {sorted(wanted)}")
