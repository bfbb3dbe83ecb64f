-- name: operator
select spec from ledger.definitions
where tenant = $1 and kind = 'operator' and key = $2 and not removed order by version desc limit 1

-- name: movements
select t.player, t.transaction_id, t.movement, t.round_id, t.amount, t.status, t.at, r.round::jsonb ->> 'scale'
from rgs.transactions t
join rgs.rounds r on r.part = t.part and r.tenant = t.tenant and r.player = t.player and r.round_id = t.round_id
where t.tenant = $1 and t.operator = $2
order by t.round_id, t.transaction_id, t.movement

-- name: rounds
select r.round_id, r.operator, r.status, r.stake, r.payout, r.moving
from rgs.rounds r where r.tenant = $1 and r.wallet = 'internal' order by r.round_id

-- name: postings
select part, pos, data from ledger.events
where (part, pos) > ($2, $3) and tenant = $1 and type = 'wallet.posted' and data like '%"reason":"round %'
order by part, pos limit $4
