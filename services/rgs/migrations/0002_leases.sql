-- Who calls an operator's wallet for a Send to the outside, and until when nobody else does.
create table leases (
    part smallint,
    pos bigint,
    n integer,
    owner text not null,
    until timestamptz not null,
    times integer not null default 1,
    primary key (part, pos, n)
) with (autovacuum_vacuum_scale_factor = 0.02);

create index outbox_outside on outbox (part, pos, n) where topic = 'outside';
