"""Where a pool drops by itself, and how much of a pool can be paid."""

from __future__ import annotations

from shared.fair.draw import below
from shared.ids import JackpotId
from shared.messages.base import LARGEST_AMOUNT
from shared.money import MICRO, MICRO_SCALE


def point_of(server_seed: str, jackpot: JackpotId, least: int, most: int) -> int:
    """The draw of docs/fairness.md over the sizes of the pool: every micro-unit from least to most alike."""
    return least + below(server_seed, "jackpot", jackpot, most - least + 1)


def payable(pool: int, scale: int) -> tuple[int, int]:
    """What of a pool of micro-units is paid, in the asset's smallest unit, and the micro-units that stay."""
    step = MICRO // 10 ** min(scale, MICRO_SCALE)
    most = LARGEST_AMOUNT * MICRO // 10**scale
    paid = min(pool, most) // step * step
    return paid * 10**scale // MICRO, pool - paid
