"""A token is good for the project whose key signed it, with its algorithm, until it expires, and for nothing else."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.gateway.pepper import Pepper
from services.gateway.projects import Project
from services.gateway.tokens import LONGEST_TOKEN, TokenRefused, Tokens
from shared.ids import PlayerId, TenantId
from shared.messages.access import hash_of
from shared.messages.project import ProjectSpec
from shared.shapes import Definition
from shared.testing.clock import NOON

ROCKET = PlayerId("rocket")
SPINS = ("client.spin_wheel",)
THEIRS = Ed25519PrivateKey.from_private_bytes(b"t" * 32)


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def project(key: str = "demo", tenant: str = "starlight", **fields: Any) -> Project:
    spec = ProjectSpec(name=key, client_id="demo-client", client_secret_hash=hash_of("secret"), **fields)
    return Project(TenantId(tenant), Definition(key, 1, spec), suspended=False)


ALGORITHMS = [project(), project(token_algorithm="EdDSA")]


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(Pepper(b"a token secret that is long enough"))


@pytest.mark.parametrize("mine", ALGORITHMS)
def test_a_token_says_who_the_player_is_and_what_they_may_do(tokens: Tokens, mine: Project) -> None:
    token = tokens.issue(mine, ROCKET, SPINS, NOON)
    claims = tokens.read(mine, token, NOON)
    assert (claims.player, claims.permissions) == ("rocket", SPINS)
    said = jwt.decode(token, options={"verify_signature": False})
    noon = int(NOON.timestamp())
    assert said == {"sub": "rocket", "aud": "demo", "permissions": list(SPINS), "iat": noon, "exp": noon + 3_600}
    assert jwt.get_unverified_header(token)["alg"] == mine.spec.token_algorithm


@pytest.mark.parametrize("mine", ALGORITHMS)
def test_a_token_expires_to_the_second(tokens: Tokens, mine: Project) -> None:
    token = tokens.issue(mine, ROCKET, SPINS, NOON)
    assert tokens.read(mine, token, NOON + timedelta(seconds=3_599)).player == ROCKET
    with pytest.raises(TokenRefused) as refused:
        tokens.read(mine, token, NOON + timedelta(seconds=3_600))
    assert refused.value.expired


@pytest.mark.parametrize("algorithm", ["HS256", "EdDSA"])
def test_a_token_is_of_no_use_in_another_project_or_tenant_or_under_another_secret(
    tokens: Tokens, algorithm: str
) -> None:
    mine = project(token_algorithm=algorithm)
    token = tokens.issue(mine, ROCKET, SPINS, NOON)
    stranger = Tokens(Pepper(b"another token secret, as long as that"))
    for reader, where in (
        (tokens, project("other", token_algorithm=algorithm)),
        (tokens, project(tenant="moonbase", token_algorithm=algorithm)),
        (stranger, mine),
    ):
        with pytest.raises(TokenRefused) as refused:
            reader.read(where, token, NOON)
        assert not refused.value.expired


def test_a_token_of_another_algorithm_is_refused_whatever_it_says_of_itself(tokens: Tokens) -> None:
    mine, theirs = ALGORITHMS
    pairs = [(mine, tokens.issue(theirs, ROCKET, SPINS, NOON)), (theirs, tokens.issue(mine, ROCKET, SPINS, NOON))]
    for where, token in pairs:
        with pytest.raises(TokenRefused):
            tokens.read(where, token, NOON)


def claims(**more: Any) -> dict[str, Any]:
    now = int(NOON.timestamp())
    return {"sub": "rocket", "aud": "demo", "permissions": list(SPINS), "iat": now, "exp": now + 60} | more


@pytest.mark.parametrize("mine", ALGORITHMS)
def test_an_unsigned_token_is_refused(tokens: Tokens, mine: Project) -> None:
    unsigned = jwt.encode(claims(), key="", algorithm="none")
    stripped = tokens.issue(mine, ROCKET, SPINS, NOON).rpartition(".")[0] + "."
    for token in (unsigned, unsigned + "AAAA", stripped):
        with pytest.raises(TokenRefused):
            tokens.read(mine, token, NOON)


def test_the_public_key_is_never_taken_for_a_shared_secret(tokens: Tokens) -> None:
    """The old trick: sign by HMAC with what everybody may know, and call it HS256."""
    public = THEIRS.public_key().public_bytes_raw()
    mine = project(token_algorithm="EdDSA", public_keys=(base64url(public),))
    for secret in (public, base64url(public).encode()):
        with pytest.raises(TokenRefused):
            tokens.read(mine, jwt.encode(claims(), secret, algorithm="HS256"), NOON)


def test_a_changed_token_is_refused(tokens: Tokens) -> None:
    mine = project()
    head, body, signature = tokens.issue(mine, ROCKET, SPINS, NOON).split(".")
    said = json.loads(urlsafe_b64decode(body + "=="))
    other = base64url(json.dumps({**said, "sub": "groot"}).encode())
    with pytest.raises(TokenRefused):
        tokens.read(mine, f"{head}.{other}.{signature}", NOON)


def test_an_operators_own_issuer_is_believed_by_its_public_key_and_in_its_project_alone(tokens: Tokens) -> None:
    public = base64url(THEIRS.public_key().public_bytes_raw())
    other = base64url(Ed25519PrivateKey.from_private_bytes(b"o" * 32).public_key().public_bytes_raw())
    mine = project(token_algorithm="EdDSA", public_keys=(other, public))
    token = jwt.encode(claims(), THEIRS, algorithm="EdDSA")
    assert tokens.read(mine, token, NOON).player == ROCKET
    assert tokens.read(mine, tokens.issue(mine, ROCKET, SPINS, NOON), NOON).player == ROCKET, "ours still counts"
    for where in (project(token_algorithm="EdDSA", public_keys=(other,)), project("x", token_algorithm="EdDSA")):
        with pytest.raises(TokenRefused):
            tokens.read(where, token, NOON)


LATER = int(NOON.timestamp()) + 30
GOOD: list[tuple[str, dict[str, Any]]] = [
    ("more than is asked for", {"iss": "https://issuer.example", "name": "Rocket"}),
    ("no permissions", {"permissions": []}),
    ("several audiences", {"aud": ["x", "demo"]}),
    ("a time with a fraction", {"exp": LATER + 0.5}),
    ("good from now on", {"nbf": int(NOON.timestamp())}),
    ("made by a clock that is ahead", {"iat": LATER}),
]
BAD: list[tuple[str, dict[str, Any]]] = [
    ("no player", {"sub": None}),
    ("an empty player", {"sub": ""}),
    ("a player with a slash", {"sub": "rocket/daily-spin"}),
    ("a player that is a number", {"sub": 7}),
    ("no audience", {"aud": None}),
    ("another audience", {"aud": "other"}),
    ("no end", {"exp": None}),
    ("an end that is no number", {"exp": "soon"}),
    ("an end that never comes", {"exp": float("inf")}),
    ("an end that is nothing", {"exp": float("nan")}),
    ("no beginning", {"iat": None}),
    ("not good yet", {"nbf": LATER}),
    ("permissions that are no list", {"permissions": "client.spin_wheel"}),
    ("too many permissions", {"permissions": ["x"] * 33}),
]


def signed(said: dict[str, Any]) -> tuple[Project, str]:
    """A token of an operator's own issuer, who may write anything."""
    public = base64url(THEIRS.public_key().public_bytes_raw())
    mine = project(token_algorithm="EdDSA", public_keys=(public,))
    body = json.dumps({name: value for name, value in said.items() if value is not None}).encode()
    return mine, jwt.api_jws.encode(body, THEIRS, algorithm="EdDSA")


