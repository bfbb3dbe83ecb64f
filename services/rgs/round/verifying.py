"""What a game comes to under given seeds, for whoever wants to check a round that is over."""

from __future__ import annotations

from typing import Any

from services.rgs.games.game import Chance
from services.rgs.games.registry import game_of
from services.rgs.round.dealing import terms_of
from shared.messages.base import Event
from shared.messages.game import GameSpec
from shared.messages.seed_pair import VerifiedAnswer, VerifyRound
from shared.shapes import Decision, Facts, Outcome, Refused


def verify(command: VerifyRound, facts: Facts) -> Outcome[Event]:
    # Nobody says which round is meant, and nobody must: what a code pays lasts, in whatever version it was played.
    definition = facts.definitions.current(GameSpec, command.table.game)
    if definition is None:
        return Refused("no_game")
    if command.query.game != definition.spec.slug:
        return Refused("invalid_request_type")
    chance = Chance(command.server_seed, command.client_seed, command.nonce)
    verified: Any = game_of(definition.spec.slug).verify(command.query, chance, terms_of(definition.spec, None))
    if isinstance(verified, Refused):
        return verified
    return Decision((), reply=VerifiedAnswer(verified=verified))
