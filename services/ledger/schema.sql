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

create table wallets (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    asset text collate "C",
    balance bigint not null check (balance >= 0),
    updated_at timestamptz not null,
    primary key (part, tenant, player, asset)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

-- The other side of every posting. Few rows, each rewritten by almost every commit.
create table house (
    part smallint,
    tenant text collate "C",
    account text collate "C",
    asset text collate "C",
    amount bigint not null,
    primary key (part, tenant, account, asset)
) with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

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
