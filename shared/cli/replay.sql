-- name: page
select part, pos, stream, version, type, data, tenant, actor, command_id, correlation_id, at
from events
where part = $1 and pos > $2 and pos <= $3
    and ($4::text is null or tenant = $4)
    and ($5::text is null or starts_with(stream, $5))
    and ($6::text is null or type = $6)
    and ($7::timestamptz is null or at >= $7)
order by pos limit $8

-- name: count
select count(*) from events
where part = $1 and pos > $2 and pos <= $3
    and ($4::text is null or tenant = $4)
    and ($5::text is null or starts_with(stream, $5))
    and ($6::text is null or type = $6)
    and ($7::timestamptz is null or at >= $7)
