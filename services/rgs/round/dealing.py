"""A round as it stands with all that is hidden: worked out from seeds, opening and moves, and kept nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, NamedTuple

from services.rgs.games.game import Chance, Game, Settlement, Terms, fraction_text
from services.rgs.games.registry import game_of
from services.rgs.round.state import Held, Seeded
from services.rgs.seed.pairs import server_seed
from shared.messages.base import LARGEST_AMOUNT
from shared.messages.game import GameSpec
from shared.messages.play import Move, Opening
from shared.messages.round import Round
from shared.shapes import Facts, Refused

MOST_FRACTIONS: Final = 16_384
"""Of rates and pay tables, that are remembered as read."""
exact = lru_cache(MOST_FRACTIONS)(Fraction)


class Deal(NamedTuple):
    """What a round is dealt from, and under which terms."""

    game: Game[Any]
    chance: Chance
    terms: Terms

    @property
    def most(self) -> int:
        """The most that the round can pay."""
        return LARGEST_AMOUNT if self.terms.max_win is None else self.terms.max_win

    def opened(self, opening: Opening) -> Any:
        """The round after its opening, or why it cannot begin so."""
        if not isinstance(opening, self.game.openings):
            return Refused("invalid_request_type")
        return self.game.open_(opening, self.chance, self.terms)

    def moved(self, state: Any, move: Move) -> Any:
        """The round after a move, or why that is no move now."""
        if not isinstance(move, self.game.moves):
            return Refused("invalid_request_type")
        after = self.game.move(state, move, self.chance, self.terms)
        return after if isinstance(after, Refused) or not self.reached(after) else self.game.cashed(after)

    def reached(self, state: Any) -> bool:
        """Whether cashing out would pay all that can be won: then the round is cashed out by itself."""
        worth = self.game.worth(state, self.terms)
        return worth is not None and worth.payout >= self.most

    def settled(self, state: Any, amount: int) -> Settlement | None:
        """What the round has come to for the amount of its opening; never more than can be won."""
        found = self.game.settled(state, self.terms)
        if found is None or found.payout <= self.most:
            return found
        return Settlement(self.most, Fraction(self.most, amount))

    def seen(self, round_: Round, state: Any, **more: Any) -> Round:
        """The round with what may be seen of it now; `more` changes as well."""
        settlement = self.settled(state, round_.opening.amount)
        change: dict[str, Any] = {
            "stake": self.game.staked(state),
            "shown": self.game.shown(state, self.terms),
            **more,
        }
        if settlement is not None:
            change |= {"payout": settlement.payout, "multiplier": fraction_text(settlement.multiplier)}
        return round_.model_copy(update=change)


def terms_of(spec: GameSpec, max_win: int | None) -> Terms:
    """What a game code says of its rounds."""
    tables = {name: tuple(map(exact, table)) for name, table in spec.tables.items()}
    return Terms(rtp=exact(spec.rtp), tables=tables, max_win=max_win)


def deal_of(round_: Round, seeds: Seeded, facts: Facts) -> Deal:
    """What a round of the active pair is dealt from. Raises LookupError if its seed or its terms are gone."""
    seat = round_.seat
    definition = facts.definitions.at(GameSpec, seat.game, round_.definition_version)
    if definition is None:
        raise LookupError(f"game {seat.game} has no version {round_.definition_version}")
    chance = Chance(server_seed(seat, seeds.active, facts), round_.client_seed, round_.nonce)
    return Deal(game_of(round_.slug), chance, terms_of(definition.spec, round_.max_win))


def played(held: Held, deal: Deal) -> Any:
    """How the round stands after all that was done."""
    return after(deal.opened(held.round.opening), held.moves, deal)


def after(state: Any, moves: Iterable[Move], deal: Deal) -> Any:
    """How it stands after these moves, all of which were taken."""
    for move in moves:
        state = deal.moved(state, move)
    return state
