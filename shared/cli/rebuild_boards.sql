-- What `rebuild boards` asks.

-- name: running
-- The boards that are not final, a page at a time.
select p.part, p.tenant, p.board_id
from leaderboards.board_positions p
where (p.part, p.tenant, p.board_id) > ($1, $2, $3) and not exists (
    select 1 from leaderboards.board_closings c
    where c.part = p.part and c.tenant = p.tenant and c.board_id = p.board_id and c.status = 'finalized'
)
order by p.part, p.tenant, p.board_id limit $4
