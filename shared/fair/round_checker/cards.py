"""Cards, dealt from a deck that never ends."""

from __future__ import annotations

from shared.fair.round_checker.chance import Numbers

SUITS = "♦♥♠♣"
FACES = ("2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K", "A")


def card(numbers: Numbers, place: int) -> str:
    """Card floor(float × 52): ♦2, ♥2, ♠2, ♣2, ♦3 and so on to ♣A."""
    index = numbers.one_of(place, 52)
    return SUITS[index % 4] + FACES[index // 4]
