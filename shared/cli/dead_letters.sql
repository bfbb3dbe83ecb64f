-- name: list
select part, number, topic, "offset", key, value, headers, reason, at, status from dead_letters
where ($1::text is null or status = $1) and (part, number) > ($2, $3)
order by part, number limit $4

-- name: one
select part, number, topic, "offset", key, value, headers, reason, at, status from dead_letters
where part = $1 and number = $2

-- name: hold
-- Held until the end of the transaction, so that two operators do not handle one letter.
select status from dead_letters where part = $1 and number = $2 for update

-- name: mark
update dead_letters set status = $3 where part = $1 and number = $2

-- name: claim
-- Whoever decides in this partition right now is fenced, and begins anew with what is written here.
update positions set epoch = epoch + 1, owner = 'dead-letters' where part = $1

-- name: refuse
-- A Send dies each time that it is told; the refusal that was written for one of its letters serves them all.
insert into replies as r (part, scope, key, fingerprint, status, pending, body, at)
values ($1, 'send', $2, $3, $4, null, $5, now())
on conflict (part, scope, key) do update set at = r.at
where (r.status, r.body) = (excluded.status, excluded.body)
returning 1

-- name: wind_up
-- Only the timer that died: one of that name that was set later has rung by itself, or will.
update timers set fired = false where part = $1 and id = $2 and due_at <= $3 returning 1
