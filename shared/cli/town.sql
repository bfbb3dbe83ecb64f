-- name: partitions
select partitions from layout

-- name: ends
select part, event_pos from positions order by part
