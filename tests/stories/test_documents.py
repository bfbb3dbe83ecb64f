"""The OpenAPI documents tell everything the doors can do, and nothing that they cannot."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.stories.town import Town

pytestmark = pytest.mark.postgres

ENGAGEMENT = {
    "/v1/me": {"get"}, "/v1/lootbox": {"get"}, "/v1/lootbox/{id}": {"get"}, "/v1/lootbox/{id}/open": {"post"},
    "/v1/players": {"post"}, "/v1/players/{key}": {"get"}, "/v1/players/{key}/status": {"patch"},
    "/v1/players/{key}/wallet": {"get"}, "/v1/players/{key}/rg": {"post"}, "/v1/players/{key}/timeline": {"get"},
    "/v1/jackpots": {"get"}, "/v1/jackpots/{id}": {"get"}, "/v1/jackpots/{id}/contribute": {"post"},
    "/v1/jackpots/{id}/drop": {"post"},
    "/v1/tournaments": {"get"}, "/v1/tournaments/{id}": {"get"}, "/v1/tournaments/{id}/standings": {"get"},
    "/v1/tournaments/{id}/score": {"post"}, "/v1/tournaments/{id}/close": {"post"},
    "/v1/mini-games": {"get"}, "/v1/mini-games/{id}": {"get"}, "/v1/mini-games/{id}/play": {"post"},
    "/v1/journeys": {"get"}, "/v1/journeys/{id}": {"get"}, "/v1/journeys/event": {"post"},
    "/v1/raffles": {"get"}, "/v1/raffles/{id}": {"get"}, "/v1/raffles/{id}/enter": {"post"},
    "/v1/raffles/{id}/draw": {"post"}, "/v1/raffles/{id}/entries": {"get"},
}  # fmt: skip
ACTIVITIES = {
    "/api/v1/activities/{activityId}/validate": {"post"}, "/api/v1/activities/{activityId}/eligibility": {"get"},
    "/api/v1/activities/{activityId}/complete-with-actions": {"post"}, "/api/v1/sessions": {"post"},
    "/api/v1/points/balance": {"post"}, "/api/v1/points/transactions": {"post"},
    "/api/v1/public/rewards/claimed": {"get"}, "/api/v1/public/activity-log": {"get"},
    "/api/v1/runtime/participant/state": {"get"},
}  # fmt: skip
JUDGED = {template for template in ACTIVITIES if template.endswith(("/validate", "/complete-with-actions"))}
"""Where what is sent is also held against an operator's rules: 422."""
WHEELS = {
    "": {"get"},
    "/{wheel_config_id}": {"get"}, "/by-key/{key_slug}": {"get"},
    "/{wheel_config_id}/state": {"get"}, "/by-key/{key_slug}/state": {"get"},
    "/{wheel_config_id}/spin": {"post"}, "/by-key/{key_slug}/spin": {"post"},
    "/{wheel_config_id}/dry-spin": {"post"}, "/by-key/{key_slug}/dry-spin": {"post"},
    "/{wheel_config_id}/claim-spin-reward": {"post"}, "/by-key/{key_slug}/claim-spin-reward": {"post"},
}  # fmt: skip
PLAIN = {f"/wheels{path}": operations for path, operations in WHEELS.items()}
COMBINED = {f"/client{path}": operations for path, operations in PLAIN.items()} | {"/client/auth/login": {"post"}}
OPERATORS = {"/operator/launch": {"post"}, "/operator/games": {"get"}, "/operator/currencies": {"get"}}
PLAYED = {
    "/game/play": {"post"}, "/game/current": {"post"}, "/game/round/{roundId}": {"get"}, "/game/history": {"get"},
    "/game/balance": {"get"}, "/game/verify": {"post"}, "/seed/current": {"post"}, "/seed/upcoming": {"post"},
    "/seed/rotate": {"post"}, "/seed/reveal": {"post"}, "/session/refresh": {"post"},
}  # fmt: skip
ADMIN = {
    "/admin/v1/definitions/{kind}/{key}": {"put", "get", "delete"}, "/admin/v1/definitions/{kind}": {"get"},
    "/admin/v1/players/{player}/credit": {"post"}, "/admin/v1/players/{player}/debit": {"post"},
    "/admin/v1/players/{player}": {"get"}, "/admin/v1/status": {"get"}, "/admin/v1/insights": {"get"},
    "/admin/v1/players/{player}/password": {"put"}, "/admin/v1/players/{player}/access-token": {"post"},
    "/admin/v1/wheels/{wheel}/bonus-spins": {"post"},
}  # fmt: skip
GAMES = {
    "/ping": {"get"}, "/time": {"get"}, "/catalog": {"get"},
    "/players/{externalId}/register": {"post"}, "/players/{externalId}/events": {"get"},
    "/players/{externalId}/events/{eventKey}/start": {"post"},
    "/players/{externalId}/events/{eventKey}/attempts/{attemptId}/progress": {"post"},
    "/players/{externalId}/events/{eventKey}/attempts/{attemptId}/finish": {"post"},
    "/players/{externalId}/pending-grants": {"get"}, "/players/{externalId}/grants/{grantId}/claim": {"post"},
    "/players/{externalId}/grants/{grantId}/proof": {"get"}, "/players/{externalId}/crates/{grantId}/open": {"post"},
    "/players/{externalId}/inventory": {"get"}, "/players/{externalId}/inventory/{itemKey}/consume": {"post"},
    "/players/{externalId}/inventory/{itemKey}/grant": {"post"},
    "/players/{externalId}/wallet": {"get"}, "/players/{externalId}/wallet/{economyKey}/debit": {"post"},
    "/leaderboards/{leaderboardId}": {"get"}, "/leaderboards/{leaderboardId}/stream": {"get"},
    "/shared-leaderboards/{key}": {"get"}, "/shared-leaderboards/{key}/periods": {"get"}, "/lobbies/{lobbyId}": {"get"},
}  # fmt: skip
SDK = {f"/sdk/v1{path}": operations for path, operations in GAMES.items()}
SERVERS = {
    "/ping": {"get"}, "/players/{externalId}": {"get"}, "/players/{externalId}/export": {"get"},
    "/players/{externalId}/identity": {"put"}, "/players/{externalId}/delete": {"post"},
    "/players/{externalId}/ban": {"post"}, "/players/{externalId}/unban": {"post"},
    "/players/{externalId}/grants": {"post"}, "/players/{externalId}/grants/{grantId}/ack": {"post"},
    "/players/{externalId}/wallet/{economyKey}/credit": {"post"},
    "/players/{externalId}/wallet/{economyKey}/debit": {"post"},
    "/players/{externalId}/inventory/{itemKey}/grant": {"post"},
    "/players/{externalId}/inventory/{itemKey}/revoke": {"post"},
    "/players/{externalId}/events/{eventKey}/attempts/{attemptId}/progress": {"post"},
    "/players/{externalId}/events/{eventKey}/attempts/{attemptId}/finish": {"post"},
    "/leaderboards/{key}/score": {"post"}, "/games/{gameId}/events/{eventKey}/lobbies": {"post"},
    "/games/{gameId}/lobbies/{lobbyId}": {"get"},
    "/migrate/players": {"post"}, "/migrate/wallet": {"post"}, "/migrate/inventory": {"post"},
}  # fmt: skip
SERVER = {f"/server/v1{path}": operations for path, operations in SERVERS.items()}
NAMED = {
    "/ping": "Ping", "/catalog": "Catalog", "/players/{externalId}/register": "RegisterPlayer",
    "/players/{externalId}/events": "EventsList", "/players/{externalId}/events/{eventKey}/start": "StartAttempt",
    "/players/{externalId}/events/{eventKey}/attempts/{attemptId}/progress": "Progress",
    "/leaderboards/{leaderboardId}": "Leaderboard", "/players/{externalId}/pending-grants": "PendingGrants",
    "/players/{externalId}/grants/{grantId}/claim": "ClaimGrant",
    "/players/{externalId}/crates/{grantId}/open": "OpenCrate", "/lobbies/{lobbyId}": "Lobby",
    "/players/{externalId}/inventory": "InventoryList",
    "/players/{externalId}/inventory/{itemKey}/consume": "ConsumeItem",
    "/players/{externalId}/wallet": "WalletList", "/players/{externalId}/wallet/{economyKey}/debit": "DebitWallet",
}  # fmt: skip
"""What the published document calls the good answers, before `Response`."""
READS_AND_SIGNS = {"/client/auth/login", "/admin/v1/players/{player}/access-token"}
"""What is posted although it writes nothing."""


