"""A game gives its players a secret and a name, shuts them out by a ban, and has all that says who they are erased."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest
from pydantic import ValidationError

from services.ledger.player.personal import FIELDS, personal, registrations
from services.ledger.player.state import Known, can_receive, player_of
from services.ledger.player.view import view
from services.ledger.registry import service
from shared.ids import AccountId, AssetId, PlayerId, user_id_of
from shared.messages.base import Command
from shared.messages.guest import ForgetGuest, GuestAnswer, NoteGuest
from shared.messages.player import (
    AdmitPlayer,
    CreatePlayer,
    Person,
    PlayerAnswer,
    PlayerCreated,
    PlayerEvent,
    PlayerStatusChanged,
    PlayerStatusConfirmed,
    Profile,
    SetPlayerPassword,
    SetPlayerStatus,
    Standing,
)
from shared.messages.registration import (
    BanAnswer,
    BanPlayer,
    ErasedAnswer,
    ErasePlayer,
    FinishBan,
    FinishErasure,
    IdentityAnswer,
    PlayerBanned,
    PlayerErased,
    PlayerIdentitySet,
    PlayerRegistered,
    PlayerUnbanned,
    RegisteredAnswer,
    RegisterPlayer,
    SetIdentity,
    UnbanPlayer,
)
from shared.messages.wallet import AssetSpec, CreditWallet, DebitWallet, TransferWallet
from shared.shapes import Decision, Pending, Private, Put, Refused, Send
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, Consequence, given, shown
from shared.testing.promises import same

ROCKET: Final = PlayerId("rocket")
WINZ, GIFTS = AssetId("WINZ"), AccountId("gifts")
LATER: Final = NOON + timedelta(hours=1)
HASH, OTHER_HASH = "5c" * 32, "a7" * 32

profile = Profile(player=ROCKET, user_id=user_id_of(TENANT, ROCKET), status="active", created_at=NOON)
banned = profile.model_copy(update={"banned": True})
erased = banned.model_copy(update={"erased_at": NOON})
nobody = given(service).defined("WINZ", AssetSpec(name="Winz"))
rocket = nobody.and_then(PlayerCreated(profile=profile))
shut_out = rocket.and_then(PlayerBanned(profile=banned))
gone = rocket.and_then(PlayerErased(profile=erased, reason="gdpr_erasure"))
suspended = rocket.and_then(
    PlayerStatusChanged(profile=profile.model_copy(update={"status": "suspended"}), was="active", reason="")
)

bans, unbans = BanPlayer(player=ROCKET, reason="two accounts"), UnbanPlayer(player=ROCKET)
erases = ErasePlayer(player=ROCKET, reason="gdpr_erasure")
names = SetIdentity(player=ROCKET, name="Rocket", avatar="https://example.com/r.png")


def registers(hash_: str = HASH, *, force: bool = False) -> RegisterPlayer:
    return RegisterPlayer(player=ROCKET, secret_hash=hash_, secret_prefix=hash_[:8], force=force)


def registered(**other: Any) -> PlayerRegistered:
    return PlayerRegistered(**{"profile": profile, "registered_at": NOON, **other})


def secret(hash_: str = HASH, **other: Any) -> Private:
    kept: dict[str, Any] = {"secret_hash": hash_, "secret_prefix": hash_[:8], "registered_at": NOON, "rotated_at": None}
    return Private("registrations", ("rocket",), {**kept, **other})


def row(field: str, value: str | None) -> Private:
    return Private("personal", ("rocket", field), None if value is None else {"value": value})


def told_of(wished: Consequence, standing: Standing, changes: int, *, end: bool = False) -> None:
    """The only Send is a note of this to the engines, or of the player's end."""
    (send,) = wished.sends
    assert (send.service, send.key) == ("engines", ROCKET)
    note = (ForgetGuest if end else NoteGuest)(player=ROCKET, status=standing, changes=changes)
    same(send.command, note, "the note")


def decision(told: Consequence) -> Decision[Any]:
    assert isinstance(told.outcome, Decision)
    return told.outcome


# Registering


