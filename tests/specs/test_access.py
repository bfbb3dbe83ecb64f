"""What is kept of a credential, and how things without a name of their own are told apart."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from shared.ids import uuid_of
from shared.messages.access import ApiKeySpec, hash_of

GAMES = "demoClnt." + "c" * 43
OPERATORS = "wsk_test_" + "0" * 48


def test_of_a_games_key_its_public_part_is_kept_beside_the_hash() -> None:
    spec = ApiKeySpec.model_validate(ApiKeySpec.sealed({"door": "sdk_client", "secret": GAMES}))

    assert (spec.prefix, spec.secret_hash) == ("demoClnt", hash_of(GAMES))
    assert GAMES[9:] not in spec.model_dump_json()


def test_of_a_key_without_a_dot_only_the_hash_is_kept() -> None:
    spec = ApiKeySpec.model_validate(ApiKeySpec.sealed({"secret": OPERATORS}))

    assert (spec.prefix, spec.secret_hash) == (None, hash_of(OPERATORS))


def test_a_prefix_that_is_written_down_stays() -> None:
    assert ApiKeySpec.sealed({"prefix": "shown", "secret": GAMES})["prefix"] == "shown"


@pytest.mark.parametrize("per_minute", [{"sdk_read": 0}, {"sdk_write": 1_000_001}, {"reads": 5}])
def test_a_limit_that_nobody_could_keep_is_refused(per_minute: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        ApiKeySpec.model_validate({"secret_hash": hash_of(GAMES), "per_minute": per_minute})


def test_a_made_uuid_is_the_same_everywhere_and_another_for_other_names() -> None:
    assert uuid_of("starlight", "board", "w") == uuid_of("starlight", "board", "w")
    assert len({uuid_of("a", "b"), uuid_of("b", "a"), uuid_of("a"), uuid_of("a", "b", "c")}) == 4
