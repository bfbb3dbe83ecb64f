-- What rare decisions of the engines ask of their views.

-- name: raffle_owner
select o.player, o.first_ticket, o.last_ticket
from (
    select e.player, e.first_ticket, e.last_ticket
    from raffle_entries e where e.part = $1 and e.tenant = $2 and e.raffle = $3 and e.first_ticket <= $4
    order by e.first_ticket desc limit 1
) o where o.last_ticket >= $4

-- name: player_responses
-- The attempts in which a player ($3) wrote something into a form, at most so many ($4).
select r.attempt_id
from responses r where r.part = $1 and r.tenant = $2 and r.player = $3 order by r.attempt_id limit $4
