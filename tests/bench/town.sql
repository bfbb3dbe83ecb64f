-- What the measurements ask about the ledger's progress.

-- name: events
select sum(event_pos)::bigint from positions

-- name: ends
select part, event_pos from positions order by part

-- name: read_to
select coalesce(sum(next_offset), 0)::bigint from offsets where topic = 'ledger.commands'

-- name: streamed_to
select coalesce(sum(next_offset), 0)::bigint from engines.offsets where topic like 'wagers.%'

-- name: waiting
select (select count(*) from engines.outbox) + (select count(*) from leaderboards.outbox)

-- name: streams
select count(*) from engines.offsets where topic like 'wagers.%'
