-- What the ledger shows of grants. Every look-up begins with the partition.

-- name: pending
select g.grant_id, g.player, g.kind, g.entries, g.source_kind, g.source_ref, g.parent, g.status, g.rolled_at,
    g.claimed_at, g.expires_at, g.created_at, g.acked_by, g.proof
from ledger.grants g where g.part = $1 and g.tenant = $2 and g.player = $3 and g.status = 'pending'
order by g.created_at desc, g.grant_id desc limit $4

-- name: one
select g.grant_id, g.player, g.kind, g.entries, g.source_kind, g.source_ref, g.parent, g.status, g.rolled_at,
    g.claimed_at, g.expires_at, g.created_at, g.acked_by, g.proof
from ledger.grants g where g.part = $1 and g.tenant = $2 and g.player = $3 and g.grant_id = $4

-- name: recent
-- Whatever has become of them: a player's few rows are sorted, not read from the index of those that wait.
select g.grant_id, g.player, g.kind, g.entries, g.source_kind, g.source_ref, g.parent, g.status, g.rolled_at,
    g.claimed_at, g.expires_at, g.created_at, g.acked_by, g.proof
from ledger.grants g where g.part = $1 and g.tenant = $2 and g.player = $3
order by g.created_at desc, g.grant_id desc limit $4
