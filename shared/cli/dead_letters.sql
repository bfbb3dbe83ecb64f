-- name: list
select part, topic, "offset", key, value, headers, reason, at, status from dead_letters
where ($1::text is null or status = $1) and (part, topic, "offset") > ($2, $3, $4)
order by part, topic, "offset" limit $5

-- name: one
select part, topic, "offset", key, value, headers, reason, at, status from dead_letters
where part = $1 and topic = $2 and "offset" = $3

-- name: hold
-- Held until the end of the transaction, so that two operators do not handle one letter.
select status from dead_letters where part = $1 and topic = $2 and "offset" = $3 for update

-- name: mark
update dead_letters set status = $4 where part = $1 and topic = $2 and "offset" = $3

-- name: claim
-- Whoever decides in this partition right now is fenced, and begins anew with what is written here.
update positions set epoch = epoch + 1, owner = 'dead-letters' where part = $1

-- name: refuse
insert into replies (part, scope, key, fingerprint, status, pending, body, at)
values ($1, 'send', $2, $3, $4, null, $5, now())
on conflict (part, scope, key) do nothing returning 1

-- name: wind_up
update timers set fired = false where part = $1 and id = $2 returning 1
