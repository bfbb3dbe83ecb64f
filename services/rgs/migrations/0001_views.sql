-- The first views of the remote gaming server: sessions, seeds, rounds and their money.

-- Who sits where, and until when; a token with another number than this counts no more.
create table sessions (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    session_id text collate "C",
    operator text not null,
    game text not null,
    slug text not null,
    currency text not null,
    wallet text not null,
    number integer not null,
    expires_at timestamptz not null,
    primary key (part, tenant, player, session_id)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

-- Where each token leads, of which there is the SHA-256 alone; `number` counts the tokens of a session, and the last
-- alone counts.
create table session_tokens (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    token_hash text collate "C",
    session_id text not null,
    number integer not null,
    operator text not null,
    game text not null,
    currency text not null,
    primary key (part, tenant, player, token_hash)
);

create index session_tokens_hash on session_tokens (token_hash);

-- The pairs of seeds of every table; a server seed stands here once its pair is retired.
create table seed_pairs (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    operator text collate "C",
    game text collate "C",
    number bigint,
    pair_id text not null,
    server_hash text not null,
    client_seed text,
    revealed_seed text,
    nonces bigint not null,
    primary key (part, tenant, player, operator, game, number)
) with (fillfactor = 90);

create index seed_pairs_id on seed_pairs (part, tenant, player, pair_id);

-- Every round as it stands; `round` is all of it that may be seen, as JSON; `moving`: a move waits for its stake.
create table rounds (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    round_id text collate "C",
    operator text collate "C" not null,
    game text collate "C" not null,
    currency text not null,
    wallet text not null,
    status text not null,
    moving boolean not null,
    stake bigint not null,
    payout bigint not null,
    pair_number bigint not null,
    nonce bigint not null,
    round text not null,
    primary key (part, tenant, player, round_id)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

-- The newest at a table: rounds are counted by their seeds.
create index rounds_at_table on rounds (part, tenant, player, operator, game, pair_number desc, nonce desc);

-- Every movement of a round's money that an operator's wallet was asked for, as it has answered.
create table transactions (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    transaction_id text collate "C",
    movement text collate "C",
    round_id text not null,
    operator text collate "C" not null,
    game text not null,
    currency text not null,
    amount bigint not null,
    status text not null,
    tries integer not null,
    at timestamptz not null,
    primary key (part, tenant, player, transaction_id, movement)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);