def test_a_player_nobody_knows_begins_to_exist_with_a_secret() -> None:
    told = nobody.when(registers()).then(PlayerCreated(profile=profile), registered()).hid(secret())
    told.replied(RegisteredAnswer(profile=profile, registered_at=NOON, rotated=False))
    assert told.story.state(player_of(ROCKET)) == Known(profile, registered_at=NOON)


@pytest.mark.parametrize("force", [False, True])
def test_a_known_player_gets_a_first_secret_whether_it_is_forced_or_not(force: bool) -> None:
    told = rocket.when(registers(force=force)).then(registered()).hid(secret())
    told.replied(RegisteredAnswer(profile=profile, registered_at=NOON, rotated=False))


def test_a_second_secret_is_refused_and_the_first_still_counts() -> None:
    again = rocket.when(registers()).when(registers(OTHER_HASH)).then().hid()
    again.refused("player_already_registered").when(registers()).refused("player_already_registered")


def test_a_forced_secret_takes_the_place_of_the_first() -> None:
    first = rocket.when(registers()).story
    rotated = first.at(LATER).when(registers(OTHER_HASH, force=True)).then(registered(rotated_at=LATER))
    rotated.hid(secret(OTHER_HASH, rotated_at=LATER))
    rotated.replied(RegisteredAnswer(profile=profile, registered_at=NOON, rotated=True))
    assert rotated.story.state(player_of(ROCKET)) == Known(profile, registered_at=NOON, rotated_at=LATER)


def test_other_facts_leave_the_registration_as_it_is() -> None:
    known = rocket.when(registers()).when(names).story.state(player_of(ROCKET))
    assert known == Known(profile, registered_at=NOON)


@pytest.mark.parametrize(("story", "standing"), [(shut_out, "banned"), (gone, "banned"), (suspended, "suspended")])
def test_who_is_shut_out_cannot_be_registered(story: Any, standing: str) -> None:
    for force in (False, True):
        story.when(registers(force=force)).then().hid().refused("player_blocked", status=standing)


def test_what_is_kept_of_a_secret_stands_beside_the_log_and_never_in_it() -> None:
    told = decision(nobody.when(registers()))
    assert HASH not in repr((told.events, told.reply))
    assert tuple(secret().values or ()) == tuple(registrations.columns)


# Names


def test_a_name_and_a_picture_stand_beside_the_log_and_never_in_it() -> None:
    told = rocket.when(names).then(PlayerIdentitySet(profile=profile)).replied(IdentityAnswer(profile=profile))
    told.hid(row("display_name", "Rocket"), row("avatar", "https://example.com/r.png"))


def test_a_name_without_a_picture_forgets_the_picture_of_before() -> None:
    rocket.when(names).when(SetIdentity(player=ROCKET, name="R")).hid(row("display_name", "R"), row("avatar", None))


def test_a_banned_player_may_be_given_a_name() -> None:
    shut_out.when(names).then(PlayerIdentitySet(profile=banned))


# Bans


def test_a_ban_is_told_to_the_engines_before_anybody_is_told_of_it() -> None:
    wished = rocket.when(bans).then(PlayerBanned(profile=banned)).waits().hid(row("ban_reason", "two accounts"))
    answer = BanAnswer(player=ROCKET, banned=True, applied=True)
    note = NoteGuest(player=ROCKET, status="banned", changes=1)
    wished.asked(Send("engines", ROCKET, note, then=FinishBan(player=ROCKET, told=answer)))
    told = wished.answered(GuestAnswer(status="banned", changes=1)).then().asked()
    told.finished(wished.wish).replied(answer)


def test_a_ban_blocks_play_until_it_is_taken_back() -> None:
    shut = rocket.when(bans)
    shut.when(AdmitPlayer(player=ROCKET)).refused("player_blocked", status="banned")
    back = shut.when(unbans).then(PlayerUnbanned(profile=profile)).waits().hid(row("ban_reason", None))
    told_of(back, "active", 2)
    back.when(AdmitPlayer(player=ROCKET)).then()
    answer = BanAnswer(player=ROCKET, banned=False, applied=True)
    back.answered(GuestAnswer(status="active", changes=2)).finished(back.wish).replied(answer)


