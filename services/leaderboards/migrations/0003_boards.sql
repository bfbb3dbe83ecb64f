-- Boards: who stands where, up to where in the log, and how they ended; and the boards across events.

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
