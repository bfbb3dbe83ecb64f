-- What `verify-round` reads of the log.

-- name: table_of
select part, tenant, player, operator, game from rgs.rounds where round_id = $1 limit 1

-- name: round
select pos, type, data from rgs.events
where part = $1 and stream = $2 and strpos(data, $3) > 0 and type in ('round.begun', 'round.settled')
order by pos

-- name: seeds
select pos, data from rgs.events
where part = $1 and stream = $2 and type in ('seeds.opened', 'seeds.rotated')
order by pos

-- name: game
select spec from ledger.definitions where tenant = $1 and kind = 'game' and key = $2 and version = $3
