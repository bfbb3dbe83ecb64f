-- Copies of the ledger's tables, and the bare statement that fills them.

-- name: create_scratch
-- With the storage options of the originals, which `including all` leaves out.
drop schema if exists bench_raw cascade;
create schema bench_raw;
do $$
declare
    one record;
begin
    for one in
        select relname, coalesce(' with (' || array_to_string(reloptions, ', ') || ')', '') as options
        from pg_class where relnamespace = 'ledger'::regnamespace
            and relname in ('events', 'streams', 'replies', 'wallets', 'house')
    loop
        execute format('create table bench_raw.%I (like ledger.%I including all)%s',
            one.relname, one.relname, one.options);
    end loop;
end $$

-- name: drop_scratch
drop schema if exists bench_raw cascade

-- name: written
-- Every event with its reply, and with the state and the wallet that it ended in; in the order they were written.
select e.part, e.pos, e.stream, e.version, e.type, e.data, e.tenant, e.actor, e.command_id, e.correlation_id, e.at,
    e.hash, r.scope, r.key, r.fingerprint, r.status, r.body, r.at as replied_at,
    s.shape, s.state, w.player, w.balance
from unnest($1::smallint[], $2::bigint[]) u (part, after)
join events e on e.part = u.part and e.pos > u.after
join replies r on r.part = e.part and r.key = e.command_id
join streams s on s.part = e.part and s.stream = e.stream
join wallets w on w.part = e.part and w.tenant = e.tenant and w.player = e.data::jsonb ->> 'player' and w.asset = $3
order by e.at, e.part, e.pos

-- name: insert
with written_events as (
    insert into events (part, pos, stream, version, type, data, tenant, actor, command_id, correlation_id, at, hash)
    select * from unnest($1::smallint[], $2::bigint[], $3::text[], $4::integer[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::bytea[])
), written_replies as (
    insert into replies (part, scope, key, fingerprint, status, body, at)
    select * from unnest($13::smallint[], $14::text[], $15::text[], $16::text[], $17::smallint[], $18::bytea[],
        $19::timestamptz[])
), written_streams as (
    insert into streams (part, stream, version, shape, state)
    select * from unnest($20::smallint[], $21::text[], $22::integer[], $23::integer[], $24::bytea[])
    on conflict (part, stream) do update
    set version = excluded.version, shape = excluded.shape, state = excluded.state
), written_wallets as (
    insert into wallets (part, tenant, player, asset, balance, updated_at)
    select * from unnest($25::smallint[], $26::text[], $27::text[], $28::text[], $29::bigint[], $30::timestamptz[])
    on conflict (part, tenant, player, asset) do update
    set balance = excluded.balance, updated_at = excluded.updated_at
)
insert into house as h (part, tenant, account, asset, amount)
select * from unnest($31::smallint[], $32::text[], $33::text[], $34::text[], $35::bigint[])
on conflict (part, tenant, account, asset) do update set amount = h.amount + excluded.amount

-- name: inserted
select (select count(*) from events), (select count(*) from replies)
