"""What is asked of the insights and what they answer: amounts as exact decimal text, never added across currencies."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from services.gateway.route import Shown, Strict
from shared.ids import AssetId
from shared.money import MICRO, MICRO_SCALE, render
from shared.readmodels.insights import FiguresRow

LONGEST: Final = timedelta(days=400)
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 9998
"""Beyond it a moment with an offset may have no name in UTC."""

DecimalText = Annotated[str, Field(pattern=r"^-?[0-9]+\.[0-9]{6}$")]


class InsightsQuery(Strict):
    """Which minutes, and what each row is to be."""

    start: AwareDatetime = Field(
        alias="from", description="Minutes that begin here or later; with an offset, such as `Z`."
    )
    end: AwareDatetime = Field(alias="to", description="Minutes that begin before this; at most 400 days later.")
    by: Literal["minute", "hour", "day", "game"] = Field(description="What one row is, for each currency.")

    @model_validator(mode="after")
    def _is_a_stretch_of_time(self) -> Self:
        if self.start.year < FIRST_YEAR or self.end.year > LAST_YEAR:
            raise ValueError(f"from and to must lie in the years {FIRST_YEAR} to {LAST_YEAR}")
        if not timedelta(0) < self.end - self.start <= LONGEST:
            raise ValueError(f"from must come before to, and at most {LONGEST.days} days before it")
        return self


def rtp_of(stake: int, payout: int) -> str | None:
    """Payout by stake with 6 decimals, halves rounded up; None unless something was staked."""
    return render((2 * payout * MICRO + stake) // (2 * stake), MICRO_SCALE) if stake > 0 else None


class FiguresShown(Shown):
    """The figures of one row."""

    currency: AssetId
    bets: int = Field(description="Wagers and raffle entries; a void takes one back.")
    stake: DecimalText
    payout: DecimalText
    ggr: DecimalText = Field(description="Stake less payout.")
    rtp: DecimalText | None = Field(description="Payout by stake, rounded; null where nothing was staked.")
    active_players: int = Field(description="Who bet or played, each counted once.")
    corrected: bool = Field(description="Whether all of it comes from the log and is over; else it may still change.")

    @classmethod
    def of(cls, row: FiguresRow, **more: object) -> Self:
        return cls(
            currency=row.currency,
            bets=row.bets,
            stake=render(row.stake, MICRO_SCALE),
            payout=render(row.payout, MICRO_SCALE),
            ggr=render(row.stake - row.payout, MICRO_SCALE),
            rtp=rtp_of(row.stake, row.payout),
            active_players=row.active_players,
            corrected=row.corrected,
            **more,
        )


class MinuteShown(FiguresShown):
    minute: datetime


class HourShown(FiguresShown):
    hour: datetime


class DayShown(FiguresShown):
    day: date


class GameShown(FiguresShown):
    game: str = Field(description="The operator's own name, or `raffle/…`, `lootbox/…`, `mini-game/…` and so on.")


class Asked(Shown):
    """The question, as it was understood."""

    model_config = ConfigDict(serialize_by_alias=True)

    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")


class ByMinute(Asked):
    by: Literal["minute"] = "minute"
    rows: list[MinuteShown]


class ByHour(Asked):
    by: Literal["hour"] = "hour"
    rows: list[HourShown]


class ByDay(Asked):
    by: Literal["day"] = "day"
    rows: list[DayShown]


class ByGame(Asked):
    by: Literal["game"] = "game"
    rows: list[GameShown]


Insights = ByMinute | ByHour | ByDay | ByGame
