-- Activities: who has taken part how often, what was told, which rewards are whose, and what was written.

-- How often each player has taken part in each activity, and when last.
create table activity_progress (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    activity text collate "C",
    engagement text not null,
    day text not null,
    today bigint not null,
    used bigint not null,
    last_at timestamptz not null,
    primary key (part, tenant, player, activity)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

-- Every completed attempt; `answer` is what its player was told, as JSON.
create table attempts (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    activity text collate "C",
    attempt_id text collate "C",
    engagement text not null,
    type text not null,
    at timestamptz not null,
    fact_id text not null,
    answer text not null,
    primary key (part, tenant, player, activity, attempt_id)
);

-- The newest of a player in an engagement.
create index attempts_at on attempts (part, tenant, player, engagement, at);

-- Which rewards are whose; `place` is the reward's among what its attempt brought.
create table claimed_rewards (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    fact_id text collate "C",
    place integer,
    engagement text not null,
    reward text not null,
    title text not null,
    type text not null,
    display_type text not null,
    code text,
    at timestamptz not null,
    expires_at timestamptz,
    primary key (part, tenant, player, fact_id, place)
);

create index claimed_rewards_at on claimed_rewards (part, tenant, player, engagement, at);

-- What players wrote into forms and surveys, as JSON: in no event and no other table; deleting the rows is the erasure.
create table responses (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    attempt_id text collate "C",
    activity text not null,
    body text not null,
    primary key (part, tenant, player, attempt_id)
);
