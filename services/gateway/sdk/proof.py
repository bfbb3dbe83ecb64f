"""The proof of a crate: what it was bound to before it was opened, and all that is needed to draw it again."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from services.gateway.sdk.listing import EntryPreview, Range, previews
from services.gateway.sdk.shown import entry_of
from services.gateway.sdk.wire import Contents, Hash, Told, Uuid
from shared.messages.grant import CrateProof, Grant
from shared.messages.reward_table import RewardTableSpec, quantity_of, thing_of


class WeightedEntry(Told):
    weight: int
    entry: EntryPreview


class Proof(Told):
    grant_id: Uuid
    kind: Literal["crate"] = "crate"
    crate_item_key: str
    quantity: int = Field(description="How many crates are opened together.")
    server_seed_hash: Hash = Field(description="SHA-256 of the seed; told from the moment the crate is given.")
    server_seed: Hash | None = Field(description="Secret until the crate is opened.")
    reward_table_key: str | None
    definition_version: int | None = Field(description="Of the table, as it was when the crate was given.")
    rolls: int | Range | None = Field(description="How many rows each crate brings.")
    weighted_entries: list[WeightedEntry] | None = Field(description="The table, in the order that it is drawn in.")
    contents_grant_id: Uuid | None
    contents: Contents | None = Field(description="What came out; null until the crate is opened.")


def proof_of(crate: Grant, proof: CrateProof, table: RewardTableSpec | None, contents: Grant | None) -> Proof:
    """What there is to show of a crate.

    Args:
        crate: as it stands.
        proof: its own.
        table: of the version that the proof names, if it names one.
        contents: the grant of what was in it, if it is opened.
    """
    (entry,) = crate.entries
    quantity = quantity_of(entry)
    assert isinstance(quantity, int)
    return Proof(
        grant_id=crate.grant_id,
        crate_item_key=thing_of(entry)[1],
        quantity=quantity,
        server_seed_hash=proof.server_seed_hash,
        server_seed=proof.server_seed,
        reward_table_key=proof.table,
        definition_version=proof.definition_version,
        rolls=None if table is None else _rolls(table),
        weighted_entries=None if table is None else _weighted(table),
        contents_grant_id=proof.contents,
        contents=None if contents is None else Contents(entries=[entry_of(won) for won in contents.entries]),
    )


def _rolls(table: RewardTableSpec) -> int | Range:
    rolls = table.rolls
    return rolls if isinstance(rolls, int) else Range(min=rolls.min, max=rolls.max, step=rolls.step)


def _weighted(table: RewardTableSpec) -> list[WeightedEntry]:
    shown = zip(table.weights, previews(table.entries), strict=True)
    return [WeightedEntry(weight=weight, entry=entry) for weight, entry in shown]
