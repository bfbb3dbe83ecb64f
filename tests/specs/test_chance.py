"""One weighted draw for every engine: the seed that was promised picks a row, is revealed, and the next is promised."""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.engines.chance import Drawn, draw
from services.engines.promise import Chain, Promise, Promised, Unpromised
from shared.definitions import DefinitionStore
from shared.fair.draw import pick
from shared.fair.seeds import SeedChain, commitment
from shared.ids import MessageId, PlayerId
from shared.messages.prize import Proof
from shared.shapes import Facts, Wish
from shared.testing.clock import NOON
from shared.testing.grammar import MASTERS, TENANT, seeds

CHAIN: Final = Chain("lootbox", PlayerId("rocket"), "daily")
KIND: Final = "lootbox"
WEIGHTS: Final = (60, 30, 0, 10)


def facts(chain: SeedChain | None = None) -> Facts:
    return Facts(
        now=NOON,
        asked_at=NOON,
        tenant=TENANT,
        command_id=MessageId("command-1"),
        wish=Wish("door", "wish-1"),
        seeds=chain or seeds(),
        definitions=DefinitionStore().of(TENANT),
    )


def promise(number: int, key_id: str = "k1") -> Promised:
    seed = seeds().of(CHAIN.stream, number, key_id)
    return Promised(number, seed.key_id, seed.hash)


def drawn(promise: Promise, weights: Any = WEIGHTS, chain: SeedChain | None = None) -> Drawn:
    return draw(CHAIN, promise, KIND, weights, 3, facts(chain))


def test_the_promised_seed_picks_the_row_and_is_revealed() -> None:
    seed = seeds().of(CHAIN.stream, 4)
    found = drawn(promise(4))
    assert found.index == pick(seed.value, KIND, "daily", WEIGHTS)
    assert found.proof == Proof(server_seed=seed.value, server_seed_hash=seed.hash, definition_version=3)
    assert commitment(found.proof.server_seed) == promise(4).server_seed_hash
    assert (found.number, found.key_id) == (4, "k1")


@pytest.mark.parametrize(("before", "told"), [(Unpromised(4), True), (promise(4), False)])
def test_a_promise_goes_before_the_draw_unless_it_was_told_already_and_the_next_goes_after_it(
    before: Promise, told: bool
) -> None:
    found = drawn(before)
    assert found.before == ((CHAIN.promise(4, facts()),) if told else ())
    assert found.after == CHAIN.promise(5, facts())
    assert found.after.server_seed_hash == promise(5).server_seed_hash


def test_after_a_new_secret_the_old_promise_is_kept_and_the_next_is_made_from_the_new_one() -> None:
    found = drawn(promise(4), chain=seeds("k2"))
    assert (found.key_id, found.after.key_id) == ("k1", "k2")


def test_a_promise_that_cannot_be_kept_is_not_broken_in_silence() -> None:
    other = seeds(masters={**MASTERS, "k1": b"not the secret that was promised from"})
    with pytest.raises(LookupError, match="'k1' is not the one that was promised from"):
        drawn(promise(4), chain=other)


@for_all(st.lists(st.integers(0, 2**53), min_size=1, max_size=12).filter(any), st.integers(0, 10_000))
def test_a_row_without_weight_is_never_drawn(weights: list[int], number: int) -> None:
    assert weights[drawn(Unpromised(number), weights).index] > 0
