-- What the ledger shows. Every look-up begins with the partition, so it is one probe of a primary key.

-- name: player
select p.player, p.user_id, p.status, p.external_ref, p.country_code, p.created_at, p.updated_at, p.version, p.banned,
    p.erased_at, p.limits
from ledger.players p where p.part = $1 and p.tenant = $2 and p.player = $3

-- name: player_of_user_id
-- The one look-up that does not know the partition.
select p.player from ledger.players p where p.tenant = $1 and p.user_id = $2

-- name: person
select p.field, p.value
from ledger.personal p where p.part = $1 and p.tenant = $2 and p.player = $3 and p.field <> 'password'

-- name: password
select p.value
from ledger.personal p where p.part = $1 and p.tenant = $2 and p.player = $3 and p.field = 'password'

-- name: wallet
select w.asset, w.balance, w.updated_at
from ledger.wallets w where w.part = $1 and w.tenant = $2 and w.player = $3 order by w.asset limit $4

-- name: histories
select s.stream, s.version
from unnest($2::text[]) with ordinality u (stream, i),
    lateral (select * from ledger.streams s where s.part = $1 and s.stream = u.stream limit 1) s
order by u.i

-- name: definitions_after
select d.seq, d.tenant, d.kind, d.key, d.version, d.spec, d.removed
from ledger.definitions d where d.part = $1 and d.seq > $2 order by d.seq limit $3
