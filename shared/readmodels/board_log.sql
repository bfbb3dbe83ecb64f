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
-- How many stand above each of these: those with more, and those who had as much earlier.
select e.participant, 1 + above.count + earlier.count
from unnest($4::text[]) u (participant)
join leaderboards.board_entries e
    on e.part = $1 and e.tenant = $2 and e.board_id = $3 and e.participant = u.participant
cross join lateral (
    select count(*) count from leaderboards.board_entries o
    where o.part = $1 and o.tenant = $2 and o.board_id = $3 and o.score > e.score
) above
cross join lateral (
    select count(*) count from leaderboards.board_entries o
    where o.part = $1 and o.tenant = $2 and o.board_id = $3 and o.score = e.score
        and (o.reached_pos, o.participant) < (e.reached_pos, e.participant)
) earlier
