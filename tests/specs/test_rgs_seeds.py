"""A hash is public before its first bet, and its seed is told when the pair is used no more."""

from __future__ import annotations

import pytest

from services.rgs.seed.view import pairs
from shared.fair.seeds import SeedChain, commitment
from shared.ids import uuid_of
from shared.messages.game import GameSpec
from shared.messages.games.dice import DiceVerified, DiceVerify
from shared.messages.games.mines import MinesStart, MinesVerified, MinesVerify
from shared.messages.seed_pair import (
    Pair,
    RotatedAnswer,
    RotateSeeds,
    SeedsAnswer,
    SeedsOpened,
    SeedsRotated,
    ShowSeeds,
    VerifiedAnswer,
    VerifyRound,
)
from shared.shapes import Put, Refused
from shared.streams import Stream
from shared.testing.grammar import MASTERS, TENANT, seeds, shown
from shared.testing.promises import events_of
from tests.specs.table_words import (
    HOUSE,
    ROCKET,
    begins,
    casino,
    chance_of,
    code_of,
    dice,
    mined_fields,
    paid,
    round_at,
    round_in,
    seat_of,
    seated,
    seed_of,
    table_in,
)

TABLE = seat_of().table
HALL = casino("dice", "mines")
DICE = seated("dice")


def pair(number: int, client_seed: str | None = None) -> Pair:
    seed = seed_of("dice", number)
    pair_id = uuid_of(TENANT, "pair", ROCKET, HOUSE, "dice-alpha", str(number))
    return Pair(pair_id=pair_id, number=number, key_id="k1", server_hash=seed.hash, client_seed=client_seed)


def made(number: int) -> str:
    """The client seed of somebody who names none."""
    return seeds().of(Stream("client_seed", TABLE.stream.key), number).value[:16]


OPENED = SeedsOpened(table=TABLE, active=pair(0, made(0)), upcoming=pair(1))


def test_whoever_looks_first_has_the_seeds_made_and_is_told_both_hashes() -> None:
    told = HALL.when(ShowSeeds(table=TABLE)).then(OPENED)
    told.replied(SeedsAnswer(active=pair(0, made(0)), nonce=0, upcoming=pair(1)))
    told.when(ShowSeeds(table=TABLE)).then().replied(SeedsAnswer(active=pair(0, made(0)), nonce=0, upcoming=pair(1)))


def test_the_first_bet_tells_them_before_it_spends_a_nonce() -> None:
    begun = DICE.when(begins("dice", dice(wins=True)))
    assert events_of(begun.outcome)[0] == OPENED
    told = begun.when(ShowSeeds(table=TABLE)).then()
    told.replied(SeedsAnswer(active=pair(0, made(0)), nonce=1, upcoming=pair(1)))


def test_a_pair_retires_with_its_seed_and_the_upcoming_one_is_active_from_nonce_0() -> None:
    played = DICE.when(begins("dice", dice(wins=False))).answered(paid(900))
    told = played.when(RotateSeeds(table=TABLE, client_seed="lucky"))
    seed = seed_of("dice").value
    told.then(
        SeedsRotated(
            table=TABLE, retired=pair(0, made(0)), server_seed=seed, nonces=1,
            active=pair(1, "lucky"), upcoming=pair(2),
        )
    )  # fmt: skip
    told.replied(
        RotatedAnswer(active=pair(1, "lucky"), nonce=0, upcoming=pair(2), retired=pair(0, made(0)), server_seed=seed)
    )
    assert commitment(seed) == pair(0).server_hash
    next_round = round_in(told.when(begins("dice", dice(wins=False))))
    assert (next_round.pair_number, next_round.nonce, next_round.client_seed) == (1, 0, "lucky")


def test_who_names_no_seed_is_given_one_and_seeds_that_nobody_saw_are_made_and_retired_at_once() -> None:
    told = HALL.when(RotateSeeds(table=TABLE))
    assert [event.wire for event in events_of(told.outcome)] == ["seeds.opened", "seeds.rotated"]
    assert table_in(told.story, "dice").active == pair(1, made(1))


