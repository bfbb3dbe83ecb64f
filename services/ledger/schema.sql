-- What the ledger shows, beside its log: who exists, who owns how much, and what operators configured.

create table players (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    user_id text collate "C" not null,
    status text not null,
    external_ref text,
    country_code text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version integer not null,
    limits text not null default '{"limits":{}}',
    banned boolean not null default false,
    erased_at timestamptz,
    primary key (part, tenant, player)
) with (fillfactor = 90);

-- A uuid does not tell its partition.
create index players_user_id on players (tenant, user_id);

-- Personal data, a row a field: in no event and no other table; deleting the rows is the erasure.
create table personal (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    field text collate "C",
    value text not null,
    primary key (part, tenant, player, field)
);

-- What is kept of players' secrets: personal data, in no event and no other table.
create table registrations (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    secret_hash text not null,
    secret_prefix text not null,
    registered_at timestamptz not null,
    rotated_at timestamptz,
    primary key (part, tenant, player)
);

create table wallets (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    asset text collate "C",
    balance bigint not null check (balance >= 0),
    updated_at timestamptz not null,
    primary key (part, tenant, player, asset)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

-- When a player first had something of an asset: a row once, beside `wallets`, whose rows are ever rewritten.
create table holdings (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    asset text collate "C",
    created_at timestamptz not null,
    primary key (part, tenant, player, asset)
);

-- The other side of every posting. Few rows, each rewritten by almost every commit.
create table house (
    part smallint,
    tenant text collate "C",
    account text collate "C",
    asset text collate "C",
    amount bigint not null,
    primary key (part, tenant, account, asset)
) with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- What players were given, and how it stands; entries and proof are JSON.
create table grants (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    grant_id text collate "C",
    status text not null,
    created_at timestamptz not null,
    kind text not null,
    entries text not null,
    source_kind text not null,
    source_ref text,
    parent text,
    rolled_at timestamptz,
    claimed_at timestamptz,
    expires_at timestamptz,
    acked_by text,
    proof text,
    primary key (part, tenant, player, grant_id)
) with (fillfactor = 80);

-- Those that wait, newest first.
create index grants_status on grants (part, tenant, player, status, created_at, grant_id);

-- Every version of everything configured; `seq` is the position of the event that made it.
create table definitions (
    part smallint,
    tenant text collate "C",
    seq bigint,
    kind text collate "C" not null,
    key text collate "C" not null,
    version integer not null,
    spec text not null,
    removed boolean not null,
    primary key (part, tenant, seq)
);

-- What is newer than what a process holds, in the one order of all tenants.
create unique index definitions_seq on definitions (part, seq);
