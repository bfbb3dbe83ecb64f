-- Raffles: the promise, the tickets, the draw.

-- Under which version a raffle is open, and the hash that its draw is bound to.
create table raffles (
    part smallint,
    tenant text collate "C",
    raffle text collate "C",
    definition_version integer not null,
    server_seed_hash text not null,
    primary key (part, tenant, raffle)
) with (fillfactor = 75);

-- Whose tickets are whose: one row an entry, a range with both ends.
create table raffle_entries (
    part smallint,
    tenant text collate "C",
    raffle text collate "C",
    first_ticket bigint,
    last_ticket bigint not null,
    player text not null,
    entry_id text not null,
    tickets_hash text not null,
    primary key (part, tenant, raffle, first_ticket)
);

-- What was drawn, and the seed that was revealed with it.
create table raffle_draws (
    part smallint,
    tenant text collate "C",
    raffle text collate "C",
    draw_id text not null,
    winner text not null,
    prize_asset text not null,
    prize_amount bigint not null,
    winning_ticket bigint not null,
    total_tickets bigint not null,
    tickets_hash text not null,
    revealed_seed text not null,
    server_seed_hash text not null,
    definition_version integer not null,
    drawn_at timestamptz not null,
    primary key (part, tenant, raffle)
);