@pytest.mark.parametrize("more", [row[1] for row in GOOD], ids=[row[0] for row in GOOD])
def test_an_issuer_may_say_more_than_we_ask_for(tokens: Tokens, more: dict[str, Any]) -> None:
    mine, token = signed(claims(**more))
    assert tokens.read(mine, token, NOON).player == ROCKET


@pytest.mark.parametrize("more", [row[1] for row in BAD], ids=[row[0] for row in BAD])
def test_a_token_that_makes_no_sense_is_refused_although_it_is_signed(tokens: Tokens, more: dict[str, Any]) -> None:
    mine, token = signed(claims(**more))
    with pytest.raises(TokenRefused):
        tokens.read(mine, token, NOON)


NONSENSE = ["", ".", "..", "a.b.c", "a.b", "é", "x" * (LONGEST_TOKEN + 1), base64url(b"[" * 2_900) + ".e30.e30"]


@pytest.mark.parametrize("mine", ALGORITHMS)
@pytest.mark.parametrize("token", NONSENSE)
def test_what_is_no_token_is_refused(tokens: Tokens, mine: Project, token: str) -> None:
    with pytest.raises(TokenRefused):
        tokens.read(mine, token, NOON)


def test_what_is_made_from_the_token_secret_is_the_same_again_and_different_for_every_name() -> None:
    pepper = Pepper(b"one")
    assert pepper.derived("claim", "a", "b") == Pepper(b"one").derived("claim", "a", "b")
    made = [
        pepper.derived("claim", "a", "b"),
        pepper.derived("claim", "ab"),
        pepper.derived("claim", "a", "b", ""),
        pepper.derived("other", "a", "b"),
        Pepper(b"two").derived("claim", "a", "b"),
    ]
    assert len(set(made)) == len(made)
    assert {len(secret) for secret in made} == {32}
    assert urlsafe_b64decode(pepper.token("claim", "a") + "=") == pepper.derived("claim", "a")
