-- Players as their games see them. Every look-up begins with the partition, so it is a probe of a primary key.

-- name: players
-- Whoever is asked for, in that order; who is not there is a row without a name.
select p.*
from unnest($1::smallint[], $2::text[], $3::text[]) with ordinality u (part, tenant, player, i)
    left join lateral (
        select p.player, p.user_id, p.status, p.banned, p.erased_at, p.created_at, p.updated_at,
            r.secret_hash, r.secret_prefix, r.registered_at, r.rotated_at
        from ledger.players p
            left join ledger.registrations r on r.part = p.part and r.tenant = p.tenant and r.player = p.player
        where p.part = u.part and p.tenant = u.tenant and p.player = u.player
        limit 1
    ) p on true
order by u.i

-- name: identities
-- Of each player at most two rows: the name and the picture.
select p.player, p.field, p.value
from unnest($2::smallint[], $3::text[]) u (part, player),
    lateral (
        select * from ledger.personal p
        where p.part = u.part and p.tenant = $1 and p.player = u.player and p.field in ('display_name', 'avatar')
        limit 2
    ) p

-- name: holdings
-- Whoever has upgraded and not yet made `holdings` anew sees when the row was last changed.
select w.asset, w.balance, coalesce(h.created_at, w.updated_at), w.updated_at
from ledger.wallets w
    left join ledger.holdings h
        on h.part = w.part and h.tenant = w.tenant and h.player = w.player and h.asset = w.asset
where w.part = $1 and w.tenant = $2 and w.player = $3 order by w.asset limit $4