async def read(town: Town, path: str) -> Any:
    answer = await town.nobody.get(path)
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/openapi.json", ENGAGEMENT | ACTIVITIES | SDK | SERVER | PLAIN | COMBINED | OPERATORS | PLAYED | ADMIN),
        ("/v1/openapi.json", ENGAGEMENT),
        ("/api/v1/openapi.json", ACTIVITIES),
        ("/sdk/v1/openapi.json", SDK),
        ("/server/v1/openapi.json", SERVER),
        ("/wheels/openapi.json", PLAIN),
        ("/client/openapi.json", COMBINED),
        ("/operator/openapi.json", OPERATORS),
        ("/game/openapi.json", PLAYED),
        ("/admin/v1/openapi.json", ADMIN),
    ],
)
async def test_every_path_stands_in_its_document(town: Town, path: str, expected: dict[str, set[str]]) -> None:
    paths = (await read(town, path))["paths"]
    assert {template: set(operations) for template, operations in paths.items()} == expected


def takes_a_session(operation: dict[str, Any], document: dict[str, Any]) -> bool:
    """Whether the caller is known by a session, in the query or in the body."""
    asked = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["required"]}
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        asked |= set(document["components"]["schemas"][schema]["required"])
    return {"session_id", "engagement_id"} <= asked


