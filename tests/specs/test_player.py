"""A player exists once per tenant, and only an active player may move money or play."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, get_args

import pytest

from services.ledger.player.personal import personal
from services.ledger.player.state import Known, Unknown, can_receive, player_of
from services.ledger.player.view import view
from services.ledger.registry import service
from services.ledger.wallet.state import wallet_of
from shared.ids import AccountId, AssetId, PlayerId, TenantId, user_id_of
from shared.messages.base import LARGEST_AMOUNT, Command
from shared.messages.guest import GuestAnswer, NoteGuest
from shared.messages.player import (
    AdmitPlayer,
    Admitted,
    CreatePlayer,
    FinishPlayerStatus,
    Person,
    PlayerAnswer,
    PlayerCreated,
    PlayerPasswordSet,
    PlayerStatusChanged,
    PlayerStatusConfirmed,
    PlayerUpdated,
    Profile,
    SetPlayerPassword,
    SetPlayerStatus,
    Status,
)
from shared.messages.wallet import PLAYER, AssetSpec, Posting, WalletPosted
from shared.shapes import Decision, Private, Put, Refused, Send
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, given, shown

ROCKET: Final = PlayerId("rocket")
WINZ, USD = AssetId("WINZ"), AssetId("USD")
OPENING = AccountId("opening")
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
BLOCKED: Final = [status for status in STATUSES if status != "active"]

profile = Profile(player=ROCKET, user_id=user_id_of(TENANT, ROCKET), status="active", created_at=NOON)
created = PlayerCreated(profile=profile)
nobody = given(service).defined("WINZ", AssetSpec(name="Winz")).defined("USD", AssetSpec(name="Dollar", scale=2))
rocket = nobody.and_then(created)
sets_password = SetPlayerPassword(player=ROCKET, password_hash="$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA")


def in_status(status: Status) -> PlayerStatusChanged:
    return PlayerStatusChanged(profile=profile.model_copy(update={"status": status}), was="active", reason="support")


def test_a_new_player_is_active_from_this_moment() -> None:
    nobody.when(CreatePlayer(player=ROCKET)).then(created).replied(PlayerAnswer(at=NOON, profile=profile, created=True))


def test_a_new_player_brings_a_profile() -> None:
    wish = CreatePlayer(player=ROCKET, external_ref="crm-89", country_code="MT")
    told = profile.model_copy(update={"external_ref": "crm-89", "country_code": "MT"})
    nobody.when(wish).then(PlayerCreated(profile=told)).replied(PlayerAnswer(at=NOON, profile=told, created=True))


def test_the_first_balances_come_from_the_house() -> None:
    opened = nobody.when(CreatePlayer(player=ROCKET, opening={WINZ: 10_000, USD: 0})).then(
        created,
        WalletPosted(
            player=ROCKET,
            operation="opening",
            postings=(
                Posting(account=PLAYER, asset=WINZ, amount=10_000, balance=10_000),
                Posting(account=OPENING, asset=WINZ, amount=-10_000),
                Posting(account=PLAYER, asset=USD, amount=0, balance=0),
                Posting(account=OPENING, asset=USD, amount=0),
            ),
        ),
    )
    assert opened.story.state(wallet_of(ROCKET)).of(WINZ) == 10_000


@pytest.mark.parametrize("amount", [1, LARGEST_AMOUNT])
def test_a_first_balance_may_be_as_large_as_any(amount: int) -> None:
    opened = nobody.when(CreatePlayer(player=ROCKET, opening={WINZ: amount}))
    assert opened.story.state(wallet_of(ROCKET)).of(WINZ) == amount


def test_the_same_player_again_changes_nothing() -> None:
    again = CreatePlayer(player=ROCKET, opening={WINZ: 10_000})
    nobody.when(again).when(again).then().replied(PlayerAnswer(at=NOON, profile=profile, created=False))


def test_balances_of_a_known_player_are_left_alone() -> None:
    rocket.when(CreatePlayer(player=ROCKET, opening={AssetId("rocks"): -5})).then()


def test_a_known_player_is_brought_up_to_date_and_keeps_what_is_not_mentioned() -> None:
    first = rocket.when(CreatePlayer(player=ROCKET, external_ref="crm-89"))
    told = profile.model_copy(update={"external_ref": "crm-89"})
    first.then(PlayerUpdated(profile=told)).replied(PlayerAnswer(at=NOON, profile=told))
    both = told.model_copy(update={"country_code": "MT"})
    first.when(CreatePlayer(player=ROCKET, country_code="MT")).then(PlayerUpdated(profile=both))


def test_a_blocked_player_stays_blocked_when_introduced_again() -> None:
    blocked = profile.model_copy(update={"status": "suspended"})
    story = rocket.and_then(in_status("suspended"))
    story.when(CreatePlayer(player=ROCKET)).then().replied(PlayerAnswer(at=NOON, profile=blocked))


def test_who_the_person_is_stands_beside_the_log_and_never_in_it() -> None:
    person = Person(email="rocket@example.com", date_of_birth="2014-07-31")
    email = Private("personal", ("rocket", "email"), {"value": "rocket@example.com"})
    birth = Private("personal", ("rocket", "date_of_birth"), {"value": "2014-07-31"})
    introduced = nobody.when(CreatePlayer(player=ROCKET, person=person)).then(created).hid(email, birth)
    introduced.when(CreatePlayer(player=ROCKET, person=person)).then().hid(email, birth)
    assert tuple(email.values or ()) == tuple(personal.columns)


def test_what_is_not_told_of_the_person_again_is_not_forgotten() -> None:
    email = Private("personal", ("rocket", "email"), {"value": "new@example.com"})
    rocket.when(CreatePlayer(player=ROCKET, person=Person(email="new@example.com"))).then().hid(email)


def test_a_status_is_set_and_says_what_it_was() -> None:
    held = profile.model_copy(update={"status": "fraud_hold"})
    wished = rocket.when(SetPlayerStatus(player=ROCKET, status="fraud_hold", reason="two accounts"))
    wished.then(PlayerStatusChanged(profile=held, was="active", reason="two accounts")).waits()


def test_whoever_wished_for_a_status_is_told_when_the_engines_know_it_and_not_before() -> None:
    wished = rocket.when(SetPlayerStatus(player=ROCKET, status="fraud_hold", reason="two accounts")).waits()
    held = profile.model_copy(update={"status": "fraud_hold"})
    note = NoteGuest(player=ROCKET, status="fraud_hold", changes=1)
    wished.asked(Send("engines", ROCKET, note, then=FinishPlayerStatus(player=ROCKET, profile=held, at=NOON)))
    later = wished.story.at(NOON + timedelta(hours=1))
    told = wished.answered(GuestAnswer(status="fraud_hold", changes=1), by=later).then().asked()
    told.finished(wished.wish).replied(PlayerAnswer(at=NOON, profile=held))


def test_a_note_that_people_gave_up_still_tells_what_the_status_is() -> None:
    wished = rocket.when(SetPlayerStatus(player=ROCKET, status="closed", reason=""))
    closed = profile.model_copy(update={"status": "closed"})
    wished.answered(Refused("given_up")).finished(wished.wish).replied(PlayerAnswer(at=NOON, profile=closed))


def test_of_two_changes_at_once_each_asker_hears_of_the_status_they_wished_for() -> None:
    one = rocket.when(SetPlayerStatus(player=ROCKET, status="closed", reason=""))
    two = one.when(SetPlayerStatus(player=ROCKET, status="active", reason=""))
    two.answered(GuestAnswer(status="active", changes=2)).replied(PlayerAnswer(at=NOON, profile=profile))
    closed = profile.model_copy(update={"status": "closed"})
    late = one.answered(GuestAnswer(status="active", changes=2), by=two.story)
    late.finished(one.wish).replied(PlayerAnswer(at=NOON, profile=closed))


def test_the_status_that_a_player_always_had_is_told_at_once() -> None:
    same = SetPlayerStatus(player=ROCKET, status="active", reason="to be sure")
    rocket.when(same).then().asked().replied(PlayerAnswer(at=NOON, profile=profile))


def test_the_same_status_again_waits_for_the_engines_too_since_they_may_not_have_heard_of_it_yet() -> None:
    closes = SetPlayerStatus(player=ROCKET, status="closed", reason="asked for it")
    closed = profile.model_copy(update={"status": "closed"})
    again = rocket.when(closes).when(closes).waits()
    again.then(PlayerStatusConfirmed(profile=closed, reason="asked for it"))
    finish = FinishPlayerStatus(player=ROCKET, profile=closed, at=NOON)
    again.asked(Send("engines", ROCKET, NoteGuest(player=ROCKET, status="closed", changes=1), then=finish))
    again.answered(GuestAnswer(status="closed", changes=1)).replied(PlayerAnswer(at=NOON, profile=closed))
    opened = again.when(SetPlayerStatus(player=ROCKET, status="active", reason=""))
    assert opened.sends[0].command == NoteGuest(player=ROCKET, status="active", changes=2)


def test_only_a_change_of_status_is_counted() -> None:
    busy = rocket.when(CreatePlayer(player=ROCKET, external_ref="crm-89")).when(sets_password).story
    assert busy.state(player_of(ROCKET)) == Known(profile.model_copy(update={"external_ref": "crm-89"}), 0)
    assert busy.and_then(in_status("closed"), created).state(player_of(ROCKET)) == Known(profile, 1)


def test_what_is_kept_of_a_password_stands_beside_the_log_and_never_in_it() -> None:
    kept = Private("personal", ("rocket", "password"), {"value": sets_password.password_hash})
    changed = rocket.when(sets_password).then(PlayerPasswordSet(profile=profile)).hid(kept)
    changed.replied(PlayerAnswer(at=NOON, profile=profile))
    changed.when(sets_password).hid(kept)
    assert isinstance(changed.outcome, Decision)
    said = (changed.outcome.events, changed.outcome.reply, changed.story.states)
    assert sets_password.password_hash not in repr(said)


def test_a_blocked_player_may_have_another_password() -> None:
    blocked = rocket.and_then(in_status("suspended")).when(sets_password)
    blocked.then(PlayerPasswordSet(profile=in_status("suspended").profile))


def test_an_active_player_is_admitted_as_often_as_asked() -> None:
    admitted = Admitted(player=ROCKET, changes=0)
    rocket.when(AdmitPlayer(player=ROCKET)).then().replied(admitted).when(AdmitPlayer(player=ROCKET)).replied(admitted)


@pytest.mark.parametrize("status", BLOCKED)
def test_every_other_status_blocks_play(status: Status) -> None:
    story = rocket.and_then(in_status(status))
    story.when(AdmitPlayer(player=ROCKET)).then().refused("player_blocked", status=status)


def test_a_player_whose_gates_are_opened_again_may_play() -> None:
    cleared = SetPlayerStatus(player=ROCKET, status="active", reason="cleared")
    story = rocket.and_then(in_status("aml_hold"))
    story.when(cleared).when(AdmitPlayer(player=ROCKET)).replied(Admitted(player=ROCKET, changes=2))


@pytest.mark.parametrize(
    ("wish",                                                              "code",           "details"),
    [
        (AdmitPlayer(player=ROCKET),                                      "no_player",      {}),
        (SetPlayerStatus(player=ROCKET, status="active", reason=""),      "no_player",      {}),
        (SetPlayerPassword(player=ROCKET, password_hash="argon2"),        "no_player",      {}),
        (CreatePlayer(player=ROCKET, opening={AssetId("rocks"): 1}),      "unknown_asset",
            {"asset": "rocks", "path": "opening_balances.rocks"}),
        (CreatePlayer(player=ROCKET, opening={WINZ: 1, USD: -1}),         "invalid_amount",
            {"asset": "USD", "path": "opening_balances.USD"}),
        (CreatePlayer(player=ROCKET, opening={WINZ: LARGEST_AMOUNT + 1}), "invalid_amount",
            {"asset": "WINZ", "path": "opening_balances.WINZ"}),
    ],
)  # fmt: skip
def test_of_a_player_nobody_knows_this_is_refused(wish: Command, code: str, details: dict[str, Any]) -> None:
    refused = nobody.when(wish).then().refused(code, **details)
    assert refused.story.state(player_of(ROCKET)) == Unknown()


@pytest.mark.parametrize("status", STATUSES)
def test_held_players_are_paid_and_those_who_left_are_not(status: Status) -> None:
    player = Known(profile.model_copy(update={"status": status}))
    assert can_receive(player) == (status not in {"closed", "self_excluded"})


def test_who_never_was_cannot_be_paid() -> None:
    assert not can_receive(Unknown())


def test_players_of_one_name_in_two_tenants_have_two_ids_that_never_change() -> None:
    assert user_id_of(TENANT, ROCKET) == "dc08e63f-05d3-54ad-add0-abd07e51569c"
    assert user_id_of(TenantId("moonbase"), ROCKET) != user_id_of(TENANT, ROCKET)


@pytest.mark.parametrize("fact", [created, PlayerUpdated(profile=profile), in_status("closed")])
def test_the_list_of_players_shows_the_profile_as_it_is_now(
    fact: PlayerCreated | PlayerUpdated | PlayerStatusChanged,
) -> None:
    who = fact.profile
    values = (who.user_id, who.status, None, None, NOON, NOON, 3, '{"limits":{}}', False, None)
    assert shown(view, fact, version=3) == (Put(key=("rocket",), values=values),)
