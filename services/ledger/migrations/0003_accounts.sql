-- Bans, erasure and secrets of players, and when each of them first had something of an asset.

alter table players add column banned boolean not null default false;
alter table players add column erased_at timestamptz;

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

-- A row once; beside `wallets`, whose rows are rewritten by every movement. `fairground rebuild holdings` fills it.
create table holdings (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    asset text collate "C",
    created_at timestamptz not null,
    primary key (part, tenant, player, asset)
);
