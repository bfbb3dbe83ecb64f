-- What the engines show, beside their log.

-- The hash that each player's next draw is bound to.
create table seeds (
    part smallint,
    tenant text collate "C",
    engine text collate "C",
    player text collate "C",
    entity text collate "C",
    number bigint not null,
    server_seed_hash text not null,
    primary key (part, tenant, engine, player, entity)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

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

-- Under which version each jackpot's pool began, and the hash that hides where it drops by itself.
create table jackpots (
    part smallint,
    tenant text collate "C",
    jackpot text collate "C",
    number bigint not null,
    definition_version integer not null,
    asset text not null,
    scale smallint not null,
    least bigint,
    most bigint,
    server_seed_hash text,
    primary key (part, tenant, jackpot)
) with (fillfactor = 75);

-- How large the pools are, in micro-units, and who fed them last. Few rows, each rewritten by almost every commit.
create table jackpot_pools (
    part smallint,
    tenant text collate "C",
    jackpot text collate "C",
    pool bigint not null check (pool >= 0),
    last_contributor text,
    primary key (part, tenant, jackpot)
) with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Which pools were won, and the seeds that were revealed with them.
create table jackpot_drops (
    part smallint,
    tenant text collate "C",
    jackpot text collate "C",
    number bigint,
    drop_id text not null,
    winner text not null,
    asset text not null,
    scale smallint not null,
    amount bigint not null,
    pool_before bigint not null,
    pool_after bigint not null,
    trigger_reason text not null,
    definition_version integer not null,
    dropped_at timestamptz not null,
    must_drop_at bigint,
    revealed_seed text,
    server_seed_hash text,
    primary key (part, tenant, jackpot, number)
);

create table wagers (
    part smallint,
    tenant text collate "C",
    wager_id text collate "C",
    status text collate "C",
    player text not null,
    game text not null,
    currency text not null,
    stake bigint not null,
    payout bigint not null,
    at timestamptz not null,
    became text not null,
    primary key (part, tenant, wager_id, status)
);

create index wagers_at on wagers using brin (at);
