-- What was bet and won, for operators. One currency is never added to another.

-- name: by_time
select f.period, f.currency, f.bets, f.stake, f.payout, coalesce(p.players, 0), f.corrected
from (
    select date_trunc($4, minute) as period, currency, sum(bets)::bigint as bets, sum(stake) as stake,
        sum(payout) as payout, bool_and(corrected) as corrected
    from insights.figures where tenant = $1 and minute >= $2 and minute < $3 group by 1, 2
    order by 1, 2 limit $5
) f
left join (
    select date_trunc($4, minute) as period, currency, count(distinct player) as players
    from insights.players where tenant = $1 and minute >= $2 and minute < $3 group by 1, 2
) p using (period, currency)
order by 1, 2

-- name: by_game
select f.game, f.currency, f.bets, f.stake, f.payout, coalesce(p.players, 0), f.corrected
from (
    select game, currency, sum(bets)::bigint as bets, sum(stake) as stake, sum(payout) as payout,
        bool_and(corrected) as corrected
    from insights.figures where tenant = $1 and minute >= $2 and minute < $3 group by 1, 2
    order by 1, 2 limit $4
) f
left join (
    select game, currency, count(distinct player) as players
    from insights.players where tenant = $1 and minute >= $2 and minute < $3 group by 1, 2
) p using (game, currency)
order by 1, 2
