"""What each wager and each fact of a game adds to the operators' figures, and what adds nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from services.gateway.admin.insights_wire import rtp_of
from services.insights.figures import (
    FACTS,
    Fact,
    Figure,
    names,
    of_fact,
    of_streamed,
    read_published,
    summed,
)
from shared.ids import AssetId
from shared.messages import every_sample
from shared.messages import upcasters as old
from shared.messages.base import Event
from shared.messages.jackpot import JackpotDropped
from shared.messages.journey import JourneyRewarded
from shared.messages.lootbox import LootboxOpened
from shared.messages.mini_game import MiniGamePlayed
from shared.messages.raffle import RaffleDrawn, RaffleEntered
from shared.messages.tournament import TournamentPlaced
from shared.messages.wheel import WheelSpun
from shared.messages.wheel_spec import BonusSpinReward, ItemReward, NoReward, PaidSpin, SegmentReward

NOW = datetime(2026, 11, 21, 12, 30, 40, 123456, tzinfo=UTC)
MINUTE = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
BET: Mapping[str, Any] = {
    "tenant": "starlight", "player": "rocket", "currency": "USD", "at": "2026-11-21T12:30:40.123456Z",
    "wager_id": "w-1", "game": "starburst", "stake": "2.50", "payout": "0.000001", "status": "settled",
}  # fmt: skip
DEPOSIT = {name: BET[name] for name in ("tenant", "player", "currency", "at")} | {"deposit_id": "d-1", "amount": "20"}


class Configured:
    """A few assets, and one raffle that was entered."""

    def scale_of(self, tenant: str, asset: str) -> int | None:
        return {"WINZ": 0, "USD": 2, "BTC": 8, "coins": 0, "gems": 0}.get(asset) if tenant == "starlight" else None

    def ticket_asset_of(self, tenant: str, raffle: str) -> str | None:
        return {"weekly-raffle": "WINZ", "odd-raffle": "DOGE"}.get(raffle)


def streamed(**changes: Any) -> list[Figure]:
    return of_streamed(orjson.dumps({**BET, **changes}), "starlight", NOW)


def sample(kind: type[Event], **changes: Any) -> Fact:
    found = next(message for message in every_sample() if type(message) is kind)
    return Fact("starlight", NOW, found.model_copy(update=changes))


def of(kind: type[Event], **changes: Any) -> list[Figure]:
    return of_fact(sample(kind, **changes), Configured())


def test_a_settled_wager_is_a_bet_of_its_own_minute_and_its_player_is_active() -> None:
    assert streamed() == [Figure("starlight", MINUTE, "starburst", "USD", 1, 2_500_000, 1, "rocket")]


def test_a_void_takes_its_wager_back_and_makes_nobody_active() -> None:
    assert streamed(status="void") == [Figure("starlight", MINUTE, "starburst", "USD", -1, -2_500_000, -1, None)]


def test_a_deposit_is_no_bet() -> None:
    assert of_streamed(orjson.dumps(DEPOSIT), "starlight", NOW) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"tenant": "moonbase"},                        "in the stream of starlight"),
        ({"wager_id": ""},                              "1 to 128 printable characters"),
        ({"stake": "2.5000001"},                        "stake"),
        ({"stake": 2.5},                                "stake"),
        ({"at": "2026-11-21T12:30:40"},                 "timezone"),
        ({"at": (NOW + timedelta(hours=1)).isoformat()}, "still to come"),
        ({"at": (NOW - timedelta(days=401)).isoformat()}, "too long ago"),
    ],
)  # fmt: skip
def test_a_message_that_cannot_count_is_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        streamed(**changes)


WINZ = 1_000_000
"""One, in micro-units."""


@pytest.mark.parametrize(
    ("kind", "game", "currency", "bets", "stake", "payout", "player"),
    [
        (RaffleEntered,    "raffle/weekly-raffle",     "WINZ", 1, 30 * WINZ, 0,            "rocket"),
        (RaffleDrawn,      "raffle/weekly-raffle",     "WINZ", 0, 0,         5_000 * WINZ, None),
        (LootboxOpened,    "lootbox/starter-box",      "WINZ", 0, 0,         1_500 * WINZ, "rocket"),
        (MiniGamePlayed,   "mini-game/scratch",        "WINZ", 0, 0,         100 * WINZ,   "rocket"),
        (JackpotDropped,   "jackpot/grand",            "USD",  0, 0,         100_500_000,  None),
        (JourneyRewarded,  "journey/welcome",          "WINZ", 0, 0,         500 * WINZ,   None),
        (TournamentPlaced, "tournament/weekend-race",  "WINZ", 0, 0,         5_000 * WINZ, None),
        (WheelSpun,        "wheel/daily-spin",         "coins", 0, 0,        100 * WINZ,   "rocket"),
    ],
)  # fmt: skip
def test_a_fact_tells_what_a_game_took_or_owes(
    kind: type[Event], game: str, currency: str, bets: int, stake: int, payout: int, player: str | None
) -> None:
    assert of(kind) == [Figure("starlight", MINUTE, game, currency, bets, stake, payout, player)]


def test_every_kind_of_fact_has_its_row_above() -> None:
    assert {fact for fact in FACTS if of(fact)} == set(FACTS)


SPUN = sample(WheelSpun).event
GEMS = PaidSpin(asset=AssetId("gems"), amount=50)


def spun(reward: SegmentReward, price: PaidSpin | None = None) -> list[Figure]:
    assert isinstance(SPUN, WheelSpun)
    return of(WheelSpun, spin=SPUN.spin.model_copy(update={"reward": reward}), price=price)


def test_a_paid_spin_is_a_bet_in_what_was_paid_with_and_a_payout_in_what_came_up() -> None:
    bet = Figure("starlight", MINUTE, "wheel/daily-spin", "gems", 1, 50 * WINZ, 0, "rocket")
    assert spun(ItemReward(item=AssetId("WINZ"), quantity=3), GEMS) == [
        bet,
        Figure("starlight", MINUTE, "wheel/daily-spin", "WINZ", 0, 0, 3 * WINZ, "rocket"),
    ]
    assert spun(NoReward(), GEMS) == spun(BonusSpinReward(count=2), GEMS) == [bet]


def test_a_free_spin_that_brings_no_money_is_no_figure_at_all() -> None:
    assert spun(NoReward()) == spun(BonusSpinReward()) == []


def test_a_reward_that_was_given_up_was_not_paid() -> None:
    assert of(JourneyRewarded, paid=False) == []


def test_decimals_beyond_micro_units_are_cut_off() -> None:
    assert of(JourneyRewarded, asset="BTC", reward=199)[0].payout == 1


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (JourneyRewarded, {"asset": "DOGE"}),
        (RaffleEntered, {"raffle": "odd-raffle"}),
        (RaffleEntered, {"raffle": "unheard-of"}),
    ],
)
def test_what_nobody_defined_is_left_out(kind: type[Event], changes: dict[str, Any]) -> None:
    assert of(kind, **changes) == []


def published(type_: str = "journey.rewarded", **changes: Any) -> bytes:
    data = orjson.loads(sample(JourneyRewarded).event.model_dump_json())
    return orjson.dumps({"type": type_, "tenant": "starlight", "at": NOW.isoformat(), "data": data, **changes})


def test_a_published_fact_is_read_as_it_was_decided() -> None:
    assert read_published(published()) == sample(JourneyRewarded)


def test_a_fact_that_moves_nothing_is_passed_over_unread() -> None:
    assert read_published(published("journey.started", data="whatever")) is None


def test_a_fact_under_an_older_name_is_read_as_what_it_means_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(old.UPCASTERS, "journey.paid", lambda fields: ("journey.rewarded", fields))
    assert read_published(published("journey.paid")) == sample(JourneyRewarded)
    assert "journey.paid" in names()


@pytest.mark.parametrize("raw", [b"nonsense", b"[]", b"7", b"{}", published(at=None), published(at="noon")])
def test_what_is_no_published_fact_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_published(raw)


def test_figures_add_up_by_tenant_minute_game_and_currency() -> None:
    row, other = ("starlight", MINUTE, "starburst", "USD"), ("starlight", MINUTE, "starburst", "EUR")
    found = summed(
        [
            Figure(*row, 1, 100, 90, "rocket"),
            Figure(*row, 1, 100, 0, "rocket"),
            Figure(*row, -1, -100, 0, None),
            Figure(*other, 1, 7, 0, "comet"),
        ]
    )
    assert dict(found.figures) == {other: (1, 7, 0), row: (1, 100, 90)}
    assert list(found.figures) == [other, row]
    assert found.seen == {(*row, "rocket"), (*other, "comet")}


@pytest.mark.parametrize(
    ("stake", "payout", "rtp"),
    [
        (100, 96,  "0.960000"),
        (3,   2,   "0.666667"),
        (3,   1,   "0.333333"),
        (8_000_000, 1, "0.000000"),
        (2_000_000, 1, "0.000001"),
        (2,   5,   "2.500000"),
        (0,   0,   None),
        (0,   5,   None),
        (-5,  -5,  None),
    ],
)  # fmt: skip
def test_rtp_is_payout_by_stake_and_nothing_where_nothing_was_staked(stake: int, payout: int, rtp: str | None) -> None:
    assert rtp_of(stake, payout) == rtp
