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

-- Who may come into an engagement, by the SHA-256 of an id that nobody keeps.
create table activity_sessions (
    part smallint,
    tenant text collate "C",
    session_hash text collate "C",
    engagement text not null,
    participant text not null,
    opened_at timestamptz not null,
    expires_at timestamptz not null,
    primary key (part, tenant, session_hash)
) with (fillfactor = 90);

-- How often each player has taken part in each activity, and when last.
create table activity_progress (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    activity text collate "C",
    engagement text not null,
    day text not null,
    today bigint not null,
    used bigint not null,
    last_at timestamptz not null,
    primary key (part, tenant, player, activity)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

-- Every completed attempt; `answer` is what its player was told, as JSON.
create table attempts (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    activity text collate "C",
    attempt_id text collate "C",
    engagement text not null,
    type text not null,
    at timestamptz not null,
    fact_id text not null,
    answer text not null,
    primary key (part, tenant, player, activity, attempt_id)
);

-- The newest of a player in an engagement.
create index attempts_at on attempts (part, tenant, player, engagement, at);

-- Which rewards are whose; `place` is the reward's among what its attempt brought.
create table claimed_rewards (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    fact_id text collate "C",
    place integer,
    engagement text not null,
    reward text not null,
    title text not null,
    type text not null,
    display_type text not null,
    code text,
    at timestamptz not null,
    expires_at timestamptz,
    primary key (part, tenant, player, fact_id, place)
);

create index claimed_rewards_at on claimed_rewards (part, tenant, player, engagement, at);

-- What players wrote into forms and surveys, as JSON: in no event and no other table; deleting the rows is the erasure.
create table responses (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    attempt_id text collate "C",
    activity text not null,
    body text not null,
    primary key (part, tenant, player, attempt_id)
);

-- What each player may still spin for nothing at each wheel; `day` is the last that counted, in the wheel's time zone.
create table wheel_allowances (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    wheel text collate "C",
    day text not null,
    free_used integer not null check (free_used >= 0),
    bonus_left bigint not null check (bonus_left >= 0),
    primary key (part, tenant, player, wheel)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);