def test_a_second_ban_only_has_another_reason() -> None:
    again = shut_out.when(BanPlayer(player=ROCKET, reason="three accounts")).then(PlayerBanned(profile=banned))
    told_of(again.hid(row("ban_reason", "three accounts")), "banned", 2)
    again.answered(GuestAnswer(status="banned", changes=2)).replied(BanAnswer(player=ROCKET, banned=True, applied=True))


def test_a_ban_that_there_is_not_cannot_be_taken_back() -> None:
    rocket.when(unbans).then().asked().hid().replied(BanAnswer(player=ROCKET, banned=False, applied=False))


def test_taking_a_ban_back_twice_waits_until_the_engines_know_of_the_first_time() -> None:
    again = shut_out.when(unbans).when(unbans).then(PlayerStatusConfirmed(profile=profile, reason="")).waits().hid()
    told_of(again, "active", 2)
    again.answered(GuestAnswer(status="active", changes=2)).replied(
        BanAnswer(player=ROCKET, banned=False, applied=False)
    )


def test_a_self_excluded_player_who_is_no_longer_banned_stays_self_excluded() -> None:
    leaves = SetPlayerStatus(player=ROCKET, status="self_excluded", reason="asked for it")
    both = shut_out.when(leaves)
    told_of(both, "banned", 2)
    both.when(AdmitPlayer(player=ROCKET)).refused("player_blocked", status="banned")
    back = both.when(unbans)
    told_of(back, "self_excluded", 3)
    back.when(AdmitPlayer(player=ROCKET)).refused("player_blocked", status="self_excluded")


def test_the_status_of_a_banned_player_is_set_beside_the_ban() -> None:
    known = shut_out.when(SetPlayerStatus(player=ROCKET, status="aml_hold", reason="")).story.state(player_of(ROCKET))
    assert isinstance(known, Known)
    assert (known.profile.status, known.profile.banned, known.profile.standing) == ("aml_hold", True, "banned")


def test_a_banned_player_is_paid_and_an_erased_one_is_not() -> None:
    assert can_receive(Known(banned))
    assert not can_receive(Known(erased))


# Money of a banned player

credits_ = CreditWallet(player=ROCKET, asset=WINZ, amount=5, account=GIFTS)
debits = DebitWallet(player=ROCKET, asset=WINZ, amount=5, account=GIFTS)


def test_a_game_server_may_move_the_money_of_a_banned_player_and_nobody_else_may() -> None:
    for wish in (credits_, debits):
        shut_out.when(wish).refused("player_blocked", status="banned")
    given_ = shut_out.when(credits_.model_copy(update={"despite_ban": True}))
    taken = given_.when(debits.model_copy(update={"despite_ban": True}))
    balances = [decision(one).reply.model_dump()["balances"] for one in (given_, taken)]  # type: ignore[union-attr]
    assert balances == [{WINZ: 5}, {WINZ: 0}]
    legs = ({"asset": "WINZ", "amount": 5, "account": "gifts"},)
    moves = TransferWallet.model_validate({"player": "rocket", "legs": legs})
    shut_out.when(moves).refused("player_blocked", status="banned")


def test_despite_a_ban_no_other_status_is_overlooked() -> None:
    wish = credits_.model_copy(update={"despite_ban": True})
    suspended.when(wish).refused("player_blocked", status="suspended")
    suspended.when(bans).when(wish).refused("player_blocked", status="suspended")
    gone.when(wish).refused("player_blocked", status="banned")


# Erasure


def test_an_erasure_forgets_every_field_and_the_secret_and_keeps_the_books() -> None:
    person = nobody.when(
        CreatePlayer(
            player=ROCKET,
            external_ref="crm-89",
            country_code="MT",
            person=Person(email="rocket@example.com"),
            opening={WINZ: 100},
        )
    ).when(registers())
    wished = person.story.at(LATER).when(erases)
    nameless = erased.model_copy(update={"erased_at": LATER})
    wished.then(PlayerErased(profile=nameless, reason="gdpr_erasure")).waits()
    wished.hid(*(row(field, None) for field in FIELDS), Private("registrations", ("rocket",), None))
    answer = ErasedAnswer(player=ROCKET, status="erased", deleted_at=LATER)
    note = ForgetGuest(player=ROCKET, status="banned", changes=1)
    told_of(wished, "banned", 1, end=True)
    wished.asked(Send("engines", ROCKET, note, then=FinishErasure(player=ROCKET, told=answer)))
    wished.answered(GuestAnswer(status="banned", changes=1)).then().finished(wished.wish).replied(answer)
    assert wished.story.state(player_of(ROCKET)) == Known(nameless, 1)


