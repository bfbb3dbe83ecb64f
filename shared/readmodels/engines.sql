-- What the engines show.

-- name: promise
select s.server_seed_hash
from engines.seeds s where s.part = $1 and s.tenant = $2 and s.engine = $3 and s.player = $4 and s.entity = $5

-- name: promises
select s.engine, s.entity, s.number, s.server_seed_hash
from engines.seeds s where s.part = $1 and s.tenant = $2 and s.player = $3 order by s.engine, s.entity limit $4
