-- Everything the log asks PostgreSQL beside the two statements of the worker's step (load.sql, commit.sql).

-- name: partitions
select partitions from layout

-- name: claim_epochs
-- Commits by itself before anything is read, and waits here for a ghost's commit that still holds a row.
with raised as (
    update positions t set epoch = t.epoch + 1, owner = $3
    from unnest($1::smallint[], $2::integer[]) u (part, expected)
    where t.part = u.part and (u.expected is null or t.epoch = u.expected)
    returning t.part, t.epoch
)
select r.part, r.epoch
from fence((select count(*) from raised), cardinality($1::smallint[]), 0, 0) f left join raised r on true

-- name: claim_read
select p.part, p.event_pos, p.relayed_pos, p.chain, p.last_at, t.due_at, o.topic, o.cluster, o.topic_id, o.next_offset
from positions p
left join lateral (select due_at from timers where part = p.part and not fired order by due_at limit 1) t on true
left join offsets o on o.part = p.part and o.topic = any($2::text[])
where p.part = any($1::smallint[])
order by p.part

-- name: adopt_offsets
insert into offsets as t (part, topic, cluster, topic_id, next_offset)
select u.part, u.topic, u.cluster, u.topic_id, 0
from unnest($1::smallint[], $2::text[], $3::text[], $4::text[]) u (part, topic, cluster, topic_id)
on conflict (part, topic) do update
set cluster = excluded.cluster, topic_id = excluded.topic_id, next_offset = 0
where (t.cluster, t.topic_id) is distinct from (excluded.cluster, excluded.topic_id)

-- name: history
select part, pos, stream, version, type, data, tenant, actor, command_id, correlation_id, at, hash
from events where part = $1 and stream = $2 and version > $3 order by version limit $4

-- name: read
select part, pos, stream, version, type, data, tenant, actor, command_id, correlation_id, at, hash
from events where part = $1 and pos > $2 and pos <= $3 order by pos limit $4

-- name: unanswered
select part, pos, n, tenant, topic, target, target_key, type, payload, then_key, then_type, then_data,
    wish_scope, wish_key, correlation_id, at, next_at, tries
from outbox where part = $1 and (pos, n) > ($2, $3) order by pos, n limit $4

-- name: overdue
with late as (
    select part, pos, n from outbox
    where part = any($1::smallint[]) and next_at <= $2
    order by next_at, part, pos, n limit $3 for update skip locked
), told as (
    update outbox o set
        tries = o.tries + 1,
        next_at = $2 + least(interval '30 seconds' * power(2, least(o.tries, 20)), interval '1 hour')
    from late
    where o.part = late.part and o.pos = late.pos and o.n = late.n
    returning o.*
)
select part, pos, n, tenant, topic, target, target_key, type, payload, then_key, then_type, then_data,
    wish_scope, wish_key, correlation_id, at, next_at, tries
from told order by part, pos, n

-- name: oldest_unanswered
-- Time never goes back within a partition: the first Send that is left is the oldest.
select min(o.at) from unnest($1::smallint[]) u (part),
    lateral (select at from outbox where part = u.part order by pos, n limit 1) o

-- name: prune_replies
delete from replies r using (
    select part, scope, key from replies
    where part = any($1::smallint[]) and status <> 0 and at < $2 order by at limit $3
) old
where r.part = old.part and r.scope = old.scope and r.key = old.key and r.status <> 0
returning 1

-- name: prune_timers
delete from timers t using (
    select part, id from timers
    where part = any($1::smallint[]) and fired and due_at < $2 order by due_at limit $3
) old
where t.part = old.part and t.id = old.id
returning 1

-- name: forget_marks
-- {table} and {dated} come from the service's own declaration, which is checked to hold plain names.
delete from "{table}" where ctid = any(array(
    select ctid from "{table}" where part = any($1::smallint[]) and "{dated}" < $2 limit $3
))
returning 1
