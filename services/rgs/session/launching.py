"""An operator lets a player in: one who is new here is introduced to the ledger first, and one who is shut out is not.

A session that is open is used further, with its token as it is; the limits, the country and the details of the last
launch hold from then on. Only a demo does not go on as a session for money, nor the other way about: then a new session
takes the place of the old one. So it does where a demo has nothing left.
"""

from __future__ import annotations

from dataclasses import replace

from services.rgs.session.state import IDLE, Place, Taken, answer_of, used
from shared.messages.base import Event
from shared.messages.game import GameSpec
from shared.messages.operator import OperatorSpec
from shared.messages.player import CreatePlayer, PlayerAnswer
from shared.messages.session import (
    AdmitSession,
    LaunchSession,
    Session,
    SessionLaunched,
    SessionRequested,
    SessionTouched,
)
from shared.messages.wallet import AssetSpec
from shared.shapes import Decision, Facts, Outcome, Pending, Refused, Send

Launch = LaunchSession | AdmitSession
ACTIVE = "active"


def launch(command: LaunchSession, place: Place, facts: Facts) -> Outcome[Event]:
    refused = _not_offered(command, facts)
    if refused is not None:
        return refused
    if command.wallet == "demo":
        return _let_in(command, place, facts)
    introduce = CreatePlayer(player=command.seat.player)
    then = AdmitSession(**dict(command))
    send = Send("ledger", command.seat.player, introduce, then=then)
    return Pending((SessionRequested(seat=command.seat),), sends=(send,))


def admitted(command: AdmitSession, place: Place, facts: Facts) -> Decision[Event]:
    refused = _shut_out(command) or _not_offered(command, facts)
    if refused is not None:
        return Decision((), reply=refused, finishes=facts.wish)
    outcome = _let_in(command, place, facts)
    return Decision(outcome.events, reply=outcome.reply, finishes=facts.wish)


def _shut_out(command: AdmitSession) -> Refused | None:
    answer = command.answer
    if not answer.granted:
        return Refused(answer.code or "refused", answer.details)
    standing = PlayerAnswer.model_validate(answer.body, strict=False).profile.standing
    return None if standing == ACTIVE else Refused("player_blocked", {"status": standing})


def _not_offered(command: Launch, facts: Facts) -> Refused | None:
    """The clause of the operator's terms that stands in the way."""
    seat, definitions = command.seat, facts.definitions
    operator = definitions.current(OperatorSpec, seat.operator)
    game = definitions.current(GameSpec, seat.game)
    if operator is None or operator.spec.status != ACTIVE or game is None or game.spec.status != ACTIVE:
        return Refused("no_game")
    if operator.spec.games is not None and seat.game not in operator.spec.games:
        return Refused("no_game")
    if seat.currency not in operator.spec.currencies or definitions.current(AssetSpec, seat.currency) is None:
        return Refused("no_currency")
    return None


def _let_in(command: Launch, place: Place, facts: Facts) -> Decision[Event]:
    if isinstance(place, Taken) and facts.now < place.session.expires_at and _goes_on(place, command):
        return _used_further(command, place, facts)
    return _opened(command, facts)


def _used_further(command: Launch, place: Taken, facts: Facts) -> Decision[Event]:
    said = {"bounds": command.bounds, "country": command.country, "details": command.details}
    after = used(replace(place, session=place.session.model_copy(update=said)), facts.now)
    changed = () if after.session == place.session else (SessionTouched(session=after.session),)
    return Decision(changed, reply=answer_of(after))


def _goes_on(place: Taken, command: Launch) -> bool:
    demo = command.wallet == "demo"
    return (place.session.wallet == "demo") is demo and not (demo and place.demo_balance == 0)


def _opened(command: Launch, facts: Facts) -> Decision[Event]:
    operator = facts.definitions.current(OperatorSpec, command.seat.operator)
    game = facts.definitions.current(GameSpec, command.seat.game)
    assert operator is not None, "checked before"
    assert game is not None, "checked before"
    demo_balance = operator.spec.demo_balance if command.wallet == "demo" else None
    session = Session(
        session_id=command.session_id,
        seat=command.seat,
        slug=game.spec.slug,
        wallet=command.wallet,
        number=0,
        token_hash=command.token_hash,
        bounds=command.bounds,
        country=command.country,
        details=command.details,
        opened_at=facts.now,
        used_at=facts.now,
        expires_at=facts.now + IDLE,
    )
    opened = SessionLaunched(session=session, demo_balance=demo_balance)
    return Decision((opened,), reply=answer_of(Taken(session, demo_balance or 0)))
