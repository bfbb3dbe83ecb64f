-- name: status
select p.part, p.owner, p.epoch, p.event_pos, p.relayed_pos, p.last_at,
    (select count(*) from outbox o where o.part = p.part) waiting,
    (select min(o.at) from outbox o where o.part = p.part) oldest,
    (select count(*) from dead_letters d where d.part = p.part and d.status = 'open') dead,
    (select count(*) from timers t where t.part = p.part and not t.fired) timers,
    (select f.next_offset from offsets f where f.part = p.part and f.topic = $1) next_offset
from positions p order by p.part

-- name: stuck
select part, pos, n, tenant, topic, target, target_key, type, at, tries from outbox
where at < $1 and (part, pos, n) > ($2, $3, $4) order by part, pos, n limit $5
