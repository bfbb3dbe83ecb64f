-- The jackpots: which pool is open and what it is bound to, how large it is, and which pools were won.

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
