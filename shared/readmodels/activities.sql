-- What the engines show of activities. Every look-up begins with the partition and the player.

-- name: progress
select p.used, p.day, p.today, p.last_at
from engines.activity_progress p where p.part = $1 and p.tenant = $2 and p.player = $3 and p.activity = $4

-- name: attempt
select a.answer
from engines.attempts a
where a.part = $1 and a.tenant = $2 and a.player = $3 and a.activity = $4 and a.attempt_id = $5

-- name: completed
select p.activity, p.used, p.last_at
from engines.activity_progress p
where p.part = $1 and p.tenant = $2 and p.player = $3 and p.engagement = $4 order by p.activity limit $5

-- name: log
select a.activity, a.attempt_id, a.type, a.at, a.fact_id, a.answer
from engines.attempts a
where a.part = $1 and a.tenant = $2 and a.player = $3 and a.engagement = $4
order by a.at desc, a.attempt_id desc limit $5

-- name: claimed
select c.reward, c.title, c.type, c.display_type, c.code, c.fact_id, c.at, c.expires_at
from engines.claimed_rewards c
where c.part = $1 and c.tenant = $2 and c.player = $3 and c.engagement = $4
order by c.at desc, c.fact_id desc, c.place limit $5
