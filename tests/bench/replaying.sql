-- What a rebuild must read at the least.

-- name: page
select pos, version, type, data, tenant, at from events
where part = $1 and pos > $2 and pos <= $3 and type = $4 order by pos limit $5
