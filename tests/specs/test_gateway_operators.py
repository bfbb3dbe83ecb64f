"""An operator is known by its signature over what it sent, however the JSON was laid out, and by nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import dictionaries, integers, lists, recursive, text

from services.gateway.feed import DefinitionFeed
from services.gateway.operators import Operators, Signed, compact
from shared.definitions import DefinitionStore, InvalidDefinition, parse_spec
from shared.eventlog.rows import StoredDefinition
from shared.ids import AssetId, TenantId
from shared.messages.access import TenantSpec
from shared.messages.base import Spec
from shared.messages.operator import OperatorSpec
from shared.operator_wallet.signature import signature_of
from shared.testing.clock import FixedClock
from shared.vault import Place, Vault

STARLIGHT = TenantId("starlight")
VAULT = Vault(b"m" * 32)
PATH, BODY = "/operator/launch", b'{"a":1}'
ANYTHING = recursive(text() | integers(), lambda inner: lists(inner) | dictionaries(text(), inner), max_leaves=8)


class Later(FixedClock):
    """A second has passed whenever it is looked at."""

    def monotonic(self) -> float:
        self.seconds = getattr(self, "seconds", 0.0) + 1.0
        return self.seconds


class Table:
    """The definitions' table, by heart."""

    def __init__(self) -> None:
        self.rows: list[StoredDefinition] = []

    def put(self, key: str, spec: Spec, tenant: str = STARLIGHT) -> None:
        row = StoredDefinition(len(self.rows) + 1, tenant, spec.kind, key, 1, spec.model_dump_json(), removed=False)
        self.rows.append(row)

    def operator(self, secret: str, tenant: str = STARLIGHT, **fields: Any) -> None:
        sealed = VAULT.seal(secret, Place(tenant, "operator", "uuid", "secret"))
        self.put(
            "uuid", OperatorSpec(name="Them", secret_sealed=sealed, currencies=(AssetId("USD"),), **fields), tenant
        )

    async def definitions_after(self, seq: int) -> Sequence[StoredDefinition]:
        return [row for row in self.rows if row.seq > seq]


@pytest.fixture
def table() -> Table:
    found = Table()
    for tenant, status in (("starlight", "active"), ("moonbase", "suspended")):
        found.put(tenant, TenantSpec(slug=tenant, brand=tenant, status=status), tenant)  # type: ignore[arg-type]
    return found


def signed(secret: str, scheme: Any = "v1", body: bytes = BODY) -> Signed:
    return Signed("1700000000", PATH, body, signature_of(secret, "1700000000", PATH, compact(body), scheme))


def operators(table: Table, *, demo: bool = False) -> Operators:
    feed = DefinitionFeed(DefinitionStore(), table, Later())  # type: ignore[arg-type]
    return Operators(feed, VAULT, demo=demo)


async def test_whoever_signs_with_the_secret_is_the_operator_though_it_was_made_this_moment(table: Table) -> None:
    known = operators(table)
    assert await known.find("uuid", signed("theirs")) is None
    table.operator("theirs", callback_url="http://them.test/wallet", wallet="callback")
    found = await known.find("uuid", signed("theirs"))
    assert found is not None
    assert (found.tenant, found.id, found.suspended) == (STARLIGHT, "uuid", False)
    assert found.callee == ("uuid", "http://them.test/wallet", "theirs")
    assert await known.find("uuid", signed("others")) is None
    assert await known.find("other", signed("theirs")) is None
    assert known.of(STARLIGHT, "uuid") == found
    assert known.of(TenantId("moonbase"), "uuid") is None


async def test_of_two_tenants_with_one_id_it_is_the_one_whose_secret_signed(table: Table) -> None:
    known = operators(table)
    table.operator("theirs")
    table.operator("moons", "moonbase")
    found = [await known.find("uuid", signed(secret)) for secret in ("theirs", "moons")]
    assert [(one.tenant, one.suspended) for one in found if one] == [("starlight", False), ("moonbase", True)]


@pytest.mark.parametrize(
    ("fields", "demo", "scheme", "let_in"),
    [
        ({},                       False, "v1", True),
        ({},                       False, "v0", False),
        ({"signature": "v0"},      False, "v0", True),
        ({"signature": "v0"},      False, "v1", False),
        ({"status": "inactive"},   False, "v1", False),
        ({"demo": True},           False, "v1", False),
        ({"demo": True},           True,  "v1", True),
    ],
)  # fmt: skip
async def test_who_is_let_in(table: Table, fields: dict[str, Any], demo: bool, scheme: str, let_in: bool) -> None:
    table.operator("theirs", **fields)
    assert (await operators(table, demo=demo).find("uuid", signed("theirs", scheme)) is not None) is let_in


async def test_an_operator_whose_secret_was_sealed_elsewhere_is_shut_out(table: Table) -> None:
    sealed = VAULT.seal("theirs", Place(STARLIGHT, "operator", "another", "secret"))
    table.put("uuid", OperatorSpec(name="Them", secret_sealed=sealed, currencies=(AssetId("USD"),)))
    assert await operators(table).find("uuid", signed("theirs")) is None


@given(ANYTHING, integers(0, 4))
def test_json_is_signed_without_the_space_around_its_values(value: Any, indent: int) -> None:
    tight = json.dumps(value, separators=(",", ":")).encode()
    assert compact(json.dumps(value, indent=indent).encode()) == tight
    assert compact(tight) == tight


@pytest.mark.parametrize("body", [b'"' * 800_001, b'\\"' * 400_000, b'"\\' * 400_000, b'"' + b"\\" * 800_000])
def test_a_text_that_never_ends_is_gone_through_once(body: bytes) -> None:
    """Were it gone through once for every quotation mark in it, this would not come to an end."""
    assert compact(body) == body
    assert compact(body + b'"   ').startswith(body)


def test_a_secret_is_taken_only_by_who_can_seal_it_and_only_once() -> None:
    spec = {"name": "Them", "currencies": ["USD"]}
    sealed = parse_spec("operator", {**spec, "secret": "x"}, seal=lambda field, secret: f"{field}/{secret}")
    assert isinstance(sealed, OperatorSpec)
    assert sealed.secret_sealed == "secret/x"
    with pytest.raises(InvalidDefinition, match=r"spec\.secret"):
        parse_spec("operator", {**spec, "secret": "x"})
    with pytest.raises(InvalidDefinition, match=r"spec\.secret"):
        parse_spec("operator", {**spec, "secret": "x", "secret_sealed": "y"}, seal=lambda *_: "z")

    def refuse(field: str, secret: str) -> str:
        raise ValueError("not this one")

    with pytest.raises(InvalidDefinition, match=r"spec\.secret: not this one"):
        parse_spec("operator", {**spec, "secret": "x"}, seal=refuse)
