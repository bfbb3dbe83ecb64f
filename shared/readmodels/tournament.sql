-- How tournaments stand, as the leaderboards show it. Every look-up begins with the partition.

-- name: begun
select t.tournament, t.status, t.definition_version
from unnest($2::smallint[], $3::text[]) u (part, tournament)
cross join lateral (
    select * from leaderboards.tournaments t
    where t.part = u.part and t.tenant = $1 and t.tournament = u.tournament limit 1
) t

-- name: standings
select s.player, s.micro_points
from leaderboards.tournament_scores s
where s.part = $1 and s.tenant = $2 and s.tournament = $3 and s.micro_points > 0
order by s.micro_points desc, s.reached_at, s.reached_by, s.player limit $4

-- name: payouts
select p.rank, p.player, p.amount
from leaderboards.tournament_payouts p
where p.part = $1 and p.tenant = $2 and p.tournament = $3 order by p.rank limit $4
