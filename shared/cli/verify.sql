-- What `verify` asks; {braces} are names of our own tables and columns.

-- name: position
select event_pos, chain from positions where part = $1

-- name: page
select part, pos, stream, version, type, data, tenant, actor, command_id, correlation_id, at, hash
from events where part = $1 and pos > $2 order by pos limit $3

-- name: how_many_streams
select count(*) from streams where part = $1

-- name: streams
select stream, version, shape, state from streams where part = $1 and stream > $2 order by stream limit $3

-- name: create_replayed
create temporary table {replayed} (like {table}, primary key ({key})) on commit drop

-- name: differences
select count(*) over (), {in_log}, {in_table}
from {replayed} log full join (select {columns} from {table} where part = $1) shown on {same_key}
where ({in_log}) is distinct from ({in_table})
limit $2

-- name: unbalanced
select tenant, asset, sum(amount)::text
from (
    select tenant, asset, balance as amount from wallets where part = $1
    union all
    select tenant, asset, amount from house where part = $1
) booked
group by tenant, asset having sum(amount) <> 0 order by tenant, asset limit $2
