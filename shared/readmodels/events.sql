-- What is shown of events: windows, attempts and lobbies. Look-ups by event begin with its partition.

-- name: windows
select w.event, w.window_id, w.definition_version, w.starts_at, w.ends_at, w.status
from unnest($2::smallint[], $3::text[]) u (part, event)
cross join lateral (
    select * from leaderboards.windows w
    where w.part = u.part and w.tenant = $1 and w.event = u.event order by w.starts_at desc limit 1
) w

-- name: current_attempts
-- Of attempts in progress at a time ($4), the newest of each event ($3).
select a.event, a.attempt_id
from unnest($3::text[]) u (event)
cross join lateral (
    select * from leaderboards.attempts a
    where a.tenant = $1 and a.player = $2 and a.event = u.event order by a.number desc limit $5
) a
where a.status = 'in_progress' and a.ends_at > $4
order by a.event, a.number desc

-- name: attempt
select a.event, a.attempt_id, a.player, a.number, a.window_id, a.board_id, a.started_at, a.ends_at, a.completed_at,
    a.metrics, a.metrics_raw, a.score, a.status
from leaderboards.attempts a
where a.part = $1 and a.tenant = $2 and a.event = $3 and a.attempt_id = $4

-- name: attempts_of
select a.event, a.attempt_id, a.player, a.number, a.window_id, a.board_id, a.started_at, a.ends_at, a.completed_at,
    a.metrics, a.metrics_raw, a.score, a.status
from leaderboards.attempts a
where a.tenant = $1 and a.player = $2 order by a.started_at desc, a.attempt_id limit $3

-- name: lobby
select l.event, l.lobby_id, l.window_id, l.board_id, l.pushed_key, l.status, l.capacity, l.joined, l.bots, l.fill_by,
    l.started_at, l.ends_at, l.metadata
from leaderboards.lobbies l
where l.tenant = $1 and l.lobby_id = $2

-- name: lobbies_of
select l.event, l.lobby_id, l.window_id, l.board_id, l.pushed_key, l.status, l.capacity, l.joined, l.bots, l.fill_by,
    l.started_at, l.ends_at, l.metadata
from leaderboards.lobby_seats s
join leaderboards.lobbies l using (part, tenant, event, lobby_id)
where s.tenant = $1 and s.player = $2 order by s.joined_at desc, s.lobby_id limit $3

-- name: counts
select
    (select count(*) from leaderboards.attempts a where a.tenant = $1 and a.player = $2),
    (select count(*) from leaderboards.lobby_seats s where s.tenant = $1 and s.player = $2),
    (select count(distinct a.board_id) from leaderboards.attempts a where a.tenant = $1 and a.player = $2)
