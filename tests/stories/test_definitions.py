"""What operators configure counts from the next request on, at every door, and can be read back as it was written."""

from __future__ import annotations

import pytest

from tests.stories.town import BOX, SECRET, Town

pytestmark = pytest.mark.postgres


async def test_a_new_version_counts_at_once(town: Town) -> None:
    changed = await town.put("lootbox", "starter-box", {"name": "Richer box", "prizes": [BOX[2]]})
    assert (changed.status_code, changed.json()["version"], changed.json()["changed"]) == (200, 2, True)
    shown = (await town.key.get("/v1/lootbox/starter-box")).json()
    assert shown == {
        "id": "starter-box", "name": "Richer box", "status": "active", "definition_version": 2, "prize_table": [BOX[2]],
    }  # fmt: skip
    assert (await town.key.get("/v1/lootbox")).json() == {"lootboxes": [shown]}
    opened = (await town.open_box()).json()
    assert (opened["definition_version"], opened["reward"]["amount"]) == (2, 1500)


async def test_the_same_spec_again_changes_nothing(town: Town) -> None:
    before = await town.events()
    again = await town.put("lootbox", "starter-box", {"name": "Starter box", "prizes": BOX})
    assert (again.json()["version"], again.json()["changed"]) == (1, False)
    assert await town.events() == before


async def test_what_was_got_can_be_put_under_another_key(town: Town) -> None:
    for kind, key in (("lootbox", "starter-box"), ("asset", "USD"), ("api_key", "console"), ("player", "rocket")):
        got = await town.admin.get(f"/admin/v1/definitions/{kind}/{key}")
        assert got.status_code == 200, got.text
        put = await town.admin.put(f"/admin/v1/definitions/{kind}/copy", json=got.json())
        assert (put.status_code, put.json()["spec"]) == (200, got.json()["spec"]), put.text
    assert await town.balance(player="copy") == 10_000


async def test_a_secret_is_never_shown_and_never_kept(town: Town) -> None:
    got = (await town.admin.get("/admin/v1/definitions/api_key/console")).text
    assert SECRET not in got
    rows = await town.sql("select data from ledger.events union all select spec from ledger.definitions")
    assert not [row for row in rows if SECRET in row[0]]


async def test_what_was_removed_is_gone_and_can_come_back(town: Town) -> None:
    gone = await town.admin.delete("/admin/v1/definitions/lootbox/starter-box")
    assert (gone.status_code, gone.json()["version"]) == (200, 2)
    assert (await town.open_box()).json()["code"] == "NO_LOOTBOX"
    assert (await town.key.get("/v1/lootbox")).json() == {"lootboxes": []}
    back = await town.put("lootbox", "starter-box", {"name": "Starter box", "prizes": BOX})
    assert (back.json()["version"], back.json()["changed"]) == (3, True)


async def test_a_revoked_key_opens_no_door_from_the_next_request_on(town: Town) -> None:
    assert (await town.key.get("/v1/me")).status_code == 200
    await town.put("api_key", "console", {"secret": SECRET, "status": "revoked"})
    assert (await town.key.get("/v1/me")).json()["code"] == "AUTH_INVALID"


async def test_a_player_is_put_once_and_then_left_alone(town: Town) -> None:
    again = await town.put("player", "rocket", {"opening_balances": {"WINZ": 99}})
    assert (again.status_code, again.json()["changed"]) == (200, False)
    assert await town.balance() == 10_000


async def test_tenants_are_listed_for_the_platform_and_their_things_are_apart(town: Town) -> None:
    await town.put("tenant", "moonbase", {"slug": "moonbase", "brand": "moonbase"}, tenant="moonbase")
    listed = (await town.admin.get("/admin/v1/definitions/tenant")).json()["definitions"]
    assert [row["key"] for row in listed] == ["moonbase", "starlight"]
    theirs = await town.admin.get("/admin/v1/definitions/lootbox", headers={"X-Tenant": "moonbase"})
    assert theirs.json() == {"definitions": []}
    ours = await town.admin.get("/admin/v1/definitions/lootbox")
    assert [row["key"] for row in ours.json()["definitions"]] == ["starter-box"]
