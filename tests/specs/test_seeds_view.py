"""Everybody can see the hash that a player's next draw is bound to, and nobody the seed."""

from __future__ import annotations

from services.engines.promise import view
from shared.ids import PlayerId
from shared.messages.seed import SeedCommitted
from shared.shapes import Put
from shared.streams import Stream
from shared.testing.grammar import shown

committed = SeedCommitted(
    engine="lootbox", player=PlayerId("rocket"), entity="starter-box", number=7, key_id="k1", server_seed_hash="9f" * 32
)


def test_the_next_hash_is_shown_per_player_and_entity() -> None:
    row = Put(key=("lootbox", "rocket", "starter-box"), values=(7, "9f" * 32))
    assert shown(view, committed) == (row,)


def test_the_promise_after_a_draw_takes_the_place_of_the_one_before() -> None:
    after = committed.model_copy(update={"number": 8})
    (before,), (now,) = shown(view, committed), shown(view, after)
    assert now.key == before.key


def test_a_promise_belongs_to_the_history_of_the_engine_that_draws() -> None:
    assert committed.stream == Stream("lootbox", "rocket/starter-box")
