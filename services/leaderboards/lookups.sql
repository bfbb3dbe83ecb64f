-- What a rare decision of the leaderboards asks of their views; the twins are in the nouns' folders.

-- name: tournament_places
-- The players of the next places of a tournament ($3), after so many ($4), at most so many ($5).
select s.player
from tournament_scores s where s.part = $1 and s.tenant = $2 and s.tournament = $3 and s.micro_points > 0
order by s.micro_points desc, s.reached_at, s.reached_by, s.player offset $4 limit $5

-- name: board_total
-- How many are on a board ($3), and what its players above zero have together; it may be larger than a bigint.
select count(*)::integer, coalesce(sum(e.score) filter (where e.kind = 'player' and e.score > 0), 0)::text
from board_entries e where e.part = $1 and e.tenant = $2 and e.board_id = $3

-- name: board_page
-- The next places of a board ($3), after a score ($4), a position ($5) and a participant ($6), at most so many ($7).
-- In two parts, so that each is one stretch of the index however many have the same score.
select u.participant, u.kind, u.player, u.score, u.reached_pos, exists (
    select 1 from board_completions c
    where c.part = $1 and c.tenant = $2 and c.board_id = $3 and c.participant = u.participant
) completed
from (
    (select * from board_entries e
        where e.part = $1 and e.tenant = $2 and e.board_id = $3 and e.score = $4
            and (e.reached_pos, e.participant) > ($5, $6)
        order by e.reached_pos, e.participant limit $7)
    union all
    (select * from board_entries e
        where e.part = $1 and e.tenant = $2 and e.board_id = $3 and e.score < $4
        order by e.score desc, e.reached_pos, e.participant limit $7)
) u order by u.score desc, u.reached_pos, u.participant limit $7

-- name: board_best
-- The best so many ($4) of the places of a board ($3) that are final.
select f.rank, f.participant, f.kind, f.player, f.score
from final_entries f where f.part = $1 and f.tenant = $2 and f.board_id = $3 and f.rank <= $4 order by f.rank

-- name: event_boards
-- The boards of a window ($4) of an event ($3) after one of them ($5), at most so many ($6), with their versions.
select b.board_id, b.definition_version
from boards b where b.part = $1 and b.tenant = $2 and b.event = $3 and b.window_id = $4 and b.board_id > $5
order by b.board_id limit $6
