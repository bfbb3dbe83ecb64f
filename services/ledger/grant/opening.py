"""A crate is opened once: the seed that was promised with it decides what was in it, and that is a grant of its own."""

from __future__ import annotations

from services.ledger.grant.claiming import too_late
from services.ledger.grant.crate import kept, table_of
from services.ledger.grant.giving import brought
from services.ledger.grant.rolling import CONTENTS, unpacked
from services.ledger.grant.state import Given, grant_of
from services.ledger.player.state import player_of, why_not
from shared.fair.draw import Draws
from shared.messages.base import Event
from shared.messages.grant import CrateOpened, CrateProof, Grant, GrantGiven, OpenCrate, OpenedAnswer, contents_of
from shared.messages.reward_table import Fixed, FixedCrate, RewardTableSpec
from shared.shapes import Decision, Definition, Facts, Outcome, Refused, States


def open_(command: OpenCrate, states: States, facts: Facts) -> Outcome[Event]:
    refused = why_not(states[player_of(command.player)])
    standing = states[grant_of(command.player, command.grant_id)]
    if refused is not None or not isinstance(standing, Given):
        return refused or Refused("no_grant")
    grant, proof, entry = standing.grant, standing.grant.proof, standing.grant.entries[0]
    if proof is None or not isinstance(entry, FixedCrate):
        return Refused("grant_is_no_crate")
    inside = states[grant_of(command.player, contents_of(command.grant_id))]
    if isinstance(inside, Given):
        return Decision((), reply=OpenedAnswer(crate=grant, contents=inside.grant, proof=proof))
    if too_late(grant, facts):
        return Refused("grant_expired")
    table = _table(proof, entry, facts)
    if table is None:
        return Refused("crate_unknown", {"crate": entry.crate})
    seed = kept(proof, grant_of(grant.player, grant.grant_id), facts)
    drawn = unpacked(entry.quantity, table.spec, Draws(seed.value, CONTENTS, entry.crate))
    shown = proof.model_copy(
        update={
            "table": table.key,
            "definition_version": table.version,
            "server_seed": seed.value,
            "contents": contents_of(grant.grant_id),
        }
    )
    return _opened(grant, shown, drawn, states, facts)


def _table(proof: CrateProof, entry: FixedCrate, facts: Facts) -> Definition[RewardTableSpec] | None:
    """What it was given to be rolled from; or if there was nothing then, what is defined today."""
    if proof.table is None or proof.definition_version is None:
        return table_of(entry.crate, facts)
    return facts.definitions.at(RewardTableSpec, proof.table, proof.definition_version)


def _opened(grant: Grant, shown: CrateProof, drawn: tuple[Fixed, ...], states: States, facts: Facts) -> Decision[Event]:
    done = {"status": "claimed", "claimed_at": facts.now, "rolled_at": facts.now, "acked_by": "sdk", "proof": shown}
    crate = grant.model_copy(update=done)
    contents = Grant(
        grant_id=contents_of(grant.grant_id),
        player=grant.player,
        kind="reward",
        entries=drawn,
        source_kind="crate",
        source_ref=grant.grant_id,
        parent=grant.grant_id,
        rolled_at=facts.now,
        created_at=facts.now,
    )
    events, (told,) = brought(grant.player, (GrantGiven(grant=contents),), states, facts)
    opened = CrateOpened(grant=crate)
    return Decision((opened, *events), reply=OpenedAnswer(crate=crate, contents=told, proof=shown))
