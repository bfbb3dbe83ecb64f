-- How far every partition of one service has come; the names are looked up in that service's schema.

-- name: standing
select p.part, p.event_pos, p.relayed_pos, p.epoch, p.owner, p.last_at,
    (select count(*) from dead_letters d where d.part = p.part and d.status = 'open') dead_letters,
    (select count(*) from (select 1 from outbox o where o.part = p.part limit $1) o) unanswered,
    (select coalesce(sum(f.next_offset), 0)::bigint from offsets f where f.part = p.part and f.topic = $2) next_offset
from positions p order by p.part
