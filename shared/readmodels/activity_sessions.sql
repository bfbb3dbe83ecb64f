-- Who may come into engagements, as the engines show it.

-- name: session
select s.engagement, s.participant, s.opened_at, s.expires_at
from engines.activity_sessions s where s.part = $1 and s.tenant = $2 and s.session_hash = $3
