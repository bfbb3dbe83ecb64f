-- What a player earned and spent of one asset, read from the player's own history in the ledger's log.

-- name: earned
-- Given back is not earned. Every fact of the history is read, newest first, up to the limit: some 5 µs each.
select coalesce(sum(p.amount), 0)::bigint, max(e.at)
from (
    select e.at, e.data::jsonb as data from ledger.events e
    where e.part = $1 and e.stream = $2 and e.type = 'wallet.posted' order by e.version desc limit $4
) e
cross join lateral (
    select (line ->> 'amount')::bigint as amount from jsonb_array_elements(e.data -> 'postings') line
    where line ->> 'account' = 'player' and line ->> 'asset' = $3 and (line ->> 'amount')::bigint > 0
) p
where e.data ->> 'operation' <> 'refund'

-- name: transactions
-- A row a ledger transaction that moved this asset; facts are read newest first until the page is full.
select e.command_id, p.amount, e.data ->> 'reason', e.at
from (
    select e.version, e.command_id, e.at, e.data::jsonb as data from ledger.events e
    where e.part = $1 and e.stream = $2 and e.type = 'wallet.posted' order by e.version desc limit $4
) e
cross join lateral (
    select sum((line ->> 'amount')::bigint)::bigint as amount from jsonb_array_elements(e.data -> 'postings') line
    where line ->> 'account' = 'player' and line ->> 'asset' = $3
) p
where p.amount is not null
order by e.version desc limit $5 offset $6
