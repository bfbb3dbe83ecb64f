-- How jackpots stand, as the engines show it. Every look-up begins with the partition, so it is one probe of a key.

-- name: standing
select j.jackpot, j.number, j.definition_version, j.asset, j.scale, j.least, j.most, j.server_seed_hash,
    p.pool, p.last_contributor,
    d.number, d.drop_id, d.winner, d.asset, d.scale, d.amount, d.pool_before, d.pool_after, d.trigger_reason,
    d.definition_version, d.dropped_at, d.must_drop_at, d.revealed_seed, d.server_seed_hash
from unnest($2::smallint[], $3::text[]) u (part, jackpot)
cross join lateral (
    select * from engines.jackpots j where j.part = u.part and j.tenant = $1 and j.jackpot = u.jackpot limit 1
) j
cross join lateral (
    select * from engines.jackpot_pools p where p.part = u.part and p.tenant = $1 and p.jackpot = u.jackpot limit 1
) p
left join lateral (
    select * from engines.jackpot_drops d
    where d.part = u.part and d.tenant = $1 and d.jackpot = u.jackpot order by d.number desc limit 1
) d on true
