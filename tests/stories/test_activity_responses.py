"""What people write into forms and surveys is kept beside the log, also while somebody else must still be asked."""

from __future__ import annotations

import pytest

from tests.stories.pages import ENGAGEMENT, Page

pytestmark = pytest.mark.postgres


async def test_what_a_survey_says_is_kept_although_its_grant_is_paid_elsewhere(page: Page) -> None:
    done = await page.complete("survey-1", {"responses": {"rating": "great", "comment": "milano"}}, "survey")
    assert done.json()["actions_executed"] == [
        {"type": "award_grant", "granted": {"asset": "gems", "amount": 5}, "new_balance": 505}
    ]
    rows = await page.town.sql("select player, activity, attempt_id, body from engines.responses")
    assert rows == [("StarlordV7", "survey-1", done.json()["attempt_id"], '{"comment":"milano","rating":"great"}')]


async def test_what_a_form_says_is_forgotten_if_its_reward_is_exhausted(page: Page) -> None:
    none_left = {"title": "Nothing", "type": "digital", "generated": 0}
    assert (await page.town.put("reward", "none-left", none_left)).status_code == 200
    spec = {"engagement": ENGAGEMENT, "type": "form", "name": "x", "fields": [{"name": "mail", "required": True}]}
    spec["actions"] = [{"type": "award_reward", "reward": "none-left"}]
    assert (await page.town.put("activity", "mail", spec)).status_code == 200
    no = await page.complete("mail", {"responses": {"mail": "peter@milano"}}, "form")
    assert (no.status_code, no.json()["code"]) == (409, "reward_exhausted")
    assert await page.town.sql("select * from engines.responses") == []
