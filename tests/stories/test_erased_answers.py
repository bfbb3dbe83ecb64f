"""What a player wrote into forms and surveys goes when their game's server has the player erased, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.arcade import Arcade, data
from tests.stories.pages import Page, session_of
from tests.stories.servers import GameServer, of

pytestmark = pytest.mark.postgres

WROTE = {"responses": {"rating": "great", "comment": "i am rocket raccoon"}}
ADMIN = "/admin/v1/players/rocket"
STARLIGHT = {"X-Tenant": "starlight"}
FACTS = "select part, pos, type, data::text, hash from engines.events order by part, pos"


async def kept(page: Page) -> list[tuple[Any, ...]]:
    return await page.town.sql("select player, attempt_id from engines.responses order by player")


async def test_what_a_player_wrote_is_erased_with_the_player_and_no_fact_is_changed(arcade: Arcade) -> None:
    await arcade.gamer("rocket")
    rocket, starlord = await session_of(arcade.town, "rocket"), Page(arcade.town)
    attempts = {}
    for page, player in ((rocket, "rocket"), (starlord, "StarlordV7")):
        done = await page.complete("survey-1", WROTE, "survey")
        assert done.status_code == 200, done.text
        attempts[player] = done.json()["attempt_id"]
    assert await kept(rocket) == sorted([*attempts.items()])
    before = await arcade.town.sql(FACTS)
    shown = (await arcade.town.admin.get(ADMIN, headers=STARLIGHT)).json()
    assert (shown["banned"], shown["erased_at"]) == (False, None)

    erased = data(await GameServer(arcade).post(of("rocket", "delete"), reason="gdpr_erasure"))
    assert erased["status"] == "erased"
    assert await kept(rocket) == [("StarlordV7", attempts["StarlordV7"])]
    after = await arcade.town.sql(FACTS)
    assert [fact for fact in after if fact in before] == before
    assert [fact[2] for fact in after if fact not in before] == ["guest.noted"]
    shown = (await arcade.town.admin.get(ADMIN, headers=STARLIGHT)).json()
    assert (shown["status"], shown["banned"], shown["erased_at"]) == ("active", True, erased["deletedAt"])


async def test_whoever_was_erased_writes_nothing_any_more(arcade: Arcade) -> None:
    await arcade.gamer("rocket")
    page = await session_of(arcade.town, "rocket")
    open_ = await page.validate("survey-1", WROTE, "survey")
    assert open_.status_code == 200, open_.text
    assert len(await kept(page)) == 1
    server = GameServer(arcade)
    assert data(await server.post(of("rocket", "delete"), reason="studio_request"))["status"] == "erased"
    for answer in (
        await page.validate("survey-1", WROTE, "survey"),
        await page.complete("survey-1", WROTE, "survey"),
        await page.complete("survey-1", None, "survey", attempt_id=open_.json()["attempt_id"]),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "participant_blocked")
    assert await kept(page) == []
    again = data(await server.post(of("rocket", "delete"), reason="test"))
    assert again["status"] == "no_op_already_erased"
    assert await kept(page) == []
