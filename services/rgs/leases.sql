-- name: take
-- Time is the database's own, so that processes whose clocks differ agree on it.
with due as (
    select o.part, o.pos, o.n
    from unnest($1::smallint[]) u (part),
        lateral (
            select o.part, o.pos, o.n from outbox o
            where o.part = u.part and o.topic = 'outside' and not exists (
                select 1 from leases l
                where l.part = o.part and l.pos = o.pos and l.n = o.n and l.until > now()
            )
            order by o.pos, o.n limit $3::integer
        ) o
    order by o.pos, o.n, o.part limit $3::integer
), taken as (
    insert into leases as l (part, pos, n, owner, until)
    select due.part, due.pos, due.n, $2::text, now() + make_interval(secs => $4::float8) from due
    on conflict (part, pos, n) do update
    set owner = excluded.owner, until = excluded.until, times = l.times + 1
    where l.until <= now()
    returning l.part, l.pos, l.n, l.times
)
select t.part, t.pos, t.n, o.tenant, o.type, o.payload, t.times > 1
from taken t,
    lateral (select * from outbox o where o.part = t.part and o.pos = t.pos and o.n = t.n limit 1) o
order by t.part, t.pos, t.n

-- name: release
-- As if it had never been taken. What has lapsed meanwhile may be another's already, or was called long ago.
update leases l set until = now(), times = l.times - 1
from unnest($1::smallint[], $2::bigint[], $3::integer[]) as r (part, pos, n)
where l.part = r.part and l.pos = r.pos and l.n = r.n and l.owner = $4::text and l.until > now()
returning 1

-- name: sweep
-- Of Sends that are answered: nothing else refers to them.
delete from leases l
where l.part = any($1::smallint[]) and l.until < now() - make_interval(secs => $2::float8)
    and not exists (select 1 from outbox o where o.part = l.part and o.pos = l.pos and o.n = l.n)
returning 1
