"""The words that specs of the tables are told in: who sits where, what is bet, and what the wallets answer."""

from __future__ import annotations

from typing import Any, Final

from services.rgs.games.game import Chance
from services.rgs.registry import service
from services.rgs.round.state import Seeded
from services.rgs.session.state import IDLE
from shared.ids import AssetId, GameCode, MessageId, OperatorId, PlayerId, RoundId, uuid_of
from shared.messages.call import CallAnswer
from shared.messages.game import GameSpec, Slug
from shared.messages.games.dice import DiceBet
from shared.messages.games.mines import MinesStart
from shared.messages.operator import BetLimits, OperatorSpec
from shared.messages.play import Move, Opening
from shared.messages.round import BeginRound, MoveRound, Round, RoundAnswer, RoundFact, RoundFollowUp, Transaction
from shared.messages.seat import Seat
from shared.messages.session import Session, SessionLaunched, WalletKind
from shared.messages.wallet import AssetSpec, WalletAnswer
from shared.shapes import Decision, Seed
from shared.streams import Stream
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, Consequence, Story, given, seeds
from shared.testing.promises import events_of

ROCKET: Final = PlayerId("rocket")
HOUSE: Final = OperatorId("11111111-2222-4333-8444-555555555555")
USD: Final = AssetId("USD")
FIRST: Final = MessageId("session-1")
LIMITS: Final = BetLimits(min_bet="0.10", max_bet="1000", max_win="100000")

operator = OperatorSpec(
    name="House",
    secret_sealed="AAAA",
    currencies=(USD,),
    limits=LIMITS,
    demo_balance=1_000,
)


def code_of(slug: str) -> GameCode:
    return GameCode(f"{slug}-alpha")


def round_at(slug: str = "dice", nonce: int = 0, step: int = 1) -> RoundId:
    """A round of the first seeds of a table, begun with that step of a history."""
    pair_id = uuid_of(TENANT, "pair", ROCKET, HOUSE, code_of(slug), "0")
    return RoundId(uuid_of(pair_id, str(nonce), f"command-{step}"))


def seat_of(slug: str = "dice", currency: AssetId = USD) -> Seat:
    return Seat(player=ROCKET, operator=HOUSE, game=code_of(slug), currency=currency)


def casino(*slugs: Slug) -> Story:
    """An operator, its currency, and a game code of each of these."""
    story = given(service).defined(HOUSE, operator).defined(USD, AssetSpec(name="US dollar", scale=2))
    for slug in slugs:
        story = story.defined(code_of(slug), GameSpec(title=slug, slug=slug, rtp="0.99"))
    return story


def session_of(seat: Seat, slug: Slug, wallet: WalletKind = "internal", **change: Any) -> Session:
    told: dict[str, Any] = {
        "session_id": FIRST,
        "number": 0,
        "token_hash": "3c" * 32,
        "country": "US",
        "opened_at": NOON,
        "used_at": NOON,
        "expires_at": NOON + IDLE,
    }
    return Session(seat=seat, slug=slug, wallet=wallet, **told | change)


def seated(slug: Slug, wallet: WalletKind = "internal", balance: int | None = None, **change: Any) -> Story:
    """Rocket sits at a table of this game."""
    seat = seat_of(slug)
    opened = SessionLaunched(session=session_of(seat, slug, wallet, **change), demo_balance=balance)
    return casino(slug).and_then(opened)


def begins(slug: str, opening: Opening, **change: Any) -> BeginRound:
    said: dict[str, Any] = {"seat": seat_of(slug), "session_id": FIRST, "number": 0}
    return BeginRound(**said | change, opening=opening)


def moves(slug: str, round_id: RoundId, move: Move, **change: Any) -> MoveRound:
    said: dict[str, Any] = {"seat": seat_of(slug), "session_id": FIRST, "number": 0, "round_id": round_id}
    return MoveRound(**said | change, move=move)


def paid(balance: int) -> WalletAnswer:
    """The ledger's answer."""
    return WalletAnswer(transaction_id="rgs/0/1/0", player=ROCKET, balances={USD: balance})


def called(balance: int | None = None) -> CallAnswer:
    """The operator's answer."""
    return CallAnswer(balance=balance)


def facts_in(after: Consequence) -> tuple[str, ...]:
    """What happened, by name."""
    return tuple(event.wire for event in events_of(after.outcome))


def round_in(after: Consequence) -> Round:
    """The round, as the last fact of it has it."""
    facts = [event for event in events_of(after.outcome) if isinstance(event, RoundFact)]
    return facts[-1].round


def answer_in(after: Consequence) -> RoundAnswer:
    assert isinstance(after.outcome, Decision)
    assert isinstance(after.outcome.reply, RoundAnswer), after.outcome.reply
    return after.outcome.reply


def moved_in(after: Consequence) -> list[Transaction]:
    """What became known of movements of money, in order."""
    told = (getattr(event, "transaction", None) for event in events_of(after.outcome))
    return [one for one in told if one is not None]


def asked_in(after: Consequence) -> Transaction:
    """The movement of money that is asked for."""
    (send,) = after.sends
    assert isinstance(send.then, RoundFollowUp), "nothing waits for the answer"
    return send.then.transaction


def table_in(story: Story, slug: str) -> Seeded:
    state = story.state(seat_of(slug).stream)
    assert isinstance(state, Seeded), state
    return state


def seed_of(slug: str, number: int = 0) -> Seed:
    return seeds().of(seat_of(slug).stream, number)


def chance_of(slug: str, nonce: int = 0) -> Chance:
    """What the table's first pair brings at this nonce."""
    client_seed = seeds().of(Stream("client_seed", seat_of(slug).stream.key), 0).value[:16]
    return Chance(seed_of(slug).value, client_seed, nonce)


def dice(*, wins: bool, amount: int = 100, nonce: int = 0) -> DiceBet:
    """A bet on the next roll, by somebody who knows it."""
    roll = chance_of("dice", nonce).below(0, 10_000)
    return DiceBet(amount=amount, under=roll + 1 if wins else roll)


def safe_fields(start: MinesStart, nonce: int = 0) -> tuple[int, ...]:
    """The fields that are no mines."""
    mines = mined_fields(start, nonce)
    return tuple(field for field in range(start.grid_size) if field not in mines)


def mined_fields(start: MinesStart, nonce: int = 0) -> tuple[int, ...]:
    return chance_of("mines", nonce).picks(start.mine_count, range(start.grid_size))


FIELD: Final = MinesStart(amount=100, mine_count=3)


def opened(story: Story, start: MinesStart = FIELD) -> Consequence:
    """A round of mines that is open."""
    return story.when(begins("mines", start)).answered(paid(900))
