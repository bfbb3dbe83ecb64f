-- What insights keep, beside a log that stays empty: nothing is decided here. All of it can be made anew from the logs of
-- the others; none of it is money. Amounts are in micro-units. No partition: a minute's rows come from all partitions.
create table figures (
    tenant text collate "C",
    minute timestamptz,
    game text collate "C",
    currency text collate "C",
    bets bigint not null,
    stake numeric(38, 0) not null,
    payout numeric(38, 0) not null,
    corrected boolean not null,
    -- When the stream last told of it; null where all comes from the logs.
    heard timestamptz,
    primary key (tenant, minute, game, currency)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);

create index figures_minute on figures (minute);
-- What the stream wrote and the log has not confirmed.
create index figures_uncorrected on figures (minute) where not corrected;

-- Who bet or played, so that active players are counted once over any stretch of time.
create table players (
    tenant text collate "C",
    minute timestamptz,
    game text collate "C",
    currency text collate "C",
    player text collate "C",
    primary key (tenant, minute, game, currency, player)
) with (autovacuum_vacuum_scale_factor = 0.05);

-- Rows come almost in the order of time, so that a coarse index is enough to find a stretch of it.
create index players_minute on players using brin (minute);

-- Up to when the figures come from the logs; what the stream tells of earlier minutes is not added to them.
create table progress (
    one boolean primary key default true check (one),
    upto timestamptz not null
);

-- Hours to be corrected again: something was heard of them after they had been corrected, or taken back.
create table stale (
    hour timestamptz primary key,
    -- When it was last heard; the logs may have it only later. -infinity: they have it.
    at timestamptz not null
);
