-- What each player may still spin for nothing at each wheel; `day` is the last that counted, in the wheel's time zone.
create table wheel_allowances (
    part smallint,
    tenant text collate "C",
    player text collate "C",
    wheel text collate "C",
    day text not null,
    free_used integer not null check (free_used >= 0),
    bonus_left bigint not null check (bonus_left >= 0),
    primary key (part, tenant, player, wheel)
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);
