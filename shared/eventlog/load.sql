-- The pieces of the one load statement; those that a batch wants are joined by UNION ALL.
-- Every key goes through LATERAL (… LIMIT 1): whatever the statistics say, no plan can scan a table.

-- name: replies
select r.part, r.scope, r.key, r.fingerprint, r.status, r.pending, r.body, r.at
from unnest($1::smallint[], $2::text[], $3::text[]) with ordinality u (part, scope, key, i),
    lateral (select * from replies r where r.part = u.part and r.scope = u.scope and r.key = u.key limit 1) r

-- name: streams
select s.part, s.stream, s.version, s.shape, s.state
from unnest($1::smallint[], $2::text[]) with ordinality u (part, stream, i),
    lateral (select * from streams s where s.part = u.part and s.stream = u.stream limit 1) s

-- name: outbox
select o.part, o.pos, o.n, o.tenant, o.topic, o.target, o.target_key, o.type, o.payload,
    o.then_key, o.then_type, o.then_data, o.wish_scope, o.wish_key, o.correlation_id, o.at, o.next_at, o.tries
from unnest($1::smallint[], $2::bigint[], $3::integer[]) with ordinality u (part, pos, n, i),
    lateral (select * from outbox o where o.part = u.part and o.pos = u.pos and o.n = u.n limit 1) o

-- name: timers
select t.part, t.id, t.due_at, t.tenant, t.key, t.type, t.data, t.wish_scope, t.wish_key, t.correlation_id
from unnest($1::smallint[]) with ordinality u (part, i),
    lateral (
        select * from timers t where t.part = u.part and not t.fired and t.due_at <= $2::timestamptz
        order by t.due_at, t.id limit $3::integer
    ) t
order by t.due_at, t.part, t.id limit $3::integer

-- name: definitions
select d.seq, d.tenant, d.kind, d.key, d.version, d.spec, d.removed
from ledger.definitions d
where d.part = $1::smallint and d.seq > $2::bigint order by d.seq limit $3::integer
