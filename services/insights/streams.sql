-- How far the engines have read; their schema is on the search path.

-- name: read
select coalesce(o.next_offset, 0)::bigint
from unnest($1::text[], $2::smallint[]) with ordinality u (topic, part, i)
left join offsets o on o.part = u.part and o.topic = u.topic
order by u.i
