-- Writing figures. Each statement takes its rows as columns: the sums, then who was seen.

-- name: add
-- What the stream told. Minutes that come from the logs already are not touched: their hours are corrected again.
with so_far as (
    select coalesce((select upto from progress), '-infinity'::timestamptz) as upto
), sums as (
    select * from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::bigint[], $6::numeric[], $7::numeric[])
        as s (tenant, minute, game, currency, bets, stake, payout)
), late as (
    insert into stale as l (hour, at)
    select distinct date_trunc('hour', minute), statement_timestamp() from sums
    where minute < (select upto from so_far)
    order by 1
    on conflict (hour) do update set at = greatest(l.at, excluded.at)
), counted as (
    insert into figures as f (tenant, minute, game, currency, bets, stake, payout, corrected, heard)
    select tenant, minute, game, currency, bets, stake, payout, false, statement_timestamp() from sums
    where minute >= (select upto from so_far)
    on conflict (tenant, minute, game, currency) do update set bets = f.bets + excluded.bets,
        stake = f.stake + excluded.stake, payout = f.payout + excluded.payout, corrected = false,
        heard = greatest(f.heard, excluded.heard)
)
insert into players (tenant, minute, game, currency, player)
select tenant, minute, game, currency, player
from unnest($8::text[], $9::timestamptz[], $10::text[], $11::text[], $12::text[])
    as p (tenant, minute, game, currency, player)
where minute >= (select upto from so_far)
on conflict (tenant, minute, game, currency, player) do nothing
