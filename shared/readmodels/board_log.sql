-- What happened on boards, from the leaderboards' own log.

-- name: positions
select p.part, p.event_pos from leaderboards.positions p order by p.part

-- name: between
-- By position, so that a page's last row tells where the next one begins. A board is looked for by its uuid, which
-- stands nowhere but in what happened on it.
select e.pos, e.tenant, e.type, e.data, e.at
from leaderboards.events e
where e.part = $1 and e.pos > $2 and e.pos <= $3 and e.type = any($4::text[])
    and ($5::text is null or strpos(e.data, $5) > 0)
order by e.pos limit $6

-- name: ranks
-- How many stand above each of these, on whichever board: those with more, and those who had as much earlier.
select u.number, u.participant, 1 + above.count + earlier.count
from unnest($1::integer[], $2::smallint[], $3::text[], $4::text[], $5::text[]) u (number, part, tenant, board, participant)
cross join lateral (
    select * from leaderboards.board_entries e
    where e.part = u.part and e.tenant = u.tenant and e.board_id = u.board and e.participant = u.participant limit 1
) e
cross join lateral (
    select count(*) count from leaderboards.board_entries o
    where o.part = e.part and o.tenant = e.tenant and o.board_id = e.board_id and o.score > e.score
) above
cross join lateral (
    select count(*) count from leaderboards.board_entries o
    where o.part = e.part and o.tenant = e.tenant and o.board_id = e.board_id and o.score = e.score
        and (o.reached_pos, o.participant) < (e.reached_pos, e.participant)
) earlier