def test_all_that_is_ever_kept_of_a_person_is_among_what_an_erasure_forgets() -> None:
    wishes: tuple[Command, ...] = (
        CreatePlayer(player=ROCKET, person=Person(email="r@example.com", date_of_birth="2014-07-31")),
        SetPlayerPassword(player=ROCKET, password_hash="argon2"),
        names,
        bans,
    )
    outcomes = [rocket.when(wish).outcome for wish in wishes]
    kept = [one for outcome in outcomes if isinstance(outcome, Decision | Pending) for one in outcome.private]
    assert {one.key[1] for one in kept} == set(FIELDS)
    assert {one.table for one in kept} == {personal.table}


def test_a_second_erasure_says_when_the_first_was_and_tells_the_engines_again() -> None:
    again = gone.at(LATER).when(erases).then(PlayerStatusConfirmed(profile=erased, reason="")).waits().hid()
    told_of(again, "banned", 1, end=True)
    answer = ErasedAnswer(player=ROCKET, status="no_op_already_erased", deleted_at=NOON)
    again.answered(GuestAnswer(status="banned", changes=1)).replied(answer)


def test_who_never_was_needs_no_erasure() -> None:
    nobody.when(erases).then().asked().hid().replied(ErasedAnswer(player=ROCKET, status="no_op_never_existed"))


def test_of_an_erased_player_nothing_is_ever_kept_again() -> None:
    known = CreatePlayer(player=ROCKET, external_ref="crm-90", person=Person(email="r@example.com"))
    gone.when(known).then().hid().replied(PlayerAnswer(profile=erased, at=NOON))
    for wish in (names, SetPlayerPassword(player=ROCKET, password_hash="argon2"), registers(force=True)):
        gone.when(wish).then().hid().refused("player_blocked", status="banned")


@pytest.mark.parametrize("wish", [bans, unbans])
def test_an_erased_player_stays_banned_whatever_is_wished(wish: Command) -> None:
    wished = gone.when(wish).then(PlayerStatusConfirmed(profile=erased, reason="")).waits().hid()
    told_of(wished, "banned", 1, end=True)
    wished.answered(Refused("given_up")).replied(BanAnswer(player=ROCKET, banned=True, applied=False))


# Refusals, and what is shown


@pytest.mark.parametrize("wish", [names, bans, unbans])
def test_of_a_player_nobody_knows_this_is_refused(wish: Command) -> None:
    nobody.when(wish).then().hid().refused("no_player")


@pytest.mark.parametrize(
    ("cls",          "wrong"),
    [
        (RegisterPlayer, {"secret_hash": "x", "secret_prefix": "x"}),
        (RegisterPlayer, {"secret_hash": HASH, "secret_prefix": "x" * 17}),
        (SetIdentity,    {"name": ""}),
        (SetIdentity,    {"name": "x" * 65}),
        (SetIdentity,    {"name": "x", "avatar": "x" * 2_049}),
        (BanPlayer,      {"reason": "x" * 501}),
        (ErasePlayer,    {"reason": "boredom"}),
    ],
)  # fmt: skip
def test_such_a_wish_cannot_even_be_said(cls: type[Command], wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        cls.model_validate({"player": "rocket", **wrong})


@pytest.mark.parametrize(
    ("fact",                                            "is_banned", "erased_at"),
    [
        (PlayerBanned(profile=banned),                       True,   None),
        (PlayerUnbanned(profile=profile),                    False,  None),
        (PlayerErased(profile=erased, reason="test"),        True,   NOON),
    ],
)  # fmt: skip
def test_the_list_of_players_shows_bans_and_erasures(fact: PlayerEvent, is_banned: bool, erased_at: Any) -> None:
    values = (profile.user_id, "active", None, None, NOON, NOON, 1, '{"limits":{}}', is_banned, erased_at)
    assert shown(view, fact) == (Put(key=("rocket",), values=values),)
