-- What a rare decision of the leaderboards asks of their views; the twins are in the nouns' folders.

-- name: tournament_places
-- The players of the next places of a tournament ($3), after so many ($4), at most so many ($5).
select s.player
from tournament_scores s where s.part = $1 and s.tenant = $2 and s.tournament = $3 and s.micro_points > 0
order by s.micro_points desc, s.reached_at, s.reached_by, s.player offset $4 limit $5
