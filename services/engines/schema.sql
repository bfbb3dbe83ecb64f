-- What the engines show, beside their log.

-- The hash that each player's next draw is bound to.
create table seeds (
    part smallint,
    tenant text collate "C",
    engine text collate "C",
    player text collate "C",
    entity text collate "C",
    number bigint not null,
    server_seed_hash text not null,
    primary key (part, tenant, engine, player, entity)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);
