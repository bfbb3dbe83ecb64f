"""At the tables of our own operator: what is staked and won stands in the player's wallet, and every round adds up."""

from __future__ import annotations

import pytest

from shared.cli.verify import verify
from shared.messages.games.dice import DiceBet
from shared.messages.games.mines import MinesCashout, MinesReveal, MinesShown, MinesStart
from shared.running import WORKERS
from tests.stories.tables import open_casino, sit
from tests.stories.town import Town

pytestmark = pytest.mark.postgres


async def test_a_bet_on_dice_is_staked_and_paid_in_one_movement_of_the_wallet(town: Town) -> None:
    await open_casino(town)
    table = await sit(town, "dice-alpha")
    before = await town.balance("USD")
    told = await table.bet(DiceBet(amount=100, over=5_000))
    assert told.round.status == "settled"
    assert told.balance == await town.balance("USD") == before - 100 + told.round.payout
    rows = await town.sql("select status, nonce, stake, payout from rgs.rounds")
    assert rows == [("settled", 0, 100, told.round.payout)]
    assert await town.sql("select status from rgs.transactions") == []


async def test_a_round_of_mines_is_opened_played_and_cashed_out(town: Town) -> None:
    await open_casino(town)
    table = await sit(town, "mines-alpha")
    opened = await table.bet(MinesStart(amount=100, mine_count=1))
    assert opened.round.status == "open"
    round_id = opened.round.round_id
    after = await table.move(round_id, MinesReveal(field=7))
    if after.round.status == "open":
        after = await table.move(round_id, MinesCashout())
        assert after.round.payout == 103
    assert isinstance(after.round.shown, MinesShown)
    assert len(after.round.shown.mines) == 1
    assert await town.balance("USD") == 10_000 - 100 + after.round.payout
    assert (await table.rotate("lucky")).outcome == "done"


async def test_what_was_played_is_the_same_when_it_is_read_again(town: Town) -> None:
    await open_casino(town)
    table = await sit(town, "dice-alpha")
    for _ in range(3):
        await table.bet(DiceBet(amount=1, under=5_000))
    assert not (await verify(town.parts.dsn, WORKERS, processes=1)).differences
