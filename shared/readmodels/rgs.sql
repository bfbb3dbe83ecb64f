-- What the remote gaming server shows. All but the look-up of a token begin with the partition.

-- name: token
select t.tenant, t.player, t.operator, t.game, t.currency, t.session_id, t.number, s.slug, s.wallet
from rgs.session_tokens t
join rgs.sessions s
    on s.part = t.part and s.tenant = t.tenant and s.player = t.player and s.session_id = t.session_id
where t.token_hash = $1

-- name: session
select s.number, s.expires_at
from rgs.sessions s where s.part = $1 and s.tenant = $2 and s.player = $3 and s.session_id = $4

-- name: round
select r.round
from rgs.rounds r where r.part = $1 and r.tenant = $2 and r.player = $3 and r.round_id = $4

-- name: last_round
select r.round
from rgs.rounds r
where r.part = $1 and r.tenant = $2 and r.player = $3 and r.operator = $4 and r.game = $5
order by r.pair_number desc, r.nonce desc limit 1

-- name: settled
select r.round
from rgs.rounds r
where r.part = $1 and r.tenant = $2 and r.player = $3 and r.operator = $4 and r.game = $5 and r.status = 'settled'
order by r.pair_number desc, r.nonce desc limit $6

-- name: tables
-- Every table of a player with the pair of seeds that is in use, and what was begun there last.
select p.operator, p.game, p.server_hash, r.round
from (
    select distinct on (p.operator, p.game) p.operator, p.game, p.server_hash
    from rgs.seed_pairs p
    where p.part = $1 and p.tenant = $2 and p.player = $3 and p.revealed_seed is null
    order by p.operator, p.game, p.number
) p
left join lateral (
    select r.round
    from rgs.rounds r
    where r.part = $1 and r.tenant = $2 and r.player = $3 and r.operator = p.operator and r.game = p.game
    order by r.pair_number desc, r.nonce desc limit 1
) r on true

-- name: pair
select p.pair_id, p.server_hash, p.client_seed, p.revealed_seed, p.nonces
from rgs.seed_pairs p
where p.part = $1 and p.tenant = $2 and p.player = $3 and p.operator = $4 and p.game = $5 and p.number = $6

-- name: pair_of_id
select p.pair_id, p.server_hash, p.client_seed, p.revealed_seed, p.nonces
from rgs.seed_pairs p
where p.part = $1 and p.tenant = $2 and p.player = $3 and p.operator = $4 and p.game = $5 and p.pair_id = $6
