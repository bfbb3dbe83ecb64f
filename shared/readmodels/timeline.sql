-- What happened to one player in one service; the service's own schema is on the search path.

-- name: events
-- A few rows of each of the player's histories, by their key, and the newest of all these.
select e.pos, e.type, e.at, e.data
from (
    select s.stream from unnest($2::text[], $3::text[]) u (first, beyond),
        lateral (select stream from streams where part = $1 and stream >= u.first and stream < u.beyond
            order by stream limit $6) s
    limit $6
) s,
    lateral (select * from events e where e.part = $1 and e.stream = s.stream and e.pos < $4
        order by e.version desc limit $5) e
order by e.pos desc limit $5
