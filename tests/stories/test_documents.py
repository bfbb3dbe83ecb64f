"""The OpenAPI documents tell everything the doors can do, and nothing that they cannot."""

from __future__ import annotations

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
ADMIN = {
    "/admin/v1/definitions/{kind}/{key}": {"put", "get", "delete"}, "/admin/v1/definitions/{kind}": {"get"},
    "/admin/v1/players/{player}/credit": {"post"}, "/admin/v1/players/{player}/debit": {"post"},
    "/admin/v1/players/{player}": {"get"}, "/admin/v1/status": {"get"}, "/admin/v1/insights": {"get"},
}  # fmt: skip


async def read(town: Town, path: str) -> Any:
    answer = await town.nobody.get(path)
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/openapi.json", ENGAGEMENT | ADMIN), ("/v1/openapi.json", ENGAGEMENT), ("/admin/v1/openapi.json", ADMIN)],
)
async def test_every_path_stands_in_its_document(town: Town, path: str, expected: dict[str, set[str]]) -> None:
    paths = (await read(town, path))["paths"]
    assert {template: set(operations) for template, operations in paths.items()} == expected


async def test_every_operation_tells_its_errors_its_credential_and_no_422(town: Town) -> None:
    document = await read(town, "/openapi.json")
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for template, operations in document["paths"].items():
        for method, operation in operations.items():
            statuses = set(operation["responses"])
            assert {"400", "401", "500", "503"} <= statuses, (method, template)
            assert "422" not in statuses, (method, template)
            assert operation["security"], (method, template)
            assert operation["summary"], (method, template)
            assert method == "get" or {"409", "504"} <= statuses, (method, template)
            assert "requestBody" not in operation or "413" in statuses, (method, template)


async def test_what_is_sent_may_have_no_other_fields(town: Town) -> None:
    document = await read(town, "/openapi.json")
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    sent = [operation["requestBody"]["content"] for operation in operations if "requestBody" in operation]
    names = {content["application/json"]["schema"]["$ref"].rpartition("/")[2] for content in sent}
    assert names >= {"PlayBody", "TriggerBody", "CreatePlayerBody", "StatusBody", "DefinitionBody"}
    assert all(document["components"]["schemas"][name]["additionalProperties"] is False for name in names)


async def test_the_pages_for_people_and_the_root(town: Town) -> None:
    docs = await town.nobody.get("/docs")
    assert docs.headers["content-type"] == "text/html; charset=utf-8"
    assert "/openapi.json" in docs.text
    assert (await town.nobody.post("/docs")).status_code == 405
    assert (await town.nobody.get("/elsewhere")).json()["code"] == "NOT_FOUND"
