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