async def test_every_answer_of_the_activities_door_has_its_figures(town: Town) -> None:
    document = await read(town, "/api/v1/openapi.json")
    for operations in document["paths"].values():
        for operation in operations.values():
            for answer in operation["responses"].values():
                assert set(answer["headers"]) == {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}


@pytest.mark.parametrize("path", ["/sdk/v1/openapi.json", "/server/v1/openapi.json"])
async def test_every_answer_of_the_games_doors_has_its_figures(town: Town, path: str) -> None:
    document = await read(town, path)
    for operations in document["paths"].values():
        for operation in operations.values():
            for answer in operation["responses"].values():
                assert set(answer["headers"]) == {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}


async def test_the_answers_to_games_are_called_as_in_the_published_document(town: Town) -> None:
    document = await read(town, "/sdk/v1/openapi.json")
    for path, name in NAMED.items():
        [operation] = document["paths"][f"/sdk/v1{path}"].values()
        for status, answer in operation["responses"].items():
            called = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            assert called == (f"{name}Response" if status in {"200", "201"} else "ErrorResponse"), (path, status)


@pytest.mark.parametrize("path", ["/sdk/v1/openapi.json", "/server/v1/openapi.json"])
async def test_every_answer_of_the_games_doors_says_what_it_holds(town: Town, path: str) -> None:
    document = await read(town, path)
    for template, operations in document["paths"].items():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                assert all(told["schema"] for told in answer["content"].values()), (template, status)


async def test_what_a_stream_tells_of_scores_is_called_as_in_the_published_document(town: Town) -> None:
    document = await read(town, "/sdk/v1/openapi.json")
    told = document["components"]["schemas"]["LeaderboardStreamEvent"]
    assert {"leaderboardId", "participantId", "score", "rank"} <= set(told["required"])
    answers = document["paths"]["/sdk/v1/leaderboards/{leaderboardId}/stream"]["get"]["responses"]
    named = {"$ref": "#/components/schemas/LeaderboardStreamEvent"}
    assert answers.pop("200")["content"] == {"text/event-stream": {"schema": named}}
    assert all(list(answer["content"]) == ["application/json"] for answer in answers.values())


