-- What the engines show of raffles.

-- name: raffles
select n.raffle, r.definition_version, r.server_seed_hash, coalesce(t.total_tickets, 0), d.draw_id, d.winner,
    d.prize_asset, d.prize_amount, d.winning_ticket, d.total_tickets, d.tickets_hash, d.revealed_seed,
    d.server_seed_hash, d.definition_version, d.drawn_at
from unnest($2::smallint[], $3::text[]) n (part, raffle)
join engines.raffles r on r.part = n.part and r.tenant = $1 and r.raffle = n.raffle
left join lateral (
    select e.last_ticket + 1 as total_tickets
    from engines.raffle_entries e where e.part = n.part and e.tenant = $1 and e.raffle = n.raffle
    order by e.first_ticket desc limit 1
) t on true
left join engines.raffle_draws d on d.part = n.part and d.tenant = $1 and d.raffle = n.raffle

-- name: entries
select e.first_ticket, e.last_ticket, e.player, e.entry_id, e.tickets_hash
from engines.raffle_entries e
where e.part = $1 and e.tenant = $2 and e.raffle = $3 and e.first_ticket >= $4
order by e.first_ticket limit $5
