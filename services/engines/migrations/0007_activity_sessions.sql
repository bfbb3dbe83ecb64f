-- Sessions: who may come into an engagement, by the SHA-256 of an id that nobody keeps.

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
