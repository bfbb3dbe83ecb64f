-- What insights have counted of one run.

-- name: counted
select coalesce(sum(bets), 0)::bigint from figures where game like $1
