-- What the operators' streams brought: a row a message, so that none counts twice. It is no view: no fact tells of one.

-- Rows are written once and never changed. Amounts are in micro-units; a deposit's is its stake.
create table wagers (
    part smallint,
    tenant text collate "C",
    wager_id text collate "C",
    status text collate "C",
    player text not null,
    game text not null,
    currency text not null,
    stake bigint not null,
    payout bigint not null,
    at timestamptz not null,
    became text not null,
    primary key (part, tenant, wager_id, status)
);

-- They come almost in the order of their times: a few ranges of pages say where the old ones are.
create index wagers_at on wagers using brin (at);
