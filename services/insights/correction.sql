-- Making figures anew from the logs: into temporary tables first, and from there into place at one moment.

-- name: moment
-- By the clock that `heard` and `at` are of.
select clock_timestamp()

-- name: so_far
select upto from progress

-- name: first_of_all
-- The earliest that a correction could have anything to do with; asked before the first one alone.
select least((select min(minute) from figures), (select min(at) from engines.wagers where status = 'settled'))

-- name: stale
-- Hours to be corrected again, oldest first.
select hour from stale where hour < $1
union
select distinct date_trunc('hour', minute) from figures where not corrected and minute < $1
order by 1 limit $2

-- name: begin
create temporary table fresh_figures (like figures, primary key (tenant, minute, game, currency)) on commit drop;
create temporary table fresh_players (like players, primary key (tenant, minute, game, currency, player)) on commit drop

-- name: one_at_a_time
select pg_advisory_xact_lock(7146321052)

-- name: wagers
-- Settled wagers that never became void, of the minutes from $1 up to $2.
insert into fresh_figures (tenant, minute, game, currency, bets, stake, payout, corrected)
select tenant, date_trunc('minute', at), game, currency, count(*), sum(stake), sum(payout), true
from engines.wagers w
where w.status = 'settled' and w.at >= $1 and w.at < $2 and not exists (
    select from engines.wagers v
    where v.part = w.part and v.tenant = w.tenant and v.wager_id = w.wager_id and v.status = 'void')
group by 1, 2, 3, 4

-- name: wagerers
insert into fresh_players (tenant, minute, game, currency, player)
select distinct tenant, date_trunc('minute', at), game, currency, player
from engines.wagers w
where w.status = 'settled' and w.at >= $1 and w.at < $2 and not exists (
    select from engines.wagers v
    where v.part = w.part and v.tenant = w.tenant and v.wager_id = w.wager_id and v.status = 'void')

-- name: add
-- What a page of facts adds.
with added as (
    insert into fresh_figures as f (tenant, minute, game, currency, bets, stake, payout, corrected)
    select *, true from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::bigint[], $6::numeric[],
        $7::numeric[])
    on conflict (tenant, minute, game, currency) do update set bets = f.bets + excluded.bets,
        stake = f.stake + excluded.stake, payout = f.payout + excluded.payout
)
insert into fresh_players (tenant, minute, game, currency, player)
select * from unnest($8::text[], $9::timestamptz[], $10::text[], $11::text[], $12::text[])
on conflict (tenant, minute, game, currency, player) do nothing

-- name: taken_back
-- Hours before $1 whose wagers became void from $1 up to $2: they may have been corrected while those still counted.
insert into stale (hour, at)
select distinct date_trunc('hour', s.at), '-infinity'::timestamptz from engines.wagers v
cross join lateral (
    select s.at from engines.wagers s
    where s.part = v.part and s.tenant = v.tenant and s.wager_id = v.wager_id and s.status = 'settled' limit 1
) s
where v.status = 'void' and v.at >= $1 and v.at < $2 and s.at < $1
on conflict (hour) do nothing

-- name: hold
-- What the stream writes waits until this is done, and then sees it.
lock table figures in share row exclusive mode

-- name: drop_figures
delete from figures where minute >= $1 and minute < $2

-- name: drop_players
delete from players where minute >= $1 and minute < $2

-- name: put_figures
insert into figures (tenant, minute, game, currency, bets, stake, payout, corrected)
select tenant, minute, game, currency, bets, stake, payout, minute < $1 from fresh_figures

-- name: put_players
insert into players (tenant, minute, game, currency, player)
select tenant, minute, game, currency, player from fresh_players

-- name: done_with
-- The logs had what was heard before $3 (null: before now). An hour made in part stays, unless no more of it is over.
delete from stale where hour >= $1 and at < coalesce($3::timestamptz, now())
    and least(hour + interval '1 hour', (select upto from progress)) <= $2

-- name: not_read_yet
-- What was heard from $3 on may have been missing in the logs.
insert into stale as s (hour, at)
select date_trunc('hour', minute), max(heard) from figures
where minute >= $1 and minute < $2 and heard >= coalesce($3::timestamptz, now())
group by 1 order by 1
on conflict (hour) do update set at = greatest(s.at, excluded.at)

-- name: reach
-- Up to $1 all comes from the logs now.
insert into progress as p (upto) values ($1) on conflict (one) do update set upto = greatest(p.upto, excluded.upto)

-- name: forget_figures
delete from figures where ctid = any (array(select ctid from figures where minute < $1 limit $2)) returning 1

-- name: forget_players
delete from players where ctid = any (array(select ctid from players where minute < $1 limit $2)) returning 1
