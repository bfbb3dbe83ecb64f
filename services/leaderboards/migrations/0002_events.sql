-- Events: their windows and boards, the attempts at them, and lobbies.

-- When each event is on or was, and under which version of its definition.
create table windows (
    part smallint,
    tenant text collate "C",
    event text collate "C",
    window_id text collate "C",
    definition_version integer not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    status text not null,
    primary key (part, tenant, event, window_id)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

-- The newest window of an event.
create index windows_newest on windows (part, tenant, event, starts_at desc);

-- Every board that somebody has come onto, and what it is the board of.
create table boards (
    part smallint,
    tenant text collate "C",
    event text collate "C",
    window_id text collate "C",
    board_id text collate "C",
    mode text not null,
    segment text collate "C",
    group_number integer,
    lobby_id text collate "C",
    definition_version integer not null,
    ends_at timestamptz not null,
    primary key (part, tenant, event, window_id, board_id)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

-- A board by its uuid alone.
create index boards_by_id on boards (tenant, board_id);

-- Every attempt as it stands; numbers are in millionths, metrics are JSON objects of them.
create table attempts (
    part smallint,
    tenant text collate "C",
    event text collate "C",
    attempt_id text collate "C",
    player text collate "C" not null,
    number bigint not null,
    window_id text collate "C" not null,
    board_id text collate "C" not null,
    started_at timestamptz not null,
    ends_at timestamptz not null,
    completed_at timestamptz,
    metrics text not null,
    metrics_raw text not null,
    score bigint not null,
    status text not null,
    primary key (part, tenant, event, attempt_id)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

-- A player's attempts, the newest of each event first.
create index attempts_of_player on attempts (tenant, player, event, number desc);

-- Every lobby as it stands; `pushed_key` is what a game's own server calls it.
create table lobbies (
    part smallint,
    tenant text collate "C",
    event text collate "C",
    lobby_id text collate "C",
    window_id text collate "C" not null,
    board_id text collate "C" not null,
    pushed_key text collate "C",
    status text not null,
    capacity integer not null,
    joined integer not null,
    bots integer not null,
    fill_by timestamptz,
    started_at timestamptz,
    ends_at timestamptz not null,
    metadata text not null,
    primary key (part, tenant, event, lobby_id)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

-- A lobby by its uuid alone.
create index lobbies_by_id on lobbies (tenant, lobby_id);

-- Who has a seat in which lobby.
create table lobby_seats (
    part smallint,
    tenant text collate "C",
    event text collate "C",
    player text collate "C",
    lobby_id text collate "C",
    window_id text collate "C" not null,
    joined_at timestamptz not null,
    primary key (part, tenant, event, player, lobby_id)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

-- A player's lobbies.
create index lobby_seats_of_player on lobby_seats (tenant, player, joined_at desc);
