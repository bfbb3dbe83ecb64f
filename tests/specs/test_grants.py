"""What a player was given is given once and arrives once, as long as its time is not over; crates are opened."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.ledger.grant.view import view
from shared.fair.draw import Draws
from shared.ids import AssetId, GrantId, uuid_of
from shared.messages.base import LARGEST_AMOUNT
from shared.messages.envelope import LARGEST_COMMAND_BYTES
from shared.messages.grant import (
    MOST_GIFTS,
    AckGrant,
    ClaimedAnswer,
    ClaimGrant,
    ExpireGrant,
    Gift,
    GiveGrant,
    GiveGrants,
    GivenAnswer,
    GrantClaimed,
    GrantExpired,
    GrantGiven,
    GrantsAnswer,
    gifts_of,
)
from shared.messages.prize import REWARDS
from shared.messages.registration import PlayerErased
from shared.messages.reward_table import CrateEntry, CurrencyEntry, FixedCrate, FixedCurrency, ItemEntry, Range
from shared.messages.wallet import UNCLAIMED, Posting
from shared.shapes import Put, Send, Timer
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, Story, shown
from tests.specs.grant_words import (
    BASIC,
    CHEST,
    COINS,
    FIRST,
    ROCKET,
    SECOND,
    SWORD,
    arrived,
    arrives,
    banned,
    basic,
    claimed,
    coins50,
    crate,
    fixed50,
    fixed_basic,
    fixed_sword,
    gift,
    gives,
    has,
    holding,
    in_status,
    keeping,
    known,
    nobody,
    profile,
    reward,
    seed_of,
    standing,
    swords,
    with_,
)

HOUR = timedelta(hours=1)
claims, acks = ClaimGrant(player=ROCKET, grant_id=FIRST), AckGrant(player=ROCKET, grant_id=FIRST)
rings = ExpireGrant(player=ROCKET, grant_id=FIRST)
both = reward(fixed50, fixed_sword)


def give_one(*entries: Any, **other: Any) -> GiveGrant:
    return GiveGrant(player=ROCKET, gift=gift(*entries, **other))


def bell(grant_id: GrantId = FIRST, after: timedelta = HOUR) -> Timer:
    command = ExpireGrant(player=ROCKET, grant_id=grant_id)
    return Timer(f"grant/{TENANT}/rocket/{grant_id}", NOON + after, ROCKET, command)


def test_what_is_given_waits_for_the_player() -> None:
    told = known.when(gives(gift(coins50, swords))).then(GrantGiven(grant=both)).asked().set()
    told.replied(GrantsAnswer(grants=(both,)))


def test_several_are_given_together_and_told_in_the_order_of_the_wish() -> None:
    one, other = reward(fixed50), reward(fixed_sword, grant_id=SECOND)
    told = known.when(gives(gift(swords, grant_id=SECOND), gift(coins50)))
    told.then(GrantGiven(grant=other), GrantGiven(grant=one)).replied(GrantsAnswer(grants=(other, one)))


def test_what_was_given_before_is_told_as_it_stands_now_and_is_not_given_again() -> None:
    told = with_(reward(fixed50)).when(claims).when(gives(gift(coins50), gift(swords, grant_id=SECOND)))
    second = reward(fixed_sword, grant_id=SECOND)
    told.then(GrantGiven(grant=second)).replied(GrantsAnswer(grants=(claimed(reward(fixed50)), second)))


def test_of_two_gifts_by_one_id_in_one_wish_the_first_is_given() -> None:
    told = known.when(gives(gift(coins50), gift(swords)))
    told.then(GrantGiven(grant=reward(fixed50))).replied(GrantsAnswer(grants=(reward(fixed50), reward(fixed50))))


@pytest.mark.parametrize(
    "story", [nobody, banned(known), in_status(known, "closed")], ids=["a stranger", "out", "gone"]
)
@pytest.mark.parametrize("inventory", ["platform", "studio", "permissive"])
def test_whoever_it_is_the_grant_is_made_and_simply_waits(story: Story, inventory: str) -> None:
    keeping(inventory, story).when(gives(gift(coins50))).then(GrantGiven(grant=reward(fixed50)))


def test_where_a_game_gives_freely_a_grant_arrives_as_it_is_given() -> None:
    given_now = (GrantGiven(grant=both), arrives(both, None), arrived((COINS, 50, 50), (SWORD, 1, 1)))
    told = keeping("permissive").when(gives(gift(coins50, swords))).then(*given_now).asked().set()
    told.replied(GrantsAnswer(grants=(claimed(both, None),)))
    told.when(claims).then().replied(ClaimedAnswer(grant=claimed(both, None)))


def test_what_arrives_together_is_one_transaction() -> None:
    one, other = reward(fixed50), reward(fixed50, grant_id=SECOND)
    told = keeping("permissive").when(gives(gift(coins50), gift(coins50, grant_id=SECOND)))
    money = arrived((COINS, 50, 50), (COINS, 50, 100), grants=(FIRST, SECOND))
    given_now = (GrantGiven(grant=one), GrantGiven(grant=other))
    told.then(*given_now, arrives(one, None), arrives(other, None), money)
    assert has(told.story, COINS) == 100


def test_a_crate_waits_to_be_opened_wherever_it_is_given() -> None:
    for inventory in ("platform", "studio", "permissive"):
        keeping(inventory).when(gives(gift(basic, kind="crate"))).then(GrantGiven(grant=crate()))


def test_a_crate_that_is_more_than_one_entry_is_claimed_as_a_reward() -> None:
    for entries, fixed in (((basic, coins50), (fixed_basic, fixed50)), ((coins50,), (fixed50,))):
        known.when(gives(gift(*entries, kind="crate"))).then(GrantGiven(grant=reward(*fixed)))


def test_a_range_is_decided_when_it_is_given_by_a_seed_that_is_told_with_it() -> None:
    wide = CurrencyEntry(asset=COINS, amount=Range(min=10, max=100, step=10))
    few = ItemEntry(item=SWORD, quantity=Range(min=1, max=3))
    seed = seed_of(FIRST, 1).value
    draws = Draws(seed, "grant", FIRST)
    amount, number = 10 + 10 * draws.below(10), 1 + draws.below(3)
    wanted = reward(
        FixedCurrency(asset=COINS, amount=amount), fixed50, fixed_sword.model_copy(update={"quantity": number})
    )
    entries = (wide, coins50, few)
    known.when(gives(gift(*entries))).then(GrantGiven(grant=wanted, rolled_from=entries, server_seed=seed))


def test_how_many_crates_it_is_is_decided_by_another_seed_than_what_is_in_them() -> None:
    some = CrateEntry(crate=BASIC, quantity=Range(min=1, max=10))
    seed = seed_of(FIRST, 1).value
    wanted = crate(FixedCrate(crate=BASIC, quantity=1 + Draws(seed, "grant", FIRST).below(10)))
    told = known.when(gives(gift(some, kind="crate")))
    told.then(GrantGiven(grant=wanted, rolled_from=(some,), server_seed=seed))
    assert wanted.server_seed_hash == seed_of(FIRST, 0).hash != seed_of(FIRST, 1).hash


def test_a_grant_that_can_expire_sets_its_bell_and_one_that_has_arrived_does_not() -> None:
    ends: dict[str, Any] = {"expires_at": NOON + HOUR}
    told = known.when(gives(gift(coins50, **ends))).set(bell())
    told.then(GrantGiven(grant=reward(fixed50, **ends)))
    keeping("permissive").when(gives(gift(coins50, **ends))).set()


def test_a_bell_expires_a_grant_that_still_waits_and_no_other() -> None:
    waiting = reward(fixed50, expires_at=NOON + HOUR)
    given_now = known.when(gives(gift(coins50, expires_at=NOON + HOUR)))
    expired = waiting.model_copy(update={"status": "expired"})
    rang = given_now.rang().then(GrantExpired(grant=expired))
    rang.when(claims).refused("grant_expired")
    given_now.rang(given_now.when(claims).story).then()
    known.when(rings, given_now.wish).then()


def test_a_server_gives_one_and_is_told_whether_it_had_done_so_before() -> None:
    told = known.when(give_one(coins50, expires_at=NOON + HOUR)).set(bell())
    grant = reward(fixed50, expires_at=NOON + HOUR)
    told.then(GrantGiven(grant=grant)).replied(GivenAnswer(grant=grant))
    told.when(give_one(coins50)).then().replied(GivenAnswer(grant=grant, created=False))


def test_a_server_gives_to_who_is_banned_and_it_waits() -> None:
    keeping("permissive", banned(known)).when(give_one(coins50)).then(GrantGiven(grant=reward(fixed50)))


def test_a_server_gives_nothing_to_nobody() -> None:
    nobody.when(give_one(coins50)).refused("no_player")
    gone = profile.model_copy(update={"banned": True, "erased_at": NOON})
    erased = known.and_then(PlayerErased(profile=gone, reason="test"))
    erased.when(give_one(coins50)).refused("player_blocked", status="banned")


@pytest.mark.parametrize(
    ("entries", "index", "type_", "key"),
    [
        ((CurrencyEntry(asset=AssetId("rust"), amount=1),),             0, "currency", "rust"),
        ((CurrencyEntry(asset=SWORD, amount=1),),                       0, "currency", "sword"),
        ((coins50, ItemEntry(item=AssetId("car"), quantity=1)),         1, "item",     "car"),
        ((ItemEntry(item=COINS, quantity=1),),                          0, "item",     "coins"),
        ((CrateEntry(crate=AssetId("car"), quantity=1),),               0, "crate",    "car"),
        ((swords, CrateEntry(crate=SWORD, quantity=1)),                 1, "crate",    "sword"),
    ],
)  # fmt: skip
def test_a_server_gives_only_what_is_defined(entries: tuple[Any, ...], index: int, type_: str, key: str) -> None:
    known.when(give_one(*entries)).refused("unknown_entry", path=f"entries[{index}]", type=type_, key=key)


def test_a_server_gives_crates_one_by_one() -> None:
    problem = "a crate is one entry of type crate"
    for entries in ((basic, basic), (swords,)):
        known.when(give_one(*entries, kind="crate")).refused("invalid_grant", path="entries", problem=problem)
    known.when(give_one(basic, kind="crate")).replied(GivenAnswer(grant=crate()))
    known.when(give_one(basic)).replied(GivenAnswer(grant=reward(fixed_basic)))


def test_a_server_gives_nothing_that_has_expired_already() -> None:
    problem = "it would have expired already"
    for late in (NOON, NOON - HOUR):
        told = known.when(give_one(coins50, expires_at=late))
        told.refused("invalid_grant", path="expires_at", problem=problem)
    first = with_(reward(fixed50)).when(give_one(coins50, expires_at=NOON))
    first.then().replied(GivenAnswer(grant=reward(fixed50), created=False))


def test_a_claim_puts_everything_into_the_wallet_in_the_same_commit() -> None:
    told = holding(7, story=with_(both)).when(claims)
    told.then(arrives(both), arrived((COINS, 50, 57), (SWORD, 1, 1))).replied(ClaimedAnswer(grant=claimed(both)))


def test_a_second_claim_is_told_the_first_and_changes_nothing() -> None:
    first = with_(both).when(claims)
    for again in (claims, acks, claims.model_copy(update={"by": "server_api"})):
        first.when(again).then().replied(ClaimedAnswer(grant=claimed(both)))


def test_who_said_that_it_arrived_is_kept() -> None:
    with_(both).when(acks).replied(ClaimedAnswer(grant=claimed(both, "server_api")))
    by_server = claims.model_copy(update={"by": "server_api"})
    with_(both).when(by_server).replied(ClaimedAnswer(grant=claimed(both, "server_api")))


def test_a_studio_keeps_items_itself_and_only_currencies_are_deposited() -> None:
    told = keeping("studio", with_(both)).when(claims).then(arrives(both), arrived((COINS, 50, 50)))
    told.replied(ClaimedAnswer(grant=claimed(both)))
    sword = reward(fixed_sword)
    keeping("studio", with_(sword)).when(claims).then(arrives(sword)).replied(ClaimedAnswer(grant=claimed(sword)))


def test_what_does_not_fit_is_kept_as_unclaimed() -> None:
    told = holding(LARGEST_AMOUNT - 49, story=with_(both)).when(claims)
    money = arrived((SWORD, 1, 1))
    lost = (
        Posting(account=UNCLAIMED, asset=COINS, amount=50),
        Posting(account=REWARDS, asset=COINS, amount=-50),
    )
    told.then(arrives(both), money.model_copy(update={"postings": (*lost, *money.postings)}))


def test_two_entries_of_one_currency_are_never_more_than_fits() -> None:
    much = FixedCurrency(asset=COINS, amount=LARGEST_AMOUNT)
    told = with_(reward(much, much)).when(claims)
    assert has(told.story, COINS) == LARGEST_AMOUNT


@pytest.mark.parametrize(
    ("command", "story", "code", "details"),
    [
        (claims, known,                                    "no_grant",       {}),
        (acks,   known,                                    "no_grant",       {}),
        (claims, with_(reward(fixed50, grant_id=SECOND)),  "no_grant",       {}),
        (claims, with_(both, story=nobody),                "no_player",      {}),
        (acks,   with_(both, story=nobody),                "no_player",      {}),
        (claims, with_(both, story=banned(known)),         "player_blocked", {"status": "banned"}),
        (claims, in_status(with_(both), "self_excluded"),  "player_blocked", {"status": "self_excluded"}),
        (acks,   in_status(with_(both), "self_excluded"),  "player_blocked", {"status": "self_excluded"}),
        (claims, banned(with_(both).when(claims).story),   "player_blocked", {"status": "banned"}),
        (claims, with_(crate()),                           "grant_is_crate", {}),
        (acks,   with_(crate()),                           "grant_is_crate", {}),
    ],
)  # fmt: skip
def test_what_cannot_be_claimed(command: Any, story: Story, code: str, details: dict[str, Any]) -> None:
    story.when(command).refused(code, **details)


def test_a_server_says_that_it_arrived_also_for_who_is_banned() -> None:
    told = with_(both, story=banned(known)).when(acks)
    told.then(arrives(both, "server_api"), arrived((COINS, 50, 50), (SWORD, 1, 1)))


def test_a_claim_counts_if_it_was_said_in_time_also_if_it_is_decided_late() -> None:
    story = with_(reward(fixed50, expires_at=NOON + HOUR))
    last = timedelta(microseconds=1)
    story.at(NOON + 2 * HOUR).said(NOON + HOUR - last).when(claims).replied(
        ClaimedAnswer(grant=claimed(reward(fixed50, expires_at=NOON + HOUR), at=NOON + 2 * HOUR))
    )
    story.at(NOON + HOUR).when(claims).refused("grant_expired")


def test_crates_in_what_was_claimed_are_given_on_their_own() -> None:
    many, chest = FixedCrate(crate=BASIC, quantity=25), FixedCrate(crate=CHEST, quantity=1)
    grant = reward(fixed50, many, chest, source_kind="event", source_ref="window-1")

    def one(place: int, before: int, of: AssetId, quantity: int) -> Gift:
        return gift(
            CrateEntry(crate=of, quantity=quantity),
            grant_id=GrantId(uuid_of("grant", FIRST, "crate", str(place), str(before))),
            kind="crate",
            source_kind="event",
            source_ref="window-1",
            parent=FIRST,
        )

    crates = (one(0, 0, BASIC, 10), one(0, 10, BASIC, 10), one(0, 20, BASIC, 5), one(1, 0, CHEST, 1))
    told = with_(grant).when(claims).then(arrives(grant), arrived((COINS, 50, 50)))
    told.asked(Send("ledger", ROCKET, gives(*crates)))
    answer = told.when(gives(*crates)).story
    assert standing(answer, crates[3].grant_id).parent == FIRST


def test_very_many_crates_are_given_in_several_wishes() -> None:
    heap = reward(*(FixedCrate(crate=AssetId(f"crate-{n}"), quantity=1) for n in range(MOST_GIFTS + 1)))
    pages = [send.command for send in with_(heap).when(claims).sends]
    assert [len(page.gifts) for page in pages if isinstance(page, GiveGrants)] == [MOST_GIFTS, 1]


def test_crates_with_very_long_names_are_given_in_wishes_that_the_ledger_reads() -> None:
    crates = (FixedCrate(crate=AssetId(f"{n:02}" + "\N{GEM STONE}" * 126), quantity=1) for n in range(MOST_GIFTS))
    heap = reward(*crates, source_ref="\x01" * 500)
    wishes = [send.command for send in with_(heap).when(claims).sends]
    assert sum(len(wish.gifts) for wish in wishes if isinstance(wish, GiveGrants)) == MOST_GIFTS
    assert max(len(wish.model_dump_json().encode()) for wish in wishes) < LARGEST_COMMAND_BYTES - 8_192


def test_every_grant_is_one_row_that_is_rewritten() -> None:
    proof = crate().proof
    assert proof is not None
    row = ("pending", NOON, "reward", '{"entries":[{"type":"currency","asset":"coins","amount":50}]}', "api")
    rest = (None, None, NOON, None, None, None, None)
    assert shown(view, GrantGiven(grant=reward(fixed50))) == (Put((ROCKET, FIRST), (*row, *rest)),)
    (put,) = shown(view, GrantClaimed(grant=claimed(crate())))
    assert isinstance(put, Put)
    assert (put.values[0], put.values[8], put.values[-1]) == ("claimed", NOON, proof.model_dump_json())


def test_gifts_are_named_after_what_they_are_for() -> None:
    told = gifts_of(TENANT, ("board", "someone"), (coins50, basic, swords), "event", "window-1", expires_at=NOON)
    first = GrantId(uuid_of(TENANT, "grant", "board", "someone"))
    second = GrantId(uuid_of(TENANT, "grant", "board", "someone", "crate", "0"))
    said: dict[str, Any] = {"source_kind": "event", "source_ref": "window-1", "expires_at": NOON}
    assert told == (
        gift(coins50, swords, grant_id=first, **said),
        gift(basic, grant_id=second, kind="crate", **said),
    )
    assert gifts_of(TENANT, ("a",), (basic,), "api")[0].kind == "crate"
    assert gifts_of(TENANT, ("a",), (), "api") == ()


def test_a_grants_id_is_a_uuid_and_something_is_given() -> None:
    for bad in ({"grant_id": "first"}, {"entries": ()}, {"entries": (coins50,) * 21}):
        with pytest.raises(ValidationError):
            Gift.model_validate({"grant_id": FIRST, "entries": (coins50,), "source_kind": "api", **bad})
