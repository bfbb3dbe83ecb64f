-- What the leaderboards show, beside their log.

-- Every player's points in every tournament, in millionths, and by which wager they were reached.
create table tournament_scores (
    part smallint,
    tenant text collate "C",
    tournament text collate "C",
    player text collate "C",
    micro_points bigint not null,
    reached_at timestamptz not null,
    reached_by text collate "C" not null,
    primary key (part, tenant, tournament, player)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

-- The order in which they stand: most points first, and who reached them earlier.
create index tournament_scores_order
    on tournament_scores (part, tenant, tournament, micro_points desc, reached_at, reached_by, player);

-- What every place of a closed tournament has won.
create table tournament_payouts (
    part smallint,
    tenant text collate "C",
    tournament text collate "C",
    rank integer,
    player text collate "C" not null,
    amount bigint not null,
    primary key (part, tenant, tournament, rank)
);

-- How far every tournament that has begun has come, and under which version of its definition.
create table tournaments (
    part smallint,
    tenant text collate "C",
    tournament text collate "C",
    status text not null,
    definition_version integer not null,
    primary key (part, tenant, tournament)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

-- Every participant of every board. A score is in millionths; `reached_pos` is the position of the fact that reached it.
create table board_entries (
    part smallint,
    tenant text collate "C",
    board_id text collate "C",
    participant text collate "C",
    kind text not null,
    player text collate "C" not null,
    score bigint not null,
    reached_pos bigint not null,
    primary key (part, tenant, board_id, participant)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

-- The order in which they stand: the higher score, then who reached it earlier, then the participant's uuid.
create index board_entries_order
    on board_entries (part, tenant, board_id, score desc, reached_pos, participant);

-- The position of the last fact about each board; whoever keeps a board elsewhere compares theirs with it.
create table board_positions (
    part smallint,
    tenant text collate "C",
    board_id text collate "C",
    pos bigint not null,
    primary key (part, tenant, board_id)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- Who has completed an attempt on which board; what everybody who completes is given goes by it.
create table board_completions (
    part smallint,
    tenant text collate "C",
    board_id text collate "C",
    participant text collate "C",
    completed_at timestamptz not null,
    primary key (part, tenant, board_id, participant)
);

-- The places of boards that are over, as they stay.
create table final_entries (
    part smallint,
    tenant text collate "C",
    board_id text collate "C",
    rank integer,
    participant text collate "C" not null,
    kind text not null,
    player text collate "C" not null,
    score bigint not null,
    primary key (part, tenant, board_id, rank)
);

-- Where one participant stood.
create index final_entries_participant on final_entries (part, tenant, board_id, participant);

-- The boards whose window is over, and how far their end has come.
create table board_closings (
    part smallint,
    tenant text collate "C",
    board_id text collate "C",
    status text not null,
    finalized_at timestamptz,
    participants integer not null,
    primary key (part, tenant, board_id)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

-- The periods of the boards across events in which anybody has scored; `segment` is empty where there are none.
create table season_boards (
    part smallint,
    tenant text collate "C",
    board text collate "C",
    started_at timestamptz,
    segment text collate "C",
    board_id text collate "C" not null,
    ended_at timestamptz,
    primary key (part, tenant, board, started_at, segment)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

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
