-- The first views of the leaderboards: tournaments, their scores and what they paid.

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
