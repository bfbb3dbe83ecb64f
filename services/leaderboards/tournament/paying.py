"""What a page of places wins, what the ledger is asked for, and when the next page comes."""

from __future__ import annotations

from services.leaderboards.tournament.split import prizes_of
from shared.ids import PlayerId, TournamentId
from shared.messages.prize import REWARDS
from shared.messages.tournament import CountPayout, Payout, PayPlaces, TournamentPlaced, TournamentSpec
from shared.messages.wallet import PayWallet
from shared.shapes import MOST_ROWS, Definition, Facts, Send, Timer


def page_of(definition: Definition[TournamentSpec], after: int, facts: Facts) -> TournamentPlaced:
    """Who wins what on this page; a place whose share is less than one unit wins nothing."""
    spec = definition.spec
    prizes = prizes_of(spec.prize_pool.amount, spec.shares)
    ranked = enumerate((PlayerId(str(player)) for (player,) in facts.rows), start=after + 1)
    won = ((rank, player, prizes[rank - 1]) for rank, player in ranked)
    return TournamentPlaced(
        tournament=TournamentId(definition.key),
        asset=spec.prize_pool.asset,
        payouts=tuple(Payout(rank=rank, player=player, amount=prize) for rank, player, prize in won if prize),
        more=len(facts.rows) == MOST_ROWS and after + MOST_ROWS < len(prizes),
    )


def payments_of(placed: TournamentPlaced) -> tuple[Send, ...]:
    return tuple(
        Send(
            "ledger",
            one.player,
            PayWallet(
                player=one.player,
                asset=placed.asset,
                amount=one.amount,
                account=REWARDS,
                reason=f"tournament {placed.tournament} place {one.rank}",
            ),
            then=CountPayout(tournament=placed.tournament, rank=one.rank),
        )
        for one in placed.payouts
    )


def page_after(placed: TournamentPlaced, after: int, facts: Facts) -> tuple[Timer, ...]:
    if not placed.more:
        return ()
    page = PayPlaces(tournament=placed.tournament, after=after + MOST_ROWS)
    name = f"tournament/{facts.tenant}/{placed.tournament}/places/{page.after}"
    return (Timer(name, facts.now, placed.tournament, page),)
