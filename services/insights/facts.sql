-- Reading one service's log by time; its schema is on the search path.

-- name: first_at
-- When the first fact of all was decided.
select min(e.at) from positions p, lateral (select e.at from events e where e.part = p.part and e.pos = 1 limit 1) e

-- name: between
-- In each partition, the positions from the first fact at $1 or later up to the first at $2 or later. Time never goes
-- back in a partition and positions have no gaps, so that both are found by halving.
with recursive halving (part, moment, low, high) as (
    select p.part, m.moment, 0::bigint, p.event_pos + 1
    from positions p, unnest(array[$1::timestamptz, $2::timestamptz]) as m (moment)
    union all
    select h.part, h.moment, case when e.at < h.moment then e.pos else h.low end,
        case when e.at < h.moment then h.high else e.pos end
    from halving h, lateral (
        select e.pos, e.at from events e where e.part = h.part and e.pos = (h.low + h.high) / 2 limit 1
    ) e
    where h.high - h.low > 1
)
select part, min(high), max(high) from halving where high - low = 1 group by part having min(high) < max(high)
order by part

-- name: facts
select pos, type, tenant, at, data from events
where part = $1 and pos > $2 and pos < $3 and type = any ($4::text[]) order by pos limit $5
