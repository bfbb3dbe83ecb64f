-- What the engines show of wheels.

-- name: allowance
select a.day, a.free_used, a.bonus_left
from engines.wheel_allowances a where a.part = $1 and a.tenant = $2 and a.player = $3 and a.wheel = $4
