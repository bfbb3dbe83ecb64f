-- What the measurements ask about how far services have come.

-- name: events
select sum(event_pos)::bigint from positions

-- name: ends
select part, event_pos from positions order by part

-- name: read_to
-- How many commands have been decided.
select coalesce(sum(next_offset), 0)::bigint from offsets where topic = current_schema() || '.commands'

-- name: streamed_to
select coalesce(sum(next_offset), 0)::bigint from engines.offsets where topic like 'wagers.%'

-- name: waiting
select (select count(*) from engines.outbox) + (select count(*) from leaderboards.outbox)

-- name: asked
-- How many rounds and movements of money a wallet still owes an answer for.
select (select count(*) from rounds where moving or status in ('initializing', 'paying'))
    + (select count(*) from transactions where status = 'asked')

-- name: streams
select count(*) from engines.offsets where topic like 'wagers.%'

-- name: entries
select count(*) from board_entries where board_id = $1

-- name: progress
-- Where in the log each progress of an event stands, in order, and which board it was on.
select pos, data::jsonb #>> '{attempt,board_id}' from events
where type = 'attempt.progressed' and data::jsonb #>> '{attempt,event}' = $1 order by part, pos
