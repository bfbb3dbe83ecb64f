-- The pieces of the one writing statement; every array holds one column of the rows to be written.

-- name: positions
update positions t set event_pos = u.event_pos, relayed_pos = u.relayed_pos, chain = u.chain, last_at = u.last_at
from unnest($1::smallint[], $2::integer[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[], $7::timestamptz[])
    u (part, epoch, was_pos, event_pos, relayed_pos, chain, last_at)
where t.part = u.part and t.epoch = u.epoch and t.event_pos = u.was_pos
returning 1

-- name: offsets
update offsets t set next_offset = u.next_offset
from unnest($1::smallint[], $2::text[], $3::bigint[], $4::bigint[]) u (part, topic, was_offset, next_offset)
where t.part = u.part and t.topic = u.topic and t.next_offset = u.was_offset
returning 1

-- name: events
insert into events
    (part, pos, stream, version, type, data, tenant, actor, command_id, correlation_id, at, hash)
select * from unnest($1::smallint[], $2::bigint[], $3::text[], $4::integer[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::bytea[])

-- name: streams
insert into streams (part, stream, version, shape, state)
select * from unnest($1::smallint[], $2::text[], $3::integer[], $4::integer[], $5::bytea[])
on conflict (part, stream) do update
set version = excluded.version, shape = excluded.shape, state = excluded.state

-- name: replies
insert into replies (part, scope, key, fingerprint, status, pending, body, at)
select * from unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::smallint[], $6::bytea[], $7::bytea[],
    $8::timestamptz[])
on conflict (part, scope, key) do update
set fingerprint = excluded.fingerprint, status = excluded.status, pending = excluded.pending, body = excluded.body,
    at = excluded.at

-- name: freed
delete from replies t using unnest($1::smallint[], $2::text[], $3::text[]) u (part, scope, key)
where t.part = u.part and t.scope = u.scope and t.key = u.key

-- name: outbox
insert into outbox
    (part, pos, n, tenant, topic, target, target_key, type, payload, then_key, then_type, then_data,
    wish_scope, wish_key, correlation_id, at, next_at, tries)
select * from unnest($1::smallint[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::smallint[], $7::text[],
    $8::text[], $9::bytea[], $10::text[], $11::text[], $12::bytea[], $13::text[], $14::text[], $15::text[],
    $16::timestamptz[], $17::timestamptz[], $18::integer[])

-- name: answered
delete from outbox t using unnest($1::smallint[], $2::bigint[], $3::integer[]) u (part, pos, n)
where t.part = u.part and t.pos = u.pos and t.n = u.n

-- name: timers
insert into timers as t (part, id, due_at, tenant, key, type, data, wish_scope, wish_key, correlation_id)
select * from unnest($1::smallint[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::bytea[],
    $8::text[], $9::text[], $10::text[])
on conflict (part, id) do update
set due_at = excluded.due_at, tenant = excluded.tenant, key = excluded.key, type = excluded.type, data = excluded.data,
    wish_scope = excluded.wish_scope, wish_key = excluded.wish_key, correlation_id = excluded.correlation_id
where not t.fired

-- name: fired
update timers t set fired = true from unnest($1::smallint[], $2::text[]) u (part, id)
where t.part = u.part and t.id = u.id

-- name: dead_letters
-- Only who holds a partition counts its letters, so no number is given twice.
insert into dead_letters (part, topic, "offset", key, value, headers, reason, at, number)
select u.part, u.topic, u."offset", u.key, u.value, u.headers, u.reason, u.at,
    coalesce((select max(d.number) from dead_letters d where d.part = u.part), 0)
        + row_number() over (partition by u.part order by u.i)
from unnest($1::smallint[], $2::text[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[], $7::text[],
    $8::timestamptz[]) with ordinality u (part, topic, "offset", key, value, headers, reason, at, i)