def test_no_pair_retires_while_a_round_is_under_way() -> None:
    rotate = RotateSeeds(table=TABLE)
    begun = DICE.when(begins("dice", dice(wins=True)))
    begun.when(rotate).refused("active_round_exists", round_id=round_at("dice"))
    begun.answered(Refused("insufficient_balance")).when(rotate)
    after = begun.answered(paid(900)).when(rotate)
    assert [event.wire for event in events_of(after.outcome)] == ["seeds.rotated"]


def test_a_pair_keeps_to_the_secret_that_its_hash_was_made_from() -> None:
    begun = DICE.when(begins("dice", dice(wins=True)))
    newer = begun.story.drawing_from(seeds("k2"))
    told = begun.answered(paid(900), by=newer)
    assert round_in(told).payout > 0
    rotated = told.when(RotateSeeds(table=TABLE))
    assert table_in(rotated.story, "dice").upcoming.key_id == "k2"


def test_no_round_is_dealt_from_a_seed_that_breaks_its_promise() -> None:
    shown_ = DICE.when(ShowSeeds(table=TABLE))
    other = shown_.story.drawing_from(
        SeedChain(TENANT, {**MASTERS, "k1": b"another secret of the same length !!"}, "k1")
    )
    with pytest.raises(LookupError, match="put that one back"):
        other.when(begins("dice", dice(wins=True)))


def check(query: DiceVerify | MinesVerify, nonce: int = 7) -> VerifyRound:
    return VerifyRound(table=TABLE, server_seed="def", client_seed="abc", nonce=nonce, query=query)


def test_what_came_up_can_be_asked_for_under_any_seeds() -> None:
    HALL.when(check(DiceVerify(), 0)).then().replied(VerifiedAnswer(verified=DiceVerified(roll=8_320)))


def test_only_the_game_of_the_table_can_be_asked_for() -> None:
    HALL.when(check(MinesVerify(mine_count=3))).refused("invalid_request_type")
    HALL.removed(GameSpec, code_of("dice")).when(check(DiceVerify())).refused("no_game")


def test_a_question_that_the_game_has_no_answer_to_is_refused() -> None:
    mines = VerifyRound(
        table=seat_of("mines").table, server_seed="def", client_seed="abc", nonce=0, query=MinesVerify(mine_count=25)
    )
    told = HALL.when(mines)
    assert isinstance(told.outcome, Refused)
    assert told.outcome.code == "param_out_of_range"


def test_a_check_of_a_retired_pair_shows_what_its_round_showed() -> None:
    start = MinesStart(amount=100, mine_count=3)
    seed = seed_of("mines").value
    client_seed = seeds().of(Stream("client_seed", seat_of("mines").stream.key), 0).value[:16]
    query = MinesVerify(mine_count=3)
    ask = VerifyRound(table=seat_of("mines").table, server_seed=seed, client_seed=client_seed, nonce=0, query=query)
    HALL.when(ask).replied(VerifiedAnswer(verified=MinesVerified(mines=mined_fields(start))))
    assert chance_of("mines").below(0, 25) == mined_fields(start)[0]


def test_every_pair_is_shown_and_a_server_seed_once_it_is_retired() -> None:
    def row(number: int, client: str | None, server: str | None = None, nonces: int = 0) -> Put:
        seed = pair(number)
        return Put(
            key=(ROCKET, HOUSE, "dice-alpha", number),
            values=(seed.pair_id, seed.server_hash, client, server, nonces),
        )

    assert shown(pairs, OPENED) == (row(0, made(0)), row(1, None))
    rotated = SeedsRotated(
        table=TABLE, retired=pair(0, "a"), server_seed="5e", nonces=4, active=pair(1, "b"), upcoming=pair(2)
    )
    assert shown(pairs, rotated) == (row(0, "a", "5e", 4), row(1, "b"), row(2, None))
