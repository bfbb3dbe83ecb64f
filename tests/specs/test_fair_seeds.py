"""Server seeds: nobody can guess the next one, and the same secret always makes the same seed again."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.fair.seeds import SeedChain, commitment
from shared.ids import TenantId, is_id
from shared.shapes import Seeds
from shared.streams import Stream

OLD, NEW = b"o" * 32, b"n" * 32
TENANT: Final = TenantId("starlight")
BOX: Final[Stream[Any]] = Stream("lootbox", "rocket/starter-box")

nouns = st.text(min_size=1, max_size=8).filter(is_id)
keys = st.text(st.sampled_from("ab/#09"), max_size=6)
places = st.tuples(nouns, keys, st.integers(0, 1_000))


def chain(tenant: str = TENANT, newest: str = "k2") -> SeedChain:
    return SeedChain(TenantId(tenant), {"k1": OLD, "k2": NEW}, newest)


def test_a_seed_is_what_it_has_always_been() -> None:
    """A changed derivation would break every promise already published: this figure never changes."""
    seeds: Seeds = chain()
    seed = seeds.of(BOX, 7)
    assert seed.value == "969e4252000956941671e3956531192ef0e70e9601712bc37e45145c40f8480f"
    assert seed.key_id == "k2"


def test_a_seed_is_64_hex_characters_and_its_hash_is_of_those_characters() -> None:
    seed = chain().of(BOX, 0)
    assert len(seed.value) == 64
    assert set(seed.value) <= set("0123456789abcdef")
    assert seed.hash == commitment(seed.value) == hashlib.sha256(seed.value.encode("ascii")).hexdigest()


def test_new_promises_use_the_newest_secret_and_old_ones_keep_theirs() -> None:
    promised = chain(newest="k1").of(BOX, 3)
    assert promised.key_id == "k1"
    assert chain(newest="k2").of(BOX, 3, key_id="k1") == promised
    assert chain(newest="k2").of(BOX, 3) != promised


@given(places, places)
def test_two_places_never_share_a_seed(one: tuple[str, str, int], other: tuple[str, str, int]) -> None:
    def value(place: tuple[str, str, int]) -> str:
        return chain().of(Stream(place[0], place[1]), place[2]).value

    assert (value(one) == value(other)) == (one == other)


@given(nouns, nouns)
def test_two_tenants_never_share_a_seed(one: str, other: str) -> None:
    assert (chain(one).of(BOX, 0) == chain(other).of(BOX, 0)) == (one == other)


@pytest.mark.parametrize(
    ("stream", "number", "key_id", "words"),
    [
        (BOX, -1, None, "no seed -1"),
        (Stream[Any]("loot/box", "a"), 0, None, "nouns hold no slash"),
        (BOX, 0, "k9", "no seed secret 'k9'"),
    ],
)
def test_an_impossible_seed_says_why(stream: Stream[Any], number: int, key_id: str | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        chain().of(stream, number, key_id)


@pytest.mark.parametrize(
    ("tenant", "masters", "newest", "words"),
    [
        ("a/b", {"k1": OLD}, "k1", "not a tenant's id"),
        ("a", {"k1": b"short"}, "k1", "has 5 bytes"),
        ("a", {"k1": OLD}, "k2", "no seed secret 'k2'"),
        ("a", {}, "k1", "no seed secret 'k1'"),
    ],
)
def test_a_chain_without_good_secrets_is_refused(
    tenant: str, masters: dict[str, bytes], newest: str, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        SeedChain(TenantId(tenant), masters, newest)


def test_a_secret_never_shows_in_an_error() -> None:
    with pytest.raises(ValueError, match="k3") as caught:
        SeedChain(TENANT, {"k3": b"hush-hush"}, "k3")
    assert "hush" not in str(caught.value)
