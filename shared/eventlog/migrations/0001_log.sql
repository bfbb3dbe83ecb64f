-- The log of one service: what every service has, in the service's own schema.
-- Keys are compared byte by byte (collate "C"), so that an operating system's new sorting rules cannot break an index.

create table layout (
    one boolean primary key default true check (one),
    partitions smallint not null check (partitions > 0)
);

-- Few rows, each rewritten by every commit: mostly empty pages let PostgreSQL rewrite them in place.
create table positions (
    part smallint primary key,
    event_pos bigint not null default 0,
    relayed_pos bigint not null default 0,
    epoch integer not null default 0,
    owner text not null default '',
    chain bytea not null default decode(repeat('00', 32), 'hex'),
    last_at timestamptz not null default timestamptz '1970-01-01 00:00:00+00'
) with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create table offsets (
    part smallint,
    topic text collate "C",
    cluster text not null,
    topic_id text not null,
    next_offset bigint not null,
    primary key (part, topic)
) with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create table events (
    part smallint,
    pos bigint,
    stream text collate "C" not null,
    version integer not null,
    type text not null,
    data text not null,
    tenant text not null,
    actor text not null,
    command_id text not null,
    correlation_id text not null,
    at timestamptz not null,
    hash bytea not null,
    primary key (part, pos),
    unique (part, stream, version)
);

create table streams (
    part smallint,
    stream text collate "C",
    version integer not null,
    shape integer not null,
    state bytea not null,
    primary key (part, stream)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

create table replies (
    part smallint,
    scope text collate "C",
    key text collate "C",
    fingerprint text not null,
    status smallint not null,
    pending bytea,
    body bytea,
    at timestamptz not null,
    primary key (part, scope, key)
) with (fillfactor = 90);

create index replies_final_at on replies (part, at) where status <> 0;

create table outbox (
    part smallint,
    pos bigint,
    n integer,
    tenant text not null,
    topic text not null,
    target smallint not null,
    target_key text not null,
    type text not null,
    payload bytea not null,
    then_key text,
    then_type text,
    then_data bytea,
    wish_scope text not null,
    wish_key text not null,
    correlation_id text not null,
    at timestamptz not null,
    next_at timestamptz not null,
    tries integer not null,
    primary key (part, pos, n)
) with (autovacuum_vacuum_scale_factor = 0.02);

create index outbox_next_at on outbox (part, next_at);

create table timers (
    part smallint,
    id text collate "C",
    due_at timestamptz not null,
    tenant text not null,
    key text not null,
    type text not null,
    data bytea not null,
    wish_scope text not null,
    wish_key text not null,
    correlation_id text not null,
    fired boolean not null default false,
    primary key (part, id)
) with (autovacuum_vacuum_scale_factor = 0.02);

create index timers_due_at on timers (part, due_at, id) where not fired;
create index timers_fired_at on timers (part, due_at) where fired;

-- A letter is numbered, not named by its place: a topic made anew counts its offsets from 0 again, and a timer that
-- was wound up may die once more.
create table dead_letters (
    part smallint,
    topic text not null,
    "offset" bigint not null,
    key bytea,
    value bytea not null,
    headers bytea not null,
    reason text not null,
    at timestamptz not null,
    number bigint,
    status text not null default 'open' check (status in ('open', 'retried', 'given_up')),
    primary key (part, number)
);

-- The last part of every commit: unless exactly the expected rows moved, somebody else owns the partition now,
-- and raising here takes back everything that the statement has done.
create function fence(positions_moved bigint, positions_expected bigint, offsets_moved bigint, offsets_expected bigint)
returns void language plpgsql as $$
begin
    if positions_moved is distinct from positions_expected or offsets_moved is distinct from offsets_expected then
        raise exception using errcode = 'FG001', message = format(
            'fenced: %s of %s positions and %s of %s offsets stood where this worker left them',
            positions_moved, positions_expected, offsets_moved, offsets_expected);
    end if;
end $$;

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'FG002', message = format(
        'events are never changed: %s on %I.%I is refused', lower(tg_op), tg_table_schema, tg_table_name);
end $$;

create trigger events_are_never_changed before update or delete or truncate on events
for each statement execute function refuse_change();
