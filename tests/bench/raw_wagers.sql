-- The bare consumer's tables, and its one statement a batch.

-- name: create_scratch
drop schema if exists bench_wagers cascade;
create schema bench_wagers;
create table bench_wagers.seen (part smallint, wager_id text collate "C", status text collate "C",
    primary key (part, wager_id, status));
create table bench_wagers.board (part smallint, player text collate "C", points bigint not null,
    primary key (part, player)) with (fillfactor = 75);
create table bench_wagers.offsets (part smallint primary key, next_offset bigint not null) with (fillfactor = 10);

-- name: drop_scratch
drop schema if exists bench_wagers cascade

-- name: take
with new as (
    insert into seen (part, wager_id, status)
    select part, wager_id, status from unnest($1::smallint[], $2::text[], $3::text[]) u (part, wager_id, status)
    on conflict do nothing
    returning part, wager_id, status
), sums as (
    select n.part, u.player, sum(u.points)::bigint as points
    from new n join unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::bigint[])
        u (part, wager_id, status, player, points) using (part, wager_id, status)
    group by n.part, u.player
), scored as (
    insert into board as b (part, player, points) select part, player, points from sums
    on conflict (part, player) do update set points = b.points + excluded.points
)
insert into offsets as o (part, next_offset) select * from unnest($6::smallint[], $7::bigint[])
on conflict (part) do update set next_offset = excluded.next_offset

-- name: taken
select count(*) from seen