@pytest.mark.parametrize("path", ["/openapi.json", "/sdk/v1/openapi.json"])
async def test_a_body_may_be_left_out_if_all_that_it_holds_may(town: Town, path: str) -> None:
    document = await read(town, path)
    claim = document["paths"]["/sdk/v1/players/{externalId}/grants/{grantId}/claim"]["post"]
    debit = document["paths"]["/sdk/v1/players/{externalId}/wallet/{economyKey}/debit"]["post"]
    assert not claim["requestBody"].get("required", False)
    assert debit["requestBody"]["required"]


@pytest.mark.parametrize("door", ["sdk", "server"])
async def test_a_page_for_people_tells_all_that_the_document_does(town: Town, door: str) -> None:
    page = await town.nobody.get(f"/{door}/v1/reference")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script" not in page.text
    document = await read(town, f"/{door}/v1/openapi.json")
    for template, operations in document["paths"].items():
        for method in operations:
            assert f"<code>{method.upper()} {template}</code>" in page.text
    for name in document["components"]["schemas"]:
        assert f'<h3 id="{name}">' in page.text
    linked = set(re.findall(r'href="#(\w+)"', page.text))
    assert linked <= set(document["components"]["schemas"])


async def test_every_operation_tells_its_errors_and_its_credential(town: Town) -> None:
    document = await read(town, "/openapi.json")
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for template, operations in document["paths"].items():
        for method, operation in operations.items():
            statuses = set(operation["responses"])
            assert {"400", "401", "500", "503"} <= statuses, (method, template)
            assert ("422" in statuses) == (template in JUDGED), (method, template)
            assert operation.get("security") or takes_a_session(operation, document), (method, template)
            assert operation["summary"], (method, template)
            writes = method != "get" and template not in READS_AND_SIGNS
            assert not writes or {"409", "504"} <= statuses, (method, template)
            assert "requestBody" not in operation or "413" in statuses, (method, template)


async def test_at_a_wheel_every_credential_is_needed_and_at_the_login_the_clients(town: Town) -> None:
    document = await read(town, "/client/openapi.json")
    for template, operations in document["paths"].items():
        for operation in operations.values():
            names = {"client_id", "client_secret"} | ({"access_token"} if "wheels" in template else set())
            assert [set(needed) for needed in operation["security"]] == [names]


async def test_every_game_says_what_can_be_said_to_it_and_what_it_answers(town: Town) -> None:
    schemas = (await read(town, "/game/openapi.json"))["components"]["schemas"]
    asked, told = (schemas[name]["properties"]["message"]["anyOf"] for name in ("RoundBody", "RoundPlayed"))
    names = [{one["$ref"].rpartition("/")[2] for one in some} for some in (asked, told)]
    games = ("Dice", "Limbo", "Plinko", "Keno", "Wheel", "Baccarat", "Mines", "Hilo", "Towers", "Blackjack")
    assert names == [{f"{game}Query" for game in games}, {f"{game}Result" for game in games}]
    for game in ("Mines", "Towers"):
        reveal = schemas[f"{game}RevealAsked"]
        assert (reveal["required"], reveal["properties"]["field"]["default"]) == (["roundId"], 0)
    bet = schemas["DiceBetAsked"]
    assert (set(bet["properties"]), bet["additionalProperties"]) == ({"amount", "over", "under"}, False)


async def test_what_is_sent_may_have_no_other_fields(town: Town) -> None:
    document = await read(town, "/openapi.json")
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    sent = [operation["requestBody"]["content"] for operation in operations if "requestBody" in operation]
    names = {content["application/json"]["schema"]["$ref"].rpartition("/")[2] for content in sent}
    assert names >= {"RoundBody", "PlayBody", "TriggerBody", "CreatePlayerBody", "StatusBody", "DefinitionBody"}
    assert all(document["components"]["schemas"][name]["additionalProperties"] is False for name in names)


async def test_the_pages_for_people_and_the_root(town: Town) -> None:
    docs = await town.nobody.get("/docs")
    assert docs.headers["content-type"] == "text/html; charset=utf-8"
    assert "/openapi.json" in docs.text
    assert (await town.nobody.post("/docs")).status_code == 405
    assert (await town.nobody.get("/elsewhere")).json()["code"] == "NOT_FOUND"
