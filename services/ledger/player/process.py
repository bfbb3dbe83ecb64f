"""A new player is news to the journeys: signing up is the first thing that can happen in one."""

from __future__ import annotations

from shared.messages.journey import SIGNUP, Fired, TriggerJourneysTogether
from shared.messages.player import PlayerCreated
from shared.shapes import Process, Send


def react(event: PlayerCreated) -> tuple[Send, ...]:
    who = event.profile
    signed_up = Fired(player=who.player, triggers={SIGNUP: 1}, at=who.created_at)
    return (Send("engines", who.player, TriggerJourneysTogether(fired=(signed_up,))),)


process = Process(events=(PlayerCreated,), react=react)
