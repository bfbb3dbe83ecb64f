-- Boards of events and boards across events, as the leaderboards show them.

-- name: board
-- A board of an event: its uuid says nothing of its partition.
select b.part, b.event, b.board_id, b.window_id, b.mode, b.definition_version, b.ends_at,
    coalesce(c.status, 'open'), coalesce(p.pos, 0)
from leaderboards.boards b
left join lateral (
    select c.status from leaderboards.board_closings c
    where c.part = b.part and c.tenant = b.tenant and c.board_id = b.board_id limit 1
) c on true
left join lateral (
    select p.pos from leaderboards.board_positions p
    where p.part = b.part and p.tenant = b.tenant and p.board_id = b.board_id limit 1
) p on true
where b.tenant = $1 and b.board_id = $2 limit 1

-- name: position
select p.pos from leaderboards.board_positions p where p.part = $1 and p.tenant = $2 and p.board_id = $3

-- name: positions
-- The same of many boards, in the order that was asked; 0 of one that there is nothing about.
select coalesce(p.pos, 0)
from unnest($1::smallint[], $2::text[], $3::text[]) with ordinality u (part, tenant, board, i)
    left join lateral (
        select p.pos from leaderboards.board_positions p
        where p.part = u.part and p.tenant = u.tenant and p.board_id = u.board limit 1
    ) p on true
order by u.i

-- name: top
select e.participant, e.kind, e.player, e.score, e.reached_pos
from leaderboards.board_entries e
where e.part = $1 and e.tenant = $2 and e.board_id = $3
order by e.score desc, e.reached_pos, e.participant limit $4

-- name: page
-- The entries after one of them, in two parts so that each is one stretch of the index.
select u.participant, u.kind, u.player, u.score, u.reached_pos
from (
    (select * from leaderboards.board_entries e
        where e.part = $1 and e.tenant = $2 and e.board_id = $3 and e.score = $4
            and (e.reached_pos, e.participant) > ($5, $6)
        order by e.reached_pos, e.participant limit $7)
    union all
    (select * from leaderboards.board_entries e
        where e.part = $1 and e.tenant = $2 and e.board_id = $3 and e.score < $4
        order by e.score desc, e.reached_pos, e.participant limit $7)
) u order by u.score desc, u.reached_pos, u.participant limit $7

-- name: own
-- One participant, and how many stand above: those with more, and those who had as much earlier.
select 1 + above.count + earlier.count, e.participant, e.kind, e.player, e.score, e.reached_pos
from leaderboards.board_entries e
cross join lateral (
    select count(*) count from leaderboards.board_entries o
    where o.part = e.part and o.tenant = e.tenant and o.board_id = e.board_id and o.score > e.score
) above
cross join lateral (
    select count(*) count from leaderboards.board_entries o
    where o.part = e.part and o.tenant = e.tenant and o.board_id = e.board_id and o.score = e.score
        and (o.reached_pos, o.participant) < (e.reached_pos, e.participant)
) earlier
where e.part = $1 and e.tenant = $2 and e.board_id = $3 and e.participant = $4

-- name: final_top
select f.rank, f.participant, f.kind, f.player, f.score
from leaderboards.final_entries f
where f.part = $1 and f.tenant = $2 and f.board_id = $3 order by f.rank limit $4

-- name: final_own
select f.rank, f.participant, f.kind, f.player, f.score
from leaderboards.final_entries f
where f.part = $1 and f.tenant = $2 and f.board_id = $3 and f.participant = $4 order by f.rank limit 1

-- name: periods
-- The periods of a board across events in which anybody has scored, in any segment; the newest first.
select s.started_at, max(s.ended_at)
from leaderboards.season_boards s
where s.part = $1 and s.tenant = $2 and s.board = $3
group by s.started_at order by s.started_at desc limit $4
